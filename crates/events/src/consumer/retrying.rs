//! A runner's parked events: claimed a little before their time, begun at it, their outcomes noted together.

use super::parked::{AHEAD, Waiting};
use super::runner::{Desk, Next, Shop, Told};
use super::{Inbox, Parked};
use crate::dead_letters::add_cause;
use crate::pipeline::stubborn;
use base::{EventId, Timestamp};
use sockets::{Envelope, StoreError};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::Id;
use tokio_util::sync::CancellationToken;

/// Parked events in hand at once.
const MOST: usize = 4_000;

/// The parked events that a runner has in hand.
#[derive(Default)]
pub(super) struct InHand {
    /// Those at work, by their claims.
    running: HashMap<Id, i64>,
    /// Those whose time has not quite come; whether they were handled before.
    ahead: BTreeMap<(Timestamp, i64), (Waiting, bool)>,
    /// There were more than could be taken.
    more: bool,
}

impl InHand {
    fn room(&self) -> usize {
        MOST.saturating_sub(self.running.len() + self.ahead.len())
    }

    /// Half of what was in hand is through, and more waits.
    pub fn wants_more(&self) -> bool {
        self.more && self.room() >= MOST / 2
    }

    pub fn ended(&mut self, task: Id) {
        self.running.remove(&task);
    }
}

/// What became of a parked event.
pub(super) enum Retried {
    Done(Waiting),
    /// Its causes tell of this try too.
    Again(Waiting, Timestamp),
}

impl Shop {
    pub async fn take_parked(self: &Arc<Self>, desk: &mut Desk) {
        let room = desk.retries.room();
        if room == 0 {
            return;
        }
        let (due, handled) = match self.claim_parked(room).await {
            Ok(found) => found,
            Err(err) => {
                tracing::warn!(consumer = self.name(), error = ?err, "parked events cannot be read");
                return;
            }
        };
        desk.retries.more = due.len() == room;
        for event in due {
            let doubled = handled.contains(&event.event);
            desk.retries.ahead.insert((event.due_at, event.id), (event, doubled));
        }
    }

    async fn claim_parked(&self, room: usize) -> Result<(Vec<Waiting>, HashSet<EventId>), StoreError> {
        let claim = i64::from_le_bytes(self.runner.db.minter().bytes()) & i64::MAX;
        let due = self.runner.parked.claim(claim, AHEAD, room).await?;
        let ids: Vec<EventId> = due.iter().map(|event| event.event).collect();
        let handled = if ids.is_empty() { HashSet::new() } else { Inbox::among(&self.runner.db, self.name(), &ids).await? };
        Ok((due, handled))
    }

    /// Begins those whose time has come; tells how long it is to the next.
    pub fn begin_due(self: &Arc<Self>, desk: &mut Desk) -> Option<Duration> {
        loop {
            let first = desk.retries.ahead.first_entry()?;
            let (now, (due, _)) = (self.runner.db.clock().now(), *first.key());
            if due > now {
                return Some(due.since(now).max(Duration::from_millis(1)));
            }
            let (event, doubled) = first.remove();
            let (shop, claim) = (self.clone(), event.claim);
            let task = desk.tasks.spawn(async move {
                if let Err(err) = shop.handle_parked(event, doubled).await {
                    tracing::warn!(consumer = shop.name(), error = ?err, "a parked event's outcome could not be stored; it comes again");
                }
                Told::Parked
            });
            desk.retries.running.insert(task.id(), claim);
        }
    }

    async fn handle_parked(&self, mut event: Waiting, doubled: bool) -> Result<(), StoreError> {
        let parked = &self.runner.parked;
        let Ok(envelope) = serde_json::from_str::<Envelope>(&event.body) else {
            add_cause(&mut event.causes, self.runner.db.clock().now(), "no envelope");
            parked.bury(event, None).await?;
            self.runner.bell.notify_one();
            return Ok(());
        };
        let doubled = doubled || self.remembers(event.event);
        let next = if doubled { Next::Done } else { self.attempt(&envelope, event.attempts).await };
        let outcome = match next {
            Next::Done => {
                self.remember(event.event);
                Retried::Done(event)
            }
            Next::Again(cause, wait) => {
                add_cause(&mut event.causes, cause.at, &cause.why);
                Retried::Again(event, self.runner.db.clock().now().plus(wait))
            }
            Next::Dead(cause) => {
                add_cause(&mut event.causes, cause.at, &cause.why);
                parked.bury(event, Some(&envelope)).await?;
                self.runner.bell.notify_one();
                return Ok(());
            }
        };
        // Closed only when everything ends; then the event comes again and is known by the inbox, or harmless.
        let _closed = self.retried.send(outcome).await;
        Ok(())
    }

    pub async fn renew(&self, desk: &Desk) {
        let claims: HashSet<i64> = desk.retries.running.values().copied().chain(desk.retries.ahead.values().map(|(event, _)| event.claim)).collect();
        if claims.is_empty() {
            return;
        }
        if let Err(err) = self.runner.parked.renew(claims.into_iter()).await {
            tracing::warn!(consumer = self.name(), error = ?err, "leases of parked events could not be renewed");
        }
    }

    /// Those that did not begin are free for others at once.
    pub async fn give_back(&self, desk: &mut Desk) {
        let rest: Vec<Waiting> = std::mem::take(&mut desk.retries.ahead).into_values().map(|(event, _)| event).collect();
        if rest.is_empty() {
            return;
        }
        if let Err(err) = self.runner.parked.give_back(&rest).await {
            tracing::debug!(consumer = self.name(), error = ?err, "parked events could not be given back; their leases will lapse");
        }
    }
}

/// Notes what became of parked events, many in one commit.
pub(super) async fn note_retried(parked: Parked, mut outcomes: mpsc::Receiver<Retried>, bell: Arc<Notify>, stop: CancellationToken) {
    let mut group = Vec::new();
    while outcomes.recv_many(&mut group, 500).await > 0 {
        let (mut done, mut again) = (Vec::new(), Vec::new());
        for outcome in group.drain(..) {
            match outcome {
                Retried::Done(event) => done.push(event),
                Retried::Again(event, at) => again.push((event, at)),
            }
        }
        // When everything stops in between, they come again and are known by their effects.
        if stubborn(&stop, || parked.settle(&done, &again)).await.is_some_and(|next| next > 0) {
            bell.notify_one();
        }
    }
}
