use super::House;
use crate::chat::{ChatError, ChatState, MOST_ENTRIES, Mark, NewMessage, Side, Speaker, Status, encode, marks_frame};
use crate::visitors::{Reception, Visitors};
use base::{Actor, Caller, ChatId, Permission, Secret, SiteId, VisitorId};
use realtime::{Backlog, ConnectionId, Floor, Heard, Op, Welcome};
use serde_json::{Value, json};
use sockets::live::Topic;
use std::collections::BTreeMap;
use std::sync::Arc;
use web::Problem;

/// Live chat, as the sockets know it.
pub struct ChatFloor {
    house: House,
    visitors: Visitors,
    reception: Reception,
}

/// Chats of one ping whose state is told again.
const HEALED: usize = 2;
/// Chats of one ping that are looked at.
const MOST_PINGED: usize = 200;

impl ChatFloor {
    pub fn new(house: House, visitors: Visitors, reception: Reception) -> Self {
        Self { house, visitors, reception }
    }

    async fn sees(&self, caller: &Caller, chat: ChatId) -> Result<crate::chat::Chat, ChatError> {
        let chats = self.house.desk.chats();
        match caller.actor {
            Actor::Visitor(visitor) => chats.of_visitor(caller.site, visitor, chat).await,
            Actor::System => chats.get(caller.site, chat).await,
            Actor::User(_) | Actor::ApiKey(_) => {
                let found = chats.get(caller.site, chat).await?;
                self.house.desk.sight(caller).await?.of(found)
            }
        }
    }

    async fn speaker(&self, caller: &Caller) -> Result<Speaker, ChatError> {
        match caller.actor {
            Actor::Visitor(visitor) => Ok(Speaker::Visitor(visitor)),
            _ => self.house.desk.sight(caller).await?.speaker(),
        }
    }

    fn mark(&self, caller: &Caller, chat: ChatId, delivered: u64, read: u64) -> Result<Value, Problem> {
        let side = match caller.actor {
            Actor::Visitor(visitor) => Side::Visitor(visitor),
            Actor::User(agent) => Side::Agent(agent),
            _ => return Err(ChatError::Denied("only people read").into()),
        };
        let number = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
        let mark = Mark { delivered: number(delivered), read: number(read) };
        self.house.desk.chats().mark(caller.site, chat, side, mark);
        Ok(json!({}))
    }

    async fn state(&self, site: SiteId, visitor: VisitorId, chat: ChatId) -> Result<(ChatState, u64), ChatError> {
        let chat = self.house.desk.chats().of_visitor(site, visitor, chat).await?;
        Ok((self.house.desk.queue.state(&chat).await?, chat.last_seq.unsigned_abs()))
    }

    async fn visitor_ping(&self, site: SiteId, visitor: VisitorId, seqs: &BTreeMap<ChatId, u64>) -> Result<Heard, Problem> {
        if let Err(err) = self.reception.heartbeat(site, visitor).await {
            tracing::debug!(error = %err, visitor = %visitor, "a sign of life was not noted");
        }
        let mut heard = Heard::default();
        for (chat, seq) in seqs.iter().take(HEALED) {
            let Ok((state, last)) = self.state(site, visitor, *chat).await else { continue };
            if last > *seq {
                heard.behind.push(*chat);
            }
            heard.frames.push(marks_frame(*chat, state.marks).to_string().into());
            heard.frames.push(state.frame().to_string().into());
        }
        Ok(heard)
    }

    async fn agent_connected(&self, caller: &Caller, open: usize) -> Result<Welcome, Problem> {
        let Some(agent) = caller.user() else { return Err(ChatError::Denied("sockets are for people").into()) };
        let desk = &self.house.desk;
        let mut follow = Vec::new();
        if caller.may(Permission::AnswerChats) {
            if let Err(err) = desk.enter(caller.site, agent, open).await {
                tracing::debug!(error = %err, agent = agent.0, "an agent was not seated; his next sign of life does it");
            }
            follow.extend([Topic::Desk(caller.site), Topic::Agent(caller.site, agent)]);
        }
        let (status, note) = desk.chosen(caller.site, agent).await?;
        Ok(Welcome { me: json!({ "id": agent, "status": status, "note": note }), follow })
    }
}

#[async_trait::async_trait]
impl Floor for ChatFloor {
    async fn authenticate_visitor(&self, token: &str) -> Result<Option<Caller>, Problem> {
        Ok(self.visitors.whose(&Secret::from(token.to_owned())).await?)
    }

    async fn may_follow(&self, caller: &Caller, topic: &Topic) -> Result<bool, Problem> {
        if topic.site() != caller.site {
            return Ok(false);
        }
        match topic {
            Topic::Desk(_) => Ok(caller.user().is_some() && caller.may(Permission::AnswerChats)),
            Topic::Visitors(_) => Ok(caller.may(Permission::ViewVisitors)),
            Topic::Agent(_, agent) => Ok(caller.user() == Some(*agent)),
            Topic::Chat(_, chat) => match self.sees(caller, *chat).await {
                Ok(_) => Ok(true),
                Err(ChatError::Missing(_)) => Ok(false),
                Err(err) => Err(err.into()),
            },
        }
    }

    async fn backlog(&self, caller: &Caller, chat: ChatId, after: Option<u64>) -> Result<Backlog, Problem> {
        let chat = self.sees(caller, chat).await?;
        let head = chat.last_seq.unsigned_abs();
        let Some(after) = after.filter(|after| *after < head) else { return Ok(Backlog { entries: Vec::new(), head }) };
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let entries = self.house.desk.chats().entries(&chat, after, MOST_ENTRIES).await?;
        let encoded: Vec<(u64, Arc<str>)> = entries.iter().map(|entry| (entry.seq.unsigned_abs(), encode(entry))).collect();
        let head = encoded.last().map_or(head, |(last, _)| head.max(*last));
        Ok(Backlog { entries: encoded, head })
    }

    async fn handle(&self, caller: &Caller, _connection: ConnectionId, op: Op) -> Result<Value, Problem> {
        let chats = self.house.desk.chats();
        match op {
            Op::Say { chat, client_id, text, upload } => {
                let speaker = self.speaker(caller).await?;
                let said = chats.say(caller.site, chat, speaker, NewMessage { client_id, text, upload }).await?;
                Ok(json!({ "entry": *said.entry }))
            }
            Op::Typing { chat, on, text } => {
                let speaker = self.speaker(caller).await?;
                let chat = self.sees(caller, chat).await?;
                if chat.status.running() {
                    chats.typing(caller.site, chat.id, &speaker, on, text.as_deref());
                }
                Ok(json!({}))
            }
            Op::Read { chat, seq } => self.mark(caller, chat, seq, seq),
            Op::Delivered { chat, seq } => self.mark(caller, chat, seq, 0),
        }
    }

    async fn connected(&self, caller: &Caller, _connection: ConnectionId, open: usize) -> Result<Welcome, Problem> {
        let Actor::Visitor(visitor) = caller.actor else { return self.agent_connected(caller, open).await };
        if let Err(err) = self.reception.heartbeat(caller.site, visitor).await {
            tracing::debug!(error = %err, visitor = %visitor, "a sign of life was not noted");
        }
        let latest = self.house.desk.chats().latest_of(caller.site, visitor).await?;
        let Some(chat) = latest.filter(|chat| chat.status != Status::Offline) else {
            return Ok(Welcome { me: json!({ "id": visitor, "chat": null }), follow: Vec::new() });
        };
        let follow = if chat.status.running() { vec![Topic::Chat(caller.site, chat.id)] } else { Vec::new() };
        let state = self.house.desk.queue.state(&chat).await?;
        Ok(Welcome { me: json!({ "id": visitor, "chat": state }), follow })
    }

    async fn disconnected(&self, caller: &Caller, _connection: ConnectionId, left: usize) {
        if let Some(agent) = caller.user() {
            self.house.desk.leave(caller.site, agent, left).await;
        }
    }

    async fn standing(&self, caller: &Caller, chat: ChatId) -> Vec<Arc<str>> {
        let found = self.house.desk.chats().get(caller.site, chat).await;
        found.iter().map(|chat| marks_frame(chat.id, chat.marks).to_string().into()).collect()
    }

    async fn ping(&self, caller: &Caller, _connection: ConnectionId, seqs: &BTreeMap<ChatId, u64>) -> Result<Heard, Problem> {
        if let Actor::Visitor(visitor) = caller.actor {
            return self.visitor_ping(caller.site, visitor, seqs).await;
        }
        if let Some(agent) = caller.user().filter(|_| caller.may(Permission::AnswerChats))
            && let Err(err) = self.house.desk.hear(caller.site, agent).await
        {
            tracing::debug!(error = %err, agent = agent.0, "a sign of life was not noted");
        }
        let seen: Vec<_> = seqs.iter().take(MOST_PINGED).map(|(chat, seq)| (*chat, *seq)).collect();
        let behind = self.house.desk.chats().ahead_of(caller.site, &seen).await?;
        Ok(Heard { behind, frames: Vec::new() })
    }
}
