//! What this crate needs from the house, and the roof hands to it: who calls, what they may follow, and what their words do.

use base::{Caller, ChatId, UploadId};
use serde::Deserialize;
use serde_json::Value;
use sockets::live::Topic;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;
use web::Problem;

/// One open socket, or one poll, of this node; unique while the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

/// What a client asks to be done. Following, pings and greetings never get here: the hub does those.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Op {
    /// An utterance. Said twice with one `client_id`, it is kept once and both are answered alike.
    Say {
        chat: ChatId,
        client_id: Uuid,
        #[serde(default)]
        text: Option<String>,
        #[serde(default)]
        upload: Option<UploadId>,
    },
    /// Not answered, not kept; dropped when too many come.
    Typing {
        chat: ChatId,
        on: bool,
        /// What stands in the visitor's field so far.
        #[serde(default)]
        text: Option<String>,
    },
    Read { chat: ChatId, seq: u64 },
    Delivered { chat: ChatId, seq: u64 },
}

/// What a newcomer is told, and what it follows without asking.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Welcome {
    /// The `me` of the welcome frame.
    pub me: Value,
    /// Followed from now on unless the client named a cursor of its own: an agent's `desk` and own log, a visitor's running chat.
    pub follow: Vec<Topic>,
}

/// Durable entries of a chat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// In order, without a hole: the number, and the entry as JSON exactly as it goes on the wire.
    pub entries: Vec<(u64, Arc<str>)>,
    /// The last number that exists.
    pub head: u64,
}

/// The answer to a ping: what the client has missed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Chats that have entries above the number the client named: the hub sends them.
    pub behind: Vec<ChatId>,
    /// Whole frames (`{"t":"state",…}`, `{"t":"marks",…}`) that heal what was told once and may have been lost. Keep it few.
    pub frames: Vec<Arc<str>>,
}

/// The floor that the sockets open on; implemented by the live chat.
///
/// Calls of one connection never overlap and come in the order of its frames. While one runs, nothing more is read from that client,
/// but it is still told things. A call may be dropped half-way when its client disappears: every effect must be a transaction.
#[async_trait::async_trait]
pub trait Floor: Send + Sync + 'static {
    /// Whose token this is (`sbv_…`); nobody's when unknown, expired or forged.
    async fn authenticate_visitor(&self, token: &str) -> Result<Option<Caller>, Problem>;

    /// Asked at each follow and resume. A chat of another site, or of another visitor, is simply not there: say no.
    async fn may_follow(&self, caller: &Caller, topic: &Topic) -> Result<bool, Problem>;

    /// Entries with a number above `after`, 500 at most, from SQL; without `after` no entries, only the `head`.
    /// Also asked with [`Caller::system`], for all followers at once, when this node missed something.
    async fn backlog(&self, caller: &Caller, chat: ChatId, after: Option<u64>) -> Result<Backlog, Problem>;

    /// Does what was asked; what it answers goes back as `{"re":…,"ok":…}`.
    async fn handle(&self, caller: &Caller, connection: ConnectionId, op: Op) -> Result<Value, Problem>;

    /// A socket greeted. `open` counts this caller's sockets on this node, this one included (two tabs: 2).
    async fn connected(&self, caller: &Caller, connection: ConnectionId, open: usize) -> Result<Welcome, Problem>;

    /// A socket closed, for whatever reason; `left` are still open on this node. It may be back in a moment: wait before it counts.
    async fn disconnected(&self, caller: &Caller, connection: ConnectionId, left: usize);

    /// Whole frames for a socket that follows a chat from now on: what is told only once (`{"t":"marks",…}`), as it stands. Nothing when
    /// it cannot be read.
    async fn standing(&self, _caller: &Caller, _chat: ChatId) -> Vec<Arc<str>> {
        Vec::new()
    }

    /// The client lives: every ping of a socket, and every poll. `seqs` is the last number it has of each chat.
    async fn ping(&self, caller: &Caller, connection: ConnectionId, seqs: &BTreeMap<ChatId, u64>) -> Result<Heard, Problem>;
}
