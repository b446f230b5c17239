//! Main, remote and data brokers: one or all of them away, and nothing is lost, doubled or out of order.

use crate::house::{Ear, House, Running, a_while, broker, listener, until};
use crate::picky::Picky;
use events::{Brokers, Pace, Pipeline, Steering};
use std::sync::Arc;
use std::time::Duration;
use testkit::TestDb;
use testkit::faulty::{FaultyBroker, Mood, Moods};

/// Three brokers, each with a database of its own and a mood.
struct Three {
    house: House,
    main: Moods,
    remote: Moods,
    data: Moods,
    brokers: Brokers,
    elsewhere: Vec<TestDb>,
}

const QUICK: Duration = Duration::from_millis(20);

impl Three {
    async fn open() -> Self {
        let house = House::open().await;
        let mut elsewhere = Vec::new();
        let mut made = Vec::new();
        for name in ["main", "remote", "data"] {
            let test = TestDb::open(&[adapters::broker::migrations]).await;
            made.push(FaultyBroker::around(name, broker(&test.db)));
            elsewhere.push(test);
        }
        let (data, data_moods) = made.pop().expect("three");
        let (remote, remote_moods) = made.pop().expect("three");
        let (main, main_moods) = made.pop().expect("three");
        let brokers = Brokers::new(main, remote, data);
        Self { house, main: main_moods, remote: remote_moods, data: data_moods, brokers, elsewhere }
    }

    fn pipeline(&self, node: &str) -> Pipeline {
        self.paced(node, QUICK)
    }

    fn paced(&self, node: &str, idle: Duration) -> Pipeline {
        let steering = Steering {
            confirm: Duration::from_millis(300),
            failures: 3,
            probe: QUICK,
            back_after: Duration::from_millis(150),
            lost_after: Duration::from_millis(400),
        };
        let pace = Pace { batch: 50, bundle: 8, idle, subscriptions: QUICK, steering, ..Pace::default() };
        self.house.pipeline(node).brokers(self.brokers.clone()).pace(pace)
    }

    fn listen(&self, ear: &Arc<Ear>) -> Running {
        Running::start(self.pipeline("a").consumers(vec![listener(ear.clone())]))
    }

    /// So many events on each of ten keys, from this number on.
    async fn say(&self, from: i64, count: i64) {
        for n in from..from + count {
            for key in 0..10 {
                self.house.say(&format!("k{key}"), n).await;
            }
        }
    }
}

/// Every key heard 0, 1, 2 … `count`, each once.
async fn all_heard(ear: &Ear, count: i64) {
    let wanted: Vec<i64> = (0..count).collect();
    until("everything is heard", || async { ear.count() as i64 >= count * 10 }).await;
    a_while().await;
    for key in 0..10 {
        assert_eq!(ear.numbers(&format!("k{key}")), wanted, "key {key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_main_broker_is_off_the_remote_one_carries_and_then_it_goes_back() {
    let three = Three::open().await;
    let ear = Ear::content();
    let running = three.listen(&ear);
    three.say(0, 5).await;
    for round in 1..=3_i64 {
        // Some of these are confirmed by the main broker and not passed on when it goes.
        three.say(round * 10 - 5, 5).await;
        three.main.set(Mood::Off);
        three.say(round * 10, 3).await;
        until("the remote broker carries", || async { three.brokers.remote.as_ref().unwrap().health().await.ok && ear.count() as i64 >= (round * 10 + 3) * 10 }).await;
        three.main.set(Mood::Well);
        until("it is back", || async { three.publishes_to("main").await }).await;
        three.say(round * 10 + 3, 2).await;
    }
    all_heard(&ear, 35).await;
    running.end().await;
}

impl Three {
    async fn publishes_to(&self, way: &str) -> bool {
        let overview = self.pipeline("x").queues().overview(events::Sight { site: base::SiteId(1), all: true }).await.unwrap();
        overview.outbox.publishing_to.as_deref() == Some(way)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_main_broker_is_left_like_a_dead_one() {
    let three = Three::open().await;
    let ear = Ear::content();
    let running = three.listen(&ear);
    three.say(0, 3).await;
    three.main.set(Mood::Silent);
    three.say(3, 5).await;
    all_heard(&ear, 8).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_confirms_double_nothing_for_the_consumer() {
    let three = Three::open().await;
    let ear = Ear::content();
    let running = three.listen(&ear);
    three.say(0, 3).await;
    three.main.set(Mood::LosesConfirms);
    three.say(3, 4).await;
    three.data.set(Mood::LosesConfirms);
    three.say(7, 3).await;
    a_while().await;
    three.data.set(Mood::Well);
    three.main.set(Mood::Well);
    three.say(10, 2).await;
    all_heard(&ear, 12).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_both_are_off_the_outbox_keeps_everything() {
    let three = Three::open().await;
    let ear = Ear::content();
    let running = three.listen(&ear);
    three.say(0, 2).await;
    three.main.set(Mood::Off);
    three.remote.set(Mood::Off);
    a_while().await;
    three.say(2, 6).await;
    a_while().await;
    assert!(events::outbox_depth(three.house.db()).await.unwrap().0 >= 60);
    three.remote.set(Mood::Well);
    all_heard(&ear, 8).await;
    three.main.set(Mood::Well);
    three.say(8, 2).await;
    all_heard(&ear, 10).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_forgets_what_it_confirmed_loses_nothing() {
    let three = Three::open().await;
    // The data broker is away: the events are confirmed by the main one and stay there.
    three.pipeline("a").subscriptions().declare(&[("Test.Said".into(), crate::house::QUEUE.into())]).await.unwrap();
    let relay = Running::start(three.pipeline("a"));
    until("the queue is there", || async { three.brokers.main.depth(events::EVENTS).await.is_ok() }).await;
    three.data.set(Mood::Off);
    three.say(0, 4).await;
    a_while().await;
    relay.kill().await;
    let tx = three.elsewhere[0].db.begin().await.unwrap();
    assert!(events::sql::Sql::same("DELETE FROM broker_messages").run(&tx.conn(), vec![]).await.unwrap() > 0);
    tx.commit().await.unwrap();
    three.data.set(Mood::Well);
    three.house.test.clock.advance(Duration::from_secs(60));
    let ear = Ear::content();
    let running = three.listen(&ear);
    all_heard(&ear, 4).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_broker_that_is_away_keeps_the_events_in_the_outbox() {
    let three = Three::open().await;
    let ear = Ear::content();
    three.data.set(Mood::Off);
    let running = three.listen(&ear);
    three.say(0, 4).await;
    a_while().await;
    assert_eq!(ear.count(), 0);
    three.data.set(Mood::Well);
    all_heard(&ear, 4).await;
    three.data.set(Mood::Silent);
    three.say(4, 2).await;
    a_while().await;
    three.data.set(Mood::Well);
    all_heard(&ear, 6).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_lasts_as_long_as_the_main_broker_is_left() {
    let three = Three::open().await;
    let notices = events::Notices::new(three.house.db().clone());
    let mut news = notices.hear();
    let ear = Ear::content();
    let running = Running::start(three.pipeline("a").notices(notices.clone()).consumers(vec![listener(ear.clone())]));
    three.main.set(Mood::Off);
    three.say(0, 1).await;
    let raised = news.recv().await.unwrap();
    assert_eq!((raised.kind.as_str(), raised.until), ("main_broker_left", None));
    three.main.set(Mood::Well);
    let over = news.recv().await.unwrap();
    assert!(over.until.is_some() && over.id == raised.id);
    assert_eq!(notices.list(base::SiteId(7)).await.unwrap().len(), 1);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_broker_is_taken_back_while_events_flow() {
    let three = Three::open().await;
    let ear = Ear::content();
    // The pause between two rounds is never reached by itself: something happens every few milliseconds.
    let running = Running::start(three.paced("a", Duration::from_millis(200)).consumers(vec![listener(ear.clone())]));
    three.say(0, 1).await;
    three.main.set(Mood::Off);
    let said = std::sync::atomic::AtomicI64::new(1);
    let say = || three.say(said.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 1);
    until("the remote broker carries", || async {
        say().await;
        three.publishes_to("remote").await
    })
    .await;
    three.main.set(Mood::Well);
    until("the main one is back", || async {
        say().await;
        three.publishes_to("main").await
    })
    .await;
    all_heard(&ear, said.load(std::sync::atomic::Ordering::SeqCst)).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_goes_on_while_another_node_passes_its_events_on() {
    /// More than the relay has under way at most.
    const MANY: i64 = 10_000;
    let house = House::open().await;
    let mute = Picky::around(house.broker.clone());
    mute.give_nothing_out();
    let pace = Pace { subscriptions: QUICK, ..Pace::default() };
    let relays = Running::start(house.pipeline("a").brokers(Brokers::one(mute)).pace(pace));
    let sight = events::Sight { site: base::SiteId(1), all: true };
    until("it relays", || async { house.pipeline("x").queues().overview(sight).await.unwrap().outbox.publishing_to.is_some() }).await;
    let distributes = Running::start(house.pipeline("b"));
    for chunk in 0..10 {
        let mut tx = house.db().begin().await.unwrap();
        for n in 0..MANY / 10 {
            tx.announce(crate::house::Said { key: format!("k{n}"), n: chunk });
        }
        tx.commit().await.unwrap();
    }
    until("all are passed on", || async {
        house.say("bell", 0).await;
        events::outbox_depth(house.db()).await.unwrap().0 < 100
    })
    .await;
    relays.end().await;
    distributes.end().await;
}
