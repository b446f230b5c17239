//! For a house of one node. Each site is a room of its own behind a lock that is never held across an await.

mod apply;
mod chats;
mod log;
mod people;
mod site;

use self::site::{News, Site};
use super::CHANGES_HELD;
use async_trait::async_trait;
use base::{ChatId, Minter, Page, SharedClock, SiteId, Timestamp, UserId, VisitorId};
use sockets::live::{
    AgentFilter, AgentPatch, Audience, Change, Changes, ChatFilter, ChatPatch, Cursor, Gap, Gone, LiveAgent, LiveChat, LiveError,
    LiveQuery, LiveState, LiveVisitor, Logged, Published, Silence, Topic, VisitorFilter, VisitorPatch,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::{broadcast, watch};

/// How many ghosts one sweep of one site takes away.
const SWEPT_AT_ONCE: usize = 200;

pub struct MemoryLive {
    clock: SharedClock,
    minter: Minter,
    sites: RwLock<HashMap<SiteId, Arc<Mutex<Site>>>>,
    changes: broadcast::Sender<Change>,
    epochs: watch::Sender<u64>,
}

impl MemoryLive {
    pub fn new(clock: SharedClock, minter: Minter) -> Self {
        Self {
            clock,
            minter,
            sites: RwLock::default(),
            changes: broadcast::Sender::new(CHANGES_HELD),
            epochs: watch::Sender::new(0),
        }
    }

    /// Forgets everything, as a restart would: for proofs that the house recovers.
    pub fn forget(&self) {
        self.sites.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.epochs.send_modify(|epoch| *epoch += 1);
        self.tell(Change::Missed);
    }

    fn tell(&self, change: Change) {
        // Nobody listens before the hub starts and after it stopped.
        let _ = self.changes.send(change);
    }

    /// Does something to a site, and tells its news before anybody else may touch the site: so the order of telling is the logs'.
    fn at<T>(&self, id: SiteId, act: impl FnOnce(&mut Site, Timestamp) -> T) -> T {
        let site = self.site(id);
        let mut site: MutexGuard<'_, Site> = site.lock().unwrap_or_else(PoisonError::into_inner);
        let done = act(&mut site, self.clock.now());
        for News { topic, cursor, body } in site.take_news() {
            self.tell(Change::Published(Arc::new(Published { topic, cursor: Some(cursor), audience: Audience::Everybody, body })));
        }
        done
    }

    fn site(&self, id: SiteId) -> Arc<Mutex<Site>> {
        if let Some(site) = self.sites.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return site.clone();
        }
        let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Arc::new(Mutex::new(Site::new(id, self.minter.message().0.unsigned_abs())));
        sites.entry(id).or_insert_with(fresh).clone()
    }
}

#[async_trait]
impl LiveState for MemoryLive {
    async fn create_visitor(&self, visitor: LiveVisitor) -> Result<LiveVisitor, LiveError> {
        Ok(self.at(visitor.site, |site, _| site.create_visitor(visitor)))
    }

    async fn create_chat(&self, chat: LiveChat) -> Result<LiveChat, LiveError> {
        Ok(self.at(chat.site, |site, now| site.create_chat(chat, now)))
    }

    async fn create_agent(&self, agent: LiveAgent) -> Result<LiveAgent, LiveError> {
        Ok(self.at(agent.site, |site, now| site.create_agent(agent, now)))
    }

    async fn remove_visitor(&self, site: SiteId, visitor: VisitorId) -> Result<Option<LiveVisitor>, LiveError> {
        Ok(self.at(site, |site, _| site.remove_visitor(visitor)))
    }

    async fn remove_chat(&self, site: SiteId, chat: ChatId) -> Result<Option<LiveChat>, LiveError> {
        Ok(self.at(site, |site, now| site.remove_chat(chat, now)))
    }

    async fn remove_agent(&self, site: SiteId, agent: UserId) -> Result<Option<LiveAgent>, LiveError> {
        Ok(self.at(site, |site, _| site.remove_agent(agent)))
    }

    async fn update_visitor(&self, site: SiteId, visitor: VisitorId, patch: VisitorPatch) -> Result<LiveVisitor, LiveError> {
        self.at(site, |site, _| site.update_visitor(visitor, patch))
    }

    async fn update_chat(&self, site: SiteId, chat: ChatId, patch: ChatPatch) -> Result<LiveChat, LiveError> {
        self.at(site, |site, now| site.update_chat(chat, &patch, now))
    }

    async fn send_chat_message(&self, site: SiteId, chat: ChatId, seq: u64, body: Arc<str>) -> Result<bool, LiveError> {
        Ok(self.at(site, |site, _| site.send_chat_message(chat, seq, body)))
    }

    async fn update_agent(&self, site: SiteId, agent: UserId, patch: AgentPatch) -> Result<LiveAgent, LiveError> {
        self.at(site, |site, _| site.update_agent(agent, patch))
    }

    async fn send_agent_message(&self, site: SiteId, agent: UserId, body: Arc<str>) -> Result<Cursor, LiveError> {
        self.publish(&Topic::Agent(site, agent), body).await
    }

    async fn get_visitors(&self, site: SiteId, filter: &VisitorFilter, query: &LiveQuery) -> Result<Page<LiveVisitor>, LiveError> {
        self.at(site, |site, _| site.get_visitors(filter, query))
    }

    async fn get_agents(&self, site: SiteId, filter: &AgentFilter) -> Result<Vec<LiveAgent>, LiveError> {
        Ok(self.at(site, |site, _| site.get_agents(filter)))
    }

    async fn get_chats(&self, site: SiteId, filter: &ChatFilter, query: &LiveQuery) -> Result<Page<LiveChat>, LiveError> {
        self.at(site, |site, _| site.get_chats(filter, query))
    }

    async fn publish(&self, topic: &Topic, body: Arc<str>) -> Result<Cursor, LiveError> {
        if topic.is_durable() {
            return Err(super::only_sql_numbers(topic));
        }
        Ok(self.at(topic.site(), |site, _| site.write(*topic, body)))
    }

    async fn publish_ephemeral(&self, topic: &Topic, audience: Audience, body: Arc<str>) -> Result<(), LiveError> {
        self.tell(Change::Published(Arc::new(Published { topic: *topic, cursor: None, audience, body })));
        Ok(())
    }

    async fn head(&self, topic: &Topic) -> Result<Cursor, LiveError> {
        Ok(self.at(topic.site(), |site, _| site.head(topic)))
    }

    async fn since(&self, topic: &Topic, after: Cursor) -> Result<Result<Vec<Logged>, Gap>, LiveError> {
        Ok(self.at(topic.site(), |site, _| site.since(topic, after)))
    }

    async fn sweep(&self, now: Timestamp, silence: Silence) -> Result<Vec<Gone>, LiveError> {
        let sites: Vec<SiteId> = self.sites.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect();
        Ok(sites.into_iter().flat_map(|id| self.at(id, |site, _| site.sweep(now, silence, SWEPT_AT_ONCE))).collect())
    }

    fn changes(&self) -> Changes {
        Changes::new(self.changes.subscribe())
    }

    fn epochs(&self) -> watch::Receiver<u64> {
        self.epochs.subscribe()
    }
}
