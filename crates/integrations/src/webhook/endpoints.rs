//! The table of endpoints.

use super::{Endpoint, SigningSecret};
use base::{Page, PageRequest, SiteId, Timestamp, WebhookId};
use events::sql::{Sql, get};
use sea_orm::{QueryResult, Value};
use sockets::{Db, StoreError, Tx};

pub(super) struct Endpoints;

impl Endpoints {
    pub async fn insert(tx: &Tx, endpoint: &Endpoint) -> Result<WebhookId, StoreError> {
        const INSERT: Sql = Sql::same(
            "INSERT INTO webhook_endpoints (site, url, events, description, enabled, secret, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING id",
        );
        let values = vec![
            endpoint.site.0.into(),
            endpoint.url.as_str().into(),
            names(&endpoint.events),
            endpoint.description.as_str().into(),
            endpoint.enabled.into(),
            endpoint.secret.reveal().into(),
            endpoint.created.millis().into(),
        ];
        let row = INSERT.one(&tx.conn(), values).await?;
        let row = row.ok_or_else(|| StoreError::Unreadable("the new webhook has no number".into()))?;
        get(&row, "id").map(WebhookId)
    }

    pub async fn save(tx: &Tx, endpoint: &Endpoint) -> Result<(), StoreError> {
        const SAVE: Sql = Sql::same(
            "UPDATE webhook_endpoints SET url = $3, events = $4, description = $5, enabled = $6, disabled_reason = $7, failing_since = $8,
               secret = $9, old_secret = $10, old_secret_until = $11, updated_at = $12 WHERE site = $1 AND id = $2",
        );
        let old = endpoint.old_secret.as_ref();
        let values = vec![
            endpoint.site.0.into(),
            endpoint.id.0.into(),
            endpoint.url.as_str().into(),
            names(&endpoint.events),
            endpoint.description.as_str().into(),
            endpoint.enabled.into(),
            endpoint.disabled_reason.clone().into(),
            endpoint.failing_since.map(Timestamp::millis).into(),
            endpoint.secret.reveal().into(),
            old.map(|(secret, _)| secret.reveal().to_owned()).into(),
            old.map(|(_, until)| until.millis()).into(),
            endpoint.updated.millis().into(),
        ];
        SAVE.run(&tx.conn(), values).await?;
        Ok(())
    }

    /// With its deliveries and their log.
    pub async fn remove(tx: &Tx, site: SiteId, id: WebhookId) -> Result<bool, StoreError> {
        const REMOVE: Sql = Sql::same("DELETE FROM webhook_endpoints WHERE site = $1 AND id = $2");
        const ATTEMPTS: Sql =
            Sql::same("DELETE FROM webhook_attempts WHERE delivery IN (SELECT id FROM webhook_deliveries WHERE webhook = $1)");
        const DELIVERIES: Sql = Sql::same("DELETE FROM webhook_deliveries WHERE webhook = $1");
        if REMOVE.run(&tx.conn(), vec![site.0.into(), id.0.into()]).await? == 0 {
            return Ok(false);
        }
        ATTEMPTS.run(&tx.conn(), vec![id.0.into()]).await?;
        DELIVERIES.run(&tx.conn(), vec![id.0.into()]).await?;
        Ok(true)
    }

    pub async fn find(tx: &Tx, site: SiteId, id: WebhookId) -> Result<Option<Endpoint>, StoreError> {
        FIND.one(&tx.conn(), vec![site.0.into(), id.0.into()]).await?.map(|row| read(&row)).transpose()
    }

    pub async fn look_up(db: &Db, site: SiteId, id: WebhookId) -> Result<Option<Endpoint>, StoreError> {
        FIND.one(db.read(), vec![site.0.into(), id.0.into()]).await?.map(|row| read(&row)).transpose()
    }

    pub async fn list(db: &Db, site: SiteId, page: &PageRequest) -> Result<Page<Endpoint>, StoreError> {
        const LIST: Sql = Sql::same("SELECT * FROM webhook_endpoints WHERE site = $1 AND id > $2 ORDER BY id LIMIT $3");
        let after = page.after.as_deref().and_then(|cursor| cursor.parse::<i64>().ok()).unwrap_or(0);
        let rows = LIST.all(db.read(), vec![site.0.into(), after.into(), (i64::from(page.limit) + 1).into()]).await?;
        let endpoints = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(endpoints, page.limit, |endpoint| endpoint.id.to_string()))
    }

    pub async fn enabled(tx: &Tx, site: SiteId) -> Result<Vec<Endpoint>, StoreError> {
        const ENABLED: Sql = Sql::same("SELECT * FROM webhook_endpoints WHERE site = $1 AND enabled ORDER BY id");
        let rows = ENABLED.all(&tx.conn(), vec![site.0.into()]).await?;
        rows.iter().map(read).collect()
    }

    pub async fn count(tx: &Tx, site: SiteId) -> Result<i64, StoreError> {
        const COUNT: Sql = Sql::same("SELECT COUNT(*) AS n FROM webhook_endpoints WHERE site = $1");
        COUNT.one(&tx.conn(), vec![site.0.into()]).await?.map_or(Ok(0), |row| get(&row, "n"))
    }
}

const FIND: Sql = Sql::same("SELECT * FROM webhook_endpoints WHERE site = $1 AND id = $2");

fn names(events: &[String]) -> Value {
    serde_json::to_string(events).expect("names are plain JSON").into()
}

fn read(row: &QueryResult) -> Result<Endpoint, StoreError> {
    let events: String = get(row, "events")?;
    let time = |column| get::<Option<i64>>(row, column).map(|at| at.map(Timestamp::from_millis));
    let old: Option<String> = get(row, "old_secret")?;
    Ok(Endpoint {
        id: WebhookId(get(row, "id")?),
        site: SiteId(get(row, "site")?),
        url: get(row, "url")?,
        events: serde_json::from_str(&events).map_err(|err| StoreError::Unreadable(err.to_string()))?,
        description: get(row, "description")?,
        enabled: get(row, "enabled")?,
        disabled_reason: get(row, "disabled_reason")?,
        failing_since: time("failing_since")?,
        secret: SigningSecret::stored(get(row, "secret")?),
        old_secret: old.map(SigningSecret::stored).zip(time("old_secret_until")?),
        created: Timestamp::from_millis(get(row, "created_at")?),
        updated: Timestamp::from_millis(get(row, "updated_at")?),
    })
}
