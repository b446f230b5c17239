//! Many retries that are due at the same moment: how late is the last one?

use super::Options;
use super::house::{House, Measured, Running};
use crate::bench::report::Spans;
use anyhow::bail;
use base::Timestamp;
use events::{Hears, Listener, Outcome};
use serde_json::{Value, json};
use sockets::{Db, Envelope, Event};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const QUEUE: &str = "retries";
/// Until everything waits for its second try.
const AHEAD: Duration = Duration::from_secs(20);

/// Puts every event off until the same moment, and then notes how late it came.
struct Later {
    db: Db,
    due: Timestamp,
    late: Mutex<Spans>,
}

#[async_trait::async_trait]
impl Hears for Later {
    async fn hear(&self, _envelope: &Envelope) -> Outcome {
        let now = self.db.clock().now();
        if now < self.due {
            return Outcome::Retry("not yet".into(), Some(self.due.since(now)));
        }
        self.late.lock().unwrap_or_else(PoisonError::into_inner).add(now.since(self.due));
        Outcome::Done
    }
}

pub async fn run(options: &Options) -> anyhow::Result<Value> {
    let house = House::open(options).await?;
    let hears = Arc::new(Later { db: house.db.clone(), due: house.db.clock().now().plus(AHEAD), late: Mutex::default() });
    // Each with a key of its own: events of one key would wait for each other.
    let mut tx = house.db.begin().await?;
    for n in 0..options.retries {
        tx.announce(Measured { key: n as u64, ..Measured::new(n, 0) });
    }
    tx.commit().await?;
    let listener = Listener::new(QUEUE, Measured::NAME, hears.clone()).concurrency(64);
    let running = Running::start(house.pipeline().consumers(vec![listener]));
    let (began, heard) = (Instant::now(), || hears.late.lock().unwrap_or_else(PoisonError::into_inner).len());
    while heard() < options.retries {
        if began.elapsed() > Duration::from_secs(120) {
            bail!("{} of {} retries were made", heard(), options.retries);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.end().await;
    let late = std::mem::take(&mut *hears.late.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(json!({ "due_at_once": options.retries, "late_ms": late.summary() }))
}
