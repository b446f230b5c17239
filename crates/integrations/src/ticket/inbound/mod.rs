//! Mail that comes in: read, threaded by its signed reference, kept before it is acknowledged.
//!
//! Two ways lead here: our own small SMTP listener ([`MailDoor`]) and an HTTP hook for raw messages ([`hook_routes`]). Both are
//! answered only after the commit. A message that came before is taken and changes nothing.

mod bounce;
mod hook;
mod read;
pub(in crate::ticket) mod reference;
mod smtp;
mod trim;

pub use hook::hook_routes;
pub use smtp::{MailDoor, MailDoorOptions, certificate};

use super::letters::News;
use super::model::{Author, EntryKind, NewTicket, Requester, Source, Status, Ticket};
use super::service::{Draft, Hand};
use super::store::{Mails, Settings, Store};
use super::{TicketError, Tickets};
use crate::email::{is_address, same_mailbox};
use crate::office::{Bearer, FileCard};
use base::{Fault, Kind, SiteId, TicketId};
use read::{Letter, Sender, read};
use std::time::Duration;
use thiserror::Error;

/// Messages from one address in an hour.
const FLOOD: i64 = 60;

/// Why a message is not taken for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NoSuchMailbox,
    NotAMessage,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoSuchMailbox => "nobody receives at this address",
            Self::NotAMessage => "this is no message with a sender",
        })
    }
}

#[derive(Debug, Error)]
pub enum InboundError {
    #[error("{0}")]
    Refused(Refusal),
    #[error("too many messages from this address; try again later")]
    TooMany,
    #[error(transparent)]
    Ticket(#[from] TicketError),
}

impl Fault for InboundError {
    fn kind(&self) -> Kind {
        match self {
            Self::Refused(Refusal::NoSuchMailbox) => Kind::Missing,
            Self::Refused(Refusal::NotAMessage) => Kind::Invalid,
            Self::TooMany => Kind::TooMany,
            Self::Ticket(err) => err.kind(),
        }
    }
}

impl From<sockets::StoreError> for InboundError {
    fn from(err: sockets::StoreError) -> Self {
        Self::Ticket(err.into())
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    Opened(TicketId),
    Answered(TicketId),
    /// Noted in the ticket: a machine's words.
    Noted(TicketId),
    /// It came before, or is a machine's that concerns no ticket.
    Ignored,
}

/// Takes mail in for all sites; cheap to clone.
#[derive(Clone)]
pub struct Inbound {
    tickets: Tickets,
}

impl Inbound {
    pub fn new(tickets: Tickets) -> Self {
        Self { tickets }
    }

    /// Whose mailbox it is; none when it is nobody's.
    pub async fn site_of(&self, address: &str) -> Result<Option<SiteId>, InboundError> {
        Ok(self.tickets.deps.emails.site_of(address).await?)
    }

    /// Takes a message for one site. `to` are the addresses of that site that it was sent to, as the envelope has them; without an
    /// envelope those in its headers are looked through.
    pub async fn receive(&self, site: SiteId, envelope: Option<(&str, &[String])>, raw: &[u8]) -> Result<Received, InboundError> {
        let letter = read(raw, envelope.map(|(from, _)| from)).filter(|letter| is_address(&letter.from));
        let letter = letter.ok_or(InboundError::Refused(Refusal::NotAMessage))?;
        let to = envelope.map_or_else(|| letter.to.clone(), |(_, to)| to.to_vec());
        // Our own words that came back would be answered for ever.
        if self.tickets.deps.emails.is_own(site, &letter.from).await? {
            return Ok(Received::Ignored);
        }
        let person = letter.sender.is_person();
        let uploads = if person { self.keep_files(site, &letter).await } else { Vec::new() };
        let about = self.tickets.site(site).await?;
        let language = about.languages.first().cloned().unwrap_or_default();
        let db = self.tickets.db();
        let tx = db.begin().await?;
        let kept = Settings::of(db, &tx, site).await?;
        let sender = letter.from.to_lowercase();
        if Mails::count_since(&tx, site, &sender, tx.now().minus(Duration::from_secs(3600))).await? >= FLOOD {
            return Err(InboundError::TooMany);
        }
        if !Mails::first(&tx, site, &letter.id, &sender).await? {
            return Ok(Received::Ignored);
        }
        let back = letter.bounced.as_ref();
        if let Some(back) = back.filter(|back| back.for_good && letter.sender == Sender::Bounce) {
            self.tickets.deps.emails.came_back(&tx, site, &back.message_id, &back.why).await?;
        }
        let number = to.iter().find_map(|to| reference::in_address(to, site, &kept.secret));
        let ids = back.iter().map(|back| &back.message_id).chain(&letter.answers);
        let number = number.or_else(|| ids.into_iter().find_map(|id| reference::in_message_id(id, site, &kept.secret)));
        let found = match number {
            Some(number) => Store::by_number(&tx.conn(), site, number).await?,
            None => None,
        };
        let open = found.as_ref().filter(|ticket| ticket.status != Status::Closed || !person);
        let Some(known) = open else {
            if !person {
                tx.commit().await?;
                return Ok(Received::Ignored);
            }
            let new = new_ticket(&letter, uploads, found.as_ref());
            let mut hand = self.tickets.open(tx, kept, site, new).await?;
            Mails::belongs(&hand.tx, site, &letter.id, hand.ticket.id).await?;
            // A receipt to a list would come to everybody on it.
            if letter.sender == Sender::Person {
                let theirs = if hand.ticket.language.is_empty() { language.clone() } else { hand.ticket.language.clone() };
                hand.acknowledge(&about.name, &theirs).await?;
            }
            let staff = self.tickets.staff_of(site, hand.ticket.assignee, hand.ticket.department).await?;
            hand.tell(&staff, &News::Opened, &language).await?;
            return Ok(Received::Opened(hand.done().await?.id));
        };
        Mails::belongs(&tx, site, &letter.id, known.id).await?;
        let (id, assignee, department) = (known.id, known.assignee, known.department);
        let staff = self.tickets.staff_of(site, assignee, department).await?;
        let mut hand = self.tickets.hold_in(tx, kept, site, id).await?;
        let received = self.thread(&mut hand, &letter, uploads, &staff, &language).await?;
        hand.done().await?;
        Ok(received)
    }

    async fn thread(
        &self,
        hand: &mut Hand,
        letter: &Letter,
        uploads: Vec<FileCard>,
        staff: &[crate::office::AgentCard],
        language: &str,
    ) -> Result<Received, TicketError> {
        let (name, email) = (letter.from_name.clone(), letter.from.clone());
        if !letter.sender.is_person() {
            let author = if letter.sender == Sender::Bounce { Author::System } else { Author::Other { name, email } };
            let text = format!("{}\n{}", letter.subject, letter.text);
            let entry = hand.write(Draft::new(EntryKind::System, author, text.trim())).await?;
            if letter.sender == Sender::Bounce && letter.bounced.as_ref().is_none_or(|back| back.for_good) {
                // The requester never read the answer: somebody has to see to it.
                hand.ticket.unread = true;
                hand.tell(staff, &News::CameBack(entry.seq, entry.text), language).await?;
            }
            return Ok(Received::Noted(hand.ticket.id));
        }
        let author = if same_mailbox(&email, &hand.ticket.requester.email) { Author::Requester { name, email } } else { Author::Other { name, email } };
        let changes = hand.change(|ticket, now, rules| ticket.requester_spoke(now, rules))?;
        let draft = Draft { uploads, ..Draft::new(EntryKind::Public, author, letter.text.as_str()) };
        let entry = hand.write(draft).await?;
        hand.note_changes(&Author::System, changes).await?;
        hand.tell(staff, &News::Answered(entry.seq, entry.text), language).await?;
        Ok(Received::Answered(hand.ticket.id))
    }

    /// What cannot be taken (too large, of a kind that is not) is left out; the words still matter.
    async fn keep_files(&self, site: SiteId, letter: &Letter) -> Vec<FileCard> {
        let mut kept = Vec::new();
        for file in &letter.files {
            let bytes = bytes::Bytes::copy_from_slice(&file.bytes);
            match self.tickets.deps.files.keep(site, Bearer::Outside, &file.name, file.media_type.as_deref(), bytes).await {
                Ok(card) => kept.push(card),
                Err(err) => tracing::info!(%site, error = %err, "a file of a message was left out"),
            }
        }
        kept
    }
}

/// What answers a closed ticket goes on in a new one.
fn new_ticket(letter: &Letter, uploads: Vec<FileCard>, before: Option<&Ticket>) -> NewTicket {
    let requester = Requester { name: letter.from_name.clone(), email: letter.from.clone() };
    let subject = if letter.subject.is_empty() { letter.text.lines().next().unwrap_or_default().chars().take(100).collect() } else { letter.subject.clone() };
    let subject = if subject.trim().is_empty() { format!("({})", letter.from) } else { subject };
    NewTicket {
        uploads,
        follows: before.map(|ticket| ticket.number),
        department: before.and_then(|ticket| ticket.department),
        language: if letter.language.is_empty() { before.map(|ticket| ticket.language.clone()).unwrap_or_default() } else { letter.language.clone() },
        ..NewTicket::from(Source::Email, subject, requester, letter.text.as_str())
    }
}
