use super::User;
use crate::identity::tables::{department_member, login_link, membership, recovery_code, user};
use crate::identity::{Role, departments, roles, sessions};
use base::{DepartmentId, RoleId, SiteId, Timestamp, UserId};
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sockets::{StoreError, Tx};
use std::collections::BTreeMap;

/// What a site decides of a user.
#[derive(Clone, Debug)]
pub(in crate::identity) struct Terms {
    pub role: RoleId,
    pub chat_limit: u32,
    pub accepts_chats: bool,
    pub disabled: bool,
}

fn row_of(site: SiteId, user: UserId, terms: &Terms) -> membership::ActiveModel {
    membership::ActiveModel {
        site: Set(site.0),
        user_id: Set(user.0),
        role_id: Set(terms.role.0),
        chat_limit: Set(terms.chat_limit.try_into().unwrap_or(i32::MAX)),
        accepts_chats: Set(terms.accepts_chats),
        disabled: Set(terms.disabled),
    }
}

/// Users of a site after this one, by id.
pub(super) async fn after(conn: &impl ConnectionTrait, site: SiteId, id: i64, most: u64) -> Result<Vec<User>, StoreError> {
    let later = membership::Entity::find()
        .filter(membership::COLUMN.site.eq(site.0))
        .filter(membership::COLUMN.user_id.gt(id))
        .order_by_asc(membership::COLUMN.user_id);
    let places = later.limit(most).all(conn).await?;
    put_together(conn, site, places).await
}

pub(super) async fn enabled(conn: &impl ConnectionTrait, site: SiteId) -> Result<Vec<User>, StoreError> {
    let places = membership::Entity::find()
        .filter(membership::COLUMN.site.eq(site.0))
        .filter(membership::COLUMN.disabled.eq(false))
        .order_by_asc(membership::COLUMN.user_id);
    put_together(conn, site, places.all(conn).await?).await
}

pub(super) async fn find(conn: &impl ConnectionTrait, site: SiteId, id: UserId) -> Result<Option<User>, StoreError> {
    let place = membership::Entity::find_by_id((site.0, id.0)).one(conn).await?;
    Ok(put_together(conn, site, place.into_iter().collect()).await?.pop())
}

/// Adds accounts, roles and departments to places: three queries, however many there are.
async fn put_together(
    conn: &impl ConnectionTrait,
    site: SiteId,
    places: Vec<membership::Model>,
) -> Result<Vec<User>, StoreError> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = places.iter().map(|place| place.user_id).collect();
    let accounts = user::Entity::find().filter(user::COLUMN.id.is_in(ids)).all(conn).await?;
    let mut accounts: BTreeMap<_, _> = accounts.into_iter().map(|row| (row.id, row)).collect();
    let roles: BTreeMap<_, _> = roles::store::all(conn, site).await?.into_iter().map(|role| (role.id.0, role)).collect();
    let mut departments = departments::store::by_user(conn, site).await?;
    let whole = |place: membership::Model| {
        let account = accounts.remove(&place.user_id)?;
        let role = roles.get(&place.role_id)?.clone();
        let own = departments.remove(&UserId(place.user_id)).unwrap_or_default();
        Some(user_of(place, account, role, own))
    };
    Ok(places.into_iter().filter_map(whole).collect())
}

fn user_of(place: membership::Model, account: user::Model, role: Role, departments: Vec<DepartmentId>) -> User {
    User {
        id: UserId(account.id),
        invited: account.password_hash.is_none(),
        email: account.email,
        name: account.name,
        avatar: account.avatar,
        role,
        departments,
        chat_limit: place.chat_limit.try_into().unwrap_or(0),
        accepts_chats: place.accepts_chats,
        disabled: place.disabled,
        totp_enabled: account.totp_on,
        created_at: Timestamp::from_millis(account.created_at),
    }
}

pub(in crate::identity) async fn account(conn: &impl ConnectionTrait, id: UserId) -> Result<Option<user::Model>, StoreError> {
    Ok(user::Entity::find_by_id(id.0).one(conn).await?)
}

pub(in crate::identity) async fn account_by_email(
    conn: &impl ConnectionTrait,
    email_key: &str,
) -> Result<Option<user::Model>, StoreError> {
    Ok(user::Entity::find().filter(user::COLUMN.email_key.eq(email_key)).one(conn).await?)
}

pub(in crate::identity) struct NewAccount<'a> {
    pub email: &'a crate::identity::input::Email,
    pub name: &'a str,
    pub language: &'a str,
    pub superadmin: bool,
}

pub(in crate::identity) async fn insert_account(tx: &Tx, new: &NewAccount<'_>) -> Result<UserId, StoreError> {
    let row = user::ActiveModel {
        id: NotSet,
        email: Set(new.email.shown.clone()),
        email_key: Set(new.email.key.clone()),
        name: Set(new.name.to_owned()),
        avatar: Set(None),
        language: Set(new.language.to_owned()),
        time_zone: Set(None),
        password_hash: Set(None),
        superadmin: Set(new.superadmin),
        totp_secret: Set(None),
        totp_on: Set(false),
        totp_step: Set(0),
        created_at: Set(tx.now().millis()),
    };
    Ok(UserId(user::Entity::insert(row).exec_with_returning(&tx.conn()).await?.id))
}

/// Writes the columns that are set.
pub(in crate::identity) async fn save_account(tx: &Tx, row: user::ActiveModel) -> Result<(), StoreError> {
    user::Entity::update(row).exec(&tx.conn()).await?;
    Ok(())
}

pub(in crate::identity) async fn insert_place(tx: &Tx, site: SiteId, user: UserId, terms: &Terms) -> Result<(), StoreError> {
    membership::Entity::insert(row_of(site, user, terms)).exec_without_returning(&tx.conn()).await?;
    Ok(())
}

pub(super) async fn save_place(tx: &Tx, site: SiteId, user: UserId, terms: &Terms) -> Result<(), StoreError> {
    membership::Entity::update(row_of(site, user, terms)).exec(&tx.conn()).await?;
    Ok(())
}

pub(super) async fn delete_place(tx: &Tx, site: SiteId, user: UserId) -> Result<(), StoreError> {
    department_member::Entity::delete_many()
        .filter(department_member::COLUMN.site.eq(site.0))
        .filter(department_member::COLUMN.user_id.eq(user.0))
        .exec(&tx.conn())
        .await?;
    membership::Entity::delete_by_id((site.0, user.0)).exec(&tx.conn()).await?;
    Ok(())
}

/// The account with all that hangs on it.
pub(super) async fn delete_account(tx: &Tx, user: UserId) -> Result<(), StoreError> {
    sessions::store::delete_all(tx, user, None).await?;
    login_link::Entity::delete_many().filter(login_link::COLUMN.user_id.eq(user.0)).exec(&tx.conn()).await?;
    recovery_code::Entity::delete_many().filter(recovery_code::COLUMN.user_id.eq(user.0)).exec(&tx.conn()).await?;
    user::Entity::delete_by_id(user.0).exec(&tx.conn()).await?;
    Ok(())
}
