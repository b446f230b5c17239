use base::{Fault, Invalid, Kind};
use sockets::StoreError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum EmailError {
    #[error("letter {0} not found")]
    Missing(i64),
    #[error("letter {0} was not given up; only such letters are sent again")]
    NotGivenUp(i64),
    #[error("this site sends no e-mail")]
    Off,
    #[error("the transcript was sent {0} times; that is the most")]
    TooMany(u32),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("storing e-mail failed")]
    Store(#[from] StoreError),
}

impl Fault for EmailError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) => Kind::Missing,
            Self::NotGivenUp(_) | Self::Off => Kind::Conflict,
            Self::TooMany(_) => Kind::TooMany,
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
