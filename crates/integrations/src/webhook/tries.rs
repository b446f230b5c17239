//! How tries went, many in one commit.

use super::deliveries::text;
use super::headers::SIGNATURE;
use super::DeliveryState;
use base::{DeliveryId, Timestamp};
use events::sql::{Sql, batch};
use serde::Serialize;
use serde_json::value::RawValue;
use sockets::{StoreError, Tx};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

/// A try, and what it leads to.
pub(super) struct Try {
    pub delivery: DeliveryId,
    pub state: DeliveryState,
    pub due_at: Timestamp,
    pub sent: Sent,
}

/// One request as it went. Of its headers only the signature does not follow from the rest.
pub(super) struct Sent {
    pub number: u32,
    pub at: Timestamp,
    pub took: Duration,
    pub url: String,
    pub signature: String,
    pub status: Option<i64>,
    pub trouble: Option<String>,
    /// Pairs of name and value, as the table has them.
    pub response_headers: Box<RawValue>,
    pub response_body: String,
}

impl Try {
    /// Writes down how tries went, many at once. What was settled meanwhile stays as it is, and of what was removed nothing is kept.
    pub async fn note<'a>(tx: &Tx, tries: impl Iterator<Item = &'a Self>) -> Result<(), StoreError> {
        let tries: Vec<&Self> = tries.collect();
        let (delivered, others): (Vec<&Self>, Vec<&Self>) = tries.iter().partition(|one| one.state == DeliveryState::Delivered);
        let noted = note_delivered(tx, &delivered).await? + note_others(tx, &others).await?;
        if noted == tries.len() as u64 {
            return log(tx, tries.into_iter()).await;
        }
        let there = there(tx, &tries).await?;
        log(tx, tries.into_iter().filter(|one| there.contains(&one.delivery))).await
    }
}

/// A row of the log.
#[derive(Serialize)]
struct Row<'a>(
    DeliveryId,
    u32,
    i64,
    u64,
    &'a str,
    [(&'static str, &'a str); 1],
    Option<i64>,
    Option<&'a str>,
    &'a RawValue,
    &'a str,
);

impl<'a> From<&'a Try> for Row<'a> {
    fn from(one: &'a Try) -> Self {
        let sent = &one.sent;
        Self(
            one.delivery,
            sent.number,
            sent.at.millis(),
            u64::try_from(sent.took.as_millis()).unwrap_or(u64::MAX),
            &sent.url,
            [(SIGNATURE, &sent.signature)],
            sent.status,
            sent.trouble.as_deref(),
            &sent.response_headers,
            &sent.response_body,
        )
    }
}

/// Those that arrived: nearly all of them, and nearly all with the same answer.
async fn note_delivered(tx: &Tx, tries: &[&Try]) -> Result<u64, StoreError> {
    const DELIVERED: Sql = Sql::per_engine(
        "UPDATE webhook_deliveries SET state = 'delivered', due_at = $2, last_status = $3, failed_since = NULL, tries = tries + 1,
           attempts = attempts + 1 WHERE state = 'pending' AND id IN (SELECT value FROM json_each($1))",
        "UPDATE webhook_deliveries SET state = 'delivered', due_at = $2, last_status = $3, failed_since = NULL, tries = tries + 1,
           attempts = attempts + 1 WHERE state = 'pending' AND id = ANY (ARRAY(SELECT json_array_elements_text($1::json)))",
    );
    let mut by_status: BTreeMap<Option<i64>, Vec<DeliveryId>> = BTreeMap::new();
    for one in tries {
        by_status.entry(one.sent.status).or_default().push(one.delivery);
    }
    let mut noted = 0;
    for (status, ids) in by_status {
        noted += DELIVERED.run(&tx.conn(), vec![batch(&ids), tx.now().millis().into(), status.into()]).await?;
    }
    Ok(noted)
}

async fn note_others(tx: &Tx, tries: &[&Try]) -> Result<u64, StoreError> {
    const OTHERS: Sql = Sql::per_engine(
        "UPDATE webhook_deliveries SET state = v.value ->> 1, due_at = v.value ->> 2, last_status = v.value ->> 3,
           failed_since = CASE WHEN v.value ->> 1 = 'pending' THEN COALESCE(failed_since, v.value ->> 4) END,
           tries = tries + 1, attempts = attempts + 1
         FROM json_each($1) v WHERE webhook_deliveries.id = v.value ->> 0 AND webhook_deliveries.state = 'pending'",
        "UPDATE webhook_deliveries SET state = v.value ->> 1, due_at = (v.value ->> 2)::bigint, last_status = (v.value ->> 3)::bigint,
           failed_since = CASE WHEN v.value ->> 1 = 'pending' THEN COALESCE(failed_since, (v.value ->> 4)::bigint) END,
           tries = tries + 1, attempts = attempts + 1
         FROM json_array_elements($1::json) AS v(value) WHERE webhook_deliveries.id = v.value ->> 0 AND webhook_deliveries.state = 'pending'",
    );
    if tries.is_empty() {
        return Ok(0);
    }
    let row = |one: &&Try| {
        let sent = &one.sent;
        (one.delivery, one.state.to_string(), one.due_at.millis(), sent.status, sent.at.millis())
    };
    OTHERS.run(&tx.conn(), vec![batch(&tries.iter().map(row).collect::<Vec<_>>())]).await
}

async fn there(tx: &Tx, tries: &[&Try]) -> Result<HashSet<DeliveryId>, StoreError> {
    const THERE: Sql = Sql::per_engine(
        "SELECT id FROM webhook_deliveries WHERE id IN (SELECT value FROM json_each($1))",
        "SELECT id FROM webhook_deliveries WHERE id = ANY (ARRAY(SELECT json_array_elements_text($1::json)))",
    );
    let ids: Vec<DeliveryId> = tries.iter().map(|one| one.delivery).collect();
    let rows = THERE.all(&tx.conn(), vec![batch(&ids)]).await?;
    rows.iter().map(|row| text(row, "id")).collect()
}

async fn log<'a>(tx: &Tx, tries: impl Iterator<Item = &'a Try>) -> Result<(), StoreError> {
    const LOG: Sql = Sql::per_engine(
        "INSERT INTO webhook_attempts (delivery, number, at, took_ms, url, request_headers, status, trouble, response_headers, response_body)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8, value ->> 9
         FROM jsonb_each($1)",
        "INSERT INTO webhook_attempts (delivery, number, at, took_ms, url, request_headers, status, trouble, response_headers, response_body)
         SELECT v ->> 0, (v ->> 1)::bigint, (v ->> 2)::bigint, (v ->> 3)::bigint, v ->> 4, v ->> 5, (v ->> 6)::bigint, v ->> 7, v ->> 8, v ->> 9
         FROM json_array_elements($1::json) AS r(v)",
    );
    let rows: Vec<Row<'_>> = tries.map(Row::from).collect();
    LOG.run(&tx.conn(), vec![batch(&rows)]).await?;
    Ok(())
}
