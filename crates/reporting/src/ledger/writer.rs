//! Keeps many events in one commit: whoever comes while a batch is being written goes with the next one.

use super::model::Kept;
use super::store::events as table;
use base::{Fault, Kind, SiteId};
use events::Outcome;
use sockets::{Db, Envelope, StoreError};
use std::collections::HashSet;
use tokio::sync::{mpsc, oneshot};

/// Events of one commit at most.
const MOST: usize = 500;

pub(super) struct Row {
    pub kept: Kept,
    pub body: String,
}

struct Waiting {
    row: Row,
    answer: oneshot::Sender<Outcome>,
}

/// The way to the writer; it ends with the last of these.
#[derive(Clone)]
pub(super) struct Writer(mpsc::Sender<Waiting>);

impl Writer {
    pub fn open(db: Db) -> Self {
        let (sender, waiting) = mpsc::channel(2 * MOST);
        tokio::spawn(write(db, waiting));
        Self(sender)
    }

    /// Done when it is durable.
    pub async fn keep(&self, db: &Db, envelope: &Envelope) -> Outcome {
        let kept = Kept::of(envelope, db.clock().now());
        let body = match serde_json::to_string(envelope) {
            Ok(body) => body,
            Err(err) => return Outcome::give_up(err),
        };
        let (answer, told) = oneshot::channel();
        if self.0.send(Waiting { row: Row { kept, body }, answer }).await.is_err() {
            return Outcome::retry("the ledger is closed");
        }
        told.await.unwrap_or_else(|_| Outcome::retry("the ledger was closed"))
    }
}

async fn write(db: Db, mut waiting: mpsc::Receiver<Waiting>) {
    let mut types = HashSet::new();
    let mut group: Vec<Waiting> = Vec::with_capacity(MOST);
    while waiting.recv_many(&mut group, MOST).await > 0 {
        let (rows, answers): (Vec<Row>, Vec<_>) = group.drain(..).map(|one| (one.row, one.answer)).unzip();
        metrics::histogram!("ledger_batch").record(rows.len() as f64);
        let outcomes = match keep(&db, &mut types, &rows).await {
            Ok(()) => vec![Outcome::Done; rows.len()],
            Err(err) if passes(&err) || rows.len() == 1 => {
                let outcome = Outcome::of(Err(err));
                vec![outcome; rows.len()]
            }
            // One of them is at fault; the others need not suffer.
            Err(_) => {
                let mut outcomes = Vec::with_capacity(rows.len());
                for row in &rows {
                    outcomes.push(Outcome::of(keep(&db, &mut types, std::slice::from_ref(row)).await));
                }
                outcomes
            }
        };
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            let _gone = answer.send(outcome);
        }
    }
}

fn passes(err: &StoreError) -> bool {
    matches!(err.kind(), Kind::Unavailable | Kind::Full | Kind::TooMany)
}

async fn keep(db: &Db, types: &mut HashSet<(SiteId, String)>, rows: &[Row]) -> Result<(), StoreError> {
    let tx = db.begin().await?;
    let mut fresh: Vec<(SiteId, String)> =
        rows.iter().map(|row| (row.kept.site, row.kept.name.clone())).filter(|kind| !types.contains(kind)).collect();
    fresh.sort_unstable();
    fresh.dedup();
    if !fresh.is_empty() {
        table::note_types(&tx, &fresh).await?;
    }
    let added = table::insert(&tx, rows).await?;
    tx.commit().await?;
    types.extend(fresh);
    metrics::counter!("ledger_events_total").increment(added);
    Ok(())
}
