use base::{Fault, Invalid, Kind};
use sockets::StoreError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum ConnectionError {
    #[error("there is no integration {0:?}; GET /v1/integrations lists them")]
    Missing(String),
    #[error("nothing is known of chat {0} in the connected system")]
    NoMatch(base::ChatId),
    #[error("the {0} connection has no settings yet; save them first")]
    Unset(String),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("storing connections failed")]
    Store(#[from] StoreError),
}

impl Fault for ConnectionError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) | Self::NoMatch(_) => Kind::Missing,
            Self::Unset(_) => Kind::Conflict,
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
