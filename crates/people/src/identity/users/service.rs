use super::store::{self, NewAccount, Terms};
use super::{AgentProfile, Invited, NewUser, User, UserPatch};
use crate::identity::sign_in::links;
use crate::identity::tables::user;
use crate::identity::{IdentityError, access, departments, input, roles, sessions};
use base::{Caller, DepartmentId, Invalid, Page, PageRequest, Permission, RoleId, Secret, SiteId, Timestamp, UserId};
use sea_orm::ActiveValue::Set;
use sockets::{Db, StoreError, Tx};

const TAKEN: &str = "somebody has this e-mail address already";

pub struct Users {
    db: Db,
}

impl Users {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    pub async fn list(&self, caller: &Caller, ask: &PageRequest) -> Result<Page<User>, IdentityError> {
        let after = input::cursor(ask)?;
        let rows = store::after(self.db.read(), caller.site, after, u64::from(ask.limit) + 1).await?;
        Ok(Page::cut(rows, ask.limit, |user| user.id.to_string()))
    }

    pub async fn find(&self, caller: &Caller, id: UserId) -> Result<User, IdentityError> {
        store::find(self.db.read(), caller.site, id).await?.ok_or_else(|| missing(id))
    }

    /// Who may answer chats on the site and is not disabled, by id. Cheap: four indexed queries.
    pub async fn agents(&self, site: SiteId) -> Result<Vec<AgentProfile>, StoreError> {
        let mut users = store::enabled(self.db.read(), site).await?;
        users.retain(|user| user.role.permissions.contains(&Permission::AnswerChats));
        Ok(users.into_iter().map(AgentProfile::from).collect())
    }

    /// One of [`Users::agents`].
    pub async fn agent(&self, site: SiteId, id: UserId) -> Result<Option<AgentProfile>, StoreError> {
        let found = store::find(self.db.read(), site, id).await?;
        let may = |user: &User| !user.disabled && user.role.permissions.contains(&Permission::AnswerChats);
        Ok(found.filter(may).map(AgentProfile::from))
    }

    /// Makes an account with a link to sign in. An account that exists on another site can only be added by those who stand above
    /// both: whoever made it there may still hold its keys.
    pub async fn create(&self, caller: &Caller, new: NewUser) -> Result<Invited, IdentityError> {
        let email = input::Email::parse(&new.email)?;
        let name = input::name("name", &new.name)?;
        let tx = self.db.begin().await?;
        let terms = Terms {
            role: grantable(&tx, caller, new.role).await?,
            chat_limit: checked_limit(new.chat_limit)?,
            accepts_chats: new.accepts_chats,
            disabled: false,
        };
        let departments = checked_departments(&tx, caller.site, new.departments).await?;
        let (id, link) = match store::account_by_email(&tx.conn(), &email.key).await? {
            Some(known) => (self.known_account(&tx, caller, UserId(known.id)).await?, None),
            None => {
                let account = NewAccount { email: &email, name: &name, language: "zh", superadmin: false };
                let made = store::insert_account(&tx, &account).await;
                let id = made.map_err(|err| IdentityError::or_taken(err, "email", TAKEN))?;
                (id, Some(links::issue(&tx, self.db.minter(), id, links::INVITATION).await?))
            }
        };
        store::insert_place(&tx, caller.site, id, &terms).await?;
        departments::store::set_departments(&tx, caller.site, id, &departments).await?;
        let user = store::find(&tx.conn(), caller.site, id).await?.ok_or_else(|| missing(id))?;
        tx.commit().await?;
        Ok(Invited { user, link })
    }

    async fn known_account(&self, tx: &Tx, caller: &Caller, id: UserId) -> Result<UserId, IdentityError> {
        if access::sites_of(&tx.conn(), id).await?.contains(&caller.site) {
            return Err(IdentityError::taken("email", TAKEN));
        }
        if !caller.superadmin {
            let why = "this person works on another site; an administrator of the installation can add them here";
            return Err(IdentityError::taken("email", why));
        }
        Ok(id)
    }

    pub async fn change(&self, caller: &Caller, id: UserId, patch: UserPatch) -> Result<User, IdentityError> {
        let tx = self.db.begin().await?;
        access::hold_still(&tx, caller.site).await?;
        let user = store::find(&tx.conn(), caller.site, id).await?.ok_or_else(|| missing(id))?;
        access::must_stand_above(&tx.conn(), caller, id).await?;
        change_account(&tx, caller, id, &patch).await?;
        let mut terms = Terms {
            role: user.role.id,
            chat_limit: user.chat_limit,
            accepts_chats: patch.accepts_chats.unwrap_or(user.accepts_chats),
            disabled: patch.disabled.unwrap_or(user.disabled),
        };
        if let Some(role) = patch.role {
            terms.role = grantable(&tx, caller, role).await?;
        }
        if let Some(limit) = patch.chat_limit {
            terms.chat_limit = checked_limit(limit)?;
        }
        if let Some(wanted) = patch.departments {
            let checked = checked_departments(&tx, caller.site, wanted).await?;
            departments::store::set_departments(&tx, caller.site, id, &checked).await?;
        }
        store::save_place(&tx, caller.site, id, &terms).await?;
        access::must_have_an_admin(&tx, caller.site).await?;
        if terms.disabled && !user.disabled {
            sessions::store::delete_all(&tx, id, None).await?;
            links::forget_of(&tx, id).await?;
        }
        let changed = store::find(&tx.conn(), caller.site, id).await?.ok_or_else(|| missing(id))?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Takes a user off the site; the account goes when it was the last one.
    pub async fn remove(&self, caller: &Caller, id: UserId) -> Result<(), IdentityError> {
        let tx = self.db.begin().await?;
        access::hold_still(&tx, caller.site).await?;
        access::must_stand_above(&tx.conn(), caller, id).await?;
        store::delete_place(&tx, caller.site, id).await?;
        access::must_have_an_admin(&tx, caller.site).await?;
        let elsewhere = !access::sites_of(&tx.conn(), id).await?.is_empty();
        if !elsewhere && !access::is_superadmin(&tx.conn(), id).await? {
            store::delete_account(&tx, id).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A new one-time link for somebody who lost the old one, or the password. Earlier links end.
    pub async fn new_link(&self, caller: &Caller, id: UserId) -> Result<(Secret, Timestamp), IdentityError> {
        let tx = self.db.begin().await?;
        let place = access::must_stand_above(&tx.conn(), caller, id).await?;
        access::must_own_account(&tx, caller, id).await?;
        if place.disabled {
            return Err(IdentityError::conflict("this user is disabled; enable them first"));
        }
        let account = store::account(&tx.conn(), id).await?.ok_or_else(|| missing(id))?;
        let span = if account.password_hash.is_none() { links::INVITATION } else { links::RESCUE };
        let link = links::issue(&tx, self.db.minter(), id, span).await?;
        tx.commit().await?;
        Ok(link)
    }
}

async fn change_account(tx: &Tx, caller: &Caller, id: UserId, patch: &UserPatch) -> Result<(), IdentityError> {
    if patch.email.is_none() && patch.name.is_none() {
        return Ok(());
    }
    access::must_own_account(tx, caller, id).await?;
    let mut row = user::ActiveModel { id: Set(id.0), ..Default::default() };
    if let Some(email) = &patch.email {
        let email = input::Email::parse(email)?;
        row.email = Set(email.shown);
        row.email_key = Set(email.key);
        // Links that went to the old address are not to be used any more.
        links::forget_of(tx, id).await?;
    }
    if let Some(name) = &patch.name {
        row.name = Set(input::name("name", name)?);
    }
    let saved = store::save_account(tx, row).await;
    saved.map_err(|err| IdentityError::or_taken(err, "email", TAKEN))
}

/// The role, if it is of the site and grants nothing that the caller has not.
async fn grantable(tx: &Tx, caller: &Caller, id: RoleId) -> Result<RoleId, IdentityError> {
    let found = roles::store::find(&tx.conn(), caller.site, id).await?;
    let role = found.ok_or_else(|| Invalid::new("role_id", "is no role of this site"))?;
    access::must_hold(caller, &role.permissions)?;
    Ok(role.id)
}

fn checked_limit(limit: u32) -> Result<u32, Invalid> {
    if (1..=100).contains(&limit) { Ok(limit) } else { Err(Invalid::new("chat_limit", "should be 1 to 100")) }
}

async fn checked_departments(tx: &Tx, site: SiteId, mut all: Vec<DepartmentId>) -> Result<Vec<DepartmentId>, IdentityError> {
    if all.len() > 200 {
        return Err(Invalid::new("departments", "has more than 200 departments").into());
    }
    for (at, id) in all.iter().enumerate() {
        if !departments::store::exists(&tx.conn(), site, *id).await? {
            return Err(Invalid::new(format!("departments[{at}]"), "is no department of this site").into());
        }
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

impl From<User> for AgentProfile {
    fn from(user: User) -> Self {
        let User { id, name, avatar, chat_limit, accepts_chats, departments, .. } = user;
        Self { id, name, avatar, chat_limit, accepts: accepts_chats, departments }
    }
}

fn missing(id: UserId) -> IdentityError {
    IdentityError::Missing(format!("user {id}"))
}
