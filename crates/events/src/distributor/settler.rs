//! What follows when a batch was passed on: its rows leave the outbox and its messages are acknowledged, while its lane goes on.
//!
//! One for all lanes: what they passed on meanwhile is written in one commit.

use super::plan::Errand;
use super::{Distributor, Parcel};
use crate::EVENTS;
use crate::dead_letters::{Letter, bury};
use crate::held::ToHold;
use crate::outbox::remove;
use crate::pipeline::{self, stubborn};
use futures_util::future::join_all;
use sockets::broker::Outgoing;
use sockets::{StoreError, Tx};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Batches that are written in one commit at most.
const MOST: usize = 8;

/// A copy for one queue. `errand` is its place in the batch.
pub(super) struct Copy {
    pub errand: usize,
    pub message: Outgoing,
}

/// What became of the copies that were not published.
#[derive(Default)]
pub(super) struct Fate {
    pub hold: Vec<Copy>,
    pub bury: Vec<(Copy, String)>,
}

/// A batch that was passed on.
pub(super) struct Passage {
    pub errands: Vec<Errand>,
    pub fate: Fate,
    /// Rows of the outbox that hold no envelope, with what they hold.
    pub unreadable: Vec<(i64, String)>,
    /// Told when it stands in the database.
    pub settled: oneshot::Sender<()>,
}

impl Passage {
    pub fn rows(&self) -> impl Iterator<Item = i64> {
        self.errands.iter().filter_map(|errand| errand.row).chain(self.unreadable.iter().map(|(row, _)| *row))
    }

    fn to_hold(&self) -> impl Iterator<Item = ToHold> {
        self.fate.hold.iter().map(|copy| ToHold { site: self.errands[copy.errand].sealed.site, message: copy.message.clone() })
    }

    async fn bury(&self, tx: &Tx) -> Result<(), StoreError> {
        for (copy, why) in &self.fate.bury {
            let sealed = &self.errands[copy.errand].sealed;
            let body = String::from_utf8_lossy(&copy.message.body);
            let letter = Letter { site: sealed.site, name: sealed.name.clone(), event: sealed.id, ..Letter::of_text(&body, &copy.message.key, &copy.message.queue, why) };
            bury(tx, letter).await?;
        }
        for (_, text) in &self.unreadable {
            bury(tx, Letter::of_text(text, "", EVENTS, "no envelope")).await?;
        }
        Ok(())
    }
}

pub(super) struct Settler {
    pub shop: Distributor,
    pub stop: CancellationToken,
}

impl Settler {
    pub async fn run(self, mut passages: mpsc::Receiver<Passage>) {
        let mut some = Vec::with_capacity(MOST);
        while passages.recv_many(&mut some, MOST).await > 0 {
            if stubborn(&self.stop, || self.write(&some)).await.is_none() {
                return;
            }
            self.let_go(some.drain(..)).await;
        }
    }

    /// In one commit: what could not be published is kept or buried, and the rows are removed.
    async fn write(&self, passages: &[Passage]) -> Result<(), StoreError> {
        let rows: Vec<i64> = passages.iter().flat_map(Passage::rows).collect();
        let hold: Vec<ToHold> = passages.iter().flat_map(Passage::to_hold).collect();
        if rows.is_empty() && hold.is_empty() && passages.iter().all(|passage| passage.fate.bury.is_empty()) {
            return Ok(());
        }
        let tx = self.shop.db.begin().await?;
        self.shop.held.keep(&tx, &hold).await?;
        for passage in passages {
            passage.bury(&tx).await?;
        }
        if !rows.is_empty() {
            remove(&tx, &rows).await?;
        }
        tx.commit().await
    }

    async fn let_go(&self, passages: impl Iterator<Item = Passage>) {
        let mut parcels: Vec<Arc<Parcel>> = Vec::new();
        for passage in passages {
            self.shop.outbox.freed().add(&passage.rows().collect::<Vec<_>>());
            let count = passage.errands.len() as u64;
            metrics::counter!("events_distributed_total").increment(count);
            self.shop.tally.went(&EVENTS.into(), count);
            parcels.extend(passage.errands.into_iter().flat_map(|errand| errand.parcels));
            // The lane that waits for it may have ended.
            let _ended = passage.settled.send(());
        }
        acknowledge(&parcels, &self.stop).await;
    }
}

/// One event of each is through.
pub(super) async fn acknowledge(parcels: &[Arc<Parcel>], stop: &CancellationToken) {
    let done = parcels.iter().filter(|parcel| parcel.one_done());
    let late = join_all(done.map(|parcel| pipeline::acknowledge(&parcel.handle, stop))).await.iter().filter(|ack| ack.is_err()).count();
    if late > 0 {
        tracing::debug!(late, "messages come again: they could not be acknowledged");
    }
}
