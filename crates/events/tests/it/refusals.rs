//! Data queues that refuse what they are given, for a while or for good.

use crate::house::{Ear, House, QUEUE, Running, envelope, listener, until};
use crate::picky::Picky;
use base::{PageRequest, SiteId};
use events::{LetterFilter, Pace};
use events::sql::Sql;
use sockets::broker::PublishError;
use std::sync::Arc;
use std::time::Duration;

async fn kept(house: &House) -> i64 {
    let row = Sql::same("SELECT COUNT(*) AS n FROM event_held").one(house.db().read(), vec![]).await.unwrap().unwrap();
    events::sql::get(&row, "n").unwrap()
}

/// A house with one consumer and a second queue that hears the same and refuses.
async fn open(how: PublishError) -> (House, Arc<Picky>, Arc<Ear>, Running) {
    let house = House::open().await;
    let picky = Picky::around(house.broker.clone());
    picky.refuse("Crm", how);
    house.pipeline("x").subscriptions().add("Test.*", "Crm", None, None).await.unwrap();
    let ear = Ear::content();
    let running = Running::start(house.pipeline("a").data_broker(picky.clone()).consumers(vec![listener(ear.clone())]));
    (house, picky, ear, running)
}

async fn say(house: &House, from: i64, to: i64) {
    for n in from..to {
        house.say("k", n).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_passes_costs_nobody_an_event() {
    for how in [PublishError::Rejected("no room".into()), PublishError::Fatal("the rights were taken away".into())] {
        let (house, picky, ear, running) = open(how).await;
        say(&house, 0, 5).await;
        until("the refused ones are kept", || async { kept(&house).await == 5 }).await;
        say(&house, 5, 8).await;
        until("the other queue goes on", || async { ear.count() == 8 }).await;
        picky.accept("Crm");
        until("they are fed", || async { house.broker.depth("Crm").await.is_ok_and(|depth| depth.messages >= 8) }).await;
        assert_eq!((house.pipeline("x").dead_letters().count().await.unwrap(), ear.numbers("k")), (0, (0..8).collect()));
        running.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_says_no_at_once_keeps_the_others_waiting_for_two_seconds_at_most() {
    let (house, _picky, ear, running) = open(PublishError::Unknown("it is full".into())).await;
    say(&house, 0, 5).await;
    until("the stuck ones are kept", || async { kept(&house).await == 5 }).await;
    say(&house, 5, 10).await;
    until("the other queue goes on", || async { ear.count() == 10 }).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_takes_nothing_is_set_aside_when_it_is_alone_and_the_broker_is_well() {
    let house = House::open().await;
    let picky = Picky::around(house.broker.clone());
    picky.refuse(QUEUE, PublishError::Unknown("it is full".into()));
    let ear = Ear::content();
    let running = Running::start(house.pipeline("a").data_broker(picky.clone()).consumers(vec![listener(ear.clone())]));
    say(&house, 0, 3).await;
    until("they are kept", || async { kept(&house).await == 3 }).await;
    picky.accept(QUEUE);
    until("they are heard", || async { ear.numbers("k") == [0, 1, 2] }).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_for_the_data_broker_is_put_aside() {
    let (house, picky, ear, running) = open(PublishError::Unknown("it is full".into())).await;
    picky.accept("Crm");
    picky.take_at_most(2_000);
    house.say(&"k".repeat(3_000), 1).await;
    house.say("k", 2).await;
    until("the small one is heard", || async { ear.count() == 1 }).await;
    let letters = house.pipeline("x").dead_letters();
    until("the large one is put aside for each queue", || async { letters.count().await.unwrap() == 2 }).await;
    let page = letters.list(SiteId(1), &LetterFilter::default(), &PageRequest::default()).await.unwrap();
    assert!(page.items[0].causes[0].why.contains("more than the data broker takes"), "{:?}", page.items[0].causes);
    running.end().await;
}

/// Copies that wait for a queue, as the distributor puts them there.
async fn hold(house: &House, queue: &str, count: i64) {
    const HOLD: Sql = Sql::same("INSERT INTO event_held (queue, site, ordering, event, body, held_at) VALUES ($1, 1, $2, $3, $4, $5)");
    let tx = house.db().begin().await.unwrap();
    for n in 0..count {
        let envelope = envelope("k", n);
        let body = serde_json::to_string(&envelope).unwrap();
        let values = vec![queue.into(), "1/k".into(), envelope.id.to_string().into(), body.into(), tx.now().millis().into()];
        HOLD.run(&tx.conn(), values).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_queue_costs_others_nothing_and_one_that_went_away_is_made_again() {
    let house = House::open().await;
    let picky = Picky::around(house.broker.clone());
    hold(&house, "A", 3).await;
    hold(&house, "B", 5_000).await;
    picky.fall_silent("A");
    let began = std::time::Instant::now();
    let pace = Pace { deep: 10_000, idle: Duration::from_millis(20), ..Pace::default() };
    let running = Running::start(house.pipeline("a").data_broker(picky).pace(pace));
    until("the other queue is made and fed", || async { house.broker.depth("B").await.is_ok_and(|depth| depth.messages == 5_000) }).await;
    // A silent queue takes five seconds to be left alone; one after the other would take as long for every thousand.
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    // What arrived is forgotten a moment later.
    until("nothing is kept but what waits for the silent queue", || async { kept(&house).await == 3 }).await;
    running.end().await;
}

/// More than one look at the outbox takes.
#[tokio::test(flavor = "multi_thread")]
async fn heavy_events_go_out_in_order_however_many_wait() {
    const SAY: Sql = Sql::same("INSERT INTO event_outbox (event, ordering, body, announced_at, site) VALUES ($1, '1/k', $2, $3, 1)");
    let house = House::open().await;
    let tx = house.db().begin().await.unwrap();
    for n in 0..10 {
        let mut envelope = envelope("k", n);
        envelope.payload["Pad"] = "x".repeat(4 * 1024 * 1024).into();
        let body = serde_json::to_string(&envelope).unwrap();
        SAY.run(&tx.conn(), vec![envelope.id.to_string().into(), body.into(), tx.now().millis().into()]).await.unwrap();
    }
    tx.commit().await.unwrap();
    let ear = Ear::content();
    let running = house.listen("a", ear.clone());
    until("all are heard", || async { ear.count() == 10 }).await;
    assert_eq!(ear.numbers("k"), (0..10).collect::<Vec<_>>());
    running.end().await;
}
