use super::{Origin, Widget, WidgetConfig};
use base::{SiteId, Timestamp, WidgetId};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::NotSet, ConnectionTrait, QueryOrder, QuerySelect, Set, TryInsertResult};
use sockets::{Db, StoreError, Tx};

mod widget {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "widget")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub site: i64,
        pub name: String,
        pub enabled: bool,
        #[sea_orm(column_type = "JsonBinary")]
        pub config: Json,
        pub version: i64,
        pub first_of: Option<i64>,
        pub created: i64,
        pub updated: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl widget::Model {
    fn read(self) -> Result<Widget, StoreError> {
        let config = WidgetConfig::read(&self.config)
            .map_err(|err| StoreError::Unreadable(format!("configuration of widget {}: {err}", self.id)))?;
        Ok(Widget {
            id: WidgetId(self.id),
            site: SiteId(self.site),
            name: self.name,
            enabled: self.enabled,
            config,
            version: self.version,
            created: Timestamp::from_millis(self.created),
            updated: Timestamp::from_millis(self.updated),
        })
    }
}

fn origins(config: &Json) -> Option<Vec<Origin>> {
    let listed = config.get("allowed_origins").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    listed.iter().map(|one| Origin::read(one.as_str()?).ok()).collect()
}

/// The rows of widgets.
pub(super) struct WidgetStore;

impl WidgetStore {
    pub(super) async fn list(db: &Db, site: SiteId, after: Option<WidgetId>, limit: u32) -> Result<Vec<Widget>, StoreError> {
        let rows = widget::Entity::find()
            .filter(widget::COLUMN.site.eq(site.0))
            .filter(widget::COLUMN.id.gt(after.map_or(0, |id| id.0)))
            .order_by_asc(widget::COLUMN.id)
            .limit(u64::from(limit))
            .all(db.read())
            .await?;
        rows.into_iter().map(widget::Model::read).collect()
    }

    pub(super) async fn find<C: ConnectionTrait>(conn: &C, site: SiteId, id: WidgetId) -> Result<Option<Widget>, StoreError> {
        let row = widget::Entity::find_by_id(id.0).filter(widget::COLUMN.site.eq(site.0)).one(conn).await?;
        row.map(widget::Model::read).transpose()
    }

    /// The pages that each widget of the house may be on, whatever its site: a browser asks before it says which.
    pub(super) async fn allowed_origins(db: &Db, after: WidgetId, limit: u64) -> Result<Vec<(WidgetId, Option<Vec<Origin>>)>, StoreError> {
        let rows: Vec<(i64, Json)> = widget::Entity::find()
            .select_only()
            .columns([widget::Column::Id, widget::Column::Config])
            .filter(widget::COLUMN.id.gt(after.0))
            .order_by_asc(widget::COLUMN.id)
            .limit(limit)
            .into_tuple()
            .all(db.read())
            .await?;
        Ok(rows.into_iter().map(|(id, config)| (WidgetId(id), origins(&config))).collect())
    }

    pub(super) async fn any(tx: &Tx, site: SiteId) -> Result<bool, StoreError> {
        let row = widget::Entity::find().filter(widget::COLUMN.site.eq(site.0)).limit(1).one(&tx.conn()).await?;
        Ok(row.is_some())
    }

    /// Keeps a new widget and gives it its id. Nothing is made when `first` and the site's first one is there.
    pub(super) async fn add(tx: &Tx, new: &Widget, first: bool) -> Result<Option<WidgetId>, StoreError> {
        let row = widget::ActiveModel {
            id: NotSet,
            site: Set(new.site.0),
            name: Set(new.name.clone()),
            enabled: Set(new.enabled),
            config: Set(new.config.sparse()),
            version: Set(new.version),
            first_of: Set(first.then_some(new.site.0)),
            created: Set(new.created.millis()),
            updated: Set(new.updated.millis()),
        };
        let once = widget::Entity::insert(row).on_conflict_do_nothing_on([widget::Column::FirstOf]);
        match once.exec(&tx.conn()).await? {
            TryInsertResult::Inserted(done) => Ok(Some(WidgetId(done.last_insert_id))),
            TryInsertResult::Empty | TryInsertResult::Conflicted => Ok(None),
        }
    }

    /// False when somebody else changed it since `before`.
    pub(super) async fn save(tx: &Tx, changed: &Widget, before: i64) -> Result<bool, StoreError> {
        let done = widget::Entity::update_many()
            .set(widget::ActiveModel {
                name: Set(changed.name.clone()),
                enabled: Set(changed.enabled),
                config: Set(changed.config.sparse()),
                version: Set(changed.version),
                updated: Set(changed.updated.millis()),
                ..Default::default()
            })
            .filter(widget::COLUMN.id.eq(changed.id.0))
            .filter(widget::COLUMN.site.eq(changed.site.0))
            .filter(widget::COLUMN.version.eq(before))
            .exec(&tx.conn())
            .await?;
        Ok(done.rows_affected == 1)
    }

    pub(super) async fn remove(tx: &Tx, site: SiteId, id: WidgetId) -> Result<bool, StoreError> {
        let done = widget::Entity::delete_many()
            .filter(widget::COLUMN.id.eq(id.0))
            .filter(widget::COLUMN.site.eq(site.0))
            .exec(&tx.conn())
            .await?;
        Ok(done.rows_affected == 1)
    }
}
