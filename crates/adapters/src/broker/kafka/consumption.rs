//! One consumer's hold on a topic: it shares the partitions with the other consumptions of all nodes, under leases in the database.
//!
//! Who takes part says so in a table; each takes its share of the partitions, gives up what is more than its share when somebody
//! joins (after what is in hand of it is done), and takes over what fell free or lapsed. What is acknowledged is written under the
//! lease's fence, so that a late holder is told that it is late.

use super::Inner;
use super::cluster::Topic;
use super::places::{Note, Places};
use super::progress::Progress;
use crate::broker::desk::{Desk, Item, Ticket};
use bytes::Bytes;
use sockets::broker::{AckError, BrokerError, Consumption, Delivery, Handle, Held};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

const MOST_ACKS: usize = 500;

#[derive(Clone)]
pub(super) struct Message {
    pub key: Arc<str>,
    pub body: Bytes,
    pub part: i32,
    pub offset: i64,
    pub redelivered: bool,
}

impl Item for Message {
    fn key(&self) -> &Arc<str> {
        &self.key
    }
}

/// A partition that is ours.
pub(super) struct Part {
    pub fence: i64,
    pub progress: Progress,
    /// The end of what was given out by us or, as far as known, by others.
    pub given: i64,
    /// What lies below was perhaps given out by a holder before us.
    pub seen_before: i64,
    pub renewed: Instant,
    /// It is to go to somebody else.
    pub leaving: Option<Instant>,
    /// Ends the task that reads it.
    pub reading: DropGuard,
}

impl Part {
    pub fn is_leaving(&self) -> bool {
        self.leaving.is_some()
    }
}

#[derive(Default)]
pub(super) struct State {
    pub desk: Desk<Message>,
    place: u64,
    pub parts: BTreeMap<i32, Part>,
    pub closed: bool,
}

pub(super) struct Hold {
    pub broker: Arc<Inner>,
    pub topic: Arc<str>,
    queue: String,
    pub credit: usize,
    pub places: Places,
    pub member: String,
    state: Mutex<State>,
    /// Rung when something may go out, or there is room again.
    pub stirred: Notify,
    acks: mpsc::Sender<Ack>,
}

struct Ack {
    ticket: Ticket,
    answer: oneshot::Sender<Result<(), AckError>>,
}

struct Open {
    deliveries: mpsc::Receiver<Result<Vec<Delivery>, BrokerError>>,
    hold: Arc<Hold>,
    _stop: DropGuard,
}

impl Drop for Open {
    fn drop(&mut self) {
        // From now on every handle is stale, even before the partitions are given up.
        let mut state = self.hold.state();
        state.closed = true;
        state.desk.clear();
    }
}

#[async_trait::async_trait]
impl Consumption for Open {
    async fn next(&mut self) -> Result<Vec<Delivery>, BrokerError> {
        self.deliveries.recv().await.unwrap_or_else(|| Err(BrokerError::Unavailable("the consumption ended".into())))
    }
}

pub(super) fn open(broker: &Arc<Inner>, queue: &str, places: Places, credit: usize) -> (Arc<Hold>, Box<dyn Consumption>) {
    let (acks, waiting) = mpsc::channel(2 * MOST_ACKS);
    let hold = Arc::new(Hold {
        topic: places.topic.clone(),
        queue: queue.to_owned(),
        credit: credit.max(1),
        member: broker.db.minter().uuid().to_string(),
        broker: broker.clone(),
        places,
        state: Mutex::default(),
        stirred: Notify::new(),
        acks,
    });
    let (sender, deliveries) = mpsc::channel(1);
    let stop = CancellationToken::new();
    tokio::spawn(hold.clone().keep(sender.clone(), stop.clone()));
    tokio::spawn(hold.clone().serve(sender, stop.clone()));
    tokio::spawn(hold.clone().acknowledge(waiting, stop.clone()));
    (hold.clone(), Box::new(Open { deliveries, hold, _stop: stop.drop_guard() }))
}

impl Hold {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In hand.
    pub fn held(&self) -> usize {
        self.state().desk.held()
    }

    /// Room for messages that are read ahead.
    pub fn room(&self) -> usize {
        let state = self.state();
        if state.closed { 0 } else { self.credit.saturating_sub(state.desk.len()) }
    }

    /// Takes a message in, while the partition is still ours and there is room.
    pub fn arrive(&self, fence: i64, message: Message) -> bool {
        let mut state = self.state();
        let ours = state.parts.get(&message.part).is_some_and(|part| part.fence == fence && part.leaving.is_none());
        if !ours || state.closed || state.desk.len() >= self.credit {
            return false;
        }
        let place = state.place;
        state.place += 1;
        state.desk.arrive(place, message);
        drop(state);
        self.stirred.notify_waiters();
        true
    }

    /// Gives out what may go, as it may.
    async fn serve(self: Arc<Self>, to: mpsc::Sender<Result<Vec<Delivery>, BrokerError>>, stop: CancellationToken) {
        loop {
            let stirred = self.stirred.notified();
            tokio::pin!(stirred);
            stirred.as_mut().enable();
            let ready = self.state().desk.any_ready();
            tokio::select! {
                () = stop.cancelled() => return,
                place = to.reserve(), if ready => match place {
                    Ok(place) => {
                        let batch = self.hand_out();
                        if !batch.is_empty() {
                            place.send(Ok(batch));
                        }
                    }
                    Err(_) => return,
                },
                () = stirred, if !ready => {}
            }
        }
    }

    fn hand_out(self: &Arc<Self>) -> Vec<Delivery> {
        let mut state = self.state();
        let lease = self.places.lease;
        // A lease that could not be renewed may be somebody else's by now.
        let lapsed: Vec<i32> = state.parts.iter().filter(|(_, part)| part.renewed.elapsed() > lease).map(|(number, _)| *number).collect();
        for part in lapsed {
            lose(&mut state, part);
        }
        let out = state.desk.hand_out();
        for (_, message) in &out {
            if let Some(part) = state.parts.get_mut(&message.part) {
                part.given = part.given.max(message.offset + 1);
            }
        }
        drop(state);
        let deliver = |(ticket, message): (Ticket, Message)| Delivery {
            key: message.key,
            body: message.body,
            redelivered: message.redelivered || ticket.turn > 0,
            count: None,
            handle: Handle::new(Arc::new(OneHeld { ticket, hold: self.clone(), done: AtomicBool::new(false) })),
        };
        out.into_iter().map(deliver).collect()
    }

    pub async fn found(&self) -> Result<Arc<Topic>, BrokerError> {
        self.broker.cluster.topic(&self.topic).await?.ok_or_else(|| BrokerError::NoQueue(self.queue.clone()))
    }

    /// Writes acknowledgements of many handles in one transaction.
    async fn acknowledge(self: Arc<Self>, mut waiting: mpsc::Receiver<Ack>, stop: CancellationToken) {
        let mut group = Vec::with_capacity(MOST_ACKS);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                count = waiting.recv_many(&mut group, MOST_ACKS) => if count == 0 { return },
            }
            let (good, notes) = self.sort_out(group.drain(..));
            let verdict = self.places.note(&notes).await;
            let mut state = self.state();
            for (ack, number, offset) in good {
                let at = notes.iter().position(|note| note.part == number);
                let answer = match (&verdict, at) {
                    (Ok(ours), Some(at)) if ours[at] => {
                        state.desk.done(ack.ticket);
                        if let Some(part) = state.parts.get_mut(&number).filter(|part| part.fence == notes[at].fence) {
                            part.progress.mark(offset, offset);
                        }
                        Ok(())
                    }
                    (Ok(_), _) => Err(AckError::Stale),
                    (Err(err), _) => Err(AckError::Unavailable(err.to_string())),
                };
                // Who no longer listens was cut off; the message is done all the same.
                let _gone = ack.answer.send(answer);
            }
            if let Ok(ours) = &verdict {
                for (note, _) in notes.iter().zip(ours).filter(|(_, ours)| !**ours) {
                    if state.parts.get(&note.part).is_some_and(|part| part.fence == note.fence) {
                        lose(&mut state, note.part);
                    }
                }
            }
            drop(state);
            self.stirred.notify_waiters();
        }
    }

    async fn still_ours(&self, ticket: Ticket) -> Result<(), AckError> {
        let part = {
            let state = self.state();
            let held = state.desk.held_item(ticket).and_then(|message| Some((message.part, state.parts.get(&message.part)?.fence)));
            held.ok_or(AckError::Stale)?
        };
        let all = self.places.all().await.map_err(|err| AckError::Unavailable(err.to_string()))?;
        if all.iter().any(|place| (place.part, place.fence) == part && place.holder == self.member) {
            return Ok(());
        }
        self.drop_what_others_took(&all);
        Err(AckError::Stale)
    }

    /// Those that are still in hand, with their partitions, and how far these come by them.
    fn sort_out(&self, group: impl Iterator<Item = Ack>) -> (Vec<(Ack, i32, i64)>, Vec<Note>) {
        let state = self.state();
        let mut good = Vec::new();
        let mut notes: BTreeMap<i32, Note> = BTreeMap::new();
        for ack in group {
            let held = state.desk.held_item(ack.ticket).and_then(|message| Some((message, state.parts.get(&message.part)?)));
            let Some((message, part)) = held else {
                drop(ack.answer.send(Err(AckError::Stale)));
                continue;
            };
            let progress = &mut notes.entry(message.part).or_insert_with(|| note(message.part, part)).progress;
            progress.mark(message.offset, message.offset);
            good.push((ack, message.part, message.offset));
        }
        (good, notes.into_values().collect())
    }

    /// The topic was made anew: what was done in the old one says nothing about this one.
    pub fn begin_anew(&self, number: i32, fence: i64, first: i64) {
        let mut state = self.state();
        if let Some(part) = state.parts.get_mut(&number).filter(|part| part.fence == fence) {
            part.progress = Progress::read(first, "");
            (part.given, part.seen_before) = (first, first);
            state.desk.forget(|message| message.part == number);
        }
    }

    /// Offsets that hold no message (or none any more) are done.
    pub fn skip(&self, number: i32, fence: i64, first: i64, last: i64) {
        if let Some(part) = self.state().parts.get_mut(&number).filter(|part| part.fence == fence) {
            part.progress.mark(first, last);
        }
    }
}

pub(super) fn lose(state: &mut State, number: i32) {
    if let Some(part) = state.parts.remove(&number) {
        drop(part.reading);
        state.desk.forget(|message| message.part == number);
    }
}

pub(super) fn note(number: i32, part: &Part) -> Note {
    Note { part: number, fence: part.fence, progress: part.progress.clone(), given: part.given }
}

pub(super) fn unavailable(err: sockets::StoreError) -> BrokerError {
    BrokerError::Unavailable(err.to_string())
}

struct OneHeld {
    ticket: Ticket,
    hold: Arc<Hold>,
    done: AtomicBool,
}

#[async_trait::async_trait]
impl Held for OneHeld {
    async fn ack(&self) -> Result<(), AckError> {
        if self.done.load(Ordering::SeqCst) {
            return Ok(());
        }
        if !self.hold.state().desk.holds(self.ticket) {
            return Err(AckError::Stale);
        }
        let (answer, verdict) = oneshot::channel();
        self.hold.acks.send(Ack { ticket: self.ticket, answer }).await.map_err(|_| AckError::Stale)?;
        let verdict = verdict.await.map_err(|_| AckError::Unavailable("the consumption ended; the message may come again".into()))?;
        if verdict.is_ok() {
            self.done.store(true, Ordering::SeqCst);
        }
        verdict
    }

    async fn release(&self) -> Result<(), AckError> {
        // The message goes round here, so the book must say that the partition is still ours.
        self.hold.still_ours(self.ticket).await?;
        if !self.hold.state().desk.give_back(self.ticket) {
            return Err(AckError::Stale);
        }
        self.hold.stirred.notify_waiters();
        Ok(())
    }
}
