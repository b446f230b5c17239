//! What tickets hear: off-line messages, and chats that ended.

use super::model::{NewTicket, Requester, Source};
use super::store::Settings;
use super::{TicketError, TicketSettings, Tickets};
use crate::email::words::{Lang, answers, email_of, short, utterances};
use crate::email::is_address;
use crate::office::{Bearer, FileCard};
use base::{ChatId, DepartmentId, SiteId, UserId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use events::catalog::{ChatEnded, MissedChatStatus, OfflineMessage, RouteToType};
use events::{Consumer, Listener, Outcome};
use sockets::Envelope;

pub fn listeners(tickets: &Tickets) -> Vec<Listener> {
    vec![Listener::of(OfMessages(tickets.clone())), Listener::of(OfChats(tickets.clone()))]
}

impl Tickets {
    async fn wanted(&self, site: SiteId) -> Result<TicketSettings, TicketError> {
        Ok(Settings::find(self.db().read(), site).await?.map(|kept| kept.settings).unwrap_or_default())
    }

    async fn known_department(&self, site: SiteId, id: i64) -> Result<Option<DepartmentId>, TicketError> {
        let all = self.deps.office.departments(site).await?;
        Ok(all.iter().find(|one| one.id.0 == id).map(|one| one.id))
    }
}

/// What cannot be written to is no address to keep.
fn requester(name: &str, email: &str) -> Requester {
    let email = if is_address(email) { email } else { "" };
    Requester { name: short(name, 200), email: email.to_owned() }
}

struct OfMessages(Tickets);

#[async_trait::async_trait]
impl Consumer for OfMessages {
    const NAME: &'static str = "OfflineMessage.Submit.Ticket";
    type Event = OfflineMessage;

    async fn handle(&self, event: &OfflineMessage, envelope: &Envelope) -> Outcome {
        Outcome::of(self.open(event, envelope).await)
    }
}

impl OfMessages {
    async fn open(&self, event: &OfflineMessage, envelope: &Envelope) -> Result<(), TicketError> {
        if !self.0.wanted(envelope.site).await?.from_offline {
            return Ok(());
        }
        let department = match event.route_to_type {
            RouteToType::Department => self.0.known_department(envelope.site, event.route_to_id).await?,
            _ => None,
        };
        let lang = Lang::first([event.language.as_str()]);
        let subject = [event.title.as_str(), event.content.as_str()].into_iter().find(|text| !text.trim().is_empty());
        let subject = subject.map_or_else(|| lang.pick("离线留言", "Off-line message").to_owned(), |text| short(text, 120));
        let new = NewTicket {
            department,
            language: event.language.chars().take(35).collect(),
            chat: event.source_chat_id.parse::<ChatId>().ok(),
            uploads: self.file(event, envelope.site).await?,
            ..NewTicket::from(Source::Offline, subject, requester(&event.visitor_name, &event.visitor_email), words(event, lang))
        };
        self.0.open_once(envelope, Self::NAME, new).await.map(drop)
    }

    /// The file that was left: ours where we have it, else what stands in the event.
    async fn file(&self, event: &OfflineMessage, site: SiteId) -> Result<Vec<FileCard>, TicketError> {
        if let Ok(id) = event.attachment_uid.parse() {
            let found = self.0.deps.files.find(site, &[id]).await?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        let bytes = STANDARD.decode(event.attachment_content.trim()).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(Vec::new());
        }
        match self.0.deps.files.keep(site, Bearer::Outside, &event.attachment_name, None, bytes.into()).await {
            Ok(card) => Ok(vec![card]),
            Err(err) if base::Fault::kind(&err) == base::Kind::Unavailable => Err(err.into()),
            // What is of no kind that is taken is left out; the words still matter.
            Err(_) => Ok(Vec::new()),
        }
    }
}

/// The message, and below it how else the visitor can be reached and what he said of the matter.
fn words(event: &OfflineMessage, lang: Lang) -> String {
    let known = [
        (lang.pick("电话", "Phone"), event.visitor_phone.as_str()),
        (lang.pick("公司", "Company"), &event.visitor_company),
        (lang.pick("产品或服务", "Product or service"), &event.product_service),
        (lang.pick("页面", "Page"), &event.request_page_url),
    ];
    with_facts(&event.content, known.into_iter().chain(answers(&event.custom_fields)))
}

/// The transcript, and below it what the form says that no place of the ticket holds.
fn talk(event: &ChatEnded, lang: Lang) -> String {
    let known = [
        (lang.pick("电话", "Phone"), event.pre_chat_phone.as_str()),
        (lang.pick("公司", "Company"), &event.pre_chat_company),
        (lang.pick("产品或服务", "Product or service"), &event.pre_chat_product_service),
    ];
    with_facts(&event.content, known.into_iter().chain(answers(&event.custom_fields)))
}

fn with_facts<'a>(text: &str, facts: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let facts: Vec<String> = facts.filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}: {value}")).collect();
    if facts.is_empty() { text.to_owned() } else { format!("{}\n\n{}", text.trim_end(), facts.join("\n")).trim_start().to_owned() }
}

struct OfChats(Tickets);

#[async_trait::async_trait]
impl Consumer for OfChats {
    const NAME: &'static str = "Chat.Ended.Ticket";
    type Event = ChatEnded;

    async fn handle(&self, event: &ChatEnded, envelope: &Envelope) -> Outcome {
        // An off-line message stands among the chats too; it is heard of as such. Who said nothing wants nothing.
        if event.missed_chat_status == MissedChatStatus::OfflineMessage || event.visitor_message_num == 0 {
            return Outcome::Done;
        }
        Outcome::of(self.open(event, envelope).await)
    }
}

impl OfChats {
    async fn open(&self, event: &ChatEnded, envelope: &Envelope) -> Result<(), TicketError> {
        let site = envelope.site;
        if !self.0.wanted(site).await?.from_chats {
            return Ok(());
        }
        let last = event.agent_ids.last().map(|id| UserId(*id)).filter(|_| event.agent_message_num > 0);
        let assignee = match last {
            Some(id) => self.0.deps.office.agents(site, &[id]).await?.first().map(|agent| agent.id),
            None => None,
        };
        let lang = Lang::first([event.visitor.language.as_str()]);
        let first = utterances(&event.content).into_iter().map(|(_, _, said)| said).find(|said| !said.trim().is_empty());
        let subject = first.map_or_else(|| lang.pick("会话", "Chat").to_owned(), |said| short(&said, 120));
        let name = if event.pre_chat_name.is_empty() { &event.visitor.last_name } else { &event.pre_chat_name };
        let new = NewTicket {
            assignee,
            department: self.0.known_department(site, event.pre_chat_department_id).await?,
            language: event.visitor.language.chars().take(35).collect(),
            chat: event.chat_id.parse::<ChatId>().ok(),
            ..NewTicket::from(Source::Chat, subject, requester(name, email_of(event)), talk(event, lang))
        };
        self.0.open_once(envelope, Self::NAME, new).await.map(drop)
    }
}
