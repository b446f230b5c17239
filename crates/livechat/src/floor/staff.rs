use crate::chat::ChatError;
use crate::routing::{AgentCard, DepartmentCard, SiteStaff, Staff};
use base::{Fault as _, SiteId};
use people::identity::Identity;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A changed limit or department works after this time at the latest.
const FRESH: Duration = Duration::from_secs(2);

type Known = HashMap<SiteId, (Instant, Arc<SiteStaff>)>;

/// Agents and departments as `people` keeps them, asked for often and therefore remembered for a moment.
pub struct PeopleStaff {
    identity: Identity,
    known: Mutex<Known>,
}

impl PeopleStaff {
    pub fn new(identity: Identity) -> Self {
        Self { identity, known: Mutex::default() }
    }

    async fn ask(&self, site: SiteId) -> Result<SiteStaff, ChatError> {
        let agents = self.identity.users.agents(site).await?;
        let departments = self.identity.departments.list(site).await?;
        let card = |agent: people::identity::AgentProfile| AgentCard {
            id: agent.id,
            name: agent.name,
            departments: agent.departments,
            chat_limit: agent.chat_limit,
            accepts_chats: agent.accepts,
        };
        Ok(SiteStaff {
            agents: agents.into_iter().map(|agent| (agent.id, card(agent))).collect(),
            departments: departments
                .into_iter()
                .map(|one| (one.id, DepartmentCard { id: one.id, name: one.name, is_default: one.is_default }))
                .collect(),
        })
    }
}

#[async_trait::async_trait]
impl Staff for PeopleStaff {
    async fn of_site(&self, site: SiteId) -> Result<Arc<SiteStaff>, ChatError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&site).cloned();
        if let Some((_, staff)) = known.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(staff.clone());
        }
        match self.ask(site).await {
            Ok(staff) => {
                let staff = Arc::new(staff);
                self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(site, (Instant::now(), staff.clone()));
                Ok(staff)
            }
            // Better an old answer than none while the database is away for a moment.
            Err(err) => known.map(|(_, staff)| staff).ok_or_else(|| ChatError::elsewhere(&err)).inspect_err(|_| {
                tracing::debug!(kind = ?err.kind(), site = site.0, "nobody says who works here");
            }),
        }
    }
}
