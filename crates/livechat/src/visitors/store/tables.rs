//! Rows as they lie in the database, and nouns made of them.

use super::super::agent::Agent;
use super::super::geo::Place;
use super::super::model::{Browser, PageView, Visit, VisitId, Visitor};
use base::{Digest, SiteId, Timestamp, VisitorId, WidgetId};
use sea_orm::ActiveValue::NotSet;
use sea_orm::Set;
use serde_json::Value;
use sockets::live::PageSeen;
use std::collections::BTreeMap;

pub(super) mod visitor {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "visitor")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub site: i64,
        pub digest: String,
        pub name: Option<String>,
        pub email: Option<String>,
        pub phone: Option<String>,
        pub first_seen: i64,
        pub last_seen: i64,
        pub visits: i64,
        pub visit: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod visit {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "visit")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub visitor: Uuid,
        pub site: i64,
        pub widget: Option<i64>,
        pub started: i64,
        pub last_seen: i64,
        pub landing_url: String,
        pub landing_title: String,
        pub referrer: Option<String>,
        pub browser: Option<String>,
        pub os: Option<String>,
        pub device: Option<String>,
        pub language: Option<String>,
        pub time_zone: Option<String>,
        pub screen: Option<String>,
        pub address: Option<String>,
        pub country: Option<String>,
        pub city: Option<String>,
        #[sea_orm(column_type = "JsonBinary")]
        pub variables: Json,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod page_view {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "page_view")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub visit: i64,
        pub visitor: Uuid,
        pub site: i64,
        pub at: i64,
        pub url: String,
        pub title: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl From<visitor::Model> for Visitor {
    fn from(row: visitor::Model) -> Self {
        Self {
            id: VisitorId(row.id),
            site: SiteId(row.site),
            name: row.name,
            email: row.email,
            phone: row.phone,
            first_seen: Timestamp::from_millis(row.first_seen),
            last_seen: Timestamp::from_millis(row.last_seen),
            visits: u32::try_from(row.visits).unwrap_or(u32::MAX),
            visit: VisitId(row.visit),
        }
    }
}

impl visitor::ActiveModel {
    pub(super) fn new(visitor: &Visitor, digest: &Digest) -> Self {
        Self {
            id: Set(visitor.id.0),
            site: Set(visitor.site.0),
            digest: Set(digest.0.clone()),
            name: Set(visitor.name.clone()),
            email: Set(visitor.email.clone()),
            phone: Set(visitor.phone.clone()),
            first_seen: Set(visitor.first_seen.millis()),
            last_seen: Set(visitor.last_seen.millis()),
            visits: Set(i64::from(visitor.visits)),
            visit: Set(visitor.visit.0),
        }
    }
}

impl From<visit::Model> for Visit {
    fn from(row: visit::Model) -> Self {
        Self {
            id: VisitId(row.id),
            visitor: VisitorId(row.visitor),
            site: SiteId(row.site),
            widget: row.widget.map(WidgetId),
            started: Timestamp::from_millis(row.started),
            last_seen: Timestamp::from_millis(row.last_seen),
            landing: PageSeen { url: row.landing_url, title: row.landing_title },
            referrer: row.referrer,
            with: Browser {
                agent: Agent { browser: row.browser, os: row.os, device: row.device },
                language: row.language,
                time_zone: row.time_zone,
                screen: row.screen,
                address: row.address.and_then(|address| address.parse().ok()),
            },
            place: Place { country: row.country, city: row.city },
            variables: read_variables(&row.variables),
        }
    }
}

/// A new row; the database gives it its id.
impl From<&Visit> for visit::ActiveModel {
    fn from(visit: &Visit) -> Self {
        let (with, agent) = (&visit.with, &visit.with.agent);
        Self {
            id: NotSet,
            visitor: Set(visit.visitor.0),
            site: Set(visit.site.0),
            widget: Set(visit.widget.map(|widget| widget.0)),
            started: Set(visit.started.millis()),
            last_seen: Set(visit.last_seen.millis()),
            landing_url: Set(visit.landing.url.clone()),
            landing_title: Set(visit.landing.title.clone()),
            referrer: Set(visit.referrer.clone()),
            browser: Set(agent.browser.clone()),
            os: Set(agent.os.clone()),
            device: Set(agent.device.clone()),
            language: Set(with.language.clone()),
            time_zone: Set(with.time_zone.clone()),
            screen: Set(with.screen.clone()),
            address: Set(with.address.map(|address| address.to_string())),
            country: Set(visit.place.country.clone()),
            city: Set(visit.place.city.clone()),
            variables: Set(write_variables(&visit.variables)),
        }
    }
}

impl From<page_view::Model> for PageView {
    fn from(row: page_view::Model) -> Self {
        Self {
            id: row.id,
            visit: VisitId(row.visit),
            visitor: VisitorId(row.visitor),
            site: SiteId(row.site),
            at: Timestamp::from_millis(row.at),
            page: PageSeen { url: row.url, title: row.title },
        }
    }
}

impl From<&PageView> for page_view::ActiveModel {
    fn from(view: &PageView) -> Self {
        Self {
            id: Set(view.id),
            visit: Set(view.visit.0),
            visitor: Set(view.visitor.0),
            site: Set(view.site.0),
            at: Set(view.at.millis()),
            url: Set(view.page.url.clone()),
            title: Set(view.page.title.clone()),
        }
    }
}

/// Variables are texts; whatever else lies there is left out.
fn read_variables(stored: &Value) -> BTreeMap<String, String> {
    let Value::Object(map) = stored else { return BTreeMap::new() };
    map.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

pub(super) fn write_variables(variables: &BTreeMap<String, String>) -> Value {
    variables.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
}
