//! Drains the event queues of every event broker and copies each event to the data queues that are subscribed to it.
//!
//! Lanes by key work side by side. The outbox tells which events were passed on before (their rows are gone) and which earlier ones of
//! a key are still outstanding (they go first, straight from their rows), so that order holds and doubles fall out whichever broker
//! brought an event, and how often. Earlier ones are looked for only where this process did not itself pass on the event before. A row
//! is removed when every copy is confirmed or kept in [`crate::held`]; only then the message is acknowledged. After a crash in between,
//! copies go out again under the same id.

mod lane;
mod passed;
mod plan;
mod sealed;
mod settler;
mod watch;

pub use watch::NodeState;
pub(crate) use watch::{nodes, watch};

use crate::brokers::Way;
use crate::dead_letters::{DeadLetters, Letter};
use crate::held::Held;
use crate::outbox::{TableOutbox, is_ours};
use crate::pipeline::{Pace, acknowledge, stubborn};
use crate::queues::Tally;
use crate::subscriptions::Snapshot;
use crate::EVENTS;
use arc_swap::ArcSwap;
use lane::Lane;
use plan::Lately;
use sealed::Sealed;
use settler::Settler;
use sockets::broker::{Broker, BrokerError, Delivery, Handle};
use sockets::{Db, Route};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Keys of one lane are passed on one after the other.
const LANES: usize = 2;
/// Messages that wait before a lane, at most; their bytes are counted too.
const BEFORE_A_LANE: usize = 256;
/// Bytes of messages that are taken and not passed on, at most.
const MOST_BYTES: usize = 64 * 1024 * 1024;

#[derive(Clone)]
pub(crate) struct Distributor {
    pub db: Db,
    pub sources: Vec<(Way, Arc<dyn Broker>)>,
    pub data: Arc<dyn Broker>,
    pub outbox: TableOutbox,
    pub snapshot: Arc<ArcSwap<Snapshot>>,
    pub dead: DeadLetters,
    pub held: Held,
    pub tally: Tally,
    pub pace: Pace,
}

/// A message under way; acknowledged when all its events are through.
pub(crate) struct Parcel {
    handle: Handle,
    left: AtomicUsize,
    /// Its share of what may be under way.
    _room: Option<OwnedSemaphorePermit>,
}

impl Parcel {
    pub fn new(handle: Handle, events: usize, room: Option<OwnedSemaphorePermit>) -> Arc<Self> {
        Arc::new(Self { handle, left: AtomicUsize::new(events), _room: room })
    }

    /// One more of its events is through. True for the last of them: then the message is to be acknowledged.
    pub fn one_done(&self) -> bool {
        self.left.fetch_sub(1, Ordering::AcqRel) == 1
    }
}

/// An event of a message, on its way to a lane.
struct Piece {
    pub sealed: Sealed,
    pub parcel: Arc<Parcel>,
    /// Its row in our outbox is the truth of it.
    pub ours: bool,
}

impl Distributor {
    pub async fn run(self, stop: CancellationToken) {
        let Some(origin) = stubborn(&stop, || self.outbox.origin(self.db.read())).await else { return };
        let lately = Arc::new(Lately::default());
        let mut tasks = JoinSet::new();
        let (settle, passages) = mpsc::channel(LANES);
        tasks.spawn(Settler { shop: self.clone(), stop: stop.clone() }.run(passages));
        let mut lanes = Vec::with_capacity(LANES);
        for _ in 0..LANES {
            let (sender, messages) = mpsc::channel(BEFORE_A_LANE);
            tasks.spawn(Lane::new(self.clone(), lately.clone(), settle.clone(), stop.clone()).run(messages));
            lanes.push(sender);
        }
        let room = Arc::new(Semaphore::new(MOST_BYTES));
        for (way, source) in self.sources.clone() {
            let tap = Tap { way, source, lanes: lanes.clone(), room: room.clone(), origin: origin.clone(), shop: self.clone() };
            let stop = stop.clone();
            tasks.spawn(async move { tap.run(stop).await });
        }
        drop((lanes, settle));
        while let Some(ended) = tasks.join_next().await {
            if let Err(err) = ended {
                tracing::error!(error = %err, "a part of the distributor broke");
            }
        }
    }
}

/// Takes from one event queue and sorts into lanes.
struct Tap {
    way: Way,
    source: Arc<dyn Broker>,
    lanes: Vec<mpsc::Sender<Vec<Piece>>>,
    room: Arc<Semaphore>,
    origin: Arc<str>,
    shop: Distributor,
}

impl Tap {
    async fn run(self, stop: CancellationToken) {
        const FIRST: Duration = Duration::from_millis(100);
        let mut pause = FIRST;
        while !stop.is_cancelled() {
            let began = std::time::Instant::now();
            match self.drain(&stop).await {
                Ok(()) => return,
                Err(err) => tracing::warn!(error = %err, broker = self.source.name(), way = self.way.name(), "the event queue cannot be drained; trying again"),
            }
            if began.elapsed() > Duration::from_secs(10) {
                pause = FIRST;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(2)),
            }
        }
    }

    async fn drain(&self, stop: &CancellationToken) -> Result<(), BrokerError> {
        // A message holds many events, and as many bytes.
        let credit = usize::try_from(self.shop.pace.batch / 4).unwrap_or(250).max(16);
        let mut events = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            opened = async {
                self.source.declare(EVENTS).await?;
                self.source.consume(EVENTS, credit).await
            } => opened?,
        };
        loop {
            let batch = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                batch = events.next() => batch?,
            };
            for delivery in batch {
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = self.sort(delivery, stop) => {}
                }
            }
        }
    }

    async fn sort(&self, delivery: Delivery, stop: &CancellationToken) {
        let events = match sealed::open(&delivery.body) {
            Ok(events) if !events.is_empty() => events,
            Ok(_) => return self.let_go(&delivery, stop).await,
            Err(err) => {
                let why = format!("no envelope: {err}");
                let letter = || Letter::of_delivery(&delivery, None, EVENTS, &why);
                if stubborn(stop, || self.shop.dead.bury(letter())).await.is_some() {
                    self.let_go(&delivery, stop).await;
                }
                return;
            }
        };
        let bytes = u32::try_from(delivery.body.len().min(MOST_BYTES)).unwrap_or(u32::MAX);
        let room = self.room.clone().acquire_many_owned(bytes).await.ok();
        let parcel = Parcel::new(delivery.handle, events.len(), room);
        let mut of_lanes: Vec<Vec<Piece>> = self.lanes.iter().map(|_| Vec::with_capacity(events.len())).collect();
        for mut sealed in events {
            let ours = !matches!(sealed.route, Route::Replay(_)) && is_ours(&sealed.producer, &self.origin);
            if !matches!(sealed.route, Route::Replay(_)) {
                sealed.route = if self.way == Way::Remote { Route::Remote } else { Route::Main };
            }
            let mut hasher = DefaultHasher::new();
            sealed.ordering.hash(&mut hasher);
            let lane = usize::try_from(hasher.finish() % self.lanes.len() as u64).unwrap_or(0);
            of_lanes[lane].push(Piece { sealed, parcel: parcel.clone(), ours });
        }
        for (lane, pieces) in self.lanes.iter().zip(of_lanes).filter(|(_, pieces)| !pieces.is_empty()) {
            // Closed only when everything ends; then the message comes again.
            let _closed = lane.send(pieces).await;
        }
    }

    async fn let_go(&self, delivery: &Delivery, stop: &CancellationToken) {
        if let Err(err) = acknowledge(&delivery.handle, stop).await {
            tracing::debug!(error = %err, "a message comes again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::EventId;
    use sockets::broker::{AckError, Held};

    struct Nothing;

    #[async_trait::async_trait]
    impl Held for Nothing {
        async fn ack(&self) -> Result<(), AckError> {
            Ok(())
        }
        async fn release(&self) -> Result<(), AckError> {
            Ok(())
        }
    }

    pub(super) fn id(n: u128) -> EventId {
        EventId(uuid::Uuid::from_u128(n))
    }

    pub(super) fn sealed(n: u128, key_seq: i64) -> Sealed {
        let envelope = sockets::Envelope {
            id: id(n),
            name: "Test".into(),
            version: 1,
            site: base::SiteId(1),
            key: "k".into(),
            key_epoch: 1,
            key_seq,
            occurred_at: base::Timestamp::default(),
            producer: "x".into(),
            route: Route::Main,
            hops: 0,
            traceparent: None,
            payload: serde_json::Value::Null,
        };
        Sealed::read(&serde_json::to_vec(&envelope).expect("an envelope is plain JSON").into()).expect("an envelope")
    }

    pub(super) fn piece(n: u128, key_seq: i64, ours: bool) -> Piece {
        Piece { sealed: sealed(n, key_seq), parcel: Parcel::new(Handle::new(Arc::new(Nothing)), 1, None), ours }
    }
}
