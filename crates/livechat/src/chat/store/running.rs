//! The running chats of a site, all of them: for the clock and for repair, who may leave nobody out.

use super::bulk::backend;
use super::rows;
use super::tables::chat;
use crate::chat::model::{Chat, Status};
use base::{ChatId, SiteId, UserId, WidgetId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Statement};
use sockets::{Engine, StoreError};
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Number {
    number: i64,
}

/// The numbers of all chats of a site that wait or are being answered.
pub async fn running<C: ConnectionTrait>(conn: &C, engine: Engine, site: SiteId) -> Result<Vec<i64>, StoreError> {
    // Two halves: each is answered by its own partial index.
    let sql = "SELECT number FROM chat WHERE site = $1 AND status = 'waiting' \
               UNION ALL SELECT number FROM chat WHERE site = $1 AND status = 'chatting'";
    let statement = Statement::from_sql_and_values(backend(engine), sql, [site.0.into()]);
    let rows = Number::find_by_statement(statement).all(conn).await?;
    Ok(rows.into_iter().map(|row| row.number).collect())
}

/// Those of the numbered chats that are still running.
pub async fn still_running<C: ConnectionTrait>(conn: &C, site: SiteId, numbers: &[i64]) -> Result<Vec<Chat>, StoreError> {
    let rows = chat::Entity::find()
        .filter(chat::COLUMN.site.eq(site.0))
        .filter(chat::COLUMN.number.is_in(numbers.iter().copied()))
        .filter(chat::COLUMN.status.is_in([Status::Waiting.word(), Status::Chatting.word()]))
        .all(conn)
        .await?;
    rows.into_iter().map(rows::chat).collect()
}

/// Those of these chats that still wait.
pub async fn still_waiting<C: ConnectionTrait>(conn: &C, site: SiteId, ids: &[ChatId]) -> Result<Vec<Chat>, StoreError> {
    let rows = chat::Entity::find()
        .filter(chat::COLUMN.site.eq(site.0))
        .filter(chat::COLUMN.id.is_in(ids.iter().map(|id| id.0)))
        .filter(chat::COLUMN.status.eq(Status::Waiting.word()))
        .all(conn)
        .await?;
    rows.into_iter().map(rows::chat).collect()
}

#[derive(FromQueryResult)]
struct Held {
    id: Uuid,
}

/// All chats that an agent is answering.
pub async fn held_by<C: ConnectionTrait>(conn: &C, engine: Engine, site: SiteId, agent: UserId) -> Result<Vec<ChatId>, StoreError> {
    let sql = "SELECT id FROM chat WHERE site = $1 AND agent = $2 AND status = 'chatting' ORDER BY number";
    let statement = Statement::from_sql_and_values(backend(engine), sql, [site.0.into(), agent.0.into()]);
    let rows = Held::find_by_statement(statement).all(conn).await?;
    Ok(rows.into_iter().map(|row| ChatId(row.id)).collect())
}

#[derive(FromQueryResult)]
struct Talking {
    widget: i64,
}

/// The widgets through which somebody is talking.
pub async fn talking_widgets<C: ConnectionTrait>(conn: &C, engine: Engine, site: SiteId) -> Result<Vec<WidgetId>, StoreError> {
    let sql = "SELECT DISTINCT widget FROM chat WHERE site = $1 AND status = 'chatting'";
    let statement = Statement::from_sql_and_values(backend(engine), sql, [site.0.into()]);
    let rows = Talking::find_by_statement(statement).all(conn).await?;
    Ok(rows.into_iter().map(|row| WidgetId(row.widget)).collect())
}

/// Chats of a widget that are being answered and in which nobody wrote since `before`; those silent for longest come first.
pub async fn silent_since<C: ConnectionTrait>(
    conn: &C,
    site: SiteId,
    widget: WidgetId,
    before: i64,
    most: u64,
) -> Result<Vec<Chat>, StoreError> {
    let last = || Expr::cust("COALESCE(last_at, started_at, requested_at)");
    let rows = chat::Entity::find()
        .filter(chat::COLUMN.site.eq(site.0))
        .filter(chat::COLUMN.widget.eq(widget.0))
        // Written out, not bound: only so does the planner see that the partial index serves.
        .filter(Expr::cust("status = 'chatting'"))
        .filter(ExprTrait::lte(last(), before))
        .order_by_asc(last())
        .limit(most)
        .all(conn)
        .await?;
    rows.into_iter().map(rows::chat).collect()
}
