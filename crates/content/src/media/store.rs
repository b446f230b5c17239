//! The only place that knows the table `upload`.

use super::model::{Owner, Upload};
use base::{ChatId, SiteId, Timestamp, UploadId, UserId, VisitorId};
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use sockets::{Db, StoreError, Tx};

mod upload {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "upload")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub site: i64,
        pub owner_kind: String,
        pub owner_id: String,
        pub chat: Option<Uuid>,
        pub name: String,
        pub media_type: String,
        pub size: i64,
        pub sha256: String,
        pub width: Option<i64>,
        pub height: Option<i64>,
        pub signature: String,
        pub created: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub async fn insert(tx: &Tx, upload: &Upload) -> Result<(), StoreError> {
    upload::Entity::insert(row(upload).into_active_model()).exec_without_returning(&tx.conn()).await?;
    Ok(())
}

pub async fn join(tx: &Tx, site: SiteId, id: UploadId, chat: ChatId) -> Result<(), StoreError> {
    upload::Entity::update_many()
        .col_expr(upload::Column::Chat, Expr::value(chat.0))
        .filter(upload::COLUMN.site.eq(site.0))
        .filter(upload::COLUMN.id.eq(id.0))
        .filter(upload::COLUMN.chat.is_null())
        .exec(&tx.conn())
        .await?;
    Ok(())
}

pub async fn find(db: &Db, site: SiteId, id: UploadId) -> Result<Option<Upload>, StoreError> {
    let found = upload::Entity::find_by_id(id.0).filter(upload::COLUMN.site.eq(site.0)).one(db.read()).await?;
    found.map(read).transpose()
}

pub async fn find_many(db: &Db, site: SiteId, ids: &[UploadId]) -> Result<Vec<Upload>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = upload::Entity::find()
        .filter(upload::COLUMN.site.eq(site.0))
        .filter(upload::COLUMN.id.is_in(ids.iter().map(|id| id.0)))
        .all(db.read())
        .await?;
    rows.into_iter().map(read).collect()
}

/// For the public address of a file, which names no site: the caller compares the signature.
pub async fn find_anywhere(db: &Db, id: UploadId) -> Result<Option<Upload>, StoreError> {
    upload::Entity::find_by_id(id.0).one(db.read()).await?.map(read).transpose()
}

/// Files of visitors that belong to no chat and came before then, some at a time, of whatever site.
pub async fn unused(db: &Db, before: Timestamp, most: u64) -> Result<Vec<Upload>, StoreError> {
    let rows = upload::Entity::find()
        .filter(upload::COLUMN.chat.is_null())
        .filter(upload::COLUMN.owner_kind.eq("visitor"))
        .filter(upload::COLUMN.created.lt(before.millis()))
        .order_by_asc(upload::Column::Created)
        .limit(most)
        .all(db.read())
        .await?;
    rows.into_iter().map(read).collect()
}

/// Those of these that still belong to no chat.
pub async fn forget(tx: &Tx, ids: &[UploadId]) -> Result<u64, StoreError> {
    let done = upload::Entity::delete_many()
        .filter(upload::COLUMN.id.is_in(ids.iter().map(|id| id.0)))
        .filter(upload::COLUMN.chat.is_null())
        .exec(&tx.conn())
        .await?;
    Ok(done.rows_affected)
}

fn row(of: &Upload) -> upload::Model {
    let (owner_kind, owner_id) = match of.owner {
        Owner::User(user) => ("user", user.to_string()),
        Owner::Visitor(visitor) => ("visitor", visitor.to_string()),
    };
    upload::Model {
        id: of.id.0,
        site: of.site.0,
        owner_kind: owner_kind.to_owned(),
        owner_id,
        chat: of.chat.map(|chat| chat.0),
        name: of.name.clone(),
        media_type: of.media_type.clone(),
        size: i64::try_from(of.size).unwrap_or(i64::MAX),
        sha256: of.sha256.clone(),
        width: of.width.map(i64::from),
        height: of.height.map(i64::from),
        signature: of.signature.clone(),
        created: of.created.millis(),
    }
}

fn read(row: upload::Model) -> Result<Upload, StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable(format!("upload {}: {what}", row.id));
    let owner = match row.owner_kind.as_str() {
        "user" => Owner::User(UserId(row.owner_id.parse().map_err(|_| unreadable("owner_id is no number"))?)),
        "visitor" => Owner::Visitor(VisitorId(row.owner_id.parse().map_err(|_| unreadable("owner_id is no uuid"))?)),
        other => return Err(unreadable(&format!("owner_kind {other:?} is not known"))),
    };
    Ok(Upload {
        id: UploadId(row.id),
        site: SiteId(row.site),
        owner,
        chat: row.chat.map(ChatId),
        size: u64::try_from(row.size).map_err(|_| unreadable("size is negative"))?,
        width: row.width.and_then(|n| u32::try_from(n).ok()),
        height: row.height.and_then(|n| u32::try_from(n).ok()),
        name: row.name,
        media_type: row.media_type,
        sha256: row.sha256,
        signature: row.signature,
        created: Timestamp::from_millis(row.created),
    })
}
