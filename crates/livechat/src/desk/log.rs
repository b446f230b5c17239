//! What was told of agents' status: the chosen one while a screen is open, off-line after that.

use base::{SiteId, UserId};
use events::catalog::AgentStatusLog;
use events::sql::{Sql, get};
use sea_orm_migration::prelude::*;
use sockets::live::AgentStatus;
use sockets::{Db, StoreError, Tx};

pub struct Told;

impl MigrationName for Told {
    fn name(&self) -> &str {
        "m20261121_43_desk_status_told"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Told {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = "CREATE TABLE agent_status_told (site BIGINT NOT NULL, agent BIGINT NOT NULL, status TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (site, agent))";
        manager.get_connection().execute_unprepared(sql).await.map(|_| ())
    }
}

/// Announces a status unless it was the last one that was told.
pub async fn note(tx: &mut Tx, site: SiteId, agent: UserId, status: AgentStatus) -> Result<(), StoreError> {
    const NOTE: Sql = Sql::same(
        "INSERT INTO agent_status_told (site, agent, status, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (site, agent) DO UPDATE SET status = excluded.status, at = excluded.at WHERE agent_status_told.status <> excluded.status",
    );
    // Who was never there does not go.
    const LEAVE: Sql = Sql::same("UPDATE agent_status_told SET status = $3, at = $4 WHERE site = $1 AND agent = $2 AND status <> $3");
    let sql = if status == AgentStatus::Offline { LEAVE } else { NOTE };
    let values = vec![site.0.into(), agent.0.into(), status.wire().into(), tx.now().millis().into()];
    if sql.run(&tx.conn(), values).await? > 0 {
        tx.announce(AgentStatusLog { site_id: site.0, agent_id: agent.0, status: code(status), time: tx.now() });
    }
    Ok(())
}

/// The same for somebody who opened a screen, which happens often and is seldom news.
pub async fn arrived(db: &Db, site: SiteId, agent: UserId, status: AgentStatus) -> Result<(), StoreError> {
    const LAST: Sql = Sql::same("SELECT status FROM agent_status_told WHERE site = $1 AND agent = $2");
    let last: Option<String> = match LAST.one(db.read(), vec![site.0.into(), agent.0.into()]).await? {
        Some(row) => Some(get(&row, "status")?),
        None => None,
    };
    if last.as_deref() == Some(status.wire()) {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    note(&mut tx, site, agent, status).await?;
    tx.commit().await
}

const fn code(status: AgentStatus) -> events::catalog::AgentStatus {
    match status {
        AgentStatus::Online => events::catalog::AgentStatus::Online,
        AgentStatus::Away => events::catalog::AgentStatus::Away,
        AgentStatus::Offline => events::catalog::AgentStatus::Offline,
    }
}

/// What others last heard of agents.
pub struct StatusLog;

impl StatusLog {
    /// Those of whom was not told that they went.
    pub async fn present(db: &Db) -> Result<Vec<(SiteId, UserId)>, StoreError> {
        const PRESENT: Sql = Sql::same("SELECT site, agent FROM agent_status_told WHERE status <> 'offline'");
        let rows = PRESENT.all(db.read(), vec![]).await?;
        rows.iter().map(|row| Ok((SiteId(get(row, "site")?), UserId(get(row, "agent")?)))).collect()
    }

    /// His screens have been dark for long.
    pub async fn gone(db: &Db, site: SiteId, agent: UserId) -> Result<(), StoreError> {
        let mut tx = db.begin().await?;
        note(&mut tx, site, agent, AgentStatus::Offline).await?;
        tx.commit().await
    }
}
