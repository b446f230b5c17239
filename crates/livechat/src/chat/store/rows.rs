//! Between rows and nouns.

use super::tables::{chat, entry};
use crate::chat::entry::{Draft, Entry, EntryKind, From};
use crate::chat::model::{Chat, EndedBy, Last, Mark, Marks, Rating, Snapshot, Status, Tempo};
use base::{ChatId, DepartmentId, MessageId, SiteId, Timestamp, UserId, VisitorId, WidgetId};
use sea_orm::ActiveValue::{NotSet, Set, Unchanged};
use serde_json::json;
use sockets::StoreError;
use uuid::Uuid;

fn unreadable(what: &str, chat: i64) -> StoreError {
    StoreError::Unreadable(format!("{what} of chat {chat}"))
}

fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn time(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

fn millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::millis)
}

pub fn chat(row: chat::Model) -> Result<Chat, StoreError> {
    let number = row.number;
    let read = |what: &str, text: &str| serde_json::from_str(text).map_err(|_| unreadable(what, number));
    let agents: Vec<UserId> = serde_json::from_str(&row.agents).map_err(|_| unreadable("agents", number))?;
    let snapshot: Snapshot = serde_json::from_str(&row.snapshot).map_err(|_| unreadable("snapshot", number))?;
    let serde_json::Value::Object(form) = read("form", &row.form)? else { return Err(unreadable("form", number)) };
    let last = match (row.last_text, row.last_from, row.last_at) {
        (Some(text), Some(from), Some(at)) => Some(Last { text, from, at: Timestamp::from_millis(at) }),
        _ => None,
    };
    Ok(Chat {
        number,
        id: ChatId(row.id),
        site: SiteId(row.site),
        visitor: VisitorId(row.visitor),
        widget: WidgetId(row.widget),
        department: row.department.map(DepartmentId),
        agent: row.agent.map(UserId),
        agents,
        status: Status::read(&row.status).ok_or_else(|| unreadable("status", number))?,
        source: row.source,
        priority: small(row.priority),
        queued: row.queued,
        requested_at: Timestamp::from_millis(row.requested_at),
        started_at: time(row.started_at),
        ended_at: time(row.ended_at),
        ended_by: row.ended_by.as_deref().and_then(EndedBy::read),
        last_seq: row.last_seq,
        visitor_messages: small(row.visitor_messages),
        agent_messages: small(row.agent_messages),
        tempo: Tempo {
            first_response_at: time(row.first_response_at),
            unanswered_since: time(row.unanswered_since),
            responses: row.responses,
            response_ms: row.response_ms,
        },
        last,
        marks: Marks {
            visitor: Mark { delivered: row.visitor_delivered, read: row.visitor_read },
            agent: Mark { delivered: row.agent_delivered, read: row.agent_read },
        },
        rating: row.rating.map(|grade| Rating { grade: small(grade), comment: row.rating_comment }),
        form,
        snapshot,
    })
}

fn text<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data with string keys")
}

/// The row of a chat: a new one (`client_id` given, number to be drawn) or all that can change of an old one.
pub fn active(chat: &Chat, client_id: Option<Uuid>) -> chat::ActiveModel {
    chat::ActiveModel {
        number: client_id.map_or(Unchanged(chat.number), |_| NotSet),
        id: client_id.map_or(NotSet, |_| Set(chat.id.0)),
        site: client_id.map_or(NotSet, |_| Set(chat.site.0)),
        visitor: client_id.map_or(NotSet, |_| Set(chat.visitor.0)),
        client_id: client_id.map_or(NotSet, Set),
        widget: client_id.map_or(NotSet, |_| Set(chat.widget.0)),
        source: client_id.map_or(NotSet, |_| Set(chat.source.clone())),
        requested_at: client_id.map_or(NotSet, |_| Set(chat.requested_at.millis())),
        form: client_id.map_or(NotSet, |_| Set(text(&chat.form))),
        snapshot: client_id.map_or(NotSet, |_| Set(text(&chat.snapshot))),
        people_folded: client_id.map_or(NotSet, |_| Set(String::new())),
        department: Set(chat.department.map(|id| id.0)),
        agent: Set(chat.agent.map(|id| id.0)),
        agents: Set(text(&chat.agents)),
        status: Set(chat.status.word().to_owned()),
        priority: Set(chat.priority.into()),
        queued: Set(chat.queued),
        started_at: Set(millis(chat.started_at)),
        ended_at: Set(millis(chat.ended_at)),
        ended_by: Set(chat.ended_by.map(|by| by.word().to_owned())),
        last_text: Set(chat.last.as_ref().map(|last| last.text.clone())),
        last_from: Set(chat.last.as_ref().map(|last| last.from.clone())),
        last_at: Set(chat.last.as_ref().map(|last| last.at.millis())),
        first_response_at: Set(millis(chat.tempo.first_response_at)),
        unanswered_since: Set(millis(chat.tempo.unanswered_since)),
        responses: Set(chat.tempo.responses),
        response_ms: Set(chat.tempo.response_ms),
        rating: Set(chat.rating.as_ref().map(|rating| rating.grade.into())),
        rating_comment: Set(chat.rating.as_ref().and_then(|rating| rating.comment.clone())),
        last_seq: Set(chat.last_seq),
        visitor_messages: Set(chat.visitor_messages.into()),
        agent_messages: Set(chat.agent_messages.into()),
        visitor_delivered: Set(chat.marks.visitor.delivered),
        visitor_read: Set(chat.marks.visitor.read),
        agent_delivered: Set(chat.marks.agent.delivered),
        agent_read: Set(chat.marks.agent.read),
        // Whatever it was that changed, the search has not seen it.
        indexed: Set(false),
    }
}

pub fn entry(row: entry::Model) -> Result<Entry, StoreError> {
    let broken = |what: &str| StoreError::Unreadable(format!("{what} of entry {}", row.id));
    let from = match (row.from_kind.as_str(), &row.from_id) {
        ("visitor", Some(id)) => From::Visitor { id: id.parse().map_err(|_| broken("sender"))?, name: row.from_name },
        ("agent", Some(id)) => {
            From::Agent { id: id.parse().map_err(|_| broken("sender"))?, name: row.from_name.unwrap_or_default() }
        }
        _ => From::System,
    };
    let upload = row.upload.as_deref().map(serde_json::from_str).transpose().map_err(|_| broken("file"))?;
    let data = row.data.as_deref().map(serde_json::from_str).transpose().map_err(|_| broken("data"))?;
    let draft =
        Draft { kind: EntryKind::read(&row.kind), from, text: row.text, upload, client_id: row.client_id, data };
    Ok(Entry { seq: row.seq, id: MessageId(row.id), at: Timestamp::from_millis(row.at), draft })
}

/// An entry as the bulk insert takes it; its fields are [`super::ENTRY_COLUMNS`].
pub fn entry_json(chat: i64, entry: &Entry) -> serde_json::Value {
    let draft = &entry.draft;
    let (from_id, from_name) = match &draft.from {
        From::Visitor { id, name } => (Some(id.to_string()), name.clone()),
        From::Agent { id, name } => (Some(id.to_string()), Some(name.clone())),
        From::System => (None, None),
    };
    json!({
        "id": entry.id.0,
        "chat": chat,
        "seq": entry.seq,
        "at": entry.at.millis(),
        "kind": draft.kind.word(),
        "from_kind": draft.from.word(),
        "from_id": from_id,
        "from_name": from_name,
        "text": draft.text,
        "upload": draft.upload.as_ref().map(text),
        "data": draft.data.as_ref().map(text),
        "client_id": draft.client_id.map(|id| id.simple().to_string()),
    })
}

/// What a batch of messages changes of a chat; its fields are [`super::TALLY_COLUMNS`].
pub fn tally_json(chat: &Chat) -> serde_json::Value {
    json!({
        "number": chat.number,
        "last_seq": chat.last_seq,
        "visitor_messages": chat.visitor_messages,
        "agent_messages": chat.agent_messages,
        "first_response_at": millis(chat.tempo.first_response_at),
        "unanswered_since": millis(chat.tempo.unanswered_since),
        "responses": chat.tempo.responses,
        "response_ms": chat.tempo.response_ms,
        "last_text": chat.last.as_ref().map(|last| &last.text),
        "last_from": chat.last.as_ref().map(|last| &last.from),
        "last_at": chat.last.as_ref().map(|last| last.at.millis()),
        "visitor_delivered": chat.marks.visitor.delivered,
        "visitor_read": chat.marks.visitor.read,
        "agent_delivered": chat.marks.agent.delivered,
        "agent_read": chat.marks.agent.read,
    })
}
