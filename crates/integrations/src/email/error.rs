use base::{Fault, Invalid, Kind};
use sockets::StoreError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum EmailError {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("storing e-mail failed")]
    Store(#[from] StoreError),
}

impl Fault for EmailError {
    fn kind(&self) -> Kind {
        match self {
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
