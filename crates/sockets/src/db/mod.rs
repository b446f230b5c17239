//! The database: one text for SQLite and PostgreSQL.
//!
//! `Db::begin` opens a transaction, `Tx::announce` stages news, `Tx::commit` writes rows and news together; there is no other way
//! to publish. On SQLite all transactions share one writer connection and are committed in groups: each after the first is a
//! savepoint, and one `COMMIT` with `synchronous=FULL` makes all of them durable before any of them is answered.

mod error;
mod group;
mod migrate;
mod open;
mod tx;

pub use error::StoreError;
pub use migrate::Migrations;
pub use open::DbOptions;
pub use tx::Tx;

use crate::Envelope;
use base::{Minter, SharedClock};
use group::GroupWriter;
use sea_orm::{DatabaseConnection, DatabaseExecutor};
use std::sync::Arc;

/// Which engine speaks, for the few statements that need its own features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Where staged news goes at commit. `events` fills it; the rows are written on the transaction's own connection.
#[async_trait::async_trait]
pub trait Outbox: Send + Sync + 'static {
    async fn write(&self, conn: DatabaseExecutor<'_>, news: Vec<Envelope>) -> Result<(), StoreError>;

    /// Called after the commit: there is something to relay.
    fn wake(&self);
}

/// A handle to the database; cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    lane: Lane,
    outbox: Arc<dyn Outbox>,
    clock: SharedClock,
    minter: Minter,
    producer: String,
}

enum Lane {
    Sqlite { writer: GroupWriter, readers: DatabaseConnection },
    Postgres(DatabaseConnection),
}

impl Db {
    /// Opens a transaction. On SQLite it has the only pen until it commits or is dropped: keep it short and never wait for the
    /// outside inside it.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Tx::begin(self.0.clone()).await
    }

    /// For reading outside transactions. It sees everything that was acknowledged.
    pub fn read(&self) -> &DatabaseConnection {
        match &self.0.lane {
            Lane::Sqlite { readers, .. } => readers,
            Lane::Postgres(pool) => pool,
        }
    }

    pub fn engine(&self) -> Engine {
        match &self.0.lane {
            Lane::Sqlite { .. } => Engine::Sqlite,
            Lane::Postgres(_) => Engine::Postgres,
        }
    }

    /// Writes and reads a row of nothing: is the database there and does it take writes?
    pub async fn probe(&self) -> Result<(), StoreError> {
        use sea_orm::ConnectionTrait;
        self.read().execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    pub fn clock(&self) -> &SharedClock {
        &self.0.clock
    }

    pub fn minter(&self) -> &Minter {
        &self.0.minter
    }

    /// For migrations alone, which run before anything else and outside the group writer.
    pub fn schema(&self) -> &DatabaseConnection {
        match &self.0.lane {
            Lane::Sqlite { writer, .. } => writer.connection(),
            Lane::Postgres(pool) => pool,
        }
    }
}
