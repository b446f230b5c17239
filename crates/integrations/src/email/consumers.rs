//! What e-mail hears: chats that ended, and off-line messages.

use super::words::{self, Lang, Sheet};
use super::{Automatic, EmailError, EmailSettings, Emails, NewLetter, Transcripts, is_address};
use crate::office::SiteCard;
use base::{ChatId, SiteId, UserId};
use events::catalog::{ChatEnded, MissedChatStatus, OfflineMessage, RouteToType};
use events::{Consumer, Inbox, Listener, Outcome};
use sockets::mailer::Mailbox;
use sockets::{Envelope, StoreError};

pub fn listeners(emails: &Emails) -> Vec<Listener> {
    vec![Listener::of(WriteOfChats(emails.clone())), Listener::of(WriteOfMessages(emails.clone()))]
}

/// Of a department at most so many are told.
const MOST_READERS: usize = 50;

/// Transcripts. An off-line message stands among the chats too; it is heard of as such.
struct WriteOfChats(Emails);

#[async_trait::async_trait]
impl Consumer for WriteOfChats {
    const NAME: &'static str = "Chat.Ended.Email";
    type Event = ChatEnded;

    async fn handle(&self, event: &ChatEnded, envelope: &Envelope) -> Outcome {
        if event.missed_chat_status == MissedChatStatus::OfflineMessage {
            return Outcome::Done;
        }
        Outcome::of(self.write(event, envelope).await)
    }
}

impl WriteOfChats {
    async fn write(&self, event: &ChatEnded, envelope: &Envelope) -> Result<(), EmailError> {
        let (settings, _) = self.0.settings(envelope.site).await?;
        let Some(site) = self.0.office.site(envelope.site).await? else { return Ok(()) };
        self.0.put_all(envelope, Self::NAME, &event.chat_id, of_ended(event, &settings, &site)).await
    }
}

/// News of off-line messages.
struct WriteOfMessages(Emails);

#[async_trait::async_trait]
impl Consumer for WriteOfMessages {
    const NAME: &'static str = "OfflineMessage.Submit.Email";
    type Event = OfflineMessage;

    async fn handle(&self, event: &OfflineMessage, envelope: &Envelope) -> Outcome {
        Outcome::of(self.write(event, envelope).await)
    }
}

impl WriteOfMessages {
    async fn write(&self, event: &OfflineMessage, envelope: &Envelope) -> Result<(), EmailError> {
        let (settings, _) = self.0.settings(envelope.site).await?;
        let Some(site) = self.0.office.site(envelope.site).await? else { return Ok(()) };
        let mut letters = Vec::new();
        if settings.offline_news {
            let (department, to) = self.readers(envelope.site, event, &settings).await?;
            let (subject, sheet) = words::offline_news(event, &department, envelope.occurred_at, staff_language(&settings, &site), &site.time_zone);
            let list = Some("messages".to_owned());
            letters.extend(to.into_iter().map(|to| NewLetter {
                list: list.clone(),
                ..letter("offline", &event.source_chat_id, to, &subject, &sheet, Automatic::Generated)
            }));
        }
        if settings.offline_receipt && is_address(&event.visitor_email) {
            let to = Mailbox::new(event.visitor_name.as_str(), event.visitor_email.as_str());
            let (subject, sheet) = words::offline_receipt(event, language(&event.language, &site), &site.name);
            letters.push(letter("offline_receipt", &event.source_chat_id, to, &subject, &sheet, Automatic::Replied));
        }
        self.0.put_all(envelope, Self::NAME, &event.source_chat_id, letters).await
    }

    /// The department's name, and those who are told: whom the settings name, or else its agents.
    async fn readers(&self, site: SiteId, event: &OfflineMessage, settings: &EmailSettings) -> Result<(String, Vec<Mailbox>), StoreError> {
        let departments = self.0.office.departments(site).await?;
        let asked = departments.iter().find(|one| event.route_to_type == RouteToType::Department && one.id.0 == event.route_to_id);
        let chosen = asked.or_else(|| departments.iter().find(|one| one.is_default));
        let name = chosen.map(|one| one.name.clone()).unwrap_or_default();
        if !settings.offline_to.is_empty() {
            return Ok((name, settings.offline_to.iter().map(|email| Mailbox::new("", email)).collect()));
        }
        let members: Vec<UserId> = chosen.map(|one| one.members.iter().take(MOST_READERS).copied().collect()).unwrap_or_default();
        let agents = self.0.office.agents(site, &members).await?;
        Ok((name, agents.into_iter().map(|agent| Mailbox::new(agent.name, agent.email)).collect()))
    }
}

impl Emails {
    /// All letters of one event, once.
    async fn put_all(&self, envelope: &Envelope, consumer: &str, chat: &str, letters: Vec<NewLetter>) -> Result<(), EmailError> {
        let tx = self.db.begin().await?;
        if !Inbox::first(&tx, consumer, envelope.id).await? {
            return Ok(());
        }
        for mut letter in letters {
            letter.event = Some(envelope.id);
            letter.chat = chat.parse::<ChatId>().ok();
            self.put(&tx, envelope.site, &letter).await?;
        }
        Ok(tx.commit().await?)
    }
}

fn of_ended(event: &ChatEnded, settings: &EmailSettings, site: &SiteCard) -> Vec<NewLetter> {
    let wanted = match settings.transcripts {
        Transcripts::Never => false,
        Transcripts::Answered => event.agent_message_num > 0,
        Transcripts::Always => event.visitor_message_num > 0,
    };
    let mut letters = Vec::new();
    if let Some(to) = visitor(event).filter(|_| wanted) {
        let (subject, sheet) = words::transcript(event, language(&event.visitor.language, site), &site.name, &site.time_zone);
        letters.push(letter("transcript", &event.chat_id, to, &subject, &sheet, Automatic::Generated));
    }
    if event.visitor_message_num > 0 {
        let (subject, sheet) = words::transcript(event, staff_language(settings, site), &site.name, &site.time_zone);
        for copy in &settings.transcript_copies {
            let list = Some("transcripts".to_owned());
            letters.push(NewLetter { list, ..letter("transcript_copy", &event.chat_id, Mailbox::new("", copy), &subject, &sheet, Automatic::Generated) });
        }
    }
    letters
}

fn visitor(event: &ChatEnded) -> Option<Mailbox> {
    let email = words::email_of(event);
    is_address(email).then(|| Mailbox::new(event.pre_chat_name.as_str(), email))
}

pub(super) fn language(asked: &str, site: &SiteCard) -> Lang {
    Lang::first(std::iter::once(asked).chain(site.languages.iter().map(String::as_str)))
}

fn staff_language(settings: &EmailSettings, site: &SiteCard) -> Lang {
    language(&settings.language, site)
}

pub(super) fn letter(reason: &str, chat: &str, to: Mailbox, subject: &str, sheet: &Sheet, automatic: Automatic) -> NewLetter {
    NewLetter {
        reason: reason.to_owned(),
        key: format!("{reason}:{chat}:{}", to.email.to_lowercase()),
        to,
        subject: subject.to_owned(),
        text: sheet.text(),
        html: sheet.html(),
        automatic,
        ..NewLetter::default()
    }
}
