//! What e-mail hears: chats that ended, and off-line messages.

use super::words::{self, Lang, Sheet};
use super::{Automatic, EmailError, EmailSettings, Emails, NewLetter, Transcripts, is_address};
use crate::office::SiteCard;
use base::{ChatId, SiteId, UserId};
use events::catalog::{ChatEnded, MissedChatStatus};
use events::{Consumer, Inbox, Listener, Outcome};
use sockets::mailer::Mailbox;
use sockets::{Envelope, StoreError};

pub fn listeners(emails: &Emails) -> Vec<Listener> {
    vec![Listener::of(WriteOfChats(emails.clone()))]
}

/// Transcripts, and news of off-line messages.
struct WriteOfChats(Emails);

#[async_trait::async_trait]
impl Consumer for WriteOfChats {
    const NAME: &'static str = "Chat.Ended.Email";
    type Event = ChatEnded;

    async fn handle(&self, event: &ChatEnded, envelope: &Envelope) -> Outcome {
        Outcome::of(self.write(event, envelope).await)
    }
}

impl WriteOfChats {
    async fn write(&self, event: &ChatEnded, envelope: &Envelope) -> Result<(), EmailError> {
        let (settings, _) = self.0.settings(envelope.site).await?;
        let Some(site) = self.0.office.site(envelope.site).await? else { return Ok(()) };
        let mut letters = match event.missed_chat_status {
            MissedChatStatus::OfflineMessage => self.of_offline(envelope.site, event, &settings, &site).await?,
            _ => of_ended(event, &settings, &site),
        };
        let tx = self.0.db.begin().await?;
        if !Inbox::first(&tx, Self::NAME, envelope.id).await? {
            return Ok(());
        }
        for letter in &mut letters {
            letter.event = Some(envelope.id);
            letter.chat = event.chat_id.parse::<ChatId>().ok();
            self.0.put(&tx, envelope.site, letter).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn of_offline(&self, id: SiteId, event: &ChatEnded, settings: &EmailSettings, site: &SiteCard) -> Result<Vec<NewLetter>, StoreError> {
        let mut letters = Vec::new();
        if settings.offline_news {
            let to = self.readers(id, event.pre_chat_department_id, settings).await?;
            let (subject, sheet) = words::offline_news(event, staff_language(settings, site), &site.time_zone);
            letters.extend(to.into_iter().map(|to| NewLetter {
                list: Some("messages".into()),
                ..letter("offline", event, to, &subject, &sheet, Automatic::Generated)
            }));
        }
        if settings.offline_receipt
            && let Some(to) = visitor(event)
        {
            let (subject, sheet) = words::offline_receipt(event, visitor_language(event, site), &site.name);
            letters.push(letter("offline_receipt", event, to, &subject, &sheet, Automatic::Replied));
        }
        Ok(letters)
    }

    /// Those whom the settings name, or else the agents of the department, or of the default one.
    async fn readers(&self, site: SiteId, department: i64, settings: &EmailSettings) -> Result<Vec<Mailbox>, StoreError> {
        if !settings.offline_to.is_empty() {
            return Ok(settings.offline_to.iter().map(|email| Mailbox::new("", email)).collect());
        }
        let departments = self.0.office.departments(site).await?;
        let chosen = departments.iter().find(|one| one.id.0 == department).or_else(|| departments.iter().find(|one| one.is_default));
        let members: Vec<UserId> = chosen.map(|one| one.members.iter().take(50).copied().collect()).unwrap_or_default();
        let agents = self.0.office.agents(site, &members).await?;
        Ok(agents.into_iter().map(|agent| Mailbox::new(agent.name, agent.email)).collect())
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
        let (subject, sheet) = words::transcript(event, visitor_language(event, site), &site.name, &site.time_zone);
        letters.push(letter("transcript", event, to, &subject, &sheet, Automatic::Generated));
    }
    if event.visitor_message_num > 0 {
        let (subject, sheet) = words::transcript(event, staff_language(settings, site), &site.name, &site.time_zone);
        for copy in &settings.transcript_copies {
            let list = Some("transcripts".to_owned());
            letters.push(NewLetter { list, ..letter("transcript_copy", event, Mailbox::new("", copy), &subject, &sheet, Automatic::Generated) });
        }
    }
    letters
}

fn visitor(event: &ChatEnded) -> Option<Mailbox> {
    let email = words::email_of(event);
    is_address(email).then(|| Mailbox::new(event.pre_chat_name.as_str(), email))
}

fn visitor_language(event: &ChatEnded, site: &SiteCard) -> Lang {
    Lang::first(std::iter::once(event.visitor.language.as_str()).chain(site.languages.iter().map(String::as_str)))
}

fn staff_language(settings: &EmailSettings, site: &SiteCard) -> Lang {
    Lang::first(std::iter::once(settings.language.as_str()).chain(site.languages.iter().map(String::as_str)))
}

fn letter(reason: &str, event: &ChatEnded, to: Mailbox, subject: &str, sheet: &Sheet, automatic: Automatic) -> NewLetter {
    NewLetter {
        reason: reason.to_owned(),
        key: format!("{reason}:{}:{}", event.chat_id, to.email.to_lowercase()),
        to,
        subject: subject.to_owned(),
        text: sheet.text(),
        html: sheet.html(),
        automatic,
        ..NewLetter::default()
    }
}
