//! Who does what only one node may do: rows that are held for a time, each taking with a higher number, the fence.

use crate::sql::{Sql, get};
use base::Timestamp;
use sockets::{Db, StoreError};
use std::sync::Arc;
use std::time::Duration;

/// A node's way to leases; cheap to clone.
#[derive(Clone)]
pub struct Leases {
    db: Db,
    holder: Arc<str>,
    span: Duration,
}

/// Rises whenever a lease changes hands. Write it with what you do, to tell a late writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence(pub i64);

impl Leases {
    pub fn new(db: Db, holder: impl Into<Arc<str>>, span: Duration) -> Self {
        Self { db, holder: holder.into(), span }
    }

    pub fn span(&self) -> Duration {
        self.span
    }

    fn now(&self) -> Timestamp {
        self.db.clock().now()
    }

    /// Takes the lease when it is free, or renews it when it is ours. Asks without writing when others hold it, and when ours is fresh.
    pub async fn hold(&self, name: &str) -> Result<Option<Fence>, StoreError> {
        const LOOK: Sql = Sql::same("SELECT holder, fence, leased_until FROM event_leases WHERE name = $1");
        let now = self.now();
        if let Some(row) = LOOK.one(self.db.read(), vec![name.into()]).await? {
            let (holder, until): (String, i64) = (get(&row, "holder")?, get(&row, "leased_until")?);
            let live = self.is_live(until, now);
            if live && holder != *self.holder {
                return Ok(None);
            }
            if live && Timestamp::from_millis(until).since(now) > self.span * 2 / 3 {
                return Ok(Some(Fence(get(&row, "fence")?)));
            }
        }
        self.take(name, now).await
    }

    /// An end beyond what anybody could have set was written by a clock that ran ahead.
    fn is_live(&self, until: i64, now: Timestamp) -> bool {
        until >= now.millis() && until <= now.plus(self.span * 2).millis()
    }

    async fn take(&self, name: &str, now: Timestamp) -> Result<Option<Fence>, StoreError> {
        const TAKE: Sql = Sql::same(
            "INSERT INTO event_leases (name, holder, fence, leased_until) VALUES ($1, $2, 1, $3)
             ON CONFLICT (name) DO UPDATE SET
               fence = event_leases.fence + CASE WHEN event_leases.holder = $2 AND event_leases.leased_until >= $4 THEN 0 ELSE 1 END,
               holder = excluded.holder, leased_until = excluded.leased_until
             WHERE event_leases.holder = $2 OR event_leases.leased_until < $4 OR event_leases.leased_until > $5
             RETURNING fence",
        );
        let tx = self.db.begin().await?;
        let until = now.plus(self.span).millis();
        let far = now.plus(self.span * 2).millis();
        let values = vec![name.into(), (&*self.holder).into(), until.into(), now.millis().into(), far.into()];
        let row = TAKE.one(&tx.conn(), values).await?;
        tx.commit().await?;
        row.map(|row| get(&row, "fence").map(Fence)).transpose()
    }

    /// Gives it up, so that others need not wait. Should that fail, it lapses.
    pub async fn let_go(&self, name: &str) {
        const LET_GO: Sql = Sql::same("UPDATE event_leases SET leased_until = 0 WHERE name = $1 AND holder = $2");
        let gone = async {
            let tx = self.db.begin().await?;
            LET_GO.run(&tx.conn(), vec![name.into(), (&*self.holder).into()]).await?;
            tx.commit().await
        };
        if let Err(err) = gone.await {
            tracing::debug!(error = ?err, name, "a lease could not be given up; it will lapse");
        }
    }
}
