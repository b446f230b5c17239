//! How tries went, many in one commit.

use super::deliveries::text;
use super::{Attempt, DeliveryState};
use base::{DeliveryId, Timestamp};
use events::sql::{Sql, batch};
use serde::Serialize;
use sockets::{StoreError, Tx};
use std::collections::HashSet;

/// A try, and what it leads to.
pub(super) struct Try {
    pub delivery: DeliveryId,
    pub claim: i64,
    pub state: DeliveryState,
    pub due_at: Timestamp,
    pub attempt: Attempt,
}

/// A try as a row.
#[derive(Serialize)]
struct Noted {
    delivery: String,
    claim: i64,
    state: String,
    due_at: i64,
    number: u32,
    at: i64,
    took_ms: u64,
    url: String,
    request_headers: String,
    status: Option<i64>,
    trouble: Option<String>,
    response_headers: String,
    response_body: String,
}

impl From<&Try> for Noted {
    fn from(one: &Try) -> Self {
        let attempt = &one.attempt;
        Self {
            delivery: one.delivery.to_string(),
            claim: one.claim,
            state: one.state.to_string(),
            due_at: one.due_at.millis(),
            number: attempt.number,
            at: attempt.at.millis(),
            took_ms: u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX),
            url: attempt.url.clone(),
            request_headers: pairs(&attempt.request_headers),
            status: attempt.status,
            trouble: attempt.trouble.clone(),
            response_headers: pairs(&attempt.response_headers),
            response_body: attempt.response_body.clone(),
        }
    }
}

fn pairs(headers: &[(String, String)]) -> String {
    serde_json::to_string(headers).expect("pairs of texts are plain JSON")
}

impl Try {
    /// Writes down how tries went, many at once. The ids of those whose claim was ours; of others only the log remembers it.
    pub async fn note(tx: &Tx, tries: &[Self]) -> Result<HashSet<DeliveryId>, StoreError> {
        const NOTE: Sql = Sql::per_engine(
            "UPDATE webhook_deliveries SET state = v.value ->> 'state', due_at = v.value ->> 'due_at', last_status = v.value ->> 'status',
               failed_since = CASE WHEN v.value ->> 'state' = 'pending' THEN COALESCE(failed_since, v.value ->> 'at') END,
               tries = tries + 1, attempts = attempts + 1, claim = NULL
             FROM json_each($1) v WHERE webhook_deliveries.id = v.value ->> 'delivery' AND webhook_deliveries.claim = v.value ->> 'claim'
             RETURNING webhook_deliveries.id AS id",
            "UPDATE webhook_deliveries SET state = v.state, due_at = v.due_at, last_status = v.status, tries = tries + 1,
               failed_since = CASE WHEN v.state = 'pending' THEN COALESCE(failed_since, v.at) END, attempts = attempts + 1, claim = NULL
             FROM json_to_recordset($1::json) AS v(delivery text, claim bigint, state text, due_at bigint, status bigint, at bigint)
             WHERE webhook_deliveries.id = v.delivery AND webhook_deliveries.claim = v.claim RETURNING webhook_deliveries.id AS id",
        );
        const LOG: Sql = Sql::per_engine(
            "INSERT INTO webhook_attempts (delivery, number, at, took_ms, url, request_headers, status, trouble, response_headers, response_body)
             SELECT value ->> 'delivery', value ->> 'number', value ->> 'at', value ->> 'took_ms', value ->> 'url', value ->> 'request_headers',
               value ->> 'status', value ->> 'trouble', value ->> 'response_headers', value ->> 'response_body' FROM json_each($1)
             WHERE EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.id = value ->> 'delivery')",
            "INSERT INTO webhook_attempts (delivery, number, at, took_ms, url, request_headers, status, trouble, response_headers, response_body)
             SELECT delivery, number, at, took_ms, url, request_headers, status, trouble, response_headers, response_body
             FROM json_to_recordset($1::json) AS v(delivery text, number bigint, at bigint, took_ms bigint, url text, request_headers text,
               status bigint, trouble text, response_headers text, response_body text)
             WHERE EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.id = v.delivery)",
        );
        let rows: Vec<Noted> = tries.iter().map(Noted::from).collect();
        let rows = batch(&rows);
        let ours = NOTE.all(&tx.conn(), vec![rows.clone()]).await?;
        LOG.run(&tx.conn(), vec![rows]).await?;
        ours.iter().map(|row| text(row, "id")).collect()
    }

    /// Is anything due that waited for one of these?
    pub async fn freed_others(tx: &Tx, tries: &[Self]) -> Result<bool, StoreError> {
        const FREED: Sql = Sql::per_engine(
            "SELECT 1 AS one FROM json_each($1) v JOIN webhook_deliveries d ON d.id = v.value
             JOIN webhook_deliveries e ON e.ordering = d.ordering AND e.webhook + 0 = d.webhook AND e.state = 'pending'
             WHERE e.due_at <= $2 AND (e.claim IS NULL OR e.leased_until < $2) LIMIT 1",
            "SELECT 1 AS one FROM json_array_elements_text($1::json) AS v(value) JOIN webhook_deliveries d ON d.id = v.value
             JOIN webhook_deliveries e ON e.ordering = d.ordering AND e.webhook + 0 = d.webhook AND e.state = 'pending'
             WHERE e.due_at <= $2 AND (e.claim IS NULL OR e.leased_until < $2) LIMIT 1",
        );
        let ids: Vec<DeliveryId> = tries.iter().map(|one| one.delivery).collect();
        Ok(FREED.one(&tx.conn(), vec![batch(&ids), tx.now().millis().into()]).await?.is_some())
    }
}
