//! News on its way out: rows written in the transaction that made it true.
//!
//! The outbox is the truth of what is under way. A row stays until the distributor has copied the event to every data queue that wants
//! it; brokers only carry it there. So a broker that is lost with all it held loses nothing, a row that is gone tells that an event was
//! passed on before, and the rows of a key tell its order whichever way the events came.

mod relay;
mod rows;

pub(crate) use relay::Relay;
pub use relay::Steering;
pub(crate) use rows::{Before, Standing, bodies, earlier, remove, standing};

use crate::pressure::{Level, Pressure};
use crate::sql::{Sql, batch, get};
use base::Timestamp;
use sea_orm::DatabaseExecutor;
use sockets::broker::ordering_key;
use sockets::{Db, Envelope, Outbox, StoreError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::Notify;

/// Logs and counters, which may be shed when too much waits; they are counted, never silently dropped.
const SHEDDABLE: [&str; 6] =
    ["Visit.Log", "ChatQueue.Log", "AgentStatus.Log", "CannedMessage.UseLog", "AutoInvitation.Log", "ManualInvitation.Log"];

/// The outbox as tables. Made before the database is opened, and given to both `Db::open` and [`crate::Pipeline`].
#[derive(Clone, Default)]
pub struct TableOutbox(Arc<Inner>);

#[derive(Default)]
struct Inner {
    bell: Arc<Notify>,
    freed: Arc<Freed>,
    pressure: Pressure,
    /// The name of this installation, which tells our events from those of others on the same broker.
    origin: OnceLock<Arc<str>>,
}

/// Rows that this process passed on, for its relay to know at once; the relay of another node finds out by looking.
#[derive(Default)]
pub(crate) struct Freed {
    ids: Mutex<Vec<i64>>,
    pub bell: Notify,
}

/// Nobody here collects them when the relay runs elsewhere.
const MOST_FREED: usize = 20_000;

impl Freed {
    pub fn add(&self, ids: &[i64]) {
        let mut freed = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        if freed.len() > MOST_FREED {
            freed.clear();
        }
        freed.extend_from_slice(ids);
        drop(freed);
        self.bell.notify_one();
    }

    pub fn take(&self) -> Vec<i64> {
        std::mem::take(&mut self.ids.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TableOutbox {
    pub fn new() -> Self {
        Self::default()
    }

    /// How much waits everywhere, as the pipeline sees it.
    pub fn pressure(&self) -> Pressure {
        self.0.pressure.clone()
    }

    pub(crate) fn bell(&self) -> Arc<Notify> {
        self.0.bell.clone()
    }

    pub(crate) fn freed(&self) -> Arc<Freed> {
        self.0.freed.clone()
    }

    pub(crate) async fn origin<C: sea_orm::ConnectionTrait>(&self, conn: &C) -> Result<Arc<str>, StoreError> {
        if let Some(origin) = self.0.origin.get() {
            return Ok(origin.clone());
        }
        const ORIGIN: Sql = Sql::same("SELECT value FROM event_settings WHERE name = 'origin'");
        let row = ORIGIN.one(conn, vec![]).await?;
        let row = row.ok_or_else(|| StoreError::Unreadable("the installation has no name".into()))?;
        let origin: String = get(&row, "value")?;
        Ok(self.0.origin.get_or_init(|| origin.into()).clone())
    }

    fn shed(&self, news: &mut Vec<Envelope>) {
        if self.0.pressure.level() < Level::Orange {
            return;
        }
        news.retain(|envelope| {
            let keep = !SHEDDABLE.contains(&envelope.name.as_str());
            if !keep {
                metrics::counter!("events_shed_total", "event" => envelope.name.clone()).increment(1);
            }
            keep
        });
    }
}

/// Did an outbox of this installation announce it?
pub(crate) fn is_ours(producer: &str, origin: &str) -> bool {
    producer.rsplit_once('@').is_some_and(|(_, of)| of == origin)
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
    "INSERT INTO event_outbox (event, ordering, body, announced_at, site)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each($1) ORDER BY key",
    "INSERT INTO event_outbox (event, ordering, body, announced_at, site)
     SELECT e ->> 0, e ->> 1, e ->> 2, (e ->> 3)::bigint, (e ->> 4)::bigint FROM json_array_elements($1::json) WITH ORDINALITY AS r(e, n) ORDER BY n",
);

type Key = (i64, String);

#[async_trait::async_trait]
impl Outbox for TableOutbox {
    async fn write(&self, conn: DatabaseExecutor<'_>, mut news: Vec<Envelope>) -> Result<(), StoreError> {
        self.shed(&mut news);
        if news.is_empty() {
            return Ok(());
        }
        let origin = self.origin(&conn).await?;
        number(&conn, &mut news).await?;
        let row = |envelope: &mut Envelope| {
            envelope.producer = format!("{}@{origin}", envelope.producer);
            let body = serde_json::to_string(envelope).expect("an envelope is plain JSON");
            (envelope.id, ordering_key(envelope.site, &envelope.key), body, envelope.occurred_at.millis(), envelope.site)
        };
        let rows: Vec<_> = news.iter_mut().map(row).collect();
        INSERT.run(&conn, vec![batch(&rows)]).await?;
        Ok(())
    }

    fn wake(&self) {
        self.0.bell.notify_one();
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

/// How many are not passed on yet, and since when the oldest waits.
pub async fn depth(db: &Db) -> Result<(i64, Option<Timestamp>), StoreError> {
    const DEPTH: Sql = Sql::same(
        "SELECT (SELECT COUNT(*) FROM event_outbox) AS waiting, (SELECT announced_at FROM event_outbox ORDER BY id LIMIT 1) AS oldest",
    );
    let Some(row) = DEPTH.one(db.read(), vec![]).await? else { return Ok((0, None)) };
    let oldest: Option<i64> = get(&row, "oldest")?;
    Ok((get(&row, "waiting")?, oldest.map(Timestamp::from_millis)))
}

/// Since when the oldest waits; cheap, however many there are.
pub async fn oldest_since(db: &Db) -> Result<Option<Timestamp>, StoreError> {
    const OLDEST: Sql = Sql::same("SELECT announced_at FROM event_outbox ORDER BY id LIMIT 1");
    let row = OLDEST.one(db.read(), vec![]).await?;
    row.map(|row| get(&row, "announced_at").map(Timestamp::from_millis)).transpose()
}

/// Forgets counters of keys that were still for long. Their rows begin again in a later epoch.
pub async fn forget_keys(db: &Db, unused_since: Timestamp) -> Result<u64, StoreError> {
    const FORGET: Sql = Sql::same("DELETE FROM event_keys WHERE used_at < $1");
    let tx = db.begin().await?;
    let forgotten = FORGET.run(&tx.conn(), vec![unused_since.millis().into()]).await?;
    tx.commit().await?;
    Ok(forgotten)
}
