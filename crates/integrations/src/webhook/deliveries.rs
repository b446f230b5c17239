//! The tables of deliveries and their attempts.

use super::{Attempt, Delivery, DeliveryState};
use base::{DeliveryId, Page, PageRequest, SiteId, Timestamp, WebhookId};
use events::sql::{Sql, get, queue_up};
use sea_orm::QueryResult;
use sockets::{Db, StoreError, Tx};
use std::time::Duration;

pub(super) struct Deliveries;

/// What a try leads to.
pub(super) struct Verdict {
    pub state: DeliveryState,
    pub due_at: Timestamp,
    pub status: Option<i64>,
}

impl Deliveries {
    /// False when the event is on its way to this endpoint already.
    pub async fn insert(tx: &Tx, delivery: &Delivery) -> Result<bool, StoreError> {
        const INSERT: Sql = Sql::same(
            "INSERT INTO webhook_deliveries (id, site, webhook, event, name, body, state, due_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8) ON CONFLICT (webhook, event) DO NOTHING",
        );
        let values = vec![
            delivery.id.to_string().into(),
            delivery.site.0.into(),
            delivery.webhook.0.into(),
            delivery.event.to_string().into(),
            delivery.name.as_str().into(),
            delivery.body.as_str().into(),
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

    /// Enabled endpoints for which something is due.
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
        Ok(claimed)
    }

    /// Writes down how a try went. False when the claim is somebody else's by now; then only the log remembers it.
    pub async fn note(tx: &Tx, delivery: &Delivery, claim: i64, attempt: &Attempt, verdict: &Verdict) -> Result<bool, StoreError> {
        const NOTE: Sql = Sql::same(
            "UPDATE webhook_deliveries SET state = $3, due_at = $4, last_status = $5, tries = tries + 1, attempts = attempts + 1, claim = NULL
             WHERE id = $1 AND claim = $2",
        );
        const LOG: Sql = Sql::same(
            "INSERT INTO webhook_attempts (delivery, number, at, took_ms, url, request_headers, status, trouble, response_headers, response_body)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        );
        let values = vec![
            delivery.id.to_string().into(),
            claim.into(),
            verdict.state.to_string().into(),
            verdict.due_at.millis().into(),
            verdict.status.into(),
        ];
        let ours = NOTE.run(&tx.conn(), values).await? == 1;
        let values = vec![
            delivery.id.to_string().into(),
            i64::from(attempt.number).into(),
            attempt.at.millis().into(),
            i64::try_from(attempt.took.as_millis()).unwrap_or(i64::MAX).into(),
            attempt.url.as_str().into(),
            pairs(&attempt.request_headers).into(),
            attempt.status.into(),
            attempt.trouble.clone().into(),
            pairs(&attempt.response_headers).into(),
            attempt.response_body.as_str().into(),
        ];
        LOG.run(&tx.conn(), values).await?;
        Ok(ours)
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
