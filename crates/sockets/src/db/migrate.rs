//! Schema changes: forward only, owned by their modules, collected by the roof, run at start under a lock.

use super::{Db, Engine, StoreError};
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use sea_orm_migration::{MigrationTrait, MigratorTraitSelf};

/// A module's own list of migrations.
pub type Migrations = fn() -> Vec<Box<dyn MigrationTrait>>;

/// Any number: it only has to be the same on all nodes.
const MIGRATION_LOCK: i64 = 0x5357_4954_4348;

struct Collected<'a>(&'a [Migrations]);

impl MigratorTraitSelf for Collected<'_> {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let mut all: Vec<_> = self.0.iter().flat_map(|module| module()).collect();
        all.sort_by(|a, b| a.name().cmp(b.name()));
        all
    }
}

impl Db {
    /// Brings the schema up to date. On PostgreSQL one node does it while the others wait.
    pub async fn migrate(&self, modules: &[Migrations]) -> Result<(), StoreError> {
        let conn = self.schema();
        match self.engine() {
            Engine::Sqlite => Collected(modules).up(conn, None).await?,
            Engine::Postgres => {
                let lock = conn.begin().await?;
                let sql = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
                lock.execute_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
                Collected(modules).up(conn, None).await?;
                lock.commit().await?;
            }
        }
        Ok(())
    }
}
