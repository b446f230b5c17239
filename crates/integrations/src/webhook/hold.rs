//! Who sends what: an endpoint is served by one node at a time, so that its rate, its places and its breaker hold for all nodes, and so
//! that what this node has in hand needs no mark in the tables.

use base::{Timestamp, WebhookId};
use events::sql::{Sql, batch, get, queue_up};
use sea_orm::QueryResult;
use sockets::{Db, StoreError};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A node's hand on endpoints.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    /// The node's name: when it comes back after a crash, its endpoints are still its own.
    pub node: Arc<str>,
    /// What is held is ours for so long.
    pub lease: Duration,
}

/// An endpoint is ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    until: Timestamp,
    ends: Instant,
}

impl Hold {
    /// Is it ours for so long still? By both clocks: one may be set back, the other stands still while the machine sleeps.
    pub fn lasts(&self, span: Duration, now: Timestamp) -> bool {
        now.plus(span) <= self.until && Instant::now() + span <= self.ends
    }

    #[cfg(test)]
    pub fn from(now: Timestamp, lease: Duration) -> Self {
        Self { until: now.plus(lease), ends: Instant::now() + lease }
    }
}

impl Holder {
    /// Enabled endpoints of nobody else, for which something is due.
    pub async fn waiting(&self, db: &Db, now: Timestamp) -> Result<Vec<WebhookId>, StoreError> {
        const WAITING: Sql = Sql::same(
            "SELECT e.id FROM webhook_endpoints e WHERE e.enabled
               AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook = e.id AND d.state = 'pending' AND d.due_at <= $1)
               AND NOT EXISTS (SELECT 1 FROM webhook_lanes l WHERE l.webhook = e.id AND l.holder <> $2 AND l.held_until >= $1)",
        );
        let rows = WAITING.all(db.read(), vec![now.millis().into(), (&*self.node).into()]).await?;
        rows.iter().map(webhook).collect()
    }

    /// Takes these endpoints, or keeps them; tells which are ours.
    pub async fn hold(&self, db: &Db, ids: &BTreeSet<WebhookId>) -> Result<HashMap<WebhookId, Hold>, StoreError> {
        const HOLD: Sql = Sql::per_engine(
            "INSERT INTO webhook_lanes (webhook, holder, held_until) SELECT value, $2, $3 FROM json_each($1) WHERE true
             ON CONFLICT (webhook) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
             WHERE webhook_lanes.holder = excluded.holder OR webhook_lanes.held_until < $4 RETURNING webhook AS id",
            "INSERT INTO webhook_lanes (webhook, holder, held_until)
             SELECT value::bigint, $2, $3 FROM json_array_elements_text($1::json) AS r(value) ORDER BY 1
             ON CONFLICT (webhook) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
             WHERE webhook_lanes.holder = excluded.holder OR webhook_lanes.held_until < $4 RETURNING webhook AS id",
        );
        let began = Instant::now();
        let tx = db.begin().await?;
        queue_up(&tx.conn(), "webhook endpoints").await?;
        let hold = Hold { until: tx.now().plus(self.lease), ends: began + self.lease };
        let values = vec![batch(&ids.iter().collect::<Vec<_>>()), (&*self.node).into(), hold.until.millis().into(), tx.now().millis().into()];
        let rows = HOLD.all(&tx.conn(), values).await?;
        tx.commit().await?;
        rows.iter().map(|row| Ok((webhook(row)?, hold))).collect()
    }

    /// Leaves every endpoint to whoever comes next.
    pub async fn leave(&self, db: &Db) -> Result<(), StoreError> {
        const LEAVE: Sql = Sql::same("DELETE FROM webhook_lanes WHERE holder = $1");
        let tx = db.begin().await?;
        LEAVE.run(&tx.conn(), vec![(&*self.node).into()]).await?;
        tx.commit().await
    }
}

fn webhook(row: &QueryResult) -> Result<WebhookId, StoreError> {
    get(row, "id").map(WebhookId)
}
