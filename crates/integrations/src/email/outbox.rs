//! The tables of e-mail: letters, and addresses that are ours.

use super::{Letter, LetterState, NewLetter};
use base::{Page, PageRequest, SiteId, Timestamp};
use events::sql::{Sql, batch, get, in_chunks};
use sea_orm::{ConnectionTrait, QueryResult};
use sockets::{Db, StoreError, Tx};

pub(super) struct Outbox;

/// Automatic letters to one address in an hour; what is more is taken for a loop.
pub(super) const FLOOD: i64 = 30;

impl Outbox {
    /// None when one of the same key was written before.
    pub async fn insert(tx: &Tx, site: SiteId, message_id: &str, letter: &NewLetter, held: Option<&str>) -> Result<Option<i64>, StoreError> {
        const INSERT: Sql = Sql::same(
            "INSERT INTO email_letters (site, reason, once_key, message_id, recipient, automatic, body, event, chat, ticket, state, trouble, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (site, once_key) DO NOTHING RETURNING id",
        );
        let state = if held.is_some() { LetterState::Held } else { LetterState::Pending };
        let values = vec![
            site.0.into(),
            letter.reason.as_str().into(),
            letter.key.as_str().into(),
            message_id.into(),
            letter.to.email.to_lowercase().into(),
            (letter.automatic != super::Automatic::No).into(),
            serde_json::to_string(letter).expect("a letter is plain JSON").into(),
            letter.event.map(|id| id.to_string()).into(),
            letter.chat.map(|id| id.to_string()).into(),
            letter.ticket.into(),
            state.to_string().into(),
            held.map(str::to_owned).into(),
            tx.now().millis().into(),
        ];
        INSERT.one(&tx.conn(), values).await?.map(|row| get(&row, "id")).transpose()
    }

    /// Automatic letters to this address since then.
    pub async fn count_since(tx: &Tx, site: SiteId, to: &str, since: Timestamp) -> Result<i64, StoreError> {
        const COUNT: Sql =
            Sql::same("SELECT COUNT(*) AS n FROM email_letters WHERE site = $1 AND recipient = $2 AND created_at > $3 AND automatic");
        let row = COUNT.one(&tx.conn(), vec![site.0.into(), to.to_lowercase().into(), since.millis().into()]).await?;
        row.map_or(Ok(0), |row| get(&row, "n"))
    }

    pub async fn find(db: &Db, id: i64) -> Result<Option<Letter>, StoreError> {
        const FIND: Sql = Sql::same("SELECT * FROM email_letters WHERE id = $1");
        FIND.one(db.read(), vec![id.into()]).await?.map(|row| read(&row)).transpose()
    }

    /// Newest first.
    pub async fn list(db: &Db, site: SiteId, page: &PageRequest) -> Result<Page<Letter>, StoreError> {
        const LIST: Sql = Sql::same("SELECT * FROM email_letters WHERE site = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
        let before = page.after.as_deref().and_then(|cursor| cursor.parse::<i64>().ok()).unwrap_or(i64::MAX);
        let rows = LIST.all(db.read(), vec![site.0.into(), before.into(), (i64::from(page.limit) + 1).into()]).await?;
        let letters = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(letters, page.limit, |letter| letter.id.to_string()))
    }

    pub async fn states(db: &Db, site: SiteId, ids: &[i64]) -> Result<Vec<(i64, LetterState, Option<String>)>, StoreError> {
        const STATES: Sql = Sql::per_engine(
            "SELECT id, state, trouble FROM email_letters WHERE site = $1 AND id IN (SELECT value FROM json_each($2))",
            "SELECT id, state, trouble FROM email_letters WHERE site = $1 AND id IN (SELECT value::bigint FROM json_array_elements_text($2::json))",
        );
        let rows = STATES.all(db.read(), vec![site.0.into(), batch(ids)]).await?;
        rows.iter().map(|row| Ok((get(row, "id")?, state(row)?, get(row, "trouble")?))).collect()
    }

    /// Notes how a try went. Only what is still pending changes.
    pub async fn note(tx: &Tx, id: i64, state: LetterState, trouble: Option<&str>) -> Result<(), StoreError> {
        const NOTE: Sql = Sql::same(
            "UPDATE email_letters SET state = $2, trouble = $3, attempts = attempts + 1, done_at = $4 WHERE id = $1 AND state = 'pending'",
        );
        let done = (state != LetterState::Pending).then(|| tx.now().millis());
        NOTE.run(&tx.conn(), vec![id.into(), state.to_string().into(), trouble.map(str::to_owned).into(), done.into()]).await?;
        Ok(())
    }

    /// Takes up again what was given up. False: it was not.
    pub async fn take_up(tx: &Tx, site: SiteId, id: i64) -> Result<bool, StoreError> {
        const TAKE_UP: Sql = Sql::same(
            "UPDATE email_letters SET state = 'pending', attempts = 0, trouble = NULL, done_at = NULL WHERE site = $1 AND id = $2 AND state = 'failed'",
        );
        Ok(TAKE_UP.run(&tx.conn(), vec![site.0.into(), id.into()]).await? == 1)
    }

    /// A letter that was sent came back.
    pub async fn came_back(tx: &Tx, site: SiteId, message_id: &str, why: &str) -> Result<bool, StoreError> {
        const BACK: Sql =
            Sql::same("UPDATE email_letters SET state = 'failed', trouble = $3, done_at = $4 WHERE site = $1 AND message_id = $2 AND state = 'sent'");
        let values = vec![site.0.into(), message_id.into(), why.into(), tx.now().millis().into()];
        Ok(BACK.run(&tx.conn(), values).await? > 0)
    }

    pub async fn forget(db: &Db, before: Timestamp) -> Result<u64, StoreError> {
        const FORGET: Sql = Sql::same(
            "DELETE FROM email_letters WHERE id IN
               (SELECT id FROM email_letters WHERE created_at < $1 AND state <> 'pending' ORDER BY created_at LIMIT $2)",
        );
        in_chunks(db, FORGET, &[before.millis().into()]).await
    }

    pub async fn inboxes<C: ConnectionTrait>(conn: &C, site: SiteId) -> Result<Vec<String>, StoreError> {
        const INBOXES: Sql = Sql::same("SELECT address FROM email_inboxes WHERE site = $1");
        INBOXES.all(conn, vec![site.0.into()]).await?.iter().map(|row| get(row, "address")).collect()
    }

    /// The one address at which the site receives, or none. False: another site has it.
    pub async fn set_inbox(tx: &Tx, site: SiteId, address: Option<&str>) -> Result<bool, StoreError> {
        const CLEAR: Sql = Sql::same("DELETE FROM email_inboxes WHERE site = $1");
        const SET: Sql = Sql::same("INSERT INTO email_inboxes (address, site) VALUES ($1, $2) ON CONFLICT (address) DO NOTHING");
        CLEAR.run(&tx.conn(), vec![site.0.into()]).await?;
        let Some(address) = address else { return Ok(true) };
        Ok(SET.run(&tx.conn(), vec![address.into(), site.0.into()]).await? == 1)
    }

    pub async fn site_of(db: &Db, address: &str) -> Result<Option<SiteId>, StoreError> {
        const SITE: Sql = Sql::same("SELECT site FROM email_inboxes WHERE address = $1");
        let row = SITE.one(db.read(), vec![address.into()]).await?;
        row.map(|row| get(&row, "site").map(SiteId)).transpose()
    }
}

fn state(row: &QueryResult) -> Result<LetterState, StoreError> {
    get::<String>(row, "state")?.parse().map_err(StoreError::Unreadable)
}

fn id<T: std::str::FromStr>(row: &QueryResult, column: &str) -> Result<Option<T>, StoreError> {
    let text: Option<String> = get(row, column)?;
    text.map(|text| text.parse().map_err(|_| StoreError::Unreadable(format!("{column} of a letter")))).transpose()
}

fn read(row: &QueryResult) -> Result<Letter, StoreError> {
    let body: String = get(row, "body")?;
    Ok(Letter {
        id: get(row, "id")?,
        site: SiteId(get(row, "site")?),
        reason: get(row, "reason")?,
        message_id: get(row, "message_id")?,
        to: get(row, "recipient")?,
        state: state(row)?,
        attempts: u32::try_from(get::<i64>(row, "attempts")?).unwrap_or(u32::MAX),
        trouble: get(row, "trouble")?,
        event: id(row, "event")?,
        chat: id(row, "chat")?,
        ticket: get(row, "ticket")?,
        created: Timestamp::from_millis(get(row, "created_at")?),
        done: get::<Option<i64>>(row, "done_at")?.map(Timestamp::from_millis),
        body: serde_json::from_str(&body).map_err(|err| StoreError::Unreadable(err.to_string()))?,
    })
}
