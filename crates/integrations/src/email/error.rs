use base::{Fault, Invalid, Kind};
use sockets::StoreError;
use sockets::mailer::MailError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum EmailError {
    #[error("the site has no mail server; give it one in its e-mail settings")]
    NoServer,
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error("storing e-mail failed")]
    Store(#[from] StoreError),
}

impl Fault for EmailError {
    fn kind(&self) -> Kind {
        match self {
            Self::NoServer => Kind::Conflict,
            Self::Invalid(_) => Kind::Invalid,
            Self::Mail(err) => err.kind(),
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
