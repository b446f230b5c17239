use super::people::outdated;
use super::super::rank;
use super::site::Site;
use base::{ChatId, Page, Timestamp, UserId};
use sockets::live::{ChatFilter, ChatPatch, LiveAgent, LiveChat, LiveError, LiveQuery, Topic};

impl Site {
    pub fn create_chat(&mut self, mut chat: LiveChat, now: Timestamp) -> LiveChat {
        if let Some(stored) = self.chats.get(&chat.id) {
            if outdated(chat.rev, stored.rev) {
                return stored.clone();
            }
            chat.rev = chat.rev.max(stored.rev);
            chat.last_seq = chat.last_seq.max(stored.last_seq);
        }
        chat.last_seq = chat.last_seq.max(self.head(&Topic::Chat(self.id, chat.id)).seq);
        chat.priority = chat.priority.min(LiveChat::MAX_PRIORITY);
        chat.rev += 1;
        self.put_chat(chat.clone(), now);
        chat
    }

    pub fn update_chat(&mut self, id: ChatId, patch: &ChatPatch, now: Timestamp) -> Result<LiveChat, LiveError> {
        let before = self.chats.get(&id).ok_or_else(|| LiveError::Missing(format!("chat {id}")))?;
        if patch.if_rev.is_some_and(|rev| rev != before.rev) {
            return Err(LiveError::Changed(format!("chat {id}")));
        }
        let mut chat = before.clone();
        chat.agent = patch.agent.unwrap_or(chat.agent);
        chat.department = patch.department.unwrap_or(chat.department);
        chat.status = patch.status.unwrap_or(chat.status);
        chat.priority = patch.priority.unwrap_or(chat.priority).min(LiveChat::MAX_PRIORITY);
        let taken = chat.burden().filter(|_| chat.burden() != before.burden());
        if let Some(agent) = taken.filter(|_| patch.if_room)
            && !self.agents.get(&agent).is_some_and(LiveAgent::has_room)
        {
            return Err(LiveError::NoRoom(agent));
        }
        if chat != *before {
            chat.rev += 1;
            self.put_chat(chat.clone(), now);
        }
        Ok(chat)
    }

    pub fn remove_chat(&mut self, id: ChatId, now: Timestamp) -> Option<LiveChat> {
        let chat = self.chats.remove(&id)?;
        self.queue.remove(&(rank(&chat), id));
        self.drop_log(&Topic::Chat(self.id, id));
        self.shift_burden(chat.burden(), None, now);
        Some(chat)
    }

    pub fn get_chats(&mut self, filter: &ChatFilter, query: &LiveQuery) -> Result<Page<LiveChat>, LiveError> {
        if !filter.ids.is_empty() {
            let named = filter.ids.iter().filter_map(|id| self.chats.get(id)).filter(|chat| filter.takes(chat));
            let mut items: Vec<LiveChat> = named.cloned().collect();
            items.sort_unstable_by_key(|chat| (rank(chat), chat.id));
            return Ok(Page { items, next: None });
        }
        let above = query.after.as_deref().map(super::super::place).transpose()?;
        let above = above.map(|(rank, id)| (rank, ChatId(id)));
        let range = self.queue.iter().filter(|place| above.as_ref().is_none_or(|above| *place > above));
        let found = range.filter_map(|(_, id)| self.chats.get(id)).filter(|chat| filter.takes(chat));
        let rows = found.take(query.limit as usize + 1).cloned().collect();
        Ok(Page::cut(rows, query.limit, |last| format!("{}:{}", rank(last), last.id)))
    }

    fn put_chat(&mut self, chat: LiveChat, now: Timestamp) {
        let after = chat.burden();
        let place = (rank(&chat), chat.id);
        let before = self.chats.insert(chat.id, chat);
        if let Some(before) = &before {
            self.queue.remove(&(rank(before), before.id));
        }
        self.queue.insert(place);
        self.shift_burden(before.and_then(|chat| chat.burden()), after, now);
    }

    /// One chat less for one agent, one more for another.
    fn shift_burden(&mut self, from: Option<UserId>, to: Option<UserId>, now: Timestamp) {
        if from == to {
            return;
        }
        if let Some(agent) = from {
            let burden = self.burdens.entry(agent).or_insert(1);
            *burden = burden.saturating_sub(1);
            if *burden == 0 {
                self.burdens.remove(&agent);
            }
            self.load_changed(agent, |agent| {
                if agent.load == 0 {
                    agent.idle_since = Some(now);
                }
            });
        }
        if let Some(agent) = to {
            *self.burdens.entry(agent).or_insert(0) += 1;
            self.load_changed(agent, |agent| {
                agent.last_assigned = Some(now);
                agent.idle_since = None;
            });
        }
    }

    fn load_changed(&mut self, id: UserId, note: impl FnOnce(&mut LiveAgent)) {
        let load = self.burdens.get(&id).copied().unwrap_or(0);
        let Some(agent) = self.agents.get_mut(&id) else { return };
        let before = agent.clone();
        agent.load = load;
        note(agent);
        let after = agent.clone();
        self.tell_desk(Some(&before), &after);
    }
}
