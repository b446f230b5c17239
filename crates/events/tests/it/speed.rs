//! How fast events pass; run by hand: `cargo test --release -p events --test it speed -- --ignored --nocapture`.

use crate::house::{Ear, House, QUEUE, Running, Said, envelope, listener};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, not a promise"]
async fn events_per_second_from_commit_to_the_data_queue() {
    const ALL: usize = 10_000;
    let house = House::open().await;
    // No consumer: the events wait in the data queue.
    house.broker.declare(QUEUE).await.unwrap();
    house.pipeline("x").subscriptions().declare(&[("Test.Said".into(), QUEUE.into())]).await.unwrap();
    let began = Instant::now();
    let writers = (0..100).map(|writer| {
        let db = house.db().clone();
        tokio::spawn(async move {
            for n in 0..(ALL / 100) {
                let mut tx = db.begin().await.unwrap();
                tx.announce(Said { key: format!("{writer}-{}", n % 10), n: 1 });
                tx.commit().await.unwrap();
            }
        })
    });
    futures_util::future::join_all(writers).await;
    let accepted = began.elapsed();
    let began = Instant::now();
    let running = Running::start(house.pipeline("a"));
    // The outbox is cheap to count while the queue fills; the queue is counted at the end.
    while events::outbox_depth(house.db()).await.unwrap().0 > 0 || house.broker.depth(QUEUE).await.unwrap().messages < ALL as u64 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let passed = began.elapsed();
    running.end().await;
    let rate = |took: Duration| ALL as f64 / took.as_secs_f64();
    eprintln!("{{\"accepted_per_s\": {:.0}, \"outbox_to_data_queue_per_s\": {:.0}}}", rate(accepted), rate(passed));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, not a promise"]
async fn events_per_second_through_a_consumer() {
    const ALL: usize = 10_000;
    let house = House::open().await;
    house.broker.declare(QUEUE).await.unwrap();
    for chunk in 0..(ALL / 1_000) {
        let batch = (0..1_000).map(|n| sockets::broker::Outgoing::new(QUEUE, &envelope(&format!("{chunk}-{}", n % 100), n)));
        house.broker.publish(batch.collect()).await;
    }
    let ear = Ear::content();
    let began = Instant::now();
    let running = Running::start(house.pipeline("a").consumers(vec![listener(ear.clone())]));
    while house.broker.depth(QUEUE).await.is_ok_and(|depth| depth.messages > 0) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    eprintln!("{{\"consumed_per_s\": {:.0}}}", ALL as f64 / began.elapsed().as_secs_f64());
    running.end().await;
}
