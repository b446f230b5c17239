use super::apply;
use super::site::Site;
use base::{Page, Timestamp, UserId, VisitorId};
use serde_json::json;
use sockets::live::{
    AgentFilter, AgentPatch, AgentStatus, Gone, LiveAgent, LiveError, LiveQuery, LiveVisitor, Silence, Topic, VisitorFilter, VisitorPatch,
};

/// Whether what is asserted is older than what is stored.
pub(super) fn outdated(asserted: u64, stored: u64) -> bool {
    asserted != 0 && asserted < stored
}

impl Site {
    pub fn create_visitor(&mut self, mut visitor: LiveVisitor) -> LiveVisitor {
        let before = self.visitors.get(&visitor.id).cloned();
        if let Some(stored) = &before {
            if outdated(visitor.rev, stored.rev) {
                return stored.clone();
            }
            visitor.seen = visitor.seen.max(stored.seen);
            visitor.rev = visitor.rev.max(stored.rev);
            self.arrivals.remove(&(stored.since, stored.id));
        }
        visitor.rev += 1;
        self.arrivals.insert((visitor.since, visitor.id));
        self.visitors.insert(visitor.id, visitor.clone());
        self.tell_board(before.as_ref(), &visitor);
        visitor
    }

    pub fn update_visitor(&mut self, id: VisitorId, patch: VisitorPatch) -> Result<LiveVisitor, LiveError> {
        let before = self.visitors.get(&id).cloned().ok_or_else(|| LiveError::Missing(format!("visitor {id}")))?;
        if patch.if_rev.is_some_and(|rev| rev != before.rev) {
            return Err(LiveError::Changed(format!("visitor {id}")));
        }
        let mut visitor = before.clone();
        if apply::visitor(&mut visitor, patch) {
            visitor.rev += 1;
            self.tell_board(Some(&before), &visitor);
        }
        self.visitors.insert(id, visitor.clone());
        Ok(visitor)
    }

    pub fn remove_visitor(&mut self, id: VisitorId) -> Option<LiveVisitor> {
        let visitor = self.visitors.remove(&id)?;
        self.arrivals.remove(&(visitor.since, id));
        let body = json!({ "kind": "visitor_gone", "data": { "id": id } }).to_string();
        self.write(Topic::Visitors(self.id), body.into());
        Some(visitor)
    }

    pub fn get_visitors(&mut self, filter: &VisitorFilter, query: &LiveQuery) -> Result<Page<LiveVisitor>, LiveError> {
        if !filter.ids.is_empty() {
            let named = filter.ids.iter().filter_map(|id| self.visitors.get(id)).filter(|visitor| filter.takes(visitor));
            let mut items: Vec<LiveVisitor> = named.cloned().collect();
            items.sort_unstable_by_key(|visitor| std::cmp::Reverse((visitor.since, visitor.id)));
            return Ok(Page { items, next: None });
        }
        let below = query.after.as_deref().map(super::super::place).transpose()?;
        let below = below.map(|(since, id)| (Timestamp::from_millis(since), VisitorId(id)));
        let range = self.arrivals.iter().rev().filter(|place| below.as_ref().is_none_or(|below| *place < below));
        let found = range.filter_map(|(_, id)| self.visitors.get(id)).filter(|visitor| filter.takes(visitor));
        let rows = found.take(query.limit as usize + 1).cloned().collect();
        Ok(Page::cut(rows, query.limit, |last| format!("{}:{}", last.since.millis(), last.id)))
    }

    pub fn create_agent(&mut self, mut agent: LiveAgent, now: Timestamp) -> LiveAgent {
        let before = self.agents.get(&agent.id).cloned();
        agent.load = self.burdens.get(&agent.id).copied().unwrap_or(0);
        if let Some(stored) = &before {
            if outdated(agent.rev, stored.rev) {
                return stored.clone();
            }
            agent.seen = agent.seen.max(stored.seen);
            agent.rev = agent.rev.max(stored.rev);
            agent.last_assigned = stored.last_assigned;
            agent.idle_since = stored.idle_since;
            let given = std::mem::replace(&mut agent.connections, stored.connections.clone());
            agent.connections.extend(given);
        } else {
            agent.idle_since = if agent.load == 0 { agent.idle_since.or(Some(now)) } else { None };
        }
        agent.connections.retain(|_, count| *count > 0);
        agent.rev += 1;
        self.agents.insert(agent.id, agent.clone());
        self.tell_desk(before.as_ref(), &agent);
        agent
    }

    pub fn update_agent(&mut self, id: UserId, patch: AgentPatch) -> Result<LiveAgent, LiveError> {
        let before = self.agents.get(&id).cloned().ok_or_else(|| LiveError::Missing(format!("agent {id}")))?;
        if patch.if_rev.is_some_and(|rev| rev != before.rev) {
            return Err(LiveError::Changed(format!("agent {id}")));
        }
        let mut agent = before.clone();
        if apply::agent(&mut agent, patch) {
            agent.rev += 1;
            self.tell_desk(Some(&before), &agent);
        }
        self.agents.insert(id, agent.clone());
        Ok(agent)
    }

    pub fn remove_agent(&mut self, id: UserId) -> Option<LiveAgent> {
        let agent = self.agents.remove(&id)?;
        self.tell_desk(None, &LiveAgent { status: AgentStatus::Offline, ..agent.clone() });
        Some(agent)
    }

    pub fn get_agents(&mut self, filter: &AgentFilter) -> Vec<LiveAgent> {
        let mut found: Vec<&LiveAgent> = self.agents.values().filter(|agent| filter.takes(agent)).collect();
        found.sort_unstable_by_key(|agent| (agent.load, agent.last_assigned, agent.id));
        let limit = filter.limit.map_or(usize::MAX, |limit| limit as usize);
        found.into_iter().take(limit).cloned().collect()
    }

    pub fn sweep(&mut self, now: Timestamp, silence: Silence, most: usize) -> Vec<Gone> {
        let (visitors, agents) = (now.minus(silence.visitors), now.minus(silence.agents));
        let silent = self.visitors.values().filter(|visitor| visitor.seen < visitors);
        let ghosts: Vec<VisitorId> = silent.map(|visitor| visitor.id).take(most).collect();
        let ghosts = ghosts.into_iter().filter_map(|id| self.remove_visitor(id));
        let mut gone: Vec<Gone> = ghosts.map(|ghost| Gone::Visitor(Box::new(ghost))).collect();
        let silent = self.agents.values().filter(|agent| agent.seen < agents);
        let ghosts: Vec<UserId> = silent.map(|agent| agent.id).take(most).collect();
        gone.extend(ghosts.into_iter().filter_map(|id| self.remove_agent(id)).map(Gone::Agent));
        gone
    }
}
