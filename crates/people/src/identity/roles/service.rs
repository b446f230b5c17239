use super::{BuiltIn, NewRole, Role, RolePatch, store};
use crate::identity::{IdentityError, access, input};
use base::{Caller, Invalid, RoleId};
use sockets::Db;

const TAKEN: &str = "a role of this name exists on the site";

pub struct Roles {
    db: Db,
}

impl Roles {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    pub async fn list(&self, caller: &Caller) -> Result<Vec<Role>, IdentityError> {
        Ok(store::all(self.db.read(), caller.site).await?)
    }

    pub async fn find(&self, caller: &Caller, id: RoleId) -> Result<Role, IdentityError> {
        store::find(self.db.read(), caller.site, id).await?.ok_or_else(|| missing(id))
    }

    pub async fn create(&self, caller: &Caller, mut new: NewRole) -> Result<Role, IdentityError> {
        new.name = input::name("name", &new.name)?;
        access::must_hold(caller, &new.permissions)?;
        let tx = self.db.begin().await?;
        let made = store::insert(&tx, caller.site, &new, None).await;
        let role = made.map_err(|err| IdentityError::or_taken(err, "name", TAKEN))?;
        tx.commit().await?;
        Ok(role)
    }

    /// Changes a role that grants nothing above the caller's own, to one that does not either.
    pub async fn change(&self, caller: &Caller, id: RoleId, patch: RolePatch) -> Result<Role, IdentityError> {
        let tx = self.db.begin().await?;
        let mut role = store::find(&tx.conn(), caller.site, id).await?.ok_or_else(|| missing(id))?;
        access::must_hold(caller, &role.permissions)?;
        if let Some(name) = patch.name {
            role.name = input::name("name", &name)?;
        }
        if let Some(wanted) = patch.permissions {
            if role.built_in == Some(BuiltIn::Admin) && wanted != role.permissions {
                return Err(Invalid::new("permissions", "of the role admin are always all").into());
            }
            access::must_hold(caller, &wanted)?;
            role.permissions = wanted;
        }
        let saved = store::save(&tx, &role).await;
        saved.map_err(|err| IdentityError::or_taken(err, "name", TAKEN))?;
        tx.commit().await?;
        Ok(role)
    }

    pub async fn delete(&self, caller: &Caller, id: RoleId) -> Result<(), IdentityError> {
        let tx = self.db.begin().await?;
        access::hold_still(&tx, caller.site).await?;
        let role = store::find(&tx.conn(), caller.site, id).await?.ok_or_else(|| missing(id))?;
        access::must_hold(caller, &role.permissions)?;
        if role.built_in.is_some() {
            return Err(IdentityError::conflict("built-in roles stay"));
        }
        let members = store::members(&tx, id).await?;
        if members > 0 {
            return Err(IdentityError::conflict(format!("{members} users have this role; give them another one first")));
        }
        store::delete(&tx, id).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn missing(id: RoleId) -> IdentityError {
    IdentityError::Missing(format!("role {id}"))
}
