//! Looking back: filters, pages, and text in any language.

use super::{bulk::backend, containing, rows, tables::chat};
use crate::chat::model::{Chat, Status};
use base::{DepartmentId, Page, PageRequest, SiteId, Timestamp, UserId, VisitorId};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sockets::{Engine, StoreError};

/// What is looked for. Every part narrows; an empty filter is everything of the site.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub status: Option<Status>,
    pub agent: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub visitor: Option<VisitorId>,
    /// Anywhere in what was written, or in the visitor's name, address or telephone.
    pub text: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// Only what this agent may see: his own chats and those of these departments.
    pub seen_by: Option<(UserId, Vec<DepartmentId>)>,
}

/// Newest first. The cursor is the number of the last chat of the page before.
pub async fn past<C: ConnectionTrait>(
    conn: &C,
    engine: Engine,
    site: SiteId,
    filter: &Filter,
    after: Option<i64>,
    page: &PageRequest,
) -> Result<Page<Chat>, StoreError> {
    let mut find = chat::Entity::find().filter(chat::COLUMN.site.eq(site.0));
    if let Some(status) = filter.status {
        find = find.filter(chat::COLUMN.status.eq(status.word()));
    }
    if let Some(agent) = filter.agent {
        find = find.filter(chat::COLUMN.agent.eq(agent.0));
    }
    if let Some(department) = filter.department {
        find = find.filter(chat::COLUMN.department.eq(department.0));
    }
    if let Some(visitor) = filter.visitor {
        find = find.filter(chat::COLUMN.visitor.eq(visitor.0));
    }
    if let Some(from) = filter.from {
        find = find.filter(chat::COLUMN.requested_at.gte(from.millis()));
    }
    if let Some(to) = filter.to {
        find = find.filter(chat::COLUMN.requested_at.lt(to.millis()));
    }
    if let Some((agent, departments)) = &filter.seen_by {
        let theirs = departments.iter().map(|id| id.0);
        find = find.filter(chat::COLUMN.agent.eq(agent.0).or(chat::COLUMN.department.is_in(theirs)));
    }
    if let Some(text) = &filter.text {
        let pattern = containing(text);
        let written = format!(
            "EXISTS (SELECT 1 FROM chat_entry e WHERE e.chat = chat.number AND COALESCE(e.folded, e.text) LIKE {} ESCAPE '\\')",
            if backend(engine) == sea_orm::DbBackend::Postgres { "$1" } else { "?" }
        );
        let people = Expr::col((chat::Entity, chat::Column::PeopleFolded)).like(LikeExpr::new(pattern.clone()).escape('\\'));
        find = find.filter(people.or(Expr::cust_with_values(written, [pattern])));
    }
    if let Some(after) = after {
        find = find.filter(chat::COLUMN.number.lt(after));
    }
    let limit = page.limit.clamp(1, PageRequest::MAX);
    let rows = find.order_by_desc(chat::COLUMN.number).limit(u64::from(limit) + 1).all(conn).await?;
    let chats = rows.into_iter().map(rows::chat).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(chats, limit, |chat| chat.number.to_string()))
}
