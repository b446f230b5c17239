//! How many events a second: of the bare broker, and through relay and distributor.

use super::Options;
use super::house::{House, Measured, Running};
use crate::bench::reference::cpu_seconds;
use anyhow::{bail, ensure};
use base::{EventId, SiteId, Timestamp};
use futures_util::future::join_all;
use sockets::broker::{Broker, Outgoing};
use sockets::{Envelope, Event, Route};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const PATIENCE: Duration = Duration::from_secs(300);
/// Messages of one call, and calls under way at once.
const BATCH: usize = 500;
const ABREAST: usize = 4;

/// Events a second, and microseconds of this process's processors for each.
#[derive(Clone, Copy)]
pub struct Rate {
    pub per_s: f64,
    pub cpu_us: f64,
}

impl Rate {
    fn of(count: usize, took: Duration, cpu_seconds: f64) -> Self {
        Self { per_s: count as f64 / took.as_secs_f64(), cpu_us: cpu_seconds * 1e6 / count as f64 }
    }
}

/// Publishes with confirms while a consumer takes and acknowledges: messages a second until the last one is acknowledged.
pub async fn raw(house: &House, count: usize) -> anyhow::Result<Rate> {
    const QUEUE: &str = "raw";
    let broker = house.brokers.main.clone();
    broker.declare(QUEUE).await?;
    let messages: Vec<Outgoing> = (0..count).map(|n| Outgoing::new(QUEUE, &envelope(&house.db, n))).collect();
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let taking = tokio::spawn(take(broker.clone(), QUEUE, count));
    let mut calls: JoinSet<anyhow::Result<()>> = JoinSet::new();
    for chunk in messages.chunks(BATCH) {
        if calls.len() >= ABREAST {
            calls.join_next().await.expect("some are under way")??;
        }
        let (broker, chunk) = (broker.clone(), chunk.to_vec());
        calls.spawn(async move {
            for outcome in broker.publish(chunk).await {
                outcome?;
            }
            Ok(())
        });
    }
    while let Some(done) = calls.join_next().await {
        done??;
    }
    tokio::time::timeout(PATIENCE, taking).await???;
    Ok(Rate::of(count, began.elapsed(), cpu_seconds() - cpu))
}

async fn take(broker: Arc<dyn Broker>, queue: &str, count: usize) -> anyhow::Result<()> {
    let mut consumption = broker.consume(queue, 2_000).await?;
    let mut taken = 0;
    let mut acks = JoinSet::new();
    while taken < count {
        let batch = consumption.next().await?;
        taken += batch.len();
        acks.spawn(async move { join_all(batch.iter().map(|delivery| delivery.handle.ack())).await });
    }
    while let Some(done) = acks.join_next().await {
        ensure!(done?.iter().all(Result::is_ok), "an acknowledgement was refused");
    }
    Ok(())
}

fn envelope(db: &sockets::Db, n: usize) -> Envelope {
    let event = Measured::new(n, 0);
    Envelope {
        id: EventId(db.minter().uuid()),
        name: Measured::NAME.into(),
        version: 1,
        site: SiteId(1),
        key: event.key(),
        key_epoch: 1,
        key_seq: 1,
        occurred_at: Timestamp::default(),
        producer: "bench".into(),
        route: Route::Main,
        hops: 0,
        traceparent: None,
        payload: serde_json::to_value(&event).unwrap_or_default(),
    }
}

/// A full outbox until it is empty: every copy is confirmed by its data queue by then.
pub async fn pipeline(options: &Options, count: usize, fan_out: usize) -> anyhow::Result<Rate> {
    let house = House::open(options).await?;
    for queue in 0..fan_out {
        house.subscribe(&format!("fan-{queue}")).await?;
    }
    house.fill(count).await?;
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let running = Running::start(house.pipeline().pace(House::deep()));
    // Not by counting, which would take a good part of the processors.
    while events::outbox_oldest(&house.db).await?.is_some() {
        if began.elapsed() > PATIENCE {
            bail!("{} events were not passed on in {PATIENCE:?}", events::outbox_depth(&house.db).await?.0);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let rate = Rate::of(count, began.elapsed(), cpu_seconds() - cpu);
    running.end().await;
    Ok(rate)
}
