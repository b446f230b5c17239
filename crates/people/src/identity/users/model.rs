use crate::identity::Role;
use base::{DepartmentId, RoleId, Secret, Timestamp, UserId};

/// A user on a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub avatar: Option<String>,
    pub role: Role,
    pub departments: Vec<DepartmentId>,
    /// How many chats at once.
    pub chat_limit: u32,
    pub accepts_chats: bool,
    pub disabled: bool,
    pub totp_enabled: bool,
    /// Invited, but has no password yet.
    pub invited: bool,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub role: RoleId,
    pub departments: Vec<DepartmentId>,
    pub chat_limit: u32,
    pub accepts_chats: bool,
}

#[derive(Clone, Debug, Default)]
pub struct UserPatch {
    pub email: Option<String>,
    pub name: Option<String>,
    pub role: Option<RoleId>,
    pub departments: Option<Vec<DepartmentId>>,
    pub chat_limit: Option<u32>,
    pub accepts_chats: Option<bool>,
    pub disabled: Option<bool>,
}

/// A new user, and the link to sign in with; none for somebody who had an account already.
#[derive(Clone, Debug)]
pub struct Invited {
    pub user: User,
    pub link: Option<(Secret, Timestamp)>,
}

/// What the routing of chats knows of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentProfile {
    pub id: UserId,
    pub name: String,
    pub avatar: Option<String>,
    pub chat_limit: u32,
    /// Takes chats at all, when online.
    pub accepts: bool,
    pub departments: Vec<DepartmentId>,
}
