//! What a user holds on a site: the one place that reads memberships together with their roles.

use super::roles::{self, Role};
use super::tables::{membership, site, user};
use base::{Caller, Permission, SiteId, UserId};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sockets::{StoreError, Tx};
use std::collections::BTreeSet;

use super::IdentityError;

/// A user on one site.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub site: SiteId,
    pub role: Role,
    pub disabled: bool,
}

/// The places of a user where he is not disabled, by site.
pub(super) async fn places(conn: &impl ConnectionTrait, user: UserId) -> Result<Vec<Place>, StoreError> {
    let found = membership::Entity::find()
        .filter(membership::COLUMN.user_id.eq(user.0))
        .filter(membership::COLUMN.disabled.eq(false))
        .order_by_asc(membership::COLUMN.site)
        .all(conn)
        .await?;
    let mut places = Vec::with_capacity(found.len());
    for row in found {
        if let Some(role) = roles::store::find(conn, SiteId(row.site), base::RoleId(row.role_id)).await? {
            places.push(Place { site: SiteId(row.site), role, disabled: false });
        }
    }
    Ok(places)
}

/// The user's place on this site, disabled or not.
pub(super) async fn place(conn: &impl ConnectionTrait, site: SiteId, user: UserId) -> Result<Option<Place>, StoreError> {
    let Some(row) = membership::Entity::find_by_id((site.0, user.0)).one(conn).await? else { return Ok(None) };
    let role = roles::store::find(conn, site, base::RoleId(row.role_id)).await?;
    Ok(role.map(|role| Place { site, role, disabled: row.disabled }))
}

/// The sites of a user, disabled or not.
pub(super) async fn sites_of(conn: &impl ConnectionTrait, user: UserId) -> Result<Vec<SiteId>, StoreError> {
    let rows = membership::Entity::find().filter(membership::COLUMN.user_id.eq(user.0)).all(conn).await?;
    Ok(rows.into_iter().map(|row| SiteId(row.site)).collect())
}

pub(super) async fn is_superadmin(conn: &impl ConnectionTrait, user: UserId) -> Result<bool, StoreError> {
    Ok(user::Entity::find_by_id(user.0).one(conn).await?.is_some_and(|row| row.superadmin))
}

/// Nobody grants, or takes from somebody, what they have not themselves.
pub(super) fn must_hold(caller: &Caller, wanted: &BTreeSet<Permission>) -> Result<(), IdentityError> {
    match wanted.iter().find(|permission| !caller.superadmin && !caller.may(**permission)) {
        None => Ok(()),
        Some(lacking) => Err(IdentityError::Denied(format!("you do not have the permission {lacking} yourself"))),
    }
}

/// May the caller change this user at all? Not one who stands above him.
pub(super) async fn must_stand_above(
    conn: &impl ConnectionTrait,
    caller: &Caller,
    user: UserId,
) -> Result<Place, IdentityError> {
    let missing = || IdentityError::Missing(format!("user {user}"));
    let place = place(conn, caller.site, user).await?.ok_or_else(missing)?;
    must_hold(caller, &place.role.permissions)?;
    if !caller.superadmin && is_superadmin(conn, user).await? {
        return Err(IdentityError::Denied("this user administers the installation; only such a one may change them".into()));
    }
    Ok(place)
}

/// The account itself (address, name, sign-in links) belongs to no single site once its owner works on several.
pub(super) async fn must_own_account(tx: &Tx, caller: &Caller, user: UserId) -> Result<(), IdentityError> {
    let elsewhere = sites_of(&tx.conn(), user).await?.into_iter().any(|site| site != caller.site);
    if elsewhere && !caller.superadmin && caller.user() != Some(user) {
        let why = "this person works on other sites too; only they themselves can change their account";
        return Err(IdentityError::Denied(why.into()));
    }
    Ok(())
}

/// Holds the site's people still until the transaction ends, so that two admins cannot remove each other at once.
pub(super) async fn hold_still(tx: &Tx, site: SiteId) -> Result<(), StoreError> {
    site::Entity::find_by_id(site.0).lock_exclusive().one(&tx.conn()).await?;
    Ok(())
}

/// To be asked after a change and before its commit.
pub(super) async fn must_have_an_admin(tx: &Tx, site: SiteId) -> Result<(), IdentityError> {
    let admin = roles::store::built_in(&tx.conn(), site, roles::BuiltIn::Admin).await?;
    let left = match admin {
        None => 0,
        Some(role) => {
            let all = membership::Entity::find()
                .filter(membership::COLUMN.site.eq(site.0))
                .filter(membership::COLUMN.role_id.eq(role.id.0))
                .filter(membership::COLUMN.disabled.eq(false));
            all.all(&tx.conn()).await?.len()
        }
    };
    if left == 0 {
        return Err(IdentityError::conflict("the last administrator of a site stays; appoint another one first"));
    }
    Ok(())
}
