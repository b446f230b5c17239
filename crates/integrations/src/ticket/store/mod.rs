//! The tables of tickets, each look-up by site.

mod entries;
mod list;
mod mail;
mod settings;
mod views;

pub(super) use entries::Entries;
pub(super) use list::{Filter, List, Sort};
pub(super) use mail::Mails;
pub(super) use settings::{Kept, Settings};
pub(super) use views::{Macro, MacroActions, Saved, Views};

use super::model::{Requester, Status, Ticket};
use base::{ChatId, DepartmentId, SiteId, TicketId, Timestamp, UserId};
use events::sql::{Sql, get};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use sockets::{Db, StoreError, Tx};

pub(super) struct Store;

/// As it is searched: small letters.
pub(super) fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// A text anywhere in another, for `LIKE … ESCAPE '\'`; nothing is looked for when it is empty.
pub(super) fn within(text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    format!("%{}%", escape(text))
}

/// The signs of a pattern stand for themselves.
fn escape(text: &str) -> String {
    fold(text.trim()).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

fn folded(ticket: &Ticket) -> String {
    fold(&format!("#{} {} {} {}", ticket.number, ticket.subject, ticket.requester.name, ticket.requester.email))
}

/// `,one,two,`: a tag is found between commas.
fn tags(ticket: &Ticket) -> String {
    format!(",{},", ticket.tags.join(","))
}

impl Store {
    pub async fn insert(tx: &Tx, ticket: &Ticket) -> Result<TicketId, StoreError> {
        const INSERT: Sql = Sql::same(
            "INSERT INTO tickets (site, number, subject, folded, requester_name, requester_email, status, priority, assignee, department, tags,
               clocks, alarm_at, unread, last_seq, updated_at, solved_at, source, language, chat, follows, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) RETURNING id",
        );
        let mut values = changing(ticket);
        values.splice(0..0, [ticket.site.0.into(), ticket.number.into()]);
        values.extend([
            ticket.source.word().into(),
            ticket.language.as_str().into(),
            ticket.chat.map(|chat| chat.to_string()).into(),
            ticket.follows.into(),
            ticket.created.millis().into(),
        ]);
        let row = INSERT.one(&tx.conn(), values).await?;
        row.map_or_else(|| Err(StoreError::Unreadable("the new ticket has no id".into())), |row| get(&row, "id").map(TicketId))
    }

    pub async fn save(tx: &Tx, ticket: &Ticket) -> Result<(), StoreError> {
        const SAVE: Sql = Sql::same(
            "UPDATE tickets SET subject = $3, folded = $4, requester_name = $5, requester_email = $6, status = $7, priority = $8, assignee = $9,
               department = $10, tags = $11, clocks = $12, alarm_at = $13, unread = $14, last_seq = $15, updated_at = $16, solved_at = $17
             WHERE site = $1 AND id = $2",
        );
        let mut values = changing(ticket);
        values.splice(0..0, [ticket.site.0.into(), ticket.id.0.into()]);
        SAVE.run(&tx.conn(), values).await?;
        Ok(())
    }

    pub async fn find<C: ConnectionTrait>(conn: &C, site: SiteId, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        const FIND: Sql = Sql::same("SELECT * FROM tickets WHERE site = $1 AND id = $2");
        FIND.one(conn, vec![site.0.into(), id.0.into()]).await?.map(|row| read(&row)).transpose()
    }

    pub async fn by_number<C: ConnectionTrait>(conn: &C, site: SiteId, number: i64) -> Result<Option<Ticket>, StoreError> {
        const FIND: Sql = Sql::same("SELECT * FROM tickets WHERE site = $1 AND number = $2");
        FIND.one(conn, vec![site.0.into(), number.into()]).await?.map(|row| read(&row)).transpose()
    }

    pub async fn by_chat<C: ConnectionTrait>(conn: &C, site: SiteId, chat: ChatId) -> Result<Option<Ticket>, StoreError> {
        const FIND: Sql = Sql::same("SELECT * FROM tickets WHERE site = $1 AND chat = $2");
        FIND.one(conn, vec![site.0.into(), chat.to_string().into()]).await?.map(|row| read(&row)).transpose()
    }

    /// Whose clocks have run out, of all sites.
    pub async fn alarmed(db: &Db, now: Timestamp) -> Result<Vec<(SiteId, TicketId)>, StoreError> {
        const ALARMED: Sql = Sql::same("SELECT site, id FROM tickets WHERE alarm_at <= $1 ORDER BY alarm_at LIMIT 500");
        keys(&ALARMED.all(db.read(), vec![now.millis().into()]).await?)
    }

    /// Those of a site that were solved before that.
    pub async fn long_solved(db: &Db, site: SiteId, before: Timestamp) -> Result<Vec<(SiteId, TicketId)>, StoreError> {
        const SOLVED: Sql =
            Sql::same("SELECT site, id FROM tickets WHERE site = $1 AND status = 'solved' AND solved_at <= $2 ORDER BY solved_at LIMIT 500");
        keys(&SOLVED.all(db.read(), vec![site.0.into(), before.millis().into()]).await?)
    }
}

fn keys(rows: &[QueryResult]) -> Result<Vec<(SiteId, TicketId)>, StoreError> {
    rows.iter().map(|row| Ok((SiteId(get(row, "site")?), TicketId(get(row, "id")?)))).collect()
}

/// The columns that change, in the order of both statements.
fn changing(ticket: &Ticket) -> Vec<Value> {
    vec![
        ticket.subject.as_str().into(),
        folded(ticket).into(),
        ticket.requester.name.as_str().into(),
        ticket.requester.email.as_str().into(),
        ticket.status.word().into(),
        (ticket.priority as i64).into(),
        ticket.assignee.map(|id| id.0).into(),
        ticket.department.map(|id| id.0).into(),
        tags(ticket).into(),
        serde_json::to_string(&ticket.clocks).expect("clocks are plain JSON").into(),
        ticket.clocks.alarm().map(Timestamp::millis).into(),
        ticket.unread.into(),
        ticket.last_seq.into(),
        ticket.updated.millis().into(),
        ticket.solved.map(Timestamp::millis).into(),
    ]
}

fn word<T: std::str::FromStr>(row: &QueryResult, column: &str) -> Result<T, StoreError> {
    get::<String>(row, column)?.parse().map_err(|_| StoreError::Unreadable(format!("{column} of a ticket")))
}

fn json<T: serde::de::DeserializeOwned>(row: &QueryResult, column: &str) -> Result<T, StoreError> {
    let text: String = get(row, column)?;
    serde_json::from_str(&text).map_err(|err| StoreError::Unreadable(format!("{column}: {err}")))
}

fn time(row: &QueryResult, column: &str) -> Result<Timestamp, StoreError> {
    get(row, column).map(Timestamp::from_millis)
}

fn read(row: &QueryResult) -> Result<Ticket, StoreError> {
    let priority: i64 = get(row, "priority")?;
    let priority = usize::try_from(priority).ok().and_then(|rank| super::Priority::ALL.get(rank).copied());
    let tags: String = get(row, "tags")?;
    let chat: Option<String> = get(row, "chat")?;
    Ok(Ticket {
        id: TicketId(get(row, "id")?),
        site: SiteId(get(row, "site")?),
        number: get(row, "number")?,
        subject: get(row, "subject")?,
        requester: Requester { name: get(row, "requester_name")?, email: get(row, "requester_email")? },
        status: word::<Status>(row, "status")?,
        priority: priority.ok_or_else(|| StoreError::Unreadable("priority of a ticket".into()))?,
        assignee: get::<Option<i64>>(row, "assignee")?.map(UserId),
        department: get::<Option<i64>>(row, "department")?.map(DepartmentId),
        tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
        source: word(row, "source")?,
        language: get(row, "language")?,
        chat: chat.map(|chat| chat.parse().map_err(|_| StoreError::Unreadable("chat of a ticket".into()))).transpose()?,
        follows: get(row, "follows")?,
        clocks: json(row, "clocks")?,
        unread: get(row, "unread")?,
        last_seq: get(row, "last_seq")?,
        created: time(row, "created_at")?,
        updated: time(row, "updated_at")?,
        solved: get::<Option<i64>>(row, "solved_at")?.map(Timestamp::from_millis),
    })
}
