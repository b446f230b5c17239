use crate::ledger::model::{EventFilter, Kept, ReplayFilter};
use crate::ledger::writer::Row;
use base::{EventId, SiteId, Timestamp};
use events::sql::{Sql, batch, get};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use sockets::{Envelope, StoreError, Tx};

const INSERT: Sql = Sql::per_engine(
    "INSERT INTO ledger_events (event, site, name, key, at, archived_at, summary, body)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
     FROM json_each($1) WHERE true ORDER BY key ON CONFLICT (event) DO NOTHING",
    "INSERT INTO ledger_events (event, site, name, key, at, archived_at, summary, body)
     SELECT e ->> 0, (e ->> 1)::bigint, e ->> 2, e ->> 3, (e ->> 4)::bigint, (e ->> 5)::bigint, e ->> 6, e ->> 7
     FROM json_array_elements($1::json) WITH ORDINALITY AS r(e, n) ORDER BY n ON CONFLICT (event) DO NOTHING",
);

/// How many were new.
pub async fn insert(tx: &Tx, rows: &[Row]) -> Result<u64, StoreError> {
    let row = |Row { kept, body }: &Row| {
        (
            kept.event.to_string(),
            kept.site.0,
            kept.name.clone(),
            kept.key.clone(),
            kept.at.millis(),
            kept.archived_at.millis(),
            kept.summary.clone(),
            body.clone(),
        )
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    INSERT.run(&tx.conn(), vec![batch(&rows)]).await
}

pub async fn note_types(tx: &Tx, types: &[(SiteId, String)]) -> Result<(), StoreError> {
    const NOTE: Sql = Sql::same("INSERT INTO ledger_types (site, name) VALUES ($1, $2) ON CONFLICT DO NOTHING");
    for (site, name) in types {
        NOTE.run(&tx.conn(), vec![site.0.into(), name.as_str().into()]).await?;
    }
    Ok(())
}

pub async fn types<C: ConnectionTrait>(conn: &C, site: SiteId) -> Result<Vec<String>, StoreError> {
    const TYPES: Sql = Sql::same("SELECT name FROM ledger_types WHERE site = $1 ORDER BY name");
    TYPES.all(conn, vec![site.0.into()]).await?.iter().map(|row| get(row, "name")).collect()
}

macro_rules! select {
    ($where:literal) => {
        Sql::same(concat!(
            "SELECT id, event, site, name, key, at, archived_at, summary FROM ledger_events
             WHERE site = $1 AND at >= $2 AND at < $3 AND (at < $4 OR (at = $4 AND id < $5)) AND ",
            $where,
            " ORDER BY at DESC, id DESC LIMIT $6"
        ))
    };
}

/// Below which place of the list to go on: the time and the place of the last one.
pub type Below = (i64, i64);

/// Newest first. `types` are the names that the filter's type means.
pub async fn list<C: ConnectionTrait>(
    conn: &C,
    site: SiteId,
    filter: &EventFilter,
    types: Option<&[String]>,
    below: Below,
    most: i64,
) -> Result<Vec<Kept>, StoreError> {
    const ALL: Sql = select!("true");
    const KEY: Sql = select!("key = $7");
    const NAME: Sql = select!("name = $7");
    const KEY_AND_NAMES: Sql = Sql::per_engine(
        "SELECT id, event, site, name, key, at, archived_at, summary FROM ledger_events
         WHERE site = $1 AND at >= $2 AND at < $3 AND (at < $4 OR (at = $4 AND id < $5)) AND ($7 = '' OR key = $7)
           AND name IN (SELECT value FROM json_each($8)) ORDER BY at DESC, id DESC LIMIT $6",
        "SELECT id, event, site, name, key, at, archived_at, summary FROM ledger_events
         WHERE site = $1 AND at >= $2 AND at < $3 AND (at < $4 OR (at = $4 AND id < $5)) AND ($7 = '' OR key = $7)
           AND name IN (SELECT value FROM json_array_elements_text($8::json) AS r(value)) ORDER BY at DESC, id DESC LIMIT $6",
    );
    let from = filter.from.map_or(i64::MIN, Timestamp::millis);
    let to = filter.to.map_or(i64::MAX, Timestamp::millis);
    let mut values: Vec<Value> = vec![site.0.into(), from.into(), to.into(), below.0.into(), below.1.into(), most.into()];
    let sql = match (&filter.key, types) {
        (None, None) => ALL,
        (Some(key), None) => {
            values.push(key.as_str().into());
            KEY
        }
        (None, Some([name])) => {
            values.push(name.as_str().into());
            NAME
        }
        (key, Some(names)) => {
            values.push(key.as_deref().unwrap_or_default().into());
            values.push(batch(names));
            KEY_AND_NAMES
        }
    };
    sql.all(conn, values).await?.iter().map(read).collect()
}

/// The event with the envelope as it travelled.
pub async fn find<C: ConnectionTrait>(conn: &C, site: SiteId, event: EventId) -> Result<Option<(Kept, Envelope)>, StoreError> {
    const FIND: Sql = Sql::same("SELECT * FROM ledger_events WHERE event = $1 AND site = $2");
    let row = FIND.one(conn, vec![event.to_string().into(), site.0.into()]).await?;
    row.map(|row| Ok((read(&row)?, envelope(&row)?))).transpose()
}

macro_rules! of_replay {
    ($front:literal, $back:literal) => {
        Sql::per_engine(
            concat!($front, " FROM ledger_events WHERE site = $1 AND at >= $2 AND at < $3 AND ($4 = '' OR key = $4)
               AND name IN (SELECT value FROM json_each($5)) ", $back),
            concat!($front, " FROM ledger_events WHERE site = $1 AND at >= $2 AND at < $3 AND ($4 = '' OR key = $4)
               AND name IN (SELECT value FROM json_array_elements_text($5::json) AS r(value)) ", $back),
        )
    };
}

fn of_replay(site: SiteId, filter: &ReplayFilter, types: &[String]) -> Vec<Value> {
    let key = filter.key.as_deref().unwrap_or_default();
    vec![site.0.into(), filter.from.millis().into(), filter.to.millis().into(), key.into(), batch(types)]
}

/// How many a replay would send, and the first and last of their places.
pub async fn extent<C: ConnectionTrait>(
    conn: &C,
    site: SiteId,
    filter: &ReplayFilter,
    types: &[String],
) -> Result<(i64, i64, i64), StoreError> {
    const EXTENT: Sql = of_replay!("SELECT COUNT(*) AS n, COALESCE(MIN(id), 0) AS first, COALESCE(MAX(id), 0) AS last", "");
    let Some(row) = EXTENT.one(conn, of_replay(site, filter, types)).await? else { return Ok((0, 0, 0)) };
    Ok((get(&row, "n")?, get(&row, "first")?, get(&row, "last")?))
}

/// The next events of a replay with their places, in the order of archiving.
pub async fn next<C: ConnectionTrait>(
    conn: &C,
    site: SiteId,
    filter: &ReplayFilter,
    types: &[String],
    (after, upto): (i64, i64),
    most: i64,
) -> Result<Vec<(i64, Envelope)>, StoreError> {
    const NEXT: Sql = of_replay!("SELECT id, body", "AND id > $6 AND id <= $7 ORDER BY id LIMIT $8");
    let mut values = of_replay(site, filter, types);
    values.extend([after.into(), upto.into(), most.into()]);
    NEXT.all(conn, values).await?.iter().map(|row| Ok((get(row, "id")?, envelope(row)?))).collect()
}

fn envelope(row: &QueryResult) -> Result<Envelope, StoreError> {
    let body: String = get(row, "body")?;
    serde_json::from_str(&body).map_err(|err| StoreError::Unreadable(format!("an event of the ledger: {err}")))
}

fn read(row: &QueryResult) -> Result<Kept, StoreError> {
    let event: String = get(row, "event")?;
    Ok(Kept {
        place: get(row, "id")?,
        event: event.parse().map_err(|_| StoreError::Unreadable("the id of an event of the ledger".into()))?,
        site: SiteId(get(row, "site")?),
        name: get(row, "name")?,
        key: get(row, "key")?,
        at: Timestamp::from_millis(get(row, "at")?),
        archived_at: Timestamp::from_millis(get(row, "archived_at")?),
        summary: get(row, "summary")?,
    })
}
