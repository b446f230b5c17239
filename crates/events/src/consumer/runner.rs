//! Empties one consumer's queue: keys side by side, the events of one key in order.

use super::parked::ToPark;
use super::places::Places;
use super::retrying::{InHand, Retried, note_retried};
use super::{Inbox, Listener, Outcome, Parked};
use crate::dead_letters::{Cause, DeadLetters, Letter};
use crate::pipeline::{Pace, acknowledge, stubborn};
use crate::queues::{Pauses, Tally};
use crate::retry::Chance;
use base::EventId;
use futures_util::FutureExt;
use sockets::broker::{Broker, BrokerError, Consumption, Delivery, Handle};
use sockets::{Db, Envelope, Route, StoreError};
use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Tries of a handler that panics.
const PANIC_TRIES: u32 = 3;
/// How long running handlers may take when everything stops.
const GRACE: Duration = Duration::from_secs(10);
/// Ids that a runner remembers, twice over, between doing an event and having it noted.
const REMEMBERED: usize = 10_000;

pub(crate) struct Runner {
    pub db: Db,
    pub broker: Arc<dyn Broker>,
    pub listener: Listener,
    pub parked: Parked,
    pub dead: DeadLetters,
    pub chance: Chance,
    pub pauses: Pauses,
    pub tally: Tally,
    pub pace: Pace,
    /// Rung when a parked event's time has come, or the turn of one that waited behind another.
    pub bell: Arc<Notify>,
}

struct Item {
    delivery: Delivery,
    envelope: Envelope,
    doubled: bool,
}

/// What the tasks of a runner share.
pub(super) struct Shop {
    pub runner: Runner,
    queue: Arc<str>,
    places: Places,
    finished: mpsc::Sender<(EventId, Handle)>,
    pub retried: mpsc::Sender<Retried>,
    recent: Mutex<[HashSet<EventId>; 2]>,
    pub stop: CancellationToken,
}

pub(super) enum Told {
    /// A key's events are through; the key is parked by now or not.
    Key(bool),
    Parked,
}

pub(super) enum Next {
    Done,
    Again(Cause, Duration),
    Dead(Cause),
}

/// Keys at work, and what came for them meanwhile.
#[derive(Default)]
pub(super) struct Desk {
    pub tasks: JoinSet<Told>,
    keys: HashMap<tokio::task::Id, Arc<str>>,
    mail: HashMap<Arc<str>, VecDeque<Item>>,
    pub retries: InHand,
}

impl Runner {
    pub async fn run(self, stop: CancellationToken) {
        let (finished, done) = mpsc::channel(1_000);
        let (retried, outcomes) = mpsc::channel(1_000);
        let places = Places::new(self.listener.concurrency);
        let queue: Arc<str> = self.listener.queue.as_str().into();
        let bell = self.bell.clone();
        let shop = Arc::new(Shop { runner: self, queue, places, finished, retried, recent: Mutex::default(), stop: stop.clone() });
        let (db, tally, store) = (shop.runner.db.clone(), shop.runner.tally.clone(), shop.runner.parked.clone());
        let finishers = [
            tokio::spawn(finish(db, shop.queue.clone(), tally, done, stop.clone())),
            tokio::spawn(note_retried(store, outcomes, bell, stop.clone())),
        ];
        shop.stay().await;
        drop(shop);
        // The finishers end when the last handler let go of the shop.
        for finisher in finishers {
            let _ended = tokio::time::timeout(GRACE, finisher).await;
        }
    }
}

impl Shop {
    pub fn name(&self) -> &str {
        &self.runner.listener.queue
    }

    fn rests(&self) -> bool {
        self.runner.pauses.rests(self.name())
    }

    /// Works until everything stops; while the queue is paused it waits.
    async fn stay(self: &Arc<Self>) {
        const FIRST: Duration = Duration::from_millis(100);
        let mut pause = FIRST;
        while !self.stop.is_cancelled() {
            if self.rests() {
                pause = self.runner.pace.idle;
            } else if let Err(err) = self.work().await {
                tracing::warn!(consumer = self.name(), error = %err, "a queue cannot be consumed; trying again");
                pause = (pause * 2).clamp(FIRST, Duration::from_secs(2));
            } else {
                pause = FIRST;
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Until everything stops, the queue is paused, or the broker fails.
    async fn work(self: &Arc<Self>) -> Result<(), BrokerError> {
        let credit = (4 * self.runner.listener.concurrency).clamp(32, 500);
        let mut queue: Box<dyn Consumption> = tokio::select! {
            () = self.stop.cancelled() => return Ok(()),
            opened = self.open(credit) => opened?,
        };
        let mut desk = Desk::default();
        let ended = self.serve(&mut *queue, &mut desk).await;
        self.give_back(&mut desk).await;
        ended?;
        let rest = async { while desk.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, rest).await.is_err() {
            tracing::warn!(consumer = self.name(), "handlers did not end in time; their events come again");
        }
        Ok(())
    }

    async fn serve(self: &Arc<Self>, queue: &mut dyn Consumption, desk: &mut Desk) -> Result<(), BrokerError> {
        let idle = self.runner.pace.idle;
        let mut look = tokio::time::interval(idle);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut beat = tokio::time::interval(self.runner.parked.lease / 3);
        loop {
            let next = self.begin_due(desk);
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                batch = queue.next() => self.take(batch?, desk).await,
                Some(told) = desk.tasks.join_next_with_id(), if !desk.tasks.is_empty() => {
                    self.told(told, desk);
                    if desk.retries.wants_more() {
                        self.take_parked(desk).await;
                    }
                }
                () = self.runner.bell.notified() => self.take_parked(desk).await,
                // The turn of the loop begins them.
                () = tokio::time::sleep(next.unwrap_or(idle).min(idle)), if next.is_some() => {}
                _ = look.tick() => {
                    if self.rests() {
                        return Ok(());
                    }
                }
                _ = beat.tick() => self.renew(desk).await,
            }
        }
    }

    async fn open(&self, credit: usize) -> Result<Box<dyn Consumption>, BrokerError> {
        self.runner.broker.declare(self.name()).await?;
        self.runner.broker.consume(self.name(), credit).await
    }

    /// Looks up what is known of the events and gives each key its own task.
    async fn take(self: &Arc<Self>, batch: Vec<Delivery>, desk: &mut Desk) {
        let mut items = Vec::with_capacity(batch.len());
        for delivery in batch {
            match delivery.envelope() {
                Ok(envelope) => items.push(Item { delivery, envelope, doubled: false }),
                Err(err) => self.bury_unreadable(&delivery, &err).await,
            }
        }
        let ids: Vec<EventId> = items.iter().map(|item| item.envelope.id).collect();
        let keys: Vec<&str> = items.iter().map(|item| &*item.delivery.key).collect();
        let known = stubborn(&self.stop, || async {
            let db = &self.runner.db;
            Ok::<_, StoreError>((Inbox::among(db, self.name(), &ids).await?, self.runner.parked.keys(&keys).await?))
        });
        let Some((handled, parked)) = known.await else { return };
        let mut by_key: Vec<(Arc<str>, VecDeque<Item>)> = Vec::new();
        let mut places: HashMap<Arc<str>, usize> = HashMap::new();
        for mut item in items {
            item.doubled = handled.contains(&item.envelope.id);
            let key = item.delivery.key.clone();
            let place = *places.entry(key.clone()).or_insert_with(|| {
                by_key.push((key, VecDeque::new()));
                by_key.len() - 1
            });
            by_key[place].1.push_back(item);
        }
        for (key, items) in by_key {
            match desk.mail.get_mut(&key) {
                Some(waiting) => waiting.extend(items),
                None => self.spawn_key(key.clone(), items, parked.contains(&*key), desk),
            }
        }
    }

    fn spawn_key(self: &Arc<Self>, key: Arc<str>, items: VecDeque<Item>, parked: bool, desk: &mut Desk) {
        let shop = self.clone();
        let task = desk.tasks.spawn(async move { Told::Key(shop.handle_key(items, parked).await) });
        desk.keys.insert(task.id(), key.clone());
        desk.mail.insert(key, VecDeque::new());
    }

    fn told(self: &Arc<Self>, told: Result<(tokio::task::Id, Told), tokio::task::JoinError>, desk: &mut Desk) {
        let (id, parked) = match told {
            Ok((id, Told::Key(parked))) => (id, parked),
            Ok((id, Told::Parked)) => {
                desk.retries.ended(id);
                return;
            }
            Err(err) => {
                tracing::error!(consumer = self.name(), error = %err, "a handler's task broke; its events come again");
                desk.retries.ended(err.id());
                (err.id(), false)
            }
        };
        let Some(key) = desk.keys.remove(&id) else { return };
        match desk.mail.remove(&key) {
            Some(items) if !items.is_empty() => self.spawn_key(key, items, parked, desk),
            _ => {}
        }
    }

    /// The events of one key, one after the other. True when the key is parked at the end.
    async fn handle_key(&self, items: VecDeque<Item>, mut parked: bool) -> bool {
        for item in items {
            if self.stop.is_cancelled() {
                break;
            }
            let id = item.envelope.id;
            if item.doubled || (!is_replay(&item.envelope) && self.remembers(id)) {
                self.count("events_doubled_total");
                self.let_go(&item.delivery.handle).await;
                continue;
            }
            let next = if parked { None } else { Some(self.attempt(&item.envelope, 0).await) };
            let stored = match next {
                Some(Next::Done) => {
                    self.remember(id);
                    // Closed only when everything ends; then the event comes again and is known by the inbox, or harmless.
                    let _closed = self.finished.send((id, item.delivery.handle.clone())).await;
                    continue;
                }
                Some(Next::Again(cause, wait)) => {
                    parked = true;
                    self.park(&item, Some(cause), Some(wait)).await
                }
                None => self.park(&item, None, None).await,
                Some(Next::Dead(cause)) => self.bury(&item, cause).await,
            };
            if !stored {
                break;
            }
            self.let_go(&item.delivery.handle).await;
        }
        parked
    }

    /// For a time, or behind the earlier ones of its key.
    async fn park(&self, item: &Item, cause: Option<Cause>, wait: Option<Duration>) -> bool {
        let body = String::from_utf8_lossy(&item.delivery.body);
        let stored = stubborn(&self.stop, || async {
            self.runner
                .parked
                .park(ToPark {
                    ordering: &item.delivery.key,
                    event: item.envelope.id,
                    body: &body,
                    attempts: u32::from(cause.is_some()),
                    causes: cause.iter().cloned().collect(),
                    due_at: wait.map(|wait| self.runner.db.clock().now().plus(wait)),
                })
                .await
        });
        stored.await.is_some()
    }

    async fn bury(&self, item: &Item, cause: Cause) -> bool {
        let stored = stubborn(&self.stop, || async {
            let mut letter = Letter::of_delivery(&item.delivery, Some(&item.envelope), self.name(), &cause.why);
            letter.attempts = 1;
            self.runner.dead.bury(letter).await
        });
        stored.await.is_some()
    }

    async fn bury_unreadable(&self, delivery: &Delivery, err: &serde_json::Error) {
        let why = format!("no envelope: {err}");
        let stored = stubborn(&self.stop, || self.runner.dead.bury(Letter::of_delivery(delivery, None, self.name(), &why)));
        if stored.await.is_some() {
            self.let_go(&delivery.handle).await;
        }
    }

    async fn let_go(&self, handle: &Handle) {
        self.runner.tally.went(&self.queue, 1);
        if let Err(err) = acknowledge(handle, &self.stop).await {
            self.count("events_acks_late_total");
            tracing::debug!(consumer = self.name(), error = %err, "an event comes again");
        }
    }

    /// One try, with what follows from it. A panic or a handler that never ends is a failed try like others.
    pub async fn attempt(&self, envelope: &Envelope, before: u32) -> Next {
        let _place = self.places.take(envelope.site).await;
        let listener = &self.runner.listener;
        let began = std::time::Instant::now();
        // Whatever is logged meanwhile tells of which event.
        let span = tracing::info_span!("event", id = %envelope.id, name = envelope.name, key = envelope.key, site = %envelope.site, consumer = self.name());
        let work = AssertUnwindSafe(listener.hears.hear(envelope).instrument(span)).catch_unwind();
        let (outcome, most) = match tokio::time::timeout(listener.patience, work).await {
            Ok(Ok(outcome)) => (outcome, listener.retries.tries),
            Ok(Err(panic)) => (Outcome::retry(format!("the handler panicked: {}", panic_words(&*panic))), PANIC_TRIES),
            Err(_) => (Outcome::retry(format!("the handler took longer than {:?}", listener.patience)), listener.retries.tries),
        };
        metrics::histogram!("events_handle_seconds", "consumer" => self.name().to_owned()).record(began.elapsed().as_secs_f64());
        let tries = before + 1;
        match outcome {
            Outcome::Done => {
                self.count("events_handled_total");
                Next::Done
            }
            Outcome::Retry(why, _) if tries >= most => Next::Dead(self.cause(&why)),
            Outcome::Retry(why, after) => {
                self.count("events_retried_total");
                Next::Again(self.cause(&why), after.unwrap_or_else(|| listener.retries.after(tries, &self.runner.chance)))
            }
            Outcome::GiveUp(why) => Next::Dead(self.cause(&why)),
        }
    }

    fn cause(&self, why: &str) -> Cause {
        Cause { at: self.runner.db.clock().now(), why: why.to_owned() }
    }

    fn count(&self, what: &'static str) {
        metrics::counter!(what, "consumer" => self.name().to_owned()).increment(1);
    }

    pub fn remembers(&self, id: EventId) -> bool {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|ids| ids.contains(&id))
    }

    pub fn remember(&self, id: EventId) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent[0].len() >= REMEMBERED {
            recent.swap(0, 1);
            recent[0].clear();
        }
        recent[0].insert(id);
    }
}

/// Sent again on purpose: only what the inbox says counts, which a forced replay has cleared.
fn is_replay(envelope: &Envelope) -> bool {
    matches!(envelope.route, Route::Replay(_))
}

fn panic_words(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}

/// Notes handled events and acknowledges them, many in one commit.
async fn finish(db: Db, consumer: Arc<str>, tally: Tally, mut done: mpsc::Receiver<(EventId, Handle)>, stop: CancellationToken) {
    let mut group = Vec::new();
    while done.recv_many(&mut group, 500).await > 0 {
        let ids: Vec<EventId> = group.iter().map(|(id, _)| *id).collect();
        let noted = stubborn(&stop, || async {
            let tx = db.begin().await?;
            Inbox::note(&tx, &consumer, &ids).await?;
            tx.commit().await
        });
        if noted.await.is_some() {
            tally.went(&consumer, group.len() as u64);
            futures_util::future::join_all(group.iter().map(|(_, handle)| acknowledge(handle, &stop))).await;
        }
        group.clear();
    }
}
