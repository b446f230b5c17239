//! What this room needs of its neighbours, and they fill in.

use async_trait::async_trait;
use base::{Caller, ChatId, DepartmentId, SiteId, VisitorId};
use serde::Serialize;
use serde_json::Value;
use sockets::StoreError;
use sockets::live::LiveAgent;
use utoipa::ToSchema;

/// Knows the chat that a visitor finds when he comes to a page.
#[async_trait]
pub trait RunningChat: Send + Sync + 'static {
    /// The `ChatState` of the chat that this visitor waits in, talks in, or may still rate, as the widget is told it.
    async fn state_for(&self, site: SiteId, visitor: VisitorId) -> Option<Value>;
}

/// Knows ended chats.
#[async_trait]
pub trait PastChats: Send + Sync + 'static {
    /// Cards of this visitor's chats, newest first; only those that the caller may see.
    async fn past_chats(&self, caller: &Caller, visitor: VisitorId) -> Result<Vec<Value>, StoreError>;
}

/// Knows who answers.
#[async_trait]
pub trait WhoIsThere: Send + Sync + 'static {
    async fn who_is_there(&self, site: SiteId) -> Presence;
}

/// Whether anybody on the site can take a chat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    pub online: bool,
    pub departments: Vec<DepartmentThere>,
}

/// A department as visitors see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DepartmentThere {
    #[schema(value_type = i64)]
    pub id: DepartmentId,
    pub name: String,
    pub online: bool,
}

/// Hears of those who left without a word.
#[async_trait]
pub trait OnGone: Send + Sync + 'static {
    /// The visitor of this chat has been away for longer than the grace: end the chat as `left`. May be told twice.
    async fn visitor_gone(&self, site: SiteId, visitor: VisitorId, chat: ChatId);

    /// No screen of this agent gave a sign of life; it was taken out of the live store.
    async fn agent_gone(&self, agent: LiveAgent);
}
