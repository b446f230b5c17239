//! What happens to chats.
//!
//! Mended slips of the seed, all still read: `content` → `Content`, `LasMessageSendBy` → `LastMessageSendBy`, the second
//! `SocialMediaSource` (a text beside a number of the same name) → `SocialMediaName`, `CustomVariable` → `CustomVariables`,
//! `segmentIds` → `SegmentIds`, `value` → `Value`.

use super::codes::{
    BotAnswerType, ChatSource, ChatType, CobrowseStatus, LastMessageBy, MissedChatStatus, PurposeChatEnd, RelatedType, SocialMedia,
    TransferType,
};
use super::common::{CustomField, CustomVariable, SAMPLE_TIME, time, time_or_none, time_or_none_schema, time_schema};
use super::Catalogued;
use base::{SiteId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockets::Event;

/// A visitor asked for a chat: it waits in the queue or was given to an agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ChatCreated {
    /// The chat's guid.
    pub chat_id: String,
    pub chat_number: i64,
    /// The visitor's stay during which the chat was asked for.
    pub session_id: i64,
    pub site_id: i64,
    pub widget_id: i64,
    pub visitor_id: String,
    pub visitor_name: String,
    pub visitor_email: String,
    pub visitor_phone: String,
    pub country: String,
    pub city: String,
    pub language: String,
    /// 0 when no department was chosen.
    pub department_id: i64,
    pub department_name: String,
    /// Who got it at once; empty while it waits.
    pub agent_ids: Vec<i64>,
    pub chat_source: ChatSource,
    #[serde(with = "time")]
    #[schemars(schema_with = "time_schema")]
    pub request_time: Timestamp,
    pub if_enter_queue: bool,
    pub request_page_title: String,
    pub request_page_url: String,
    pub custom_fields: Vec<CustomField>,
    pub custom_variables: Vec<CustomVariable>,
}

impl Event for ChatCreated {
    const NAME: &'static str = "ChatCreated";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        self.chat_id.clone()
    }
}

/// A chat is over, with all that is known of it. The chat's own fields stand at the top, as in the seed's class `Chat`; its classes
/// `Visitor` and `Salesforce` are the fields of those names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ChatEnded {
    /// The chat's guid.
    pub chat_id: String,
    pub session_id: i64,
    pub site_id: i64,
    pub agent_ids: Vec<i64>,
    /// When an agent or bot took it; missing when nobody did.
    #[serde(with = "time_or_none")]
    #[schemars(schema_with = "time_or_none_schema")]
    pub start: Option<Timestamp>,
    #[serde(with = "time")]
    #[schemars(schema_with = "time_schema")]
    pub end: Timestamp,
    pub pre_chat_name: String,
    pub pre_chat_company: String,
    pub pre_chat_phone: String,
    pub pre_chat_email: String,
    pub pre_chat_product_service: String,
    pub pre_chat_department_id: i64,
    pub pre_chat_department_name: String,
    pub agent_comment: String,
    /// The transcript.
    #[serde(alias = "content")]
    pub content: String,
    pub social_media_source: SocialMedia,
    pub social_media_name: String,
    pub social_profile_url: String,
    pub chat_type: ChatType,
    pub if_audio_chat_happened: bool,
    pub if_video_chat_happened: bool,
    pub chat_source: ChatSource,
    pub missed_chat_status: MissedChatStatus,
    #[serde(with = "time")]
    #[schemars(schema_with = "time_schema")]
    pub request_time: Timestamp,
    pub if_enter_queue: bool,
    pub visitor_message_num: i64,
    pub agent_message_num: i64,
    /// Seconds.
    pub agent_avg_response_time: f64,
    #[serde(alias = "LasMessageSendBy")]
    pub last_message_send_by: LastMessageBy,
    pub if_new_ticket: bool,
    pub ticket_id: String,
    pub request_page_title: String,
    pub request_page_url: String,
    /// 1–5; 0 when it was not rated.
    pub rating_grade: i64,
    pub rating_comment: String,
    pub custom_fields: Vec<CustomField>,
    #[serde(alias = "CustomVariable")]
    pub custom_variables: Vec<CustomVariable>,
    pub transfer_logs: Vec<ChatTransferLog>,
    pub attachments: Vec<Attachment>,
    pub cobrowse: Option<Cobrowse>,
    pub bot_actions: Vec<BotAction>,
    pub visitor: ChatVisitor,
    pub salesforce: Option<Salesforce>,
}

impl Event for ChatEnded {
    const NAME: &'static str = "Chat.Ended";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        self.chat_id.clone()
    }
}

/// Who chatted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
#[schemars(rename = "Visitor")]
pub struct ChatVisitor {
    pub id: String,
    pub country: String,
    pub city: String,
    /// Minutes east of Greenwich.
    pub time_zone: i32,
    pub language: String,
    pub last_name: String,
    pub last_email: String,
    pub related_type: RelatedType,
    pub related_id: i64,
    #[serde(alias = "segmentIds")]
    pub segment_ids: Vec<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct Salesforce {
    pub purpose_chat_end: PurposeChatEnd,
    pub cases: Vec<SalesforceFieldValue>,
    pub tasks: Vec<SalesforceFieldValue>,
    pub leads: Vec<SalesforceFieldValue>,
    pub create_contact: Vec<SalesforceFieldValue>,
    pub update_contact: Vec<SalesforceFieldValue>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct SalesforceFieldValue {
    pub name: String,
    #[serde(alias = "value")]
    pub value: String,
    pub display_value: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ChatTransferLog {
    #[serde(with = "time")]
    #[schemars(schema_with = "time_schema")]
    pub time: Timestamp,
    pub transfer_type: TransferType,
    pub from_id: i64,
    pub to_id: i64,
    pub agent_id: i64,
    pub if_success: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct Attachment {
    pub uid: String,
    pub file_path: String,
    pub url: String,
    pub is_note_file: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct Cobrowse {
    #[serde(with = "time_or_none")]
    #[schemars(schema_with = "time_or_none_schema")]
    pub start: Option<Timestamp>,
    #[serde(with = "time_or_none")]
    #[schemars(schema_with = "time_or_none_schema")]
    pub end: Option<Timestamp>,
    pub status: CobrowseStatus,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct BotAction {
    pub guid: String,
    pub chat_id: i64,
    pub original_question: String,
    pub standard_question_id: i64,
    pub bot_answer_type: BotAnswerType,
    pub rate_type: i64,
    pub if_deleted: bool,
    #[serde(with = "time")]
    #[schemars(schema_with = "time_schema")]
    pub time: Timestamp,
    pub is_add: bool,
}

impl Catalogued for ChatCreated {
    const ABOUT: [&'static str; 2] = ["A visitor asked for a chat.", "访客请求会话。"];

    fn sample() -> Self {
        Self {
            chat_id: "019aa8d4-3c3e-7d51-9d5e-0d2b6a1f0c11".into(),
            chat_number: 1024,
            session_id: 7,
            site_id: 1,
            widget_id: 1,
            visitor_id: "019aa8d4-1b2c-7e10-8a4f-5f6e7d8c9b0a".into(),
            visitor_name: "Ada".into(),
            visitor_email: "ada@example.com".into(),
            country: "CN".into(),
            city: "Shanghai".into(),
            language: "zh-CN".into(),
            department_id: 2,
            department_name: "Sales".into(),
            request_time: SAMPLE_TIME,
            if_enter_queue: true,
            request_page_title: "Prices".into(),
            request_page_url: "https://shop.example/prices".into(),
            ..Self::default()
        }
    }
}

impl Catalogued for ChatEnded {
    const ABOUT: [&'static str; 2] = ["A chat is over, with all that is known of it.", "会话结束，包含该会话的全部信息。"];
    const MENDED: &'static [(&'static str, &'static str)] = &[
        ("content", "Content"),
        ("LasMessageSendBy", "LastMessageSendBy"),
        ("CustomVariable", "CustomVariables"),
        ("segmentIds", "SegmentIds"),
        ("value", "Value"),
        ("url", "Url"),
    ];

    fn sample() -> Self {
        Self {
            chat_id: "019aa8d4-3c3e-7d51-9d5e-0d2b6a1f0c11".into(),
            session_id: 7,
            site_id: 1,
            agent_ids: vec![3],
            start: Some(SAMPLE_TIME),
            end: SAMPLE_TIME.plus(std::time::Duration::from_secs(300)),
            pre_chat_name: "Ada".into(),
            pre_chat_email: "ada@example.com".into(),
            pre_chat_department_id: 2,
            pre_chat_department_name: "Sales".into(),
            content: "Ada: Hello\nLin: Good morning!".into(),
            request_time: SAMPLE_TIME,
            visitor_message_num: 1,
            agent_message_num: 1,
            agent_avg_response_time: 4.2,
            last_message_send_by: LastMessageBy::Agent,
            request_page_title: "Prices".into(),
            request_page_url: "https://shop.example/prices".into(),
            rating_grade: 5,
            custom_fields: vec![CustomField { id: 1, name: "Order".into(), value: "A-17".into() }],
            transfer_logs: vec![ChatTransferLog { time: SAMPLE_TIME, from_id: 4, to_id: 3, agent_id: 4, if_success: true, ..Default::default() }],
            attachments: vec![Attachment { uid: "019aa8d5-77aa-7000-8000-3a3b3c3d3e3f".into(), url: "/f/019aa8d5/plan.png".into(), ..Default::default() }],
            visitor: ChatVisitor {
                id: "019aa8d4-1b2c-7e10-8a4f-5f6e7d8c9b0a".into(),
                country: "CN".into(),
                time_zone: 480,
                language: "zh-CN".into(),
                last_name: "Ada".into(),
                last_email: "ada@example.com".into(),
                ..Default::default()
            },
            ..Self::default()
        }
    }
}
