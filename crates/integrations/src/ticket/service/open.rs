//! Opening tickets: by the staff, by API, of chats and messages, of mail.

use super::hand::{Draft, Hand};
use super::{LONGEST_TEXT, Tickets, line_of, text_of};
use crate::email::is_address;
use crate::office::SiteCard;
use crate::ticket::TicketError;
use crate::ticket::letters::News;
use crate::ticket::model::{Author, EntryKind, NewTicket, Priority, Requester, Source, Status, Ticket, check_tags, tidy_tags};
use crate::ticket::sla::Clocks;
use crate::ticket::store::{Kept, Settings, Store};
use base::{Actor, Caller, DepartmentId, Invalid, SiteId, TicketId, Timestamp, UploadId, UserId};
use events::Inbox;
use sockets::{Envelope, Tx};

/// A ticket as the API asks for it.
#[derive(Clone, Debug)]
pub(in crate::ticket) struct Asked {
    pub subject: String,
    pub requester: Requester,
    pub text: String,
    pub priority: Option<Priority>,
    pub assignee: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub tags: Vec<String>,
    pub uploads: Vec<UploadId>,
    pub language: Option<String>,
    /// The first words are the staff's and go to the requester.
    pub by_staff: bool,
}

/// # Errors
/// Names the field.
pub(in crate::ticket) fn check_requester(requester: Requester) -> Result<Requester, Invalid> {
    let name = text_of("requester.name", &requester.name.split_whitespace().collect::<Vec<_>>().join(" "), 200)?;
    let email = requester.email.trim().to_owned();
    if !email.is_empty() && !is_address(&email) {
        return Err(Invalid::new("requester.email", "is not an e-mail address"));
    }
    Ok(Requester { name, email })
}

impl Tickets {
    pub(in crate::ticket) async fn create(&self, caller: &Caller, asked: Asked) -> Result<Ticket, TicketError> {
        let site = caller.site;
        check_tags(&asked.tags)?;
        if let Some(id) = asked.assignee {
            self.check_assignee(site, id).await?;
        }
        if let Some(id) = asked.department {
            self.check_department(site, id).await?;
        }
        let source = if matches!(caller.actor, Actor::User(_)) { Source::Agent } else { Source::Api };
        let author = self.author(caller).await?;
        let new = NewTicket {
            priority: asked.priority.unwrap_or(Priority::Normal),
            assignee: asked.assignee,
            department: asked.department,
            tags: tidy_tags(asked.tags),
            language: asked.language.unwrap_or_default().chars().take(35).collect(),
            uploads: self.files(site, &asked.uploads).await?,
            author: asked.by_staff.then(|| author.clone()),
            ..NewTicket::from(source, line_of("subject", &asked.subject, 300)?, check_requester(asked.requester)?, text_of("text", &asked.text, LONGEST_TEXT)?)
        };
        if new.text.is_empty() && new.uploads.is_empty() {
            return Err(Invalid::new("text", "is empty").into());
        }
        let staff = self.staff_of(site, new.assignee, new.department).await?;
        let about = self.site(site).await?;
        let tx = self.db().begin().await?;
        let kept = Settings::of(self.db(), &tx, site).await?;
        let mut hand = self.open(tx, kept, site, new).await?;
        let others: Vec<_> = staff.into_iter().filter(|agent| caller.user() != Some(agent.id)).collect();
        hand.tell(&others, &News::Opened, about.languages.first().map_or("", String::as_str)).await?;
        hand.done().await
    }

    pub(in crate::ticket) async fn site(&self, site: SiteId) -> Result<SiteCard, TicketError> {
        self.deps.office.site(site).await?.ok_or_else(|| TicketError::NoSuch(format!("site {site}")))
    }

    /// Writes a new ticket with its first words.
    pub(in crate::ticket) async fn open(&self, tx: Tx, kept: Kept, site: SiteId, new: NewTicket) -> Result<Hand, TicketError> {
        let now = tx.now();
        let by_staff = new.author.as_ref().is_some_and(|author| matches!(author, Author::Agent { .. } | Author::Api { .. }));
        let ticket = fresh(site, &new, by_staff, now);
        let author = new.author.unwrap_or_else(|| Author::Requester { name: new.requester.name.clone(), email: new.requester.email.clone() });
        let mut hand = self.begin(tx, kept, ticket, by_staff).await?;
        let draft = Draft { uploads: new.uploads, ..Draft::new(EntryKind::Public, author, new.text) };
        if by_staff { hand.reply(draft).await? } else { hand.write(draft).await? };
        Ok(hand)
    }

    /// Of an event comes one ticket: the event is heard once, and of its chat there is none yet. None: it was there before.
    pub(in crate::ticket) async fn open_once(&self, envelope: &Envelope, consumer: &str, new: NewTicket) -> Result<Option<Ticket>, TicketError> {
        let site = envelope.site;
        let staff = self.staff_of(site, new.assignee, new.department).await?;
        let about = self.site(site).await?;
        let tx = self.db().begin().await?;
        if !Inbox::first(&tx, consumer, envelope.id).await? {
            return Ok(None);
        }
        let kept = Settings::of(self.db(), &tx, site).await?;
        if let Some(chat) = new.chat {
            events::sql::queue_up(&tx.conn(), &format!("ticket of chat {chat}")).await?;
            if Store::by_chat(&tx.conn(), site, chat).await?.is_some() {
                tx.commit().await?;
                return Ok(None);
            }
        }
        let offline = new.source == Source::Offline;
        let mut hand = self.open(tx, kept, site, new).await?;
        let language = about.languages.first().cloned().unwrap_or_default();
        if offline {
            let theirs = if hand.ticket.language.is_empty() { language.clone() } else { hand.ticket.language.clone() };
            hand.acknowledge(&about.name, &theirs).await?;
        } else {
            hand.tell(&staff, &News::Opened, &language).await?;
        }
        hand.done().await.map(Some)
    }
}

fn fresh(site: SiteId, new: &NewTicket, by_staff: bool, now: Timestamp) -> Ticket {
    let status = if by_staff || new.assignee.is_some() { Status::Open } else { Status::New };
    Ticket {
        id: TicketId(0),
        site,
        number: 0,
        subject: new.subject.clone(),
        requester: new.requester.clone(),
        status,
        priority: new.priority,
        assignee: new.assignee,
        department: new.department,
        tags: new.tags.clone(),
        source: new.source,
        language: new.language.clone(),
        chat: new.chat,
        follows: new.follows,
        clocks: Clocks::default(),
        unread: !by_staff,
        last_seq: 0,
        created: now,
        updated: now,
        solved: None,
    }
}
