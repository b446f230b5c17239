//! Which queues rest. Every node looks each second.

use crate::sql::{Sql, get};
use arc_swap::ArcSwap;
use sockets::{Db, StoreError};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Default)]
pub(crate) struct Pauses(Arc<ArcSwap<HashSet<String>>>);

impl Pauses {
    pub fn rests(&self, queue: &str) -> bool {
        self.0.load().contains(queue)
    }

    /// When the table cannot be read, things stay as they are.
    pub async fn look(&self, db: &Db) {
        match paused(db).await {
            Ok(now) if now != **self.0.load() => self.0.store(Arc::new(now)),
            Ok(_) => {}
            Err(err) => tracing::warn!(error = ?err, "which queues are paused cannot be read"),
        }
    }

    pub async fn watch(self, db: Db, every: Duration, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.look(&db).await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(every) => {}
            }
        }
    }
}

pub(super) async fn paused(db: &Db) -> Result<HashSet<String>, StoreError> {
    const PAUSED: Sql = Sql::same("SELECT name FROM event_queues WHERE paused = 1");
    let rows = PAUSED.all(db.read(), vec![]).await?;
    rows.iter().map(|row| get(row, "name")).collect()
}
