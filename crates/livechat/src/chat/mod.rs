//! Chats and what is said in them: rows that are durable before anybody is told.
//!
//! Announces `ChatCreated` when somebody asks and `Chat.Ended` when it is over, each in the transaction that makes it true.
//! Messages are kept in batches ([`say`]); everything else is one short transaction a verb. Telling screens comes after the commit
//! and may fail: entries are numbered without holes, so whoever missed one sees it and asks.
//!
//! Never here: who may see a chat (the floor and the routes know the caller), who gets it (`routing`).

mod entry;
mod error;
mod files;
mod form;
mod marks;
mod model;
mod news;
mod say;
mod service;
pub(crate) mod store;
mod tell;
mod view;
mod words;

pub use entry::{Draft, Entry, EntryKind, EntryShape, From, FromShape, UploadView, encode};
pub use files::upload_view;
pub use error::{ChatError, LONGEST};
pub use form::CustomAnswer;
pub use marks::{Side, frame as marks_frame};
pub use model::{Chat, EndedBy, Last, Mark, Marks, PageSeen, Rating, Snapshot, Status, Target};
pub use say::{Said, Speaker};
pub(crate) use service::AT_ONCE;
pub use service::{Chats, Ender, Hand, MOST_ENTRIES, Neighbours, NewChat, NewMessage, Request};
pub use store::Filter;
pub(crate) use tell::News;
pub use view::{AgentSeen, Beside, ChatState, ChatView, Named, VisitorCard};

use base::{ChatId, SiteId, UploadId, VisitorId, WidgetId};
use bytes::Bytes;
use sea_orm_migration::MigrationTrait;

pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(store::tables::Chats), Box::new(store::tables::ChatWords)]
}

/// A visitor who asks for a chat: which widget he sees, and what is known of him.
#[derive(Clone, Debug)]
pub struct Guest {
    pub widget: WidgetId,
    pub snapshot: Snapshot,
}

/// What chats need to know of visitors, and tell about them.
#[async_trait::async_trait]
pub trait Guests: Send + Sync + 'static {
    async fn guest(&self, site: SiteId, visitor: VisitorId) -> Result<Option<Guest>, ChatError>;

    /// He asked for this chat, and may have said his name in the form. A failure is not the chat's.
    async fn named(&self, chat: &Chat);

    /// The chat was given to somebody, or waits again.
    async fn moved(&self, chat: &Chat);

    /// The chat is over.
    async fn over(&self, chat: &Chat);
}

/// Finds out elsewhere who asks for a chat, as by e-mail in a connected CRM.
#[async_trait::async_trait]
pub trait Matcher: Send + Sync + 'static {
    /// Before the chat is kept and given to anybody. Keeps by itself what it finds; the visitor waits meanwhile, so it is dropped when
    /// it takes long, and its failures are its own.
    async fn look_up(&self, site: SiteId, chat: ChatId, email: &str);
}

/// Sends letters to visitors.
#[async_trait::async_trait]
pub trait Letters: Send + Sync + 'static {
    /// Does the site send any?
    async fn any(&self, site: SiteId) -> bool;

    /// What was said in a chat, to an address that its visitor gives.
    async fn transcript(&self, chat: &Chat, said: String, to: &str) -> Result<(), ChatError>;
}

/// Where files of chats are kept.
#[async_trait::async_trait]
pub trait Files: Send + Sync + 'static {
    /// A file that was sent into this very chat.
    async fn view(&self, site: SiteId, chat: ChatId, id: UploadId) -> Result<Option<UploadView>, ChatError>;

    /// A file that this very visitor sent ahead of a request, and that belongs to no chat yet.
    async fn ahead(&self, site: SiteId, visitor: VisitorId, id: UploadId) -> Result<Option<UploadView>, ChatError>;

    /// All of it, for small files.
    async fn bytes(&self, site: SiteId, id: UploadId) -> Result<Bytes, ChatError>;

    /// It belongs to this chat from now on.
    async fn bind(&self, site: SiteId, id: UploadId, chat: ChatId) -> Result<(), ChatError>;
}
