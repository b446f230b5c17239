//! Through whose hands a chat goes: taken, handed over, put back, ended, rated.

use super::{ChatError, Chats};
use crate::chat::model::{Chat, EndedBy, Rating, Status, Target};
use crate::chat::tell::News;
use crate::chat::{news, store};
use base::{ChatId, Invalid, SiteId, UserId};

const LONGEST_COMMENT: usize = 2_000;

/// Who may do something to a chat that is somebody's.
#[derive(Clone, Copy, Debug)]
pub struct Hand {
    pub agent: UserId,
    /// May act on chats of other agents.
    pub any: bool,
}

impl Hand {
    fn holds(self, chat: &Chat) -> Result<(), ChatError> {
        if self.any || chat.agent == Some(self.agent) {
            return Ok(());
        }
        Err(if chat.status == Status::Waiting { ChatError::NotTaken(chat.id) } else { ChatError::NotYours(chat.id) })
    }
}

/// Who ends it, and whether he may.
#[derive(Clone, Copy, Debug)]
pub enum Ender {
    Visitor(base::VisitorId),
    Agent(Hand),
    House(EndedBy),
}

impl Ender {
    fn word(self) -> EndedBy {
        match self {
            Self::Visitor(_) => EndedBy::Visitor,
            Self::Agent(_) => EndedBy::Agent,
            Self::House(by) => by,
        }
    }

    fn may(self, chat: &Chat) -> Result<(), ChatError> {
        match self {
            Self::Visitor(id) if chat.visitor != id => Err(ChatError::Missing(chat.id)),
            Self::Agent(hand) => hand.holds(chat),
            _ => Ok(()),
        }
    }
}

impl Chats {
    /// Ends it; the second time nothing changes and nothing is announced. True when this call did it.
    pub async fn end(&self, site: SiteId, id: ChatId, ender: Ender) -> Result<(Chat, bool), ChatError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.end_once(site, id, ender).await {
                Err(err) if err.contended() && attempt < super::ATTEMPTS => {}
                other => return other,
            }
        }
    }

    async fn end_once(&self, site: SiteId, id: ChatId, ender: Ender) -> Result<(Chat, bool), ChatError> {
        let staff = self.around.staff.of_site(site).await?;
        let mut tx = self.db.begin().await?;
        let mut chat = store::hold(&tx, site, id).await?.ok_or(ChatError::Missing(id))?;
        ender.may(&chat)?;
        let Some(draft) = chat.end(ender.word(), tx.now()) else { return Ok((chat, false)) };
        let entry = self.write(&tx, &mut chat, draft).await?;
        let entries = store::entries(&tx.conn(), chat.number, 0, u64::MAX >> 1).await?;
        let department = chat.department.and_then(|id| staff.department_name(id));
        let zone = news::zone_minutes(chat.snapshot.time_zone.as_deref(), tx.now());
        tx.announce(news::ended(&chat, &entries, department, zone));
        tx.commit().await?;
        self.told(&chat, Some(entry));
        self.tell.post(News::Removed(chat.site, chat.id));
        self.around.guests.over(&chat).await;
        Ok((chat, true))
    }

    /// Hands it over. `name` is how the receiver is called in the chat.
    pub async fn transfer(&self, site: SiteId, id: ChatId, by: Hand, to: Target, name: &str) -> Result<Chat, ChatError> {
        let change = |chat: &mut Chat, now| {
            by.holds(chat)?;
            if matches!(to, Target::Agent(agent) if chat.status == Status::Chatting && chat.agent == Some(agent)) {
                return Ok(None);
            }
            chat.hand_over(to, by.agent, name, now).map(Some).map_err(|why| ChatError::refused(id, why))
        };
        let (chat, entry) = self.change(site, id, change).await?;
        self.told(&chat, entry);
        Ok(chat)
    }

    /// Takes a chat out of the hands of an agent who is gone. True when it was his.
    pub async fn abandon(&self, site: SiteId, id: ChatId, agent: UserId, name: &str) -> Result<(Chat, bool), ChatError> {
        let change = |chat: &mut Chat, _now| Ok(if chat.agent == Some(agent) { chat.abandon(name) } else { None });
        let (chat, entry) = self.change(site, id, change).await?;
        let was_his = entry.is_some();
        if was_his {
            self.told(&chat, entry);
        }
        Ok((chat, was_his))
    }

    /// Sends what was said to an address that the visitor gives, once the chat is over.
    pub async fn mail_transcript(&self, site: SiteId, id: ChatId, visitor: base::VisitorId, email: &str) -> Result<(), ChatError> {
        let chat = self.of_visitor(site, visitor, id).await?;
        if chat.status != Status::Ended {
            return Err(ChatError::Denied("the chat goes on; its transcript is sent once it is over"));
        }
        let said = self.transcript(site, id).await?;
        self.around.letters.transcript(&chat, said, email.trim()).await
    }

    /// The visitor's grade, during the chat or after it.
    pub async fn rate(&self, site: SiteId, id: ChatId, visitor: base::VisitorId, rating: Rating) -> Result<Chat, ChatError> {
        if !(1..=5).contains(&rating.grade) {
            return Err(Invalid::new("grade", "must be from 1 to 5").into());
        }
        let comment = rating.comment.map(|text| text.replace('\0', "").trim().to_owned()).filter(|text| !base::text::is_blank(text));
        if comment.as_ref().is_some_and(|text| text.chars().count() > LONGEST_COMMENT) {
            return Err(Invalid::new("comment", format!("is longer than {LONGEST_COMMENT} characters")).into());
        }
        let rating = Rating { grade: rating.grade, comment };
        let change = |chat: &mut Chat, _now| {
            if chat.visitor != visitor {
                return Err(ChatError::Missing(id));
            }
            if chat.started_at.is_none() {
                return Err(ChatError::NotTaken(id));
            }
            Ok(chat.rate(rating.clone()))
        };
        let (chat, entry) = self.change(site, id, change).await?;
        self.told(&chat, entry);
        Ok(chat)
    }
}
