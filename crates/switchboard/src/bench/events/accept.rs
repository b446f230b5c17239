//! The accept path: announcing until it is durable.

use super::Options;
use super::house::{House, Measured};
use crate::bench::report::Spans;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Who announce at once, and how many events each puts into a transaction.
const WRITERS: usize = 32;
const BATCH: usize = 20;

pub async fn run(options: &Options) -> anyhow::Result<Value> {
    let house = House::open(options).await?;
    let span = Duration::from_secs(options.seconds.div_ceil(2));
    let (next, began) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let mut writers: JoinSet<anyhow::Result<()>> = JoinSet::new();
    for _ in 0..WRITERS {
        let (db, next) = (house.db.clone(), next.clone());
        writers.spawn(async move {
            while began.elapsed() < span {
                let mut tx = db.begin().await?;
                for _ in 0..BATCH {
                    tx.announce(Measured::new(next.fetch_add(1, Ordering::Relaxed), 0));
                }
                tx.commit().await?;
            }
            Ok(())
        });
    }
    while let Some(done) = writers.join_next().await {
        done??;
    }
    let batched = next.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    let spans = one_by_one(options).await?;
    Ok(json!({
        "batched_per_s": batched.round(), "writers": WRITERS, "events_per_transaction": BATCH,
        "one_by_one": { "events_per_s": options.rate, "ms": spans.summary() },
    }))
}

/// A transaction for each event, at an even pace.
async fn one_by_one(options: &Options) -> anyhow::Result<Spans> {
    let house = House::open(options).await?;
    let mut ticks = tokio::time::interval(Duration::from_millis(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let each = (options.rate / 1_000).max(1);
    let mut writing: JoinSet<anyhow::Result<Duration>> = JoinSet::new();
    let mut spans = Spans::default();
    for n in 0..options.rate * options.seconds / each {
        ticks.tick().await;
        for k in 0..each {
            let db = house.db.clone();
            let number = usize::try_from(n * each + k).unwrap_or_default();
            writing.spawn(async move {
                let began = Instant::now();
                let mut tx = db.begin().await?;
                tx.announce(Measured::new(number, 0));
                tx.commit().await?;
                Ok(began.elapsed())
            });
        }
        while let Some(done) = writing.try_join_next() {
            spans.add(done??);
        }
    }
    while let Some(done) = writing.join_next().await {
        spans.add(done??);
    }
    Ok(spans)
}
