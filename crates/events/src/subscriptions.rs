//! Which queue hears of which events. Rows in the database; every distributor keeps a snapshot and swaps it when the version rises.

use crate::sql::{Sql, get};
use base::{SiteId, SubscriptionId};
use sea_orm::{QueryResult, TransactionTrait};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sockets::broker::ordering_key;
use sockets::{Db, Envelope, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A field of the payload must have one of these values, for every field named.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Filter(pub BTreeMap<String, Vec<Value>>);

impl Filter {
    pub fn lets(&self, payload: &Value) -> bool {
        self.0.iter().all(|(field, allowed)| payload.get(field).is_some_and(|value| allowed.contains(value)))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    pub id: SubscriptionId,
    /// A name (`Chat.Ended`), all of a family (`Chat.*`), or all (`*`).
    pub pattern: String,
    pub queue: Arc<str>,
    /// Of this site alone.
    pub site: Option<SiteId>,
    pub filter: Option<Filter>,
}

impl Subscription {
    fn wants(&self, envelope: &Envelope) -> bool {
        matches(&self.pattern, &envelope.name)
            && self.site.is_none_or(|site| site == envelope.site)
            && self.filter.as_ref().is_none_or(|filter| filter.lets(&envelope.payload))
    }
}

pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(front) => name.starts_with(front),
        None => pattern == name,
    }
}

/// All active subscriptions at one version.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub version: i64,
    pub subscriptions: Vec<Subscription>,
}

impl Snapshot {
    /// Every queue once, however many subscriptions lead to it.
    pub fn queues_of(&self, envelope: &Envelope) -> Vec<Arc<str>> {
        let mut queues: Vec<Arc<str>> =
            self.subscriptions.iter().filter(|subscription| subscription.wants(envelope)).map(|one| one.queue.clone()).collect();
        queues.sort_unstable();
        queues.dedup();
        tracing::trace!(event = %envelope.id, key = ordering_key(envelope), ?queues, "distributed");
        queues
    }
}

/// The table of subscriptions.
#[derive(Clone)]
pub struct Subscriptions {
    db: Db,
}

impl Subscriptions {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// What the code subscribes to by itself; changes nothing when it is there.
    pub async fn declare(&self, defaults: &[(String, String)]) -> Result<(), StoreError> {
        const DECLARE: Sql = Sql::same(
            "INSERT INTO event_subscriptions (pattern, queue, state, origin, updated_at) VALUES ($1, $2, 'active', 'code', $3)
             ON CONFLICT (pattern, queue) WHERE origin = 'code' DO NOTHING",
        );
        let tx = self.db.begin().await?;
        let mut added = 0;
        for (pattern, queue) in defaults {
            added += DECLARE.run(&tx.conn(), vec![pattern.as_str().into(), queue.as_str().into(), tx.now().millis().into()]).await?;
        }
        if added > 0 {
            bump(&tx).await?;
        }
        tx.commit().await
    }

    /// The queue must have been declared on the data broker before.
    pub async fn add(&self, pattern: &str, queue: &str, site: Option<SiteId>, filter: Option<&Filter>) -> Result<SubscriptionId, StoreError> {
        const ADD: Sql = Sql::same(
            "INSERT INTO event_subscriptions (pattern, queue, site, filter, state, origin, updated_at)
             VALUES ($1, $2, $3, $4, 'active', 'person', $5) RETURNING id",
        );
        let filter = filter.map(|filter| serde_json::to_string(filter).expect("a filter is plain JSON"));
        let tx = self.db.begin().await?;
        let values = vec![pattern.into(), queue.into(), site.map(|site| site.0).into(), filter.into(), tx.now().millis().into()];
        let row = ADD.one(&tx.conn(), values).await?;
        bump(&tx).await?;
        tx.commit().await?;
        let row = row.ok_or_else(|| StoreError::Unreadable("the new subscription has no number".into()))?;
        get(&row, "id").map(SubscriptionId)
    }

    pub async fn remove(&self, id: SubscriptionId) -> Result<bool, StoreError> {
        const REMOVE: Sql = Sql::same("DELETE FROM event_subscriptions WHERE id = $1");
        let tx = self.db.begin().await?;
        let removed = REMOVE.run(&tx.conn(), vec![id.0.into()]).await? > 0;
        if removed {
            bump(&tx).await?;
        }
        tx.commit().await?;
        Ok(removed)
    }

    pub async fn version(&self) -> Result<i64, StoreError> {
        version(self.db.read()).await
    }

    /// Version and rows of one moment.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        const ACTIVE: Sql = Sql::same("SELECT id, pattern, queue, site, filter FROM event_subscriptions WHERE state = 'active' ORDER BY id");
        let options = sea_orm::TransactionOptions { isolation_level: self.isolation(), ..Default::default() };
        let moment = self.db.read().begin_with_options(options).await?;
        let version = version(&moment).await?;
        let rows = ACTIVE.all(&moment, vec![]).await?;
        moment.commit().await?;
        Ok(Snapshot { version, subscriptions: rows.iter().map(read).collect::<Result<_, _>>()? })
    }

    /// SQLite's transactions see one moment anyway.
    fn isolation(&self) -> Option<sea_orm::IsolationLevel> {
        (self.db.engine() == sockets::Engine::Postgres).then_some(sea_orm::IsolationLevel::RepeatableRead)
    }
}

async fn bump(tx: &sockets::Tx) -> Result<(), StoreError> {
    const BUMP: Sql = Sql::same("UPDATE event_versions SET version = version + 1 WHERE name = 'subscriptions'");
    BUMP.run(&tx.conn(), vec![]).await?;
    Ok(())
}

async fn version<C: sea_orm::ConnectionTrait>(conn: &C) -> Result<i64, StoreError> {
    const VERSION: Sql = Sql::same("SELECT version FROM event_versions WHERE name = 'subscriptions'");
    VERSION.one(conn, vec![]).await?.map_or(Ok(0), |row| get(&row, "version"))
}

fn read(row: &QueryResult) -> Result<Subscription, StoreError> {
    let filter: Option<String> = get(row, "filter")?;
    let filter = filter.map(|text| serde_json::from_str(&text)).transpose().map_err(|err| StoreError::Unreadable(err.to_string()))?;
    let queue: String = get(row, "queue")?;
    let site: Option<i64> = get(row, "site")?;
    Ok(Subscription { id: SubscriptionId(get(row, "id")?), pattern: get(row, "pattern")?, queue: queue.into(), site: site.map(SiteId), filter })
}
