//! The words of chats: kept when a chat is over, so that the search need not read it.
//!
//! What a search compares is read here too: names, messages, names of files, the visitor's comment.

use super::{rows, tables::chat};
use crate::chat::entry::UploadView;
use crate::chat::model::Chat;
use crate::chat::words;
use events::sql::{Sql, batch, get};
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sockets::{StoreError, Tx};
use std::collections::{BTreeSet, HashMap};

/// Different words of one chat at most: a thick book has fewer.
const MOST_WORDS: usize = 30_000;
/// Entries of each chat that are read at once.
const PART: i64 = 100;

/// Reads what stands in these chats, part after part. `hear` is given the place of the chat among them and a text, and says whether it
/// has heard enough of it.
pub async fn read<C: ConnectionTrait>(conn: &C, chats: &[&Chat], mut hear: impl FnMut(usize, &str) -> bool + Send) -> Result<(), StoreError> {
    const READ: Sql = Sql::per_engine(
        "SELECT e.chat, e.text, e.upload FROM json_each($1) AS n CROSS JOIN chat_entry e \
         WHERE e.chat = n.value AND e.seq > $2 AND e.seq <= $3",
        "SELECT e.chat, e.text, e.upload FROM json_array_elements_text($1::json) AS n(value) CROSS JOIN chat_entry e \
         WHERE e.chat = n.value::bigint AND e.seq > $2 AND e.seq <= $3",
    );
    let mut open: HashMap<i64, usize> = HashMap::new();
    for (at, chat) in chats.iter().enumerate() {
        if !beside(chat).any(|text| hear(at, text)) {
            open.insert(chat.number, at);
        }
    }
    let mut from = 0;
    loop {
        open.retain(|_, at| chats[*at].last_seq > from);
        if open.is_empty() {
            return Ok(());
        }
        let numbers: Vec<_> = open.keys().copied().collect();
        for row in READ.all(conn, vec![batch(&numbers), from.into(), (from + PART).into()]).await? {
            let chat: i64 = get(&row, "chat")?;
            let (text, upload): (Option<String>, Option<String>) = (get(&row, "text")?, get(&row, "upload")?);
            let file = upload.and_then(|file| serde_json::from_str::<UploadView>(&file).ok()).map(|file| file.name);
            let mut texts = text.iter().chain(&file);
            if open.get(&chat).is_some_and(|at| texts.any(|text| hear(*at, text))) {
                open.remove(&chat);
            }
        }
        from += PART;
    }
}

/// What the search reads of a chat besides its entries.
fn beside(chat: &Chat) -> impl Iterator<Item = &str> {
    let seen = &chat.snapshot;
    let comment = chat.rating.as_ref().and_then(|rating| rating.comment.as_ref());
    [seen.name.as_ref(), seen.email.as_ref(), seen.phone.as_ref(), comment].into_iter().flatten().map(String::as_str)
}

/// Chats that are over and whose words are not kept as they stand, newest first.
pub async fn unindexed<C: ConnectionTrait>(conn: &C, most: u64) -> Result<Vec<Chat>, StoreError> {
    let due = chat::Entity::find()
        // Written out, not bound: only so does the planner see that the partial index serves.
        .filter(Expr::cust("NOT indexed"))
        .filter(Expr::cust("status IN ('ended', 'offline')"))
        .order_by_desc(chat::COLUMN.number)
        .limit(most);
    due.all(conn).await?.into_iter().map(rows::chat).collect()
}

/// The words of these chats: site, word, chat, in the order of the key.
pub async fn of<C: ConnectionTrait>(conn: &C, chats: &[Chat]) -> Result<Vec<(i64, String, i64)>, StoreError> {
    let mut found = vec![BTreeSet::new(); chats.len()];
    let those: Vec<_> = chats.iter().collect();
    let hear = |at: usize, text: &str| {
        words::collect(text, &mut found[at]);
        found[at].len() >= MOST_WORDS
    };
    read(conn, &those, hear).await?;
    let all = chats.iter().zip(found).flat_map(|(chat, words)| words.into_iter().map(|word| (chat.site.0, word, chat.number)));
    let mut all: Vec<_> = all.collect();
    all.sort_unstable();
    Ok(all)
}

/// Keeps words; those that are kept already do no harm.
pub async fn keep(tx: &Tx, words: &[(i64, String, i64)]) -> Result<(), StoreError> {
    const KEEP: Sql = Sql::per_engine(
        "INSERT OR IGNORE INTO chat_word (site, word, chat) SELECT w.value->>0, w.value->>1, w.value->>2 FROM json_each($1) AS w",
        "INSERT INTO chat_word (site, word, chat) SELECT (w.value->>0)::bigint, w.value->>1, (w.value->>2)::bigint \
         FROM json_array_elements($1::json) AS w(value) ON CONFLICT DO NOTHING",
    );
    KEEP.run(&tx.conn(), vec![batch(words)]).await?;
    Ok(())
}

/// The words of these chats are kept, unless something was added since they were read.
pub async fn note_indexed(tx: &Tx, chats: &[Chat]) -> Result<(), StoreError> {
    const NOTE: Sql = Sql::per_engine(
        "UPDATE chat SET indexed = TRUE FROM json_each($1) AS d \
         WHERE chat.number = CAST(d.value->>0 AS INTEGER) AND chat.last_seq = CAST(d.value->>1 AS INTEGER)",
        "UPDATE chat SET indexed = TRUE FROM json_array_elements($1::json) AS d(value) \
         WHERE chat.number = (d.value->>0)::bigint AND chat.last_seq = (d.value->>1)::bigint",
    );
    let read: Vec<_> = chats.iter().map(|chat| (chat.number, chat.last_seq)).collect();
    NOTE.run(&tx.conn(), vec![batch(&read)]).await?;
    Ok(())
}
