//! Live state: who is here, who waits, who answers, and the numbered logs that screens follow.
//!
//! Everything in here can be rebuilt: chats and their messages are rows that were durable before anybody was told. What is lost
//! with the store (a restart, a flush) is told by [`LiveState::epochs`], and the owners say it again by the `create_*` operations,
//! which are upserts.
//!
//! # Numbers
//! Each [`Topic`] is a log of numbered entries of which the last thousand or so are kept. A [`Cursor`] is a place in it. A chat's
//! numbers are its durable sequence from SQL (epoch 0, written `13`); all other logs count here, and start a new epoch when they are
//! lost (written `<epoch>.<seq>`), so that an old cursor can never be mistaken for a new one: it is answered with [`Gap`].
//!
//! # What writes which log by itself
//! - `create_visitor`, `update_visitor`, `remove_visitor` and `sweep` write [`Topic::Visitors`]: `{"kind":"visitor_upsert","data":{…}}`
//!   with [`BOARD_FIELDS`], and `{"kind":"visitor_gone","data":{"id":…}}`. A mere heartbeat writes nothing.
//! - The operations on agents write [`Topic::Desk`]: `{"kind":"colleague","data":{"id","name","status","load","limit"}}`. A load that
//!   changed with a chat writes nothing: all agents of a site would hear of each chat.
//! - Everything else on [`Topic::Desk`] is the caller's, by [`LiveState::publish`].

mod change;
mod error;
mod model;
mod patch;
mod topic;

pub use change::{Change, Changes, Published};
pub use error::LiveError;
pub use model::{AgentStatus, BOARD_FIELDS, ChatStatus, LiveAgent, LiveChat, LiveVisitor, PageSeen, VisitorStatus};
pub use patch::{
    AgentFilter, AgentPatch, ChatFilter, ChatPatch, Connections, Gone, LiveQuery, Silence, VisitorFilter, VisitorPatch,
};
pub use topic::{Audience, BadCursor, Cursor, Gap, Logged, Topic};

use async_trait::async_trait;
use base::{ChatId, Page, SiteId, Timestamp, UserId, VisitorId};
use std::sync::Arc;
use tokio::sync::watch;

/// How many entries of a log are kept at least.
pub const LOG_KEEPS: usize = 1_000;

/// The store of what is true just now. Operations are named as in the seed's list; each is atomic and touches one site.
///
/// None waits longer than a second: when the store is away they fail with [`LiveError::Unavailable`].
#[async_trait]
pub trait LiveState: Send + Sync + 'static {
    /// Puts a visitor here, or says again that it is. With `rev` 0 it simply replaces; with the `rev` the caller last saw, it
    /// changes nothing when the store knows better. Answers with what is stored.
    async fn create_visitor(&self, visitor: LiveVisitor) -> Result<LiveVisitor, LiveError>;
    async fn create_chat(&self, chat: LiveChat) -> Result<LiveChat, LiveError>;
    /// As [`LiveState::create_visitor`]; `load`, `last_assigned` and `idle_since` are the store's own and kept when known.
    async fn create_agent(&self, agent: LiveAgent) -> Result<LiveAgent, LiveError>;

    /// Answers with what was removed; nothing when it was not here.
    async fn remove_visitor(&self, site: SiteId, visitor: VisitorId) -> Result<Option<LiveVisitor>, LiveError>;
    /// Removes the chat and its log; the agent's load falls.
    async fn remove_chat(&self, site: SiteId, chat: ChatId) -> Result<Option<LiveChat>, LiveError>;
    async fn remove_agent(&self, site: SiteId, agent: UserId) -> Result<Option<LiveAgent>, LiveError>;

    /// Changes what the patch names. [`LiveError::Missing`] when it is not here: then say again who it is by `create_visitor`.
    async fn update_visitor(&self, site: SiteId, visitor: VisitorId, patch: VisitorPatch) -> Result<LiveVisitor, LiveError>;
    /// Changes what the patch names, and the load of the agents it concerns. See [`ChatPatch::if_room`] for taking a place safely.
    async fn update_chat(&self, site: SiteId, chat: ChatId, patch: ChatPatch) -> Result<LiveChat, LiveError>;
    /// Tells those who follow the chat of an entry that is already durable under `seq`. A number that is not above the last one told
    /// is a double or came late: it is not told (false). A number left out is a hole that the follower fills from SQL.
    async fn send_chat_message(&self, site: SiteId, chat: ChatId, seq: u64, body: Arc<str>) -> Result<bool, LiveError>;
    async fn update_agent(&self, site: SiteId, agent: UserId, patch: AgentPatch) -> Result<LiveAgent, LiveError>;
    /// Writes the next entry of the agent's own log ([`Topic::Agent`]); the agent need not be here.
    async fn send_agent_message(&self, site: SiteId, agent: UserId, body: Arc<str>) -> Result<Cursor, LiveError>;

    /// Newest first (by `since`).
    async fn get_visitors(&self, site: SiteId, filter: &VisitorFilter, query: &LiveQuery) -> Result<Page<LiveVisitor>, LiveError>;
    /// Least busy first: by load, then by who was assigned a chat longest ago, then by id.
    async fn get_agents(&self, site: SiteId, filter: &AgentFilter) -> Result<Vec<LiveAgent>, LiveError>;
    /// In the order of the queue: highest priority first, then longest waiting.
    async fn get_chats(&self, site: SiteId, filter: &ChatFilter, query: &LiveQuery) -> Result<Page<LiveChat>, LiveError>;
    /// The entries after `seq`, without a hole, or [`Gap`]: then ask SQL.
    async fn get_chat_messages(&self, site: SiteId, chat: ChatId, after: u64) -> Result<Result<Vec<Logged>, Gap>, LiveError> {
        self.since(&Topic::Chat(site, chat), Cursor::durable(after)).await
    }
    async fn get_agent_messages(&self, site: SiteId, agent: UserId, after: Cursor) -> Result<Result<Vec<Logged>, Gap>, LiveError> {
        self.since(&Topic::Agent(site, agent), after).await
    }

    /// Writes the next entry of a log that counts here (not a chat's: [`LiveError::Invalid`]). The body is a JSON object
    /// `{"kind":…,"data":…}`.
    async fn publish(&self, topic: &Topic, body: Arc<str>) -> Result<Cursor, LiveError>;
    /// Tells the present followers and keeps nothing: typing, marks, a visitor's state. The body is a whole frame `{"t":…}`.
    async fn publish_ephemeral(&self, topic: &Topic, audience: Audience, body: Arc<str>) -> Result<(), LiveError>;

    /// Where the log stands; to be read before a snapshot is taken, so that following from it misses nothing.
    async fn head(&self, topic: &Topic) -> Result<Cursor, LiveError>;
    /// What came after the cursor, complete and in order, or [`Gap`] when that cannot be said any more.
    async fn since(&self, topic: &Topic, after: Cursor) -> Result<Result<Vec<Logged>, Gap>, LiveError>;

    /// Removes visitors and agents of all sites who were silent for too long, a few hundred a call. Each ghost is given to exactly
    /// one caller, on whatever node.
    async fn sweep(&self, now: Timestamp, silence: Silence) -> Result<Vec<Gone>, LiveError>;

    /// What is published from now on, by any node, in the order of each log: for the fan-out of this node.
    fn changes(&self) -> Changes;

    /// Ticks whenever the store came back without what it knew: owners then say again at once who is here.
    fn epochs(&self) -> watch::Receiver<u64>;
}
