//! Full and paused queues, floods of one site, retries by the thousand, replays.

use crate::house::{Ear, House, QUEUE, Running, a_while, envelope, listener, until};
use base::{SiteId, SubscriptionId};
use events::sql::Sql;
use events::{DeadLetterError, LetterFilter, Listener, NewSubscription, Outcome, Pace, Sight, SubscriptionError, SubscriptionPatch, SubscriptionState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockets::Event;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const QUICK: Duration = Duration::from_millis(20);
const ALL: Sight = Sight { site: SiteId(1), all: true };

fn shallow() -> Pace {
    Pace { batch: 50, bundle: 8, idle: QUICK, subscriptions: QUICK, deep: 40, ..Pace::default() }
}

/// As [`Said`], of any site.
#[derive(Serialize, Deserialize)]
struct SaidAt {
    key: String,
    n: i64,
    #[serde(skip)]
    site: i64,
}

impl Event for SaidAt {
    const NAME: &'static str = "Test.Said";

    fn site(&self) -> SiteId {
        SiteId(self.site)
    }

    fn key(&self) -> String {
        self.key.clone()
    }
}

async fn say_many(house: &House, site: i64, keys: i64, count: i64) {
    let mut tx = house.db().begin().await.unwrap();
    for n in 0..count {
        for key in 0..keys {
            tx.announce(SaidAt { key: format!("{site}-{key}"), n, site });
        }
    }
    tx.commit().await.unwrap();
}

async fn kept(house: &House) -> i64 {
    let row = Sql::same("SELECT COUNT(*) AS n FROM event_held").one(house.db().read(), vec![]).await.unwrap().unwrap();
    events::sql::get(&row, "n").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_keeps_its_copies_outside_in_order_and_stops_no_other() {
    let house = House::open().await;
    let subscriptions = house.pipeline("x").subscriptions();
    house.broker.declare("Slow").await.unwrap();
    subscriptions.add("Test.*", "Slow", None, None).await.unwrap();
    let ear = Ear::content();
    let running = Running::start(house.pipeline("a").pace(shallow()).consumers(vec![listener(ear.clone())]));
    for n in 0..20 {
        for key in 0..10 {
            house.say(&format!("k{key}"), n).await;
        }
    }
    until("the other queue goes on", || async { ear.count() == 200 }).await;
    until("the rest is kept", || async { kept(&house).await > 0 }).await;
    assert!(house.broker.depth("Slow").await.unwrap().messages < 200, "the full queue is not filled further");
    running.end().await;
    let slow = Ear::content();
    let late = Listener::new("Slow", "Test.Said", slow.clone());
    let running = Running::start(house.pipeline("a").pace(shallow()).consumers(vec![late]));
    until("it is fed", || async { slow.count() == 200 }).await;
    for key in 0..10 {
        assert_eq!(slow.numbers(&format!("k{key}")), (0..20).collect::<Vec<_>>());
    }
    assert_eq!(kept(&house).await, 0);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_nobody_empties_is_paused_and_troubles_nobody_else() {
    let house = House::open().await;
    let subscriptions = house.pipeline("x").subscriptions();
    house.broker.declare("Forgotten").await.unwrap();
    let forgotten = subscriptions.add("Test.*", "Forgotten", None, None).await.unwrap();
    let ear = Ear::content();
    let pipeline = house.pipeline("a").pace(shallow()).holds_at_most(100, Duration::from_secs(3_600));
    let running = Running::start(pipeline.consumers(vec![listener(ear.clone())]));
    say_many(&house, 1, 10, 30).await;
    until("the consumer heard all", || async { ear.count() == 300 && events::outbox_depth(house.db()).await.unwrap().0 == 0 }).await;
    house.test.clock.advance(Duration::from_secs(120));
    until("it is paused", || async {
        let all = subscriptions.list(ALL).await.unwrap();
        all.iter().any(|one| one.id == forgotten && one.state == SubscriptionState::Paused && one.trouble.as_ref().is_some_and(|why| why.contains("nobody")))
    })
    .await;
    let notices = events::Notices::new(house.db().clone());
    until("it is told", || async {
        let told = notices.list(SiteId(1)).await.unwrap();
        ["queue_full", "subscription_paused"].iter().all(|kind| told.iter().any(|one| one.kind == *kind && one.subject == "Forgotten" && one.until.is_none()))
    })
    .await;
    assert_eq!(house.pipeline("x").queues().overview(ALL).await.unwrap().level, events::Level::Green);
    let before = kept(&house).await;
    a_while().await;
    say_many(&house, 1, 10, 3).await;
    until("the consumer goes on", || async { ear.count() == 330 }).await;
    assert_eq!(kept(&house).await, before, "nothing more is copied");
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_queue_rests_until_it_is_resumed() {
    let house = House::open().await;
    let ear = Ear::content();
    let running = house.listen("a", ear.clone());
    house.say("k", 1).await;
    until("it is heard", || async { ear.count() == 1 }).await;
    let queues = house.pipeline("x").queues();
    assert!(queues.pause("Nobody", true).await.is_err());
    queues.pause(QUEUE, true).await.unwrap();
    a_while().await;
    house.say("k", 2).await;
    a_while().await;
    assert_eq!(ear.count(), 1);
    let state = queues.overview(ALL).await.unwrap();
    let queue = state.queues.iter().find(|queue| queue.queue == QUEUE).unwrap();
    assert!(queue.paused && queue.depth.unwrap().messages == 1, "{queue:?}");
    queues.pause(QUEUE, false).await.unwrap();
    until("it goes on", || async { ear.count() == 2 }).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_one_site_does_not_starve_another() {
    let house = House::open().await;
    say_many(&house, 1, 50, 60).await;
    say_many(&house, 2, 1, 3).await;
    let ear = Ear::content();
    let running = Running::start(house.pipeline("a").pace(shallow()).consumers(vec![listener(ear.clone())]));
    until("all is heard", || async { ear.count() == 3_003 }).await;
    let last = ear.heard.lock().unwrap().iter().rposition(|said| said.key == "2-0").unwrap();
    assert!(last < 1_500, "the last event of the small site came as number {last} of 3003");
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_retries_that_are_due_at_once_are_all_made() {
    const MANY: i64 = 10_000;
    let house = House::open().await;
    let tx = house.db().begin().await.unwrap();
    let due = tx.now().plus(Duration::from_secs(60)).millis();
    const PARK: Sql = Sql::same(
        "INSERT INTO event_parked (consumer, ordering, event, body, attempts, causes, due_at, first_at) VALUES ($1, $2, $3, $4, 1, '[]', $5, $5)",
    );
    for n in 0..MANY {
        let envelope = envelope(&format!("k{n}"), n);
        let body = serde_json::to_string(&envelope).unwrap();
        let values = vec![QUEUE.into(), format!("1/k{n}").into(), envelope.id.to_string().into(), body.into(), due.into()];
        PARK.run(&tx.conn(), values).await.unwrap();
    }
    tx.commit().await.unwrap();
    let ear = Ear::content();
    let running = house.listen("a", ear.clone());
    a_while().await;
    assert_eq!(ear.count(), 0);
    house.test.clock.advance(Duration::from_secs(60));
    let began = Instant::now();
    until("every retry", || async { ear.count() as i64 == MANY }).await;
    eprintln!("{MANY} retries were made in {:?}", began.elapsed());
    until("none is left", || async {
        let row = Sql::same("SELECT COUNT(*) AS n FROM event_parked").one(house.db().read(), vec![]).await.unwrap().unwrap();
        events::sql::get::<i64>(&row, "n").unwrap() == 0
    })
    .await;
    running.end().await;
}

async fn put_off_until_later(house: &House) -> bool {
    const LATER: Sql = Sql::same("SELECT COUNT(*) AS n FROM delayed_work WHERE due_at > $1");
    let row = LATER.one(house.db().read(), vec![house.db().clock().now().millis().into()]).await.unwrap().unwrap();
    events::sql::get::<i64>(&row, "n").unwrap() > 0
}

#[tokio::test(flavor = "multi_thread")]
async fn many_dead_letters_are_replayed_by_filter_and_at_a_rate() {
    let house = House::open().await;
    let sick = Arc::new(AtomicBool::new(true));
    let state = sick.clone();
    let ear = Ear::new(move |_| if state.load(Ordering::SeqCst) { Outcome::give_up("sick") } else { Outcome::Done });
    let running = house.listen("a", ear.clone());
    for n in 0..12 {
        house.say("k", n).await;
    }
    let letters = house.pipeline("x").dead_letters();
    until("all are given up", || async { letters.count().await.unwrap() == 12 }).await;
    let none = LetterFilter { queue: Some("Other".into()), ..LetterFilter::default() };
    let all = LetterFilter { queue: Some(QUEUE.into()), name: Some("Test.Said".into()), ..LetterFilter::default() };
    assert_eq!(letters.replay_many(ALL, &none, 5, false).await.unwrap(), 0);
    assert_eq!(letters.replay_many(ALL, &all, 5, true).await.unwrap(), 12);
    assert_eq!(letters.replay_many(SiteId(2), &all, 5, true).await.unwrap(), 0, "another site's letters are not seen");
    assert_eq!(letters.count().await.unwrap(), 12, "counting changes nothing");
    sick.store(false, Ordering::SeqCst);
    assert_eq!(letters.replay_many(ALL, &all, 5, false).await.unwrap(), 12);
    // The clock may move only when the rest is put off: by its time then.
    let put_off = |left: i64| {
        let (letters, house) = (&letters, &house);
        move || async move { letters.count().await.unwrap() == left && put_off_until_later(house).await }
    };
    until("the first five", put_off(7)).await;
    a_while().await;
    assert_eq!(letters.count().await.unwrap(), 7, "five a second");
    for left in [2, 0] {
        house.test.clock.advance(Duration::from_secs(1));
        until("the next", put_off(left)).await;
    }
    until("all are handled", || async { ear.count() == 24 }).await;
    assert_eq!(ear.numbers("k")[12..], (0..12).collect::<Vec<_>>());
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_live_from_declaring_to_drained() {
    let house = House::open().await;
    let running = house.listen("a", Ear::content());
    let subscriptions = house.pipeline("x").subscriptions();
    until("the built-in one is there", || async { !subscriptions.list(ALL).await.unwrap().is_empty() }).await;
    let built_in = subscriptions.list(ALL).await.unwrap()[0].clone();
    assert!(built_in.built_in && matches!(subscriptions.remove(ALL, built_in.id).await, Err(SubscriptionError::BuiltIn(_))));
    let new = |pattern: &str, site: Option<i64>, filter: serde_json::Value| NewSubscription {
        pattern: pattern.into(),
        queue: "Crm".into(),
        site: site.map(SiteId),
        filter: Some(filter),
        enabled: true,
    };
    let manager = Sight::from(SiteId(5));
    assert!(matches!(subscriptions.create(manager, new("*", None, json!({}))).await, Err(SubscriptionError::NotYours)));
    assert!(matches!(subscriptions.create(manager, new("No.Such", Some(5), json!({}))).await, Err(SubscriptionError::Invalid(_))));
    for filter in [json!({ "NoSuchField": 1 }), json!({ "RatingGrade": { "near": 3 } })] {
        let refused = subscriptions.create(manager, new("Chat.Ended", Some(5), filter)).await.unwrap_err();
        assert!(matches!(&refused, SubscriptionError::Invalid(invalid) if invalid.field.starts_with("filter.")), "{refused}");
    }
    let made = subscriptions.create(manager, new("Chat.Ended", Some(5), json!({ "RatingGrade": { "lte": 2 } }))).await.unwrap();
    assert_eq!(made.state, SubscriptionState::Active);
    assert!(matches!(subscriptions.remove(Sight::from(SiteId(6)), made.id).await, Err(SubscriptionError::Missing(SubscriptionId(_)))));
    let version = subscriptions.version().await.unwrap();
    until("the node applies it", || async {
        let state = house.pipeline("x").queues().overview(ALL).await.unwrap();
        state.nodes.iter().any(|node| node.node == "a" && node.version >= version)
    })
    .await;
    let off = SubscriptionPatch { enabled: Some(false), ..SubscriptionPatch::default() };
    assert_eq!(subscriptions.change(manager, made.id, off).await.unwrap().state, SubscriptionState::Paused);
    subscriptions.remove(manager, made.id).await.unwrap();
    until("it is drained", || async { subscriptions.list(manager).await.unwrap().iter().any(|one| one.id == made.id && one.state == SubscriptionState::Drained) }).await;
    subscriptions.remove(manager, made.id).await.unwrap();
    assert!(subscriptions.list(manager).await.unwrap().iter().all(|one| one.id != made.id));
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_message_is_seen_by_the_site_that_it_tells() {
    let house = House::open().await;
    let running = house.listen("a", Ear::content());
    house.broker.declare(QUEUE).await.unwrap();
    let mut other = envelope("k", 1);
    other.site = SiteId(9);
    let rubbish = sockets::broker::Outgoing { body: "{\"rubbish\":".into(), ..sockets::broker::Outgoing::new(QUEUE, &other) };
    house.broker.publish(vec![rubbish]).await;
    let letters = house.pipeline("x").dead_letters();
    until("it is put aside", || async { letters.count().await.unwrap() == 1 }).await;
    let page = letters.list(SiteId(9), &LetterFilter::default(), &base::PageRequest::default()).await.unwrap();
    assert_eq!((page.items[0].site, page.items[0].envelope.is_none()), (SiteId(9), true));
    assert!(matches!(letters.replay(SiteId(9), page.items[0].id).await, Err(DeadLetterError::Unreadable(_))));
    running.end().await;

}
