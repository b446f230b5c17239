use base::{Fault, Invalid, Kind};
use sockets::StoreError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum IdentityError {
    #[error("{0} not found")]
    Missing(String),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("{why}")]
    Conflict { field: Option<&'static str>, why: String },
    #[error("{0}")]
    Denied(String),
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    #[error("this link was used or is too old; ask for a new one")]
    WrongLink,
    #[error("{0}")]
    SecondFactor(&'static str),
    #[error("storing identities failed")]
    Store(#[from] StoreError),
    #[error("a cryptographic step failed: {0}")]
    Crypto(String),
}

impl IdentityError {
    pub(super) fn conflict(why: impl Into<String>) -> Self {
        Self::Conflict { field: None, why: why.into() }
    }

    pub(super) fn taken(field: &'static str, why: impl Into<String>) -> Self {
        Self::Conflict { field: Some(field), why: why.into() }
    }

    /// A unique value that exists already is the caller's business; all else stays the store's.
    pub(super) fn or_taken(err: StoreError, field: &'static str, why: &str) -> Self {
        if err.is_duplicate() { Self::taken(field, why) } else { Self::Store(err) }
    }
}

impl From<sea_orm::DbErr> for IdentityError {
    fn from(err: sea_orm::DbErr) -> Self {
        Self::Store(err.into())
    }
}

impl Fault for IdentityError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) => Kind::Missing,
            Self::Invalid(_) => Kind::Invalid,
            Self::Conflict { .. } => Kind::Conflict,
            Self::Denied(_) => Kind::Denied,
            Self::WrongCredentials | Self::WrongLink => Kind::Unauthenticated,
            Self::SecondFactor(_) => Kind::TotpRequired,
            Self::Store(err) => err.kind(),
            Self::Crypto(_) => Kind::Broken,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(err) => err.field(),
            Self::Conflict { field, .. } => *field,
            _ => None,
        }
    }
}
