use crate::chat::{Chat, ChatError, Filter, Hand, Speaker, Status};
use crate::routing::SiteStaff;
use base::{Caller, DepartmentId, Permission, UserId};
use std::sync::Arc;

/// What a caller of the console may see and do with chats of his site.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Nobody: an API key.
    pub agent: Option<UserId>,
    departments: Vec<DepartmentId>,
    all: bool,
    answers: bool,
    history: bool,
    staff: Arc<SiteStaff>,
}

impl Sight {
    pub fn new(caller: &Caller, staff: Arc<SiteStaff>) -> Self {
        let agent = caller.user();
        let departments = agent.and_then(|id| staff.agents.get(&id)).map(|card| card.departments.clone());
        Self {
            agent,
            departments: departments.unwrap_or_default(),
            all: caller.may(Permission::ViewAllChats),
            answers: caller.may(Permission::AnswerChats),
            history: caller.may(Permission::ViewHistory),
            staff,
        }
    }

    pub fn departments(&self) -> &[DepartmentId] {
        &self.departments
    }

    pub fn sees_all(&self) -> bool {
        self.all
    }

    fn serves(&self, chat: &Chat) -> bool {
        chat.department.is_none_or(|id| self.departments.contains(&id))
    }

    /// His own chats, the queue of his departments, and what is over in them; or everything.
    pub fn sees(&self, chat: &Chat) -> bool {
        let his = self.agent.is_some_and(|agent| chat.agent == Some(agent) || chat.agents.contains(&agent));
        self.all
            || his
            || match chat.status {
                Status::Waiting => self.answers && self.serves(chat),
                Status::Chatting => false,
                Status::Ended | Status::Offline => self.history && self.serves(chat),
            }
    }

    /// What he does not see is not there.
    pub fn of(&self, chat: Chat) -> Result<Chat, ChatError> {
        if self.sees(&chat) { Ok(chat) } else { Err(ChatError::Missing(chat.id)) }
    }

    /// The same for a list.
    pub fn narrow(&self, filter: Filter) -> Filter {
        let seen_by = (!self.all).then(|| (self.agent.unwrap_or(UserId(0)), self.departments.clone()));
        Filter { seen_by, ..filter }
    }

    pub fn acting(&self) -> Result<UserId, ChatError> {
        let agent = self.agent.ok_or(ChatError::Denied("only a person answers chats; sign in as one"))?;
        if self.answers { Ok(agent) } else { Err(ChatError::Denied("this needs the permission answer_chats")) }
    }

    pub fn hand(&self) -> Result<Hand, ChatError> {
        Ok(Hand { agent: self.acting()?, any: self.all })
    }

    pub fn speaker(&self) -> Result<Speaker, ChatError> {
        let id = self.acting()?;
        let name = self.staff.agent_name(id).unwrap_or_default().to_owned();
        Ok(Speaker::Agent { id, name, any: self.all })
    }
}
