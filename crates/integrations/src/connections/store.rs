//! The table of connections.

use super::{Breaker, Connection};
use base::{SiteId, Timestamp};
use events::sql::{Sql, get};
use sea_orm::{ConnectionTrait, QueryResult};
use sockets::{StoreError, Tx};

pub(super) async fn find<C: ConnectionTrait>(conn: &C, site: SiteId, kind: &'static str) -> Result<Connection, StoreError> {
    const FIND: Sql = Sql::same("SELECT * FROM integration_connections WHERE site = $1 AND kind = $2");
    let row = FIND.one(conn, vec![site.0.into(), kind.into()]).await?;
    row.map_or_else(|| Ok(Connection::unset(site, kind)), |row| read(&row, site, kind))
}

/// The connection as it is now and stays until the transaction ends.
pub(super) async fn hold(tx: &Tx, site: SiteId, kind: &'static str) -> Result<Connection, StoreError> {
    events::sql::queue_up(&tx.conn(), &format!("connection {site} {kind}")).await?;
    find(&tx.conn(), site, kind).await
}

pub(super) async fn save_settings(tx: &Tx, connection: &Connection) -> Result<(), StoreError> {
    const SAVE: Sql = Sql::same(
        "INSERT INTO integration_connections (site, kind, enabled, settings, updated_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (site, kind) DO UPDATE SET enabled = excluded.enabled, settings = excluded.settings, updated_at = excluded.updated_at",
    );
    let values = vec![
        connection.site.0.into(),
        connection.kind.into(),
        connection.enabled.into(),
        connection.settings.to_string().into(),
        tx.now().millis().into(),
    ];
    SAVE.run(&tx.conn(), values).await?;
    Ok(())
}

pub(super) async fn save_health(tx: &Tx, connection: &Connection) -> Result<(), StoreError> {
    const SAVE: Sql = Sql::same(
        "UPDATE integration_connections SET failures = $3, trips = $4, open_until = $5, probe_until = $6, last_error = $7,
           last_error_at = $8, last_ok_at = $9 WHERE site = $1 AND kind = $2",
    );
    let time = |at: Option<Timestamp>| at.map(Timestamp::millis);
    let breaker = &connection.breaker;
    let values = vec![
        connection.site.0.into(),
        connection.kind.into(),
        i64::from(breaker.failures).into(),
        i64::from(breaker.trips).into(),
        time(breaker.open_until).into(),
        time(breaker.probe_until).into(),
        connection.last_error.clone().into(),
        time(connection.last_error_at).into(),
        time(connection.last_ok_at).into(),
    ];
    SAVE.run(&tx.conn(), values).await?;
    Ok(())
}

fn read(row: &QueryResult, site: SiteId, kind: &'static str) -> Result<Connection, StoreError> {
    let time = |column| get::<Option<i64>>(row, column).map(|at| at.map(Timestamp::from_millis));
    let number = |column| get::<i64>(row, column).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let settings: String = get(row, "settings")?;
    Ok(Connection {
        site,
        kind,
        configured: true,
        enabled: get(row, "enabled")?,
        settings: serde_json::from_str(&settings).map_err(|err| StoreError::Unreadable(err.to_string()))?,
        breaker: Breaker {
            failures: number("failures")?,
            trips: number("trips")?,
            open_until: time("open_until")?,
            probe_until: time("probe_until")?,
        },
        last_error: get(row, "last_error")?,
        last_error_at: time("last_error_at")?,
        last_ok_at: time("last_ok_at")?,
    })
}
