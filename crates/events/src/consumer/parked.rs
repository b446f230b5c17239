//! Events that wait for another try. A failing key parks that key alone: its later events line up behind it, others go on.

use crate::dead_letters::{self, Cause, Letter};
use crate::sql::{Sql, batch, get, queue_up, texts};
use base::{EventId, SiteId, Timestamp};
use sea_orm::QueryResult;
use sockets::{Db, Envelope, StoreError, Tx};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// One event that waits.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub id: i64,
    pub claim: i64,
    pub ordering: String,
    pub event: EventId,
    pub body: String,
    /// Tries so far.
    pub attempts: u32,
    pub causes: Vec<Cause>,
    pub due_at: Timestamp,
    pub first_at: Timestamp,
}

/// An event that is to be parked.
pub(crate) struct ToPark<'a> {
    pub ordering: &'a str,
    pub event: EventId,
    pub body: &'a str,
    pub attempts: u32,
    pub causes: Vec<Cause>,
    /// None: behind the earlier ones of its key.
    pub due_at: Option<Timestamp>,
}

/// The time of an event that waits for the earlier ones of its key, so that nobody looks at it before.
const BEHIND: i64 = i64::MAX;

/// So long before their time they are claimed, so that many can begin at the same moment.
pub(super) const AHEAD: Duration = Duration::from_secs(1);

/// One consumer's parked events.
#[derive(Clone)]
pub(crate) struct Parked {
    pub db: Db,
    pub consumer: String,
    pub lease: Duration,
}

impl Parked {
    /// Which of these keys have a parked event.
    pub async fn keys(&self, among: &[&str]) -> Result<HashSet<String>, StoreError> {
        const KEYS: Sql = Sql::per_engine(
            "SELECT DISTINCT ordering FROM event_parked WHERE consumer = $1 AND ordering IN (SELECT value FROM json_each($2))",
            "SELECT DISTINCT ordering FROM event_parked WHERE consumer = $1 AND ordering IN (SELECT value FROM json_array_elements_text($2::json) AS r(value))",
        );
        let rows = KEYS.all(self.db.read(), vec![self.consumer.as_str().into(), batch(among)]).await?;
        rows.iter().map(|row| get(row, "ordering")).collect()
    }

    pub async fn park(&self, event: ToPark<'_>) -> Result<(), StoreError> {
        const BEFORE: Sql = Sql::same("SELECT 1 AS one FROM event_parked WHERE consumer = $1 AND ordering = $2 LIMIT 1");
        const PARK: Sql = Sql::same(
            "INSERT INTO event_parked (consumer, ordering, event, body, attempts, causes, due_at, first_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        );
        let tx = self.db.begin().await?;
        let due_at = match event.due_at {
            Some(at) => at.millis(),
            None => {
                // The one before it may be taken away just now: then nobody would tell that its turn has come.
                self.queue_up(&tx).await?;
                let before = BEFORE.one(&tx.conn(), vec![self.consumer.as_str().into(), event.ordering.into()]).await?;
                before.map_or(tx.now().millis(), |_| BEHIND)
            }
        };
        let values = vec![
            self.consumer.as_str().into(),
            event.ordering.into(),
            event.event.to_string().into(),
            event.body.into(),
            i64::from(event.attempts).into(),
            serde_json::to_string(&event.causes).expect("causes are plain JSON").into(),
            due_at.into(),
            tx.now().millis().into(),
        ];
        PARK.run(&tx.conn(), values).await?;
        tx.commit().await
    }

    async fn queue_up(&self, tx: &Tx) -> Result<(), StoreError> {
        queue_up(&tx.conn(), &format!("parked {}", self.consumer)).await
    }

    /// The time of those that are the first of these keys now has come. Tells how many there are.
    async fn wake(&self, tx: &Tx, keys: &[String]) -> Result<u64, StoreError> {
        const WAKE: Sql = Sql::per_engine(
            "UPDATE event_parked SET due_at = $3 WHERE due_at = $4 AND id IN
               (SELECT MIN(e.id) FROM event_parked e WHERE e.consumer = $1 AND e.ordering IN (SELECT value FROM json_each($2)) GROUP BY e.ordering)",
            "UPDATE event_parked SET due_at = $3 WHERE due_at = $4 AND id IN
               (SELECT MIN(e.id) FROM event_parked e WHERE e.consumer = $1
                  AND e.ordering = ANY (ARRAY(SELECT json_array_elements_text($2::json))) GROUP BY e.ordering)",
        );
        WAKE.run(&tx.conn(), vec![self.consumer.as_str().into(), batch(keys), tx.now().millis().into(), BEHIND.into()]).await
    }

    /// The first event of each key whose time comes within `ahead`, and which nobody works on.
    pub async fn claim(&self, claim: i64, ahead: Duration, most: usize) -> Result<Vec<Waiting>, StoreError> {
        const DUE: Sql = Sql::same(
            "SELECT p.id FROM event_parked p WHERE p.consumer = $1 AND p.due_at <= $2
               AND (p.claim IS NULL OR p.leased_until < $3 OR p.leased_until > $4)
               AND NOT EXISTS (SELECT 1 FROM event_parked e WHERE e.consumer = $1 AND e.ordering = p.ordering AND e.id < p.id)
             ORDER BY p.due_at LIMIT $5",
        );
        const CLAIM: Sql = Sql::per_engine(
            "UPDATE event_parked SET claim = $1, leased_until = $2 WHERE id IN (SELECT value FROM json_each($3))
             RETURNING id, ordering, event, body, attempts, causes, due_at, first_at",
            "UPDATE event_parked SET claim = $1, leased_until = $2 WHERE id IN (SELECT value::bigint FROM json_array_elements_text($3::json))
             RETURNING id, ordering, event, body, attempts, causes, due_at, first_at",
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let due = |now: Timestamp| {
            let (soon, far) = (now.plus(ahead).millis(), now.plus(self.lease * 2).millis());
            vec![self.consumer.as_str().into(), soon.into(), now.millis().into(), far.into(), most.into()]
        };
        if DUE.one(self.db.read(), due(self.db.clock().now())).await?.is_none() {
            return Ok(Vec::new());
        }
        let tx = self.db.begin().await?;
        self.queue_up(&tx).await?;
        let now = tx.now();
        let rows = DUE.all(&tx.conn(), due(now)).await?;
        let ids = rows.iter().map(|row| get::<i64>(row, "id")).collect::<Result<Vec<_>, _>>()?;
        let rows = CLAIM.all(&tx.conn(), vec![claim.into(), now.plus(self.lease).millis().into(), batch(&ids)]).await?;
        tx.commit().await?;
        rows.iter().map(|row| read(row, claim)).collect()
    }

    pub async fn renew(&self, claims: impl Iterator<Item = i64>) -> Result<(), StoreError> {
        const RENEW: Sql = Sql::per_engine(
            "UPDATE event_parked SET leased_until = $2 WHERE claim IN (SELECT CAST(value AS INTEGER) FROM json_each($1))",
            "UPDATE event_parked SET leased_until = $2 WHERE claim = ANY (ARRAY(SELECT value::bigint FROM json_array_elements_text($1::json) AS r(value)))",
        );
        let tx = self.db.begin().await?;
        RENEW.run(&tx.conn(), vec![texts(claims), tx.now().plus(self.lease).millis().into()]).await?;
        tx.commit().await
    }

    /// Those that were claimed and did not begin.
    pub async fn give_back(&self, events: &[Waiting]) -> Result<(), StoreError> {
        const GIVE_BACK: Sql = Sql::per_engine(
            "UPDATE event_parked SET claim = NULL WHERE id IN (SELECT value FROM json_each($1)) AND claim IN (SELECT CAST(value AS INTEGER) FROM json_each($2))",
            "UPDATE event_parked SET claim = NULL WHERE id = ANY (ARRAY(SELECT value::bigint FROM json_array_elements_text($1::json) AS r(value)))
               AND claim IN (SELECT value::bigint FROM json_array_elements_text($2::json) AS s(value))",
        );
        let tx = self.db.begin().await?;
        GIVE_BACK.run(&tx.conn(), ids_and_claims(events)).await?;
        tx.commit().await
    }

    /// In one commit: the handled ones are noted in the inbox and taken away, the others wait for their next try; but not those that
    /// somebody else has the claim of by now. Tells how many may go next.
    pub async fn settle(&self, done: &[Waiting], again: &[(Waiting, Timestamp)]) -> Result<u64, StoreError> {
        let tx = self.db.begin().await?;
        self.queue_up(&tx).await?;
        if !again.is_empty() {
            self.again(&tx, again).await?;
        }
        let woken = if done.is_empty() { 0 } else { self.done(&tx, done).await? };
        tx.commit().await?;
        Ok(woken)
    }

    async fn done(&self, tx: &Tx, events: &[Waiting]) -> Result<u64, StoreError> {
        const DONE: Sql = Sql::per_engine(
            "DELETE FROM event_parked WHERE id IN (SELECT value FROM json_each($1)) AND claim IN (SELECT CAST(value AS INTEGER) FROM json_each($2))
             RETURNING event, ordering",
            "DELETE FROM event_parked WHERE id = ANY (ARRAY(SELECT value::bigint FROM json_array_elements_text($1::json) AS r(value)))
               AND claim IN (SELECT value::bigint FROM json_array_elements_text($2::json) AS s(value)) RETURNING event, ordering",
        );
        let rows = DONE.all(&tx.conn(), ids_and_claims(events)).await?;
        let ours: Vec<EventId> = rows.iter().filter_map(|row| get::<String>(row, "event").ok()?.parse().ok()).collect();
        super::Inbox::note(tx, &self.consumer, &ours).await?;
        let keys = rows.iter().map(|row| get::<String>(row, "ordering")).collect::<Result<Vec<_>, _>>()?;
        self.wake(tx, &keys).await
    }

    async fn again(&self, tx: &Tx, events: &[(Waiting, Timestamp)]) -> Result<(), StoreError> {
        const AGAIN: Sql = Sql::per_engine(
            "UPDATE event_parked SET claim = NULL, attempts = attempts + 1, causes = v.why, due_at = v.due FROM
               (SELECT value ->> 0 AS id, CAST(value ->> 1 AS INTEGER) AS holder, value ->> 2 AS why, value ->> 3 AS due FROM json_each($1)) v
             WHERE event_parked.id = v.id AND event_parked.claim = v.holder",
            "UPDATE event_parked SET claim = NULL, attempts = attempts + 1, causes = v.why, due_at = v.due FROM
               (SELECT (e ->> 0)::bigint AS id, (e ->> 1)::bigint AS holder, e ->> 2 AS why, (e ->> 3)::bigint AS due
                  FROM json_array_elements($1::json) AS r(e)) v
             WHERE event_parked.id = v.id AND event_parked.claim = v.holder",
        );
        let row = |(event, due_at): &(Waiting, Timestamp)| {
            let causes = serde_json::to_string(&event.causes).expect("causes are plain JSON");
            (event.id, event.claim.to_string(), causes, due_at.millis())
        };
        let rows: Vec<_> = events.iter().map(row).collect();
        AGAIN.run(&tx.conn(), vec![batch(&rows)]).await?;
        Ok(())
    }

    /// To the dead letters; the key's next event may go on.
    pub async fn bury(&self, event: Waiting, envelope: Option<&Envelope>) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        self.queue_up(&tx).await?;
        if remove(&tx, &event).await? {
            let key = event.ordering.clone();
            let letter = Letter {
                site: envelope.map_or(SiteId(0), |envelope| envelope.site),
                consumer: self.consumer.clone(),
                name: envelope.map_or_else(|| "unreadable".into(), |envelope| envelope.name.clone()),
                event: event.event,
                ordering: event.ordering,
                body: event.body,
                attempts: event.attempts + 1,
                causes: event.causes,
                first_at: Some(event.first_at),
            };
            dead_letters::bury(&tx, letter).await?;
            self.wake(&tx, &[key]).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Looks whether parked events have come due, for all consumers of this process at once.
pub(crate) struct ParkedWatch {
    pub db: Db,
    /// Each consumer's name, and what wakes it.
    pub bells: Vec<(String, Arc<Notify>)>,
}

impl ParkedWatch {
    pub async fn run(self, idle: Duration, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.due().await {
                Ok(due) => self.bells.iter().filter(|(consumer, _)| due.contains(consumer)).for_each(|(_, bell)| bell.notify_one()),
                Err(err) => tracing::warn!(error = ?err, "it cannot be seen which parked events are due"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(idle) => {}
            }
        }
    }

    async fn due(&self) -> Result<HashSet<String>, StoreError> {
        const DUE: Sql = Sql::per_engine(
            "SELECT c.value AS consumer FROM json_each($1) c WHERE EXISTS (SELECT 1 FROM event_parked p WHERE p.consumer = c.value AND p.due_at <= $2)",
            "SELECT c.value AS consumer FROM json_array_elements_text($1::json) AS c(value)
             WHERE EXISTS (SELECT 1 FROM event_parked p WHERE p.consumer = c.value AND p.due_at <= $2)",
        );
        let consumers: Vec<&str> = self.bells.iter().map(|(consumer, _)| consumer.as_str()).collect();
        let soon = self.db.clock().now().plus(AHEAD);
        let rows = DUE.all(self.db.read(), vec![batch(&consumers), soon.millis().into()]).await?;
        rows.iter().map(|row| get(row, "consumer")).collect()
    }
}

/// When the next parked event of a consumer is due.
pub(crate) async fn next_due(db: &Db, consumer: &str) -> Result<Option<Timestamp>, StoreError> {
    const NEXT: Sql = Sql::same("SELECT MIN(due_at) AS due FROM event_parked WHERE consumer = $1");
    let row = NEXT.one(db.read(), vec![consumer.into()]).await?;
    let due: Option<i64> = row.map_or(Ok(None), |row| get(&row, "due"))?;
    Ok(due.map(Timestamp::from_millis))
}

fn ids_and_claims(events: &[Waiting]) -> Vec<sea_orm::Value> {
    let ids: Vec<i64> = events.iter().map(|event| event.id).collect();
    vec![batch(&ids), texts(events.iter().map(|event| event.claim))]
}

async fn remove(tx: &Tx, event: &Waiting) -> Result<bool, StoreError> {
    const REMOVE: Sql = Sql::same("DELETE FROM event_parked WHERE id = $1 AND claim = $2");
    Ok(REMOVE.run(&tx.conn(), vec![event.id.into(), event.claim.into()]).await? == 1)
}

fn read(row: &QueryResult, claim: i64) -> Result<Waiting, StoreError> {
    let (event, causes): (String, String) = (get(row, "event")?, get(row, "causes")?);
    let attempts: i64 = get(row, "attempts")?;
    Ok(Waiting {
        id: get(row, "id")?,
        claim,
        ordering: get(row, "ordering")?,
        event: event.parse().map_err(|_| StoreError::Unreadable("the event id of a parked event".into()))?,
        body: get(row, "body")?,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        causes: serde_json::from_str(&causes).map_err(|_| StoreError::Unreadable("the causes of a parked event".into()))?,
        due_at: Timestamp::from_millis(get(row, "due_at")?),
        first_at: Timestamp::from_millis(get(row, "first_at")?),
    })
}
