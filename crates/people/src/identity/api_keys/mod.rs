//! API keys: how programs sign in. A key is of one site, may what was granted, and is shown once.

mod routes;
mod store;

pub(super) use routes::routes;

use super::{IdentityError, access, input};
use base::{ApiKeyId, Caller, Digest, Invalid, Permission, Secret, SiteId, Timestamp, UserId};
use sockets::{Db, StoreError};
use std::collections::BTreeSet;
use std::time::Duration;

/// Use is noted this often, so that reading does not write.
const NOTED: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub site: SiteId,
    pub name: String,
    /// The first characters, by which its owner knows it again.
    pub hint: String,
    pub permissions: BTreeSet<Permission>,
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub used_at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub struct NewApiKey {
    pub name: String,
    pub permissions: BTreeSet<Permission>,
    pub expires_at: Option<Timestamp>,
}

pub struct ApiKeys {
    db: Db,
}

impl ApiKeys {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// The key with this digest, if it may be used. Notes that it is in use.
    pub async fn open(&self, digest: &Digest) -> Result<Option<ApiKey>, IdentityError> {
        let now = self.db.clock().now();
        let found = store::by_digest(self.db.read(), digest).await?;
        let Some(key) = found.filter(|key| key.expires_at.is_none_or(|end| now < end)) else { return Ok(None) };
        if key.used_at.is_none_or(|used| now.since(used) > NOTED) {
            // Not worth failing for, as on a full disk, where reading goes on.
            if let Err(err) = self.note(key.id).await {
                tracing::warn!(error = ?err, "the use of an API key could not be noted");
            }
        }
        Ok(Some(key))
    }

    async fn note(&self, id: ApiKeyId) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        store::used(&tx, id).await?;
        tx.commit().await
    }

    pub async fn list(&self, caller: &Caller) -> Result<Vec<ApiKey>, IdentityError> {
        Ok(store::all(self.db.read(), caller.site).await?)
    }

    /// The secret is told here and never again.
    pub async fn create(&self, caller: &Caller, new: NewApiKey) -> Result<(ApiKey, Secret), IdentityError> {
        let name = input::name("name", &new.name)?;
        access::must_hold(caller, &new.permissions)?;
        let tx = self.db.begin().await?;
        if new.expires_at.is_some_and(|end| end <= tx.now()) {
            return Err(Invalid::new("expires_at", "should lie ahead").into());
        }
        let secret = self.db.minter().secret("sbk_");
        let key = ApiKey {
            id: ApiKeyId(0),
            site: caller.site,
            name,
            hint: secret.reveal().chars().take(10).collect(),
            permissions: new.permissions,
            created_by: caller.user(),
            created_at: tx.now(),
            expires_at: new.expires_at,
            used_at: None,
        };
        let id = store::insert(&tx, &key, &secret.digest()).await?;
        tx.commit().await?;
        Ok((ApiKey { id, ..key }, secret))
    }

    pub async fn delete(&self, caller: &Caller, id: ApiKeyId) -> Result<(), IdentityError> {
        let tx = self.db.begin().await?;
        if !store::delete(&tx, caller.site, id).await? {
            return Err(IdentityError::Missing(format!("API key {id}")));
        }
        tx.commit().await?;
        Ok(())
    }
}
