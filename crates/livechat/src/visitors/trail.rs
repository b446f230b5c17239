//! Page views and signs of life, written many at a time: what a visit costs must not grow with each click.

use super::model::{PageView, VisitId};
use super::store::VisitorStore;
use base::{Fault, Kind, VisitorId};
use sockets::{Db, StoreError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// What waits longer than this is written.
const PACE: Duration = Duration::from_millis(200);
/// As many are written at once without waiting for more.
const PLENTY: usize = 500;
/// What comes on top of so many while the database is away is let go, and counted.
const MOST: usize = 20_000;

#[derive(Default)]
struct Waiting {
    views: Vec<PageView>,
    /// In the order of ids, so that two nodes never wait for each other.
    heard: BTreeMap<VisitorId, VisitId>,
}

/// Keeps what waits to be written; cheap to clone.
#[derive(Clone)]
pub(super) struct Trail {
    db: Db,
    waiting: Arc<Mutex<Waiting>>,
    plenty: Arc<Notify>,
}

impl Trail {
    pub(super) fn new(db: Db) -> Self {
        Self { db, waiting: Arc::default(), plenty: Arc::default() }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn saw(&self, view: PageView) {
        let mut waiting = self.waiting();
        if waiting.views.len() >= MOST {
            metrics::counter!("visitor_trail_shed_total", "what" => "page").increment(1);
            return;
        }
        waiting.heard.insert(view.visitor, view.visit);
        waiting.views.push(view);
        if waiting.views.len() == PLENTY {
            self.plenty.notify_one();
        }
    }

    pub(super) fn heard(&self, visitor: VisitorId, visit: VisitId) {
        let mut waiting = self.waiting();
        if waiting.heard.len() >= MOST && !waiting.heard.contains_key(&visitor) {
            metrics::counter!("visitor_trail_shed_total", "what" => "sign_of_life").increment(1);
            return;
        }
        waiting.heard.insert(visitor, visit);
    }

    /// Writes for ever; to be stopped by dropping it, and then by a last [`Trail::flush`].
    pub(super) async fn run(self) {
        loop {
            // Whichever comes first; both mean the same.
            let _woken = tokio::time::timeout(PACE, self.plenty.notified()).await;
            if let Err(err) = self.flush().await {
                tracing::warn!(error = ?err, "page views could not be written");
                tokio::time::sleep(PACE * 5).await;
            }
        }
    }

    /// Writes what waits. What could not be written while the database is away or full waits on.
    pub(super) async fn flush(&self) -> Result<(), StoreError> {
        let Waiting { views, heard } = std::mem::take(&mut *self.waiting());
        if views.is_empty() && heard.is_empty() {
            return Ok(());
        }
        metrics::histogram!("visitor_trail_batch_size").record(views.len() as f64);
        let done = self.write(&views, &heard).await;
        if let Err(err) = &done {
            if matches!(err.kind(), Kind::Unavailable | Kind::Full) {
                self.wait_on(views, heard);
            } else {
                // What is refused once is refused for ever; those behind it must not wait for it.
                metrics::counter!("visitor_trail_shed_total", "what" => "page").increment(views.len() as u64);
            }
        }
        done
    }

    async fn write(&self, views: &[PageView], heard: &BTreeMap<VisitorId, VisitId>) -> Result<(), StoreError> {
        let heard: Vec<_> = heard.iter().map(|(visitor, visit)| (*visitor, *visit)).collect();
        let tx = self.db.begin().await?;
        VisitorStore::add_pages(&tx, views).await?;
        VisitorStore::touch(&tx, &heard, tx.now()).await?;
        tx.commit().await
    }

    fn wait_on(&self, mut views: Vec<PageView>, heard: BTreeMap<VisitorId, VisitId>) {
        let mut waiting = self.waiting();
        views.append(&mut waiting.views);
        let shed = views.len().saturating_sub(MOST);
        views.truncate(MOST);
        metrics::counter!("visitor_trail_shed_total", "what" => "page").increment(shed as u64);
        waiting.views = views;
        for (visitor, visit) in heard {
            waiting.heard.entry(visitor).or_insert(visit);
        }
    }
}
