use super::{Filter, Sort, json};
use crate::ticket::model::{Priority, Status};
use base::{SiteId, TicketMacroId, TicketViewId, UserId};
use events::sql::{Sql, get};
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Deserialize, Serialize};
use sockets::{Db, StoreError, Tx};
use utoipa::ToSchema;

/// A saved way to look at the tickets.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ticket) struct Saved {
    pub id: TicketViewId,
    pub owner: Option<UserId>,
    pub name: String,
    pub filter: Filter,
    pub sort: Sort,
    pub shared: bool,
}

/// What a macro changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = TicketMacroActions)]
pub(in crate::ticket) struct MacroActions {
    pub status: Option<Status>,
    pub priority: Option<Priority>,
    /// A user's number.
    pub assignee: Option<i64>,
    pub tags_add: Vec<String>,
}

/// A prepared answer.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ticket) struct Macro {
    pub id: TicketMacroId,
    pub name: String,
    pub text: String,
    pub actions: MacroActions,
}

/// Saved views and macros.
pub(in crate::ticket) struct Views;

fn written<T: Serialize>(value: &T) -> sea_orm::Value {
    serde_json::to_string(value).expect("views and macros are plain JSON").into()
}

fn no_id() -> StoreError {
    StoreError::Unreadable("the new row has no id".into())
}

impl Views {
    pub async fn all(db: &Db, site: SiteId) -> Result<Vec<Saved>, StoreError> {
        const ALL: Sql = Sql::same("SELECT * FROM ticket_views WHERE site = $1 ORDER BY id");
        ALL.all(db.read(), vec![site.0.into()]).await?.iter().map(read).collect()
    }

    pub async fn find<C: ConnectionTrait>(conn: &C, site: SiteId, id: TicketViewId) -> Result<Option<Saved>, StoreError> {
        const FIND: Sql = Sql::same("SELECT * FROM ticket_views WHERE site = $1 AND id = $2");
        FIND.one(conn, vec![site.0.into(), id.0.into()]).await?.map(|row| read(&row)).transpose()
    }

    pub async fn insert(tx: &Tx, site: SiteId, view: &Saved) -> Result<TicketViewId, StoreError> {
        const INSERT: Sql =
            Sql::same("INSERT INTO ticket_views (site, owner, name, filter, sort, shared) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id");
        let values = vec![
            site.0.into(),
            view.owner.map(|id| id.0).into(),
            view.name.as_str().into(),
            written(&view.filter),
            written(&view.sort),
            view.shared.into(),
        ];
        INSERT.one(&tx.conn(), values).await?.map_or_else(|| Err(no_id()), |row| get(&row, "id").map(TicketViewId))
    }

    pub async fn save(tx: &Tx, site: SiteId, view: &Saved) -> Result<(), StoreError> {
        const SAVE: Sql = Sql::same("UPDATE ticket_views SET name = $3, filter = $4, sort = $5, shared = $6 WHERE site = $1 AND id = $2");
        let values =
            vec![site.0.into(), view.id.0.into(), view.name.as_str().into(), written(&view.filter), written(&view.sort), view.shared.into()];
        SAVE.run(&tx.conn(), values).await?;
        Ok(())
    }

    pub async fn remove(tx: &Tx, site: SiteId, id: TicketViewId) -> Result<(), StoreError> {
        const REMOVE: Sql = Sql::same("DELETE FROM ticket_views WHERE site = $1 AND id = $2");
        REMOVE.run(&tx.conn(), vec![site.0.into(), id.0.into()]).await?;
        Ok(())
    }

    pub async fn macros(db: &Db, site: SiteId) -> Result<Vec<Macro>, StoreError> {
        const ALL: Sql = Sql::same("SELECT * FROM ticket_macros WHERE site = $1 ORDER BY id");
        ALL.all(db.read(), vec![site.0.into()]).await?.iter().map(read_macro).collect()
    }

    pub async fn find_macro<C: ConnectionTrait>(conn: &C, site: SiteId, id: TicketMacroId) -> Result<Option<Macro>, StoreError> {
        const FIND: Sql = Sql::same("SELECT * FROM ticket_macros WHERE site = $1 AND id = $2");
        FIND.one(conn, vec![site.0.into(), id.0.into()]).await?.map(|row| read_macro(&row)).transpose()
    }

    pub async fn insert_macro(tx: &Tx, site: SiteId, one: &Macro) -> Result<TicketMacroId, StoreError> {
        const INSERT: Sql = Sql::same("INSERT INTO ticket_macros (site, name, text, actions) VALUES ($1, $2, $3, $4) RETURNING id");
        let values = vec![site.0.into(), one.name.as_str().into(), one.text.as_str().into(), written(&one.actions)];
        INSERT.one(&tx.conn(), values).await?.map_or_else(|| Err(no_id()), |row| get(&row, "id").map(TicketMacroId))
    }

    pub async fn save_macro(tx: &Tx, site: SiteId, one: &Macro) -> Result<(), StoreError> {
        const SAVE: Sql = Sql::same("UPDATE ticket_macros SET name = $3, text = $4, actions = $5 WHERE site = $1 AND id = $2");
        let values = vec![site.0.into(), one.id.0.into(), one.name.as_str().into(), one.text.as_str().into(), written(&one.actions)];
        SAVE.run(&tx.conn(), values).await?;
        Ok(())
    }

    pub async fn remove_macro(tx: &Tx, site: SiteId, id: TicketMacroId) -> Result<bool, StoreError> {
        const REMOVE: Sql = Sql::same("DELETE FROM ticket_macros WHERE site = $1 AND id = $2");
        Ok(REMOVE.run(&tx.conn(), vec![site.0.into(), id.0.into()]).await? == 1)
    }
}

fn read(row: &QueryResult) -> Result<Saved, StoreError> {
    Ok(Saved {
        id: TicketViewId(get(row, "id")?),
        owner: get::<Option<i64>>(row, "owner")?.map(UserId),
        name: get(row, "name")?,
        filter: json(row, "filter")?,
        sort: json(row, "sort")?,
        shared: get(row, "shared")?,
    })
}

fn read_macro(row: &QueryResult) -> Result<Macro, StoreError> {
    Ok(Macro { id: TicketMacroId(get(row, "id")?), name: get(row, "name")?, text: get(row, "text")?, actions: json(row, "actions")? })
}
