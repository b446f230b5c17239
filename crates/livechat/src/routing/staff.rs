use crate::chat::ChatError;
use base::{DepartmentId, SiteId, UserId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An agent as he was set up; whether he is here the live store knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentCard {
    pub id: UserId,
    pub name: String,
    pub departments: Vec<DepartmentId>,
    pub chat_limit: u32,
    pub accepts_chats: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepartmentCard {
    pub id: DepartmentId,
    pub name: String,
    pub is_default: bool,
}

/// Who works on a site.
#[derive(Clone, Debug, Default)]
pub struct SiteStaff {
    pub agents: BTreeMap<UserId, AgentCard>,
    pub departments: BTreeMap<DepartmentId, DepartmentCard>,
}

impl SiteStaff {
    pub fn default_department(&self) -> Option<DepartmentId> {
        self.departments.values().find(|department| department.is_default).map(|department| department.id)
    }

    pub fn department_name(&self, id: DepartmentId) -> Option<&str> {
        self.departments.get(&id).map(|department| department.name.as_str())
    }

    pub fn agent_name(&self, id: UserId) -> Option<&str> {
        self.agents.get(&id).map(|agent| agent.name.as_str())
    }
}

/// Where agents and departments are looked up; asked often, so the answer may be a few seconds old.
#[async_trait::async_trait]
pub trait Staff: Send + Sync + 'static {
    async fn of_site(&self, site: SiteId) -> Result<Arc<SiteStaff>, ChatError>;
}
