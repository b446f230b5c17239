//! What happens to visitors.

use super::Catalogued;
use super::common::{CustomVariable, SAMPLE_TIME, time, time_schema};
use base::{SiteId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockets::Event;

/// A browser came to the site for the first time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct VisitorCreated {
    pub visitor_id: String,
    pub site_id: i64,
    pub session_id: i64,
    pub widget_id: i64,
    #[serde(with = "time")]
    #[schemars(schema_with = "time_schema")]
    pub time: Timestamp,
    pub name: String,
    pub email: String,
    /// ISO 3166-1, two letters; empty when it is not known.
    pub country: String,
    pub city: String,
    /// Of the IANA database (`Asia/Shanghai`).
    pub time_zone: String,
    pub language: String,
    pub browser: String,
    pub operating_system: String,
    pub device: String,
    pub referrer: String,
    pub landing_page_title: String,
    pub landing_page_url: String,
    pub custom_variables: Vec<CustomVariable>,
}

impl Event for VisitorCreated {
    const NAME: &'static str = "VisitorCreated";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        self.visitor_id.clone()
    }
}

impl Catalogued for VisitorCreated {
    const ABOUT: [&'static str; 2] = ["A browser came to the site for the first time.", "访客首次访问站点。"];

    fn sample() -> Self {
        Self {
            visitor_id: "019aa8d4-1b2c-7e10-8a4f-5f6e7d8c9b0a".into(),
            site_id: 1,
            session_id: 7,
            widget_id: 1,
            time: SAMPLE_TIME,
            country: "CN".into(),
            city: "Shanghai".into(),
            time_zone: "Asia/Shanghai".into(),
            language: "zh-CN".into(),
            browser: "Firefox 145".into(),
            operating_system: "Linux".into(),
            device: "desktop".into(),
            referrer: "https://search.example/".into(),
            landing_page_title: "Shop".into(),
            landing_page_url: "https://shop.example/".into(),
            ..Self::default()
        }
    }
}
