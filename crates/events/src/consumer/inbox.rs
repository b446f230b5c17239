use crate::sql::{Sql, batch, get};
use base::{EventId, Timestamp};
use sockets::{Db, StoreError, Tx};
use std::collections::HashSet;

/// What a consumer has handled, by event id.
pub struct Inbox;

const NOTE: Sql = Sql::per_engine(
    "INSERT INTO event_inbox (consumer, event, handled_at) SELECT $1, value, $3 FROM json_each($2) WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO event_inbox (consumer, event, handled_at) SELECT $1, value, $3 FROM json_array_elements_text($2::json) AS r(value) ON CONFLICT DO NOTHING",
);

impl Inbox {
    /// Notes the event in the transaction of its effect. False: it was handled before, leave it.
    pub async fn first(tx: &Tx, consumer: &str, event: EventId) -> Result<bool, StoreError> {
        Ok(NOTE.run(&tx.conn(), vec![consumer.into(), batch(&[event]), tx.now().millis().into()]).await? == 1)
    }

    pub(crate) async fn note(tx: &Tx, consumer: &str, events: &[EventId]) -> Result<(), StoreError> {
        NOTE.run(&tx.conn(), vec![consumer.into(), batch(events), tx.now().millis().into()]).await?;
        Ok(())
    }

    /// Which of these were handled.
    pub(crate) async fn among(db: &Db, consumer: &str, events: &[EventId]) -> Result<HashSet<EventId>, StoreError> {
        const AMONG: Sql = Sql::per_engine(
            "SELECT event FROM event_inbox WHERE consumer = $1 AND event IN (SELECT value FROM json_each($2))",
            "SELECT event FROM event_inbox WHERE consumer = $1 AND event IN (SELECT value FROM json_array_elements_text($2::json) AS r(value))",
        );
        let rows = AMONG.all(db.read(), vec![consumer.into(), batch(events)]).await?;
        let read = |row: &sea_orm::QueryResult| get::<String>(row, "event").ok()?.parse().ok();
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Forgets what was handled long ago: longer than any outage or replay.
    pub async fn forget(db: &Db, before: Timestamp) -> Result<u64, StoreError> {
        const FORGET: Sql = Sql::same("DELETE FROM event_inbox WHERE handled_at < $1");
        let tx = db.begin().await?;
        let forgotten = FORGET.run(&tx.conn(), vec![before.millis().into()]).await?;
        tx.commit().await?;
        Ok(forgotten)
    }
}
