use base::{EventId, Fault, Invalid, Kind, ReplayId};
use sockets::StoreError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum LedgerError {
    #[error("event {0} not found")]
    Missing(EventId),
    #[error("replay {0} not found")]
    NoReplay(ReplayId),
    #[error("replay {0} is over")]
    Over(ReplayId),
    #[error("a site runs at most {0} replays at once; wait for one or cancel it")]
    TooMany(usize),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("the ledger cannot be read or written")]
    Store(#[from] StoreError),
}

impl Fault for LedgerError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) | Self::NoReplay(_) => Kind::Missing,
            Self::Over(_) | Self::TooMany(_) => Kind::Conflict,
            Self::Invalid(_) => Kind::Invalid,
            Self::Store(err) => err.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(invalid) => invalid.field(),
            _ => None,
        }
    }
}
