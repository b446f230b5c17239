//! Argon2id with 19 MiB and two passes, as OWASP advises.

use crate::identity::IdentityError;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// No password has this hash. Verifying against it takes as long as against any other, so time does not tell who exists.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// So many at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 4;
/// Longer ones are not even looked at.
const LONGEST: usize = 1_024;

pub(super) struct Passwords {
    places: Arc<Semaphore>,
}

impl Passwords {
    pub fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    pub async fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String, IdentityError> {
        let password = password.to_owned();
        self.work(move || {
            let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|err| IdentityError::Crypto(err.to_string()))
        })
        .await
    }

    /// False for whom there is no hash, after the same work.
    pub async fn verify(&self, password: &str, stored: Option<String>) -> Result<bool, IdentityError> {
        if password.len() > LONGEST {
            return Ok(false);
        }
        let password = password.to_owned();
        self.work(move || {
            let right = argon2()?.verify_password(password.as_bytes(), stored.as_deref().unwrap_or(NOBODYS)).is_ok();
            Ok(right && stored.is_some())
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, IdentityError> + Send + 'static,
    ) -> Result<T, IdentityError> {
        let place = self.places.clone().acquire_owned().await;
        let place = place.map_err(|err| IdentityError::Crypto(err.to_string()))?;
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.map_err(|err| IdentityError::Crypto(err.to_string()))?
    }
}

fn argon2() -> Result<Argon2<'static>, IdentityError> {
    let params = Params::new(19 * 1_024, 2, 1, None).map_err(|err| IdentityError::Crypto(err.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse", [7; 16]).await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify("correct horse", Some(hash.clone())).await.expect("verifies"));
        assert!(!passwords.verify("battery staple", Some(hash)).await.expect("verifies"));
    }

    /// The clock of a busy machine proves nothing; that the same work is done does: the hash is read, computed with the costs of real
    /// ones, and compared.
    #[test]
    fn nobody_takes_as_much_work_as_somebody() {
        let refused = argon2().expect("an argon2").verify_password(b"anything", NOBODYS);
        assert_eq!(refused, Err(argon2::password_hash::Error::PasswordInvalid));
        let costs = |hash: &str| hash.rsplitn(3, '$').last().map(str::to_owned);
        let real = argon2().expect("an argon2").hash_password_with_salt(b"anything", &[7; 16]).expect("hashes");
        assert_eq!(costs(NOBODYS), costs(&real.to_string()));
    }
}
