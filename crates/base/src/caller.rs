use crate::{ApiKeyId, Permission, SiteId, UserId, VisitorId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who is at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    User(UserId),
    ApiKey(ApiKeyId),
    Visitor(VisitorId),
    /// The house itself: jobs and consumers.
    System,
}

/// Who asks, on which site, and what they may. Every look-up is bound to `site`.
#[derive(Clone, Debug)]
pub struct Caller {
    pub site: SiteId,
    pub actor: Actor,
    pub permissions: Arc<BTreeSet<Permission>>,
    /// Of the installation, above all sites.
    pub superadmin: bool,
}

impl Caller {
    pub fn new(site: SiteId, actor: Actor, permissions: BTreeSet<Permission>) -> Self {
        Self { site, actor, permissions: Arc::new(permissions), superadmin: false }
    }

    pub fn system(site: SiteId) -> Self {
        Self::new(site, Actor::System, Permission::ALL.into_iter().collect())
    }

    pub fn visitor(site: SiteId, visitor: VisitorId) -> Self {
        Self::new(site, Actor::Visitor(visitor), BTreeSet::new())
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// The signed-in user, if it is one.
    pub fn user(&self) -> Option<UserId> {
        match self.actor {
            Actor::User(user) => Some(user),
            _ => None,
        }
    }
}
