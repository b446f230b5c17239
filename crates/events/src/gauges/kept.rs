//! Copies that wait for queues: an alarm for each queue that takes nothing, and an end to subscriptions that nobody empties.

use super::Gauges;
use crate::notices::Alarm;
use crate::pressure::Level;
use base::Timestamp;
use serde_json::json;
use sockets::StoreError;
use std::collections::HashSet;
use std::time::Duration;

/// Copies that wait so long are an alarm.
const FULL: Duration = Duration::from_secs(60);
/// They are counted so often.
const COUNT: Duration = Duration::from_secs(60);

impl Gauges {
    /// It is the queue's own trouble: nobody else waits for it.
    pub(super) async fn look_at_kept(&self, counted: &mut Option<Timestamp>) -> Result<(), StoreError> {
        let now = self.db.clock().now();
        let counts = counted.is_none_or(|at| now.since(at) >= COUNT);
        let (mut full, mut beyond) = (HashSet::new(), HashSet::new());
        for queue in self.held.queues().await? {
            let Some(since) = self.held.oldest_of(&queue).await? else { continue };
            let age = now.since(since);
            if age >= FULL {
                let data = json!({ "queue": &*queue, "oldest_ms": u64::try_from(age.as_millis()).unwrap_or(u64::MAX) });
                self.notices.raise(&Alarm::new("queue_full", Level::Yellow).about(&*queue).with(data)).await;
                full.insert(queue.to_string());
            }
            if counts && (age >= self.held_most.longest || self.held.has(&queue, self.held_most.copies).await?) {
                self.end_copying(&queue, age).await?;
                beyond.insert(queue.to_string());
            }
        }
        self.notices.only("queue_full", &full).await?;
        if counts {
            *counted = Some(now);
            self.notices.only("subscription_paused", &beyond).await?;
        }
        Ok(())
    }

    /// Nobody came for the copies for so long, or there are so many, that they would fill the disk in the end. What is kept stays.
    /// Queues of the product's own consumers are not touched: somebody must look after those.
    async fn end_copying(&self, queue: &str, age: Duration) -> Result<(), StoreError> {
        let why = format!("too many copies wait for the queue {queue:?}, the oldest for {} s: nobody empties it", age.as_secs());
        if self.subscriptions.rest(queue, &why).await? > 0 {
            tracing::warn!(queue, why, "subscriptions are paused");
            let data = json!({ "queue": queue, "oldest_ms": u64::try_from(age.as_millis()).unwrap_or(u64::MAX) });
            self.notices.raise(&Alarm::new("subscription_paused", Level::Orange).about(queue).with(data)).await;
        }
        Ok(())
    }
}
