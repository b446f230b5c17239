//! Verbs of chats, one file each where they are big.

mod ask;
mod cards;
mod hands;
mod index;
mod look;
mod speak;

pub use ask::{NewChat, Request};
pub use hands::{Ender, Hand};
pub(crate) use look::AT_ONCE;
pub use look::MOST_ENTRIES;
pub use speak::NewMessage;

use super::entry::{Draft, Entry, EntryKind};
use super::error::ChatError;
use super::marks::Marker;
use super::model::Chat;
use super::say::Mouth;
use super::store;
use super::tell::Tell;
use crate::chat::{Files, Guests, Letters, Matcher, news};
use crate::routing::Staff;
use crate::widgets::Widgets;
use base::{ChatId, SiteId};
use sockets::live::LiveState;
use sockets::{Db, Tx};
use std::sync::Arc;

/// What chats need of the rooms around them.
#[derive(Clone)]
pub struct Neighbours {
    pub staff: Arc<dyn Staff>,
    pub guests: Arc<dyn Guests>,
    pub files: Arc<dyn Files>,
    pub widgets: Widgets,
    pub matcher: Arc<dyn Matcher>,
    pub letters: Arc<dyn Letters>,
}

/// The chats of all sites; cheap to clone.
#[derive(Clone)]
pub struct Chats {
    pub(crate) db: Db,
    pub(crate) live: Arc<dyn LiveState>,
    pub(crate) tell: Tell,
    pub(crate) around: Neighbours,
    mouth: Mouth,
    marker: Marker,
}

/// How often a verb is tried when another transaction stood in its way.
const ATTEMPTS: usize = 4;

impl Chats {
    /// Starts the tasks that keep messages and tell screens; they end with the last clone.
    pub fn open(db: Db, live: Arc<dyn LiveState>, around: Neighbours) -> Self {
        let tell = Tell::open(live.clone());
        let mouth = Mouth::open(db.clone(), tell.clone());
        let marker = Marker::open(db.clone(), tell.clone());
        Self { db, live, tell, around, mouth, marker }
    }

    /// Holds a chat, changes it, keeps and tells what came of it. A change that gives no entry changes nothing.
    pub(crate) async fn change<F>(&self, site: SiteId, id: ChatId, change: F) -> Result<(Chat, Option<Entry>), ChatError>
    where
        F: Fn(&mut Chat, base::Timestamp) -> Result<Option<Draft>, ChatError> + Send + Sync,
    {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.change_once(site, id, &change).await {
                Err(err) if err.contended() && attempt < ATTEMPTS => {}
                other => return other,
            }
        }
    }

    async fn change_once<F>(&self, site: SiteId, id: ChatId, change: &F) -> Result<(Chat, Option<Entry>), ChatError>
    where
        F: Fn(&mut Chat, base::Timestamp) -> Result<Option<Draft>, ChatError> + Send + Sync,
    {
        let mut tx = self.db.begin().await?;
        let mut chat = store::hold(&tx, site, id).await?.ok_or(ChatError::Missing(id))?;
        let Some(draft) = change(&mut chat, tx.now())? else { return Ok((chat, None)) };
        let entry = self.write(&tx, &mut chat, draft).await?;
        if entry.draft.kind == EntryKind::Rated {
            tx.announce(news::rated(&chat));
        }
        tx.commit().await?;
        Ok((chat, Some(entry)))
    }

    /// Numbers and keeps an entry together with its chat.
    pub(crate) async fn write(&self, tx: &Tx, chat: &mut Chat, draft: Draft) -> Result<Entry, ChatError> {
        let entry = chat.push(draft, self.db.minter().message(), tx.now());
        store::append(tx, &[(chat.number, &entry)]).await?;
        store::save(tx, chat).await?;
        Ok(entry)
    }

    /// Tells an entry that a verb made, and where the chat now stands.
    pub(crate) fn told(&self, chat: &Chat, entry: Option<Entry>) {
        if let Some(entry) = entry {
            self.tell.entry(chat, entry);
        }
        if chat.status.running() {
            self.tell.placed(chat);
        }
    }
}
