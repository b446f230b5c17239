//! What is counted: visits, those who wait, invitations, conversions.
//!
//! Mended slips of the seed, all still read: `CampainId` → `CampaignId`, `InvitaionId` → `InvitationId`, `CookIdenitityId` →
//! `CookieIdentityId`. Ours: `VisitorGuid` of a conversion, since our visitors have no number.

use super::Catalogued;
use super::codes::{ConversionAccelerateType, InvitationAnswer, TranscriptType};
use super::common::{SAMPLE_TIME, time, time_schema};
use base::{SiteId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockets::Event;

/// How many waited in each department.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ChatQueueLogs {
    pub site_id: i64,
    pub messages: Vec<ChatQueueLog>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ChatQueueLog {
    /// 0 for those who chose none.
    pub department_id: i64,
    pub number_of_queue: i64,
    #[serde(with = "time")]
    #[schemars(schema_with = "time_schema")]
    pub log_time: Timestamp,
}

impl Event for ChatQueueLogs {
    const NAME: &'static str = "ChatQueue.Log";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        "chat-queue".into()
    }
}

/// Visits that began at a widget since the last count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct VisitLog {
    pub site_id: i64,
    /// The widget.
    #[serde(alias = "CampainId")]
    pub campaign_id: i64,
    pub visit_count: i64,
}

impl Event for VisitLog {
    const NAME: &'static str = "Visit.Log";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        format!("widget-{}", self.campaign_id)
    }
}

/// What became of automatic invitations since the last count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct AutoInvitationLogs {
    pub site_id: i64,
    pub logs: Vec<AutoInvitationLog>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct AutoInvitationLog {
    /// The widget.
    #[serde(alias = "CampainId")]
    pub campaign_id: i64,
    #[serde(alias = "InvitaionId")]
    pub invitation_id: i64,
    /// How often it was shown.
    pub set_number: i64,
    pub accept_number: i64,
    pub refuse_number: i64,
    #[serde(with = "time")]
    #[schemars(schema_with = "time_schema")]
    pub time: Timestamp,
}

impl Event for AutoInvitationLogs {
    const NAME: &'static str = "AutoInvitation.Log";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        "auto-invitations".into()
    }
}

/// What became of invitations that agents sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ManualInvitationLogs {
    pub site_id: i64,
    pub logs: Vec<ManualInvitationLog>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ManualInvitationLog {
    pub agent_id: i64,
    pub status: InvitationAnswer,
    pub transcript_type: TranscriptType,
    /// The number of the chat or message that came of it.
    pub transcript_id: i64,
    pub message: String,
}

impl Event for ManualInvitationLogs {
    const NAME: &'static str = "ManualInvitation.Log";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        "manual-invitations".into()
    }
}

/// Visitors did what the site hopes for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ConversionLogs {
    pub site_id: i64,
    pub logs: Vec<ConversionLog>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct ConversionLog {
    pub id: i64,
    pub conversion_id: i64,
    pub conversion_name: String,
    pub visitor_id: i64,
    /// Not in the seed: our visitors have no number.
    pub visitor_guid: String,
    #[serde(alias = "CookIdenitityId")]
    pub cookie_identity_id: i64,
    pub chat_id: i64,
    pub department_id: i64,
    pub related_operator_id: i64,
    pub append_info: String,
    pub conversion_value: f64,
    #[serde(with = "time")]
    #[schemars(schema_with = "time_schema")]
    pub create_time: Timestamp,
    pub has_add_to_database: bool,
    pub current_chat_id: i64,
    pub current_department_id: i64,
    pub conversion_accelerate_type: ConversionAccelerateType,
}

impl Event for ConversionLogs {
    const NAME: &'static str = "Conversion.Log";

    fn site(&self) -> SiteId {
        SiteId(self.site_id)
    }

    fn key(&self) -> String {
        "conversions".into()
    }
}

impl Catalogued for ChatQueueLogs {
    const ABOUT: [&'static str; 2] = ["How many visitors wait in each department, told once a minute.", "各部门排队人数，每分钟记录一次。"];

    fn sample() -> Self {
        Self { site_id: 1, messages: vec![ChatQueueLog { department_id: 2, number_of_queue: 4, log_time: SAMPLE_TIME }] }
    }
}

impl Catalogued for VisitLog {
    const ABOUT: [&'static str; 2] = ["Visits that began at a widget, counted once a minute.", "聊天窗口的访问次数，每分钟统计一次。"];
    const MENDED: &'static [(&'static str, &'static str)] = &[("CampainId", "CampaignId")];

    fn sample() -> Self {
        Self { site_id: 1, campaign_id: 1, visit_count: 37 }
    }
}

impl Catalogued for AutoInvitationLogs {
    const ABOUT: [&'static str; 2] = ["What became of automatic invitations.", "自动邀请的结果统计。"];
    const MENDED: &'static [(&'static str, &'static str)] = &[("CampainId", "CampaignId"), ("InvitaionId", "InvitationId")];

    fn sample() -> Self {
        let log = AutoInvitationLog {
            campaign_id: 1,
            invitation_id: 6,
            set_number: 40,
            accept_number: 9,
            refuse_number: 21,
            time: SAMPLE_TIME,
        };
        Self { site_id: 1, logs: vec![log] }
    }
}

impl Catalogued for ManualInvitationLogs {
    const ABOUT: [&'static str; 2] = ["What became of invitations that agents sent.", "客服手动邀请的结果。"];

    fn sample() -> Self {
        let log = ManualInvitationLog {
            agent_id: 3,
            status: InvitationAnswer::Accept,
            transcript_type: TranscriptType::Chat,
            transcript_id: 1024,
            message: "May I help you?".into(),
        };
        Self { site_id: 1, logs: vec![log] }
    }
}

impl Catalogued for ConversionLogs {
    const ABOUT: [&'static str; 2] = ["Visitors did what the site hopes for.", "访客完成转化目标。"];
    const MENDED: &'static [(&'static str, &'static str)] = &[("CookIdenitityId", "CookieIdentityId")];

    fn sample() -> Self {
        let log = ConversionLog {
            id: 8,
            conversion_id: 2,
            conversion_name: "Order".into(),
            visitor_guid: "019aa8d4-1b2c-7e10-8a4f-5f6e7d8c9b0a".into(),
            chat_id: 1024,
            department_id: 2,
            related_operator_id: 3,
            append_info: "A-17".into(),
            conversion_value: 129.9,
            create_time: SAMPLE_TIME,
            has_add_to_database: true,
            current_chat_id: 1024,
            current_department_id: 2,
            conversion_accelerate_type: ConversionAccelerateType::LastChat,
            ..ConversionLog::default()
        };
        Self { site_id: 1, logs: vec![log] }
    }
}
