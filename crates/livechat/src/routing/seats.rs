//! What must outlive the live store of an agent's seat: the status he chose, and the clocks that decide whose turn it is.

use base::{SiteId, Timestamp, UserId};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, Statement, sea_query::OnConflict};
use sea_orm_migration::prelude::*;
use sockets::live::AgentStatus;
use sockets::{Engine, StoreError, Tx};
use std::collections::HashMap;

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "agent_seat")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub agent: i64,
        pub status: String,
        pub note: Option<String>,
        pub status_at: i64,
        pub last_assigned_at: Option<i64>,
        pub idle_since: Option<i64>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub struct SeatTable;

impl MigrationName for SeatTable {
    fn name(&self) -> &str {
        "m20261121_41_routing_seats"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for SeatTable {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table.table("agent_seat");
        for name in ["site", "agent", "status_at"] {
            table.col(ColumnDef::new(name).big_integer().not_null());
        }
        for name in ["last_assigned_at", "idle_since"] {
            table.col(ColumnDef::new(name).big_integer());
        }
        table.col(ColumnDef::new("status").text().not_null()).col(ColumnDef::new("note").text());
        table.primary_key(Index::create().col("site").col("agent"));
        manager.create_table(table).await
    }
}

/// An agent's seat as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub status: AgentStatus,
    pub note: Option<String>,
    pub last_assigned: Option<Timestamp>,
    pub idle_since: Option<Timestamp>,
}

fn kept(row: row::Model) -> (UserId, Kept) {
    let status = [AgentStatus::Online, AgentStatus::Away].into_iter().find(|status| status.wire() == row.status);
    let kept = Kept {
        status: status.unwrap_or(AgentStatus::Offline),
        note: row.note,
        last_assigned: row.last_assigned_at.map(Timestamp::from_millis),
        idle_since: row.idle_since.map(Timestamp::from_millis),
    };
    (UserId(row.agent), kept)
}

pub async fn of_site<C: ConnectionTrait>(conn: &C, site: SiteId) -> Result<HashMap<UserId, Kept>, StoreError> {
    let rows = row::Entity::find().filter(row::COLUMN.site.eq(site.0)).all(conn).await?;
    Ok(rows.into_iter().map(kept).collect())
}

pub async fn one<C: ConnectionTrait>(conn: &C, site: SiteId, agent: UserId) -> Result<Option<Kept>, StoreError> {
    let row = row::Entity::find_by_id((site.0, agent.0)).one(conn).await?;
    Ok(row.map(|row| kept(row).1))
}

/// Keeps a chosen status. Coming online starts both clocks anew.
pub async fn set_status(tx: &Tx, site: SiteId, agent: UserId, status: AgentStatus, note: Option<&str>) -> Result<(), StoreError> {
    use sea_orm::ActiveValue::Set;
    let now = tx.now().millis();
    let row = row::ActiveModel {
        site: Set(site.0),
        agent: Set(agent.0),
        status: Set(status.wire().to_owned()),
        note: Set(note.map(str::to_owned)),
        status_at: Set(now),
        last_assigned_at: Set(None),
        idle_since: Set((status == AgentStatus::Online).then_some(now)),
    };
    let columns = [
        row::Column::Status,
        row::Column::Note,
        row::Column::StatusAt,
        row::Column::LastAssignedAt,
        row::Column::IdleSince,
    ];
    let again = OnConflict::columns([row::Column::Site, row::Column::Agent]).update_columns(columns).to_owned();
    row::Entity::insert(row).on_conflict(again).exec_without_returning(&tx.conn()).await?;
    Ok(())
}

/// These agents were given a chat just now. In the order of their ids, so that two nodes do not lock each other out.
pub async fn assigned(tx: &Tx, site: SiteId, mut agents: Vec<UserId>) -> Result<(), StoreError> {
    agents.sort_unstable();
    agents.dedup();
    for agent in agents {
        touch(tx, site, agent, "last_assigned_at").await?;
    }
    Ok(())
}

/// A chat of this agent has ended: his idleness counts from now, should it have been the last.
pub async fn freed(tx: &Tx, site: SiteId, agent: UserId) -> Result<(), StoreError> {
    touch(tx, site, agent, "idle_since").await
}

async fn touch(tx: &Tx, site: SiteId, agent: UserId, clock: &str) -> Result<(), StoreError> {
    let backend = tx.conn().get_database_backend();
    let sql = format!("UPDATE agent_seat SET {clock} = $1 WHERE site = $2 AND agent = $3");
    let statement = Statement::from_sql_and_values(backend, sql, [tx.now().millis().into(), site.0.into(), agent.0.into()]);
    tx.conn().execute_raw(statement).await?;
    Ok(())
}

/// One allocation of a site at a time, on whatever node. SQLite has one writer anyway.
pub async fn lock_site(tx: &Tx, site: SiteId) -> Result<(), StoreError> {
    if tx.engine() == Engine::Postgres {
        // The high half keeps it apart from other advisory locks of the house.
        let key = (0x5357_514C_i64 << 32) | (site.0 & 0xffff_ffff);
        let sql = format!("SELECT pg_advisory_xact_lock({key})");
        tx.conn().execute_unprepared(&sql).await?;
    }
    Ok(())
}
