//! Signatures of Standard Webhooks 1.0 over `id.timestamp.body`: `v1` is HMAC-SHA256 with a shared secret, `v1a` is ed25519, which the
//! receiver verifies with a public key.

use base::{Invalid, Minter};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use sha2::Sha256;
use std::fmt;
use std::str::FromStr;

const SHARED: &str = "whsec_";
const PRIVATE: &str = "whsk_";
const PUBLIC: &str = "whpk_";
const SEED: usize = 32;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// A secret that both sides have.
    #[default]
    V1,
    /// A key that only we have, and its public half.
    V1a,
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "v1",
            Self::V1a => "v1a",
        })
    }
}

impl FromStr for Algorithm {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "v1" => Ok(Self::V1),
            "v1a" => Ok(Self::V1a),
            _ => Err(Invalid::new("algorithm", "should be v1 or v1a")),
        }
    }
}

/// A key to sign with, in base64 behind its prefix. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(String);

impl SigningSecret {
    pub fn make(minter: &Minter, algorithm: Algorithm) -> Self {
        let random = minter.bytes::<SEED>();
        match algorithm {
            Algorithm::V1 => Self(format!("{SHARED}{}", STANDARD.encode(random))),
            Algorithm::V1a => {
                let pair = Ed25519KeyPair::from_seed_unchecked(&random).expect("32 bytes are a seed");
                let both = [random.as_slice(), pair.public_key().as_ref()].concat();
                Self(format!("{PRIVATE}{}", STANDARD.encode(both)))
            }
        }
    }

    pub(super) fn stored(text: String) -> Self {
        Self(text)
    }

    pub(super) fn to_store(&self) -> &str {
        &self.0
    }

    pub fn algorithm(&self) -> Algorithm {
        if self.0.starts_with(PRIVATE) { Algorithm::V1a } else { Algorithm::V1 }
    }

    /// What the receiver verifies with: the shared secret, or the public key.
    pub fn reveal(&self) -> String {
        match self.pair() {
            Some(pair) => format!("{PUBLIC}{}", STANDARD.encode(pair.public_key().as_ref())),
            None => self.0.clone(),
        }
    }

    fn pair(&self) -> Option<Ed25519KeyPair> {
        let both = STANDARD.decode(self.0.strip_prefix(PRIVATE)?).ok()?;
        Ed25519KeyPair::from_seed_unchecked(both.get(..SEED)?).ok()
    }

    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let head = format!("{id}.{timestamp}.");
        if let Some(pair) = self.pair() {
            let signature = pair.sign(&[head.as_bytes(), body].concat());
            return format!("v1a,{}", STANDARD.encode(signature.as_ref()));
        }
        let text = self.0.strip_prefix(SHARED).unwrap_or(&self.0);
        let key = STANDARD.decode(text).unwrap_or_else(|_| text.as_bytes().to_vec());
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
        mac.update(head.as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// The value of `webhook-signature`: one signature for each secret in force.
pub fn sign(secrets: &[SigningSecret], id: &str, timestamp: i64, body: &[u8]) -> String {
    secrets.iter().map(|secret| secret.sign(id, timestamp, body)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{ManualClock, Timestamp};
    use ring::signature::{ED25519, UnparsedPublicKey};
    use std::sync::Arc;

    /// The example of the specification's reference libraries.
    #[test]
    fn the_published_example_is_signed_alike() {
        let secret = SigningSecret::stored("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into());
        let signed = sign(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_secret_in_force_signs() {
        let secrets = ["whsec_YQ==", "whsec_Yg=="].map(|text| SigningSecret::stored(text.into()));
        let both = sign(&secrets, "a", 1, b"");
        assert_eq!(both.split(' ').count(), 2);
        assert!(both.contains(&sign(&secrets[1..], "a", 1, b"")));
    }

    #[test]
    fn the_public_key_that_is_shown_verifies_and_tells_nothing_of_the_private_one() {
        let minter = Minter::new(Arc::new(ManualClock::at(Timestamp::from_millis(0))), 1);
        let secret = SigningSecret::make(&minter, Algorithm::V1a);
        let shown = secret.reveal();
        let key = STANDARD.decode(shown.strip_prefix("whpk_").unwrap()).unwrap();
        let signed = sign(std::slice::from_ref(&secret), "a", 7, b"body");
        let signature = STANDARD.decode(signed.strip_prefix("v1a,").unwrap()).unwrap();
        UnparsedPublicKey::new(&ED25519, &key).verify(b"a.7.body", &signature).unwrap();
        assert_eq!((key.len(), SigningSecret::stored(secret.to_store().to_owned()).algorithm()), (32, Algorithm::V1a));
    }
}
