use super::Department;
use crate::identity::tables::{department, department_member, membership};
use base::{DepartmentId, SiteId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use sockets::{StoreError, Tx};
use std::collections::BTreeMap;

fn with_members(row: department::Model, members: Vec<UserId>) -> Department {
    let department::Model { id, name, description, is_default, .. } = row;
    Department { id: DepartmentId(id), name, description, is_default, members }
}

/// Two queries, however many there are.
pub(in crate::identity) async fn all(conn: &impl ConnectionTrait, site: SiteId) -> Result<Vec<Department>, StoreError> {
    let rows = department::Entity::find().filter(department::COLUMN.site.eq(site.0)).order_by_asc(department::COLUMN.id);
    let rows = rows.all(conn).await?;
    let mut members = members_by_department(conn, site).await?;
    Ok(rows.into_iter().map(|row| { let own = members.remove(&row.id).unwrap_or_default(); with_members(row, own) }).collect())
}

async fn members_by_department(conn: &impl ConnectionTrait, site: SiteId) -> Result<BTreeMap<i64, Vec<UserId>>, StoreError> {
    let rows = department_member::Entity::find().filter(department_member::COLUMN.site.eq(site.0));
    let mut found = BTreeMap::<i64, Vec<UserId>>::new();
    for row in rows.order_by_asc(department_member::COLUMN.user_id).all(conn).await? {
        found.entry(row.department_id).or_default().push(UserId(row.user_id));
    }
    Ok(found)
}

/// The departments of each user of the site.
pub(in crate::identity) async fn by_user(
    conn: &impl ConnectionTrait,
    site: SiteId,
) -> Result<BTreeMap<UserId, Vec<DepartmentId>>, StoreError> {
    let mut found = BTreeMap::<UserId, Vec<DepartmentId>>::new();
    for (department, users) in members_by_department(conn, site).await? {
        for user in users {
            found.entry(user).or_default().push(DepartmentId(department));
        }
    }
    Ok(found)
}

pub(super) async fn find(conn: &impl ConnectionTrait, site: SiteId, id: DepartmentId) -> Result<Option<Department>, StoreError> {
    let found = department::Entity::find_by_id(id.0).filter(department::COLUMN.site.eq(site.0)).one(conn).await?;
    let Some(row) = found else { return Ok(None) };
    let members = department_member::Entity::find().filter(department_member::COLUMN.department_id.eq(id.0));
    let members = members.order_by_asc(department_member::COLUMN.user_id).all(conn).await?;
    Ok(Some(with_members(row, members.into_iter().map(|member| UserId(member.user_id)).collect())))
}

pub(in crate::identity) async fn exists(conn: &impl ConnectionTrait, site: SiteId, id: DepartmentId) -> Result<bool, StoreError> {
    let found = department::Entity::find_by_id(id.0).filter(department::COLUMN.site.eq(site.0));
    Ok(found.count(conn).await? > 0)
}

pub(super) async fn has_any(tx: &Tx, site: SiteId) -> Result<bool, StoreError> {
    Ok(department::Entity::find().filter(department::COLUMN.site.eq(site.0)).count(&tx.conn()).await? > 0)
}

fn row_of(site: SiteId, department: &Department) -> department::ActiveModel {
    department::ActiveModel {
        id: NotSet,
        site: Set(site.0),
        name: Set(department.name.clone()),
        name_key: Set(department.name.to_lowercase()),
        description: Set(department.description.clone()),
        is_default: Set(department.is_default),
    }
}

pub(in crate::identity) async fn insert(tx: &Tx, site: SiteId, department: &Department) -> Result<DepartmentId, StoreError> {
    let row = department::Entity::insert(row_of(site, department)).exec_with_returning(&tx.conn()).await?;
    Ok(DepartmentId(row.id))
}

pub(super) async fn save(tx: &Tx, site: SiteId, department: &Department) -> Result<(), StoreError> {
    let row = department::ActiveModel { id: Set(department.id.0), ..row_of(site, department) };
    department::Entity::update(row).exec(&tx.conn()).await?;
    Ok(())
}

pub(super) async fn no_default(tx: &Tx, site: SiteId) -> Result<(), StoreError> {
    let of_site = department::Entity::update_many().filter(department::COLUMN.site.eq(site.0));
    of_site.col_expr(department::Column::IsDefault, Expr::value(false)).exec(&tx.conn()).await?;
    Ok(())
}

pub(super) async fn delete(tx: &Tx, id: DepartmentId) -> Result<(), StoreError> {
    department_member::Entity::delete_many()
        .filter(department_member::COLUMN.department_id.eq(id.0))
        .exec(&tx.conn())
        .await?;
    department::Entity::delete_by_id(id.0).exec(&tx.conn()).await?;
    Ok(())
}

/// Which of these users do not work on the site?
pub(super) async fn strangers(tx: &Tx, site: SiteId, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
    let known = membership::Entity::find()
        .filter(membership::COLUMN.site.eq(site.0))
        .filter(membership::COLUMN.user_id.is_in(users.iter().map(|user| user.0)))
        .all(&tx.conn())
        .await?;
    Ok(users.iter().filter(|user| !known.iter().any(|row| row.user_id == user.0)).copied().collect())
}

pub(in crate::identity) async fn set_members(
    tx: &Tx,
    site: SiteId,
    department: DepartmentId,
    users: &[UserId],
) -> Result<(), StoreError> {
    department_member::Entity::delete_many()
        .filter(department_member::COLUMN.department_id.eq(department.0))
        .exec(&tx.conn())
        .await?;
    insert_members(tx, users.iter().map(|user| (site, department, *user))).await
}

pub(in crate::identity) async fn set_departments(
    tx: &Tx,
    site: SiteId,
    user: UserId,
    departments: &[DepartmentId],
) -> Result<(), StoreError> {
    department_member::Entity::delete_many()
        .filter(department_member::COLUMN.site.eq(site.0))
        .filter(department_member::COLUMN.user_id.eq(user.0))
        .exec(&tx.conn())
        .await?;
    insert_members(tx, departments.iter().map(|department| (site, *department, user))).await
}

async fn insert_members(tx: &Tx, all: impl Iterator<Item = (SiteId, DepartmentId, UserId)>) -> Result<(), StoreError> {
    let rows: Vec<_> = all
        .map(|(site, department, user)| department_member::ActiveModel {
            department_id: Set(department.0),
            user_id: Set(user.0),
            site: Set(site.0),
        })
        .collect();
    if !rows.is_empty() {
        department_member::Entity::insert_many(rows).exec_without_returning(&tx.conn()).await?;
    }
    Ok(())
}
