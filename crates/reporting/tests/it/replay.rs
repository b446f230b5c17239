use crate::house::{EAR, Ear, House, OTHER_SITE, SITE, until};
use base::{Fault, Kind};
use reporting::ledger::{NewReplay, QUEUE, ReplayFilter, ReplayState, Replays};
use sockets::Route;
use std::time::Duration;

const FAST: u32 = 10_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_came_later_gets_the_past_in_order_and_marked() {
    let house = House::open().await;
    let running = house.work(vec![]);
    for widget in 1..=3 {
        house.visits(SITE, widget, 0..40).await;
    }
    house.visits(OTHER_SITE, 1, [99]).await;
    house.archived(SITE, 120).await;
    house.archived(OTHER_SITE, 1).await;
    running.end().await;

    let ear = Ear::content();
    let running = house.work(vec![ear.listener()]);
    until("the queue is subscribed", || async { house.replays.count(SITE, &house.new_replay(FAST)).await.is_ok() }).await;
    assert_eq!(house.replays.count(SITE, &house.new_replay(FAST)).await.expect("counts"), 120);
    assert_eq!(ear.count(), 0, "counting sends nothing");
    let replay = house.replays.start(SITE, house.new_replay(FAST)).await.expect("starts");
    house.replays.work().await.expect("works");
    until("all is heard", || async { ear.count() >= 120 }).await;
    let done = house.replays.find(SITE, replay.id).await.expect("is there");
    assert_eq!((done.state, done.done, done.total), (ReplayState::Done, 120, 120));
    assert!(done.ended_at.is_some());
    let heard = ear.heard.lock().expect("unpoisoned").clone();
    assert!(heard.iter().all(|(_, _, route)| *route == Route::Replay(format!("archive:{}", replay.id))));
    let kept = house.all(SITE).await;
    for widget in 1..=3 {
        let of_key = |id| kept.iter().any(|kept| kept.event == id && kept.key == format!("widget-{widget}"));
        let numbers: Vec<i64> = heard.iter().filter(|(id, ..)| of_key(*id)).map(|(_, n, _)| *n).collect();
        assert_eq!(numbers, (0..40).collect::<Vec<_>>());
    }
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_handled_is_handled_again_only_when_forced() {
    let house = House::open().await;
    let ear = Ear::content();
    let running = house.work(vec![ear.listener()]);
    house.visits(SITE, 1, 0..10).await;
    house.archived(SITE, 10).await;
    until("all is heard", || async { ear.count() == 10 }).await;
    house.handled(EAR).await;

    house.replays.start(SITE, house.new_replay(FAST)).await.expect("starts");
    house.replays.work().await.expect("works");
    house.handled(EAR).await;
    assert_eq!(ear.count(), 10);

    house.replays.start(SITE, NewReplay { force: true, ..house.new_replay(FAST) }).await.expect("starts");
    house.replays.work().await.expect("works");
    until("all is heard again", || async { ear.count() == 20 }).await;
    house.handled(EAR).await;
    assert_eq!(ear.numbers(), (0..10).chain(0..10).collect::<Vec<_>>());
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_goes_on_where_a_killed_node_left_it() {
    let house = House::open().await;
    let running = house.work(vec![]);
    house.visits(SITE, 1, 0..500).await;
    house.archived(SITE, 500).await;
    running.end().await;
    let ear = Ear::content();
    let running = house.work(vec![ear.listener()]);
    until("the queue is subscribed", || async { house.replays.count(SITE, &house.new_replay(400)).await.is_ok() }).await;
    let replay = house.replays.start(SITE, house.new_replay(400)).await.expect("starts");
    let first = tokio::spawn({
        let replays = house.replays.clone();
        async move { replays.work().await }
    });
    until("it has begun", || async { house.replays.find(SITE, replay.id).await.expect("is there").done > 0 }).await;
    first.abort();
    let _killed = first.await;
    let left = house.replays.find(SITE, replay.id).await.expect("is there");
    assert_eq!(left.state, ReplayState::Running);
    assert!((1..500).contains(&left.done), "{}", left.done);

    let second = Replays::new(house.ledger.clone(), house.broker.clone());
    second.work().await.expect("works");
    until("all is heard", || async { ear.count() >= 500 }).await;
    house.handled(EAR).await;
    assert_eq!(ear.numbers(), (0..500).collect::<Vec<_>>(), "none is missing, none is heard twice");
    let done = second.find(SITE, replay.id).await.expect("is there");
    assert_eq!((done.state, done.done), (ReplayState::Done, 500));
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_replay_sends_nothing_more() {
    let house = House::open().await;
    let ear = Ear::content();
    let running = house.work(vec![ear.listener()]);
    house.visits(SITE, 1, 0..5).await;
    house.archived(SITE, 5).await;
    until("all is heard", || async { ear.count() == 5 }).await;
    let replay = house.replays.start(SITE, NewReplay { force: true, ..house.new_replay(FAST) }).await.expect("starts");
    assert_eq!(house.replays.cancel(OTHER_SITE, replay.id).await.expect_err("is another site's").kind(), Kind::Missing);
    house.replays.cancel(SITE, replay.id).await.expect("is cancelled");
    house.replays.work().await.expect("has nothing to do");
    assert_eq!(ear.count(), 5);
    let over = house.replays.find(SITE, replay.id).await.expect("is there");
    assert_eq!((over.state, over.done), (ReplayState::Cancelled, 0));
    assert_eq!(house.replays.cancel(SITE, replay.id).await.expect_err("is over").kind(), Kind::Conflict);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_by_name() {
    let house = House::open().await;
    let running = house.work(vec![Ear::content().listener()]);
    until("the queue is subscribed", || async { house.replays.count(SITE, &house.new_replay(FAST)).await.is_ok() }).await;
    let good = || house.new_replay(FAST);
    let backwards = ReplayFilter { from: good().filter.to, to: good().filter.from, ..good().filter };
    for (new, field) in [
        (NewReplay { queues: vec![], ..good() }, "queues"),
        (NewReplay { queues: vec!["Nobody".into()], ..good() }, "queues"),
        (NewReplay { queues: vec![QUEUE.into()], ..good() }, "queues"),
        (NewReplay { rate: 0, ..good() }, "rate_per_s"),
        (NewReplay { filter: backwards, ..good() }, "filter.to"),
    ] {
        let err = house.replays.start(SITE, new).await.expect_err("is refused");
        assert_eq!((err.kind(), err.field()), (Kind::Invalid, Some(field)));
    }
    for _ in 0..5 {
        house.replays.start(SITE, good()).await.expect("starts");
    }
    assert_eq!(house.replays.start(SITE, good()).await.expect_err("are too many").kind(), Kind::Conflict);
    house.replays.start(OTHER_SITE, good()).await.expect("others are not held up");
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pace_is_kept() {
    let house = House::open().await;
    let running = house.work(vec![Ear::content().listener()]);
    house.visits(SITE, 1, 0..60).await;
    house.archived(SITE, 60).await;
    house.replays.start(SITE, house.new_replay(60)).await.expect("starts");
    let began = std::time::Instant::now();
    house.replays.work().await.expect("works");
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(900), "60 events at 60 a second took {took:?}");
    running.end().await;
}
