//! A ticket and what may become of it. Pure: the time and the site's rules are arguments.

use super::TicketError;
use super::sla::{Calendar, Clocks, Targets};
use crate::office::FileCard;
use base::{ApiKeyId, ChatId, DepartmentId, Invalid, MessageId, SiteId, TicketId, Timestamp, UploadId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),* $(,)? })*) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        $(#[$doc])*
        pub enum $name { $($variant),* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|one| one.word() == text).ok_or_else(|| format!("should be one of {}", [$($word),*].join(", ")))
            }
        }
    )*};
}

words! {
    /// Where a ticket stands.
    #[schema(as = TicketStatus)]
    Status { New = "new", Open = "open", Pending = "pending", OnHold = "on_hold", Solved = "solved", Closed = "closed" }
    /// The least first.
    #[schema(as = TicketPriority)]
    Priority { Low = "low", Normal = "normal", High = "high", Urgent = "urgent" }
    /// How it came.
    #[schema(as = TicketSource)]
    Source { Offline = "offline", Chat = "chat", Email = "email", Agent = "agent", Api = "api" }
    #[schema(as = TicketEntryKind)]
    EntryKind { Public = "public", Note = "note", Change = "change", System = "system" }
}

impl Status {
    /// Somebody outside is waited for: the clocks stand still.
    fn waits(self) -> bool {
        matches!(self, Self::Pending | Self::OnHold)
    }

    fn is_over(self) -> bool {
        matches!(self, Self::Solved | Self::Closed)
    }
}

/// Who wants the matter settled; either may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Requester {
    pub name: String,
    pub email: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Ticket {
    pub id: TicketId,
    pub site: SiteId,
    pub number: i64,
    pub subject: String,
    pub requester: Requester,
    pub status: Status,
    pub priority: Priority,
    pub assignee: Option<UserId>,
    pub department: Option<DepartmentId>,
    /// In order, each once.
    pub tags: Vec<String>,
    pub source: Source,
    /// What the requester reads, as far as it is known.
    pub language: String,
    pub chat: Option<ChatId>,
    /// The number of the closed ticket that this one goes on with.
    pub follows: Option<i64>,
    pub clocks: Clocks,
    /// The requester wrote, or an answer did not reach them, since the staff last looked or answered.
    pub unread: bool,
    pub last_seq: i64,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub solved: Option<Timestamp>,
}

/// What is asked for when a ticket is opened.
#[derive(Clone, Debug)]
pub struct NewTicket {
    pub subject: String,
    pub requester: Requester,
    pub priority: Priority,
    pub assignee: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub tags: Vec<String>,
    pub source: Source,
    pub language: String,
    pub chat: Option<ChatId>,
    pub follows: Option<i64>,
    pub text: String,
    pub uploads: Vec<FileCard>,
    /// By whom the first words are; the requester's when none is told.
    pub author: Option<Author>,
}

impl NewTicket {
    pub fn from(source: Source, subject: impl Into<String>, requester: Requester, text: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            requester,
            priority: Priority::Normal,
            assignee: None,
            department: None,
            tags: Vec::new(),
            source,
            language: String::new(),
            chat: None,
            follows: None,
            text: text.into(),
            uploads: Vec::new(),
            author: None,
        }
    }
}

/// What to change; what is not given stays. `Some(None)` takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketPatch {
    pub subject: Option<String>,
    pub requester: Option<Requester>,
    pub status: Option<Status>,
    pub priority: Option<Priority>,
    pub assignee: Option<Option<UserId>>,
    pub department: Option<Option<DepartmentId>>,
    pub tags: Option<Vec<String>>,
}

/// A field that changed, as the audit shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    #[schema(example = "status")]
    pub field: String,
    pub from: Value,
    pub to: Value,
}

impl Change {
    pub fn new(field: &str, from: impl Serialize, to: impl Serialize) -> Self {
        Self { field: field.to_owned(), from: json!(from), to: json!(to) }
    }
}

/// Who wrote or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Author {
    Agent { id: UserId, name: String },
    Api { id: ApiKeyId },
    Requester { name: String, email: String },
    /// Somebody else who had the reference, by mail.
    Other { name: String, email: String },
    System,
}

/// One line of the conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub seq: i64,
    pub id: MessageId,
    pub kind: EntryKind,
    pub author: Author,
    pub text: String,
    pub uploads: Vec<FileCard>,
    pub changes: Vec<Change>,
    pub client_id: Option<Uuid>,
    /// The letter that carried it to the requester.
    pub letter: Option<i64>,
    pub at: Timestamp,
}

/// A reply or a note of the staff.
#[derive(Clone, Debug)]
pub struct NewEntry {
    pub client_id: Uuid,
    pub text: String,
    pub public: bool,
    pub uploads: Vec<UploadId>,
    pub macro_id: Option<base::TicketMacroId>,
    pub status: Option<Status>,
}

/// The site's promises and hours, for one priority after the other.
pub struct Rules<'a> {
    pub calendar: &'a Calendar,
    pub targets: &'a dyn Fn(Priority) -> Targets,
}

impl Ticket {
    /// The clocks of a new ticket begin.
    pub fn begin(&mut self, rules: &Rules<'_>, answered: bool) {
        let targets = (rules.targets)(self.priority);
        if !answered {
            self.clocks.first_reply.start(targets.first_reply, self.created, rules.calendar);
        }
        self.clocks.resolve.start(targets.resolve, self.created, rules.calendar);
    }

    fn set_status(&mut self, to: Status, now: Timestamp, rules: &Rules<'_>) -> Result<Option<Change>, TicketError> {
        let from = self.status;
        if from == to {
            return Ok(None);
        }
        if from == Status::Closed {
            return Err(TicketError::Closed);
        }
        if to == Status::New {
            return Err(Invalid::new("status", "a ticket is new until somebody takes it up, and not again").into());
        }
        self.status = to;
        match (from, to) {
            (_, to) if to.is_over() => {
                self.clocks.stop(now);
                self.solved = self.solved.or(Some(now));
            }
            (from, to) if from.is_over() => {
                self.solved = None;
                self.clocks.resolve.start((rules.targets)(self.priority).resolve, now, rules.calendar);
                if to.waits() {
                    self.clocks.pause(now, rules.calendar);
                }
            }
            (_, to) if to.waits() => self.clocks.pause(now, rules.calendar),
            _ => self.clocks.resume(now, rules.calendar),
        }
        Ok(Some(Change::new("status", from, to)))
    }

    /// Changes what is given; tells what is another now.
    pub fn apply(&mut self, patch: TicketPatch, now: Timestamp, rules: &Rules<'_>) -> Result<Vec<Change>, TicketError> {
        if self.status == Status::Closed && patch != TicketPatch::default() {
            return Err(TicketError::Closed);
        }
        let mut changes = Vec::new();
        swap(&mut changes, "subject", &mut self.subject, patch.subject);
        swap(&mut changes, "requester", &mut self.requester, patch.requester);
        swap(&mut changes, "assignee", &mut self.assignee, patch.assignee);
        swap(&mut changes, "department", &mut self.department, patch.department);
        swap(&mut changes, "tags", &mut self.tags, patch.tags.map(tidy_tags));
        let before = self.priority;
        swap(&mut changes, "priority", &mut self.priority, patch.priority);
        if self.priority != before {
            self.clocks.retarget((rules.targets)(self.priority), now, rules.calendar);
        }
        // Who is given a new ticket has it open.
        let taken = self.status == Status::New && self.assignee.is_some() && changes.iter().any(|change| change.field == "assignee");
        let status = patch.status.or(taken.then_some(Status::Open));
        changes.extend(status.map(|to| self.set_status(to, now, rules)).transpose()?.flatten());
        Ok(changes)
    }

    /// The staff wrote. A public reply is what the clocks of replies wait for.
    pub fn staff_spoke(&mut self, public: bool, status: Option<Status>, now: Timestamp, rules: &Rules<'_>) -> Result<Vec<Change>, TicketError> {
        if self.status == Status::Closed {
            return Err(TicketError::Closed);
        }
        if public {
            self.unread = false;
            self.clocks.first_reply.stop(now);
            self.clocks.next_reply.stop(now);
        }
        let taken = (self.status == Status::New && public).then_some(Status::Open);
        Ok(status.or(taken).map(|to| self.set_status(to, now, rules)).transpose()?.flatten().into_iter().collect())
    }

    /// The requester wrote: what waited for that is open again, and a reply is owed.
    pub fn requester_spoke(&mut self, now: Timestamp, rules: &Rules<'_>) -> Result<Vec<Change>, TicketError> {
        self.unread = true;
        let again = self.status.waits() || self.status == Status::Solved;
        let changes = again.then(|| self.set_status(Status::Open, now, rules)).transpose()?.flatten();
        if !self.clocks.first_reply.is_on() && !self.clocks.next_reply.is_on() {
            self.clocks.next_reply.breached = false;
            self.clocks.next_reply.start((rules.targets)(self.priority).next_reply, now, rules.calendar);
        }
        Ok(changes.into_iter().collect())
    }
}

fn swap<T: PartialEq + Serialize>(changes: &mut Vec<Change>, field: &str, old: &mut T, new: Option<T>) {
    if let Some(new) = new.filter(|new| new != old) {
        changes.push(Change::new(field, &*old, &new));
        *old = new;
    }
}

pub fn tidy_tags(mut tags: Vec<String>) -> Vec<String> {
    tags.iter_mut().for_each(|tag| *tag = tag.trim().to_lowercase());
    tags.retain(|tag| !tag.is_empty());
    tags.sort();
    tags.dedup();
    tags
}

/// # Errors
/// The first tag that cannot be taken.
pub fn check_tags(tags: &[String]) -> Result<(), Invalid> {
    if tags.len() > 30 {
        return Err(Invalid::new("tags", "has at most 30 tags"));
    }
    let wrong = |tag: &String| tag.chars().count() > 50 || tag.contains([',', '\0', '\n']) || tag.trim().is_empty();
    match tags.iter().position(wrong) {
        Some(at) => Err(Invalid::new(format!("tags[{at}]"), "should have 1 to 50 characters and no comma")),
        None => Ok(()),
    }
}
