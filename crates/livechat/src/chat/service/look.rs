//! Reading only.

use super::{ChatError, Chats};
use crate::chat::entry::Entry;
use crate::chat::model::Chat;
use crate::chat::store::{self, Filter};
use base::{ChatId, Invalid, Page, PageRequest, SiteId, UserId, VisitorId, WidgetId};
use std::collections::HashMap;

/// Entries in one answer at most.
pub const MOST_ENTRIES: u64 = 500;
/// Chats on one desk at most: who has more finds them in the history.
const MOST_ON_DESK: u64 = 500;
/// Chats read in one piece by those who go through all of them.
pub(crate) const AT_ONCE: usize = 500;

impl Chats {
    pub async fn get(&self, site: SiteId, id: ChatId) -> Result<Chat, ChatError> {
        store::find(self.db.read(), site, id).await?.ok_or(ChatError::Missing(id))
    }

    /// A chat of this very visitor; anybody else's is not there.
    pub async fn of_visitor(&self, site: SiteId, visitor: VisitorId, id: ChatId) -> Result<Chat, ChatError> {
        let chat = self.get(site, id).await?;
        if chat.visitor == visitor { Ok(chat) } else { Err(ChatError::Missing(id)) }
    }

    pub async fn running_of(&self, site: SiteId, visitor: VisitorId) -> Result<Option<Chat>, ChatError> {
        Ok(store::running_of(self.db.read(), site, visitor).await?)
    }

    pub async fn latest_of(&self, site: SiteId, visitor: VisitorId) -> Result<Option<Chat>, ChatError> {
        Ok(store::latest_of(self.db.read(), site, visitor).await?)
    }

    /// What stands in a chat after `seq`, in order.
    pub async fn entries(&self, chat: &Chat, after: i64, most: u64) -> Result<Vec<Entry>, ChatError> {
        Ok(store::entries(self.db.read(), chat.number, after, most.clamp(1, MOST_ENTRIES)).await?)
    }

    /// All of it, as a person reads it.
    pub async fn transcript(&self, site: SiteId, id: ChatId) -> Result<String, ChatError> {
        let chat = self.get(site, id).await?;
        let entries = store::entries(self.db.read(), chat.number, 0, u64::MAX >> 1).await?;
        Ok(crate::chat::news::transcript(&entries))
    }

    /// Looking back, newest first.
    pub async fn past(&self, site: SiteId, filter: &Filter, page: &PageRequest) -> Result<Page<Chat>, ChatError> {
        let after = page.after.as_deref().map(str::parse).transpose();
        let after = after.map_err(|_| Invalid::new("after", "is no cursor of this list"))?;
        Ok(store::past(self.db.read(), site, filter, after, page).await?)
    }

    /// Waiting chats in the order they will be served, as many as a desk shows.
    pub async fn waiting(&self, site: SiteId) -> Result<Vec<Chat>, ChatError> {
        Ok(store::waiting(self.db.read(), site, MOST_ON_DESK).await?)
    }

    /// Chats that are being answered, of one agent or of the whole site, as many as a desk shows.
    pub async fn chatting(&self, site: SiteId, agent: Option<UserId>) -> Result<Vec<Chat>, ChatError> {
        Ok(store::chatting(self.db.read(), site, agent, MOST_ON_DESK).await?)
    }

    /// Messages of the visitor that no agent has read, by chat number.
    pub async fn unread(&self, chats: &[&Chat]) -> Result<HashMap<i64, i64>, ChatError> {
        Ok(store::unread(self.db.read(), self.db.engine(), chats).await?)
    }
}

impl Chats {
    /// Those of the given chats of a site that have come further than was seen.
    pub async fn ahead_of(&self, site: SiteId, seen: &[(ChatId, u64)]) -> Result<Vec<ChatId>, ChatError> {
        if seen.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = seen.iter().map(|(id, _)| *id).collect();
        let heads: HashMap<_, _> = store::heads(self.db.read(), site, &ids).await?.into_iter().collect();
        let ahead = |(id, seq): &&(ChatId, u64)| heads.get(id).is_some_and(|head| head.unsigned_abs() > *seq);
        Ok(seen.iter().filter(ahead).map(|(id, _)| *id).collect())
    }

    /// Sites where somebody waits or talks.
    pub async fn busy_sites(&self) -> Result<Vec<SiteId>, ChatError> {
        Ok(store::busy_sites(self.db.read(), self.db.engine()).await?)
    }

    /// How many wait, by site and department.
    pub async fn waiting_counts(&self) -> Result<Vec<(SiteId, Option<base::DepartmentId>, i64)>, ChatError> {
        Ok(store::waiting_counts(self.db.read(), self.db.engine()).await?)
    }

    /// The numbers of all running chats of a site; what they are is asked for some at a time.
    pub async fn running(&self, site: SiteId) -> Result<Vec<i64>, ChatError> {
        Ok(store::running(self.db.read(), self.db.engine(), site).await?)
    }

    pub async fn still_running(&self, site: SiteId, numbers: &[i64]) -> Result<Vec<Chat>, ChatError> {
        Ok(store::still_running(self.db.read(), site, numbers).await?)
    }

    pub async fn still_waiting(&self, site: SiteId, ids: &[ChatId]) -> Result<Vec<Chat>, ChatError> {
        Ok(store::still_waiting(self.db.read(), site, ids).await?)
    }

    /// Everybody on a site who is answering somebody.
    pub async fn answering(&self, site: SiteId) -> Result<Vec<UserId>, ChatError> {
        Ok(store::loads(self.db.read(), self.db.engine(), site).await?.into_keys().collect())
    }

    pub async fn held_by(&self, site: SiteId, agent: UserId) -> Result<Vec<ChatId>, ChatError> {
        Ok(store::held_by(self.db.read(), self.db.engine(), site, agent).await?)
    }

    /// Widgets of a site through which somebody is talking.
    pub async fn talking_widgets(&self, site: SiteId) -> Result<Vec<WidgetId>, ChatError> {
        Ok(store::talking_widgets(self.db.read(), self.db.engine(), site).await?)
    }

    /// Chats of a widget in which nobody wrote since then, some hundred; those silent for longest first.
    pub async fn silent_since(&self, site: SiteId, widget: WidgetId, before: base::Timestamp) -> Result<Vec<Chat>, ChatError> {
        Ok(store::silent_since(self.db.read(), site, widget, before.millis(), AT_ONCE as u64).await?)
    }
}
