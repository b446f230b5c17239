use crate::email::EmailError;
use crate::office::FileError;
use base::{Fault, Invalid, Kind, TicketId};
use sockets::StoreError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum TicketError {
    #[error("ticket {0} not found")]
    Missing(TicketId),
    #[error("{0} not found")]
    NoSuch(String),
    #[error("the ticket is closed; open a new one that follows it")]
    Closed,
    #[error("{0}")]
    Denied(&'static str),
    #[error("a site has at most {0} of these; remove one first")]
    TooMany(i64),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Email(#[from] EmailError),
    #[error("storing tickets failed")]
    Store(#[from] StoreError),
}

impl Fault for TicketError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) | Self::NoSuch(_) => Kind::Missing,
            Self::Closed | Self::TooMany(_) => Kind::Conflict,
            Self::Denied(_) => Kind::Denied,
            Self::Invalid(_) => Kind::Invalid,
            Self::File(err) => err.kind(),
            Self::Email(err) => err.kind(),
            Self::Store(err) => err.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(invalid) => invalid.field(),
            Self::File(err) => err.field(),
            Self::Email(err) => err.field(),
            _ => None,
        }
    }
}
