//! The hot path: messages of many chats are kept in one transaction and acknowledged when it is durable.
//!
//! One task a node collects what comes within three milliseconds, 500 messages at most, and keeps it: hold the chats in order, tell
//! doubles by their client id, number, insert, update, commit, answer. A message that is refused is refused alone.

use super::entry::{Draft, Entry, From};
use super::error::ChatError;
use super::model::{Chat, Status};
use super::store;
use super::tell::{News, Tell, Told};
use base::{ChatId, Fault, SiteId, UserId, VisitorId};
use sockets::{Db, StoreError, Tx};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Messages in one transaction at most.
const MOST: usize = 500;
/// How long the first message of a batch waits for others.
const LINGER: Duration = Duration::from_millis(3);
/// Messages that may wait for the batch after the one under way.
const WAITING: usize = 8_000;
const ATTEMPTS: usize = 5;

/// Who speaks, as the door knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speaker {
    Visitor(VisitorId),
    /// With his name as the visitor reads it. `any`: may step into chats of others.
    Agent { id: UserId, name: String, any: bool },
}

/// A message to be kept: checked, but for what only the chat itself can tell.
#[derive(Clone, Debug)]
pub(super) struct Utterance {
    pub site: SiteId,
    pub chat: ChatId,
    pub speaker: Speaker,
    pub draft: Draft,
}

/// The entry that stands in the chat; said twice, it is the same one.
#[derive(Clone, Debug)]
pub struct Said {
    pub entry: Arc<Entry>,
    /// It stood there already.
    pub again: bool,
}

type Answer = Result<Said, ChatError>;
type Wanted = (Utterance, oneshot::Sender<Answer>);

#[derive(Clone)]
pub(super) struct Mouth(mpsc::Sender<Wanted>);

impl Mouth {
    pub fn open(db: Db, tell: Tell) -> Self {
        let (sender, wanted) = mpsc::channel(WAITING);
        tokio::spawn(keep_batches(db, wanted, tell));
        Self(sender)
    }

    pub async fn say(&self, utterance: Utterance) -> Answer {
        let (sender, answer) = oneshot::channel();
        self.0.try_send((utterance, sender)).map_err(|_| ChatError::Busy)?;
        answer.await.unwrap_or(Err(ChatError::Busy))
    }
}

async fn keep_batches(db: Db, mut wanted: mpsc::Receiver<Wanted>, tell: Tell) {
    let mut batch = Vec::with_capacity(MOST);
    while wanted.recv_many(&mut batch, MOST).await > 0 {
        let close = tokio::time::Instant::now() + LINGER;
        while batch.len() < MOST {
            let room = MOST - batch.len();
            match tokio::time::timeout_at(close, wanted.recv_many(&mut batch, room)).await {
                Ok(more) if more > 0 => {}
                _ => break,
            }
        }
        metrics::histogram!("chat_batch_messages").record(batch.len() as f64);
        for told in keep(&db, std::mem::take(&mut batch)).await {
            tell.post(News::Entry(told));
        }
    }
}

/// Keeps a batch and answers everybody. When the database refuses the whole for the sake of one, each is tried alone.
async fn keep(db: &Db, batch: Vec<Wanted>) -> Vec<Told> {
    let (utterances, senders): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    let (answers, news) = match keep_patiently(db, &utterances).await {
        Ok(kept) => (kept.answers, kept.news),
        Err(StoreError::Broken(_)) if utterances.len() > 1 => one_by_one(db, &utterances).await,
        Err(err) => {
            tracing::warn!(error = ?err, messages = utterances.len(), "a batch of messages was not kept");
            (utterances.iter().map(|_| Err(ChatError::NotKept(err.to_string(), err.kind()))).collect(), Vec::new())
        }
    };
    for (sender, answer) in senders.into_iter().zip(answers) {
        // Who no longer listens will say it again with the same client id.
        let _gone = sender.send(answer);
    }
    news
}

async fn one_by_one(db: &Db, utterances: &[Utterance]) -> (Vec<Answer>, Vec<Told>) {
    let (mut answers, mut news) = (Vec::new(), Vec::new());
    for utterance in utterances {
        match keep_patiently(db, std::slice::from_ref(utterance)).await {
            Ok(kept) => {
                answers.extend(kept.answers);
                news.extend(kept.news);
            }
            Err(err) => answers.push(Err(err.into())),
        }
    }
    (answers, news)
}

/// Two nodes may stand in each other's way; then the batch is done again.
async fn keep_patiently(db: &Db, utterances: &[Utterance]) -> Result<Kept, StoreError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match keep_once(db, utterances).await {
            Err(StoreError::Contended(_) | StoreError::Duplicate(_)) if attempt < ATTEMPTS => {
                tokio::time::sleep(Duration::from_millis(5 * attempt as u64)).await;
            }
            other => return other,
        }
    }
}

#[derive(Default)]
struct Kept {
    answers: Vec<Answer>,
    news: Vec<Told>,
}

async fn keep_once(db: &Db, utterances: &[Utterance]) -> Result<Kept, StoreError> {
    let ids: BTreeSet<_> = utterances.iter().map(|utterance| utterance.chat).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let tx = db.begin().await?;
    let chats = store::hold_many(&tx, &ids).await?;
    let chats: HashMap<_, _> = chats.into_iter().map(|chat| (chat.id, chat)).collect();
    let before = store::said_before(&tx, &client_ids(&chats, utterances)).await?;
    let mut batch = Batch { tx: &tx, db, chats, said: before.into_iter().map(|(k, e)| (k, Arc::new(e))).collect(), fresh: Vec::new() };
    let mut kept = Kept::default();
    for utterance in utterances {
        let answer = batch.place(utterance);
        if let (Ok(said), Some(chat)) = (&answer, batch.chats.get(&utterance.chat)) {
            kept.news.push(Told::new(chat, said.entry.clone()));
        }
        kept.answers.push(answer);
    }
    batch.write().await?;
    tx.commit().await?;
    Ok(kept)
}

fn client_ids(chats: &HashMap<ChatId, Chat>, utterances: &[Utterance]) -> Vec<(i64, Uuid)> {
    let known = |utterance: &Utterance| Some((chats.get(&utterance.chat)?.number, utterance.draft.client_id?));
    utterances.iter().filter_map(known).collect()
}

struct Batch<'a> {
    tx: &'a Tx,
    db: &'a Db,
    chats: HashMap<ChatId, Chat>,
    said: HashMap<(i64, Uuid), Arc<Entry>>,
    fresh: Vec<(i64, Arc<Entry>)>,
}

impl Batch<'_> {
    fn place(&mut self, utterance: &Utterance) -> Answer {
        let found = self.chats.get_mut(&utterance.chat).filter(|chat| chat.site == utterance.site);
        let chat = found.ok_or(ChatError::Missing(utterance.chat))?;
        let mut draft = utterance.draft.clone();
        draft.from = speaks(chat, &utterance.speaker)?;
        let key = draft.client_id.map(|id| (chat.number, id));
        if let Some(entry) = key.and_then(|key| self.said.get(&key)) {
            return Ok(Said { entry: entry.clone(), again: true });
        }
        hears(chat, &utterance.speaker)?;
        let entry = Arc::new(chat.push(draft, self.db.minter().message(), self.tx.now()));
        self.fresh.push((chat.number, entry.clone()));
        if let Some(key) = key {
            self.said.insert(key, entry.clone());
        }
        Ok(Said { entry, again: false })
    }

    async fn write(&self) -> Result<(), StoreError> {
        let entries: Vec<_> = self.fresh.iter().map(|(chat, entry)| (*chat, &**entry)).collect();
        store::append(self.tx, &entries).await?;
        let touched: BTreeSet<_> = self.fresh.iter().map(|(chat, _)| *chat).collect();
        store::tally(self.tx, self.chats.values().filter(|chat| touched.contains(&chat.number))).await
    }
}

/// Who it is from; somebody else's chat is not there for a visitor.
fn speaks(chat: &Chat, speaker: &Speaker) -> Result<From, ChatError> {
    match speaker {
        Speaker::Visitor(id) if *id == chat.visitor => {
            Ok(From::Visitor { id: *id, name: chat.visitor_name().map(str::to_owned) })
        }
        Speaker::Visitor(_) => Err(ChatError::Missing(chat.id)),
        Speaker::Agent { id, name, any } if *any || chat.agent == Some(*id) || chat.agents.contains(id) => {
            Ok(From::Agent { id: *id, name: name.clone() })
        }
        Speaker::Agent { .. } if chat.status == Status::Waiting => Err(ChatError::NotTaken(chat.id)),
        Speaker::Agent { .. } => Err(ChatError::NotYours(chat.id)),
    }
}

/// Whether the chat, as it stands, takes one more message of this speaker.
fn hears(chat: &Chat, speaker: &Speaker) -> Result<(), ChatError> {
    match (chat.status, speaker) {
        (Status::Ended | Status::Offline, _) => Err(ChatError::Over(chat.id)),
        (Status::Waiting, Speaker::Agent { .. }) => Err(ChatError::NotTaken(chat.id)),
        (Status::Chatting, Speaker::Agent { id, any, .. }) if !any && chat.agent != Some(*id) => Err(ChatError::NotYours(chat.id)),
        _ => Ok(()),
    }
}
