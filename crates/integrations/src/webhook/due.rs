//! What is due, as its sender needs it.

use base::{DeliveryId, EventId, Timestamp, WebhookId};
use events::sql::{GATHERED, Sql, batch, gathered};
use sockets::{Db, StoreError};
use std::time::Duration;

/// A delivery whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub id: DeliveryId,
    pub webhook: WebhookId,
    pub event: EventId,
    /// Of the deliveries of a key one is under way at a time.
    pub key: Option<String>,
    pub body: String,
    /// Tries of this series.
    pub tries: u32,
    /// Tries in all.
    pub attempts: u32,
}

/// What is looked for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub webhook: WebhookId,
    pub room: usize,
    /// For so long after its first failure a delivery holds later ones of its key back.
    pub hold_back: Duration,
    /// What its sender has in hand already.
    pub in_hand: Vec<DeliveryId>,
}

impl Due {
    /// Due deliveries of an endpoint that we hold, the oldest first, of each key the first.
    pub async fn of(db: &Db, wanted: &Wanted, now: Timestamp) -> Result<Vec<Self>, StoreError> {
        // One that failed holds later ones back for its time, and always when it is due itself. The inner look reads the rows of one key:
        // `OFFSET` keeps PostgreSQL from making a join of it, and `+ 0` any engine from reading all of an endpoint.
        const DUE: Sql = Sql::per_engine(
            "SELECT json_group_array(json_array(id, event, ordering, tries, attempts)) AS heads, group_concat(body, char(30)) AS bodies FROM
              (SELECT *, COALESCE(SUM(octet_length(body)) OVER (ORDER BY due_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS ahead FROM
              (SELECT d.id, d.due_at, d.event, d.ordering, d.tries, d.attempts, (SELECT b.body FROM webhook_bodies b WHERE b.event = d.event) AS body
               FROM webhook_deliveries d WHERE d.webhook = $1 AND d.state = 'pending' AND d.due_at <= $2
                 AND d.id NOT IN (SELECT value FROM json_each($4))
                 AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e
                   WHERE e.ordering = d.ordering AND e.webhook + 0 = d.webhook AND e.state = 'pending'
                     AND (e.key_epoch, e.key_seq, e.id) < (d.key_epoch, d.key_seq, d.id)
                     AND (e.due_at <= $2 OR e.failed_since IS NULL OR e.failed_since > $5) LIMIT 1 OFFSET 0)
               ORDER BY d.due_at LIMIT $3)) WHERE ahead < $6",
            "SELECT json_agg(json_build_array(id, event, ordering, tries, attempts))::text AS heads, string_agg(body, chr(30)) AS bodies FROM
              (SELECT *, COALESCE(SUM(octet_length(body)) OVER (ORDER BY due_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS ahead FROM
              (SELECT d.id, d.due_at, d.event, d.ordering, d.tries, d.attempts, (SELECT b.body FROM webhook_bodies b WHERE b.event = d.event) AS body
               FROM webhook_deliveries d WHERE d.webhook = $1 AND d.state = 'pending' AND d.due_at <= $2
                 AND d.id NOT IN (SELECT json_array_elements_text($4::json))
                 AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e
                   WHERE e.ordering = d.ordering AND e.webhook + 0 = d.webhook AND e.state = 'pending'
                     AND (e.key_epoch, e.key_seq, e.id) < (d.key_epoch, d.key_seq, d.id)
                     AND (e.due_at <= $2 OR e.failed_since IS NULL OR e.failed_since > $5) LIMIT 1 OFFSET 0)
               ORDER BY d.due_at LIMIT $3) AS due) AS looked WHERE ahead < $6",
        );
        let values = vec![
            wanted.webhook.0.into(),
            now.millis().into(),
            i64::try_from(wanted.room).unwrap_or(i64::MAX).into(),
            batch(&wanted.in_hand),
            now.minus(wanted.hold_back).millis().into(),
            GATHERED.into(),
        ];
        let rows = gathered(DUE.one(db.read(), values).await?.as_ref())?;
        let due = |((id, event, key, tries, attempts), body)| Self { id, webhook: wanted.webhook, event, key, body, tries, attempts };
        Ok(rows.into_iter().map(due).collect())
    }
}
