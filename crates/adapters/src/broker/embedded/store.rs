//! The statements of the embedded broker.

use base::Timestamp;
use bytes::Bytes;
use events::sql::{Sql, batch, get, queue_up, texts};
use sockets::broker::{Depth, Outgoing};
use sockets::{Db, StoreError};
use std::collections::HashMap;
use std::time::Duration;

/// A message that was claimed.
pub(super) struct Claimed {
    pub id: i64,
    pub key: String,
    pub body: Bytes,
    pub deliveries: u32,
}

#[derive(Clone)]
pub(super) struct Store {
    pub db: Db,
    pub lease: Duration,
}

// SQLite would otherwise give the number of the last removed row again, and order would suffer: AUTOINCREMENT is set by the schema.
const INSERT: Sql = Sql::per_engine(
    "INSERT INTO broker_messages (queue, ordering, event, body, published_at)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, $2 FROM json_each($1) ORDER BY key",
    "INSERT INTO broker_messages (queue, ordering, event, body, published_at)
     SELECT (e ->> 0)::bigint, e ->> 1, e ->> 2, e ->> 3, $2 FROM json_array_elements($1::json) WITH ORDINALITY AS r(e, n) ORDER BY n",
);

const WAITING: Sql = Sql::same(
    "SELECT 1 AS one FROM broker_messages m WHERE m.queue = $1 AND m.claim IS NULL AND NOT EXISTS
       (SELECT 1 FROM broker_messages h WHERE h.queue = $1 AND h.ordering = m.ordering AND h.claim IS NOT NULL) LIMIT 1",
);

const CLAIM: Sql = Sql::same(
    "UPDATE broker_messages SET claim = $2, leased_until = $3, deliveries = deliveries + 1 WHERE id IN
       (SELECT m.id FROM broker_messages m WHERE m.queue = $1 AND m.claim IS NULL AND NOT EXISTS
         (SELECT 1 FROM broker_messages h WHERE h.queue = $1 AND h.ordering = m.ordering AND h.claim IS NOT NULL)
        ORDER BY m.id LIMIT $4)
     RETURNING id, ordering, body, deliveries",
);

const ACK: Sql = Sql::per_engine(
    "DELETE FROM broker_messages WHERE claim = $1 AND id IN (SELECT value FROM json_each($2)) RETURNING id",
    "DELETE FROM broker_messages WHERE claim = $1 AND id IN (SELECT value::bigint FROM json_array_elements_text($2::json)) RETURNING id",
);

const RENEW: Sql = Sql::per_engine(
    "UPDATE broker_messages SET leased_until = $2 WHERE claim IN (SELECT CAST(value AS INTEGER) FROM json_each($1))",
    "UPDATE broker_messages SET leased_until = $2 WHERE claim IN (SELECT value::bigint FROM json_array_elements_text($1::json))",
);

const RELEASE_ALL: Sql = Sql::per_engine(
    "UPDATE broker_messages SET claim = NULL WHERE claim IN (SELECT CAST(value AS INTEGER) FROM json_each($1))",
    "UPDATE broker_messages SET claim = NULL WHERE claim IN (SELECT value::bigint FROM json_array_elements_text($1::json))",
);

const RELEASE_ONE: Sql = Sql::same(
    "UPDATE broker_messages SET claim = NULL WHERE claim = $1 AND id >= $2
       AND ordering = (SELECT o.ordering FROM broker_messages o WHERE o.id = $2 AND o.claim = $1) RETURNING id",
);

// A lease that ends later than any node could have set it was written by a clock that ran ahead.
const LAPSED: Sql = Sql::same("SELECT 1 AS one FROM broker_messages WHERE claim IS NOT NULL AND (leased_until < $1 OR leased_until > $2) LIMIT 1");

const RECOVER: Sql =
    Sql::same("UPDATE broker_messages SET claim = NULL WHERE claim IS NOT NULL AND (leased_until < $1 OR leased_until > $2) RETURNING queue");

impl Store {
    fn now(&self) -> Timestamp {
        self.db.clock().now()
    }

    pub async fn declare(&self, queue: &str) -> Result<(), StoreError> {
        const DECLARE: Sql = Sql::same("INSERT INTO broker_queues (name) VALUES ($1) ON CONFLICT (name) DO NOTHING");
        let tx = self.db.begin().await?;
        DECLARE.run(&tx.conn(), vec![queue.into()]).await?;
        tx.commit().await
    }

    pub async fn queues(&self) -> Result<HashMap<String, i64>, StoreError> {
        const QUEUES: Sql = Sql::same("SELECT id, name FROM broker_queues");
        let rows = QUEUES.all(self.db.read(), vec![]).await?;
        rows.iter().map(|row| Ok((get(row, "name")?, get(row, "id")?))).collect()
    }

    /// All of them or none.
    pub async fn insert(&self, rows: &[(i64, &Outgoing)]) -> Result<(), StoreError> {
        let mut plain = Vec::with_capacity(rows.len());
        for (queue, message) in rows {
            let body = std::str::from_utf8(&message.body).map_err(|_| StoreError::Unreadable("the body is not UTF-8".into()))?;
            plain.push((queue.to_string(), &*message.key, message.id, body));
        }
        let tx = self.db.begin().await?;
        INSERT.run(&tx.conn(), vec![batch(&plain), tx.now().millis().into()]).await?;
        tx.commit().await
    }

    /// Gives out up to `most` messages whose key nobody holds.
    pub async fn claim(&self, queue: i64, claim: i64, most: u64) -> Result<Vec<Claimed>, StoreError> {
        // Look first: an idle queue must not take the pen.
        if WAITING.one(self.db.read(), vec![queue.into()]).await?.is_none() {
            return Ok(Vec::new());
        }
        let tx = self.db.begin().await?;
        // Two claims of one queue at once would each miss that the other takes an earlier message of the same key.
        queue_up(&tx.conn(), &format!("broker queue {queue}")).await?;
        let until = self.now().plus(self.lease).millis();
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = CLAIM.all(&tx.conn(), vec![queue.into(), claim.into(), until.into(), most.into()]).await?;
        tx.commit().await?;
        let mut claimed = rows.iter().map(read_claimed).collect::<Result<Vec<_>, StoreError>>()?;
        claimed.sort_unstable_by_key(|message| message.id);
        Ok(claimed)
    }

    /// Removes what is still held under these claims and tells which were.
    pub async fn ack(&self, by_claim: &HashMap<i64, Vec<i64>>) -> Result<Vec<i64>, StoreError> {
        let tx = self.db.begin().await?;
        let mut done = Vec::new();
        for (claim, ids) in by_claim {
            for row in ACK.all(&tx.conn(), vec![(*claim).into(), batch(ids)]).await? {
                done.push(get(&row, "id")?);
            }
        }
        tx.commit().await?;
        Ok(done)
    }

    pub async fn renew(&self, claims: &[i64]) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        RENEW.run(&tx.conn(), vec![texts(claims.iter().copied()), self.now().plus(self.lease).millis().into()]).await?;
        tx.commit().await
    }

    pub async fn release_all(&self, claims: &[i64]) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        RELEASE_ALL.run(&tx.conn(), vec![texts(claims.iter().copied())]).await?;
        tx.commit().await
    }

    /// Which messages went back; none when the claim is stale.
    pub async fn release(&self, claim: i64, id: i64) -> Result<Vec<i64>, StoreError> {
        let tx = self.db.begin().await?;
        let rows = RELEASE_ONE.all(&tx.conn(), vec![claim.into(), id.into()]).await?;
        tx.commit().await?;
        rows.iter().map(|row| get(row, "id")).collect()
    }

    /// Takes messages back whose holder fell silent; tells whether there were any.
    pub async fn recover(&self) -> Result<bool, StoreError> {
        let bounds = || vec![self.now().millis().into(), self.now().plus(self.lease * 2).millis().into()];
        if LAPSED.one(self.db.read(), bounds()).await?.is_none() {
            return Ok(false);
        }
        let tx = self.db.begin().await?;
        let rows = RECOVER.all(&tx.conn(), bounds()).await?;
        tx.commit().await?;
        Ok(!rows.is_empty())
    }

    /// Queues in which something waits.
    pub async fn stirring(&self) -> Result<Vec<i64>, StoreError> {
        const STIRRING: Sql = Sql::same(
            "SELECT q.id FROM broker_queues q WHERE EXISTS (SELECT 1 FROM broker_messages m WHERE m.queue = q.id AND m.claim IS NULL)",
        );
        let rows = STIRRING.all(self.db.read(), vec![]).await?;
        rows.iter().map(|row| get(row, "id")).collect()
    }

    pub async fn depth(&self, queue: i64) -> Result<Depth, StoreError> {
        const DEPTH: Sql = Sql::same(
            "SELECT COUNT(*) AS messages, MIN(published_at) AS oldest,
               (SELECT COUNT(*) FROM broker_messages h WHERE h.queue = $1 AND h.claim IS NOT NULL) AS held
             FROM broker_messages WHERE queue = $1",
        );
        let Some(row) = DEPTH.one(self.db.read(), vec![queue.into()]).await? else { return Ok(Depth::default()) };
        let count = |column| get::<i64>(&row, column).map(|n| n.max(0).unsigned_abs());
        let oldest: Option<i64> = get(&row, "oldest")?;
        let oldest_age = oldest.map(|at| self.now().since(Timestamp::from_millis(at)));
        Ok(Depth { messages: count("messages")?, held: count("held")?, oldest_age })
    }
}

fn read_claimed(row: &sea_orm::QueryResult) -> Result<Claimed, StoreError> {
    let deliveries: i64 = get(row, "deliveries")?;
    let body: String = get(row, "body")?;
    Ok(Claimed {
        id: get(row, "id")?,
        key: get(row, "ordering")?,
        body: body.into(),
        deliveries: u32::try_from(deliveries).unwrap_or(u32::MAX),
    })
}
