//! One lane of the distributor: batch after batch, each passed on as a whole.

use super::passed::Passed;
use super::plan::{Errand, Lately, Plan, Step, plan};
use super::{Distributor, Parcel, Piece, Sealed};
use crate::dead_letters::Letter;
use crate::held::ToHold;
use crate::outbox::{Standing, bodies, earlier, remove, standing};
use crate::pipeline::stubborn;
use crate::EVENTS;
use base::EventId;
use bytes::Bytes;
use futures_util::future::join_all;
use sockets::StoreError;
use sockets::broker::{Outgoing, PublishError};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// An event that passed so many distributors goes in a circle.
const MOST_HOPS: u16 = 16;
/// A queue that takes nothing for so long must not keep others waiting, once the broker told that it is there.
const STUBBORN_QUEUE: Duration = Duration::from_secs(2);
/// When it told nothing at all, its health is asked, and only so late: a proof of health may be as old as five seconds.
const SILENT_QUEUE: Duration = Duration::from_secs(6);
/// Events of a batch at most.
const MOST: usize = 500;

pub(super) struct Lane {
    pub shop: Distributor,
    pub lately: Arc<Lately>,
    pub passed: Passed,
    pub stop: CancellationToken,
}

/// A copy for one queue. `errand` is its place in the batch.
struct Copy {
    errand: usize,
    message: Outgoing,
}

/// What became of the copies.
#[derive(Default)]
struct Fate {
    hold: Vec<Copy>,
    bury: Vec<(Copy, String)>,
}

impl Lane {
    pub async fn run(mut self, mut pieces: mpsc::Receiver<Piece>) {
        let mut batch = Vec::with_capacity(MOST);
        while pieces.recv_many(&mut batch, MOST).await > 0 {
            if self.stop.is_cancelled() {
                return;
            }
            self.pass_on(std::mem::take(&mut batch)).await;
        }
    }

    /// Passes a batch on. When everything stops in between, nothing of it is acknowledged and it comes again.
    async fn pass_on(&mut self, pieces: Vec<Piece>) {
        let Some(standing) = stubborn(&self.stop, || self.standing(&pieces)).await else { return };
        let Plan { steps, doubled } = plan(pieces, &standing);
        metrics::counter!("events_doubled_at_distributor_total").increment(doubled.len() as u64);
        self.acknowledge(&doubled).await;
        let Some((mut errands, unreadable)) = self.gather(steps).await else { return };
        errands.iter_mut().for_each(|errand| errand.sealed.hops = errand.sealed.hops.saturating_add(1));
        let Some(fate) = self.send(&errands).await else { return };
        if self.settle(&errands, fate, &unreadable).await.is_none() {
            return;
        }
        let rows: Vec<i64> = errands.iter().filter_map(|errand| errand.row).chain(unreadable.iter().map(|(row, _)| *row)).collect();
        self.shop.outbox.freed().add(&rows);
        for errand in &errands {
            match errand.row {
                Some(_) => self.passed.note(&errand.sealed),
                None => self.lately.note(errand.sealed.id),
            }
        }
        metrics::counter!("events_distributed_total").increment(errands.len() as u64);
        self.shop.tally.went(&EVENTS.into(), errands.len() as u64);
        let parcels: Vec<Arc<Parcel>> = errands.into_iter().flat_map(|errand| errand.parcels).collect();
        self.acknowledge(&parcels).await;
    }

    /// The rows of the batch's events and the earlier ones of their keys, in the order of the outbox.
    async fn standing(&self, pieces: &[Piece]) -> Result<Vec<Standing>, StoreError> {
        let ids: Vec<EventId> = pieces.iter().filter(|piece| piece.ours).map(|piece| piece.sealed.id).collect();
        let mut rows = standing(&self.shop.db, &ids).await?;
        let by_event = rows.iter().map(|row| (row.event, row.id)).collect();
        rows.extend(earlier(&self.shop.db, &self.passed.unsure(pieces, &by_event)).await?);
        rows.sort_unstable_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        Ok(rows)
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
                Step::Ready(errand) if errand.row.is_none() && self.lately.knows(errand.sealed.id) => self.acknowledge(&errand.parcels).await,
                Step::Ready(errand) => errands.push(*errand),
                Step::Earlier(row) => {
                    // Gone meanwhile: another node passed it on.
                    let Some(text) = texts.remove(&row) else { continue };
                    match serde_json::from_str::<Sealed>(&text) {
                        Ok(sealed) => errands.push(Errand { row: Some(row), sealed, parcels: Vec::new() }),
                        Err(_) => unreadable.push((row, text)),
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
            let message = message_of(&errand.sealed, wants[0].clone());
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

    /// In one commit: what could not be published is kept or buried, and the rows are removed.
    async fn settle(&self, errands: &[Errand], fate: Fate, unreadable: &[(i64, String)]) -> Option<()> {
        let rows: Vec<i64> = errands.iter().filter_map(|errand| errand.row).chain(unreadable.iter().map(|(row, _)| *row)).collect();
        if rows.is_empty() && fate.hold.is_empty() && fate.bury.is_empty() {
            return Some(());
        }
        let to_hold = |copy: &Copy| ToHold { site: errands[copy.errand].sealed.site, message: copy.message.clone() };
        let hold: Vec<ToHold> = fate.hold.iter().map(to_hold).collect();
        stubborn(&self.stop, || async {
            let tx = self.shop.db.begin().await?;
            self.shop.held.keep(&tx, &hold).await?;
            for (copy, why) in &fate.bury {
                let sealed = &errands[copy.errand].sealed;
                let body = String::from_utf8_lossy(&copy.message.body);
                let letter = Letter { site: sealed.site, name: sealed.name.clone(), event: sealed.id, ..Letter::of_text(&body, &copy.message.key, &copy.message.queue, why) };
                crate::dead_letters::bury(&tx, letter).await?;
            }
            for (_, text) in unreadable {
                crate::dead_letters::bury(&tx, Letter::of_text(text, "", EVENTS, "no envelope")).await?;
            }
            if !rows.is_empty() {
                remove(&tx, &rows).await?;
            }
            tx.commit().await?;
            Ok::<(), StoreError>(())
        })
        .await
    }

    async fn acknowledge(&self, parcels: &[Arc<Parcel>]) {
        let late = join_all(parcels.iter().map(|parcel| parcel.one_done(&self.stop))).await.iter().filter(|ack| ack.is_err()).count();
        if late > 0 {
            tracing::debug!(late, "messages come again: they could not be acknowledged");
        }
    }
}

/// The copy that data queues get.
fn message_of(sealed: &Sealed, queue: Arc<str>) -> Outgoing {
    let body: Bytes = serde_json::to_vec(sealed).expect("an envelope is plain JSON").into();
    Outgoing { queue, id: sealed.id, key: sealed.ordering().into(), body }
}
