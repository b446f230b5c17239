//! What became of one event in the queues, as far as the tables of the post room tell. Reads only.

use crate::dead_letters::Cause;
use crate::sql::{Sql, batch, get};
use base::{EventId, SiteId, Timestamp};
use sea_orm::QueryResult;
use sockets::broker::ordering_key;
use sockets::{Db, Envelope, StoreError, Tx};

/// Where an event stands in one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    Handled { at: Timestamp },
    /// It waits for another try, or behind an earlier event of its key that does.
    Parked { attempts: i64, due_at: Timestamp, last: Option<Cause> },
    /// It was given up.
    Dead { attempts: i64, at: Timestamp, last: Option<Cause> },
}

/// The marks that an event left in these queues, and in any queue that gave it up.
pub async fn marks(db: &Db, envelope: &Envelope, queues: &[&str]) -> Result<Vec<(String, Mark)>, StoreError> {
    let event = envelope.id.to_string();
    let mut marks = handled(db, &event, queues).await?;
    marks.extend(parked(db, &event, &ordering_key(envelope.site, &envelope.key), queues).await?);
    marks.extend(dead(db, &event, envelope.site).await?);
    Ok(marks)
}

async fn handled(db: &Db, event: &str, queues: &[&str]) -> Result<Vec<(String, Mark)>, StoreError> {
    const HANDLED: Sql = Sql::per_engine(
        "SELECT consumer, handled_at FROM event_inbox WHERE event = $1 AND consumer IN (SELECT value FROM json_each($2))",
        "SELECT consumer, handled_at FROM event_inbox WHERE event = $1 AND consumer IN (SELECT value FROM json_array_elements_text($2::json) AS r(value))",
    );
    let rows = HANDLED.all(db.read(), vec![event.into(), batch(queues)]).await?;
    let read = |row: &QueryResult| {
        let at = Timestamp::from_millis(get(row, "handled_at")?);
        Ok((get(row, "consumer")?, Mark::Handled { at }))
    };
    rows.iter().map(read).collect()
}

async fn parked(db: &Db, event: &str, ordering: &str, queues: &[&str]) -> Result<Vec<(String, Mark)>, StoreError> {
    // Who waits behind another of its key may go when that is through.
    const PARKED: Sql = Sql::per_engine(
        "SELECT p.consumer, p.attempts, p.causes,
           (SELECT e.due_at FROM event_parked e WHERE e.consumer = p.consumer AND e.ordering = p.ordering ORDER BY e.id LIMIT 1) AS due_at
         FROM event_parked p WHERE p.consumer IN (SELECT value FROM json_each($1)) AND p.ordering = $2 AND p.event = $3",
        "SELECT p.consumer, p.attempts, p.causes,
           (SELECT e.due_at FROM event_parked e WHERE e.consumer = p.consumer AND e.ordering = p.ordering ORDER BY e.id LIMIT 1) AS due_at
         FROM event_parked p
         WHERE p.consumer IN (SELECT value FROM json_array_elements_text($1::json) AS r(value)) AND p.ordering = $2 AND p.event = $3",
    );
    let rows = PARKED.all(db.read(), vec![batch(queues), ordering.into(), event.into()]).await?;
    let read = |row: &QueryResult| {
        let due_at = Timestamp::from_millis(get(row, "due_at")?);
        Ok((get(row, "consumer")?, Mark::Parked { attempts: get(row, "attempts")?, due_at, last: last_cause(row)? }))
    };
    rows.iter().map(read).collect()
}

async fn dead(db: &Db, event: &str, site: SiteId) -> Result<Vec<(String, Mark)>, StoreError> {
    const DEAD: Sql = Sql::same("SELECT consumer, attempts, causes, died_at FROM event_dead_letters WHERE site = $1 AND event = $2 ORDER BY id");
    let rows = DEAD.all(db.read(), vec![site.0.into(), event.into()]).await?;
    let read = |row: &QueryResult| {
        let at = Timestamp::from_millis(get(row, "died_at")?);
        Ok((get(row, "consumer")?, Mark::Dead { attempts: get(row, "attempts")?, at, last: last_cause(row)? }))
    };
    rows.iter().map(read).collect()
}

fn last_cause(row: &QueryResult) -> Result<Option<Cause>, StoreError> {
    let causes: String = get(row, "causes")?;
    Ok(serde_json::from_str::<Vec<Cause>>(&causes).unwrap_or_default().pop())
}

/// Lets a consumer forget that it handled these, so that a replay is handled again.
pub async fn unnote(tx: &Tx, queue: &str, events: &[EventId]) -> Result<u64, StoreError> {
    const UNNOTE: Sql = Sql::per_engine(
        "DELETE FROM event_inbox WHERE consumer = $1 AND event IN (SELECT value FROM json_each($2))",
        "DELETE FROM event_inbox WHERE consumer = $1 AND event IN (SELECT value FROM json_array_elements_text($2::json) AS r(value))",
    );
    UNNOTE.run(&tx.conn(), vec![queue.into(), batch(events)]).await
}
