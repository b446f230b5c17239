use super::{AgentStatus, ChatStatus, LiveAgent, LiveVisitor, PageSeen, VisitorStatus};
use base::{ChatId, DepartmentId, Timestamp, UserId, VisitorId, WidgetId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// A change of a visitor: what is `None` stays. `Some(None)` empties a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VisitorPatch {
    pub name: Option<Option<String>>,
    pub email: Option<Option<String>>,
    pub status: Option<VisitorStatus>,
    pub page: Option<PageSeen>,
    pub pages: Option<u32>,
    pub seen: Option<Timestamp>,
    pub chat: Option<Option<ChatId>>,
    pub agent: Option<Option<UserId>>,
    pub department: Option<Option<DepartmentId>>,
    pub widget: Option<Option<WidgetId>>,
    pub segments: Option<Vec<i64>>,
    pub variables: Option<BTreeMap<String, String>>,
    /// Only if nothing changed since; otherwise [`super::LiveError::Changed`].
    pub if_rev: Option<u64>,
}

impl VisitorPatch {
    /// A heartbeat: it was heard of, nothing else.
    pub fn seen(now: Timestamp) -> Self {
        Self { seen: Some(now), ..Self::default() }
    }
}

/// Open screens of an agent on one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connections {
    pub node: String,
    pub count: u32,
}

/// A change of an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentPatch {
    pub name: Option<String>,
    pub status: Option<AgentStatus>,
    pub departments: Option<Vec<DepartmentId>>,
    pub chat_limit: Option<u32>,
    pub accepts_chats: Option<bool>,
    pub seen: Option<Timestamp>,
    /// Sets the count of one node; the others' stay.
    pub connections: Option<Connections>,
    pub if_rev: Option<u64>,
}

impl AgentPatch {
    pub fn seen(now: Timestamp) -> Self {
        Self { seen: Some(now), ..Self::default() }
    }
}

/// A change of a chat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChatPatch {
    pub agent: Option<Option<UserId>>,
    pub department: Option<Option<DepartmentId>>,
    pub status: Option<ChatStatus>,
    pub priority: Option<u16>,
    pub if_rev: Option<u64>,
    /// Only if the agent that the chat then burdens has room for one more; checked and taken in one step, so that two nodes can never
    /// overfill an agent. Otherwise [`super::LiveError::NoRoom`].
    pub if_room: bool,
}

/// Which visitors; what is empty or `None` does not matter, the rest must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VisitorFilter {
    pub ids: Vec<VisitorId>,
    pub status: Option<VisitorStatus>,
    pub agent: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub chat: Option<ChatId>,
}

impl VisitorFilter {
    pub fn one(visitor: VisitorId) -> Self {
        Self { ids: vec![visitor], ..Self::default() }
    }

    pub fn takes(&self, visitor: &LiveVisitor) -> bool {
        (self.ids.is_empty() || self.ids.contains(&visitor.id))
            && self.status.is_none_or(|status| visitor.status == status)
            && self.agent.is_none_or(|agent| visitor.agent == Some(agent))
            && self.department.is_none_or(|department| visitor.department == Some(department))
            && self.chat.is_none_or(|chat| visitor.chat == Some(chat))
    }
}

/// Which agents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentFilter {
    pub ids: Vec<UserId>,
    pub status: Option<AgentStatus>,
    pub department: Option<DepartmentId>,
    /// Only those who may be given one more chat.
    pub with_room: bool,
    /// At most so many; none is all.
    pub limit: Option<u32>,
}

impl AgentFilter {
    pub fn one(agent: UserId) -> Self {
        Self { ids: vec![agent], ..Self::default() }
    }

    pub fn takes(&self, agent: &LiveAgent) -> bool {
        (self.ids.is_empty() || self.ids.contains(&agent.id))
            && self.status.is_none_or(|status| agent.status == status)
            && self.department.is_none_or(|department| agent.departments.contains(&department))
            && (!self.with_room || agent.has_room())
    }
}

/// Which chats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChatFilter {
    pub ids: Vec<ChatId>,
    pub status: Option<ChatStatus>,
    pub agent: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub visitor: Option<VisitorId>,
}

impl ChatFilter {
    pub fn one(chat: ChatId) -> Self {
        Self { ids: vec![chat], ..Self::default() }
    }

    pub fn takes(&self, chat: &super::LiveChat) -> bool {
        (self.ids.is_empty() || self.ids.contains(&chat.id))
            && self.status.is_none_or(|status| chat.status == status)
            && self.agent.is_none_or(|agent| chat.agent == Some(agent))
            && self.department.is_none_or(|department| chat.department == Some(department))
            && self.visitor.is_none_or(|visitor| chat.visitor == visitor)
    }
}

/// Which part of a long list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveQuery {
    /// The `next` of the page before.
    pub after: Option<String>,
    pub limit: u32,
}

impl LiveQuery {
    pub const MAX: u32 = 1_000;

    pub fn first(limit: u32) -> Self {
        Self { after: None, limit: limit.clamp(1, Self::MAX) }
    }
}

impl Default for LiveQuery {
    fn default() -> Self {
        Self::first(Self::MAX)
    }
}

/// How long one may be silent before one counts as gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    pub visitors: Duration,
    pub agents: Duration,
}

/// Somebody who left without a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gone {
    Visitor(Box<LiveVisitor>),
    Agent(LiveAgent),
}
