use super::log::Log;
use base::{ChatId, SiteId, Timestamp, UserId, VisitorId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sockets::live::{BOARD_FIELDS, Cursor, Gap, LiveAgent, LiveChat, LiveVisitor, Logged, Topic};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What is to be told once the change is made.
pub(super) struct News {
    pub topic: Topic,
    pub cursor: Cursor,
    pub body: Arc<str>,
}

/// One site: who is here, and its logs.
pub(super) struct Site {
    pub id: SiteId,
    epoch: u64,
    pub visitors: HashMap<VisitorId, LiveVisitor>,
    /// By `since`.
    pub arrivals: BTreeSet<(Timestamp, VisitorId)>,
    pub agents: HashMap<UserId, LiveAgent>,
    pub chats: HashMap<ChatId, LiveChat>,
    /// In the order of the queue ([`super::super::rank`]).
    pub queue: BTreeSet<(i64, ChatId)>,
    /// Chats that each agent answers, also of agents who are not here (yet).
    pub burdens: HashMap<UserId, u32>,
    logs: HashMap<Topic, Log>,
    news: Vec<News>,
}

impl Site {
    pub fn new(id: SiteId, epoch: u64) -> Self {
        Self {
            id,
            epoch,
            visitors: HashMap::new(),
            arrivals: BTreeSet::new(),
            agents: HashMap::new(),
            chats: HashMap::new(),
            queue: BTreeSet::new(),
            burdens: HashMap::new(),
            logs: HashMap::new(),
            news: Vec::new(),
        }
    }

    pub fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// Writes the next entry of a log that counts here.
    pub fn write(&mut self, topic: Topic, body: Arc<str>) -> Cursor {
        let log = self.logs.entry(topic).or_default();
        let cursor = Cursor { epoch: self.epoch, seq: log.head + 1 };
        log.push(cursor, body.clone());
        self.news.push(News { topic, cursor, body });
        cursor
    }

    pub fn send_chat_message(&mut self, chat: ChatId, seq: u64, body: Arc<str>) -> bool {
        let topic = Topic::Chat(self.id, chat);
        let told = self.chats.get(&chat).map_or(0, |chat| chat.last_seq);
        let log = self.logs.entry(topic).or_default();
        if seq <= log.head.max(told) {
            return false;
        }
        let cursor = Cursor::durable(seq);
        log.push(cursor, body.clone());
        self.news.push(News { topic, cursor, body });
        if let Some(chat) = self.chats.get_mut(&chat) {
            chat.last_seq = seq;
        }
        true
    }

    pub fn drop_log(&mut self, topic: &Topic) {
        self.logs.remove(topic);
    }

    pub fn head(&self, topic: &Topic) -> Cursor {
        let written = self.logs.get(topic).map_or(0, |log| log.head);
        match topic {
            Topic::Chat(_, chat) => Cursor::durable(written.max(self.chats.get(chat).map_or(0, |chat| chat.last_seq))),
            _ => Cursor { epoch: self.epoch, seq: written },
        }
    }

    pub fn since(&self, topic: &Topic, after: Cursor) -> Result<Vec<Logged>, Gap> {
        let head = self.head(topic);
        let unknown = match topic {
            Topic::Chat(_, chat) => !self.chats.contains_key(chat) && !self.logs.contains_key(topic),
            _ => false,
        };
        if unknown || after.epoch != head.epoch || after.seq > head.seq {
            return Err(Gap { head });
        }
        let entries = self.logs.get(topic).map_or_else(Vec::new, |log| log.after(after.seq));
        super::super::without_hole(entries, after, head)
    }

    /// Tells the board, unless nothing that it shows has changed.
    pub fn tell_board(&mut self, before: Option<&LiveVisitor>, visitor: &LiveVisitor) {
        let unheard = |visitor: &LiveVisitor| LiveVisitor { seen: Timestamp::default(), ..visitor.clone() };
        let shown = picked(&unheard(visitor));
        if before.is_some_and(|before| picked(&unheard(before)) == shown) {
            return;
        }
        let body = json!({ "kind": "visitor_upsert", "data": picked(visitor) }).to_string();
        self.write(Topic::Visitors(self.id), body.into());
    }

    /// Tells the desk, unless nothing that it shows has changed.
    pub fn tell_desk(&mut self, before: Option<&LiveAgent>, agent: &LiveAgent) {
        let shown = |agent: &LiveAgent| (agent.name.clone(), agent.status, agent.chat_limit);
        if before.is_some_and(|before| shown(before) == shown(agent)) {
            return;
        }
        let data = json!({
            "id": agent.id, "name": agent.name, "status": agent.status, "load": agent.load, "limit": agent.chat_limit,
        });
        self.write(Topic::Desk(self.id), json!({ "kind": "colleague", "data": data }).to_string().into());
    }
}

fn picked(visitor: &impl Serialize) -> Map<String, Value> {
    let Ok(Value::Object(mut all)) = serde_json::to_value(visitor) else {
        return Map::new();
    };
    BOARD_FIELDS.iter().filter_map(|field| all.remove_entry(*field)).collect()
}
