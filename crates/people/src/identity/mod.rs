//! Who works here, on which site, and what they may.
//!
//! A **user** is one account of the installation; a **membership** puts the user on a site with a role. A **role** is a named set of
//! permissions of one site; nobody grants what they have not. A browser holds a **session** by an opaque cookie, a program an **API
//! key**; of both only the digest is stored. Announces nothing; hears nothing. Never tells whether an e-mail address is known to
//! somebody who is not signed in.

mod access;
mod api_keys;
mod departments;
mod error;
mod first_start;
mod input;
mod keeper;
mod roles;
mod schema;
mod sessions;
mod sign_in;
mod sites;
mod tables;
mod users;

pub use api_keys::{ApiKey, ApiKeys, NewApiKey};
pub use departments::{Department, DepartmentPatch, Departments, NewDepartment};
pub use error::IdentityError;
pub use first_start::FirstStart;
pub use roles::{BuiltIn, NewRole, Role, RolePatch, Roles};
pub use schema::migrations;
pub use sessions::{Session, SessionSpans, Sessions, Whence};
pub use sign_in::{Attempt, Opened, SignIn};
pub use sites::{NewSite, Site, SitePatch, Sites};
pub use users::{AgentProfile, Invited, NewUser, User, UserPatch, Users};

use sockets::{Db, StoreError};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

/// All of the module, put together.
#[derive(Clone)]
pub struct Identity {
    db: Db,
    pub sites: Arc<Sites>,
    pub users: Arc<Users>,
    pub roles: Arc<Roles>,
    pub departments: Arc<Departments>,
    pub sessions: Arc<Sessions>,
    pub api_keys: Arc<ApiKeys>,
    pub sign_in: Arc<SignIn>,
}

impl Identity {
    pub fn new(db: Db, spans: SessionSpans) -> Self {
        let sessions = Arc::new(Sessions::new(db.clone(), spans));
        Self {
            sites: Arc::new(Sites::new(db.clone())),
            users: Arc::new(Users::new(db.clone())),
            roles: Arc::new(Roles::new(db.clone())),
            departments: Arc::new(Departments::new(db.clone())),
            api_keys: Arc::new(ApiKeys::new(db.clone())),
            sign_in: Arc::new(SignIn::new(db.clone(), spans)),
            sessions,
            db,
        }
    }

    pub fn routes(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .merge(sign_in::routes(self.sign_in.clone()))
            .merge(sessions::routes(self.sessions.clone()))
            .merge(sites::routes(self.clone()))
            .merge(users::routes(self.users.clone()))
            .merge(roles::routes(self.roles.clone()))
            .merge(departments::routes(self.departments.clone()))
            .merge(api_keys::routes(self.api_keys.clone()))
    }

    /// Forgets sessions and links that are over; for a job to call. Tells how many.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let tx = self.db.begin().await?;
        let gone = sessions::store::forget_over(&tx, self.sessions.spans).await? + sign_in::links::forget_over(&tx).await?;
        tx.commit().await?;
        Ok(gone)
    }
}
