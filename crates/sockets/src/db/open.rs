use super::{Db, GroupWriter, Inner, Lane, Outbox, StoreError};
use base::{Minter, SharedClock};
use sea_orm::{DatabaseConnection, DbErr, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// `sqlite:/path/file.db` or `postgres://user:password@host/name`.
    pub url: String,
    /// Connections at most: readers of SQLite, all of PostgreSQL.
    pub connections: u32,
    /// How long to wait for a connection before answering that the database is not there.
    pub patience: Duration,
}

impl DbOptions {
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), connections: 12, patience: Duration::from_secs(5) }
    }
}

impl Db {
    /// Connects; the schema is the caller's business.
    pub async fn open(
        options: &DbOptions,
        outbox: Arc<dyn Outbox>,
        clock: SharedClock,
        minter: Minter,
        producer: String,
    ) -> Result<Self, StoreError> {
        let lane = if options.url.starts_with("sqlite:") { open_sqlite(options, outbox.clone()).await? } else { open_postgres(options)? };
        Ok(Self(Arc::new(Inner { lane, outbox, clock, minter, producer })))
    }
}

fn bad_url(err: sqlx::Error) -> StoreError {
    StoreError::Broken(DbErr::Conn(sea_orm::RuntimeErr::SqlxError(Arc::new(err))))
}

async fn open_sqlite(options: &DbOptions, outbox: Arc<dyn Outbox>) -> Result<Lane, StoreError> {
    let base = SqliteConnectOptions::from_str(&options.url)
        .map_err(bad_url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // What is acknowledged must survive the loss of power; with group commit this costs little.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(options.patience)
        .statement_cache_capacity(512)
        .pragma("temp_store", "memory")
        .foreign_keys(true);
    // In KiB, and small: after a page of an index was split the next commit walks through all of the writer's, and a commit of the writer
    // makes every reader forget its own. What is not there is read from the system's cache. The log may grow to 4000 pages, not 1000: a
    // page that changes again and again is moved into the file less often.
    let writing = base.clone().pragma("cache_size", "-8192").pragma("wal_autocheckpoint", "4000").auto_vacuum(SqliteAutoVacuum::Incremental);
    let writer = connect(&writing, 1, options.patience).await?;
    // Not opened read-only: a reader may have to recover the log that a killed process left.
    let reading = base.pragma("cache_size", "-4096").pragma("query_only", "on");
    let readers = connect(&reading, options.connections, options.patience).await?;
    Ok(Lane::Sqlite { writer: GroupWriter::new(writer, outbox), readers })
}

async fn connect(base: &SqliteConnectOptions, most: u32, patience: Duration) -> Result<DatabaseConnection, StoreError> {
    let pool = SqlitePoolOptions::new()
        .max_connections(most)
        .min_connections(1)
        .acquire_timeout(patience)
        // The writer's open transaction lives on its connection: it must never be swapped or pinged away.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(base.clone())
        .await
        .map_err(bad_url)?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

fn open_postgres(options: &DbOptions) -> Result<Lane, StoreError> {
    let base = PgConnectOptions::from_str(&options.url)
        .map_err(bad_url)?
        .application_name("switchboard")
        .statement_cache_capacity(512);
    let pool = PgPoolOptions::new()
        .max_connections(options.connections)
        .acquire_timeout(options.patience)
        .connect_lazy_with(base);
    Ok(Lane::Postgres(SqlxPostgresConnector::from_sqlx_postgres_pool(pool)))
}
