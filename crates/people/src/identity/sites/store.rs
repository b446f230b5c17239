use super::{NewSite, Site};
use crate::identity::tables::site;
use base::{SiteId, Timestamp};
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sockets::{StoreError, Tx};

impl From<site::Model> for Site {
    fn from(row: site::Model) -> Self {
        Self {
            id: SiteId(row.id),
            name: row.name,
            time_zone: row.time_zone,
            languages: serde_json::from_str(&row.languages).unwrap_or_else(|_| vec!["zh".into(), "en".into()]),
            created_at: Timestamp::from_millis(row.created_at),
        }
    }
}

pub(in crate::identity) async fn find(conn: &impl ConnectionTrait, id: SiteId) -> Result<Option<Site>, StoreError> {
    Ok(site::Entity::find_by_id(id.0).one(conn).await?.map(Site::from))
}

/// Sites after this one, by id.
pub(in crate::identity) async fn after(conn: &impl ConnectionTrait, id: i64, most: u64) -> Result<Vec<Site>, StoreError> {
    let later = site::Entity::find().filter(site::COLUMN.id.gt(id));
    let rows = later.order_by_asc(site::COLUMN.id).limit(most).all(conn).await?;
    Ok(rows.into_iter().map(Site::from).collect())
}

pub(in crate::identity) async fn insert(tx: &Tx, new: &NewSite) -> Result<Site, StoreError> {
    let row = site::ActiveModel {
        id: NotSet,
        name: Set(new.name.clone()),
        time_zone: Set(new.time_zone.clone()),
        languages: Set(serde_json::json!(new.languages).to_string()),
        created_at: Set(tx.now().millis()),
    };
    Ok(site::Entity::insert(row).exec_with_returning(&tx.conn()).await?.into())
}

pub(super) async fn save(tx: &Tx, site: &Site) -> Result<(), StoreError> {
    let row = site::ActiveModel {
        id: Set(site.id.0),
        name: Set(site.name.clone()),
        time_zone: Set(site.time_zone.clone()),
        languages: Set(serde_json::json!(site.languages).to_string()),
        created_at: NotSet,
    };
    site::Entity::update(row).exec(&tx.conn()).await?;
    Ok(())
}
