//! What agents do besides chatting.
//!
//! Mended slips of the seed, all still read: `Stauts` → `Status`, `CannedMessgeId` → `CannedMessageId`. Ours: `VisitorGuid` of a ban,
//! since our visitors have no number.

use super::Catalogued;
use super::codes::{AgentStatus, BanType};
use super::common::{SAMPLE_TIME, time, time_schema};
use super::feedback::chat_key;
use base::{SiteId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockets::Event;

/// An agent came, went, or went away for a moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct AgentStatusLog {
    pub site_id: i64,
    pub agent_id: i64,
    #[serde(alias = "Stauts")]
    pub status: AgentStatus,
    #[serde(with = "time")]
    #[schemars(schema_with = "time_schema")]
    pub time: Timestamp,
}

impl Event for AgentStatusLog {
    const NAME: &'static str = "AgentStatus.Log";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        agent_key(self.agent_id)
    }
}

/// An agent used a canned message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CannedMessage {
    pub site_id: i64,
    /// The chat's number.
    pub chat_id: i64,
    pub agent_id: i64,
    #[serde(alias = "CannedMessgeId")]
    pub canned_message_id: i64,
    #[serde(with = "time")]
    #[schemars(schema_with = "time_schema")]
    pub time: Timestamp,
}

impl Event for CannedMessage {
    const NAME: &'static str = "CannedMessage.UseLog";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        chat_key("", self.chat_id)
    }
}

/// What agents wrote to each other, several messages at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct PrivateMessageLogs {
    pub site_id: i64,
    pub messages: Vec<PrivateMessageLog>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct PrivateMessageLog {
    pub from_agent_id: i64,
    pub to_agent_id: i64,
    #[serde(with = "time")]
    #[schemars(schema_with = "time_schema")]
    pub time: Timestamp,
    pub content: String,
    pub attachment_guid: String,
}

impl Event for PrivateMessageLogs {
    const NAME: &'static str = "PrivateMessage.Log";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        "private-messages".into()
    }
}

/// An agent chose which columns a list of his shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct SavePreference {
    pub site_id: i64,
    pub agent_id: i64,
    pub columns: Vec<Column>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct Column {
    pub enum_column: i64,
    pub if_visible: bool,
    /// Pixels.
    pub width: i64,
    /// 0 unless the column shows a custom variable.
    pub custom_variable_id: i64,
}

impl Event for SavePreference {
    const NAME: &'static str = "Agent.SavePreference";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        agent_key(self.agent_id)
    }
}

/// An agent shut somebody out: a visitor, an address, or a range of addresses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct Ban {
    pub site_id: i64,
    pub agent_id: i64,
    pub ban_type: BanType,
    /// An IPv4 address as a number, the first of the range, or a visitor's number.
    pub ip_from_or_visitor_id: i64,
    /// The last address of the range.
    pub ip_to: i64,
    pub comment: String,
    pub operator_id: i64,
    /// Not in the seed. Our visitors have no number; empty unless one is banned.
    pub visitor_guid: String,
}

impl Event for Ban {
    const NAME: &'static str = "Agent.Ban";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        agent_key(self.agent_id)
    }
}

/// Everything that one agent does in order.
fn agent_key(agent: i64) -> String {
    format!("agent-{agent}")
}

impl Catalogued for AgentStatusLog {
    const ABOUT: [&'static str; 2] = ["An agent came online, went away or went offline.", "客服上线、离开或下线。"];
    const MENDED: &'static [(&'static str, &'static str)] = &[("Stauts", "Status")];

    fn sample() -> Self {
        Self { site_id: 1, agent_id: 3, status: AgentStatus::Online, time: SAMPLE_TIME }
    }
}

impl Catalogued for CannedMessage {
    const ABOUT: [&'static str; 2] = ["An agent used a canned message.", "客服使用快捷回复。"];
    const MENDED: &'static [(&'static str, &'static str)] = &[("CannedMessgeId", "CannedMessageId")];

    fn sample() -> Self {
        Self { site_id: 1, chat_id: 1024, agent_id: 3, canned_message_id: 12, time: SAMPLE_TIME }
    }
}

impl Catalogued for PrivateMessageLogs {
    const ABOUT: [&'static str; 2] = ["What agents wrote to each other.", "客服之间的私聊消息。"];

    fn sample() -> Self {
        let message = PrivateMessageLog {
            from_agent_id: 3,
            to_agent_id: 4,
            time: SAMPLE_TIME,
            content: "Can you take this one?".into(),
            attachment_guid: "019aa8d5-77aa-7000-8000-3a3b3c3d3e3f".into(),
        };
        Self { site_id: 1, messages: vec![message] }
    }
}

impl Catalogued for SavePreference {
    const ABOUT: [&'static str; 2] = ["An agent chose which columns a list shows.", "客服保存列表显示列的偏好。"];

    fn sample() -> Self {
        Self { site_id: 1, agent_id: 3, columns: vec![Column { enum_column: 2, if_visible: true, width: 120, custom_variable_id: 0 }] }
    }
}

impl Catalogued for Ban {
    const ABOUT: [&'static str; 2] = ["An agent shut out a visitor or an address.", "客服封禁访客或 IP。"];

    fn sample() -> Self {
        Self {
            site_id: 1,
            agent_id: 3,
            ban_type: BanType::IpRange,
            ip_from_or_visitor_id: 3_221_225_985,
            ip_to: 3_221_226_239,
            comment: "Spam".into(),
            operator_id: 3,
            visitor_guid: String::new(),
        }
    }
}
