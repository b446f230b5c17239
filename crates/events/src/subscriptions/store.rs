//! The table of subscriptions, and the version that rises with each change.

use super::{Subscription, SubscriptionState};
use crate::sql::{Sql, get};
use base::{SiteId, SubscriptionId, Timestamp};
use sea_orm::{ConnectionTrait, QueryResult};
use sockets::{StoreError, Tx};

macro_rules! select {
    ($rest:literal) => {
        Sql::same(concat!("SELECT id, pattern, queue, site, filter, state, origin, trouble, version, updated_at FROM event_subscriptions ", $rest))
    };
}

pub(super) async fn bump(tx: &Tx) -> Result<i64, StoreError> {
    const BUMP: Sql = Sql::same("UPDATE event_versions SET version = version + 1 WHERE name = 'subscriptions' RETURNING version");
    BUMP.one(&tx.conn(), vec![]).await?.map_or(Ok(0), |row| get(&row, "version"))
}

pub(super) async fn version<C: ConnectionTrait>(conn: &C) -> Result<i64, StoreError> {
    const VERSION: Sql = Sql::same("SELECT version FROM event_versions WHERE name = 'subscriptions'");
    VERSION.one(conn, vec![]).await?.map_or(Ok(0), |row| get(&row, "version"))
}

pub(super) async fn active<C: ConnectionTrait>(conn: &C) -> Result<Vec<Subscription>, StoreError> {
    const ACTIVE: Sql = select!("WHERE state = 'active' ORDER BY id");
    read_all(&ACTIVE.all(conn, vec![]).await?)
}

/// Those of the installation and those of the site; or all.
pub(super) async fn list<C: ConnectionTrait>(conn: &C, site: SiteId, all: bool) -> Result<Vec<Subscription>, StoreError> {
    const LIST: Sql = select!("WHERE $1 = 1 OR site IS NULL OR site = $2 ORDER BY id");
    read_all(&LIST.all(conn, vec![i64::from(all).into(), site.0.into()]).await?)
}

pub(super) async fn find<C: ConnectionTrait>(conn: &C, id: SubscriptionId) -> Result<Option<Subscription>, StoreError> {
    const FIND: Sql = select!("WHERE id = $1");
    FIND.one(conn, vec![id.0.into()]).await?.as_ref().map(read).transpose()
}

/// Those that somebody must look after.
pub(super) async fn restless<C: ConnectionTrait>(conn: &C) -> Result<Vec<Subscription>, StoreError> {
    const RESTLESS: Sql = select!("WHERE state IN ('declaring', 'failed', 'draining') ORDER BY id");
    read_all(&RESTLESS.all(conn, vec![]).await?)
}

pub(super) async fn queues<C: ConnectionTrait>(conn: &C) -> Result<Vec<String>, StoreError> {
    const QUEUES: Sql = Sql::same("SELECT DISTINCT queue FROM event_subscriptions WHERE state <> 'drained' ORDER BY queue");
    QUEUES.all(conn, vec![]).await?.iter().map(|row| get(row, "queue")).collect()
}

/// Does another living subscription lead to the queue?
pub(super) async fn is_shared<C: ConnectionTrait>(conn: &C, queue: &str, but: SubscriptionId) -> Result<bool, StoreError> {
    const SHARED: Sql = Sql::same(
        "SELECT 1 AS one FROM event_subscriptions WHERE queue = $1 AND id <> $2 AND state NOT IN ('draining', 'drained') LIMIT 1",
    );
    Ok(SHARED.one(conn, vec![queue.into(), but.0.into()]).await?.is_some())
}

pub(super) async fn declare(tx: &Tx, pattern: &str, queue: &str) -> Result<u64, StoreError> {
    const DECLARE: Sql = Sql::same(
        "INSERT INTO event_subscriptions (pattern, queue, state, origin, updated_at) VALUES ($1, $2, 'active', 'code', $3)
         ON CONFLICT (pattern, queue) WHERE origin = 'code' DO NOTHING",
    );
    DECLARE.run(&tx.conn(), vec![pattern.into(), queue.into(), tx.now().millis().into()]).await
}

pub(super) async fn insert(tx: &Tx, new: &Subscription) -> Result<SubscriptionId, StoreError> {
    const ADD: Sql = Sql::same(
        "INSERT INTO event_subscriptions (pattern, queue, site, filter, state, origin, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, 'person', $6, $7) RETURNING id",
    );
    let values = vec![
        new.pattern.as_str().into(),
        (&*new.queue).into(),
        new.site.map(|site| site.0).into(),
        filter_text(new).into(),
        new.state.wire().into(),
        new.version.into(),
        tx.now().millis().into(),
    ];
    let row = ADD.one(&tx.conn(), values).await?;
    let row = row.ok_or_else(|| StoreError::Unreadable("the new subscription has no number".into()))?;
    get(&row, "id").map(SubscriptionId)
}

pub(super) async fn save(tx: &Tx, one: &Subscription) -> Result<(), StoreError> {
    const SAVE: Sql = Sql::same(
        "UPDATE event_subscriptions SET pattern = $2, queue = $3, site = $4, filter = $5, state = $6, trouble = $7, version = $8, updated_at = $9
         WHERE id = $1",
    );
    let values = vec![
        one.id.0.into(),
        one.pattern.as_str().into(),
        (&*one.queue).into(),
        one.site.map(|site| site.0).into(),
        filter_text(one).into(),
        one.state.wire().into(),
        one.trouble.clone().into(),
        one.version.into(),
        tx.now().millis().into(),
    ];
    SAVE.run(&tx.conn(), values).await?;
    Ok(())
}

pub(super) async fn rest(tx: &Tx, queue: &str, why: &str) -> Result<u64, StoreError> {
    const REST: Sql = Sql::same(
        "UPDATE event_subscriptions SET state = 'paused', trouble = $2, version = $3, updated_at = $4
         WHERE queue = $1 AND origin <> 'code' AND state IN ('active', 'declaring', 'failed')",
    );
    let version = bump(tx).await?;
    REST.run(&tx.conn(), vec![queue.into(), why.into(), version.into(), tx.now().millis().into()]).await
}

pub(super) async fn remove(tx: &Tx, id: SubscriptionId) -> Result<bool, StoreError> {
    const REMOVE: Sql = Sql::same("DELETE FROM event_subscriptions WHERE id = $1");
    Ok(REMOVE.run(&tx.conn(), vec![id.0.into()]).await? > 0)
}

fn filter_text(one: &Subscription) -> Option<String> {
    one.filter.as_ref().map(|filter| serde_json::to_string(filter).expect("a filter is plain JSON"))
}

fn read_all(rows: &[QueryResult]) -> Result<Vec<Subscription>, StoreError> {
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<Subscription, StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable(format!("{what} of a subscription"));
    let filter: Option<String> = get(row, "filter")?;
    let filter = filter.map(|text| serde_json::from_str(&text)).transpose().map_err(|_| unreadable("the filter"))?;
    let (queue, state, origin): (String, String, String) = (get(row, "queue")?, get(row, "state")?, get(row, "origin")?);
    let site: Option<i64> = get(row, "site")?;
    Ok(Subscription {
        id: SubscriptionId(get(row, "id")?),
        pattern: get(row, "pattern")?,
        queue: queue.into(),
        site: site.map(SiteId),
        filter,
        built_in: origin == "code",
        state: SubscriptionState::read(&state).ok_or_else(|| unreadable("the state"))?,
        trouble: get(row, "trouble")?,
        version: get(row, "version")?,
        updated_at: Timestamp::from_millis(get(row, "updated_at")?),
    })
}
