//! What was done, event by event.

use base::{EventId, Page, PageRequest, SiteId, Timestamp};
use events::sql::{Sql, get, in_chunks};
use sea_orm::QueryResult;
use sockets::{Db, StoreError, Tx};

/// One event and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    pub id: i64,
    pub site: SiteId,
    pub event: EventId,
    pub chat: Option<String>,
    /// `done`, `retrying` or `failed`.
    pub state: String,
    /// In a word or two: `case_created`, `waiting`.
    pub what: String,
    pub detail: String,
    /// Tries so far; waiting for a breaker is none.
    pub attempts: u32,
    pub at: Timestamp,
}

/// A line as it is written.
pub(super) struct Line<'a> {
    pub site: SiteId,
    pub kind: &'static str,
    pub event: EventId,
    pub chat: Option<&'a str>,
    pub state: &'static str,
    pub what: &'a str,
    pub detail: &'a str,
    pub attempts: u32,
}

/// Longer words of other systems are cut.
const LONGEST: usize = 2_000;

pub(super) async fn write(tx: &Tx, line: Line<'_>) -> Result<(), StoreError> {
    const WRITE: Sql = Sql::same(
        "INSERT INTO integration_log (site, kind, event, chat, state, what, detail, attempts, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (kind, event) DO UPDATE SET state = excluded.state, what = excluded.what, detail = excluded.detail,
           attempts = excluded.attempts, at = excluded.at",
    );
    let detail: String = line.detail.replace('\0', "\u{fffd}").chars().take(LONGEST).collect();
    let values = vec![
        line.site.0.into(),
        line.kind.into(),
        line.event.to_string().into(),
        line.chat.map(str::to_owned).into(),
        line.state.into(),
        line.what.into(),
        detail.into(),
        i64::from(line.attempts).into(),
        tx.now().millis().into(),
    ];
    WRITE.run(&tx.conn(), values).await?;
    Ok(())
}

/// Tries of an event so far. One that was given up and comes again begins anew.
pub(super) async fn attempts(db: &Db, kind: &str, event: EventId) -> Result<u32, StoreError> {
    const ATTEMPTS: Sql = Sql::same("SELECT attempts FROM integration_log WHERE kind = $1 AND event = $2 AND state = 'retrying'");
    let row = ATTEMPTS.one(db.read(), vec![kind.into(), event.to_string().into()]).await?;
    row.map_or(Ok(0), |row| get::<i64>(&row, "attempts").map(|n| u32::try_from(n).unwrap_or(u32::MAX)))
}

/// Newest first.
pub(super) async fn list(
    db: &Db,
    site: SiteId,
    kind: &str,
    state: Option<&str>,
    page: &PageRequest,
) -> Result<Page<LogEntry>, StoreError> {
    const LIST: Sql = Sql::same(
        "SELECT * FROM integration_log WHERE site = $1 AND kind = $2 AND ($3 = 0 OR id < $3) AND ($4 = '' OR state = $4)
         ORDER BY id DESC LIMIT $5",
    );
    let after = page.after.as_deref().and_then(|cursor| cursor.parse::<i64>().ok()).unwrap_or(0);
    let values =
        vec![site.0.into(), kind.into(), after.into(), state.unwrap_or_default().into(), (i64::from(page.limit) + 1).into()];
    let rows = LIST.all(db.read(), values).await?;
    let entries = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(entries, page.limit, |entry| entry.id.to_string()))
}

pub(super) async fn forget(db: &Db, before: Timestamp) -> Result<u64, StoreError> {
    const LOG: Sql = Sql::same("DELETE FROM integration_log WHERE id IN (SELECT id FROM integration_log WHERE at < $1 ORDER BY at LIMIT $2)");
    const EFFECTS: Sql = Sql::same(
        "DELETE FROM integration_effects WHERE (kind, event, step) IN
           (SELECT kind, event, step FROM integration_effects WHERE begun_at < $1 ORDER BY begun_at LIMIT $2)",
    );
    in_chunks(db, EFFECTS, &[before.millis().into()]).await?;
    in_chunks(db, LOG, &[before.millis().into()]).await
}

fn read(row: &QueryResult) -> Result<LogEntry, StoreError> {
    let event: String = get(row, "event")?;
    Ok(LogEntry {
        id: get(row, "id")?,
        site: SiteId(get(row, "site")?),
        event: event.parse().map_err(|_| StoreError::Unreadable("the event of a log line".into()))?,
        chat: get(row, "chat")?,
        state: get(row, "state")?,
        what: get(row, "what")?,
        detail: get(row, "detail")?,
        attempts: u32::try_from(get::<i64>(row, "attempts")?).unwrap_or(u32::MAX),
        at: Timestamp::from_millis(get(row, "at")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::TestDb;

    #[tokio::test]
    async fn thousands_of_lines_and_effects_are_forgotten_and_no_younger_one() {
        const LINES: Sql = Sql::same(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2300)
             INSERT INTO integration_log (site, kind, event, state, what, detail, attempts, at)
             SELECT 1, 'salesforce', CAST(i AS TEXT), 'done', 'sent', '', 1, i FROM n",
        );
        const EFFECTS: Sql = Sql::same(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2300)
             INSERT INTO integration_effects (kind, event, step, begun_at) SELECT 'salesforce', CAST(i AS TEXT), 'case', i FROM n",
        );
        const LEFT: Sql = Sql::same("SELECT (SELECT COUNT(*) FROM integration_log) + (SELECT COUNT(*) FROM integration_effects) AS n");
        let test = TestDb::open(&[events::migrations, crate::migrations]).await;
        let tx = test.db.begin().await.unwrap();
        for fill in [LINES, EFFECTS] {
            fill.run(&tx.conn(), vec![]).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(forget(&test.db, Timestamp::from_millis(2_201)).await.unwrap(), 2_200);
        let left = LEFT.one(test.db.read(), vec![]).await.unwrap().unwrap();
        assert_eq!(get::<i64>(&left, "n").unwrap(), 200);
    }
}
