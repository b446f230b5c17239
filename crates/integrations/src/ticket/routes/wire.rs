//! How tickets look on the wire.

use crate::office::FileCard;
use crate::ticket::model::{Author, Change, Entry, EntryKind, Priority, Requester, Source, Status, Ticket};
use crate::ticket::service::Standing;
use crate::ticket::sla::Clocks;
use crate::ticket::store::{Macro, MacroActions, Saved};
use crate::ticket::store::{Filter, Sort};
use base::{ChatId, DepartmentId, MessageId, TicketId, TicketMacroId, TicketViewId, Timestamp, UserId};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Somebody or something by number and name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Named {
    id: i64,
    name: String,
}

/// When the clocks run out, and which have.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlaView {
    #[schema(value_type = Option<String>)]
    first_reply_due: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    next_reply_due: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    resolve_due: Option<Timestamp>,
    /// `first_reply`, `next_reply`, `resolve`.
    #[schema(value_type = Vec<String>)]
    breached: Vec<&'static str>,
}

impl From<&Clocks> for SlaView {
    fn from(clocks: &Clocks) -> Self {
        Self {
            first_reply_due: clocks.first_reply.due,
            next_reply_due: clocks.next_reply.due,
            resolve_due: clocks.resolve.due,
            breached: clocks.breached(),
        }
    }
}

/// A ticket as lists show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 115_594_386, "number": 17, "subject": "Chipped cup", "status": "open", "priority": "normal",
    "requester": {"name": "Sophie Martin", "email": "sophie@mail.example"}, "assignee": {"id": 7, "name": "Emma Clark"},
    "department": {"id": 2, "name": "Support"}, "tags": ["damage"], "source": "offline",
    "sla": {"first_reply_due": "2026-11-21T20:11:54.123Z", "next_reply_due": null, "resolve_due": "2026-11-24T18:11:54.123Z", "breached": []},
    "updated_at": "2026-11-21T18:20:00.000Z", "created_at": "2026-11-21T18:11:54.123Z", "unread": true
}))]
pub struct TicketCard {
    #[schema(value_type = i64)]
    id: TicketId,
    /// Counted on each site.
    number: i64,
    subject: String,
    status: Status,
    priority: Priority,
    requester: Requester,
    assignee: Option<Named>,
    department: Option<Named>,
    tags: Vec<String>,
    source: Source,
    sla: SlaView,
    #[schema(value_type = String)]
    updated_at: Timestamp,
    #[schema(value_type = String)]
    created_at: Timestamp,
    /// The requester wrote since the staff last looked or answered.
    unread: bool,
}

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketView {
    #[serde(flatten)]
    card: TicketCard,
    /// The chat that it came of.
    #[schema(value_type = Option<uuid::Uuid>)]
    chat: Option<ChatId>,
    #[schema(example = "en-GB")]
    language: String,
    /// The number of the closed ticket that it goes on with.
    follows: Option<i64>,
    #[schema(value_type = Option<String>)]
    solved_at: Option<Timestamp>,
    /// Lines of the conversation.
    #[schema(example = 3)]
    seq: i64,
}

/// Names for numbers; somebody who left is told by the number alone.
pub struct Names(pub HashMap<UserId, String>, pub HashMap<DepartmentId, String>);

impl Names {
    pub fn card(&self, ticket: &Ticket) -> TicketCard {
        let assignee = |id: UserId| Named { id: id.0, name: self.0.get(&id).cloned().unwrap_or_default() };
        let department = |id: DepartmentId| Named { id: id.0, name: self.1.get(&id).cloned().unwrap_or_default() };
        TicketCard {
            id: ticket.id,
            number: ticket.number,
            subject: ticket.subject.clone(),
            status: ticket.status,
            priority: ticket.priority,
            requester: ticket.requester.clone(),
            assignee: ticket.assignee.map(assignee),
            department: ticket.department.map(department),
            tags: ticket.tags.clone(),
            source: ticket.source,
            sla: SlaView::from(&ticket.clocks),
            updated_at: ticket.updated,
            created_at: ticket.created,
            unread: ticket.unread,
        }
    }

    pub fn view(&self, ticket: &Ticket) -> TicketView {
        TicketView {
            card: self.card(ticket),
            chat: ticket.chat,
            language: ticket.language.clone(),
            follows: ticket.follows,
            solved_at: ticket.solved,
            seq: ticket.last_seq,
        }
    }
}

/// Who wrote a line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketAuthor)]
pub struct AuthorView {
    /// `agent`, `api`, `requester`, `other` (somebody else who had the reference, by mail) or `system`.
    kind: &'static str,
    /// Of a user or an API key.
    id: Option<i64>,
    name: String,
    email: Option<String>,
}

impl From<Author> for AuthorView {
    fn from(author: Author) -> Self {
        let of = |kind, id, name, email| Self { kind, id, name, email };
        match author {
            Author::Agent { id, name } => of("agent", Some(id.0), name, None),
            Author::Api { id } => of("api", Some(id.0), String::new(), None),
            Author::Requester { name, email } => of("requester", None, name, Some(email)),
            Author::Other { name, email } => of("other", None, name, Some(email)),
            Author::System => of("system", None, String::new(), None),
        }
    }
}

/// How the letter of a public reply stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketDelivery)]
pub struct DeliveryView {
    /// `pending`, `sent`, `failed` or `held`.
    state: String,
    trouble: Option<String>,
}

/// One line of the conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketEntry, example = json!({
    "seq": 2, "id": "115594386612060170", "kind": "public", "from": {"kind": "agent", "id": 7, "name": "Emma Clark", "email": null},
    "text": "A new cup leaves the kiln tomorrow.", "uploads": [], "changes": [{"field": "status", "from": "open", "to": "pending"}],
    "client_id": "019ab2c4-0a00-7001-8002-900300400500", "email": {"state": "sent", "trouble": null}, "at": "2026-11-21T18:20:00.000Z"
}))]
pub struct EntryView {
    seq: i64,
    #[schema(value_type = String)]
    id: MessageId,
    /// `public` was read outside, `note` is among the staff, `change` is the audit, `system` is told by the house.
    kind: EntryKind,
    from: AuthorView,
    text: String,
    uploads: Vec<FileCard>,
    changes: Vec<Change>,
    client_id: Option<Uuid>,
    /// Null when no letter went out.
    email: Option<DeliveryView>,
    #[schema(value_type = String)]
    at: Timestamp,
}

impl EntryView {
    pub fn of(entry: Entry, letters: &HashMap<i64, Standing>) -> Self {
        let standing = entry.letter.and_then(|letter| letters.get(&letter));
        Self {
            seq: entry.seq,
            id: entry.id,
            kind: entry.kind,
            from: entry.author.into(),
            text: entry.text,
            uploads: entry.uploads,
            changes: entry.changes,
            client_id: entry.client_id,
            email: standing.map(|(state, trouble)| DeliveryView { state: state.to_string(), trouble: trouble.clone() }),
            at: entry.at,
        }
    }
}

/// A saved view.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": 4, "name": "Mine, by due time", "filter": {"assignee": "me", "status": ["open"]}, "sort": "due", "shared": false, "own": true, "count": 3}))]
pub struct TicketViewSaved {
    #[schema(value_type = i64)]
    id: TicketViewId,
    name: String,
    #[schema(value_type = Object)]
    filter: Value,
    sort: Sort,
    /// Everybody on the site has it.
    shared: bool,
    /// It is the caller's own.
    own: bool,
    /// Tickets that it shows, 10000 at most; null where they were not counted.
    count: Option<i64>,
}

impl TicketViewSaved {
    pub fn of(view: Saved, me: Option<UserId>, count: Option<i64>) -> Self {
        let own = view.owner.is_some() && view.owner == me;
        Self { id: view.id, name: view.name, filter: json!(view.filter), sort: view.sort, shared: view.shared, own, count }
    }
}

/// A prepared answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 2, "name": "On its way", "text": "Your order is on its way.",
    "actions": {"status": "solved", "priority": null, "assignee": null, "tags_add": ["shipping"]}
}))]
pub struct TicketMacro {
    #[schema(value_type = i64)]
    id: TicketMacroId,
    name: String,
    text: String,
    actions: MacroActions,
}

impl From<Macro> for TicketMacro {
    fn from(one: Macro) -> Self {
        Self { id: one.id, name: one.name, text: one.text, actions: one.actions }
    }
}

/// What is null is taken away; what is not there stays.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// The words of a list in a query: `open,pending`.
///
/// # Errors
/// Which word is not known.
pub fn words<T: std::str::FromStr<Err = String>>(field: &str, text: Option<&str>) -> Result<Vec<T>, web::Problem> {
    let words = text.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| word.parse().map_err(|why: String| web::Problem::invalid(field, why))).collect()
}

/// The filter of a query beside that of a saved view: what the query says counts.
pub fn over(view: Filter, asked: Filter) -> Filter {
    Filter {
        status: if asked.status.is_empty() { view.status } else { asked.status },
        priority: if asked.priority.is_empty() { view.priority } else { asked.priority },
        assignee: asked.assignee.or(view.assignee),
        department: asked.department.or(view.department),
        tag: asked.tag.or(view.tag),
        q: asked.q.or(view.q),
    }
}
