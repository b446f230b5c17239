//! The few statements that an ORM does not write well: many rows at once, claims, leases. Both dialects stand side by side.
//!
//! Batches travel as one JSON text, so a statement has one form whatever the size of the batch, and both engines keep it prepared.

use bytes::Bytes;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TryGetable, Value};
use serde::de::DeserializeOwned;
use sockets::{Db, StoreError};

/// A statement for both engines. Parameters are `$1`, `$2` … in both.
#[derive(Clone, Copy)]
pub struct Sql {
    sqlite: &'static str,
    postgres: &'static str,
}

impl Sql {
    pub const fn same(text: &'static str) -> Self {
        Self { sqlite: text, postgres: text }
    }

    pub const fn per_engine(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite, postgres }
    }

    fn with(self, backend: DbBackend, values: Vec<Value>) -> Statement {
        let text = if backend == DbBackend::Sqlite { self.sqlite } else { self.postgres };
        Statement::from_sql_and_values(backend, text, values)
    }

    /// Runs it and tells how many rows it changed.
    pub async fn run<C: ConnectionTrait>(self, conn: &C, values: Vec<Value>) -> Result<u64, StoreError> {
        let done = conn.execute_raw(self.with(conn.get_database_backend(), values)).await?;
        Ok(done.rows_affected())
    }

    pub async fn all<C: ConnectionTrait>(self, conn: &C, values: Vec<Value>) -> Result<Vec<QueryResult>, StoreError> {
        Ok(conn.query_all_raw(self.with(conn.get_database_backend(), values)).await?)
    }

    pub async fn one<C: ConnectionTrait>(self, conn: &C, values: Vec<Value>) -> Result<Option<QueryResult>, StoreError> {
        Ok(conn.query_one_raw(self.with(conn.get_database_backend(), values)).await?)
    }
}

/// Reads a column of a raw row.
pub fn get<T: TryGetable>(row: &QueryResult, column: &str) -> Result<T, StoreError> {
    row.try_get("", column).map_err(|err| StoreError::Unreadable(err.to_string()))
}

/// Between the bodies of gathered rows. In JSON it only stands escaped.
const RECORD_SEPARATOR: u8 = 0x1e;

/// Reads many rows that come as one JSON list in the column `heads`: each row of its own is a message between threads. They have the order
/// in which the engine met them, by no promise of it.
pub fn listed<T: DeserializeOwned>(row: Option<&QueryResult>) -> Result<Vec<T>, StoreError> {
    // Of no rows at all PostgreSQL makes no list.
    let Some(heads) = row.map(|row| get::<Option<String>>(row, "heads")).transpose()?.flatten() else { return Ok(Vec::new()) };
    serde_json::from_str(&heads).map_err(|err| StoreError::Unreadable(err.to_string()))
}

/// Bytes of bodies that are gathered at once, and one body more: both engines make no text of a gigabyte.
pub const GATHERED: i64 = 32 * 1024 * 1024;

/// The same with a JSON text beside each: `bodies` has them as a sequence (RFC 7464), which spares escaping them; and they stay parts of it,
/// which spares copying them.
pub fn gathered<T: DeserializeOwned>(row: Option<&QueryResult>) -> Result<Vec<(T, Bytes)>, StoreError> {
    let heads: Vec<T> = listed(row)?;
    let all = Bytes::from(row.map(|row| get::<Option<String>>(row, "bodies")).transpose()?.flatten().unwrap_or_default());
    if all.is_empty() && heads.is_empty() {
        return Ok(Vec::new());
    }
    let bodies: Vec<Bytes> = all.split(|byte| *byte == RECORD_SEPARATOR).map(|body| all.slice_ref(body)).collect();
    if heads.len() != bodies.len() {
        return Err(StoreError::Unreadable(format!("{} rows came with {} bodies", heads.len(), bodies.len())));
    }
    Ok(heads.into_iter().zip(bodies).collect())
}

/// A list of rows as the one parameter of a batch statement.
pub fn batch<T: serde::Serialize>(rows: &[T]) -> Value {
    serde_json::to_string(rows).expect("rows are plain values").into()
}

/// Large numbers as the one parameter of a batch statement, each once. As text: JSON readers may round numbers above 2^53.
pub fn texts(numbers: impl Iterator<Item = i64>) -> Value {
    let numbers: std::collections::BTreeSet<i64> = numbers.collect();
    batch(&numbers.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// On PostgreSQL, lets one transaction at a time pass here, until it ends. SQLite has one pen anyway.
pub async fn queue_up<C: ConnectionTrait>(conn: &C, for_what: &str) -> Result<(), StoreError> {
    if conn.get_database_backend() == DbBackend::Postgres {
        const LOCK: Sql = Sql::same("SELECT 1 AS one FROM pg_advisory_xact_lock(hashtextextended($1, 0))");
        LOCK.one(conn, vec![for_what.into()]).await?;
    }
    Ok(())
}

/// Rows that are changed in one commit where there may be very many, so that nobody waits for the pen for long.
pub const CHUNK: i64 = 1_000;

/// Runs a statement that takes as many rows as its last parameter says, commit by commit, until none are left. How many they were.
pub async fn in_chunks(db: &Db, statement: Sql, values: &[Value]) -> Result<u64, StoreError> {
    let mut all = 0;
    loop {
        let tx = db.begin().await?;
        let some = statement.run(&tx.conn(), values.iter().cloned().chain([CHUNK.into()]).collect()).await?;
        tx.commit().await?;
        all += some;
        if some < CHUNK.unsigned_abs() {
            return Ok(all);
        }
    }
}
