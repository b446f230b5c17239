use super::model::Seat;
use super::seats::Kept;
use super::staff::SiteStaff;
use base::{Timestamp, UserId};
use sockets::live::{AgentStatus, LiveAgent};
use std::collections::HashMap;
use std::time::Duration;

/// With an open screen, an agent who was not heard of for so long sits at a dead one.
const SCREEN_SILENT: Duration = Duration::from_secs(70);
/// Without one he may be reloading the page.
const BETWEEN_SCREENS: Duration = Duration::from_secs(20);

/// Whether an agent can be given something now.
pub fn is_here(agent: &LiveAgent, now: Timestamp) -> bool {
    let patience = if agent.screens() > 0 { SCREEN_SILENT } else { BETWEEN_SCREENS };
    agent.status == AgentStatus::Online && now.since(agent.seen) <= patience
}

/// The seats of a site: who was set up, who is here, what he does now and since when.
pub fn seats(
    staff: &SiteStaff,
    present: &[LiveAgent],
    kept: &HashMap<UserId, Kept>,
    loads: &HashMap<UserId, u32>,
    now: Timestamp,
) -> Vec<Seat> {
    let here = present.iter().filter(|agent| is_here(agent, now));
    let seat = |agent: &LiveAgent| {
        let card = staff.agents.get(&agent.id)?;
        let kept = kept.get(&agent.id);
        Some(Seat {
            agent: agent.id,
            departments: card.departments.clone(),
            online: true,
            accepts: card.accepts_chats,
            limit: card.chat_limit,
            load: loads.get(&agent.id).copied().unwrap_or_default(),
            last_assigned: kept.and_then(|kept| kept.last_assigned),
            idle_since: kept.and_then(|kept| kept.idle_since),
        })
    };
    here.filter_map(seat).collect()
}
