//! A transcript that a visitor asks for, to the address that he gives.

use super::consumers::{language, letter};
use super::{Automatic, EmailError, Emails, NewLetter, Put, is_address, words};
use base::{ChatId, Invalid, SiteId, Timestamp};
use events::catalog::ChatEnded;
use sockets::StoreError;
use sockets::mailer::Mailbox;

/// Of one chat at most: an address may be mistyped, and nobody's letters are to be sent through a chat.
const MOST: u32 = 3;

pub struct AskedTranscript {
    pub chat: ChatId,
    pub to: String,
    /// What the visitor reads, as browsers say it.
    pub language: String,
    pub began: Timestamp,
    /// What was said, a line each.
    pub said: String,
}

impl Emails {
    /// Does the site send any e-mail?
    pub async fn any(&self, site: SiteId) -> Result<bool, StoreError> {
        let (settings, password) = self.settings(site).await?;
        Ok(self.way(&settings, password.as_ref()).is_some())
    }

    pub async fn send_asked(&self, site: SiteId, asked: AskedTranscript) -> Result<(), EmailError> {
        if !is_address(&asked.to) {
            return Err(Invalid::new("email", "is not an e-mail address").into());
        }
        let card = self.office.site(site).await?.ok_or(EmailError::Off)?;
        let chat = asked.chat.to_string();
        let event = ChatEnded { content: asked.said, request_time: asked.began, ..ChatEnded::default() };
        let (subject, sheet) = words::transcript(&event, language(&asked.language, &card), &card.name, &card.time_zone);
        let letter = letter("transcript_asked", &chat, Mailbox::new("", asked.to), &subject, &sheet, Automatic::Generated);
        let tx = self.db.begin().await?;
        for number in 1..=MOST {
            let letter = NewLetter { key: format!("transcript_asked:{chat}:{number}"), chat: Some(asked.chat), ..letter.clone() };
            match self.put(&tx, site, &letter).await? {
                Put::Written(_) | Put::Held(_) => return Ok(tx.commit().await?),
                Put::Off => return Err(EmailError::Off),
                Put::Before => {}
            }
        }
        Err(EmailError::TooMany(MOST))
    }
}
