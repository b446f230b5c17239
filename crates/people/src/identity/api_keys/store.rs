use super::ApiKey;
use crate::identity::roles::store::{read_permissions, write_permissions};
use crate::identity::tables::api_key;
use base::{ApiKeyId, Digest, SiteId, Timestamp, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use sockets::{StoreError, Tx};

impl From<api_key::Model> for ApiKey {
    fn from(row: api_key::Model) -> Self {
        Self {
            id: ApiKeyId(row.id),
            site: SiteId(row.site),
            name: row.name,
            hint: row.hint,
            permissions: read_permissions(&row.permissions),
            created_by: row.created_by.map(UserId),
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_millis),
            used_at: row.used_at.map(Timestamp::from_millis),
        }
    }
}

pub(super) async fn by_digest(conn: &impl ConnectionTrait, digest: &Digest) -> Result<Option<ApiKey>, StoreError> {
    let found = api_key::Entity::find().filter(api_key::COLUMN.token_hash.eq(digest.0.clone()));
    Ok(found.one(conn).await?.map(ApiKey::from))
}

pub(super) async fn all(conn: &impl ConnectionTrait, site: SiteId) -> Result<Vec<ApiKey>, StoreError> {
    let found = api_key::Entity::find().filter(api_key::COLUMN.site.eq(site.0));
    let rows = found.order_by_asc(api_key::COLUMN.id).all(conn).await?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

pub(super) async fn insert(tx: &Tx, key: &ApiKey, digest: &Digest) -> Result<ApiKeyId, StoreError> {
    let row = api_key::ActiveModel {
        id: NotSet,
        site: Set(key.site.0),
        name: Set(key.name.clone()),
        token_hash: Set(digest.0.clone()),
        hint: Set(key.hint.clone()),
        permissions: Set(write_permissions(&key.permissions)),
        created_by: Set(key.created_by.map(|user| user.0)),
        created_at: Set(key.created_at.millis()),
        expires_at: Set(key.expires_at.map(Timestamp::millis)),
        used_at: Set(None),
    };
    Ok(ApiKeyId(api_key::Entity::insert(row).exec_with_returning(&tx.conn()).await?.id))
}

pub(super) async fn used(tx: &Tx, id: ApiKeyId) -> Result<(), StoreError> {
    let one = api_key::Entity::update_many().filter(api_key::COLUMN.id.eq(id.0));
    one.col_expr(api_key::Column::UsedAt, Expr::value(tx.now().millis())).exec(&tx.conn()).await?;
    Ok(())
}

pub(super) async fn delete(tx: &Tx, site: SiteId, id: ApiKeyId) -> Result<bool, StoreError> {
    let one = api_key::Entity::delete_many().filter(api_key::COLUMN.id.eq(id.0));
    Ok(one.filter(api_key::COLUMN.site.eq(site.0)).exec(&tx.conn()).await?.rows_affected > 0)
}
