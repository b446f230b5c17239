//! A chat as its screens see it.

use super::form::{self, CustomAnswer};
use super::model::{Chat, EndedBy, Last, Marks, PageSeen, Rating, Status};
use base::{ChatId, Timestamp, VisitorId};
use serde::Serialize;
use utoipa::ToSchema;

/// Something with a number and a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"id": 2, "name": "Support"}))]
pub struct Named {
    pub id: i64,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct VisitorCard {
    #[schema(value_type = String, format = Uuid)]
    pub id: VisitorId,
    pub name: Option<String>,
    pub email: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub page: PageSeen,
    pub referrer: Option<String>,
    pub visits: i64,
    pub language: Option<String>,
    pub online: bool,
}

/// A chat for an agent, in lists and alone.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718", "number": 1204, "status": "chatting",
    "visitor": {
        "id": "019ab2c0-1f6e-7c31-8a55-9d0e4b7a1c22", "name": "Sophie Martin", "email": "sophie@mail.example", "country": "GB", "city": "London",
        "browser": "Firefox 145", "os": "Windows", "page": {"url": "https://shop.example/cart", "title": "Cart"},
        "referrer": "https://search.example/", "visits": 3, "language": "en-GB", "online": true
    },
    "department": {"id": 2, "name": "Support"}, "agent": {"id": 7, "name": "Emma Clark"}, "source": "button",
    "requested_at": "2026-11-21T18:11:54.123Z", "started_at": "2026-11-21T18:12:03.480Z", "ended_at": null, "ended_by": null,
    "last": {"text": "One of my two cups arrived with a chip.", "from": "visitor", "at": "2026-11-21T18:12:40.007Z"},
    "seq": 4, "unread": 1, "marks": {"visitor": {"delivered": 3, "read": 3}, "agent": {"delivered": 4, "read": 3}}, "rating": null,
    "form": {"name": "Sophie Martin", "email": "sophie@mail.example"},
    "custom_fields": [{"id": 4, "name": "Order number", "value": "K-1042"}], "waiting_s": 9
}))]
pub struct ChatView {
    #[schema(value_type = String, format = Uuid)]
    pub id: ChatId,
    pub number: i64,
    pub status: Status,
    pub visitor: VisitorCard,
    pub department: Option<Named>,
    pub agent: Option<Named>,
    /// How it came about: `button`.
    pub source: String,
    #[schema(value_type = String, format = DateTime)]
    pub requested_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    pub ended_by: Option<EndedBy>,
    pub last: Option<Last>,
    pub seq: i64,
    /// Messages of the visitor that no agent has read.
    pub unread: i64,
    pub marks: Marks,
    pub rating: Option<Rating>,
    #[schema(value_type = Object)]
    pub form: serde_json::Map<String, serde_json::Value>,
    /// What the visitor answered in the site's own fields.
    pub custom_fields: Vec<CustomAnswer>,
    /// How long the visitor waited, or waits, before somebody took it.
    pub waiting_s: i64,
}

/// What the row does not say.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    pub department: Option<String>,
    pub agent: Option<String>,
    pub unread: i64,
    pub online: bool,
}

impl ChatView {
    pub fn new(chat: &Chat, beside: Beside, now: Timestamp) -> Self {
        let seen = &chat.snapshot;
        let until = chat.started_at.or(chat.ended_at).unwrap_or(now);
        Self {
            id: chat.id,
            number: chat.number,
            status: chat.status,
            visitor: VisitorCard {
                id: chat.visitor,
                name: seen.name.clone(),
                email: seen.email.clone(),
                country: seen.country.clone(),
                city: seen.city.clone(),
                browser: seen.browser.clone(),
                os: seen.os.clone(),
                page: seen.page.clone(),
                referrer: seen.referrer.clone(),
                visits: seen.visits,
                language: seen.language.clone(),
                online: beside.online,
            },
            department: chat.department.map(|id| Named { id: id.0, name: beside.department.unwrap_or_default() }),
            agent: chat.agent.map(|id| Named { id: id.0, name: beside.agent.unwrap_or_default() }),
            source: chat.source.clone(),
            requested_at: chat.requested_at,
            started_at: chat.started_at,
            ended_at: chat.ended_at,
            ended_by: chat.ended_by,
            last: chat.last.clone(),
            seq: chat.last_seq,
            unread: beside.unread,
            marks: chat.marks,
            rating: chat.rating.clone(),
            form: form::words(&chat.form),
            custom_fields: chat.custom_answers(),
            waiting_s: i64::try_from(until.since(chat.requested_at).as_secs()).unwrap_or(i64::MAX),
        }
    }

    /// For the queue that all agents of a site see: nothing by which the visitor could be reached.
    pub fn without_contact(mut self) -> Self {
        self.visitor.email = None;
        self.form.clear();
        self.custom_fields.clear();
        self
    }
}

/// A chat as its visitor sees it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718", "number": 1204, "status": "waiting", "position": 2, "estimated_wait_s": 90, "seq": 1,
    "can_rate": false, "can_mail": false, "marks": {"visitor": {"delivered": 1, "read": 1}, "agent": {"delivered": 0, "read": 0}}
}))]
pub struct ChatState {
    #[schema(value_type = String, format = Uuid)]
    pub id: ChatId,
    pub number: i64,
    pub status: Status,
    /// The place in the queue, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_wait_s: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentSeen>,
    pub seq: i64,
    pub can_rate: bool,
    /// When it is over, what was said may be sent by e-mail.
    pub can_mail: bool,
    pub marks: Marks,
}

/// An agent as a visitor sees him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgentSeen {
    pub name: String,
    pub avatar: Option<String>,
}

impl ChatState {
    pub fn frame(&self) -> serde_json::Value {
        serde_json::json!({ "t": "state", "chat": self.id, "state": self })
    }
}
