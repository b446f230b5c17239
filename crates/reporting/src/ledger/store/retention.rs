use base::{SiteId, Timestamp};
use events::sql::{Sql, get};
use sea_orm::ConnectionTrait;
use sockets::{Db, StoreError, Tx};

/// Each site with each type it has.
pub async fn kinds<C: ConnectionTrait>(conn: &C) -> Result<Vec<(SiteId, String)>, StoreError> {
    const KINDS: Sql = Sql::same("SELECT site, name FROM ledger_types ORDER BY site, name");
    KINDS.all(conn, vec![]).await?.iter().map(|row| Ok((SiteId(get(row, "site")?), get(row, "name")?))).collect()
}

/// Days by type; under the empty name those of all others.
pub async fn rules<C: ConnectionTrait>(conn: &C, site: SiteId) -> Result<Vec<(String, i64)>, StoreError> {
    const RULES: Sql = Sql::same("SELECT name, days FROM ledger_retention WHERE site = $1 ORDER BY name");
    RULES.all(conn, vec![site.0.into()]).await?.iter().map(|row| Ok((get(row, "name")?, get(row, "days")?))).collect()
}

pub async fn replace(tx: &Tx, site: SiteId, rules: &[(String, i64)]) -> Result<(), StoreError> {
    const CLEAR: Sql = Sql::same("DELETE FROM ledger_retention WHERE site = $1");
    const PUT: Sql = Sql::same("INSERT INTO ledger_retention (site, name, days) VALUES ($1, $2, $3)");
    CLEAR.run(&tx.conn(), vec![site.0.into()]).await?;
    for (name, days) in rules {
        PUT.run(&tx.conn(), vec![site.0.into(), name.as_str().into(), (*days).into()]).await?;
    }
    Ok(())
}

/// Forgets some that happened before; how many they were.
pub async fn forget(db: &Db, site: SiteId, name: &str, before: Timestamp, most: i64) -> Result<u64, StoreError> {
    const FORGET: Sql = Sql::same(
        "DELETE FROM ledger_events WHERE id IN
           (SELECT id FROM ledger_events WHERE site = $1 AND name = $2 AND at < $3 ORDER BY at, id LIMIT $4)",
    );
    let tx = db.begin().await?;
    let forgotten = FORGET.run(&tx.conn(), vec![site.0.into(), name.into(), before.millis().into(), most.into()]).await?;
    tx.commit().await?;
    Ok(forgotten)
}
