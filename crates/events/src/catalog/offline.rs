//! Messages that visitors leave when nobody is there.
//!
//! Mended slips of the seed, all still read: `visitorId` → `VisitorId`, `CampainId` → `CampaignId`. Ours: `AttachmentUid` and
//! `AttachmentUrl`, for a file that is too large to stand in an event.

use super::Catalogued;
use super::codes::{ChatSource, RouteToType};
use super::common::{CustomField, CustomVariable};
use base::SiteId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockets::Event;

/// A visitor found nobody and left a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct OfflineMessage {
    #[serde(alias = "visitorId")]
    pub visitor_id: String,
    pub visitor_name: String,
    pub visitor_email: String,
    pub visitor_company: String,
    pub visitor_phone: String,
    pub city: String,
    pub country: String,
    /// Of the IANA database (`Asia/Shanghai`).
    pub time_zone: String,
    pub language: String,
    pub site_id: i64,
    pub session_id: i64,
    /// The guid under which the message stands among the chats.
    pub source_chat_id: String,
    /// The widget.
    #[serde(alias = "CampainId")]
    pub campaign_id: i64,
    /// 0 until a ticket is made of it.
    pub ticket_id: i64,
    pub route_to_id: i64,
    pub route_to_type: RouteToType,
    pub chat_source: ChatSource,
    pub request_page_title: String,
    pub request_page_url: String,
    pub auto_invitation_id: i64,
    pub product_service: String,
    pub segments: Vec<i64>,
    pub attachment_name: String,
    /// Base64. Empty without a file, and when the file is larger than 256 KiB: brokers take no event of any size.
    #[schemars(extend("contentEncoding" = "base64"))]
    pub attachment_content: String,
    /// The file's id. Not in the seed.
    pub attachment_uid: String,
    /// The file's address on this host, however large it is. Not in the seed.
    pub attachment_url: String,
    pub custom_fields: Vec<CustomField>,
    pub custom_variables: Vec<CustomVariable>,
    /// Integrations (Salesforce, Zendesk) may act on it.
    pub if_enable_integration: bool,
    pub title: String,
    pub content: String,
}

impl Event for OfflineMessage {
    const NAME: &'static str = "OfflineMessage.Submit";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        if self.source_chat_id.is_empty() { self.visitor_id.clone() } else { self.source_chat_id.clone() }
    }
}

impl Catalogued for OfflineMessage {
    const ABOUT: [&'static str; 2] = ["A visitor found nobody and left a message.", "客服不在线时访客提交离线留言。"];
    const MENDED: &'static [(&'static str, &'static str)] =
        &[("visitorId", "VisitorId"), ("CampainId", "CampaignId"), ("value", "Value"), ("url", "Url")];

    fn sample() -> Self {
        Self {
            visitor_id: "019aa8d4-1b2c-7e10-8a4f-5f6e7d8c9b0a".into(),
            visitor_name: "Ada".into(),
            visitor_email: "ada@example.com".into(),
            visitor_company: "Analytical Engines".into(),
            visitor_phone: "+86 21 5555 0100".into(),
            city: "Shanghai".into(),
            country: "CN".into(),
            time_zone: "Asia/Shanghai".into(),
            language: "zh-CN".into(),
            site_id: 1,
            session_id: 7,
            source_chat_id: "019aa8d4-3c3e-7d51-9d5e-0d2b6a1f0c11".into(),
            campaign_id: 1,
            route_to_id: 2,
            route_to_type: RouteToType::Department,
            request_page_title: "Prices".into(),
            request_page_url: "https://shop.example/prices".into(),
            segments: vec![4],
            attachment_name: "order.txt".into(),
            attachment_content: "QS0xNw==".into(),
            attachment_uid: "019aa8d4-5d1e-7a30-9c0b-7e5f4d3c2b1a".into(),
            attachment_url: "/f/019aa8d4-5d1e-7a30-9c0b-7e5f4d3c2b1a/9f86d081884c7d659a2feaa0c55ad015/order.txt".into(),
            custom_fields: vec![CustomField { id: 1, name: "Order".into(), value: "A-17".into() }],
            custom_variables: vec![CustomVariable { id: 1, name: "plan".into(), value: "gold".into(), url: String::new() }],
            if_enable_integration: true,
            title: "Prices".into(),
            content: "Please call me back".into(),
            ..Self::default()
        }
    }
}
