//! What the rooms of this wing tell one another.

use crate::chat::{Chat, ChatError, Chats, Ender, Filter, Guest, Guests, PageSeen, Snapshot, Status};
use crate::desk::Desk;
use crate::visitors::{
    DepartmentThere, Introduction, OnGone, PastChats, Presence, RunningChat, RunningRef, Visitors, WhoIsThere,
};
use base::{Caller, ChatId, Fault as _, Kind, PageRequest, SiteId, Steady, Timestamp, UserId, VisitorId, WidgetId};
use serde_json::Value;
use sockets::StoreError;
use sockets::live::{LiveAgent, LiveError, LiveState, VisitorPatch, VisitorStatus};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long an ended chat is still shown to a visitor who comes back, so that he can rate it.
const RATEABLE: Duration = Duration::from_secs(30 * 60);

/// Visitors as chats know them.
pub struct VisitorGuests {
    visitors: Visitors,
    live: Arc<dyn LiveState>,
}

impl VisitorGuests {
    pub fn new(visitors: Visitors, live: Arc<dyn LiveState>) -> Self {
        Self { visitors, live }
    }

    async fn tell(&self, chat: &Chat, patch: VisitorPatch, running: Option<RunningRef>) {
        let told = match self.live.update_visitor(chat.site, chat.visitor, patch).await {
            Err(LiveError::Missing(_)) if running.is_some() => {
                self.visitors.put_back(chat.site, chat.visitor, running).await.map_err(|err| err.to_string())
            }
            Err(LiveError::Missing(_)) | Ok(_) => Ok(()),
            Err(err) => Err(err.to_string()),
        };
        if let Err(err) = told {
            tracing::debug!(error = %err, visitor = %chat.visitor, "the board was not told of a chat");
        }
    }
}

/// The chat beside its visitor on the board.
pub(super) fn beside(chat: &Chat) -> Option<RunningRef> {
    let status = match chat.status {
        Status::Waiting => VisitorStatus::Waiting,
        Status::Chatting => VisitorStatus::Chatting,
        Status::Ended | Status::Offline => return None,
    };
    Some(RunningRef { chat: chat.id, status })
}

#[async_trait::async_trait]
impl Guests for VisitorGuests {
    async fn guest(&self, site: SiteId, visitor: VisitorId) -> Result<Option<Guest>, ChatError> {
        let profile = match self.visitors.profile(site, visitor).await {
            Ok(profile) => profile,
            Err(err) if err.kind() == Kind::Missing => return Ok(None),
            Err(err) => return Err(ChatError::elsewhere(&err)),
        };
        let (who, visit, live) = (profile.visitor, profile.visit, profile.live);
        let widget = live.as_ref().and_then(|live| live.widget).or(visit.widget).unwrap_or(WidgetId(0));
        let page = live.as_ref().map_or_else(|| visit.landing.clone(), |live| live.page.clone());
        let variables = live.map_or(visit.variables, |live| live.variables);
        let snapshot = Snapshot {
            name: who.name,
            email: who.email,
            phone: who.phone,
            country: visit.place.country,
            city: visit.place.city,
            browser: visit.with.agent.browser,
            os: visit.with.agent.os,
            device: visit.with.agent.device,
            language: visit.with.language,
            time_zone: visit.with.time_zone,
            referrer: visit.referrer,
            visits: i64::from(who.visits),
            visit: visit.id.0,
            page: PageSeen { url: page.url, title: page.title },
            variables,
        };
        Ok(Some(Guest { widget, snapshot }))
    }

    async fn named(&self, chat: &Chat) {
        let field = |key: &str| chat.form.get(key).and_then(Value::as_str).map(str::to_owned);
        let said = Introduction { name: field("name"), email: field("email"), phone: field("phone") };
        if let Err(err) = self.visitors.introduce(chat.site, chat.visitor, &said).await {
            tracing::warn!(error = %err, visitor = %chat.visitor, "what a visitor said of himself stands in his chat only");
        }
        if chat.status.running() {
            self.moved(chat).await;
        }
    }

    async fn moved(&self, chat: &Chat) {
        let running = beside(chat);
        let patch = VisitorPatch {
            status: running.map(|running| running.status),
            chat: Some(Some(chat.id)),
            agent: Some(chat.agent),
            department: Some(chat.department),
            ..VisitorPatch::default()
        };
        self.tell(chat, patch, running).await;
    }

    async fn over(&self, chat: &Chat) {
        let patch = VisitorPatch {
            status: Some(VisitorStatus::Browsing),
            chat: Some(None),
            agent: Some(None),
            department: Some(None),
            ..VisitorPatch::default()
        };
        self.tell(chat, patch, None).await;
    }
}

/// Chats as visitors and the clock know them; cheap to clone.
#[derive(Clone)]
pub struct House {
    pub(super) desk: Desk,
    /// Agents whose screens went silent, since when.
    pub(super) missing: Arc<Mutex<HashMap<(SiteId, UserId), Timestamp>>>,
    pub(super) steady: Steady,
}

impl House {
    pub fn new(desk: Desk) -> Self {
        let steady = desk.queue.steady.clone();
        Self { desk, missing: Arc::default(), steady }
    }

    fn chats(&self) -> &Chats {
        self.desk.chats()
    }

    /// The running chat, or one that ended a moment ago and may still be rated: the question survives a change of the page.
    async fn shown_state(&self, site: SiteId, visitor: VisitorId) -> Result<Option<Value>, ChatError> {
        let Some(chat) = self.chats().latest_of(site, visitor).await? else { return Ok(None) };
        let now = self.chats().db.clock().now();
        let fresh = chat.ended_at.is_some_and(|ended| now.since(ended) < RATEABLE);
        let shown = chat.status.running() || (chat.status == Status::Ended && fresh);
        if !shown {
            return Ok(None);
        }
        let state = self.desk.queue.state(&chat).await?;
        let asked = chat.status.running() || state.can_rate;
        Ok(asked.then(|| serde_json::to_value(state).ok()).flatten())
    }
}

#[async_trait::async_trait]
impl RunningChat for House {
    async fn state_for(&self, site: SiteId, visitor: VisitorId) -> Option<Value> {
        self.shown_state(site, visitor).await.unwrap_or_else(|err| {
            tracing::warn!(error = %err, visitor = %visitor, "a visitor was not told of his chat");
            None
        })
    }
}

#[async_trait::async_trait]
impl PastChats for House {
    async fn past_chats(&self, caller: &Caller, visitor: VisitorId) -> Result<Vec<Value>, StoreError> {
        let store = |err: ChatError| match err {
            ChatError::Store(err) => err,
            other => StoreError::Unreadable(other.to_string()),
        };
        let sight = self.desk.sight(caller).await.map_err(store)?;
        let filter = sight.narrow(Filter { visitor: Some(visitor), ..Filter::default() });
        let found = self.chats().past(caller.site, &filter, &PageRequest::default()).await.map_err(store)?;
        let views = self.chats().views(caller.site, &found.items).await.map_err(store)?;
        Ok(views.iter().filter_map(|view| serde_json::to_value(view).ok()).collect())
    }
}

#[async_trait::async_trait]
impl WhoIsThere for House {
    async fn who_is_there(&self, site: SiteId) -> Presence {
        let Ok(staff) = self.chats().around.staff.of_site(site).await else { return Presence::default() };
        let (online, open) = self.desk.queue.open_departments(site).await.unwrap_or_default();
        let there = |(id, card): (&base::DepartmentId, &crate::routing::DepartmentCard)| DepartmentThere {
            id: *id,
            name: card.name.clone(),
            online: open.contains(id),
        };
        Presence { online, departments: staff.departments.iter().map(there).collect() }
    }
}

#[async_trait::async_trait]
impl OnGone for House {
    async fn visitor_gone(&self, site: SiteId, visitor: VisitorId, chat: ChatId) {
        let ours = self.chats().of_visitor(site, visitor, chat).await;
        let ended = match ours {
            Ok(chat) => self.desk.queue.end(site, chat.id, Ender::House(crate::chat::EndedBy::Left)).await.map(drop),
            Err(err) => Err(err),
        };
        if let Err(err) = ended
            && err.kind() != Kind::Missing
        {
            tracing::warn!(error = %err, chat = %chat, "the chat of a visitor who left was not ended; idleness will");
        }
    }

    async fn agent_gone(&self, agent: LiveAgent) {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).insert((agent.site, agent.id), agent.seen);
    }
}
