//! Looking back: filters and pages.

use super::search::Search;
use super::{rows, tables::chat};
use crate::chat::model::{Chat, Status};
use crate::chat::words::Sought;
use base::{DepartmentId, Page, PageRequest, SiteId, Timestamp, UserId, VisitorId};
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use sockets::StoreError;

/// What is looked for. Every part narrows; an empty filter is everything of the site.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub status: Option<Status>,
    pub agent: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub visitor: Option<VisitorId>,
    /// What stands in it, as [`Sought`] reads it.
    pub text: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// Only what this agent may see: his own chats and those of these departments.
    pub seen_by: Option<(UserId, Vec<DepartmentId>)>,
}

impl Filter {
    /// All of it but the text.
    pub(super) fn narrow(&self, site: SiteId) -> Select<chat::Entity> {
        let mut find = chat::Entity::find().filter(chat::COLUMN.site.eq(site.0));
        if let Some(status) = self.status {
            find = find.filter(chat::COLUMN.status.eq(status.word()));
        }
        if let Some(agent) = self.agent {
            find = find.filter(chat::COLUMN.agent.eq(agent.0));
        }
        if let Some(department) = self.department {
            find = find.filter(chat::COLUMN.department.eq(department.0));
        }
        if let Some(visitor) = self.visitor {
            find = find.filter(chat::COLUMN.visitor.eq(visitor.0));
        }
        if let Some(from) = self.from {
            find = find.filter(chat::COLUMN.requested_at.gte(from.millis()));
        }
        if let Some(to) = self.to {
            find = find.filter(chat::COLUMN.requested_at.lt(to.millis()));
        }
        if let Some((agent, departments)) = &self.seen_by {
            let theirs = departments.iter().map(|id| id.0);
            find = find.filter(chat::COLUMN.agent.eq(agent.0).or(chat::COLUMN.department.is_in(theirs)));
        }
        find
    }
}

/// Newest first. The cursor is the number of the last chat that was looked at: a page of a search may have fewer chats than asked for,
/// and others behind it.
pub async fn past<C: ConnectionTrait>(
    conn: &C,
    site: SiteId,
    filter: &Filter,
    after: Option<i64>,
    page: &PageRequest,
) -> Result<Page<Chat>, StoreError> {
    let limit = page.limit.clamp(1, PageRequest::MAX);
    if let Some(text) = &filter.text {
        return Search::new(conn, site, filter, &Sought::read(text), limit).run(after).await;
    }
    let mut find = filter.narrow(site);
    if let Some(after) = after {
        find = find.filter(chat::COLUMN.number.lt(after));
    }
    let rows = find.order_by_desc(chat::COLUMN.number).limit(u64::from(limit) + 1).all(conn).await?;
    let chats = rows.into_iter().map(rows::chat).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(chats, limit, |chat| chat.number.to_string()))
}
