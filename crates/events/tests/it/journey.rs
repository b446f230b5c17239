//! From the transaction to the consumer.

use crate::house::{Ear, House, QUEUE, Running, Said, a_while, broker, envelope, listener, until};
use base::{PageRequest, SiteId};
use events::{Hears, Inbox, LetterFilter, Outcome};
use sockets::Envelope;
use sockets::broker::Outgoing;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn what_commits_is_heard_and_what_does_not_is_not() {
    let house = House::open().await;
    let ear = Ear::content();
    let running = house.listen("a", ear.clone());
    house.say("k", 1).await;
    let mut dropped = house.db().begin().await.unwrap();
    dropped.announce(Said { key: "k".into(), n: 2 });
    drop(dropped);
    house.say("k", 3).await;
    until("both", || async { ear.count() >= 2 }).await;
    a_while().await;
    assert_eq!(ear.numbers("k"), [1, 3]);
    assert_eq!(events::outbox_depth(house.db()).await.unwrap().0, 0);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_a_key_have_no_gaps() {
    struct Numbers(Mutex<Vec<i64>>);
    #[async_trait::async_trait]
    impl Hears for Numbers {
        async fn hear(&self, envelope: &Envelope) -> Outcome {
            assert!(envelope.key_epoch > 0 && envelope.hops == 1);
            self.0.lock().unwrap().push(envelope.key_seq);
            Outcome::Done
        }
    }
    let house = House::open().await;
    let numbers = Arc::new(Numbers(Mutex::default()));
    let running = house.listen("a", numbers.clone());
    let said = |n| Said { key: "k".into(), n };
    for round in 0..5 {
        let mut lost = house.db().begin().await.unwrap();
        lost.announce(said(0));
        drop(lost);
        let mut tx = house.db().begin().await.unwrap();
        tx.announce(said(round));
        tx.announce(said(round));
        tx.commit().await.unwrap();
    }
    until("ten", || async { numbers.0.lock().unwrap().len() >= 10 }).await;
    assert_eq!(*numbers.0.lock().unwrap(), (1..=10).collect::<Vec<_>>());
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_keep_the_order_of_each_key() {
    let house = House::open().await;
    let ear = Ear::content();
    let nodes = ["a", "b"].map(|node| {
        let pipeline = house.pipeline(node).data_broker(broker(house.db())).consumers(vec![listener(ear.clone())]);
        Running::start(pipeline)
    });
    for n in 0..40 {
        let mut tx = house.db().begin().await.unwrap();
        for key in 0..20 {
            tx.announce(Said { key: key.to_string(), n });
        }
        tx.commit().await.unwrap();
    }
    until("all", || async { ear.count() >= 800 }).await;
    for key in 0..20 {
        assert_eq!(ear.numbers(&key.to_string()), (0..40).collect::<Vec<_>>(), "key {key}");
    }
    for node in nodes {
        node.end().await;
    }
}

/// Notes its effect and the event in one transaction.
struct Careful {
    db: sockets::Db,
    effects: Mutex<HashMap<(String, i64), u32>>,
}

#[async_trait::async_trait]
impl Hears for Careful {
    async fn hear(&self, envelope: &Envelope) -> Outcome {
        let said: Said = envelope.read().unwrap();
        let work = async {
            let tx = self.db.begin().await?;
            if Inbox::first(&tx, QUEUE, envelope.id).await? {
                // The effect stands for rows of the same transaction: it counts when that commits.
                tx.commit().await?;
                *self.effects.lock().unwrap().entry((said.key, said.n)).or_default() += 1;
            }
            Ok::<(), sockets::StoreError>(())
        };
        Outcome::of(work.await)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn being_killed_at_any_moment_loses_nothing_and_does_nothing_twice() {
    let house = House::open().await;
    let careful = Arc::new(Careful { db: house.db().clone(), effects: Mutex::default() });
    for round in 0..12_i64 {
        let running = house.listen(&format!("node-{round}"), careful.clone());
        for n in 0..25 {
            house.say(&format!("k{}", n % 5), round * 25 + n).await;
        }
        tokio::time::sleep(Duration::from_millis(u64::try_from(round * 7 % 60).unwrap())).await;
        running.kill().await;
        // Leases of the dead lapse.
        house.test.clock.advance(Duration::from_secs(61));
    }
    let running = house.listen("last", careful.clone());
    until("everything", || async { events::outbox_depth(house.db()).await.unwrap().0 == 0 }).await;
    until("everything", || async {
        house.test.clock.advance(Duration::from_secs(2));
        house.broker.depth(QUEUE).await.unwrap().messages == 0 && house.broker.depth(events::EVENTS).await.unwrap().messages == 0
    })
    .await;
    a_while().await;
    running.end().await;
    let effects = careful.effects.lock().unwrap().clone();
    let doubled: Vec<_> = effects.iter().filter(|(_, times)| **times > 1).collect();
    assert!(doubled.is_empty(), "done twice: {doubled:?}");
    // A handler that was cut between its commit and our counting has its effect, but is not counted: its event is in the inbox.
    let missing = 300 - effects.len();
    let noted = house.noted().await;
    assert_eq!(noted, 300, "{missing} were not counted and {noted} are noted");
}

impl House {
    async fn noted(&self) -> i64 {
        use events::sql::{Sql, get};
        let row = Sql::same("SELECT COUNT(*) AS n FROM event_inbox").one(self.db().read(), vec![]).await.unwrap().unwrap();
        get(&row, "n").unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubled_event_is_handled_once() {
    let house = House::open().await;
    let ear = Ear::content();
    let running = house.listen("a", ear.clone());
    house.broker.declare(QUEUE).await.unwrap();
    let once = envelope("k", 1);
    for _ in 0..3 {
        house.broker.publish(vec![Outgoing::new(QUEUE, &once), Outgoing::new(QUEUE, &once)]).await;
        a_while().await;
    }
    until("the queue is empty", || async { house.broker.depth(QUEUE).await.unwrap().messages == 0 }).await;
    assert_eq!(ear.numbers("k"), [1]);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_subscription_is_followed_without_restart() {
    let house = House::open().await;
    let running = house.listen("a", Ear::content());
    until("the house is open", || async { house.broker.declare("Extra").await.is_ok() && house.broker.depth(QUEUE).await.is_ok() }).await;
    let subscriptions = house.pipeline("x").subscriptions();
    let filter = serde_json::from_value(serde_json::json!({ "n": [2] })).unwrap();
    let id = subscriptions.add("Test.*", "Extra", Some(SiteId(1)), Some(&filter)).await.unwrap();
    subscriptions.add("*", "Extra", Some(SiteId(2)), None).await.unwrap();
    a_while().await;
    for n in 1..=3 {
        house.say("k", n).await;
    }
    until("one copy", || async { house.broker.depth("Extra").await.unwrap().messages == 1 }).await;
    subscriptions.remove(events::Sight { site: SiteId(1), all: true }, id).await.unwrap();
    a_while().await;
    house.say("k", 2).await;
    a_while().await;
    assert_eq!(house.broker.depth("Extra").await.unwrap().messages, 1);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_goes_in_a_circle_is_stopped() {
    let house = House::open().await;
    let ear = Ear::content();
    let running = house.listen("a", ear.clone());
    house.broker.declare(events::EVENTS).await.unwrap();
    let mut round = envelope("k", 1);
    round.hops = 16;
    house.broker.publish(vec![Outgoing::new(events::EVENTS, &round)]).await;
    let letters = house.pipeline("x").dead_letters();
    until("it is stopped", || async { letters.count().await.unwrap() == 1 }).await;
    assert_eq!(ear.count(), 0);
    let page = letters.list(SiteId(1), &LetterFilter::default(), &PageRequest::default()).await.unwrap();
    assert!(page.items[0].causes[0].why.contains("circle"));
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_put_aside_and_others_go_on() {
    let house = House::open().await;
    let ear = Ear::content();
    let running = house.listen("a", ear.clone());
    for queue in [events::EVENTS, QUEUE] {
        house.broker.declare(queue).await.unwrap();
        let rubbish = Outgoing { body: "{\"rubbish\":".into(), ..Outgoing::new(queue, &envelope("k", 1)) };
        house.broker.publish(vec![rubbish]).await;
    }
    house.say("k", 2).await;
    until("the good one", || async { ear.numbers("k") == [2] }).await;
    let letters = house.pipeline("x").dead_letters();
    until("both are put aside", || async { letters.count().await.unwrap() == 2 }).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_when_told_and_goes_on_where_it_was() {
    let house = House::open().await;
    let ear = Ear::content();
    let running = house.listen("a", ear.clone());
    for n in 0..50 {
        house.say("k", n).await;
    }
    running.end().await;
    let again = house.listen("b", ear.clone());
    until("all", || async { ear.count() >= 50 }).await;
    assert_eq!(ear.numbers("k"), (0..50).collect::<Vec<_>>());
    again.end().await;
}
