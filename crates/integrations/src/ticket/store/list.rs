use super::{escape, read, within};
use crate::ticket::model::{Priority, Status, Ticket};
use base::{Page, PageRequest, SiteId, UserId};
use events::sql::{Sql, get};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use sockets::{Db, StoreError};
use utoipa::ToSchema;

/// Which tickets. What is not given is any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = TicketFilter)]
pub(in crate::ticket) struct Filter {
    /// Any of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<Status>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub priority: Vec<Priority>,
    /// A user's number, `me` or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// In the number, the subject, the requester or the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TicketSort)]
pub(in crate::ticket) enum Sort {
    /// What changed last comes first.
    #[default]
    Updated,
    Created,
    /// The most urgent first.
    Priority,
    /// Whose clock runs out first.
    Due,
}

pub(in crate::ticket) struct List;

macro_rules! matching {
    () => {
        "t.site = $1 AND ($2 = '' OR $2 LIKE '%,' || t.status || ',%') AND ($3 = '' OR $3 LIKE '%,' || t.priority || ',%')
         AND ($4 = 0 OR t.assignee = $4 OR ($4 = -1 AND t.assignee IS NULL)) AND ($5 = 0 OR t.department = $5)
         AND ($6 = '' OR t.tags LIKE $6 ESCAPE '\\')
         AND ($7 = '' OR t.folded LIKE $7 ESCAPE '\\'
              OR EXISTS (SELECT 1 FROM ticket_entries e WHERE e.ticket = t.id AND e.folded LIKE $7 ESCAPE '\\'))"
    };
}

macro_rules! list_by {
    ($key:literal) => {
        Sql::same(concat!(
            "SELECT t.*, ",
            $key,
            " AS sort_key FROM tickets t WHERE ",
            matching!(),
            " AND (",
            $key,
            " > $8 OR (",
            $key,
            " = $8 AND t.id > $9)) ORDER BY ",
            $key,
            ", t.id LIMIT $10"
        ))
    };
}

impl Filter {
    fn values(&self, site: SiteId, me: Option<UserId>) -> Vec<Value> {
        let among = |words: Vec<String>| if words.is_empty() { String::new() } else { format!(",{},", words.join(",")) };
        let assignee: i64 = match self.assignee.as_deref() {
            None | Some("") => 0,
            Some("none") => -1,
            // A caller who is no user has no tickets.
            Some("me") => me.map_or(-2, |user| user.0),
            Some(id) => id.parse().unwrap_or(-2),
        };
        let tag = self.tag.as_deref().filter(|tag| !tag.trim().is_empty()).map(|tag| format!("%,{},%", escape(tag)));
        vec![
            site.0.into(),
            among(self.status.iter().map(|one| one.word().to_owned()).collect()).into(),
            among(self.priority.iter().map(|one| (*one as i64).to_string()).collect()).into(),
            assignee.into(),
            self.department.unwrap_or(0).into(),
            tag.unwrap_or_default().into(),
            within(self.q.as_deref().unwrap_or_default()).into(),
        ]
    }
}

impl List {
    pub async fn page(db: &Db, site: SiteId, me: Option<UserId>, filter: &Filter, sort: Sort, page: &PageRequest) -> Result<Page<Ticket>, StoreError> {
        const UPDATED: Sql = list_by!("(-t.updated_at)");
        const CREATED: Sql = list_by!("(-t.created_at)");
        const PRIORITY: Sql = list_by!("(-t.priority)");
        const DUE: Sql = list_by!("COALESCE(t.alarm_at, 9000000000000000)");
        let sql = match sort {
            Sort::Updated => UPDATED,
            Sort::Created => CREATED,
            Sort::Priority => PRIORITY,
            Sort::Due => DUE,
        };
        let cursor = page.after.as_deref().and_then(|text| text.split_once('.'));
        let cursor = cursor.and_then(|(key, id)| Some((key.parse::<i64>().ok()?, id.parse::<i64>().ok()?)));
        let (key, id) = cursor.unwrap_or((i64::MIN, 0));
        let mut values = filter.values(site, me);
        values.extend([key.into(), id.into(), (i64::from(page.limit) + 1).into()]);
        let rows = sql.all(db.read(), values).await?;
        let found = rows.iter().map(|row| Ok((get::<i64>(row, "sort_key")?, read(row)?))).collect::<Result<Vec<_>, StoreError>>()?;
        let page = Page::cut(found, page.limit, |(key, ticket)| format!("{key}.{}", ticket.id));
        Ok(page.map(|(_, ticket)| ticket))
    }

    /// 10 000 at most.
    pub async fn count(db: &Db, site: SiteId, me: Option<UserId>, filter: &Filter) -> Result<i64, StoreError> {
        const COUNT: Sql =
            Sql::same(concat!("SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM tickets t WHERE ", matching!(), " LIMIT 10000) AS counted"));
        COUNT.one(db.read(), filter.values(site, me)).await?.map_or(Ok(0), |row| get(&row, "n"))
    }
}
