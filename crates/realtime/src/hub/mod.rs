//! One a node: knows who follows what, and tells them.

mod fill;
mod follow;
mod tell;

pub(crate) use self::follow::Resumed;

use crate::floor::{ConnectionId, Floor};
use crate::frame::Frame;
use crate::outbox::{Close, Outbox};
use base::{Actor, Caller, SiteId};
use sockets::live::{Change, Cursor, LiveState, Topic};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

/// How sockets and polls behave.
#[derive(Clone, Debug)]
pub struct RealtimeOptions {
    /// Frames that may wait for one socket before it counts as slow.
    pub queue: usize,
    /// How often an idle client says that it lives.
    pub pace: Duration,
    /// How long the first frame may take.
    pub patience: Duration,
    /// Frames a second from one socket, and how many at once.
    pub rate: (f64, f64),
    /// Polls that wait at the same time before they are answered at once and told to come less often.
    pub polls: usize,
}

impl Default for RealtimeOptions {
    fn default() -> Self {
        Self {
            queue: 1_024,
            pace: Duration::from_secs(20),
            patience: Duration::from_secs(10),
            rate: (20.0, 60.0),
            polls: 5_000,
        }
    }
}

/// The hub of this node.
pub struct Hub {
    pub(crate) live: Arc<dyn LiveState>,
    pub(crate) floor: Arc<dyn Floor>,
    pub(crate) options: RealtimeOptions,
    shards: [Mutex<HashMap<Topic, Followed>>; SHARDS],
    hasher: RandomState,
    connections: Mutex<Connections>,
    next_id: AtomicU64,
    next_slot: AtomicU64,
    open: AtomicUsize,
    pub(crate) polling: AtomicUsize,
    moving: AtomicBool,
    leaving: watch::Sender<bool>,
    /// How many logs are read again at the same time.
    reading: Semaphore,
}

const SHARDS: usize = 64;

#[derive(Default)]
struct Connections {
    all: HashMap<ConnectionId, Arc<Connection>>,
    by_caller: HashMap<(SiteId, Actor), usize>,
}

/// Somebody who listens.
pub(crate) struct Connection {
    pub id: ConnectionId,
    pub caller: Caller,
    pub outbox: Arc<Outbox>,
    /// A poll is here for a moment only, and is not counted.
    pub lasting: bool,
}

impl Connection {
    pub fn is_visitor(&self) -> bool {
        matches!(self.caller.actor, Actor::Visitor(_))
    }
}

/// A topic that somebody on this node follows.
struct Followed {
    slot: u64,
    /// What was told last; unknown until something is read or told.
    last: Option<Cursor>,
    /// Somebody reads the log again; until then what comes is only noted.
    filling: bool,
    wanted: Option<Cursor>,
    followers: Vec<Follower>,
}

struct Follower {
    connection: ConnectionId,
    visitor: bool,
    outbox: Arc<Outbox>,
}

impl Hub {
    pub fn new(live: Arc<dyn LiveState>, floor: Arc<dyn Floor>, options: RealtimeOptions) -> Arc<Self> {
        Arc::new(Self {
            live,
            floor,
            options,
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
            connections: Mutex::default(),
            next_id: AtomicU64::new(1),
            next_slot: AtomicU64::new(1),
            open: AtomicUsize::new(0),
            polling: AtomicUsize::new(0),
            moving: AtomicBool::new(false),
            leaving: watch::Sender::new(false),
            reading: Semaphore::new(16),
        })
    }

    /// Tells what is published, for as long as the store is open. The roof runs it as a task of its own.
    pub async fn run(self: Arc<Self>) {
        let mut changes = self.live.changes();
        while let Some(change) = changes.next().await {
            self.change(change);
            // What came in one go goes out in one go: the connections' tasks run when this one waits.
            for _ in 0..256 {
                let Some(change) = changes.ready() else { break };
                self.change(change);
            }
            tokio::task::yield_now().await;
        }
    }

    fn change(self: &Arc<Self>, change: Change) {
        match change {
            Change::Published(published) => self.tell(&published),
            Change::Missed => self.fill_all(),
        }
    }

    /// Open sockets on this node.
    pub fn open_sockets(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Asks every socket to move elsewhere, spread evenly over this time, then closes those that stay. New ones are sent away.
    pub async fn drain(&self, over: Duration) {
        self.moving.store(true, Ordering::Relaxed);
        self.leaving.send_replace(true);
        let all: Vec<Arc<Connection>> = self.connections().all.values().cloned().collect();
        let step = over.checked_div(u32::try_from(all.len()).unwrap_or(u32::MAX)).unwrap_or_default();
        for (connection, nth) in all.iter().zip(0_u32..) {
            let after = step.saturating_mul(nth).as_millis();
            connection.outbox.push(Frame::plain(format!(r#"{{"t":"move","after_ms":{after}}}"#)));
        }
        let deadline = tokio::time::Instant::now() + over + Duration::from_millis(500);
        while self.open_sockets() > 0 && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for connection in self.connections().all.values() {
            connection.outbox.close(Close::Restart);
        }
        let deadline = tokio::time::Instant::now() + Duration::from_secs(2);
        while self.open_sockets() > 0 && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) fn is_moving(&self) -> bool {
        self.moving.load(Ordering::Relaxed)
    }

    /// Ticks when this node begins to leave: polls are answered at once.
    pub(crate) fn leaving(&self) -> watch::Receiver<bool> {
        self.leaving.subscribe()
    }

    /// How often an idle socket is to ping: rarer when there are very many.
    pub(crate) fn pace(&self) -> Duration {
        let crowd = u32::try_from(self.open_sockets() / 20_000).unwrap_or(u32::MAX);
        self.options.pace.saturating_mul(crowd.saturating_add(1)).min(Duration::from_secs(60))
    }

    /// How long a poller waits before it polls again.
    pub(crate) fn poll_pace(&self) -> Duration {
        let share = self.polling.load(Ordering::Relaxed) * 10 / self.options.polls.max(1);
        Duration::from_millis(500).saturating_mul(u32::try_from(share).unwrap_or(20).saturating_add(1)).min(Duration::from_secs(10))
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection in, and counts the caller's open ones, this one included.
    pub(crate) fn enter(&self, caller: Caller, lasting: bool) -> (Arc<Connection>, usize) {
        let id = ConnectionId(self.next_id.fetch_add(1, Ordering::Relaxed));
        let outbox = Arc::new(Outbox::new(self.options.queue));
        let connection = Arc::new(Connection { id, caller, outbox, lasting });
        if !lasting {
            return (connection, 0);
        }
        self.open.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!("realtime_sockets").increment(1);
        let mut connections = self.connections();
        connections.all.insert(id, connection.clone());
        let count = connections.by_caller.entry((connection.caller.site, connection.caller.actor)).or_insert(0);
        *count += 1;
        (connection, *count)
    }

    /// Lets a connection go; tells how many its caller still has.
    pub(crate) fn leave(&self, connection: &Connection, following: impl IntoIterator<Item = Topic>) -> usize {
        for topic in following {
            self.unfollow(connection.id, &topic);
        }
        if !connection.lasting {
            return 0;
        }
        self.open.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("realtime_sockets").decrement(1);
        let mut connections = self.connections();
        connections.all.remove(&connection.id);
        let caller = (connection.caller.site, connection.caller.actor);
        let left = connections.by_caller.get(&caller).map_or(0, |count| count.saturating_sub(1));
        match left {
            0 => connections.by_caller.remove(&caller),
            left => connections.by_caller.insert(caller, left),
        };
        left
    }

    fn shard(&self, topic: &Topic) -> MutexGuard<'_, HashMap<Topic, Followed>> {
        let shard = self.hasher.hash_one(topic) as usize % SHARDS;
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
