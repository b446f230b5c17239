//! Copies that a data queue cannot take now: it is full, or takes nothing while others do. They wait in a table instead of in memory
//! or in the broker, which so stays short, and are fed to the queue later, the sites by turns.
//!
//! While anything of a queue is kept here, everything new for that queue joins it: so the order of each key holds.

use crate::fill::Fills;
use crate::lease::Leases;
use crate::pipeline::Pace;
use crate::queues::Tally;
use crate::sql::{Sql, batch, get};
use base::{EventId, SiteId, Timestamp};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::join_all;
use sockets::broker::{Broker, BrokerError, Outgoing, PublishError};
use sockets::{Db, StoreError, Tx};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const LEASE: &str = "feeder";
/// Queues fed at the same time.
const ABREAST: usize = 16;

#[derive(Clone)]
pub(crate) struct Held {
    pub db: Db,
    pub data: Arc<dyn Broker>,
    pub fills: Fills,
    patience: Duration,
}

/// What may wait for a queue at most.
#[derive(Clone, Copy)]
pub(crate) struct Most {
    pub copies: i64,
    pub longest: Duration,
}

impl Default for Most {
    fn default() -> Self {
        Self { copies: 500_000, longest: Duration::from_secs(14 * 24 * 3600) }
    }
}

/// A copy to keep.
pub(crate) struct ToHold {
    pub site: SiteId,
    pub message: Outgoing,
}

struct Kept {
    id: i64,
    message: Outgoing,
}

impl Held {
    pub fn new(db: Db, data: Arc<dyn Broker>, pace: &Pace) -> Self {
        Self { db, fills: Fills::new(data.clone(), pace), data, patience: pace.steering.confirm }
    }

    /// Queues that take no new copies directly: they are full, or something waits here already.
    pub async fn full_queues(&self, among: &HashSet<Arc<str>>) -> Result<HashSet<Arc<str>>, StoreError> {
        const KEPT: Sql = Sql::per_engine(
            "SELECT q.value AS queue FROM json_each($1) q WHERE EXISTS (SELECT 1 FROM event_held h WHERE h.queue = q.value)",
            "SELECT q.value AS queue FROM json_array_elements_text($1::json) AS q(value) WHERE EXISTS (SELECT 1 FROM event_held h WHERE h.queue = q.value)",
        );
        if among.is_empty() {
            return Ok(HashSet::new());
        }
        let names: Vec<&str> = among.iter().map(|queue| &**queue).collect();
        let rows = KEPT.all(self.db.read(), vec![batch(&names)]).await?;
        let mut full: HashSet<Arc<str>> = rows.iter().map(|row| get::<String>(row, "queue").map(Arc::from)).collect::<Result<_, _>>()?;
        let open: Vec<&Arc<str>> = among.iter().filter(|queue| !full.contains(*queue)).collect();
        let told = join_all(open.iter().map(|queue| self.fills.is_full(queue))).await;
        full.extend(open.into_iter().zip(told).filter(|(_, full)| *full).map(|(queue, _)| queue.clone()));
        Ok(full)
    }

    pub async fn keep(&self, tx: &Tx, copies: &[ToHold]) -> Result<(), StoreError> {
        const KEEP: Sql = Sql::per_engine(
            "INSERT INTO event_held (queue, site, ordering, event, body, held_at)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, $2 FROM json_each($1) ORDER BY key",
            "INSERT INTO event_held (queue, site, ordering, event, body, held_at)
             SELECT e ->> 0, (e ->> 1)::bigint, e ->> 2, e ->> 3, e ->> 4, $2 FROM json_array_elements($1::json) WITH ORDINALITY AS r(e, n) ORDER BY n",
        );
        if copies.is_empty() {
            return Ok(());
        }
        let row = |copy: &ToHold| {
            let body = String::from_utf8_lossy(&copy.message.body).into_owned();
            (copy.message.queue.to_string(), copy.site, copy.message.key.to_string(), copy.message.id, body)
        };
        let rows: Vec<_> = copies.iter().map(row).collect();
        metrics::counter!("events_held_total").increment(rows.len() as u64);
        KEEP.run(&tx.conn(), vec![batch(&rows), tx.now().millis().into()]).await?;
        Ok(())
    }

    /// Since when the oldest copy waits.
    pub async fn oldest(&self) -> Result<Option<Timestamp>, StoreError> {
        const OLDEST: Sql = Sql::same("SELECT held_at FROM event_held ORDER BY id LIMIT 1");
        let row = OLDEST.one(self.db.read(), vec![]).await?;
        row.map(|row| get(&row, "held_at").map(Timestamp::from_millis)).transpose()
    }

    /// Since when the oldest copy for a queue waits.
    pub async fn oldest_of(&self, queue: &str) -> Result<Option<Timestamp>, StoreError> {
        const OLDEST: Sql = Sql::same(
            "WITH RECURSIVE sites (site) AS (
               SELECT MIN(site) FROM event_held WHERE queue = $1
               UNION ALL SELECT (SELECT MIN(h.site) FROM event_held h WHERE h.queue = $1 AND h.site > sites.site) FROM sites WHERE sites.site IS NOT NULL)
             SELECT held_at FROM event_held WHERE id =
               (SELECT MIN((SELECT MIN(h.id) FROM event_held h WHERE h.queue = $1 AND h.site = sites.site)) FROM sites WHERE site IS NOT NULL)",
        );
        let row = OLDEST.one(self.db.read(), vec![queue.into()]).await?;
        row.map(|row| get(&row, "held_at").map(Timestamp::from_millis)).transpose()
    }

    /// Whether so many wait for a queue; it is not counted further.
    pub async fn has(&self, queue: &str, count: i64) -> Result<bool, StoreError> {
        const HAS: Sql = Sql::same("SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM event_held WHERE queue = $1 LIMIT $2) AS part");
        let row = HAS.one(self.db.read(), vec![queue.into(), count.into()]).await?;
        Ok(row.map_or(Ok(0), |row| get::<i64>(&row, "n"))? >= count)
    }

    /// Whether anything waits for this queue, or for any.
    pub async fn waits(db: &Db, queue: Option<&str>) -> Result<bool, StoreError> {
        const OF_QUEUE: Sql = Sql::same("SELECT 1 AS one FROM event_held WHERE queue = $1 LIMIT 1");
        const ANY: Sql = Sql::same("SELECT 1 AS one FROM event_held LIMIT 1");
        let row = match queue {
            Some(queue) => OF_QUEUE.one(db.read(), vec![queue.into()]).await?,
            None => ANY.one(db.read(), vec![]).await?,
        };
        Ok(row.is_some())
    }

    /// How many wait, by queue.
    pub async fn counts(db: &Db) -> Result<HashMap<String, i64>, StoreError> {
        const COUNTS: Sql = Sql::same("SELECT queue, COUNT(*) AS n FROM event_held GROUP BY queue");
        let rows = COUNTS.all(db.read(), vec![]).await?;
        rows.iter().map(|row| Ok((get(row, "queue")?, get(row, "n")?))).collect()
    }

    /// Those for which anything waits.
    pub async fn queues(&self) -> Result<Vec<Arc<str>>, StoreError> {
        // By leaps through the index: a long line of one queue costs nothing.
        const QUEUES: Sql = Sql::same(
            "WITH RECURSIVE queues (queue) AS (
               SELECT MIN(queue) FROM event_held
               UNION ALL SELECT (SELECT MIN(h.queue) FROM event_held h WHERE h.queue > queues.queue) FROM queues WHERE queues.queue IS NOT NULL)
             SELECT queue FROM queues WHERE queue IS NOT NULL",
        );
        let rows = QUEUES.all(self.db.read(), vec![]).await?;
        rows.iter().map(|row| get::<String>(row, "queue").map(Arc::from)).collect()
    }

    /// The oldest of each site of a queue.
    async fn next(&self, queue: &Arc<str>, most: i64) -> Result<Vec<Kept>, StoreError> {
        const SITES: Sql = Sql::same(
            "WITH RECURSIVE sites (site) AS (
               SELECT MIN(site) FROM event_held WHERE queue = $1
               UNION ALL SELECT (SELECT MIN(h.site) FROM event_held h WHERE h.queue = $1 AND h.site > sites.site) FROM sites WHERE sites.site IS NOT NULL)
             SELECT site FROM sites WHERE site IS NOT NULL",
        );
        const NEXT: Sql = Sql::same("SELECT id, ordering, event, body FROM event_held WHERE queue = $1 AND site = $2 ORDER BY id LIMIT $3");
        let sites = SITES.all(self.db.read(), vec![queue.as_ref().into()]).await?;
        let of_each = (most / i64::try_from(sites.len().max(1)).unwrap_or(most)).max(1);
        let mut next = Vec::new();
        for site in &sites {
            let site: i64 = get(site, "site")?;
            for row in NEXT.all(self.db.read(), vec![queue.as_ref().into(), site.into(), of_each.into()]).await? {
                let (ordering, event, body): (String, String, String) = (get(&row, "ordering")?, get(&row, "event")?, get(&row, "body")?);
                let id = event.parse().unwrap_or(EventId(uuid::Uuid::nil()));
                let message = Outgoing { queue: queue.clone(), id, key: ordering.into(), body: Bytes::from(body) };
                next.push(Kept { id: get(&row, "id")?, message });
            }
            if next.len() as i64 >= most {
                break;
            }
        }
        Ok(next)
    }

    async fn remove(&self, ids: &[i64]) -> Result<(), StoreError> {
        const REMOVE: Sql = Sql::per_engine(
            "DELETE FROM event_held WHERE id IN (SELECT value FROM json_each($1))",
            "DELETE FROM event_held WHERE id = ANY (ARRAY(SELECT value::bigint FROM json_array_elements_text($1::json) AS r(value)))",
        );
        let tx = self.db.begin().await?;
        REMOVE.run(&tx.conn(), vec![batch(ids)]).await?;
        tx.commit().await
    }

    /// Feeds what is kept to its queues as room comes, on one node at a time.
    pub async fn feed(self, leases: Leases, tally: Tally, idle: Duration, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let more = match leases.hold(LEASE).await {
                Ok(Some(_)) => self.feed_round(&tally).await,
                Ok(None) => Ok(false),
                Err(err) => Err(err),
            };
            let more = more.unwrap_or_else(|err| {
                tracing::warn!(error = ?err, "kept copies cannot be read or removed");
                false
            });
            if more {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(idle) => {}
            }
        }
        leases.let_go(LEASE).await;
    }

    /// Each queue by itself, so that a silent one costs the others nothing. True when more can be fed at once.
    async fn feed_round(&self, tally: &Tally) -> Result<bool, StoreError> {
        let queues = futures_util::stream::iter(self.queues().await?);
        let fed = queues.map(|queue| async move { self.feed_queue(&queue, tally).await }).buffer_unordered(ABREAST);
        let mut more = false;
        for fed in fed.collect::<Vec<_>>().await {
            more |= fed?;
        }
        Ok(more)
    }

    /// As long as it takes everything, but not much longer than a silent queue beside it needs.
    async fn feed_queue(&self, queue: &Arc<str>, tally: &Tally) -> Result<bool, StoreError> {
        let began = Instant::now();
        while self.feed_some(queue, tally).await? {
            if began.elapsed() >= self.patience {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// True when everything that was given was taken, and there may be more.
    async fn feed_some(&self, queue: &Arc<str>, tally: &Tally) -> Result<bool, StoreError> {
        let depth = match self.fills.ask(queue).await {
            Ok(depth) => depth,
            Err(err) => {
                if matches!(err, BrokerError::NoQueue(_)) {
                    self.declare(queue).await;
                }
                return Ok(false);
            }
        };
        let room = self.fills.deep.saturating_sub(depth);
        if room < (self.fills.deep / 4).max(1) {
            return Ok(false);
        }
        let kept = self.next(queue, i64::try_from(room.min(1_000)).unwrap_or(1_000)).await?;
        let batch: Vec<Outgoing> = kept.iter().map(|kept| kept.message.clone()).collect();
        let told = tokio::time::timeout(self.patience, self.data.publish(batch)).await.unwrap_or_default();
        let done = confirmed(&kept, &told);
        if !done.is_empty() {
            self.remove(&done).await?;
            self.fills.published(queue, done.len() as u64);
            tally.came(queue, done.len() as u64);
        }
        if told.iter().any(|one| matches!(one, Err(PublishError::Rejected(_) | PublishError::Fatal(_)))) {
            self.declare(queue).await;
        }
        Ok(!kept.is_empty() && done.len() == kept.len())
    }

    /// Perhaps it went away; the next round tells.
    async fn declare(&self, queue: &str) {
        let declared = tokio::time::timeout(self.patience, self.data.declare(queue)).await;
        if let Ok(Err(err)) = declared {
            tracing::warn!(queue, error = %err, "a queue for which copies wait cannot be declared");
        }
    }
}

/// Confirmed, and no earlier one of the same key stays behind. A broker that said nothing confirmed nothing.
fn confirmed(kept: &[Kept], told: &[Result<sockets::broker::Receipt, PublishError>]) -> Vec<i64> {
    let mut stuck: HashSet<&str> = HashSet::new();
    let mut done = Vec::new();
    for (place, one) in kept.iter().enumerate() {
        match told.get(place) {
            Some(Ok(_)) if !stuck.contains(&*one.message.key) => done.push(one.id),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => {
                stuck.insert(&one.message.key);
            }
        }
    }
    done
}
