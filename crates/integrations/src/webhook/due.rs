//! What is due, as its sender needs it.

use base::{DeliveryId, EventId, Timestamp, WebhookId};
use events::sql::{GATHERED, Sql, batch, gathered, listed};
use sockets::{Db, StoreError};
use std::collections::HashMap;
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

/// What a look finds of a delivery: its id, its event, its key, its tries of this series and in all.
type Head = (DeliveryId, EventId, Option<String>, u32, u32);

/// Bodies that are read by one statement, which makes one text of them.
const PIECE: usize = 64;

impl Due {
    /// Due deliveries of an endpoint that we hold, the oldest first, of each key the first; and whether there may be more.
    pub async fn of(db: &Db, wanted: &Wanted, now: Timestamp) -> Result<(Vec<Self>, bool), StoreError> {
        let mut heads = heads(db, wanted, now).await?.into_iter();
        let (found, mut bytes, mut due) = (heads.len(), 0, Vec::new());
        while heads.len() > 0 && bytes < GATHERED {
            let piece: Vec<Head> = heads.by_ref().take(PIECE).collect();
            let mut bodies = bodies(db, piece.iter().map(|head| head.1)).await?;
            bytes += bodies.values().map(|body| body.len() as i64).sum::<i64>();
            // One whose body is gone was removed since the look.
            due.extend(piece.into_iter().filter_map(|(id, event, key, tries, attempts)| {
                Some(Self { id, webhook: wanted.webhook, event, key, body: bodies.remove(&event)?, tries, attempts })
            }));
        }
        Ok((due, heads.len() > 0 || found >= wanted.room))
    }
}

async fn heads(db: &Db, wanted: &Wanted, now: Timestamp) -> Result<Vec<Head>, StoreError> {
    // One that failed holds later ones back for its time, and always when it is due itself. The inner look reads the rows of one key:
    // `OFFSET` keeps PostgreSQL from making a join of it, and `+ 0` any engine from reading all of an endpoint.
    const HEADS: Sql = Sql::per_engine(
        "SELECT json_group_array(json_array(id, event, ordering, tries, attempts)) AS heads FROM
          (SELECT d.id, d.event, d.ordering, d.tries, d.attempts
           FROM webhook_deliveries d WHERE d.webhook = $1 AND d.state = 'pending' AND d.due_at <= $2
             AND d.id NOT IN (SELECT value FROM json_each($4))
             AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e
               WHERE e.ordering = d.ordering AND e.webhook + 0 = d.webhook AND e.state = 'pending'
                 AND (e.key_epoch, e.key_seq, e.id) < (d.key_epoch, d.key_seq, d.id)
                 AND (e.due_at <= $2 OR e.failed_since IS NULL OR e.failed_since > $5) LIMIT 1 OFFSET 0)
           ORDER BY d.due_at LIMIT $3)",
        "SELECT json_agg(json_build_array(id, event, ordering, tries, attempts))::text AS heads FROM
          (SELECT d.id, d.event, d.ordering, d.tries, d.attempts
           FROM webhook_deliveries d WHERE d.webhook = $1 AND d.state = 'pending' AND d.due_at <= $2
             AND d.id NOT IN (SELECT json_array_elements_text($4::json))
             AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e
               WHERE e.ordering = d.ordering AND e.webhook + 0 = d.webhook AND e.state = 'pending'
                 AND (e.key_epoch, e.key_seq, e.id) < (d.key_epoch, d.key_seq, d.id)
                 AND (e.due_at <= $2 OR e.failed_since IS NULL OR e.failed_since > $5) LIMIT 1 OFFSET 0)
           ORDER BY d.due_at LIMIT $3) AS due",
    );
    let values = vec![
        wanted.webhook.0.into(),
        now.millis().into(),
        i64::try_from(wanted.room).unwrap_or(i64::MAX).into(),
        batch(&wanted.in_hand),
        now.minus(wanted.hold_back).millis().into(),
    ];
    listed(HEADS.one(db.read(), values).await?.as_ref())
}

async fn bodies(db: &Db, events: impl Iterator<Item = EventId>) -> Result<HashMap<EventId, String>, StoreError> {
    const BODIES: Sql = Sql::per_engine(
        "SELECT json_group_array(event) AS heads, group_concat(body, char(30)) AS bodies FROM webhook_bodies
         WHERE event IN (SELECT value FROM json_each($1))",
        "SELECT json_agg(event)::text AS heads, string_agg(body, chr(30)) AS bodies FROM webhook_bodies
         WHERE event = ANY (ARRAY(SELECT json_array_elements_text($1::json)))",
    );
    let found = gathered(BODIES.one(db.read(), vec![batch(&events.collect::<Vec<_>>())]).await?.as_ref())?;
    // Copied: a delivery may wait for long, and would keep all that was read with it.
    Ok(found.into_iter().map(|(event, body)| (event, String::from_utf8_lossy(&body).into_owned())).collect())
}
