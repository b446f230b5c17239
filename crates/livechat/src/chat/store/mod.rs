//! The only place that knows the tables `chat`, `chat_entry` and `chat_word`.

mod bulk;
mod history;
mod rows;
mod running;
mod search;
pub(super) mod tables;
mod words;

pub use history::{Filter, past};
pub use running::{held_by, running, silent_since, still_running, still_waiting, talking_widgets};
pub use words::{keep as keep_words, note_indexed, of as words_of, unindexed};

use super::entry::Entry;
use super::model::{Chat, Status};
use base::{ChatId, SiteId, UserId, VisitorId};
use bulk::{Column, backend};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};
use sockets::{Engine, StoreError, Tx};
use std::collections::HashMap;
use tables::{chat, entry};
use uuid::Uuid;

const ENTRY_COLUMNS: &[Column] = &[
    ("id", "bigint"),
    ("chat", "bigint"),
    ("seq", "bigint"),
    ("at", "bigint"),
    ("kind", "text"),
    ("from_kind", "text"),
    ("from_id", "text"),
    ("from_name", "text"),
    ("text", "text"),
    ("upload", "text"),
    ("data", "text"),
    ("client_id", "uuid"),
];

const TALLY_COLUMNS: &[Column] = &[
    ("number", "bigint"),
    ("last_seq", "bigint"),
    ("visitor_messages", "bigint"),
    ("agent_messages", "bigint"),
    ("first_response_at", "bigint"),
    ("unanswered_since", "bigint"),
    ("responses", "bigint"),
    ("response_ms", "bigint"),
    ("last_text", "text"),
    ("last_from", "text"),
    ("last_at", "bigint"),
    ("visitor_delivered", "bigint"),
    ("visitor_read", "bigint"),
    ("agent_delivered", "bigint"),
    ("agent_read", "bigint"),
];

const MARK_COLUMNS: &[Column] = &[
    ("number", "bigint"),
    ("visitor_delivered", "bigint"),
    ("visitor_read", "bigint"),
    ("agent_delivered", "bigint"),
    ("agent_read", "bigint"),
];

/// Keeps a new chat and gives it its number.
pub async fn insert(tx: &Tx, chat: &mut Chat, client_id: Uuid) -> Result<(), StoreError> {
    chat.number = rows::active(chat, Some(client_id)).insert(&tx.conn()).await?.number;
    Ok(())
}

/// Keeps all that can change.
pub async fn save(tx: &Tx, chat: &Chat) -> Result<(), StoreError> {
    chat::Entity::update_many().set(rows::active(chat, None)).filter(chat::COLUMN.number.eq(chat.number)).exec(&tx.conn()).await?;
    Ok(())
}

pub async fn append(tx: &Tx, entries: &[(i64, &Entry)]) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = entries.iter().map(|(chat, entry)| rows::entry_json(*chat, entry)).collect();
    let rows = serde_json::Value::from(rows).to_string();
    tx.conn().execute_raw(bulk::insert(tx.engine(), "chat_entry", ENTRY_COLUMNS, rows)).await?;
    Ok(())
}

/// Keeps what a batch of messages changed of these chats.
pub async fn tally(tx: &Tx, chats: impl Iterator<Item = &Chat>) -> Result<(), StoreError> {
    let rows: Vec<_> = chats.map(rows::tally_json).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let rows = serde_json::Value::from(rows).to_string();
    tx.conn().execute_raw(bulk::update(tx.engine(), "chat", TALLY_COLUMNS, rows)).await?;
    Ok(())
}

/// Keeps the marks of these chats alone.
pub async fn keep_marks(tx: &Tx, chats: &[Chat]) -> Result<(), StoreError> {
    let rows: Vec<_> = chats.iter().map(rows::tally_json).collect();
    let rows = serde_json::Value::from(rows).to_string();
    tx.conn().execute_raw(bulk::update(tx.engine(), "chat", MARK_COLUMNS, rows)).await?;
    Ok(())
}

pub async fn find<C: ConnectionTrait>(conn: &C, site: SiteId, id: ChatId) -> Result<Option<Chat>, StoreError> {
    let found = chat::Entity::find().filter(chat::COLUMN.id.eq(id.0)).filter(chat::COLUMN.site.eq(site.0));
    found.one(conn).await?.map(rows::chat).transpose()
}

/// Finds it and keeps others from changing it until the end of the transaction.
pub async fn hold(tx: &Tx, site: SiteId, id: ChatId) -> Result<Option<Chat>, StoreError> {
    let found = chat::Entity::find().filter(chat::COLUMN.id.eq(id.0)).filter(chat::COLUMN.site.eq(site.0));
    found.lock_exclusive().one(&tx.conn()).await?.map(rows::chat).transpose()
}

/// The chats of a batch, held in one order so that two nodes cannot lock each other out.
pub async fn hold_many(tx: &Tx, ids: &[ChatId]) -> Result<Vec<Chat>, StoreError> {
    let digits: Vec<_> = ids.iter().map(|id| id.0.simple().to_string()).collect();
    let (sql, given) = match tx.engine() {
        Engine::Postgres => (
            "SELECT * FROM chat WHERE id = ANY($1::text::uuid[]) ORDER BY number FOR UPDATE",
            format!("{{{}}}", digits.join(",")),
        ),
        Engine::Sqlite => (
            "SELECT * FROM chat WHERE id IN (SELECT unhex(value) FROM json_each($1)) ORDER BY number",
            serde_json::Value::from(digits).to_string(),
        ),
    };
    let statement = Statement::from_sql_and_values(backend(tx.engine()), sql, [given.into()]);
    let rows = chat::Entity::find().from_raw_sql(statement).all(&tx.conn()).await?;
    rows.into_iter().map(rows::chat).collect()
}

/// Those of the given (chat, client id) that are kept already.
pub async fn said_before(tx: &Tx, said: &[(i64, Uuid)]) -> Result<HashMap<(i64, Uuid), Entry>, StoreError> {
    if said.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = match tx.engine() {
        Engine::Postgres => {
            "SELECT e.* FROM json_to_recordset($1::json) AS d(chat bigint, client_id uuid) \
             JOIN chat_entry e ON e.chat = d.chat AND e.client_id = d.client_id"
        }
        Engine::Sqlite => {
            "SELECT e.* FROM json_each($1) AS d CROSS JOIN chat_entry e \
             ON e.chat = CAST(d.value->>'chat' AS INTEGER) AND e.client_id = unhex(d.value->>'client_id')"
        }
    };
    let given: Vec<_> = said
        .iter()
        .map(|(chat, id)| serde_json::json!({ "chat": chat, "client_id": id.simple().to_string() }))
        .collect();
    let given = serde_json::Value::from(given).to_string();
    let statement = Statement::from_sql_and_values(backend(tx.engine()), sql, [given.into()]);
    let found = entry::Entity::find().from_raw_sql(statement).all(&tx.conn()).await?;
    let keyed = found.into_iter().filter_map(|row| Some(((row.chat, row.client_id?), row)));
    keyed.map(|(key, row)| Ok((key, rows::entry(row)?))).collect()
}

/// The chat that this request made before, or the one that the visitor has running.
pub async fn asked<C: ConnectionTrait>(
    conn: &C,
    site: SiteId,
    visitor: VisitorId,
    client_id: Uuid,
) -> Result<Option<Chat>, StoreError> {
    let his = chat::Entity::find().filter(chat::COLUMN.visitor.eq(visitor.0)).filter(chat::COLUMN.site.eq(site.0));
    let same = his.filter(chat::COLUMN.client_id.eq(client_id)).one(conn).await?;
    match same {
        Some(row) => rows::chat(row).map(Some),
        None => running_of(conn, site, visitor).await,
    }
}

pub async fn running_of<C: ConnectionTrait>(conn: &C, site: SiteId, visitor: VisitorId) -> Result<Option<Chat>, StoreError> {
    let his = chat::Entity::find()
        .filter(chat::COLUMN.visitor.eq(visitor.0))
        .filter(chat::COLUMN.site.eq(site.0))
        .filter(chat::COLUMN.status.is_in([Status::Waiting.word(), Status::Chatting.word()]));
    his.one(conn).await?.map(rows::chat).transpose()
}

/// His latest chat, whatever became of it.
pub async fn latest_of<C: ConnectionTrait>(conn: &C, site: SiteId, visitor: VisitorId) -> Result<Option<Chat>, StoreError> {
    let his = chat::Entity::find().filter(chat::COLUMN.visitor.eq(visitor.0)).filter(chat::COLUMN.site.eq(site.0));
    his.order_by_desc(chat::COLUMN.number).one(conn).await?.map(rows::chat).transpose()
}

/// What stands in a chat after `seq`, in order.
pub async fn entries<C: ConnectionTrait>(conn: &C, chat: i64, after: i64, most: u64) -> Result<Vec<Entry>, StoreError> {
    let rows = entry::Entity::find()
        .filter(entry::COLUMN.chat.eq(chat))
        .filter(entry::COLUMN.seq.gt(after))
        .order_by_asc(entry::COLUMN.seq)
        .limit(most)
        .all(conn)
        .await?;
    rows.into_iter().map(rows::entry).collect()
}

#[derive(FromQueryResult)]
struct Unread {
    chat: i64,
    unread: i64,
}

/// How many messages of the visitor no agent has read, by chat.
pub async fn unread<C: ConnectionTrait>(conn: &C, engine: Engine, chats: &[&Chat]) -> Result<HashMap<i64, i64>, StoreError> {
    let behind: Vec<_> = chats.iter().filter(|chat| chat.marks.agent.read < chat.last_seq).collect();
    if behind.is_empty() {
        return Ok(HashMap::new());
    }
    let numbers: Vec<_> = behind.iter().map(|chat| chat.number.to_string()).collect();
    let sql = format!(
        "SELECT e.chat AS chat, COUNT(*) AS unread FROM chat_entry e JOIN chat c ON c.number = e.chat \
         WHERE e.chat IN ({}) AND e.seq > c.agent_read AND e.kind = 'message' AND e.from_kind = 'visitor' GROUP BY e.chat",
        numbers.join(",")
    );
    let rows = Unread::find_by_statement(Statement::from_string(backend(engine), sql)).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.chat, row.unread)).collect())
}

/// Waiting chats of a site in the order they will be served.
pub async fn waiting<C: ConnectionTrait>(conn: &C, site: SiteId, most: u64) -> Result<Vec<Chat>, StoreError> {
    let rows = chat::Entity::find()
        .filter(chat::COLUMN.site.eq(site.0))
        // Written out, not bound: only so does the planner see that the partial index serves.
        .filter(sea_orm::sea_query::Expr::cust("status = 'waiting'"))
        .order_by_desc(chat::COLUMN.priority)
        .order_by_asc(chat::COLUMN.requested_at)
        .order_by_asc(chat::COLUMN.number)
        .limit(most)
        .all(conn)
        .await?;
    rows.into_iter().map(rows::chat).collect()
}

/// Chats that are being answered: of one agent, or of the whole site.
pub async fn chatting<C: ConnectionTrait>(conn: &C, site: SiteId, agent: Option<UserId>, most: u64) -> Result<Vec<Chat>, StoreError> {
    let mut find = chat::Entity::find()
        .filter(chat::COLUMN.site.eq(site.0))
        .filter(sea_orm::sea_query::Expr::cust("status = 'chatting'"));
    if let Some(agent) = agent {
        find = find.filter(chat::COLUMN.agent.eq(agent.0));
    }
    let rows = find.order_by_desc(chat::COLUMN.number).limit(most).all(conn).await?;
    rows.into_iter().map(rows::chat).collect()
}

#[derive(FromQueryResult)]
struct Load {
    agent: i64,
    load: i64,
}

/// How many chats each agent of a site is answering.
pub async fn loads<C: ConnectionTrait>(conn: &C, engine: Engine, site: SiteId) -> Result<HashMap<UserId, u32>, StoreError> {
    let sql = "SELECT agent, COUNT(*) AS load FROM chat WHERE site = $1 AND status = 'chatting' AND agent IS NOT NULL GROUP BY agent";
    let statement = Statement::from_sql_and_values(backend(engine), sql, [site.0.into()]);
    let rows = Load::find_by_statement(statement).all(conn).await?;
    Ok(rows.into_iter().map(|row| (UserId(row.agent), u32::try_from(row.load).unwrap_or(u32::MAX))).collect())
}

#[derive(FromQueryResult)]
struct Mean {
    chats: i64,
    total: Option<i64>,
}

/// How long the last hundred answered chats took in the mean, in milliseconds; nothing before the first one has ended.
pub async fn mean_duration<C: ConnectionTrait>(conn: &C, engine: Engine, site: SiteId) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT COUNT(*) AS chats, CAST(SUM(took) AS BIGINT) AS total FROM (SELECT ended_at - started_at AS took FROM chat \
               WHERE site = $1 AND ended_at IS NOT NULL AND started_at IS NOT NULL ORDER BY ended_at DESC LIMIT 100) AS latest";
    let statement = Statement::from_sql_and_values(backend(engine), sql, [site.0.into()]);
    let mean = Mean::find_by_statement(statement).one(conn).await?;
    Ok(mean.and_then(|mean| Some(mean.total? / mean.chats.max(1))))
}

#[derive(FromQueryResult)]
struct SiteRow {
    site: i64,
}

/// Sites that have chats waiting or running.
pub async fn busy_sites<C: ConnectionTrait>(conn: &C, engine: Engine) -> Result<Vec<SiteId>, StoreError> {
    let sql = "SELECT site FROM chat WHERE status = 'waiting' UNION SELECT site FROM chat WHERE status = 'chatting'";
    let rows = SiteRow::find_by_statement(Statement::from_string(backend(engine), sql)).all(conn).await?;
    Ok(rows.into_iter().map(|row| SiteId(row.site)).collect())
}

/// How many wait, by site and department.
pub async fn waiting_counts<C: ConnectionTrait>(conn: &C, engine: Engine) -> Result<Vec<(SiteId, Option<base::DepartmentId>, i64)>, StoreError> {
    let sql = "SELECT site, department, COUNT(*) AS waiting FROM chat WHERE status = 'waiting' GROUP BY site, department ORDER BY site, department";
    let rows = WaitingRow::find_by_statement(Statement::from_string(backend(engine), sql)).all(conn).await?;
    Ok(rows.into_iter().map(|row| (SiteId(row.site), row.department.map(base::DepartmentId), row.waiting)).collect())
}

#[derive(FromQueryResult)]
struct WaitingRow {
    site: i64,
    department: Option<i64>,
    waiting: i64,
}

/// A waiting chat, as much as the queue needs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    pub number: i64,
    pub id: ChatId,
    pub department: Option<base::DepartmentId>,
    pub requested_at: base::Timestamp,
}

#[derive(FromQueryResult)]
struct QueuedRow {
    number: i64,
    id: Uuid,
    department: Option<i64>,
    requested_at: i64,
}

/// Longer queues are served from the front; who is behind this is told no place.
const LONGEST_QUEUE: u64 = 5_000;
/// Chats given away in one transaction.
pub const MOST_GIVEN: u64 = 200;

const QUEUE: &str = "SELECT number, id, department, requested_at FROM chat WHERE site = $1 AND status = 'waiting'";
const QUEUE_ORDER: &str = "ORDER BY priority DESC, requested_at, number";

fn queued(row: QueuedRow) -> Queued {
    Queued {
        number: row.number,
        id: ChatId(row.id),
        department: row.department.map(base::DepartmentId),
        requested_at: base::Timestamp::from_millis(row.requested_at),
    }
}

/// The queue of a site in the order it will be served.
pub async fn queue<C: ConnectionTrait>(conn: &C, engine: Engine, site: SiteId) -> Result<Vec<Queued>, StoreError> {
    let sql = format!("{QUEUE} {QUEUE_ORDER} LIMIT {LONGEST_QUEUE}");
    let statement = Statement::from_sql_and_values(backend(engine), sql, [site.0.into()]);
    let rows = QueuedRow::find_by_statement(statement).all(conn).await?;
    Ok(rows.into_iter().map(queued).collect())
}

/// The first of the queue whom one of these departments may serve: those who asked for it, and those who asked for nobody.
pub async fn next_in_queue<C: ConnectionTrait>(
    conn: &C,
    engine: Engine,
    site: SiteId,
    departments: &[base::DepartmentId],
    most: u64,
) -> Result<Vec<Queued>, StoreError> {
    let among: Vec<_> = departments.iter().map(|id| id.0.to_string()).collect();
    let served = if among.is_empty() { String::new() } else { format!(" OR department IN ({})", among.join(",")) };
    let sql = format!("{QUEUE} AND (department IS NULL{served}) {QUEUE_ORDER} LIMIT {}", most.min(MOST_GIVEN));
    let statement = Statement::from_sql_and_values(backend(engine), sql, [site.0.into()]);
    let rows = QueuedRow::find_by_statement(statement).all(conn).await?;
    Ok(rows.into_iter().map(queued).collect())
}

pub async fn anybody_waits<C: ConnectionTrait>(conn: &C, engine: Engine, site: SiteId) -> Result<bool, StoreError> {
    let sql = format!("{QUEUE} LIMIT 1");
    let statement = Statement::from_sql_and_values(backend(engine), sql, [site.0.into()]);
    Ok(QueuedRow::find_by_statement(statement).one(conn).await?.is_some())
}

#[derive(FromQueryResult)]
struct Head {
    id: Uuid,
    last_seq: i64,
}

/// How far these chats of a site have come.
pub async fn heads<C: ConnectionTrait>(conn: &C, site: SiteId, ids: &[ChatId]) -> Result<Vec<(ChatId, i64)>, StoreError> {
    let rows = chat::Entity::find()
        .select_only()
        .columns([chat::Column::Id, chat::Column::LastSeq])
        .filter(chat::COLUMN.site.eq(site.0))
        .filter(chat::COLUMN.id.is_in(ids.iter().map(|id| id.0)))
        .into_model::<Head>()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (ChatId(row.id), row.last_seq)).collect())
}
