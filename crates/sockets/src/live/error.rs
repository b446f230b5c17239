use base::{Fault, Kind, UserId};
use thiserror::Error;

/// What the live store can say.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LiveError {
    /// It is not here (any more); say again what it is.
    #[error("{0} is not here")]
    Missing(String),
    /// It changed since the caller looked.
    #[error("{0} has changed meanwhile; look again")]
    Changed(String),
    /// The agent may not take one more chat.
    #[error("agent {0} has no room for another chat")]
    NoRoom(UserId),
    #[error("{0}")]
    Invalid(String),
    /// The store does not answer. What was asked may or may not have happened; everything in here may be said twice.
    #[error("the live store does not answer: {0}")]
    Unavailable(String),
    /// The store keeps something that this version cannot read, or refused a script.
    #[error("the live store is in disorder: {0}")]
    Broken(String),
}

impl Fault for LiveError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) => Kind::Missing,
            Self::Changed(_) | Self::NoRoom(_) => Kind::Conflict,
            Self::Invalid(_) => Kind::Invalid,
            Self::Unavailable(_) => Kind::Unavailable,
            Self::Broken(_) => Kind::Broken,
        }
    }
}
