use base::{Fault, Kind};
use sea_orm::{DbErr, RuntimeErr, SqlErr};
use thiserror::Error;

/// What a store can say; the driver's words stay inside for the log.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("the database does not answer")]
    Unavailable(#[source] DbErr),
    #[error("the disk is full; free some space and try again")]
    Full(#[source] DbErr),
    #[error("a row with the same unique value exists")]
    Duplicate(#[source] DbErr),
    /// Two transactions stood in each other's way; doing it again will work.
    #[error("the database asks to try again")]
    Contended(#[source] DbErr),
    #[error("the database refused a statement")]
    Broken(#[source] DbErr),
    /// The group of transactions that this one was committed with could not be made durable.
    #[error("the database could not make the change durable: {0}")]
    NotDurable(String, bool),
    #[error("a stored row cannot be read: {0}")]
    Unreadable(String),
}

impl StoreError {
    pub(super) fn group_failure(err: &StoreError) -> Self {
        Self::NotDurable(err.to_string(), matches!(err, Self::Full(_)))
    }

    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Duplicate(_))
    }
}

impl From<DbErr> for StoreError {
    fn from(err: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(_)) = err.sql_err() {
            return Self::Duplicate(err);
        }
        match code_of(&err).as_deref() {
            // SQLite FULL and its extended codes; PostgreSQL disk_full.
            Some("13" | "53100") => Self::Full(err),
            // PostgreSQL serialization_failure, deadlock_detected, lock_not_available; SQLite BUSY, LOCKED.
            Some("40001" | "40P01" | "55P03" | "5" | "6" | "261" | "517") => Self::Contended(err),
            Some(code) if code.starts_with("08") || code.starts_with("57P") || code == "53300" => Self::Unavailable(err),
            // SQLite IOERR and its extended codes (the low byte is 10), CANTOPEN.
            Some(code) if code.parse::<u32>().is_ok_and(|c| c & 0xff == 10 || c & 0xff == 14) => Self::Unavailable(err),
            Some(_) => Self::Broken(err),
            None if is_connection_trouble(&err) => Self::Unavailable(err),
            None => Self::Broken(err),
        }
    }
}

fn sqlx_of(err: &DbErr) -> Option<&sqlx::Error> {
    match err {
        DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner)) => Some(inner),
        _ => None,
    }
}

fn code_of(err: &DbErr) -> Option<String> {
    sqlx_of(err)?.as_database_error()?.code().map(|code| code.into_owned())
}

fn is_connection_trouble(err: &DbErr) -> bool {
    matches!(err, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
        || matches!(
            sqlx_of(err),
            Some(
                sqlx::Error::Io(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
                    | sqlx::Error::Protocol(_)
                    | sqlx::Error::Tls(_)
            )
        )
}

impl Fault for StoreError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unavailable(_) | Self::Contended(_) | Self::NotDurable(_, false) => Kind::Unavailable,
            Self::Full(_) | Self::NotDurable(_, true) => Kind::Full,
            Self::Duplicate(_) => Kind::Conflict,
            Self::Broken(_) | Self::Unreadable(_) => Kind::Broken,
        }
    }
}
