use super::{fold, json, time, word};
use crate::ticket::model::Entry;
use base::{MessageId, SiteId, TicketId};
use events::sql::{Sql, get};
use sea_orm::QueryResult;
use sockets::{Db, StoreError, Tx};
use uuid::Uuid;

/// The conversations.
pub(in crate::ticket) struct Entries;

/// So much of an entry is searched.
const SEARCHED: usize = 20_000;

impl Entries {
    pub async fn insert(tx: &Tx, site: SiteId, ticket: TicketId, entry: &Entry) -> Result<(), StoreError> {
        const INSERT: Sql = Sql::same(
            "INSERT INTO ticket_entries (ticket, seq, id, site, kind, author, text, folded, uploads, changes, client_id, letter, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        );
        let written = |value: serde_json::Result<String>| value.expect("entries are plain JSON");
        let searched: String = fold(&entry.text).chars().take(SEARCHED).collect();
        let values = vec![
            ticket.0.into(),
            entry.seq.into(),
            entry.id.0.into(),
            site.0.into(),
            entry.kind.word().into(),
            written(serde_json::to_string(&entry.author)).into(),
            entry.text.as_str().into(),
            searched.into(),
            written(serde_json::to_string(&entry.uploads)).into(),
            written(serde_json::to_string(&entry.changes)).into(),
            entry.client_id.map(|id| id.to_string()).into(),
            entry.letter.into(),
            entry.at.millis().into(),
        ];
        INSERT.run(&tx.conn(), values).await?;
        Ok(())
    }

    /// Ascending.
    pub async fn after(db: &Db, site: SiteId, ticket: TicketId, seq: i64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        const AFTER: Sql = Sql::same("SELECT * FROM ticket_entries WHERE site = $1 AND ticket = $2 AND seq > $3 ORDER BY seq LIMIT $4");
        let values = vec![site.0.into(), ticket.0.into(), seq.into(), i64::from(limit).into()];
        AFTER.all(db.read(), values).await?.iter().map(read).collect()
    }

    /// The entry that this very request made before.
    pub async fn by_client(tx: &Tx, site: SiteId, ticket: TicketId, client: Uuid) -> Result<Option<Entry>, StoreError> {
        const BY_CLIENT: Sql = Sql::same("SELECT * FROM ticket_entries WHERE site = $1 AND ticket = $2 AND client_id = $3");
        let values = vec![site.0.into(), ticket.0.into(), client.to_string().into()];
        BY_CLIENT.one(&tx.conn(), values).await?.map(|row| read(&row)).transpose()
    }
}

fn read(row: &QueryResult) -> Result<Entry, StoreError> {
    let client: Option<String> = get(row, "client_id")?;
    Ok(Entry {
        seq: get(row, "seq")?,
        id: MessageId(get(row, "id")?),
        kind: word(row, "kind")?,
        author: json(row, "author")?,
        text: get(row, "text")?,
        uploads: json(row, "uploads")?,
        changes: json(row, "changes")?,
        client_id: client.and_then(|id| id.parse().ok()),
        letter: get(row, "letter")?,
        at: time(row, "at")?,
    })
}
