//! Errors speak kinds; the door alone speaks HTTP.

use std::fmt;

/// What sort of thing went wrong, and so what the caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It is not there, or belongs to another site.
    Missing,
    /// The input is wrong; the same input will fail again.
    Invalid,
    /// It clashes with how things stand.
    Conflict,
    /// The caller is known and may not.
    Denied,
    /// The caller is not known.
    Unauthenticated,
    /// The second factor is missing or wrong.
    TotpRequired,
    /// The same idempotency key came with another request.
    IdempotencyMismatch,
    /// Too often; later it will work.
    TooMany,
    TooLarge,
    /// A kind of content we do not take.
    Unsupported,
    /// A part we need does not answer; later it will work.
    Unavailable,
    /// There is no room to keep it.
    Full,
    /// Our own mistake.
    Broken,
}

/// What every module's error can say of itself.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    fn kind(&self) -> Kind;

    /// The input field at fault, as a path (`fields[2].key`).
    fn field(&self) -> Option<&str> {
        None
    }
}

/// An input field that cannot be taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    pub field: String,
    pub why: String,
}

impl Invalid {
    pub fn new(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self { field: field.into(), why: why.into() }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

impl std::error::Error for Invalid {}

impl Fault for Invalid {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn field(&self) -> Option<&str> {
        Some(&self.field)
    }
}
