//! Calls to other systems that must not be made twice, remembered across crashes: begun before the call, finished after it.

use base::EventId;
use events::sql::{Sql, get};
use serde_json::Value;
use sockets::{Db, StoreError};

/// The steps of one event for one kind.
#[derive(Clone)]
pub struct Effects {
    db: Db,
    kind: &'static str,
    event: EventId,
}

/// How a step stands when it is begun.
#[derive(Clone, Debug, PartialEq)]
pub enum Began {
    /// Never begun before: make the call.
    First,
    /// Begun before and never heard of: look over there whether it was done.
    Unknown,
    /// Done, with what was noted of it.
    Done(Value),
}

impl Effects {
    pub(super) fn new(db: Db, kind: &'static str, event: EventId) -> Self {
        Self { db, kind, event }
    }

    /// Durable before it answers.
    ///
    /// # Errors
    /// When it cannot be written; then nothing may be called.
    pub async fn begin(&self, step: &str) -> Result<Began, StoreError> {
        const BEGIN: Sql = Sql::same(
            "INSERT INTO integration_effects (kind, event, step, begun_at) VALUES ($1, $2, $3, $4) ON CONFLICT (kind, event, step) DO NOTHING",
        );
        const LOOK: Sql = Sql::same("SELECT result FROM integration_effects WHERE kind = $1 AND event = $2 AND step = $3");
        let tx = self.db.begin().await?;
        let mut values = self.key(step);
        values.push(tx.now().millis().into());
        if BEGIN.run(&tx.conn(), values).await? == 1 {
            tx.commit().await?;
            return Ok(Began::First);
        }
        let row = LOOK.one(&tx.conn(), self.key(step)).await?;
        let result: Option<String> = row.map_or(Ok(None), |row| get(&row, "result"))?;
        tx.commit().await?;
        result.map_or(Ok(Began::Unknown), |text| {
            serde_json::from_str(&text).map(Began::Done).map_err(|err| StoreError::Unreadable(err.to_string()))
        })
    }

    pub async fn finish(&self, step: &str, result: &Value) -> Result<(), StoreError> {
        const FINISH: Sql = Sql::same("UPDATE integration_effects SET result = $4 WHERE kind = $1 AND event = $2 AND step = $3");
        let tx = self.db.begin().await?;
        let mut values = self.key(step);
        values.push(result.to_string().into());
        FINISH.run(&tx.conn(), values).await?;
        tx.commit().await
    }

    /// It is certain that nothing was done: the next try need not look.
    pub async fn undo(&self, step: &str) -> Result<(), StoreError> {
        const UNDO: Sql = Sql::same("DELETE FROM integration_effects WHERE kind = $1 AND event = $2 AND step = $3 AND result IS NULL");
        let tx = self.db.begin().await?;
        UNDO.run(&tx.conn(), self.key(step)).await?;
        tx.commit().await
    }

    fn key(&self, step: &str) -> Vec<sea_orm::Value> {
        vec![self.kind.into(), self.event.to_string().into(), step.into()]
    }
}
