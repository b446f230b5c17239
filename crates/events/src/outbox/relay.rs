//! Carries outbox rows to the event queue. One node at a time, under a lease; the same row may go out twice, never none.

use super::{Waiting, oldest, remove};
use crate::lease::Leases;
use crate::{EVENTS, pipeline::Pace};
use base::EventId;
use bytes::Bytes;
use sockets::Db;
use sockets::broker::{Broker, Outgoing, PublishError};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const LEASE: &str = "relay";

pub(crate) struct Relay {
    pub db: Db,
    pub broker: Arc<dyn Broker>,
    pub leases: Leases,
    pub bell: Arc<Notify>,
    pub pace: Pace,
}

impl Relay {
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let again = match self.leases.hold(LEASE).await {
                Ok(Some(_)) => self.round().await,
                Ok(None) => false,
                Err(err) => {
                    tracing::warn!(error = ?err, "the relay cannot see its lease");
                    false
                }
            };
            if again {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.bell.notified() => {}
                () = tokio::time::sleep(self.pace.idle) => {}
            }
        }
        self.leases.let_go(LEASE).await;
    }

    /// Sends one batch; true when more is likely to wait and the broker is well.
    async fn round(&self) -> bool {
        let rows = match oldest(&self.db, self.pace.batch).await {
            Ok(rows) => rows,
            Err(err) => {
                tracing::warn!(error = ?err, "the outbox cannot be read");
                return false;
            }
        };
        if rows.is_empty() {
            return false;
        }
        let full = rows.len() as i64 >= self.pace.batch;
        let outcomes = self.broker.publish(rows.iter().map(outgoing).collect()).await;
        let (done, troubled) = sort_out(&rows, &outcomes);
        metrics::counter!("events_relayed_total").increment(done.len() as u64);
        if !done.is_empty() && let Err(err) = remove(&self.db, &done).await {
            // They will go out again under the same ids.
            tracing::warn!(error = ?err, rows = done.len(), "confirmed events could not be removed from the outbox");
            return false;
        }
        full && !troubled
    }
}

fn outgoing(row: &Waiting) -> Outgoing {
    let id = row.event.parse().unwrap_or(EventId(uuid::Uuid::nil()));
    Outgoing { queue: EVENTS.into(), id, key: row.ordering.as_str().into(), body: Bytes::copy_from_slice(row.body.as_bytes()) }
}

/// Rows that may be removed: confirmed, and no earlier one of the same key stays behind, so that order survives the repetition.
fn sort_out(rows: &[Waiting], outcomes: &[Result<sockets::broker::Receipt, PublishError>]) -> (Vec<i64>, bool) {
    let mut stuck: HashSet<&str> = HashSet::new();
    let mut done = Vec::with_capacity(rows.len());
    for (row, outcome) in rows.iter().zip(outcomes) {
        match outcome {
            Ok(_) if !stuck.contains(row.ordering.as_str()) => done.push(row.id),
            Ok(_) => {}
            Err(err) => {
                let kind = match err {
                    PublishError::Rejected(_) => "rejected",
                    PublishError::Unknown(_) => "unknown",
                    PublishError::Fatal(_) => "fatal",
                };
                metrics::counter!("events_relay_failed_total", "kind" => kind).increment(1);
                if stuck.insert(&row.ordering) {
                    tracing::warn!(event = row.event, error = %err, "an event stays in the outbox");
                }
            }
        }
    }
    (done, !stuck.is_empty())
}
