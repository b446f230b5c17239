//! The table of endpoints.

use super::{Endpoint, Manner, SigningSecret};
use base::{Page, PageRequest, SiteId, Timestamp, WebhookId};
use events::sql::{Sql, batch, get};
use sea_orm::{QueryResult, Value};
use serde::{Deserialize, Serialize};
use sockets::{Db, StoreError, Tx};

pub(super) struct Endpoints;

/// A secret that still signs, as it is stored.
#[derive(Serialize, Deserialize)]
struct OldSecret {
    secret: String,
    until: i64,
}

impl Endpoints {
    pub async fn insert(tx: &Tx, endpoint: &Endpoint) -> Result<WebhookId, StoreError> {
        const INSERT: Sql = Sql::same(
            "INSERT INTO webhook_endpoints (site, url, events, description, enabled, secret, created_at, updated_at,
               filter, rate_per_s, schedule, max_in_flight, hold_back_s)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11, $12) RETURNING id",
        );
        let mut values = vec![
            endpoint.site.0.into(),
            endpoint.url.as_str().into(),
            names(&endpoint.events),
            endpoint.description.as_str().into(),
            endpoint.enabled.into(),
            endpoint.secret.to_store().into(),
            endpoint.created.millis().into(),
        ];
        values.extend(manner(&endpoint.manner));
        let row = INSERT.one(&tx.conn(), values).await?;
        let row = row.ok_or_else(|| StoreError::Unreadable("the new webhook has no number".into()))?;
        get(&row, "id").map(WebhookId)
    }

    pub async fn save(tx: &Tx, endpoint: &Endpoint) -> Result<(), StoreError> {
        const SAVE: Sql = Sql::same(
            "UPDATE webhook_endpoints SET url = $3, events = $4, description = $5, enabled = $6, disabled_reason = $7, failing_since = $8,
               secret = $9, old_secrets = $10, updated_at = $11, disabled_why = $12,
               filter = $13, rate_per_s = $14, schedule = $15, max_in_flight = $16, hold_back_s = $17 WHERE site = $1 AND id = $2",
        );
        let mut values = vec![
            endpoint.site.0.into(),
            endpoint.id.0.into(),
            endpoint.url.as_str().into(),
            names(&endpoint.events),
            endpoint.description.as_str().into(),
            endpoint.enabled.into(),
            endpoint.disabled_reason.clone().into(),
            endpoint.failing_since.map(Timestamp::millis).into(),
            endpoint.secret.to_store().into(),
            old_secrets(&endpoint.old_secrets),
            endpoint.updated.millis().into(),
            endpoint.disabled_why.clone().into(),
        ];
        values.extend(manner(&endpoint.manner));
        SAVE.run(&tx.conn(), values).await?;
        Ok(())
    }

    /// Without its deliveries, which are cleared before.
    pub async fn remove(tx: &Tx, site: SiteId, id: WebhookId) -> Result<bool, StoreError> {
        const REMOVE: Sql = Sql::same("DELETE FROM webhook_endpoints WHERE site = $1 AND id = $2");
        const LANE: Sql = Sql::same("DELETE FROM webhook_lanes WHERE webhook = $1");
        if REMOVE.run(&tx.conn(), vec![site.0.into(), id.0.into()]).await? == 0 {
            return Ok(false);
        }
        LANE.run(&tx.conn(), vec![id.0.into()]).await?;
        Ok(true)
    }

    /// For changing it: nobody else changes it meanwhile.
    pub async fn find(tx: &Tx, site: SiteId, id: WebhookId) -> Result<Option<Endpoint>, StoreError> {
        const HOLD: Sql = Sql::per_engine(
            "SELECT * FROM webhook_endpoints WHERE site = $1 AND id = $2",
            "SELECT * FROM webhook_endpoints WHERE site = $1 AND id = $2 FOR UPDATE",
        );
        HOLD.one(&tx.conn(), vec![site.0.into(), id.0.into()]).await?.map(|row| read(&row)).transpose()
    }

    pub async fn look_up(db: &Db, site: SiteId, id: WebhookId) -> Result<Option<Endpoint>, StoreError> {
        const FIND: Sql = Sql::same("SELECT * FROM webhook_endpoints WHERE site = $1 AND id = $2");
        FIND.one(db.read(), vec![site.0.into(), id.0.into()]).await?.map(|row| read(&row)).transpose()
    }

    pub async fn list(db: &Db, site: SiteId, page: &PageRequest) -> Result<Page<Endpoint>, StoreError> {
        const LIST: Sql = Sql::same("SELECT * FROM webhook_endpoints WHERE site = $1 AND id > $2 ORDER BY id LIMIT $3");
        let after = page.after.as_deref().and_then(|cursor| cursor.parse::<i64>().ok()).unwrap_or(0);
        let rows = LIST.all(db.read(), vec![site.0.into(), after.into(), (i64::from(page.limit) + 1).into()]).await?;
        let endpoints = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(endpoints, page.limit, |endpoint| endpoint.id.to_string()))
    }

    pub async fn all(tx: &Tx, site: SiteId) -> Result<Vec<Endpoint>, StoreError> {
        const ALL: Sql = Sql::same("SELECT * FROM webhook_endpoints WHERE site = $1 ORDER BY id");
        let rows = ALL.all(&tx.conn(), vec![site.0.into()]).await?;
        rows.iter().map(read).collect()
    }

    /// Those of these numbers that are there, of whatever site.
    pub async fn among(db: &Db, ids: &[WebhookId]) -> Result<Vec<Endpoint>, StoreError> {
        const AMONG: Sql = Sql::per_engine(
            "SELECT * FROM webhook_endpoints WHERE id IN (SELECT value FROM json_each($1))",
            "SELECT * FROM webhook_endpoints WHERE id IN (SELECT value::bigint FROM json_array_elements_text($1::json))",
        );
        let rows = AMONG.all(db.read(), vec![batch(ids)]).await?;
        rows.iter().map(read).collect()
    }

    /// Those that were disabled by themselves and that nobody saw to, of all sites.
    pub async fn disabled(db: &Db) -> Result<Vec<Endpoint>, StoreError> {
        const DISABLED: Sql = Sql::same("SELECT * FROM webhook_endpoints WHERE disabled_reason IS NOT NULL ORDER BY id");
        let rows = DISABLED.all(db.read(), vec![]).await?;
        rows.iter().map(read).collect()
    }

    pub async fn count(tx: &Tx, site: SiteId) -> Result<i64, StoreError> {
        const COUNT: Sql = Sql::same("SELECT COUNT(*) AS n FROM webhook_endpoints WHERE site = $1");
        COUNT.one(&tx.conn(), vec![site.0.into()]).await?.map_or(Ok(0), |row| get(&row, "n"))
    }
}

fn names(events: &[String]) -> Value {
    serde_json::to_string(events).expect("names are plain JSON").into()
}

fn old_secrets(secrets: &[(SigningSecret, Timestamp)]) -> Value {
    let old = |(secret, until): &(SigningSecret, Timestamp)| OldSecret { secret: secret.to_store().to_owned(), until: until.millis() };
    batch(&secrets.iter().map(old).collect::<Vec<_>>())
}

fn manner(manner: &Manner) -> [Value; 5] {
    let json = |text: Result<String, serde_json::Error>| text.expect("settings are plain JSON");
    [
        manner.filter.as_ref().map(|filter| json(serde_json::to_string(filter))).into(),
        manner.rate_per_s.map(i64::from).into(),
        manner.schedule.as_ref().map(|schedule| json(serde_json::to_string(schedule))).into(),
        manner.max_in_flight.map(i64::from).into(),
        manner.hold_back_s.map(i64::from).into(),
    ]
}

fn read_manner(row: &QueryResult) -> Result<Manner, StoreError> {
    fn json<T: serde::de::DeserializeOwned>(row: &QueryResult, column: &str) -> Result<Option<T>, StoreError> {
        let text: Option<String> = get(row, column)?;
        text.map(|text| serde_json::from_str(&text).map_err(|err| StoreError::Unreadable(err.to_string()))).transpose()
    }
    let number = |column| get::<Option<i64>>(row, column).map(|number| number.and_then(|number| u32::try_from(number).ok()));
    Ok(Manner {
        filter: json(row, "filter")?,
        rate_per_s: number("rate_per_s")?,
        schedule: json(row, "schedule")?,
        max_in_flight: number("max_in_flight")?,
        hold_back_s: number("hold_back_s")?,
    })
}

fn read(row: &QueryResult) -> Result<Endpoint, StoreError> {
    let (events, old): (String, String) = (get(row, "events")?, get(row, "old_secrets")?);
    let unreadable = |err: serde_json::Error| StoreError::Unreadable(err.to_string());
    let old: Vec<OldSecret> = serde_json::from_str(&old).map_err(unreadable)?;
    let time = |column| get::<Option<i64>>(row, column).map(|at| at.map(Timestamp::from_millis));
    Ok(Endpoint {
        id: WebhookId(get(row, "id")?),
        site: SiteId(get(row, "site")?),
        url: get(row, "url")?,
        events: serde_json::from_str(&events).map_err(unreadable)?,
        description: get(row, "description")?,
        enabled: get(row, "enabled")?,
        disabled_reason: get(row, "disabled_reason")?,
        disabled_why: get(row, "disabled_why")?,
        manner: read_manner(row)?,
        failing_since: time("failing_since")?,
        secret: SigningSecret::stored(get(row, "secret")?),
        old_secrets: old.into_iter().map(|old| (SigningSecret::stored(old.secret), Timestamp::from_millis(old.until))).collect(),
        created: Timestamp::from_millis(get(row, "created_at")?),
        updated: Timestamp::from_millis(get(row, "updated_at")?),
    })
}
