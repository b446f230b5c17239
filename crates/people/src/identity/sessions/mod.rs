//! Sessions: signed-in browsers. Over after some hours without use or some days at all ([`SessionSpans`]); listed, and revoked one by
//! one, when the password changes, and when their user is disabled.

mod routes;
pub(super) mod store;

pub(super) use routes::routes;

use super::{IdentityError, access};
use base::{Caller, Digest, Secret, SessionId, Timestamp, UserId};
use sockets::{Db, StoreError, Tx};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

/// How long a session lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSpans {
    /// Without use.
    pub idle: Duration,
    /// At all.
    pub longest: Duration,
}

impl Default for SessionSpans {
    fn default() -> Self {
        Self { idle: 12 * HOUR, longest: 30 * 24 * HOUR }
    }
}

/// Use is noted this often, so that reading does not write.
const NOTED: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    /// What the browser says of itself.
    pub agent: String,
    pub address: String,
    pub by_link: bool,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
}

/// From where somebody signs in.
#[derive(Clone, Debug, Default)]
pub struct Whence {
    pub agent: String,
    pub address: String,
}

impl Session {
    fn is_over(&self, spans: SessionSpans, now: Timestamp) -> bool {
        now.since(self.seen_at) > spans.idle || now.since(self.created_at) > spans.longest
    }
}

pub struct Sessions {
    db: Db,
    pub(super) spans: SessionSpans,
}

impl Sessions {
    pub fn new(db: Db, spans: SessionSpans) -> Self {
        Self { db, spans }
    }

    /// The session of this cookie, if it still is one. Notes that it is in use.
    pub async fn open(&self, cookie: &Digest) -> Result<Option<Session>, IdentityError> {
        let now = self.db.clock().now();
        let found = store::by_digest(self.db.read(), cookie).await?;
        let Some(session) = found.filter(|session| !session.is_over(self.spans, now)) else { return Ok(None) };
        if now.since(session.seen_at) > NOTED {
            // Not worth failing for, as on a full disk, where reading goes on.
            if let Err(err) = self.note(session.id).await {
                tracing::warn!(error = ?err, "the use of a session could not be noted");
            }
        }
        Ok(Some(session))
    }

    async fn note(&self, id: SessionId) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        store::seen(&tx, id).await?;
        tx.commit().await
    }

    pub async fn list(&self, user: UserId) -> Result<Vec<Session>, IdentityError> {
        let now = self.db.clock().now();
        let mut all = store::of_user(self.db.read(), user).await?;
        all.retain(|session| !session.is_over(self.spans, now));
        Ok(all)
    }

    /// Ends one session of a user.
    pub async fn revoke(&self, user: UserId, id: SessionId) -> Result<(), IdentityError> {
        let tx = self.db.begin().await?;
        if !store::delete(&tx, user, id).await? {
            return Err(IdentityError::Missing(format!("session {id}")));
        }
        tx.commit().await?;
        Ok(())
    }

    pub async fn list_of(&self, caller: &Caller, user: UserId) -> Result<Vec<Session>, IdentityError> {
        access::must_stand_above(self.db.read(), caller, user).await?;
        self.list(user).await
    }

    pub async fn revoke_of(&self, caller: &Caller, user: UserId, id: SessionId) -> Result<(), IdentityError> {
        access::must_stand_above(self.db.read(), caller, user).await?;
        self.revoke(user, id).await
    }
}

/// Opens a session inside the caller's transaction.
pub(super) async fn begin(
    tx: &Tx,
    minter: &base::Minter,
    user: UserId,
    whence: &Whence,
    by_link: bool,
) -> Result<(Secret, SessionId), StoreError> {
    let secret = minter.secret("sbs_");
    let id = store::insert(tx, user, &secret.digest(), whence, by_link).await?;
    Ok((secret, id))
}
