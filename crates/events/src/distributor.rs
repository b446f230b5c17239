//! Drains an event queue and copies each event to the data queues that are subscribed to it.
//!
//! The source is acknowledged when every copy is confirmed; after a crash in between all copies go out again under the same id.

use crate::dead_letters::{DeadLetters, Letter};
use crate::pipeline::Pace;
use crate::subscriptions::{Snapshot, Subscriptions};
use crate::EVENTS;
use arc_swap::ArcSwap;
use futures_util::future::join_all;
use sockets::Envelope;
use sockets::broker::{Broker, BrokerError, Delivery, Outgoing, PublishError};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// An event that passed so many distributors goes in a circle.
const MOST_HOPS: u16 = 16;
/// Tries before a copy that is refused goes to the dead letters.
const MOST_TRIES: u32 = 6;

pub(crate) struct Distributor {
    pub source: Arc<dyn Broker>,
    pub data: Arc<dyn Broker>,
    pub snapshot: Arc<ArcSwap<Snapshot>>,
    pub dead: DeadLetters,
    pub pace: Pace,
}

impl Distributor {
    pub async fn run(self, stop: CancellationToken) {
        let mut pause = Duration::from_millis(100);
        while !stop.is_cancelled() {
            match self.drain(&stop).await {
                Ok(()) => return,
                Err(err) => tracing::warn!(error = %err, broker = self.source.name(), "the event queue cannot be drained; trying again"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(30)),
            }
        }
    }

    async fn drain(&self, stop: &CancellationToken) -> Result<(), BrokerError> {
        let credit = usize::try_from(self.pace.batch).unwrap_or(1_000);
        let mut events = self.source.consume(EVENTS, credit).await?;
        loop {
            let batch = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                batch = events.next() => batch?,
            };
            self.pass_on(&batch, stop).await;
        }
    }

    async fn pass_on(&self, batch: &[Delivery], stop: &CancellationToken) {
        let snapshot = self.snapshot.load_full();
        let mut copies = Vec::new();
        let mut kept = vec![true; batch.len()];
        for (place, delivery) in batch.iter().enumerate() {
            match delivery.envelope() {
                Ok(envelope) if envelope.hops >= MOST_HOPS => {
                    kept[place] = self.bury(delivery, Some(&envelope), EVENTS, "the event goes in a circle").await;
                }
                Ok(envelope) => copies.extend(copies_of(&snapshot, envelope).into_iter().map(|copy| (place, copy))),
                Err(err) => kept[place] = self.bury(delivery, None, EVENTS, &format!("no envelope: {err}")).await,
            }
        }
        for place in self.publish(batch, copies, stop).await {
            kept[place] = false;
        }
        let done = batch.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(delivery, _)| delivery);
        let acks = join_all(done.map(|delivery| delivery.handle.ack())).await;
        let late = acks.iter().filter(|ack| ack.is_err()).count();
        metrics::counter!("events_distributed_total").increment((acks.len() - late) as u64);
        if late > 0 {
            tracing::warn!(late, "distributed events come again: they could not be acknowledged");
        }
    }

    /// Publishes until every copy is confirmed or buried; gives back the places of those that are neither.
    async fn publish(&self, batch: &[Delivery], mut copies: Vec<(usize, Outgoing)>, stop: &CancellationToken) -> Vec<usize> {
        let mut pause = Duration::from_millis(50);
        for attempt in 1.. {
            if copies.is_empty() {
                break;
            }
            let outcomes = self.data.publish(copies.iter().map(|(_, copy)| copy.clone()).collect()).await;
            let mut missing = Vec::new();
            for ((place, copy), outcome) in copies.into_iter().zip(outcomes) {
                let Err(err) = outcome else { continue };
                let refused = !matches!(err, PublishError::Unknown(_));
                if refused && attempt >= MOST_TRIES {
                    let envelope = batch[place].envelope().ok();
                    if self.bury(&batch[place], envelope.as_ref(), &copy.queue, &err.to_string()).await {
                        continue;
                    }
                }
                if refused {
                    // Perhaps nobody declared it yet.
                    let _told_below = self.data.declare(&copy.queue).await;
                }
                missing.push((place, copy));
            }
            copies = missing;
            if copies.is_empty() {
                break;
            }
            tracing::warn!(copies = copies.len(), attempt, "copies of events were not confirmed; sending them again");
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(2)),
            }
        }
        copies.into_iter().map(|(place, _)| place).collect()
    }

    async fn bury(&self, delivery: &Delivery, envelope: Option<&Envelope>, queue: &str, why: &str) -> bool {
        let letter = Letter::of_delivery(delivery, envelope, queue, why);
        let buried = self.dead.bury(letter).await;
        if let Err(err) = &buried {
            tracing::error!(error = ?err, queue, "a dead letter could not be written; the event comes again");
        }
        buried.is_ok()
    }

    /// Keeps the snapshot of the subscriptions fresh. When they cannot be read, the last good one serves on.
    pub async fn watch(subscriptions: Subscriptions, snapshot: Arc<ArcSwap<Snapshot>>, every: Duration, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(every) => {}
            }
            let fresh = match subscriptions.version().await {
                Ok(version) if version == snapshot.load().version => continue,
                Ok(_) => subscriptions.snapshot().await,
                Err(err) => Err(err),
            };
            match fresh {
                Ok(fresh) => {
                    tracing::info!(version = fresh.version, "subscriptions changed");
                    snapshot.store(Arc::new(fresh));
                }
                Err(err) => tracing::warn!(error = ?err, "subscriptions cannot be read; the last ones stay in force"),
            }
            metrics::gauge!("events_subscriptions_version").set(snapshot.load().version as f64);
        }
    }
}

fn copies_of(snapshot: &Snapshot, mut envelope: Envelope) -> Vec<Outgoing> {
    let queues = snapshot.queues_of(&envelope);
    let Some(first) = queues.first() else { return Vec::new() };
    envelope.hops += 1;
    let copy = Outgoing::new(first.clone(), &envelope);
    queues.iter().map(|queue| copy.copy_to(queue.clone())).collect()
}
