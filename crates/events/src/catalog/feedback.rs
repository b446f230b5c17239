//! What is said about a chat: the visitor's grade, the agent's wrap-up.
//!
//! Mended slips of the seed, all still read: `ratingGrade` → `RatingGrade`, `ratingComment` → `RatingComment`. Ours: `ChatGuid` of a
//! wrap-up, so that it is heard in order with the other events of its chat.

use super::Catalogued;
use super::common::{CustomField, CustomVariable, SAMPLE_TIME, time, time_schema};
use base::{SiteId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockets::Event;

/// A visitor graded a chat, during it or after.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct Rating {
    pub site_id: i64,
    /// The chat's number.
    pub chat_id: i64,
    pub chat_guid: String,
    /// 1–5.
    #[serde(alias = "ratingGrade")]
    pub rating_grade: i64,
    #[serde(alias = "ratingComment")]
    pub rating_comment: String,
    pub custom_fields: Vec<CustomField>,
    pub custom_variables: Vec<CustomVariable>,
}

impl Event for Rating {
    const NAME: &'static str = "Visitor.Rating";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        chat_key(&self.chat_guid, self.chat_id)
    }
}

/// An agent wrote down what a chat was about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct Wrapup {
    pub site_id: i64,
    pub agent_id: i64,
    /// The chat's number.
    pub chat_id: i64,
    /// Not in the seed.
    pub chat_guid: String,
    pub category_id: i64,
    pub category_list: Vec<i64>,
    pub comment: String,
    #[serde(with = "time")]
    #[schemars(schema_with = "time_schema")]
    pub submit_time: Timestamp,
    pub custom_fields: Vec<CustomField>,
}

impl Event for Wrapup {
    const NAME: &'static str = "Agent.Wrapup";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        chat_key(&self.chat_guid, self.chat_id)
    }
}

/// The guid, by which all events of a chat are ordered; from other systems perhaps only the number is known.
pub(super) fn chat_key(guid: &str, number: i64) -> String {
    if guid.is_empty() { format!("chat-{number}") } else { guid.to_owned() }
}

impl Catalogued for Rating {
    const ABOUT: [&'static str; 2] = ["A visitor graded a chat.", "访客对会话评分。"];
    const MENDED: &'static [(&'static str, &'static str)] =
        &[("ratingGrade", "RatingGrade"), ("ratingComment", "RatingComment"), ("value", "Value"), ("url", "Url")];

    fn sample() -> Self {
        Self {
            site_id: 1,
            chat_id: 1024,
            chat_guid: "019aa8d4-3c3e-7d51-9d5e-0d2b6a1f0c11".into(),
            rating_grade: 5,
            rating_comment: "Quick and kind".into(),
            custom_fields: vec![CustomField { id: 1, name: "Order".into(), value: "A-17".into() }],
            custom_variables: vec![CustomVariable { id: 1, name: "plan".into(), value: "gold".into(), url: String::new() }],
        }
    }
}

impl Catalogued for Wrapup {
    const ABOUT: [&'static str; 2] = ["An agent wrote down what a chat was about.", "客服填写会话小结。"];

    fn sample() -> Self {
        Self {
            site_id: 1,
            agent_id: 3,
            chat_id: 1024,
            chat_guid: "019aa8d4-3c3e-7d51-9d5e-0d2b6a1f0c11".into(),
            category_id: 4,
            category_list: vec![4, 9],
            comment: "Wants an offer".into(),
            submit_time: SAMPLE_TIME,
            custom_fields: vec![CustomField { id: 1, name: "Order".into(), value: "A-17".into() }],
        }
    }
}
