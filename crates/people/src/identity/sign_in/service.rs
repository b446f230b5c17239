use super::password::Passwords;
use super::{links, totp};
use crate::identity::roles::BuiltIn;
use crate::identity::tables::user;
use crate::identity::users::store;
use crate::identity::{IdentityError, SessionSpans, Whence, access, input, sessions, sites};
use base::{Permission, Secret, SessionId, SiteId, UserId};
use sockets::{Db, Tx};
use std::collections::BTreeSet;

/// Signs people in and keeps their keys: password, second factor.
pub struct SignIn {
    pub(super) db: Db,
    pub(super) passwords: Passwords,
    pub(super) spans: SessionSpans,
}

/// What somebody shows at the door.
#[derive(Clone)]
pub struct Attempt {
    pub email: String,
    pub password: String,
    pub totp: Option<String>,
}

/// A session that was just opened; the secret is its cookie.
#[derive(Clone, Debug)]
pub struct Opened {
    pub user: UserId,
    pub session: SessionId,
    pub secret: Secret,
}

/// A user with all sites.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub account: user::Model,
    pub sites: Vec<WorksOn>,
}

#[derive(Clone, Debug)]
pub(super) struct WorksOn {
    pub id: SiteId,
    pub name: String,
    pub role: String,
    pub permissions: BTreeSet<Permission>,
}

/// More sites than these are not listed to those who stand above all.
const MOST_SITES: u64 = 200;

impl SignIn {
    pub fn new(db: Db, spans: SessionSpans) -> Self {
        Self { db, passwords: Passwords::new(), spans }
    }

    /// The same answer after the same work, whether the address is unknown, the password wrong or the user disabled.
    pub async fn with_password(&self, attempt: &Attempt, whence: &Whence) -> Result<Opened, IdentityError> {
        let key = input::Email::fold(&attempt.email);
        let account = store::account_by_email(self.db.read(), &key).await?;
        let stored = account.as_ref().and_then(|account| account.password_hash.clone());
        let right = self.passwords.verify(&attempt.password, stored).await?;
        let account = account.filter(|_| right).ok_or(IdentityError::WrongCredentials)?;
        let tx = self.db.begin().await?;
        if !may_come_in(&tx, &account).await? {
            return Err(IdentityError::WrongCredentials);
        }
        totp::demand(&tx, &account, attempt.totp.as_deref()).await?;
        self.open(tx, UserId(account.id), whence, false).await
    }

    /// Uses a one-time link up. Who has a second factor needs it here too, and may try again.
    pub async fn with_link(&self, link: &Secret, code: Option<&str>, whence: &Whence) -> Result<Opened, IdentityError> {
        let tx = self.db.begin().await?;
        let user = links::redeem(&tx, link).await?.ok_or(IdentityError::WrongLink)?;
        let account = store::account(&tx.conn(), user).await?.ok_or(IdentityError::WrongLink)?;
        if !may_come_in(&tx, &account).await? {
            return Err(IdentityError::WrongLink);
        }
        totp::demand(&tx, &account, code).await?;
        self.open(tx, user, whence, true).await
    }

    async fn open(&self, tx: Tx, user: UserId, whence: &Whence, by_link: bool) -> Result<Opened, IdentityError> {
        let (secret, session) = sessions::begin(&tx, self.db.minter(), user, whence, by_link).await?;
        tx.commit().await?;
        Ok(Opened { user, session, secret })
    }

    pub async fn sign_out(&self, user: UserId, session: SessionId) -> Result<(), IdentityError> {
        let tx = self.db.begin().await?;
        sessions::store::delete(&tx, user, session).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn account(&self, user: UserId) -> Result<user::Model, IdentityError> {
        let found = store::account(self.db.read(), user).await?;
        found.ok_or_else(|| IdentityError::Missing(format!("user {user}")))
    }

    pub(super) async fn who(&self, user: UserId) -> Result<Who, IdentityError> {
        let account = self.account(user).await?;
        let conn = self.db.read();
        let mut found = Vec::new();
        for place in access::places(conn, user).await? {
            if let Some(site) = sites::store::find(conn, place.site).await? {
                let (role, permissions) = (place.role.name, place.role.permissions);
                found.push(WorksOn { id: site.id, name: site.name, role, permissions });
            }
        }
        if account.superadmin {
            let known: Vec<_> = found.iter().map(|site| site.id).collect();
            let others = sites::store::after(conn, 0, MOST_SITES).await?;
            found.extend(others.into_iter().filter(|site| !known.contains(&site.id)).map(|site| WorksOn {
                id: site.id,
                name: site.name,
                role: BuiltIn::Admin.wire().to_owned(),
                permissions: BuiltIn::Admin.permissions(),
            }));
            for site in &mut found {
                site.permissions = BuiltIn::Admin.permissions();
            }
        }
        Ok(Who { account, sites: found })
    }
}

/// Somewhere, not disabled.
async fn may_come_in(tx: &Tx, account: &user::Model) -> Result<bool, IdentityError> {
    Ok(account.superadmin || !access::places(&tx.conn(), UserId(account.id)).await?.is_empty())
}
