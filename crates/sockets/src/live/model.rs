use base::{ChatId, DepartmentId, SiteId, Timestamp, UserId, VisitorId, WidgetId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $wire:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),* }

        impl $name {
            /// The word on the wire.
            pub const fn wire(self) -> &'static str {
                match self { $(Self::$variant => $wire),* }
            }
        }
    };
}

words! {
    /// What a visitor is doing.
    VisitorStatus { Browsing = "browsing", Waiting = "waiting", Chatting = "chatting" }
}
words! {
    /// Whether an agent answers. An agent who is not here at all is offline.
    AgentStatus { Online = "online", Away = "away", Offline = "offline" }
}
words! {
    /// Of a running chat; an ended one is not here.
    ChatStatus { Waiting = "waiting", Chatting = "chatting" }
}

/// A page that somebody looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSeen {
    pub url: String,
    pub title: String,
}

/// A browser that is on a site now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveVisitor {
    pub id: VisitorId,
    pub site: SiteId,
    pub name: Option<String>,
    pub email: Option<String>,
    pub status: VisitorStatus,
    pub page: PageSeen,
    /// The first page of this visit.
    pub landing: String,
    pub referrer: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub device: Option<String>,
    pub language: Option<String>,
    pub time_zone: Option<String>,
    /// Which visit this is, from 1.
    pub visits: u32,
    /// Pages seen during this visit.
    pub pages: u32,
    pub since: Timestamp,
    /// When it was last heard of; it never goes back.
    pub seen: Timestamp,
    pub chat: Option<ChatId>,
    pub agent: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub widget: Option<WidgetId>,
    pub segments: Vec<i64>,
    pub variables: BTreeMap<String, String>,
    /// Raised by every change; 0 in what was never stored.
    pub rev: u64,
}

/// The fields of a visitor that the board shows, in this order.
pub const BOARD_FIELDS: [&str; 19] = [
    "id", "name", "status", "page", "landing", "referrer", "country", "city", "browser", "os", "device", "language", "time_zone",
    "visits", "pages", "since", "seen", "chat", "variables",
];

/// Somebody who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveAgent {
    pub id: UserId,
    pub site: SiteId,
    pub name: String,
    pub status: AgentStatus,
    pub departments: Vec<DepartmentId>,
    pub chat_limit: u32,
    /// Chats that are being answered; counted by the store from the chats that are here.
    pub load: u32,
    pub accepts_chats: bool,
    pub since: Timestamp,
    pub seen: Timestamp,
    /// When a chat was last given to this agent; set by the store.
    pub last_assigned: Option<Timestamp>,
    /// Since when there is no chat to answer; set by the store.
    pub idle_since: Option<Timestamp>,
    /// Open screens by node.
    pub connections: BTreeMap<String, u32>,
    pub rev: u64,
}

impl LiveAgent {
    /// May be given one more chat.
    pub fn has_room(&self) -> bool {
        self.status == AgentStatus::Online && self.accepts_chats && self.load < self.chat_limit
    }

    /// Open screens on all nodes.
    pub fn screens(&self) -> u32 {
        self.connections.values().sum()
    }
}

/// A chat that waits or runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveChat {
    pub id: ChatId,
    pub site: SiteId,
    pub number: i64,
    pub visitor: VisitorId,
    pub agent: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub status: ChatStatus,
    pub requested_at: Timestamp,
    /// The number of the last entry that was told.
    pub last_seq: u64,
    /// 0–1000; higher is served first.
    pub priority: u16,
    pub rev: u64,
}

impl LiveChat {
    pub const MAX_PRIORITY: u16 = 1_000;

    /// The agent whose load this chat is.
    pub fn burden(&self) -> Option<UserId> {
        self.agent.filter(|_| self.status == ChatStatus::Chatting)
    }
}
