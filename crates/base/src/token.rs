//! Secrets that open doors: shown once, kept only as their hash.

use sha2::Digest as _;
use std::fmt;

/// A secret as its holder sees it. It is never logged: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn from_random(prefix: &str, bytes: &[u8]) -> Self {
        Self(format!("{prefix}{}", hex::encode(bytes)))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// SHA-256 of a secret of at least 128 random bits, in hex: what the database keeps.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Digest(pub String);

impl Digest {
    pub fn of(secret: &str) -> Self {
        Self(hex::encode(sha2::Sha256::digest(secret.as_bytes())))
    }
}

/// Compares without telling by its time how much was right.
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |diff, (l, r)| diff | (l ^ r)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_told_in_debug_output() {
        let secret = Secret::from_random("sbk_", &[7; 32]);
        assert!(!format!("{secret:?}").contains("0707"));
        assert_eq!(secret.digest(), Digest::of(secret.reveal()));
    }
}
