//! Secrets that the other system exchanges for new ones now and then.

use super::store;
use base::SiteId;
use serde_json::Value;
use sockets::{Db, StoreError};

/// A secret as it is kept now: another node may have exchanged it since the settings were read.
pub(crate) async fn kept_secret(db: &Db, site: SiteId, kind: &'static str, name: &str) -> Result<Option<Value>, StoreError> {
    let connection = store::find(db.read(), site, kind).await?;
    Ok(connection.settings.get(name).cloned())
}

/// Keeps a secret in place of the one that it was exchanged for. When meanwhile somebody saved another, that one stays.
pub(crate) async fn exchange_secret(db: &Db, site: SiteId, kind: &'static str, name: &str, old: &Value, new: Value) -> Result<(), StoreError> {
    let tx = db.begin().await?;
    let mut connection = store::hold(&tx, site, kind).await?;
    if connection.settings.get(name) == Some(old) {
        connection.settings[name] = new;
        store::save_settings(&tx, &connection).await?;
    }
    tx.commit().await
}
