use super::model::Refused;
use base::{ChatId, Fault, Invalid, Kind};
use sockets::StoreError;
use thiserror::Error;

/// Longest message, in characters.
pub const LONGEST: usize = 10_000;

#[derive(Debug, Error)]
pub enum ChatError {
    #[error("chat {0} not found")]
    Missing(ChatId),
    #[error("chat {0} has ended; ask for a new one")]
    Over(ChatId),
    #[error("chat {0} is taken by another agent")]
    Taken(ChatId),
    #[error("chat {0} is not taken yet; accept it first")]
    NotTaken(ChatId),
    #[error("chat {0} belongs to another agent; ask for it to be transferred")]
    NotYours(ChatId),
    #[error("the message has {0} characters; {LONGEST} are the most, send the rest in a second one")]
    TooLong(usize),
    #[error("{0}")]
    Denied(&'static str),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("too many messages wait to be kept; try again in a moment")]
    Busy,
    #[error("storing chats failed")]
    Store(#[from] StoreError),
    /// The group of messages that this one was kept with failed.
    #[error("{0}")]
    NotKept(String, Kind),
    /// What another room of the house said.
    #[error("{0}")]
    Elsewhere(String, Kind),
}

impl ChatError {
    pub fn refused(chat: ChatId, why: Refused) -> Self {
        match why {
            Refused::Over => Self::Over(chat),
            Refused::TakenBy(_) => Self::Taken(chat),
            Refused::NotTaken => Self::NotTaken(chat),
        }
    }

    /// From an error of a lower wing, in its own words.
    pub fn elsewhere(err: &impl Fault) -> Self {
        Self::Elsewhere(err.to_string(), err.kind())
    }

    pub(super) fn contended(&self) -> bool {
        matches!(self, Self::Store(StoreError::Contended(_)))
    }
}

impl Fault for ChatError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) => Kind::Missing,
            Self::Over(_) | Self::Taken(_) | Self::NotTaken(_) => Kind::Conflict,
            Self::NotYours(_) | Self::Denied(_) => Kind::Denied,
            Self::TooLong(_) => Kind::TooLarge,
            Self::Invalid(_) => Kind::Invalid,
            Self::Busy => Kind::TooMany,
            Self::Store(err) => err.kind(),
            Self::NotKept(_, kind) | Self::Elsewhere(_, kind) => *kind,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(err) => Some(&err.field),
            Self::TooLong(_) => Some("text"),
            _ => None,
        }
    }
}
