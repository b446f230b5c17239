//! What people do with their own account.

use super::service::SignIn;
use super::{links, totp};
use crate::identity::tables::user;
use crate::identity::users::store;
use crate::identity::{IdentityError, input, sessions};
use base::{Invalid, SessionId, UserId};
use sea_orm::ActiveValue::Set;
use std::time::Duration;

/// So long after signing in by link the old password need not be known.
const RESCUED: Duration = Duration::from_secs(3_600);

#[derive(Clone, Debug, Default)]
pub(super) struct MePatch {
    pub name: Option<String>,
    pub language: Option<String>,
    pub time_zone: Option<String>,
}

impl SignIn {
    pub(super) async fn change_me(&self, user: UserId, patch: MePatch) -> Result<(), IdentityError> {
        let mut row = user::ActiveModel { id: Set(user.0), ..Default::default() };
        if let Some(name) = patch.name {
            row.name = Set(input::name("name", &name)?);
        }
        if let Some(language) = patch.language {
            row.language = Set(input::language("language", &language)?);
        }
        if let Some(zone) = patch.time_zone {
            row.time_zone = Set(Some(input::time_zone(&zone)?));
        }
        let tx = self.db.begin().await?;
        store::save_account(&tx, row).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets a new password. All other sessions and all links end.
    pub(super) async fn change_password(
        &self,
        user: UserId,
        session: SessionId,
        current: Option<&str>,
        new: &str,
    ) -> Result<(), IdentityError> {
        let account = self.account(user).await?;
        if account.password_hash.is_some() && !self.is_rescued(session).await? {
            let given = current.ok_or_else(|| Invalid::new("current", "is needed to set a new password"))?;
            self.must_know_password(account.clone(), "current", given).await?;
        }
        input::new_password(new, &account.email)?;
        self.store_password(user, Some(session), new).await
    }

    async fn is_rescued(&self, session: SessionId) -> Result<bool, IdentityError> {
        let now = self.db.clock().now();
        let found = sessions::store::find(self.db.read(), session).await?;
        Ok(found.is_some_and(|session| session.by_link && now.since(session.created_at) <= RESCUED))
    }

    async fn must_know_password(&self, account: user::Model, field: &str, given: &str) -> Result<(), IdentityError> {
        if self.passwords.verify(given, account.password_hash).await? {
            return Ok(());
        }
        Err(Invalid::new(field, "is not your password").into())
    }

    /// Without asking for the old one: for the machine's owner (command line, sample data).
    pub async fn put_password(&self, user: UserId, new: &str) -> Result<(), IdentityError> {
        let account = self.account(user).await?;
        input::new_password(new, &account.email)?;
        self.store_password(user, None, new).await
    }

    async fn store_password(&self, user: UserId, kept: Option<SessionId>, new: &str) -> Result<(), IdentityError> {
        let hash = self.passwords.hash(new, self.db.minter().bytes()).await?;
        let tx = self.db.begin().await?;
        let row = user::ActiveModel { id: Set(user.0), password_hash: Set(Some(hash)), ..Default::default() };
        store::save_account(&tx, row).await?;
        sessions::store::delete_all(&tx, user, kept).await?;
        if let Some(session) = kept {
            sessions::store::not_by_link(&tx, session).await?;
        }
        links::forget_of(&tx, user).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A secret for the authenticator; it counts once a code of it was shown.
    pub(super) async fn begin_totp(&self, user: UserId) -> Result<(String, String), IdentityError> {
        let account = self.account(user).await?;
        if account.totp_on {
            return Err(IdentityError::conflict("a second factor is set up already; remove it first"));
        }
        let secret = totp::fresh_secret(self.db.minter());
        let url = totp::url(&secret, &account.email)?;
        let tx = self.db.begin().await?;
        let row = user::ActiveModel { id: Set(user.0), totp_secret: Set(Some(secret.clone())), ..Default::default() };
        store::save_account(&tx, row).await?;
        tx.commit().await?;
        Ok((secret, url))
    }

    /// Turns the second factor on and gives the recovery codes.
    pub(super) async fn confirm_totp(&self, user: UserId, code: &str) -> Result<Vec<String>, IdentityError> {
        let tx = self.db.begin().await?;
        let account = store::account(&tx.conn(), user).await?;
        let account = account.ok_or_else(|| IdentityError::Missing(format!("user {user}")))?;
        if account.totp_on {
            return Err(IdentityError::conflict("a second factor is set up already; remove it first"));
        }
        let secret = account.totp_secret.ok_or_else(|| IdentityError::conflict("ask for a secret first"))?;
        let step = totp::step_of(&secret, code, &tx)?;
        let step = step.ok_or_else(|| Invalid::new("code", "is wrong or too old; is the device's clock right?"))?;
        let row = user::ActiveModel { id: Set(user.0), totp_on: Set(true), totp_step: Set(step), ..Default::default() };
        store::save_account(&tx, row).await?;
        let codes = totp::fresh_recovery_codes(&tx, self.db.minter(), user).await?;
        tx.commit().await?;
        Ok(codes)
    }

    pub(super) async fn remove_totp(&self, user: UserId, password: &str) -> Result<(), IdentityError> {
        let account = self.account(user).await?;
        self.must_know_password(account, "password", password).await?;
        let tx = self.db.begin().await?;
        let row =
            user::ActiveModel { id: Set(user.0), totp_secret: Set(None), totp_on: Set(false), ..Default::default() };
        store::save_account(&tx, row).await?;
        totp::forget_recovery_codes(&tx, user).await?;
        tx.commit().await?;
        Ok(())
    }
}
