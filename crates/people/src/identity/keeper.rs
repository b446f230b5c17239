//! Opens the door for users and API keys.

use super::roles::BuiltIn;
use super::tables::{site, user};
use super::{Identity, IdentityError, access};
use base::{Actor, Caller, Digest, Permission, SiteId, UserId};
use sea_orm::{EntityTrait, QueryOrder};
use std::collections::BTreeSet;
use std::sync::Arc;
use web::{Answer, StaffDoor, StaffPass};

impl Identity {
    async fn user_on_site(&self, id: UserId, wanted: Option<SiteId>) -> Result<Option<Caller>, IdentityError> {
        let conn = self.db.read();
        let Some(user) = user::Entity::find_by_id(id.0).one(conn).await? else { return Ok(None) };
        let (site, permissions) = if user.superadmin {
            let Some(site) = self.site_for_superadmin(id, wanted).await? else { return Ok(None) };
            (site, BuiltIn::Admin.permissions())
        } else {
            match self.place_of(id, wanted).await? {
                Some(found) => found,
                None => return Ok(None),
            }
        };
        let caller = Caller { superadmin: user.superadmin, ..Caller::new(site, Actor::User(id), permissions) };
        Ok(Some(caller))
    }

    /// Where a user works: on the site that was named, or on the first of his.
    async fn place_of(
        &self,
        user: UserId,
        wanted: Option<SiteId>,
    ) -> Result<Option<(SiteId, BTreeSet<Permission>)>, IdentityError> {
        let conn = self.db.read();
        let place = match wanted {
            Some(site) => {
                let found = access::place(conn, site, user).await?.filter(|place| !place.disabled);
                Some(found.ok_or_else(|| IdentityError::Missing(format!("site {site}")))?)
            }
            None => access::places(conn, user).await?.into_iter().next(),
        };
        Ok(place.map(|place| (place.site, place.role.permissions)))
    }

    async fn site_for_superadmin(&self, user: UserId, wanted: Option<SiteId>) -> Result<Option<SiteId>, IdentityError> {
        let conn = self.db.read();
        if let Some(wanted) = wanted {
            let found = site::Entity::find_by_id(wanted.0).one(conn).await?;
            return found.map(|_| Some(wanted)).ok_or_else(|| IdentityError::Missing(format!("site {wanted}")));
        }
        if let Some(place) = access::places(conn, user).await?.into_iter().next() {
            return Ok(Some(place.site));
        }
        let first = site::Entity::find().order_by_asc(site::COLUMN.id).one(conn).await?;
        Ok(first.map(|row| SiteId(row.id)))
    }
}

#[async_trait::async_trait]
impl StaffDoor for Identity {
    async fn session(&self, cookie: &Digest, site: Option<SiteId>) -> Answer<Option<StaffPass>> {
        let Some(session) = self.sessions.open(cookie).await? else { return Ok(None) };
        let caller = self.user_on_site(session.user, site).await?;
        Ok(caller.map(|caller| StaffPass { caller, session: Some(session.id) }))
    }

    async fn api_key(&self, key: &Digest, site: Option<SiteId>) -> Answer<Option<StaffPass>> {
        let Some(key) = self.api_keys.open(key).await? else { return Ok(None) };
        if let Some(other) = site.filter(|wanted| *wanted != key.site) {
            return Err(IdentityError::Missing(format!("site {other}")).into());
        }
        let caller = Caller::new(key.site, Actor::ApiKey(key.id), key.permissions);
        Ok(Some(StaffPass { caller, session: None }))
    }
}

/// The keeper as the door takes it.
impl From<Identity> for Arc<dyn StaffDoor> {
    fn from(identity: Identity) -> Self {
        Arc::new(identity)
    }
}
