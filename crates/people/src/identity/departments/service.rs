use super::{Department, DepartmentPatch, NewDepartment, store};
use crate::identity::{IdentityError, access, input};
use base::{Caller, DepartmentId, Invalid, SiteId, UserId};
use sockets::{Db, StoreError, Tx};

const TAKEN: &str = "a department of this name exists on the site";

pub struct Departments {
    db: Db,
}

impl Departments {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// All of a site, by id, with their members. Cheap: two indexed queries.
    pub async fn list(&self, site: SiteId) -> Result<Vec<Department>, StoreError> {
        store::all(self.db.read(), site).await
    }

    pub async fn find(&self, caller: &Caller, id: DepartmentId) -> Result<Department, IdentityError> {
        store::find(self.db.read(), caller.site, id).await?.ok_or_else(|| missing(id))
    }

    /// The first department of a site is its default.
    pub async fn create(&self, caller: &Caller, new: NewDepartment) -> Result<Department, IdentityError> {
        let tx = self.db.begin().await?;
        access::hold_still(&tx, caller.site).await?;
        let mut department = Department {
            id: DepartmentId(0),
            name: input::name("name", &new.name)?,
            description: input::text("description", &new.description, 1_000)?,
            is_default: new.is_default || !store::has_any(&tx, caller.site).await?,
            members: checked_members(&tx, caller.site, new.members).await?,
        };
        if department.is_default {
            store::no_default(&tx, caller.site).await?;
        }
        let made = store::insert(&tx, caller.site, &department).await;
        department.id = made.map_err(|err| IdentityError::or_taken(err, "name", TAKEN))?;
        store::set_members(&tx, caller.site, department.id, &department.members).await?;
        tx.commit().await?;
        Ok(department)
    }

    pub async fn change(&self, caller: &Caller, id: DepartmentId, patch: DepartmentPatch) -> Result<Department, IdentityError> {
        let tx = self.db.begin().await?;
        access::hold_still(&tx, caller.site).await?;
        let mut department = store::find(&tx.conn(), caller.site, id).await?.ok_or_else(|| missing(id))?;
        if let Some(name) = patch.name {
            department.name = input::name("name", &name)?;
        }
        if let Some(text) = patch.description {
            department.description = input::text("description", &text, 1_000)?;
        }
        if let Some(members) = patch.members {
            department.members = checked_members(&tx, caller.site, members).await?;
            store::set_members(&tx, caller.site, id, &department.members).await?;
        }
        match patch.is_default {
            Some(true) => {
                store::no_default(&tx, caller.site).await?;
                department.is_default = true;
            }
            Some(false) if department.is_default => {
                return Err(IdentityError::taken("is_default", "one department is the default; make another one so instead"));
            }
            _ => {}
        }
        let saved = store::save(&tx, caller.site, &department).await;
        saved.map_err(|err| IdentityError::or_taken(err, "name", TAKEN))?;
        tx.commit().await?;
        Ok(department)
    }

    pub async fn delete(&self, caller: &Caller, id: DepartmentId) -> Result<(), IdentityError> {
        let tx = self.db.begin().await?;
        access::hold_still(&tx, caller.site).await?;
        let department = store::find(&tx.conn(), caller.site, id).await?.ok_or_else(|| missing(id))?;
        if department.is_default {
            return Err(IdentityError::conflict("the default department stays; make another one the default first"));
        }
        store::delete(&tx, id).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn checked_members(tx: &Tx, site: SiteId, mut members: Vec<UserId>) -> Result<Vec<UserId>, IdentityError> {
    if members.len() > 5_000 {
        return Err(Invalid::new("members", "has more than 5000 users").into());
    }
    let strangers = store::strangers(tx, site, &members).await?;
    if let Some(at) = members.iter().position(|user| strangers.contains(user)) {
        return Err(Invalid::new(format!("members[{at}]"), "is no user of this site").into());
    }
    members.sort_unstable();
    members.dedup();
    Ok(members)
}

fn missing(id: DepartmentId) -> IdentityError {
    IdentityError::Missing(format!("department {id}"))
}
