//! Who sends what: an endpoint is served by one node at a time, so that its rate, its places and its breaker hold for all nodes; and of
//! the deliveries of a key one is under way at a time, in order.

use super::deliveries::read;
use super::Delivery;
use base::{DeliveryId, Timestamp, WebhookId};
use events::sql::{Sql, batch, get, queue_up};
use sea_orm::QueryResult;
use sockets::{Db, StoreError, Tx};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// A node's hand in the tables.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    /// The node's name: when it comes back after a crash, its endpoints are still its own.
    pub node: Arc<str>,
    /// What is claimed is ours for so long.
    pub lease: Duration,
}

/// What an endpoint's lane has room for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub webhook: WebhookId,
    pub room: usize,
    /// For so long after its first failure a delivery holds later ones of its key back.
    pub hold_back: Duration,
}

impl Holder {
    /// Enabled endpoints of nobody else, for which something is due that nobody has claimed.
    pub async fn waiting(&self, db: &Db, now: Timestamp) -> Result<Vec<WebhookId>, StoreError> {
        const WAITING: Sql = Sql::same(
            "SELECT e.id FROM webhook_endpoints e WHERE e.enabled AND EXISTS
               (SELECT 1 FROM webhook_deliveries d WHERE d.webhook = e.id AND d.state = 'pending' AND d.due_at <= $1
                AND (d.claim IS NULL OR d.leased_until < $1))
             AND NOT EXISTS (SELECT 1 FROM webhook_lanes l WHERE l.webhook = e.id AND l.holder <> $2 AND l.held_until >= $1)",
        );
        let rows = WAITING.all(db.read(), vec![now.millis().into(), (&*self.node).into()]).await?;
        rows.iter().map(webhook).collect()
    }

    /// Takes due deliveries of these endpoints, of each no more than it has room for, and of each key the first.
    pub async fn claim(&self, db: &Db, wanted: &[Wanted], claim: i64) -> Result<Vec<Delivery>, StoreError> {
        // One that failed holds later ones back for its time, and always when it is due itself. The inner look reads the rows of one key:
        // `OFFSET` keeps PostgreSQL from making a join of it, and `+ 0` any engine from reading all of an endpoint.
        const CLAIM: Sql = Sql::same(
            "UPDATE webhook_deliveries SET claim = $1, leased_until = $2 WHERE id IN
               (SELECT d.id FROM webhook_deliveries d WHERE d.webhook = $3 AND d.state = 'pending' AND d.due_at <= $4
                AND (d.claim IS NULL OR d.leased_until < $4)
                AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e
                     WHERE e.ordering = d.ordering AND e.webhook + 0 = d.webhook AND e.state = 'pending' AND e.id <> d.id AND ((e.claim IS NOT NULL AND e.leased_until >= $4)
                       OR ((e.key_epoch, e.key_seq, e.id) < (d.key_epoch, d.key_seq, d.id)
                           AND (e.due_at <= $4 OR e.failed_since IS NULL OR e.failed_since > $6)))
                     LIMIT 1 OFFSET 0)
                ORDER BY d.due_at LIMIT $5)
             RETURNING *",
        );
        let tx = db.begin().await?;
        queue_up(&tx.conn(), "webhook deliveries").await?;
        let now = tx.now();
        let ids: Vec<WebhookId> = wanted.iter().map(|wanted| wanted.webhook).collect();
        let ours = self.hold(&tx, &ids).await?;
        let mut claimed = Vec::new();
        for one in wanted.iter().filter(|one| ours.contains(&one.webhook)) {
            let values = vec![
                claim.into(),
                now.plus(self.lease).millis().into(),
                one.webhook.0.into(),
                now.millis().into(),
                i64::try_from(one.room).unwrap_or(i64::MAX).into(),
                now.minus(one.hold_back).millis().into(),
            ];
            for row in CLAIM.all(&tx.conn(), values).await? {
                claimed.push(read(&row)?);
            }
        }
        tx.commit().await?;
        claimed.sort_by_key(|delivery: &Delivery| (delivery.due_at, delivery.id));
        Ok(claimed)
    }

    /// Takes these endpoints, or keeps them; tells which are ours.
    async fn hold(&self, tx: &Tx, ids: &[WebhookId]) -> Result<HashSet<WebhookId>, StoreError> {
        const HOLD: Sql = Sql::per_engine(
            "INSERT INTO webhook_lanes (webhook, holder, held_until) SELECT value, $2, $3 FROM json_each($1) WHERE true
             ON CONFLICT (webhook) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
             WHERE webhook_lanes.holder = excluded.holder OR webhook_lanes.held_until < $4 RETURNING webhook AS id",
            "INSERT INTO webhook_lanes (webhook, holder, held_until)
             SELECT value::bigint, $2, $3 FROM json_array_elements_text($1::json) AS r(value) ORDER BY 1
             ON CONFLICT (webhook) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
             WHERE webhook_lanes.holder = excluded.holder OR webhook_lanes.held_until < $4 RETURNING webhook AS id",
        );
        let (now, until) = (tx.now(), tx.now().plus(self.lease));
        let rows = HOLD.all(&tx.conn(), vec![batch(ids), (&*self.node).into(), until.millis().into(), now.millis().into()]).await?;
        rows.iter().map(webhook).collect()
    }

    /// Keeps endpoints for which nothing is claimed, because something is known of them.
    pub async fn keep(&self, db: &Db, ids: &[WebhookId]) -> Result<(), StoreError> {
        let tx = db.begin().await?;
        self.hold(&tx, ids).await?;
        tx.commit().await
    }

    /// Leaves every endpoint to whoever comes next.
    pub async fn leave(&self, db: &Db) -> Result<(), StoreError> {
        const LEAVE: Sql = Sql::same("DELETE FROM webhook_lanes WHERE holder = $1");
        let tx = db.begin().await?;
        LEAVE.run(&tx.conn(), vec![(&*self.node).into()]).await?;
        tx.commit().await
    }
}

/// Gives back what was claimed and not tried.
pub(super) async fn let_go(db: &Db, claim: i64, ids: &[DeliveryId]) -> Result<(), StoreError> {
    const LET_GO: Sql = Sql::per_engine(
        "UPDATE webhook_deliveries SET claim = NULL WHERE claim = $1 AND id IN (SELECT value FROM json_each($2))",
        "UPDATE webhook_deliveries SET claim = NULL WHERE claim = $1 AND id IN (SELECT value FROM json_array_elements_text($2::json) AS r(value))",
    );
    let tx = db.begin().await?;
    LET_GO.run(&tx.conn(), vec![claim.into(), batch(ids)]).await?;
    tx.commit().await
}

fn webhook(row: &QueryResult) -> Result<WebhookId, StoreError> {
    get(row, "id").map(WebhookId)
}
