use base::{Permission, RoleId, SiteId};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub id: RoleId,
    pub site: SiteId,
    pub name: String,
    pub built_in: Option<BuiltIn>,
    pub permissions: BTreeSet<Permission>,
}

/// The roles that every site is born with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    Agent,
    Leader,
    Operator,
    Admin,
}

impl BuiltIn {
    pub const ALL: [Self; 4] = [Self::Agent, Self::Leader, Self::Operator, Self::Admin];

    pub const fn wire(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Leader => "leader",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.wire() == text)
    }

    /// What the role may on a new site.
    pub fn permissions(self) -> BTreeSet<Permission> {
        use Permission::{
            AnswerChats, AnswerTickets, ManageDepartments, ManageTickets, ManageWebhooks, ManageWidgets, ViewAllChats, ViewEvents, ViewHistory, ViewVisitors,
        };
        let granted: &[Permission] = match self {
            Self::Agent => &[AnswerChats, AnswerTickets, ViewVisitors, ViewHistory],
            Self::Leader => &[AnswerChats, AnswerTickets, ManageTickets, ViewVisitors, ViewHistory, ViewAllChats, ManageDepartments, ViewEvents],
            Self::Operator => &[ViewVisitors, ViewHistory, ManageWidgets, ManageWebhooks, ViewEvents],
            Self::Admin => &Permission::ALL,
        };
        granted.iter().copied().collect()
    }
}

#[derive(Clone, Debug)]
pub struct NewRole {
    pub name: String,
    pub permissions: BTreeSet<Permission>,
}

#[derive(Clone, Debug, Default)]
pub struct RolePatch {
    pub name: Option<String>,
    pub permissions: Option<BTreeSet<Permission>>,
}
