//! The nouns: an event that was kept, the way it took, and a replay.

use base::{EventId, ReplayId, SiteId, Timestamp};
use serde::{Deserialize, Serialize};
use sockets::{Envelope, StoreError};
use std::fmt;

/// An event as it lies in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its place in the order of archiving.
    pub place: i64,
    pub event: EventId,
    pub site: SiteId,
    pub name: String,
    pub key: String,
    pub at: Timestamp,
    pub archived_at: Timestamp,
    /// Its most telling values, in the language of the payload.
    pub summary: String,
}

impl Kept {
    pub fn of(envelope: &Envelope, now: Timestamp) -> Self {
        // The one character that PostgreSQL cannot keep.
        let clean = |text: &str| text.replace('\0', "");
        Self {
            place: 0,
            event: envelope.id,
            site: envelope.site,
            name: clean(&envelope.name),
            key: clean(&envelope.key),
            at: envelope.occurred_at,
            archived_at: now,
            summary: clean(&super::summary::of(&envelope.payload)),
        }
    }
}

/// Which events are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// A name (`Chat.Ended`) or a family (`Chat.*`).
    pub r#type: Option<String>,
    pub key: Option<String>,
    pub id: Option<EventId>,
    pub from: Option<Timestamp>,
    /// Not included.
    pub to: Option<Timestamp>,
}

/// One thing that befell an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `announced`, `archived`, `copied`, `handled`, `retried`, `dead` or `delivered`.
    pub step: &'static str,
    pub queue: Option<String>,
    /// Of `retried`, when the next try is due.
    pub at: Option<Timestamp>,
    pub attempts: Option<i64>,
    pub detail: Option<String>,
}

/// What became of an event outside the queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The queue by which it came.
    pub queue: String,
    pub at: Option<Timestamp>,
    pub attempts: i64,
    pub detail: String,
}

/// Who carries events on to somewhere else and can say what became of one. The roof fills it in.
#[async_trait::async_trait]
pub trait Trail: Send + Sync + 'static {
    async fn of(&self, site: SiteId, event: EventId) -> Result<Vec<Delivered>, StoreError>;
}

/// What is sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayFilter {
    /// Names or families; all when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    pub from: Timestamp,
    /// Not included.
    pub to: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayState {
    Running,
    Done,
    Cancelled,
    Failed,
}

impl ReplayState {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    pub fn read(word: &str) -> Option<Self> {
        [Self::Running, Self::Done, Self::Cancelled, Self::Failed].into_iter().find(|state| state.word() == word)
    }
}

impl fmt::Display for ReplayState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Events on their way to queues once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    pub id: ReplayId,
    pub site: SiteId,
    pub filter: ReplayFilter,
    pub queues: Vec<String>,
    /// Events a second.
    pub rate: u32,
    /// Consumers handle again what they have handled.
    pub force: bool,
    pub state: ReplayState,
    pub total: i64,
    pub done: i64,
    /// The last place in the ledger that was sent, and the last that will be.
    pub place: i64,
    pub upto: i64,
    pub started_by: String,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// Why it failed.
    pub trouble: Option<String>,
}

/// A replay as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReplay {
    pub filter: ReplayFilter,
    pub queues: Vec<String>,
    pub rate: u32,
    pub force: bool,
    pub started_by: String,
}
