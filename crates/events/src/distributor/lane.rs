//! One lane of the distributor: batch after batch, each passed on as a whole.

use super::passed::Passed;
use super::plan::{Errand, Lately, Plan, Step, plan};
use super::settler::{Copy, Fate, Passage, acknowledge};
use super::sealed::Sealed;
use super::{Distributor, Piece};
use crate::outbox::{Standing, bodies, earlier, standing};
use crate::pipeline::stubborn;
use crate::EVENTS;
use base::EventId;
use bytes::Bytes;
use sockets::StoreError;
use sockets::broker::{Outgoing, PublishError};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// An event that passed so many distributors goes in a circle.
const MOST_HOPS: u16 = 16;
/// A queue that takes nothing for so long must not keep others waiting, once the broker told that it is there.
const STUBBORN_QUEUE: Duration = Duration::from_secs(2);
/// When it told nothing at all, its health is asked, and only so late: a proof of health may be as old as five seconds.
const SILENT_QUEUE: Duration = Duration::from_secs(6);
/// With so many events a batch takes no other message.
const MOST: usize = 1_000;
/// Batches at most that were passed on and are not settled.
const UNSETTLED: usize = 2;

pub(super) struct Lane {
    shop: Distributor,
    lately: Arc<Lately>,
    passed: Passed,
    settler: mpsc::Sender<Passage>,
    /// In the order in which they were passed on, and are settled.
    unsettled: VecDeque<Unsettled>,
    stop: CancellationToken,
}

/// A batch of which the rows are still to be removed.
struct Unsettled {
    rows: HashSet<i64>,
    settled: oneshot::Receiver<()>,
}

impl Lane {
    pub fn new(shop: Distributor, lately: Arc<Lately>, settler: mpsc::Sender<Passage>, stop: CancellationToken) -> Self {
        Self { shop, lately, passed: Passed::default(), settler, unsettled: VecDeque::new(), stop }
    }

    pub async fn run(mut self, mut messages: mpsc::Receiver<Vec<Piece>>) {
        while let Some(mut batch) = messages.recv().await {
            while batch.len() < MOST && let Ok(more) = messages.try_recv() {
                batch.extend(more);
            }
            if self.stop.is_cancelled() || self.pass_on(batch).await.is_none() {
                return;
            }
        }
    }

    /// Passes a batch on. None when everything stops in between: then nothing of it is acknowledged and it comes again.
    async fn pass_on(&mut self, pieces: Vec<Piece>) -> Option<()> {
        self.wait_until_unsettled(UNSETTLED - 1).await?;
        let (standing, rows) = stubborn(&self.stop, || self.standing(&pieces)).await?;
        let Plan { steps, doubled } = plan(pieces, &standing, &rows);
        metrics::counter!("events_doubled_at_distributor_total").increment(doubled.len() as u64);
        acknowledge(&doubled, &self.stop).await;
        let (mut errands, unreadable) = self.gather(steps).await?;
        errands.iter_mut().for_each(|errand| errand.sealed.hops = errand.sealed.hops.saturating_add(1));
        let fate = self.send(&errands).await?;
        for errand in &errands {
            match errand.row {
                Some(_) => self.passed.note(&errand.sealed),
                None => self.lately.note(errand.sealed.id),
            }
        }
        // What comes next for a queue must find there what is kept for it.
        let most = if fate.hold.is_empty() { UNSETTLED } else { 0 };
        self.settle(errands, fate, unreadable).await?;
        self.wait_until_unsettled(most).await
    }

    /// None when everything stops.
    async fn settle(&mut self, errands: Vec<Errand>, fate: Fate, unreadable: Vec<(i64, String)>) -> Option<()> {
        let (sender, settled) = oneshot::channel();
        let passage = Passage { errands, fate, unreadable, settled: sender };
        self.unsettled.push_back(Unsettled { rows: passage.rows().collect(), settled });
        self.settler.send(passage).await.ok()
    }

    /// None when everything stops.
    async fn wait_until_unsettled(&mut self, most: usize) -> Option<()> {
        while let Some(mut first) = self.unsettled.pop_front() {
            if self.unsettled.len() >= most {
                first.settled.await.ok()?;
                continue;
            }
            match first.settled.try_recv() {
                Ok(()) => {}
                Err(TryRecvError::Closed) => return None,
                Err(TryRecvError::Empty) => {
                    self.unsettled.push_front(first);
                    break;
                }
            }
        }
        Some(())
    }

    /// The rows of the batch's events and the earlier ones of their keys, in the order of the outbox, without those that this lane passed
    /// on; and those of the batch by event. Which ones these are must be known before the tables are read: they may leave them at any moment.
    async fn standing(&self, pieces: &[Piece]) -> Result<(Vec<Standing>, HashMap<EventId, i64>), StoreError> {
        let ids: Vec<EventId> = pieces.iter().filter(|piece| piece.ours).map(|piece| piece.sealed.id).collect();
        let passed_on = |row: &Standing| self.unsettled.iter().any(|unsettled| unsettled.rows.contains(&row.id));
        let mut rows = standing(&self.shop.db, &ids).await?;
        rows.retain(|row| !passed_on(row));
        let by_event = rows.iter().map(|row| (row.event, row.id)).collect();
        rows.extend(earlier(&self.shop.db, &self.passed.unsure(pieces, &by_event)).await?.into_iter().filter(|row| !passed_on(row)));
        rows.sort_unstable_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        Ok((rows, by_event))
    }

    /// Reads the earlier events that did not come, and leaves out what goes in a circle or was passed on lately.
    async fn gather(&self, steps: Vec<Step>) -> Option<(Vec<Errand>, Vec<(i64, String)>)> {
        let missing: Vec<i64> = steps.iter().filter_map(|step| if let Step::Earlier(row) = step { Some(*row) } else { None }).collect();
        let mut texts: HashMap<i64, String> = HashMap::new();
        if !missing.is_empty() {
            metrics::counter!("events_fetched_from_outbox_total").increment(missing.len() as u64);
            texts = stubborn(&self.stop, || bodies(&self.shop.db, &missing)).await?.into_iter().collect();
        }
        let (mut errands, mut unreadable) = (Vec::with_capacity(steps.len()), Vec::new());
        for step in steps {
            match step {
                Step::Ready(errand) if errand.row.is_none() && self.lately.knows(errand.sealed.id) => acknowledge(&errand.parcels, &self.stop).await,
                Step::Ready(errand) => errands.push(*errand),
                Step::Earlier(row) => {
                    // Gone meanwhile: another node passed it on.
                    let Some(text) = texts.remove(&row) else { continue };
                    let text = Bytes::from(text);
                    match Sealed::read(&text) {
                        Ok(sealed) => errands.push(Errand { row: Some(row), sealed, parcels: Vec::new() }),
                        Err(_) => unreadable.push((row, String::from_utf8_lossy(&text).into_owned())),
                    }
                }
            }
        }
        Some((errands, unreadable))
    }

    /// Publishes every copy until it is confirmed; tells which ones must be kept or buried instead. None when everything stops.
    async fn send(&self, errands: &[Errand]) -> Option<Fate> {
        let mut fate = Fate::default();
        let mut copies = Vec::new();
        let snapshot = self.shop.snapshot.load_full();
        let most = self.shop.data.capabilities().max_message;
        for (place, errand) in errands.iter().enumerate() {
            let wants = snapshot.queues_for(&errand.sealed.name, errand.sealed.site, || errand.sealed.payload());
            if wants.is_empty() {
                continue;
            }
            let message = message_of(errand, wants[0].clone());
            if errand.sealed.hops > MOST_HOPS {
                fate.bury.push((Copy { errand: place, message: message.copy_to(EVENTS) }, "the event goes in a circle".into()));
                continue;
            }
            let mine = wants.into_iter().map(|queue| Copy { errand: place, message: message.copy_to(queue) });
            if message.body.len() > most {
                let why = format!("{} bytes are more than the data broker takes ({most})", message.body.len());
                fate.bury.extend(mine.map(|copy| (copy, why.clone())));
            } else {
                copies.extend(mine);
            }
        }
        let queues: HashSet<Arc<str>> = copies.iter().map(|copy| copy.message.queue.clone()).collect();
        let full = stubborn(&self.stop, || self.shop.held.full_queues(&queues)).await?;
        let (hold, copies): (Vec<Copy>, Vec<Copy>) = copies.into_iter().partition(|copy| full.contains(&copy.message.queue));
        fate.hold = hold;
        fate.hold.extend(self.publish(copies).await?);
        Some(fate)
    }

    /// Tells which copies must be kept. A refusal may pass, so nobody's copy is given up for it.
    async fn publish(&self, mut copies: Vec<Copy>) -> Option<Vec<Copy>> {
        let (mut pause, began, mut told_anything) = (Duration::from_millis(50), Instant::now(), false);
        for attempt in 1_u32.. {
            if copies.is_empty() {
                break;
            }
            if self.stop.is_cancelled() {
                return None;
            }
            let batch: Vec<Outgoing> = copies.iter().map(|copy| copy.message.clone()).collect();
            let sent = batch.len();
            let patience = self.shop.pace.steering.confirm;
            let told = tokio::time::timeout(patience, self.shop.data.publish(batch)).await;
            let told = told.unwrap_or_else(|_| (0..sent).map(|_| Err(PublishError::Unknown(format!("no answer in {patience:?}")))).collect());
            told_anything |= told.iter().any(|one| !matches!(one, Err(PublishError::Unknown(_))));
            let why = told.iter().find_map(|one| one.as_ref().err()).map(ToString::to_string);
            copies = self.missing(copies, told).await;
            if copies.is_empty() || self.must_wait(began.elapsed(), told_anything).await {
                break;
            }
            tracing::warn!(copies = copies.len(), attempt, why, event = %copies[0].message.id, queue = &*copies[0].message.queue, "copies of events were not confirmed; sending them again");
            tokio::select! {
                () = self.stop.cancelled() => return None,
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(2)),
            }
        }
        Some(copies)
    }

    /// The broker is there and does not take the rest: it waits in the table, and the lane goes on. Without any sign of the broker the
    /// lane waits, and the events stay in the outbox.
    async fn must_wait(&self, tried: Duration, told_anything: bool) -> bool {
        if tried < STUBBORN_QUEUE || told_anything {
            return tried >= STUBBORN_QUEUE;
        }
        tried >= SILENT_QUEUE && tokio::time::timeout(self.shop.pace.steering.confirm, self.shop.data.health()).await.is_ok_and(|health| health.ok)
    }

    /// Those that were not confirmed, and with them all later ones of the same key and queue, so that order survives the repetition.
    async fn missing(&self, copies: Vec<Copy>, told: Vec<Result<sockets::broker::Receipt, PublishError>>) -> Vec<Copy> {
        let mut missing = Vec::new();
        let mut stuck: HashSet<(Arc<str>, Arc<str>)> = HashSet::new();
        let mut counts: HashMap<Arc<str>, u64> = HashMap::new();
        let mut undeclared: HashSet<Arc<str>> = HashSet::new();
        for (copy, outcome) in copies.into_iter().zip(told) {
            let line = (copy.message.queue.clone(), copy.message.key.clone());
            match outcome {
                Ok(_) => {
                    *counts.entry(line.0.clone()).or_default() += 1;
                    if stuck.contains(&line) {
                        missing.push(copy);
                    }
                }
                Err(err) => {
                    if !matches!(err, PublishError::Unknown(_)) {
                        undeclared.insert(line.0.clone());
                    }
                    stuck.insert(line);
                    missing.push(copy);
                }
            }
        }
        for (queue, count) in counts {
            self.shop.held.fills.published(&queue, count);
            self.shop.tally.came(&queue, count);
        }
        for queue in undeclared {
            // Perhaps nobody declared it yet; the next try tells.
            let _told_below = tokio::time::timeout(self.shop.pace.steering.confirm, self.shop.data.declare(&queue)).await;
        }
        missing
    }
}

/// The copy that data queues get.
fn message_of(errand: &Errand, queue: Arc<str>) -> Outgoing {
    Outgoing { queue, id: errand.sealed.id, key: errand.sealed.ordering.clone(), body: errand.sealed.text() }
}
