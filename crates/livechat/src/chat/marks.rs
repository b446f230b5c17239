//! Delivered and read: told often, kept seldom. What comes within a tenth of a second is kept in one transaction; what a crash
//! loses is said again by the next ping or glance.

use super::model::{Chat, Mark, Marks};
use super::store;
use super::tell::{News, Tell};
use base::{ChatId, SiteId, UserId, VisitorId};
use sockets::live::Audience;
use sockets::{Db, StoreError};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::mpsc;

const EVERY: Duration = Duration::from_millis(100);
const WAITING: usize = 8_000;
const MOST: usize = 500;

/// Whose mark it is. Only the visitor himself and the agent who has the chat move marks; others merely look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Visitor(VisitorId),
    Agent(UserId),
}

impl Side {
    fn of(self, chat: &Chat) -> bool {
        match self {
            Self::Visitor(id) => chat.visitor == id,
            Self::Agent(id) => chat.agent == Some(id),
        }
    }
}

type Key = (SiteId, ChatId, Side);

#[derive(Clone)]
pub(super) struct Marker(mpsc::Sender<(Key, Mark)>);

impl Marker {
    pub fn open(db: Db, tell: Tell) -> Self {
        let (sender, mut heard) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let mut batch = Vec::new();
            while heard.recv_many(&mut batch, MOST).await > 0 {
                if let Err(err) = keep(&db, &tell, gather(batch.drain(..))).await {
                    tracing::debug!(error = ?err, "marks were not kept; they will be said again");
                }
                tokio::time::sleep(EVERY).await;
            }
        });
        Self(sender)
    }

    /// Never waits; when too many come the later ones make up for it.
    pub fn note(&self, site: SiteId, chat: ChatId, side: Side, mark: Mark) {
        if self.0.try_send(((site, chat, side), mark)).is_err() {
            metrics::counter!("chat_marks_dropped").increment(1);
        }
    }
}

fn gather(heard: impl Iterator<Item = (Key, Mark)>) -> HashMap<Key, Mark> {
    let mut most: HashMap<Key, Mark> = HashMap::new();
    for (key, mark) in heard {
        let known = most.entry(key).or_default();
        *known = Mark { delivered: known.delivered.max(mark.delivered), read: known.read.max(mark.read) };
    }
    most
}

async fn keep(db: &Db, tell: &Tell, marks: HashMap<Key, Mark>) -> Result<(), StoreError> {
    let ids: Vec<_> = marks.keys().map(|(_, chat, _)| *chat).collect();
    let tx = db.begin().await?;
    let mut chats = store::hold_many(&tx, &ids).await?;
    let mut by_chat: HashMap<ChatId, Vec<(SiteId, Side, Mark)>> = HashMap::new();
    for ((site, chat, side), mark) in marks {
        by_chat.entry(chat).or_default().push((site, side, mark));
    }
    chats.retain_mut(|chat| {
        let heard = by_chat.remove(&chat.id).unwrap_or_default();
        let mine = heard.into_iter().filter(|(site, side, _)| *site == chat.site && side.of(chat)).collect::<Vec<_>>();
        mine.into_iter().fold(false, |moved, (_, side, mark)| chat.mark(matches!(side, Side::Visitor(_)), mark) || moved)
    });
    if chats.is_empty() {
        return Ok(());
    }
    store::keep_marks(&tx, &chats).await?;
    tx.commit().await?;
    for chat in chats {
        tell.post(News::Aside(chat.site, chat.id, Audience::Everybody, frame(chat.id, chat.marks)));
    }
    Ok(())
}

/// As the screens are told.
pub fn frame(chat: ChatId, marks: Marks) -> serde_json::Value {
    serde_json::json!({ "t": "marks", "chat": chat, "visitor": marks.visitor, "agent": marks.agent })
}
