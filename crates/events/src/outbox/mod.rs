//! News on its way out: rows written in the transaction that made it true, relayed to the event broker, removed when confirmed.

mod relay;

pub(crate) use relay::Relay;

use crate::sql::{Sql, batch, get};
use base::Timestamp;
use sea_orm::DatabaseExecutor;
use sockets::broker::ordering_key;
use sockets::{Db, Envelope, Outbox, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Notify;

/// The outbox as tables. Made before the database is opened, and given to both `Db::open` and [`crate::Pipeline`].
#[derive(Clone, Default)]
pub struct TableOutbox {
    bell: Arc<Notify>,
}

impl TableOutbox {
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn bell(&self) -> Arc<Notify> {
        self.bell.clone()
    }
}

// Rows are taken in the order of their keys, so that two transactions never wait for each other crosswise.
const COUNT_KEYS: Sql = Sql::per_engine(
    "INSERT INTO event_keys (site, name, epoch, seq, used_at)
     SELECT value ->> 0, value ->> 1, $2, value ->> 2, $2 FROM json_each($1) WHERE true ORDER BY key
     ON CONFLICT (site, name) DO UPDATE SET seq = event_keys.seq + excluded.seq, used_at = excluded.used_at
     RETURNING site, name, epoch, seq",
    "INSERT INTO event_keys (site, name, epoch, seq, used_at)
     SELECT (e ->> 0)::bigint, e ->> 1, $2, (e ->> 2)::bigint, $2 FROM json_array_elements($1::json) WITH ORDINALITY AS r(e, n) ORDER BY n
     ON CONFLICT (site, name) DO UPDATE SET seq = event_keys.seq + excluded.seq, used_at = excluded.used_at
     RETURNING site, name, epoch, seq",
);

const INSERT: Sql = Sql::per_engine(
    "INSERT INTO event_outbox (event, ordering, body, announced_at)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each($1) ORDER BY key",
    "INSERT INTO event_outbox (event, ordering, body, announced_at)
     SELECT e ->> 0, e ->> 1, e ->> 2, (e ->> 3)::bigint FROM json_array_elements($1::json) WITH ORDINALITY AS r(e, n) ORDER BY n",
);

type Key = (i64, String);

#[async_trait::async_trait]
impl Outbox for TableOutbox {
    async fn write(&self, conn: DatabaseExecutor<'_>, mut news: Vec<Envelope>) -> Result<(), StoreError> {
        number(&conn, &mut news).await?;
        let row = |envelope: &Envelope| {
            let body = serde_json::to_string(envelope).expect("an envelope is plain JSON");
            (envelope.id, ordering_key(envelope), body, envelope.occurred_at.millis())
        };
        let rows: Vec<_> = news.iter().map(row).collect();
        INSERT.run(&conn, vec![batch(&rows)]).await?;
        Ok(())
    }

    fn wake(&self) {
        self.bell.notify_one();
    }
}

/// Gives each event its number in its key, gap-free: the counter rolls back with the transaction.
async fn number(conn: &DatabaseExecutor<'_>, news: &mut [Envelope]) -> Result<(), StoreError> {
    let Some(now) = news.iter().map(|envelope| envelope.occurred_at.millis()).max() else { return Ok(()) };
    let mut counts: BTreeMap<Key, i64> = BTreeMap::new();
    for envelope in news.iter() {
        *counts.entry((envelope.site.0, envelope.key.clone())).or_default() += 1;
    }
    let rows: Vec<_> = counts.iter().map(|((site, name), count)| (*site, name, *count)).collect();
    let mut next: BTreeMap<Key, (i64, i64)> = BTreeMap::new();
    for row in COUNT_KEYS.all(conn, vec![batch(&rows), now.into()]).await? {
        let key: Key = (get(&row, "site")?, get(&row, "name")?);
        let (epoch, last): (i64, i64) = (get(&row, "epoch")?, get(&row, "seq")?);
        let count = counts.get(&key).copied().unwrap_or_default();
        next.insert(key, (epoch, last - count));
    }
    for envelope in news {
        let Some((epoch, last)) = next.get_mut(&(envelope.site.0, envelope.key.clone())) else {
            return Err(StoreError::Unreadable(format!("the key {:?} got no number", envelope.key)));
        };
        *last += 1;
        (envelope.key_epoch, envelope.key_seq) = (*epoch, *last);
    }
    Ok(())
}

/// A row as the relay reads it.
pub(crate) struct Waiting {
    pub id: i64,
    pub event: String,
    pub ordering: String,
    pub body: String,
}

pub(crate) async fn oldest(db: &Db, most: i64) -> Result<Vec<Waiting>, StoreError> {
    const OLDEST: Sql = Sql::same("SELECT id, event, ordering, body FROM event_outbox ORDER BY id LIMIT $1");
    let rows = OLDEST.all(db.read(), vec![most.into()]).await?;
    let read = |row: &sea_orm::QueryResult| {
        Ok(Waiting { id: get(row, "id")?, event: get(row, "event")?, ordering: get(row, "ordering")?, body: get(row, "body")? })
    };
    rows.iter().map(read).collect()
}

pub(crate) async fn remove(db: &Db, ids: &[i64]) -> Result<(), StoreError> {
    const REMOVE: Sql = Sql::per_engine(
        "DELETE FROM event_outbox WHERE id IN (SELECT value FROM json_each($1))",
        "DELETE FROM event_outbox WHERE id IN (SELECT value::bigint FROM json_array_elements_text($1::json))",
    );
    let tx = db.begin().await?;
    REMOVE.run(&tx.conn(), vec![batch(ids)]).await?;
    tx.commit().await
}

/// How many wait, and since when the oldest does.
pub async fn depth(db: &Db) -> Result<(i64, Option<Timestamp>), StoreError> {
    const DEPTH: Sql = Sql::same("SELECT COUNT(*) AS waiting, MIN(announced_at) AS oldest FROM event_outbox");
    let Some(row) = DEPTH.one(db.read(), vec![]).await? else { return Ok((0, None)) };
    let oldest: Option<i64> = get(&row, "oldest")?;
    Ok((get(&row, "waiting")?, oldest.map(Timestamp::from_millis)))
}

/// Forgets counters of keys that were still for long. Their rows begin again in a later epoch.
pub async fn forget_keys(db: &Db, unused_since: Timestamp) -> Result<u64, StoreError> {
    const FORGET: Sql = Sql::same("DELETE FROM event_keys WHERE used_at < $1");
    let tx = db.begin().await?;
    let forgotten = FORGET.run(&tx.conn(), vec![unused_since.millis().into()]).await?;
    tx.commit().await?;
    Ok(forgotten)
}
