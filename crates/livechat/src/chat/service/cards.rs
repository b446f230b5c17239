use super::{ChatError, Chats};
use crate::chat::model::{Chat, Status};
use crate::chat::view::{AgentSeen, Beside, ChatState, ChatView};
use base::{SiteId, VisitorId};
use sockets::live::{LiveQuery, VisitorFilter};
use std::collections::HashSet;

impl Chats {
    /// Chats of one site as agents see them.
    pub async fn views(&self, site: SiteId, chats: &[Chat]) -> Result<Vec<ChatView>, ChatError> {
        let staff = self.around.staff.of_site(site).await?;
        let unread = self.unread(&chats.iter().filter(|chat| chat.status.running()).collect::<Vec<_>>()).await?;
        let here = self.here(site, chats).await;
        let now = self.db.clock().now();
        let view = |chat: &Chat| {
            let beside = Beside {
                department: chat.department.and_then(|id| staff.department_name(id)).map(str::to_owned),
                agent: chat.agent.and_then(|id| staff.agent_name(id)).map(str::to_owned),
                unread: unread.get(&chat.number).copied().unwrap_or_default(),
                online: here.contains(&chat.visitor),
            };
            ChatView::new(chat, beside, now)
        };
        Ok(chats.iter().map(view).collect())
    }

    pub async fn view(&self, chat: &Chat) -> Result<ChatView, ChatError> {
        let mut views = self.views(chat.site, std::slice::from_ref(chat)).await?;
        views.pop().ok_or(ChatError::Missing(chat.id))
    }

    /// Which of the visitors are on the site now; nobody, when the live store does not say.
    async fn here(&self, site: SiteId, chats: &[Chat]) -> HashSet<VisitorId> {
        let ids: HashSet<_> = chats.iter().filter(|chat| chat.status.running()).map(|chat| chat.visitor).collect();
        if ids.is_empty() {
            return HashSet::new();
        }
        let filter = VisitorFilter { ids: ids.into_iter().collect(), ..VisitorFilter::default() };
        match self.live.get_visitors(site, &filter, &LiveQuery::default()).await {
            Ok(page) => page.items.into_iter().map(|visitor| visitor.id).collect(),
            Err(_) => HashSet::new(),
        }
    }

    /// A chat as its visitor sees it, but for its place in the queue.
    pub async fn state(&self, chat: &Chat) -> Result<ChatState, ChatError> {
        let staff = self.around.staff.of_site(chat.site).await?;
        let widget = self.around.widgets.shown(chat.site, chat.widget).await;
        let rating = widget.is_ok_and(|shown| shown.widget.config.rating.enabled);
        let agent = chat.agent.filter(|_| chat.status == Status::Chatting || chat.status == Status::Ended);
        Ok(ChatState {
            id: chat.id,
            number: chat.number,
            status: chat.status,
            position: None,
            estimated_wait_s: None,
            agent: agent.map(|id| AgentSeen { name: staff.agent_name(id).unwrap_or_default().to_owned(), avatar: None }),
            seq: chat.last_seq,
            can_mail: self.around.letters.any(chat.site).await,
            can_rate: rating && chat.started_at.is_some() && chat.rating.is_none(),
            marks: chat.marks,
        })
    }
}
