//! Retries, order under failure, dead letters.

use crate::house::{Ear, House, QUEUE, a_while, until};
use base::{PageRequest, SiteId};
use events::{DeadLetterError, LetterFilter, Outcome};
use sea_orm::ConnectionTrait;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn waits_between_tries_grow_by_the_clock() {
    let house = House::open().await;
    let ear = Ear::new(|_| Outcome::retry("not yet"));
    let running = house.listen("a", ear.clone());
    house.say("k", 1).await;
    for (tries, wait) in [(1, 1_000), (2, 3_000), (3, 9_000), (4, 27_000)] {
        until("a try", || async { ear.count() == tries }).await;
        a_while().await;
        house.test.clock.advance(Duration::from_millis(wait - 100));
        a_while().await;
        assert_eq!(ear.count(), tries, "too early");
        house.test.clock.advance(Duration::from_millis(100));
    }
    let letters = house.pipeline("x").dead_letters();
    until("it is given up", || async { letters.count().await.unwrap() == 1 }).await;
    let page = letters.list(SiteId(1), &LetterFilter { queue: Some(QUEUE.into()), ..LetterFilter::default() }, &PageRequest::default()).await.unwrap();
    assert_eq!((page.items[0].attempts, page.items[0].causes.len(), &*page.items[0].causes[0].why), (5, 5, "not yet"));
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panicking_handler_costs_only_its_own_event() {
    let house = House::open().await;
    let ear = Ear::new(|said| if said.key == "poison" { panic!("poisoned by {}", said.n) } else { Outcome::Done });
    let running = house.listen("a", ear.clone());
    house.say("poison", 1).await;
    for n in 0..20 {
        house.say("good", n).await;
    }
    until("the good ones", || async { ear.numbers("good").len() == 20 }).await;
    let letters = house.pipeline("x").dead_letters();
    until("the poison is put aside", || async {
        // In steps far below the lease of what is in hand.
        house.test.clock.advance(Duration::from_secs(1));
        letters.count().await.unwrap() == 1
    })
    .await;
    let page = letters.list(SiteId(1), &LetterFilter::default(), &PageRequest::default()).await.unwrap();
    assert!(page.items[0].causes[0].why.contains("poisoned by 1"), "{:?}", page.items[0].causes);
    assert_eq!(ear.numbers("poison").len(), 3);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_key_parks_itself_in_order_and_no_other() {
    let house = House::open().await;
    let sick = Arc::new(AtomicBool::new(true));
    let state = sick.clone();
    let ear = Ear::new(move |said| {
        if said.key == "sick" && state.load(Ordering::SeqCst) { Outcome::retry("sick") } else { Outcome::Done }
    });
    let running = house.listen("a", ear.clone());
    for n in 0..10 {
        house.say("sick", n).await;
        house.say("well", n).await;
    }
    until("the well key", || async { ear.numbers("well").len() == 10 }).await;
    a_while().await;
    assert_eq!(ear.numbers("sick"), [0]);
    sick.store(false, Ordering::SeqCst);
    house.test.clock.advance(Duration::from_secs(2));
    until("the sick key", || async { ear.numbers("sick").len() >= 11 }).await;
    house.say("sick", 10).await;
    until("the next one", || async { ear.numbers("sick").len() >= 12 }).await;
    assert_eq!(ear.numbers("sick"), [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    running.end().await;
}

async fn parked(house: &House, which: &str) -> i64 {
    let count = format!("SELECT COUNT(*) AS n FROM event_parked WHERE {which}");
    let count = sea_orm::Statement::from_string(house.db().read().get_database_backend(), count);
    let row = house.db().read().query_one_raw(count).await.unwrap().unwrap();
    events::sql::get(&row, "n").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_looks_at_those_behind_a_failing_event_until_it_is_given_up() {
    let house = House::open().await;
    let tries = AtomicUsize::new(0);
    let ear = Ear::new(move |said| match said.n {
        0 if tries.fetch_add(1, Ordering::SeqCst) == 0 => Outcome::retry("not yet"),
        0 => Outcome::give_up("never"),
        _ => Outcome::Done,
    });
    let running = house.listen("a", ear.clone());
    for n in 0..20 {
        house.say("k", n).await;
    }
    until("all of the key are parked", || async { parked(&house, "1 = 1").await == 20 }).await;
    let soon = testkit::NOON.plus(Duration::from_secs(3600)).millis();
    assert_eq!((parked(&house, &format!("due_at < {soon}")).await, ear.numbers("k")), (1, vec![0]));
    house.test.clock.advance(Duration::from_secs(2));
    until("the others are heard", || async { ear.count() == 21 }).await;
    until("nothing is parked", || async { parked(&house, "1 = 1").await == 0 }).await;
    assert_eq!(ear.numbers("k")[2..], (1..20).collect::<Vec<_>>());
    assert_eq!(house.pipeline("x").dead_letters().count().await.unwrap(), 1);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_may_name_its_own_time() {
    let house = House::open().await;
    let first = AtomicBool::new(true);
    let ear = Ear::new(move |_| {
        if first.swap(false, Ordering::SeqCst) { Outcome::Retry("busy".into(), Some(Duration::from_secs(600))) } else { Outcome::Done }
    });
    let running = house.listen("a", ear.clone());
    house.say("k", 1).await;
    until("the first try", || async { ear.count() == 1 }).await;
    a_while().await;
    house.test.clock.advance(Duration::from_secs(599));
    a_while().await;
    assert_eq!(ear.count(), 1);
    house.test.clock.advance(Duration::from_secs(1));
    until("the second", || async { ear.count() == 2 }).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_replayed_once_its_cause_is_gone_or_dropped() {
    let house = House::open().await;
    let broken = Arc::new(AtomicBool::new(true));
    let state = broken.clone();
    let ear = Ear::new(move |_| if state.load(Ordering::SeqCst) { Outcome::give_up("broken") } else { Outcome::Done });
    let running = house.listen("a", ear.clone());
    house.say("k", 1).await;
    house.say("k", 2).await;
    let letters = house.pipeline("x").dead_letters();
    until("both are given up", || async { letters.count().await.unwrap() == 2 }).await;
    let page = letters.list(SiteId(1), &LetterFilter::default(), &PageRequest::first(1)).await.unwrap();
    assert!(page.next.is_some());
    let page = letters.list(SiteId(1), &LetterFilter::default(), &PageRequest::default()).await.unwrap();
    let (second, first) = (page.items[0].id, page.items[1].id);
    assert!(letters.list(SiteId(2), &LetterFilter::default(), &PageRequest::default()).await.unwrap().items.is_empty());
    assert!(matches!(letters.replay(SiteId(2), first).await, Err(DeadLetterError::Missing(_))));
    broken.store(false, Ordering::SeqCst);
    letters.replay(SiteId(1), first).await.unwrap();
    until("it is handled", || async { ear.count() == 3 }).await;
    letters.drop_one(SiteId(1), second).await.unwrap();
    assert!(matches!(letters.drop_one(SiteId(1), second).await, Err(DeadLetterError::Missing(_))));
    assert_eq!(letters.count().await.unwrap(), 0);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_never_ends_is_given_up_on() {
    struct Stuck;
    #[async_trait::async_trait]
    impl events::Hears for Stuck {
        async fn hear(&self, _: &sockets::Envelope) -> Outcome {
            std::future::pending().await
        }
    }
    let house = House::open().await;
    let listener = crate::house::listener(Arc::new(Stuck)).patience(Duration::from_millis(50));
    let listener = listener.retries(events::Retries { tries: 1, ..Default::default() });
    let running = crate::house::Running::start(house.pipeline("a").consumers(vec![listener]));
    house.say("k", 1).await;
    let letters = house.pipeline("x").dead_letters();
    until("it is given up", || async { letters.count().await.unwrap() == 1 }).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_are_renewed_without_reading_everything_that_waits() {
    let house = House::open().await;
    if house.db().engine() != sockets::Engine::Sqlite {
        // PostgreSQL plans by what the tables hold.
        return;
    }
    for table in ["event_parked", "delayed_work"] {
        let renew = format!("EXPLAIN QUERY PLAN UPDATE {table} SET leased_until = 1 WHERE claim IN (SELECT CAST(value AS INTEGER) FROM json_each('[]'))");
        let plan = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, renew);
        let rows = house.db().read().query_all_raw(plan).await.unwrap();
        let steps: Vec<String> = rows.iter().map(|row| events::sql::get(row, "detail").unwrap()).collect();
        assert!(steps.iter().any(|step| step.contains(&format!("{table}_claim"))), "{steps:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_begins_at_its_time_and_not_at_the_next_look() {
    let house = House::open().await;
    let tries = AtomicUsize::new(0);
    let half = Some(Duration::from_millis(500));
    let ear = Ear::new(move |_| if tries.fetch_add(1, Ordering::SeqCst) == 0 { Outcome::Retry("busy".into(), half) } else { Outcome::Done });
    let first = house.listen("a", ear.clone());
    house.say("k", 1).await;
    until("it is parked", || async { parked(&house, "1 = 1").await == 1 }).await;
    first.end().await;
    assert_eq!(parked(&house, "claim IS NULL").await, 1, "what was claimed ahead is given back");
    let slow = events::Pace { idle: Duration::from_secs(15), ..events::Pace::default() };
    let running = crate::house::Running::start(house.pipeline("a").pace(slow).consumers(vec![crate::house::listener(ear.clone())]));
    until("it is claimed ahead", || async { parked(&house, "claim IS NOT NULL").await == 1 }).await;
    assert_eq!(ear.count(), 1);
    let began = std::time::Instant::now();
    house.test.clock.advance(Duration::from_millis(500));
    until("the second try", || async { ear.count() == 2 }).await;
    assert!(began.elapsed() < Duration::from_secs(5));
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_handler_logs_tells_of_which_event() {
    struct Speaks(std::sync::Mutex<Option<Vec<&'static str>>>);
    #[async_trait::async_trait]
    impl events::Hears for Speaks {
        async fn hear(&self, _: &sockets::Envelope) -> Outcome {
            let around = tracing::Span::current();
            *self.0.lock().unwrap() = around.metadata().map(|span| std::iter::once(span.name()).chain(span.fields().iter().map(|field| field.name())).collect());
            Outcome::Done
        }
    }
    // Another test may have set the same one.
    let _set_once = tracing::subscriber::set_global_default(tracing_subscriber::registry());
    let house = House::open().await;
    let speaks = Arc::new(Speaks(std::sync::Mutex::default()));
    let running = house.listen("a", speaks.clone());
    house.say("k", 1).await;
    until("it spoke", || async { speaks.0.lock().unwrap().is_some() }).await;
    assert_eq!(speaks.0.lock().unwrap().take().unwrap(), ["event", "id", "name", "key", "site", "consumer"]);
    running.end().await;
}
