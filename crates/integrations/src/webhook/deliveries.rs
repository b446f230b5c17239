//! The tables of deliveries and their attempts.

use super::{Again, Attempt, Delivery, DeliveryState};
use base::{DeliveryId, Page, PageRequest, SiteId, Timestamp, WebhookId};
use events::sql::{Sql, batch, get, queue_up};
use sea_orm::QueryResult;
use serde::Serialize;
use sockets::{Db, StoreError, Tx};
use std::collections::HashSet;
use std::time::Duration;

pub(super) struct Deliveries;

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

fn which_of(site: SiteId, webhook: WebhookId, which: &Again) -> Vec<sea_orm::Value> {
    vec![
        site.0.into(),
        webhook.0.into(),
        which.state.map(|state| state.to_string()).unwrap_or_default().into(),
        which.from.map_or(i64::MIN, Timestamp::millis).into(),
        which.to.map_or(i64::MAX, Timestamp::millis).into(),
    ]
}

impl Deliveries {
    /// False when the event is on its way to this endpoint already.
    pub async fn insert(tx: &Tx, delivery: &Delivery) -> Result<bool, StoreError> {
        const INSERT: Sql = Sql::same(
            "INSERT INTO webhook_deliveries (id, site, webhook, event, name, body, state, due_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (webhook, event) DO NOTHING",
        );
        let values = vec![
            delivery.id.to_string().into(),
            delivery.site.0.into(),
            delivery.webhook.0.into(),
            delivery.event.to_string().into(),
            delivery.name.as_str().into(),
            delivery.body.as_str().into(),
            delivery.state.to_string().into(),
            delivery.due_at.millis().into(),
            delivery.created.millis().into(),
        ];
        Ok(INSERT.run(&tx.conn(), values).await? == 1)
    }

    /// Newest first.
    pub async fn list(
        db: &Db,
        site: SiteId,
        webhook: WebhookId,
        state: Option<DeliveryState>,
        page: &PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        const LIST: Sql = Sql::same(
            "SELECT * FROM webhook_deliveries WHERE site = $1 AND webhook = $2 AND ($3 = '' OR id < $3) AND ($4 = '' OR state = $4)
             ORDER BY id DESC LIMIT $5",
        );
        let values = vec![
            site.0.into(),
            webhook.0.into(),
            page.after.clone().unwrap_or_default().into(),
            state.map(|state| state.to_string()).unwrap_or_default().into(),
            (i64::from(page.limit) + 1).into(),
        ];
        let rows = LIST.all(db.read(), values).await?;
        let deliveries = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(deliveries, page.limit, |delivery| delivery.id.to_string()))
    }

    pub async fn find(db: &Db, site: SiteId, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        const FIND: Sql = Sql::same("SELECT * FROM webhook_deliveries WHERE site = $1 AND id = $2");
        FIND.one(db.read(), vec![site.0.into(), id.to_string().into()]).await?.map(|row| read(&row)).transpose()
    }

    pub async fn attempts(db: &Db, id: DeliveryId) -> Result<Vec<Attempt>, StoreError> {
        const ATTEMPTS: Sql = Sql::same("SELECT * FROM webhook_attempts WHERE delivery = $1 ORDER BY number");
        let rows = ATTEMPTS.all(db.read(), vec![id.to_string().into()]).await?;
        rows.iter().map(read_attempt).collect()
    }

    /// Begins a new series of tries, at once.
    pub async fn again(tx: &Tx, site: SiteId, id: DeliveryId) -> Result<bool, StoreError> {
        const AGAIN: Sql = Sql::same("UPDATE webhook_deliveries SET state = 'pending', tries = 0, due_at = $3 WHERE site = $1 AND id = $2");
        Ok(AGAIN.run(&tx.conn(), vec![site.0.into(), id.to_string().into(), tx.now().millis().into()]).await? == 1)
    }

    /// How many there are of these.
    pub async fn count(db: &Db, site: SiteId, webhook: WebhookId, which: &Again) -> Result<u64, StoreError> {
        const COUNT: Sql = Sql::same(
            "SELECT COUNT(*) AS n FROM webhook_deliveries WHERE site = $1 AND webhook = $2 AND state <> 'pending'
               AND ($3 = '' OR state = $3) AND created_at >= $4 AND created_at < $5",
        );
        let row = COUNT.one(db.read(), which_of(site, webhook, which)).await?;
        row.map_or(Ok(0), |row| get::<i64>(&row, "n").map(i64::unsigned_abs))
    }

    /// Begins a new series of tries for each of these, at once.
    pub async fn all_again(tx: &Tx, site: SiteId, webhook: WebhookId, which: &Again) -> Result<u64, StoreError> {
        const AGAIN: Sql = Sql::same(
            "UPDATE webhook_deliveries SET state = 'pending', tries = 0, due_at = $6 WHERE site = $1 AND webhook = $2 AND state <> 'pending'
               AND ($3 = '' OR state = $3) AND created_at >= $4 AND created_at < $5",
        );
        let mut values = which_of(site, webhook, which);
        values.push(tx.now().millis().into());
        AGAIN.run(&tx.conn(), values).await
    }

    /// Enabled endpoints for which something is due that nobody has claimed.
    pub async fn waiting_endpoints(db: &Db, now: Timestamp) -> Result<Vec<WebhookId>, StoreError> {
        const WAITING: Sql = Sql::same(
            "SELECT e.id FROM webhook_endpoints e WHERE e.enabled AND EXISTS
               (SELECT 1 FROM webhook_deliveries d WHERE d.webhook = e.id AND d.state = 'pending' AND d.due_at <= $1
                AND (d.claim IS NULL OR d.leased_until < $1))",
        );
        let rows = WAITING.all(db.read(), vec![now.millis().into()]).await?;
        rows.iter().map(|row| get(row, "id").map(WebhookId)).collect()
    }

    /// Takes due deliveries of these endpoints, of each no more than it has room for.
    pub async fn claim(db: &Db, rooms: &[(WebhookId, usize)], claim: i64, lease: Duration) -> Result<Vec<Delivery>, StoreError> {
        const CLAIM: Sql = Sql::same(
            "UPDATE webhook_deliveries SET claim = $1, leased_until = $2 WHERE id IN
               (SELECT id FROM webhook_deliveries WHERE webhook = $3 AND state = 'pending' AND due_at <= $4
                AND (claim IS NULL OR leased_until < $4) ORDER BY due_at, id LIMIT $5)
             RETURNING *",
        );
        let tx = db.begin().await?;
        queue_up(&tx.conn(), "webhook deliveries").await?;
        let now = tx.now();
        let mut claimed = Vec::new();
        for (webhook, room) in rooms {
            let room = i64::try_from(*room).unwrap_or(i64::MAX);
            let values = vec![claim.into(), now.plus(lease).millis().into(), webhook.0.into(), now.millis().into(), room.into()];
            for row in CLAIM.all(&tx.conn(), values).await? {
                claimed.push(read(&row)?);
            }
        }
        tx.commit().await?;
        claimed.sort_by_key(|delivery: &Delivery| (delivery.due_at, delivery.id));
        Ok(claimed)
    }

    /// Gives back what was claimed and not tried.
    pub async fn let_go(db: &Db, claim: i64, ids: &[DeliveryId]) -> Result<(), StoreError> {
        const LET_GO: Sql = Sql::per_engine(
            "UPDATE webhook_deliveries SET claim = NULL WHERE claim = $1 AND id IN (SELECT value FROM json_each($2))",
            "UPDATE webhook_deliveries SET claim = NULL WHERE claim = $1 AND id IN (SELECT value FROM json_array_elements_text($2::json) AS r(value))",
        );
        let tx = db.begin().await?;
        LET_GO.run(&tx.conn(), vec![claim.into(), batch(ids)]).await?;
        tx.commit().await
    }

    /// Writes down how tries went, many at once. The ids of those whose claim was ours; of others only the log remembers it.
    pub async fn note(tx: &Tx, tries: &[Try]) -> Result<HashSet<DeliveryId>, StoreError> {
        const NOTE: Sql = Sql::per_engine(
            "UPDATE webhook_deliveries SET state = v.value ->> 'state', due_at = v.value ->> 'due_at', last_status = v.value ->> 'status',
               tries = tries + 1, attempts = attempts + 1, claim = NULL
             FROM json_each($1) v WHERE webhook_deliveries.id = v.value ->> 'delivery' AND webhook_deliveries.claim = v.value ->> 'claim'
             RETURNING webhook_deliveries.id AS id",
            "UPDATE webhook_deliveries SET state = v.state, due_at = v.due_at, last_status = v.status, tries = tries + 1,
               attempts = attempts + 1, claim = NULL
             FROM json_to_recordset($1::json) AS v(delivery text, claim bigint, state text, due_at bigint, status bigint)
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

    pub async fn forget(db: &Db, before: Timestamp) -> Result<u64, StoreError> {
        const ATTEMPTS: Sql = Sql::same(
            "DELETE FROM webhook_attempts WHERE delivery IN (SELECT id FROM webhook_deliveries WHERE created_at < $1 AND state <> 'pending')",
        );
        const DELIVERIES: Sql = Sql::same("DELETE FROM webhook_deliveries WHERE created_at < $1 AND state <> 'pending'");
        let tx = db.begin().await?;
        ATTEMPTS.run(&tx.conn(), vec![before.millis().into()]).await?;
        let forgotten = DELIVERIES.run(&tx.conn(), vec![before.millis().into()]).await?;
        tx.commit().await?;
        Ok(forgotten)
    }
}

fn pairs(headers: &[(String, String)]) -> String {
    serde_json::to_string(headers).expect("pairs of texts are plain JSON")
}

fn number(row: &QueryResult, column: &str) -> Result<u32, StoreError> {
    Ok(u32::try_from(get::<i64>(row, column)?).unwrap_or(u32::MAX))
}

fn text<T: std::str::FromStr>(row: &QueryResult, column: &str) -> Result<T, StoreError> {
    get::<String>(row, column)?.parse().map_err(|_| StoreError::Unreadable(format!("{column} of a webhook delivery")))
}

fn read(row: &QueryResult) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: text(row, "id")?,
        site: SiteId(get(row, "site")?),
        webhook: WebhookId(get(row, "webhook")?),
        event: text(row, "event")?,
        name: get(row, "name")?,
        body: get(row, "body")?,
        state: text(row, "state")?,
        tries: number(row, "tries")?,
        attempts: number(row, "attempts")?,
        due_at: Timestamp::from_millis(get(row, "due_at")?),
        last_status: get(row, "last_status")?,
        created: Timestamp::from_millis(get(row, "created_at")?),
    })
}

fn read_attempt(row: &QueryResult) -> Result<Attempt, StoreError> {
    let headers = |column| {
        let text: String = get(row, column)?;
        serde_json::from_str(&text).map_err(|err| StoreError::Unreadable(err.to_string()))
    };
    Ok(Attempt {
        number: number(row, "number")?,
        at: Timestamp::from_millis(get(row, "at")?),
        took: Duration::from_millis(get::<i64>(row, "took_ms")?.max(0).unsigned_abs()),
        url: get(row, "url")?,
        request_headers: headers("request_headers")?,
        status: get(row, "status")?,
        trouble: get(row, "trouble")?,
        response_headers: headers("response_headers")?,
        response_body: get(row, "response_body")?,
    })
}
