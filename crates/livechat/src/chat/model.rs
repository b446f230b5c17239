//! The noun: a chat, and what may become of it. Pure; the time is an argument.

use super::entry::{Draft, Entry, EntryKind, From};
use super::form::{self, CustomAnswer};
use base::{ChatId, DepartmentId, SiteId, Timestamp, UserId, VisitorId, WidgetId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Where a chat stands. Every request has exactly one outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Waiting,
    Chatting,
    Ended,
    /// Nobody was there; what the visitor left is kept as a message.
    Offline,
}

impl Status {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Chatting => "chatting",
            Self::Ended => "ended",
            Self::Offline => "offline",
        }
    }

    pub fn read(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Chatting, Self::Ended, Self::Offline].into_iter().find(|s| s.word() == word)
    }

    pub const fn running(self) -> bool {
        matches!(self, Self::Waiting | Self::Chatting)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    Visitor,
    Agent,
    /// Nobody wrote for as long as the widget allows.
    Idle,
    /// The visitor left the site.
    Left,
}

impl EndedBy {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Agent => "agent",
            Self::Idle => "idle",
            Self::Left => "left",
        }
    }

    pub fn read(word: &str) -> Option<Self> {
        [Self::Visitor, Self::Agent, Self::Idle, Self::Left].into_iter().find(|s| s.word() == word)
    }
}

/// How far each side has come, by sequence number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Mark {
    pub delivered: i64,
    pub read: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Marks {
    pub visitor: Mark,
    pub agent: Mark,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rating {
    pub grade: i32,
    pub comment: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PageSeen {
    pub url: String,
    pub title: String,
}

/// What was known of the visitor when he asked; later changes of his record do not rewrite the past.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub device: Option<String>,
    pub language: Option<String>,
    pub time_zone: Option<String>,
    pub referrer: Option<String>,
    pub visits: i64,
    /// The stay during which it was asked for.
    pub visit: i64,
    pub page: PageSeen,
    pub variables: BTreeMap<String, String>,
}

/// The last utterance, for lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Last {
    pub text: String,
    /// `visitor`, `agent` or `system`.
    pub from: String,
    #[schema(value_type = String)]
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Chat {
    /// Counts up over the installation; what people say on the telephone.
    pub number: i64,
    pub id: ChatId,
    pub site: SiteId,
    pub visitor: VisitorId,
    pub widget: WidgetId,
    pub department: Option<DepartmentId>,
    pub agent: Option<UserId>,
    /// Everybody who took part, in order.
    pub agents: Vec<UserId>,
    pub status: Status,
    pub source: String,
    pub priority: i32,
    /// It had to wait before somebody took it.
    pub queued: bool,
    pub requested_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub ended_by: Option<EndedBy>,
    pub last_seq: i64,
    pub visitor_messages: i32,
    pub agent_messages: i32,
    pub tempo: Tempo,
    pub last: Option<Last>,
    pub marks: Marks,
    pub rating: Option<Rating>,
    pub form: serde_json::Map<String, serde_json::Value>,
    pub snapshot: Snapshot,
}

/// How fast agents answer: folded message by message, so that no report has to read the messages again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tempo {
    pub first_response_at: Option<Timestamp>,
    /// The visitor's first message that nobody answered yet.
    pub unanswered_since: Option<Timestamp>,
    pub responses: i64,
    pub response_ms: i64,
}

impl Tempo {
    pub fn heard(&mut self, by_visitor: bool, at: Timestamp) {
        if by_visitor {
            self.unanswered_since.get_or_insert(at);
            return;
        }
        self.first_response_at.get_or_insert(at);
        if let Some(since) = self.unanswered_since.take() {
            self.responses += 1;
            self.response_ms += i64::try_from(at.since(since).as_millis()).unwrap_or(i64::MAX);
        }
    }

    /// Seconds, zero when nobody ever answered.
    pub fn mean_response_s(&self) -> f64 {
        if self.responses == 0 { 0.0 } else { self.response_ms as f64 / self.responses as f64 / 1000.0 }
    }
}

/// Why a transition is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    Over,
    TakenBy(UserId),
    NotTaken,
}

/// Where a chat is handed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Agent(UserId),
    Department(DepartmentId),
}

const LAST_TEXT: usize = 200;
/// Who is given a chat within this time did not make it wait.
const AT_ONCE: Duration = Duration::from_secs(1);

impl Chat {
    /// The visitor's name, or nothing when he gave none.
    pub fn visitor_name(&self) -> Option<&str> {
        self.snapshot.name.as_deref()
    }

    /// What the visitor answered in the site's own fields of the form.
    pub fn custom_answers(&self) -> Vec<CustomAnswer> {
        form::answers(&self.form)
    }

    /// Numbers the draft and counts it. The only way an entry comes to a chat.
    pub fn push(&mut self, draft: Draft, id: base::MessageId, now: Timestamp) -> Entry {
        self.last_seq += 1;
        if draft.kind == EntryKind::Message {
            self.count(&draft, now);
        }
        Entry { seq: self.last_seq, id, at: now, draft }
    }

    fn count(&mut self, draft: &Draft, now: Timestamp) {
        let by_visitor = match draft.from {
            From::Visitor { .. } => true,
            From::Agent { .. } => false,
            From::System => return,
        };
        if by_visitor {
            self.visitor_messages += 1;
            self.marks.visitor = Mark { delivered: self.last_seq, read: self.last_seq };
        } else {
            self.agent_messages += 1;
            self.marks.agent = Mark { delivered: self.last_seq, read: self.last_seq };
        }
        self.tempo.heard(by_visitor, now);
        let text = draft.text.as_deref().or(draft.upload.as_ref().map(|file| file.name.as_str())).unwrap_or_default();
        let text = text.chars().take(LAST_TEXT).collect();
        self.last = Some(Last { text, from: draft.from.word().to_owned(), at: now });
    }

    /// Gives a waiting chat to an agent. The same agent again changes nothing.
    pub fn take(&mut self, agent: UserId, name: &str, now: Timestamp) -> Result<Option<Draft>, Refused> {
        match (self.status, self.agent) {
            (Status::Waiting, _) => {}
            (Status::Chatting, Some(current)) if current == agent => return Ok(None),
            (Status::Chatting, Some(current)) => return Err(Refused::TakenBy(current)),
            _ => return Err(Refused::Over),
        }
        self.queued |= now.since(self.requested_at) >= AT_ONCE;
        self.seat(agent, now);
        Ok(Some(Draft::system(EntryKind::Joined, serde_json::json!({ "agent": { "id": agent, "name": name } }))))
    }

    fn seat(&mut self, agent: UserId, now: Timestamp) {
        self.status = Status::Chatting;
        self.agent = Some(agent);
        self.started_at.get_or_insert(now);
        if !self.agents.contains(&agent) {
            self.agents.push(agent);
        }
    }

    /// Puts the chat back among the waiting, at its old place: it keeps the time it asked at.
    pub fn release(&mut self, department: Option<DepartmentId>) {
        self.status = Status::Waiting;
        self.queued = true;
        self.agent = None;
        if department.is_some() {
            self.department = department;
        }
    }

    /// His agent is gone: back to the queue.
    pub fn abandon(&mut self, name: &str) -> Option<Draft> {
        let agent = self.agent.filter(|_| self.status == Status::Chatting)?;
        self.release(None);
        Some(Draft::system(EntryKind::Left, serde_json::json!({ "agent": { "id": agent, "name": name }, "why": "gone" })))
    }

    /// To an agent: at once, without asking and above his limit. To a department: it waits there and is allocated again.
    pub fn hand_over(&mut self, to: Target, by: UserId, name: &str, now: Timestamp) -> Result<Draft, Refused> {
        if self.status != Status::Chatting {
            return Err(if self.status == Status::Waiting { Refused::NotTaken } else { Refused::Over });
        }
        let from = self.agent;
        let kind = match to {
            Target::Agent(agent) => {
                self.seat(agent, now);
                "agent"
            }
            Target::Department(department) => {
                self.release(Some(department));
                "department"
            }
        };
        let id = match to {
            Target::Agent(agent) => agent.0,
            Target::Department(department) => department.0,
        };
        let data = serde_json::json!({ "to": { "kind": kind, "id": id, "name": name }, "from": from, "by": by });
        Ok(Draft::system(EntryKind::Transferred, data))
    }

    /// Ends it. A second time changes nothing.
    pub fn end(&mut self, by: EndedBy, now: Timestamp) -> Option<Draft> {
        if !self.status.running() {
            return None;
        }
        self.queued |= self.started_at.is_none();
        self.status = Status::Ended;
        self.ended_at = Some(now);
        self.ended_by = Some(by);
        Some(Draft::system(EntryKind::Ended, serde_json::json!({ "by": by })))
    }

    /// Rates it; a new grade replaces the old one, the same one changes nothing.
    pub fn rate(&mut self, rating: Rating) -> Option<Draft> {
        if self.rating.as_ref() == Some(&rating) {
            return None;
        }
        let data = serde_json::json!({ "grade": rating.grade, "comment": rating.comment });
        self.rating = Some(rating);
        Some(Draft::system(EntryKind::Rated, data))
    }

    /// How far a side has come; it never goes back, and never ahead of what was said.
    pub fn mark(&mut self, by_visitor: bool, heard: Mark) -> bool {
        let top = self.last_seq;
        let mark = if by_visitor { &mut self.marks.visitor } else { &mut self.marks.agent };
        let before = *mark;
        mark.read = mark.read.max(heard.read.min(top));
        mark.delivered = mark.delivered.max(heard.delivered.min(top)).max(mark.read);
        *mark != before
    }

    /// One outcome a request, as the seed numbers them: normal, refused, missed, offline message.
    pub fn missed_status(&self) -> i32 {
        match self.status {
            Status::Offline => 3,
            _ if self.started_at.is_none() => 2,
            _ => 0,
        }
    }
}
