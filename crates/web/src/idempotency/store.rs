use super::{Given, Owner, Row};
use base::Timestamp;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter, Select};
use sea_orm_migration::prelude::*;
use sockets::{StoreError, Tx};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency_key")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub actor: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        pub request_hash: String,
        pub status: Option<i32>,
        pub content_type: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub body: Option<String>,
        pub created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn of(owner: &Owner) -> Select<row::Entity> {
    row::Entity::find_by_id((owner.site, owner.actor.clone(), owner.key.clone()))
}

/// False when there is a row already.
pub(super) async fn insert(tx: &Tx, owner: &Owner, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
    let row = row::ActiveModel {
        site: Set(owner.site),
        actor: Set(owner.actor.clone()),
        key: Set(owner.key.clone()),
        request_hash: Set(hash.to_owned()),
        status: Set(None),
        content_type: Set(None),
        body: Set(None),
        created_at: Set(now.millis()),
    };
    let done = row::Entity::insert(row).on_conflict_do_nothing().exec_without_returning(&tx.conn()).await?;
    Ok(matches!(done, sea_orm::TryInsertResult::Inserted(1..)))
}

pub(super) async fn find(tx: &Tx, owner: &Owner) -> Result<Option<Row>, StoreError> {
    let found = of(owner).one(&tx.conn()).await?;
    Ok(found.map(|row| Row {
        given: row.status.and_then(|status| status.try_into().ok()).map(|status| Given {
            status,
            content_type: row.content_type,
            body: row.body,
        }),
        hash: row.request_hash,
        created: Timestamp::from_millis(row.created_at),
    }))
}

/// False when somebody else was faster.
pub(super) async fn take_over(tx: &Tx, owner: &Owner, hash: &str, seen: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
    let done = row::Entity::update_many()
        .col_expr(row::Column::RequestHash, Expr::value(hash))
        .col_expr(row::Column::Status, Expr::value(None::<i32>))
        .col_expr(row::Column::Body, Expr::value(None::<String>))
        .col_expr(row::Column::CreatedAt, Expr::value(now.millis()))
        .filter(is(owner).add(row::COLUMN.created_at.eq(seen.millis())))
        .exec(&tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

pub(super) async fn keep(tx: &Tx, owner: &Owner, given: &Given) -> Result<(), StoreError> {
    row::Entity::update_many()
        .col_expr(row::Column::Status, Expr::value(i32::from(given.status)))
        .col_expr(row::Column::ContentType, Expr::value(given.content_type.clone()))
        .col_expr(row::Column::Body, Expr::value(given.body.clone()))
        .filter(is(owner))
        .exec(&tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn forget(tx: &Tx, owner: &Owner) -> Result<(), StoreError> {
    row::Entity::delete_many().filter(is(owner)).exec(&tx.conn()).await?;
    Ok(())
}

pub(super) async fn forget_before(tx: &Tx, time: Timestamp) -> Result<u64, StoreError> {
    let old = row::COLUMN.created_at.lt(time.millis());
    Ok(row::Entity::delete_many().filter(old).exec(&tx.conn()).await?.rows_affected)
}

fn is(owner: &Owner) -> sea_orm::Condition {
    sea_orm::Condition::all()
        .add(row::COLUMN.site.eq(owner.site))
        .add(row::COLUMN.actor.eq(owner.actor.clone()))
        .add(row::COLUMN.key.eq(owner.key.clone()))
}

pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Keys)]
}

struct Keys;

impl MigrationName for Keys {
    fn name(&self) -> &str {
        "m20261121_01_web_idempotency"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Keys {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = Index::create().col("site").col("actor").col("key").to_owned();
        let table = Table::create()
            .table("idempotency_key")
            .col(ColumnDef::new("site").big_integer().not_null())
            .col(ColumnDef::new("actor").text().not_null())
            .col(ColumnDef::new("key").text().not_null())
            .col(ColumnDef::new("request_hash").text().not_null())
            .col(ColumnDef::new("status").integer())
            .col(ColumnDef::new("content_type").text())
            .col(ColumnDef::new("body").text())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .primary_key(&mut key.clone())
            .to_owned();
        manager.create_table(table).await?;
        let by_age = Index::create().name("idempotency_key_age").table("idempotency_key").col("created_at").to_owned();
        manager.create_index(by_age).await
    }
}
