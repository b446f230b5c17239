//! From the commit of an event to its arrival at a consumer of the data queue.

use super::Options;
use super::house::{House, Measured, Running};
use crate::bench::report::Spans;
use anyhow::Context;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sockets::Db;
use sockets::broker::Broker;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const QUEUE: &str = "latency";
/// Events are announced in so many transactions a second.
const TICKS: u64 = 200;
/// What was announced before everything ran is told by itself.
const WARMING_UP: Duration = Duration::from_secs(1);

/// How long events took, from their commit to a consumer.
#[derive(Default)]
struct Took {
    warming_up: Spans,
    after: Spans,
}

impl Took {
    fn add(&mut self, said: Duration, now: Duration) {
        let spans = if said < WARMING_UP { &mut self.warming_up } else { &mut self.after };
        spans.add(now.saturating_sub(said));
    }

    fn len(&self) -> usize {
        self.warming_up.len() + self.after.len()
    }
}

pub async fn outbox_to_queue(options: &Options) -> anyhow::Result<Value> {
    let house = House::open(options).await?;
    house.subscribe(QUEUE).await?;
    let running = Running::start(house.pipeline());
    let began = Instant::now();
    let count = options.rate * (options.seconds + WARMING_UP.as_secs());
    let reading = tokio::spawn(read(house.brokers.data.clone(), count, began));
    say(&house.db, options, count, began).await?;
    let took = tokio::time::timeout(Duration::from_secs(60), reading).await.context("events did not arrive")???;
    running.end().await;
    Ok(json!({
        "events_per_s": options.rate,
        "arrived": took.len(),
        "ms": took.after.summary(),
        "first_second_ms": took.warming_up.summary(),
    }))
}

/// At an even pace, whatever the house does.
async fn say(db: &Db, options: &Options, count: u64, began: Instant) -> anyhow::Result<()> {
    let mut ticks = tokio::time::interval(Duration::from_millis(1_000 / TICKS));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let (mut said, all, each) = (0, count, (options.rate / TICKS).max(1));
    let mut writing: JoinSet<anyhow::Result<()>> = JoinSet::new();
    while said < all {
        ticks.tick().await;
        let (db, from, to) = (db.clone(), said, (said + each).min(all));
        writing.spawn(async move {
            let mut tx = db.begin().await?;
            for n in from..to {
                let at = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
                tx.announce(Measured::new(usize::try_from(n).unwrap_or_default(), at));
            }
            Ok(tx.commit().await?)
        });
        said = to;
        while let Some(done) = writing.try_join_next() {
            done??;
        }
    }
    while let Some(done) = writing.join_next().await {
        done??;
    }
    Ok(())
}

async fn read(broker: Arc<dyn Broker>, count: u64, began: Instant) -> anyhow::Result<Took> {
    let mut consumption = broker.consume(QUEUE, 2_000).await?;
    let mut took = Took::default();
    let mut acks = JoinSet::new();
    while (took.len() as u64) < count {
        let batch = consumption.next().await?;
        let now = began.elapsed();
        for delivery in &batch {
            let said: Measured = delivery.envelope()?.read()?;
            took.add(Duration::from_micros(said.at), now);
        }
        acks.spawn(async move { join_all(batch.iter().map(|delivery| delivery.handle.ack())).await });
        while acks.try_join_next().is_some() {}
    }
    while acks.join_next().await.is_some() {}
    Ok(took)
}
