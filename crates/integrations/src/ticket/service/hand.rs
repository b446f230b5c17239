//! One ticket in one transaction: held, changed, written to, saved; what is told follows from what was done.

use super::Tickets;
use crate::email::{Emails, NewLetter, Put};
use crate::office::{AgentCard, FileCard};
use crate::ticket::letters;
use crate::ticket::model::{Author, Change, Entry, EntryKind, Rules, Ticket};
use crate::ticket::sla::Calendar;
use crate::ticket::store::{Entries, Kept, Mails, Settings, Store};
use crate::ticket::{TicketError, TicketSettings};
use base::{SiteId, TicketId, Timestamp};
use events::sql::queue_up;
use sockets::Tx;
use uuid::Uuid;

pub(in crate::ticket) struct Hand {
    pub tx: Tx,
    pub ticket: Ticket,
    pub kept: Kept,
    calendar: Calendar,
    tickets: Tickets,
}

/// A line of the conversation before it has its place.
#[derive(Clone, Debug)]
pub(in crate::ticket) struct Draft {
    pub kind: EntryKind,
    pub author: Author,
    pub text: String,
    pub uploads: Vec<FileCard>,
    pub changes: Vec<Change>,
    pub client_id: Option<Uuid>,
}

impl Draft {
    pub fn new(kind: EntryKind, author: Author, text: impl Into<String>) -> Self {
        Self { kind, author, text: text.into(), uploads: Vec::new(), changes: Vec::new(), client_id: None }
    }
}

/// The site's settings; what was kept and cannot be read as hours any more is no hours.
fn calendar(settings: &TicketSettings) -> Calendar {
    settings.business_hours.calendar().unwrap_or_else(|_| Calendar::always())
}

impl Tickets {
    /// Holds a ticket: nobody else changes it until the hand is let go.
    pub(in crate::ticket) async fn hold(&self, site: SiteId, id: TicketId) -> Result<Hand, TicketError> {
        let tx = self.db().begin().await?;
        let kept = Settings::of(self.db(), &tx, site).await?;
        self.hold_in(tx, kept, site, id).await
    }

    /// The same in a transaction that is under way.
    pub(in crate::ticket) async fn hold_in(&self, tx: Tx, kept: Kept, site: SiteId, id: TicketId) -> Result<Hand, TicketError> {
        queue_up(&tx.conn(), &format!("ticket {id}")).await?;
        let ticket = Store::find(&tx.conn(), site, id).await?.ok_or(TicketError::Missing(id))?;
        Ok(Hand { calendar: calendar(&kept.settings), tx, ticket, kept, tickets: self.clone() })
    }

    /// Takes a new ticket into a hand, and gives it its number.
    pub(in crate::ticket) async fn begin(&self, tx: Tx, kept: Kept, mut ticket: Ticket, answered: bool) -> Result<Hand, TicketError> {
        ticket.number = Settings::next_number(&tx, ticket.site).await?;
        let calendar = calendar(&kept.settings);
        let settings = kept.settings.clone();
        let targets = |priority| settings.targets(priority);
        ticket.begin(&Rules { calendar: &calendar, targets: &targets }, answered);
        ticket.id = Store::insert(&tx, &ticket).await?;
        Ok(Hand { calendar, tx, ticket, kept, tickets: self.clone() })
    }
}

impl Hand {
    pub fn now(&self) -> Timestamp {
        self.tx.now()
    }

    fn emails(&self) -> &Emails {
        &self.tickets.deps.emails
    }

    /// Changes the ticket by its own rules.
    pub fn change<T>(&mut self, change: impl FnOnce(&mut Ticket, Timestamp, &Rules<'_>) -> Result<T, TicketError>) -> Result<T, TicketError> {
        let now = self.tx.now();
        let settings = &self.kept.settings;
        let targets = |priority| settings.targets(priority);
        change(&mut self.ticket, now, &Rules { calendar: &self.calendar, targets: &targets })
    }

    fn next(&mut self, draft: Draft) -> Entry {
        self.ticket.last_seq += 1;
        self.ticket.updated = self.tx.now();
        Entry {
            seq: self.ticket.last_seq,
            id: self.tickets.db().minter().message(),
            kind: draft.kind,
            author: draft.author,
            text: draft.text,
            uploads: draft.uploads,
            changes: draft.changes,
            client_id: draft.client_id,
            letter: None,
            at: self.tx.now(),
        }
    }

    async fn keep(&mut self, entry: Entry) -> Result<Entry, TicketError> {
        Entries::insert(&self.tx, self.ticket.site, self.ticket.id, &entry).await?;
        Ok(entry)
    }

    pub async fn write(&mut self, draft: Draft) -> Result<Entry, TicketError> {
        let entry = self.next(draft);
        self.keep(entry).await
    }

    /// The audit: what changed, by whom. Nothing when nothing did.
    pub async fn note_changes(&mut self, author: &Author, changes: Vec<Change>) -> Result<(), TicketError> {
        if changes.is_empty() {
            return Ok(());
        }
        let draft = Draft { changes, ..Draft::new(EntryKind::Change, author.clone(), "") };
        self.write(draft).await.map(drop)
    }

    /// A public reply of the staff, which goes to the requester by mail.
    pub async fn reply(&mut self, draft: Draft) -> Result<Entry, TicketError> {
        let mut entry = self.next(draft);
        if !self.ticket.requester.email.is_empty() {
            let heard = Mails::of_ticket(&self.tx, self.ticket.site, self.ticket.id).await?;
            let letter = letters::reply(&self.ticket, &entry, &self.kept, heard);
            entry.letter = self.put(&letter).await?;
        }
        self.keep(entry).await
    }

    /// Tells the requester that the ticket is there.
    pub async fn acknowledge(&mut self, site_name: &str, language: &str) -> Result<(), TicketError> {
        if !self.kept.settings.acknowledge || self.ticket.requester.email.is_empty() {
            return Ok(());
        }
        let heard = Mails::of_ticket(&self.tx, self.ticket.site, self.ticket.id).await?;
        let letter = letters::receipt(&self.ticket, &self.kept, site_name, language, heard);
        self.put(&letter).await.map(drop)
    }

    /// Tells the staff what is new.
    pub async fn tell(&mut self, staff: &[AgentCard], news: &letters::News, language: &str) -> Result<(), TicketError> {
        if !self.kept.settings.staff_news {
            return Ok(());
        }
        for agent in staff {
            let letter = letters::news(&self.ticket, agent, news, language, &self.tickets.deps.public_url);
            self.put(&letter).await?;
        }
        Ok(())
    }

    async fn put(&self, letter: &NewLetter) -> Result<Option<i64>, TicketError> {
        Ok(match self.emails().put(&self.tx, self.ticket.site, letter).await? {
            Put::Written(id) | Put::Held(id) => Some(id),
            Put::Before | Put::Off => None,
        })
    }

    /// Saves the ticket and lets it go.
    pub async fn done(self) -> Result<Ticket, TicketError> {
        Store::save(&self.tx, &self.ticket).await?;
        self.tx.commit().await?;
        Ok(self.ticket)
    }
}
