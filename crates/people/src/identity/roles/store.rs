use super::{BuiltIn, NewRole, Role};
use crate::identity::tables::{membership, role};
use base::{Permission, RoleId, SiteId};
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use sockets::{StoreError, Tx};
use std::collections::BTreeSet;

impl From<role::Model> for Role {
    fn from(row: role::Model) -> Self {
        let built_in = row.built_in.as_deref().and_then(BuiltIn::read);
        let permissions = match built_in {
            Some(BuiltIn::Admin) => BuiltIn::Admin.permissions(),
            _ => read_permissions(&row.permissions),
        };
        Self { id: RoleId(row.id), site: SiteId(row.site), name: row.name, built_in, permissions }
    }
}

/// Names that this version does not know grant nothing.
pub(in crate::identity) fn read_permissions(json: &str) -> BTreeSet<Permission> {
    let names: Vec<String> = serde_json::from_str(json).unwrap_or_default();
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

pub(in crate::identity) fn write_permissions(permissions: &BTreeSet<Permission>) -> String {
    let names: Vec<_> = permissions.iter().map(|permission| permission.wire()).collect();
    serde_json::json!(names).to_string()
}

pub(in crate::identity) async fn find(conn: &impl ConnectionTrait, site: SiteId, id: RoleId) -> Result<Option<Role>, StoreError> {
    let row = role::Entity::find_by_id(id.0).filter(role::COLUMN.site.eq(site.0)).one(conn).await?;
    Ok(row.map(Role::from))
}

pub(in crate::identity) async fn all(conn: &impl ConnectionTrait, site: SiteId) -> Result<Vec<Role>, StoreError> {
    let rows = role::Entity::find().filter(role::COLUMN.site.eq(site.0)).order_by_asc(role::COLUMN.id).all(conn).await?;
    Ok(rows.into_iter().map(Role::from).collect())
}

pub(in crate::identity) async fn built_in(
    conn: &impl ConnectionTrait,
    site: SiteId,
    which: BuiltIn,
) -> Result<Option<Role>, StoreError> {
    let of_site = role::Entity::find().filter(role::COLUMN.site.eq(site.0));
    let row = of_site.filter(role::COLUMN.built_in.eq(which.wire())).one(conn).await?;
    Ok(row.map(Role::from))
}

pub(in crate::identity) async fn insert(
    tx: &Tx,
    site: SiteId,
    new: &NewRole,
    built_in: Option<BuiltIn>,
) -> Result<Role, StoreError> {
    let row = role::ActiveModel {
        id: NotSet,
        site: Set(site.0),
        name: Set(new.name.clone()),
        name_key: Set(new.name.to_lowercase()),
        built_in: Set(built_in.map(|one| one.wire().to_owned())),
        permissions: Set(write_permissions(&new.permissions)),
    };
    Ok(role::Entity::insert(row).exec_with_returning(&tx.conn()).await?.into())
}

pub(super) async fn save(tx: &Tx, role: &Role) -> Result<(), StoreError> {
    let row = role::ActiveModel {
        id: Set(role.id.0),
        site: Set(role.site.0),
        name: Set(role.name.clone()),
        name_key: Set(role.name.to_lowercase()),
        built_in: NotSet,
        permissions: Set(write_permissions(&role.permissions)),
    };
    role::Entity::update(row).exec(&tx.conn()).await?;
    Ok(())
}

pub(super) async fn delete(tx: &Tx, id: RoleId) -> Result<(), StoreError> {
    role::Entity::delete_by_id(id.0).exec(&tx.conn()).await?;
    Ok(())
}

pub(super) async fn members(tx: &Tx, id: RoleId) -> Result<u64, StoreError> {
    Ok(membership::Entity::find().filter(membership::COLUMN.role_id.eq(id.0)).count(&tx.conn()).await?)
}
