//! Telling the screens what is durable already. A failure here is not an error of the verb: the numbers heal it.

use super::entry::{Entry, encode};
use super::model::{Chat, Status};
use base::{ChatId, SiteId, UserId};
use futures_util::StreamExt as _;
use sockets::live::{AgentFilter, Audience, ChatPatch, ChatStatus, LiveChat, LiveError, LiveState, Topic};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// How many chats and agents are told of at once.
const ABREAST: usize = 64;
/// News that may wait to be told.
const WAITING: usize = 20_000;
const AT_ONCE: usize = 1_000;
const REMEMBERED: usize = 1_024;

/// An entry to be told, with what the live store needs to know of its chat should it have forgotten.
#[derive(Clone, Debug)]
pub struct Told {
    chat: LiveChat,
    running: bool,
    entry: Arc<Entry>,
}

impl Told {
    pub fn new(chat: &Chat, entry: Arc<Entry>) -> Self {
        Self { chat: live_chat(chat), running: chat.status.running(), entry }
    }
}

pub fn live_chat(chat: &Chat) -> LiveChat {
    LiveChat {
        id: chat.id,
        site: chat.site,
        number: chat.number,
        visitor: chat.visitor,
        agent: chat.agent,
        department: chat.department,
        status: if chat.status == Status::Chatting { ChatStatus::Chatting } else { ChatStatus::Waiting },
        requested_at: chat.requested_at,
        last_seq: 0,
        priority: u16::try_from(chat.priority.clamp(0, LiveChat::MAX_PRIORITY.into())).unwrap_or_default(),
        rev: 0,
    }
}

/// What is to be told, in the order it became true.
#[derive(Clone, Debug)]
pub enum News {
    Entry(Told),
    /// The chat is here, or has changed hands. Its load is counted by the live store.
    Placed(Box<LiveChat>),
    /// The chat is over. Its log goes too; who still follows asks SQL.
    Removed(SiteId, ChatId),
    /// To the agents of a site.
    Desk(SiteId, &'static str, serde_json::Value),
    /// To the agents of a site: how much these of them have to do by now.
    Loads(SiteId, Vec<UserId>),
    /// To one agent alone.
    Agent(SiteId, UserId, &'static str, serde_json::Value),
    /// A frame for those who look at the chat now; kept nowhere.
    Aside(SiteId, ChatId, Audience, serde_json::Value),
}

/// The news of this node: of a chat, and of an agent, in their order, so that a chat's end is never told before its last words.
#[derive(Clone)]
pub struct Tell(mpsc::Sender<News>);

impl Tell {
    pub fn open(live: Arc<dyn LiveState>) -> Self {
        let (sender, line) = mpsc::channel(WAITING);
        tokio::spawn(Teller { live, over: Mutex::default() }.run(line));
        Self(sender)
    }

    /// Never waits. When the live store is so slow that the line is full, the news is left to the numbers to heal.
    pub fn post(&self, news: News) {
        if self.0.try_send(news).is_err() {
            metrics::counter!("live_tell_dropped").increment(1);
        }
    }

    pub fn entry(&self, chat: &Chat, entry: Entry) {
        self.post(News::Entry(Told::new(chat, Arc::new(entry))));
    }

    pub fn placed(&self, chat: &Chat) {
        self.post(News::Placed(Box::new(live_chat(chat))));
    }

    /// To a store that has forgotten them all: waits for room in the line, so that no number of chats is too many.
    pub async fn placed_again(&self, chat: &Chat) {
        // No task, no process: then nobody is told any more.
        let _closed = self.0.send(News::Placed(Box::new(live_chat(chat)))).await;
    }
}

struct Teller {
    live: Arc<dyn LiveState>,
    /// Chats that ended a moment ago: a word that was overtaken by the end must not bring them back.
    over: Mutex<VecDeque<ChatId>>,
}

/// Whose order is kept. What is told of others may be told meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    Chat(ChatId),
    Agent(SiteId, UserId),
}

impl News {
    /// News of a whole site belong to no line: they come after everything that was posted before them.
    fn line(&self) -> Option<Line> {
        match self {
            Self::Entry(told) => Some(Line::Chat(told.chat.id)),
            Self::Placed(chat) => Some(Line::Chat(chat.id)),
            Self::Removed(_, chat) | Self::Aside(_, chat, ..) => Some(Line::Chat(*chat)),
            Self::Agent(site, agent, ..) => Some(Line::Agent(*site, *agent)),
            Self::Desk(..) | Self::Loads(..) => None,
        }
    }
}

impl Teller {
    async fn run(self, mut waiting: mpsc::Receiver<News>) {
        let mut news = Vec::new();
        while waiting.recv_many(&mut news, AT_ONCE).await > 0 {
            let mut lines: BTreeMap<Line, Vec<News>> = BTreeMap::new();
            for one in news.drain(..) {
                match one.line() {
                    Some(line) => lines.entry(line).or_default().push(one),
                    None => {
                        self.tell_side_by_side(std::mem::take(&mut lines)).await;
                        self.tell(one).await;
                    }
                }
            }
            self.tell_side_by_side(lines).await;
        }
    }

    async fn tell_side_by_side(&self, lines: BTreeMap<Line, Vec<News>>) {
        let telling = lines.into_values().map(|news| async move {
            for one in news {
                self.tell(one).await;
            }
        });
        futures_util::stream::iter(telling).buffer_unordered(ABREAST).collect::<Vec<()>>().await;
    }

    async fn entry(&self, told: &Told) {
        let body = encode(&told.entry);
        let (site, chat) = (told.chat.site, told.chat.id);
        let seq = told.entry.seq.unsigned_abs();
        let mut outcome = self.live.send_chat_message(site, chat, seq, body.clone()).await;
        if matches!(outcome, Err(LiveError::Missing(_))) && told.running && !self.ended(chat) {
            outcome = match self.live.create_chat(told.chat.clone()).await {
                Ok(_) => self.live.send_chat_message(site, chat, seq, body).await,
                Err(err) => Err(err),
            };
        }
        shrug(outcome, "an entry");
    }

    async fn tell(&self, news: News) {
        match news {
            News::Entry(told) => self.entry(&told).await,
            News::Placed(chat) => self.placed(*chat).await,
            News::Removed(site, chat) => {
                self.note_end(chat);
                shrug(self.live.remove_chat(site, chat).await, "a chat's end");
            }
            News::Desk(site, kind, data) => shrug(self.live.publish(&Topic::Desk(site), event(kind, &data)).await, kind),
            News::Loads(site, agents) => self.loads(site, agents).await,
            News::Agent(site, agent, kind, data) => {
                shrug(self.live.send_agent_message(site, agent, event(kind, &data)).await, kind);
            }
            News::Aside(site, chat, audience, frame) => {
                let body: Arc<str> = frame.to_string().into();
                shrug(self.live.publish_ephemeral(&Topic::Chat(site, chat), audience, body).await, "a passing frame");
            }
        }
    }

    fn over(&self) -> MutexGuard<'_, VecDeque<ChatId>> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self, chat: ChatId) -> bool {
        self.over().contains(&chat)
    }

    fn note_end(&self, chat: ChatId) {
        let mut over = self.over();
        over.push_back(chat);
        if over.len() > REMEMBERED {
            over.pop_front();
        }
    }

    async fn loads(&self, site: SiteId, agents: Vec<UserId>) {
        let filter = AgentFilter { ids: agents, ..AgentFilter::default() };
        match self.live.get_agents(site, &filter).await {
            Ok(agents) => {
                let items: Vec<_> = agents.iter().map(|agent| serde_json::json!({ "id": agent.id, "load": agent.load })).collect();
                let data = serde_json::json!({ "items": items });
                shrug(self.live.publish(&Topic::Desk(site), event("loads", &data)).await, "loads");
            }
            Err(err) => shrug::<()>(Err(err), "loads"),
        }
    }

    async fn placed(&self, chat: LiveChat) {
        let patch = ChatPatch {
            agent: Some(chat.agent),
            department: Some(chat.department),
            status: Some(chat.status),
            ..ChatPatch::default()
        };
        let outcome = match self.live.update_chat(chat.site, chat.id, patch).await {
            Err(LiveError::Missing(_)) if !self.ended(chat.id) => self.live.create_chat(chat).await,
            other => other,
        };
        shrug(outcome, "a chat's place");
    }
}

fn event(kind: &str, data: &serde_json::Value) -> Arc<str> {
    serde_json::json!({ "kind": kind, "data": data }).to_string().into()
}

fn shrug<T>(outcome: Result<T, LiveError>, what: &str) {
    if let Err(err) = outcome {
        metrics::counter!("live_tell_failures").increment(1);
        tracing::debug!(error = %err, what, "not told; it will be read again");
    }
}
