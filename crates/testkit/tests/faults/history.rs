//! Publishes numbered messages until each is confirmed, empties the queue, and compares: lost, foreign, out of order.

use base::EventId;
use sockets::broker::{Broker, Outgoing, PublishError};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use testkit::proxy::{Proxy, Wire};
use tokio::time::{Instant, sleep, timeout};

pub const Q: &str = "Faults";

#[derive(Default)]
pub struct History {
    pub confirmed: AtomicU64,
    pub unknown: AtomicU64,
    pub stop: AtomicBool,
    /// The longest that one publish took.
    pub longest_ms: AtomicU64,
}

pub fn message(key: u64, n: u64) -> Outgoing {
    Outgoing { queue: Q.into(), id: EventId(uuid::Uuid::from_u64_pair(key, n)), key: key.to_string().into(), body: n.to_string().into() }
}

/// One key's publisher: sends batches in order, again and again until everything is confirmed. Gives how many there were.
pub async fn publish(broker: Arc<dyn Broker>, history: Arc<History>, key: u64, batch: u64) -> u64 {
    let mut next = 0;
    while !history.stop.load(Ordering::SeqCst) {
        let mut open: Vec<u64> = (next..next + batch).collect();
        while !open.is_empty() {
            let began = Instant::now();
            let sent = broker.publish(open.iter().map(|n| message(key, *n)).collect());
            let outcomes = timeout(Duration::from_secs(30), sent).await.expect("no publisher is stuck");
            let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            history.longest_ms.fetch_max(took, Ordering::SeqCst);
            // What follows something unconfirmed goes out again with it, so that the order holds.
            let good = outcomes.iter().take_while(|outcome| outcome.is_ok()).count();
            history.confirmed.fetch_add(good as u64, Ordering::SeqCst);
            history.unknown.fetch_add((outcomes.len() - good) as u64, Ordering::SeqCst);
            open.drain(..good);
            if !open.is_empty() {
                sleep(Duration::from_millis(50)).await;
            }
        }
        next += batch;
    }
    next
}

/// Takes everything out; `sent` tells how many of each key were confirmed. Gives how many came once more.
pub async fn check(broker: &Arc<dyn Broker>, sent: &HashMap<u64, u64>) -> u64 {
    let mut queue = broker.consume(Q, 500).await.expect("consumes");
    let mut seen: HashMap<u64, HashSet<u64>> = HashMap::new();
    let (mut doubled, mut open) = (0, sent.values().sum::<u64>());
    while open > 0 {
        let batch = timeout(Duration::from_secs(30), queue.next()).await.unwrap_or_else(|_| panic!("{open} messages are lost")).expect("delivered");
        for delivery in &batch {
            let key: u64 = delivery.key.parse().expect("one of our keys");
            let n: u64 = std::str::from_utf8(&delivery.body).expect("text").parse().expect("a number");
            assert!(n < sent[&key], "key {key}: {n} was never sent");
            let of_key = seen.entry(key).or_default();
            if of_key.contains(&n) {
                doubled += 1;
                continue;
            }
            assert_eq!(n, of_key.len() as u64, "key {key}: out of order");
            of_key.insert(n);
            open -= 1;
        }
        let acks = futures_util::future::join_all(batch.iter().map(|delivery| delivery.handle.ack())).await;
        acks.into_iter().for_each(|ack| ack.expect("acknowledged"));
    }
    eprintln!("{} messages, {doubled} of them twice", sent.values().sum::<u64>());
    doubled
}

/// Four keys published from one node while `trouble` lasts; then everything must be there, as a `reader`
/// opened by then sees it. Gives how many came once more.
pub async fn published_under(broker: Arc<dyn Broker>, reader: impl FnOnce() -> Arc<dyn Broker>, trouble: impl Future<Output = ()>) -> (Arc<History>, u64) {
    broker.declare(Q).await.expect("declared");
    let history = Arc::new(History::default());
    let publishers: Vec<_> = (0..4).map(|key| tokio::spawn(publish(broker.clone(), history.clone(), key, 20))).collect();
    trouble.await;
    let before = history.confirmed.load(Ordering::SeqCst);
    let until = Instant::now() + Duration::from_secs(40);
    while history.confirmed.load(Ordering::SeqCst) < before + 200 {
        assert!(Instant::now() < until, "publishing did not come back");
        sleep(Duration::from_millis(50)).await;
    }
    history.stop.store(true, Ordering::SeqCst);
    let mut sent = HashMap::new();
    for (key, publisher) in publishers.into_iter().enumerate() {
        sent.insert(key as u64, timeout(Duration::from_secs(60), publisher).await.expect("no publisher is stuck").expect("published"));
    }
    let doubled = check(&reader(), &sent).await;
    let (uncertain, longest) = (history.unknown.load(Ordering::SeqCst), history.longest_ms.load(Ordering::SeqCst));
    eprintln!("{uncertain} were uncertain, the longest publish took {longest} ms");
    (history, doubled)
}

pub async fn again_until_confirmed(broker: &Arc<dyn Broker>, numbers: std::ops::Range<u64>, within: Duration) {
    let until = Instant::now() + within;
    loop {
        let outcomes = broker.publish(numbers.clone().map(|n| message(0, n)).collect()).await;
        if outcomes.iter().all(Result::is_ok) {
            return;
        }
        assert!(Instant::now() < until, "not confirmed: {outcomes:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// Publishes over a wire that swallows every answer: nothing may be confirmed, and nobody may hang.
pub async fn nothing_is_confirmed(broker: &Arc<dyn Broker>, numbers: std::ops::Range<u64>) {
    let began = Instant::now();
    let outcomes = broker.publish(numbers.map(|n| message(0, n)).collect()).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(PublishError::Unknown(_)))), "{outcomes:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

/// A wire goes still for `at_least` so long, and passes again: the silence is found, and both publishing and
/// consuming come back.
pub async fn a_silence_is_found_and_passes(broker: &Arc<dyn Broker>, wire: &Proxy, at_least: Duration) {
    broker.declare(Q).await.expect("declared");
    let mut queue = broker.consume(Q, 10).await.expect("consumes");
    broker.publish(vec![message(0, 0)]).await.pop().expect("an outcome").expect("stored");
    let first = timeout(Duration::from_secs(10), queue.next()).await.expect("in time").expect("delivered");
    first[0].handle.ack().await.expect("acknowledged");
    wire.set(Wire::Still);
    let began = Instant::now();
    while broker.health().await.ok {
        assert!(began.elapsed() < Duration::from_secs(15), "the silence was not found");
        sleep(Duration::from_millis(200)).await;
    }
    let outcome = broker.publish(vec![message(0, 1)]).await.pop().expect("an outcome");
    assert!(matches!(outcome, Err(PublishError::Unknown(_))), "{outcome:?}");
    // The old connections stay as they are; new ones pass.
    sleep(at_least.saturating_sub(began.elapsed())).await;
    wire.cut();
    wire.set(Wire::Open);
    again_until_confirmed(broker, 1..2, Duration::from_secs(30)).await;
    let next = timeout(Duration::from_secs(40), queue.next()).await.expect("consuming came back").expect("delivered");
    assert_eq!(&next[0].body[..], b"1");
}
