//! The statements of the outbox's rows, apart from writing them.

use crate::sql::{GATHERED, Sql, batch, gathered, get, listed};
use base::{EventId, SiteId};
use bytes::Bytes;
use sea_orm::QueryResult;
use sockets::{Db, StoreError, Tx};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// A row as the relay reads it.
pub(crate) struct Waiting {
    pub id: i64,
    pub site: SiteId,
    /// One envelope as JSON.
    pub body: Bytes,
}

/// The oldest rows after `from` that are not on their way, and whether there may be more of them.
pub(crate) async fn oldest(db: &Db, from: i64, away: &[i64], most: i64) -> Result<(Vec<Waiting>, bool), StoreError> {
    // Bodies come in the same statement, unless they are too heavy together: a commit in between makes readers of SQLite forget their pages.
    const OLDEST: Sql = Sql::per_engine(
        "SELECT count, bytes, heads, CASE WHEN bytes <= $4 OR count = 1 THEN
           (SELECT group_concat(body, char(30)) FROM event_outbox
            WHERE id > $3 AND id <= last AND id NOT IN (SELECT value FROM json_each($1))) END AS bodies
         FROM (SELECT COUNT(*) AS count, MAX(id) AS last, COALESCE(SUM(bytes), 0) AS bytes,
             json_group_array(json_array(id, site)) AS heads FROM
           (SELECT id, site, octet_length(body) AS bytes FROM event_outbox
            WHERE id > $3 AND id NOT IN (SELECT value FROM json_each($1)) ORDER BY id LIMIT $2))",
        "SELECT count, bytes, heads, CASE WHEN bytes <= $4 OR count = 1 THEN
           (SELECT string_agg(body, chr(30)) FROM
             (SELECT body FROM event_outbox WHERE id > $3 AND id <= last
                AND id NOT IN (SELECT value::bigint FROM json_array_elements_text($1::json) AS r(value)) ORDER BY id) AS b) END AS bodies
         FROM (SELECT COUNT(*) AS count, MAX(id) AS last, COALESCE(SUM(bytes), 0)::bigint AS bytes,
             json_agg(json_build_array(id, site))::text AS heads FROM
           (SELECT id, site, octet_length(body) AS bytes FROM event_outbox
            WHERE id > $3 AND id NOT IN (SELECT value::bigint FROM json_array_elements_text($1::json) AS r(value)) ORDER BY id LIMIT $2) AS o) AS l",
    );
    let away = batch(away);
    let mut some = most;
    loop {
        let Some(row) = OLDEST.one(db.read(), vec![away.clone(), some.into(), from.into(), GATHERED.into()]).await? else {
            return Ok((Vec::new(), false));
        };
        let (count, bytes): (i64, i64) = (get(&row, "count")?, get(&row, "bytes")?);
        if count == 0 {
            return Ok((Vec::new(), false));
        }
        if bytes <= GATHERED || count == 1 {
            return Ok((read(Some(&row))?, count == some));
        }
        some = (some / 2).max(1);
    }
}

/// The oldest rows of each site that has any, so many of each at most. Sites are found by leaps through the index, so that a long
/// line of one site costs the others nothing.
pub(crate) async fn oldest_of_each_site(db: &Db, away: &[i64], of_each: i64, most: i64, but: &[i64]) -> Result<Vec<Waiting>, StoreError> {
    const LOOK: Sql = Sql::per_engine(
        "WITH RECURSIVE sites (site) AS (
           SELECT MIN(site) FROM event_outbox
           UNION ALL SELECT (SELECT MIN(o.site) FROM event_outbox o WHERE o.site > sites.site) FROM sites WHERE sites.site IS NOT NULL)
         SELECT json_group_array(json_array(id, bytes)) AS heads FROM
           (SELECT o.id, octet_length(o.body) AS bytes FROM sites JOIN event_outbox o ON o.id IN
             (SELECT n.id FROM event_outbox n WHERE n.site = sites.site AND n.id NOT IN (SELECT value FROM json_each($1)) ORDER BY n.id LIMIT $2)
            WHERE sites.site IS NOT NULL AND sites.site NOT IN (SELECT value FROM json_each($4)) ORDER BY o.id LIMIT $3)",
        "WITH RECURSIVE sites (site) AS (
           SELECT MIN(site) FROM event_outbox
           UNION ALL SELECT (SELECT MIN(o.site) FROM event_outbox o WHERE o.site > sites.site) FROM sites WHERE sites.site IS NOT NULL)
         SELECT json_agg(json_build_array(id, bytes))::text AS heads FROM
           (SELECT o.id, octet_length(o.body) AS bytes FROM sites CROSS JOIN LATERAL
             (SELECT n.* FROM event_outbox n WHERE n.site = sites.site
                AND n.id NOT IN (SELECT value::bigint FROM json_array_elements_text($1::json) AS r(value)) ORDER BY n.id LIMIT $2) o
            WHERE sites.site IS NOT NULL AND sites.site NOT IN (SELECT value::bigint FROM json_array_elements_text($4::json) AS s(value))
            ORDER BY o.id LIMIT $3) AS o",
    );
    const READ: Sql = Sql::per_engine(
        "SELECT json_group_array(json_array(id, site)) AS heads, group_concat(body, char(30)) AS bodies FROM event_outbox
         WHERE id IN (SELECT value FROM json_each($1))",
        "SELECT json_agg(json_build_array(id, site))::text AS heads, string_agg(body, chr(30)) AS bodies FROM event_outbox
         WHERE id = ANY (ARRAY(SELECT value::bigint FROM json_array_elements_text($1::json) AS r(value)))",
    );
    let look = LOOK.one(db.read(), vec![batch(away), of_each.into(), most.into(), batch(but)]).await?;
    let mut found: Vec<(i64, i64)> = listed(look.as_ref())?;
    found.sort_unstable();
    let ids: Vec<i64> = found
        .into_iter()
        .scan(0, |ahead, (id, bytes)| {
            let fits = *ahead < GATHERED;
            *ahead += bytes;
            fits.then_some(id)
        })
        .collect();
    read(READ.one(db.read(), vec![batch(&ids)]).await?.as_ref())
}

/// How many sites have a row, as far as `most`.
pub(crate) async fn sites(db: &Db, most: i64) -> Result<i64, StoreError> {
    const SITES: Sql = Sql::same(
        "WITH RECURSIVE sites (site, n) AS (
           SELECT MIN(site), 1 FROM event_outbox
           UNION ALL SELECT (SELECT MIN(o.site) FROM event_outbox o WHERE o.site > sites.site), sites.n + 1 FROM sites
             WHERE sites.site IS NOT NULL AND sites.n <= $1)
         SELECT COUNT(site) AS n FROM sites",
    );
    SITES.one(db.read(), vec![most.into()]).await?.map_or(Ok(0), |row| get(&row, "n"))
}

fn read(rows: Option<&QueryResult>) -> Result<Vec<Waiting>, StoreError> {
    let waiting = |((id, site), body)| Waiting { id, site: SiteId(site), body };
    let mut rows: Vec<Waiting> = gathered(rows)?.into_iter().map(waiting).collect();
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// A row that was not passed on yet.
pub(crate) struct Standing {
    pub id: i64,
    pub event: EventId,
}

/// Which of these events stand in the outbox.
pub(crate) async fn standing(db: &Db, events: &[EventId]) -> Result<Vec<Standing>, StoreError> {
    const STANDING: Sql = Sql::per_engine(
        "SELECT json_group_array(json_array(o.id, o.event)) AS heads FROM json_each($1) s CROSS JOIN event_outbox o ON o.event = s.value",
        "SELECT json_agg(json_build_array(id, event))::text AS heads FROM event_outbox WHERE event = ANY (ARRAY(SELECT json_array_elements_text($1::json)))",
    );
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(i64, EventId)> = listed(STANDING.one(db.read(), vec![batch(events)]).await?.as_ref())?;
    Ok(rows.into_iter().map(|(id, event)| Standing { id, event }).collect())
}

/// What stands before a row of a key.
pub(crate) struct Before {
    pub site: SiteId,
    pub ordering: Arc<str>,
    pub row: i64,
}

/// The rows of these keys that are older than those named. What is under way of a site is looked through, not its whole line: rows
/// behind the last one named are not.
pub(crate) async fn earlier(db: &Db, keys: &[Before]) -> Result<Vec<Standing>, StoreError> {
    const EARLIER: Sql = Sql::per_engine(
        "SELECT json_group_array(json_array(o.id, o.event, o.ordering)) AS heads
         FROM json_each($1) s CROSS JOIN event_outbox o ON o.site = s.value ->> 0 AND o.id < s.value ->> 1
         WHERE o.ordering IN (SELECT value FROM json_each($2))",
        "SELECT json_agg(json_build_array(o.id, o.event, o.ordering))::text AS heads
         FROM json_array_elements($1::json) AS s(value) JOIN event_outbox o ON o.site = (s.value ->> 0)::bigint AND o.id < (s.value ->> 1)::bigint
         WHERE o.ordering IN (SELECT json_array_elements_text($2::json))",
    );
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut sites: BTreeMap<SiteId, i64> = BTreeMap::new();
    for key in keys {
        let last = sites.entry(key.site).or_insert(key.row);
        *last = key.row.max(*last);
    }
    let sites: Vec<(SiteId, i64)> = sites.into_iter().collect();
    let rows: HashMap<&str, i64> = keys.iter().map(|key| (&*key.ordering, key.row)).collect();
    let orderings: Vec<&&str> = rows.keys().collect();
    let found: Vec<(i64, EventId, String)> = listed(EARLIER.one(db.read(), vec![batch(&sites), batch(&orderings)]).await?.as_ref())?;
    let is_earlier = |(id, _, ordering): &(i64, EventId, String)| rows.get(ordering.as_str()).is_some_and(|row| id < row);
    Ok(found.into_iter().filter(is_earlier).map(|(id, event, _)| Standing { id, event }).collect())
}

/// What these rows hold, by row.
pub(crate) async fn bodies(db: &Db, ids: &[i64]) -> Result<Vec<(i64, String)>, StoreError> {
    const BODIES: Sql = Sql::per_engine(
        "SELECT id, body FROM event_outbox WHERE id IN (SELECT value FROM json_each($1))",
        "SELECT id, body FROM event_outbox WHERE id = ANY (ARRAY(SELECT value::bigint FROM json_array_elements_text($1::json) AS r(value)))",
    );
    let rows = BODIES.all(db.read(), vec![batch(ids)]).await?;
    rows.iter().map(|row| Ok((get(row, "id")?, get(row, "body")?))).collect()
}

/// Which of these are still there.
pub(crate) async fn left(db: &Db, ids: &[i64]) -> Result<HashSet<i64>, StoreError> {
    const LEFT: Sql = Sql::per_engine(
        "SELECT id FROM event_outbox WHERE id IN (SELECT value FROM json_each($1))",
        "SELECT id FROM event_outbox WHERE id = ANY (ARRAY(SELECT value::bigint FROM json_array_elements_text($1::json) AS r(value)))",
    );
    let rows = LEFT.all(db.read(), vec![batch(ids)]).await?;
    rows.iter().map(|row| get(row, "id")).collect()
}

/// They were passed on.
pub(crate) async fn remove(tx: &Tx, ids: &[i64]) -> Result<(), StoreError> {
    const REMOVE: Sql = Sql::per_engine(
        "DELETE FROM event_outbox WHERE id IN (SELECT value FROM json_each($1))",
        "DELETE FROM event_outbox WHERE id = ANY (ARRAY(SELECT value::bigint FROM json_array_elements_text($1::json) AS r(value)))",
    );
    REMOVE.run(&tx.conn(), vec![batch(ids)]).await?;
    Ok(())
}
