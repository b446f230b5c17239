use super::model::Seat;
use crate::chat::{ChatError, Chats};
use super::seats::Kept;
use super::staff::SiteStaff;
use base::{SiteId, Steady, Timestamp, UserId};
use sockets::live::{AgentFilter, AgentStatus, Cursor, LiveAgent, Topic};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

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
        if kept.is_some_and(|kept| kept.status != AgentStatus::Online) {
            return None;
        }
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

/// What was known of a site a moment ago may answer whether a button says "online"; who gets a chat is asked anew.
const RECENT: Duration = Duration::from_secs(1);

/// Who is on a site, as it was at most a second ago: asked with every page that is opened, and the answer is as long as the staff.
#[derive(Clone)]
pub struct Recent {
    seen: Arc<Mutex<HashMap<SiteId, Seen>>>,
    steady: Steady,
}

#[derive(Clone)]
struct Seen {
    asked: Instant,
    at: Timestamp,
    present: Arc<Present>,
}

/// Who was on a site, and where the log of its desks stood just before: who follows it from there misses nothing of them.
pub struct Present {
    pub agents: Vec<LiveAgent>,
    pub desk: Option<Cursor>,
}

impl Present {
    async fn read(chats: &Chats, site: SiteId) -> Result<Self, ChatError> {
        let desk = chats.live.head(&Topic::Desk(site)).await.ok();
        let agents = chats.live.get_agents(site, &AgentFilter::default()).await.map_err(|err| ChatError::elsewhere(&err))?;
        Ok(Self { agents, desk })
    }
}

impl Recent {
    pub fn new(steady: Steady) -> Self {
        Self { seen: Arc::default(), steady }
    }

    /// Who is there now. A clock that was set has made nobody silent: all were heard of then at the latest.
    pub async fn now(&self, chats: &Chats, site: SiteId) -> Result<Present, ChatError> {
        let mut present = Present::read(chats, site).await?;
        let steady = self.steady.since();
        for agent in &mut present.agents {
            agent.seen = agent.seen.max(steady);
        }
        Ok(present)
    }

    pub async fn of(&self, chats: &Chats, site: SiteId) -> Result<Arc<Present>, ChatError> {
        let (asked, now) = (Instant::now(), chats.db.clock().now());
        let known = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&site).cloned();
        // By both clocks: the one may be set, the other does not know that it was.
        if let Some(seen) = known.filter(|seen| seen.asked.elapsed() < RECENT && now.since(seen.at) < RECENT) {
            return Ok(seen.present);
        }
        let present = Arc::new(self.now(chats, site).await?);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(site, Seen { asked, at: now, present: present.clone() });
        Ok(present)
    }

    pub fn forget(&self, site: SiteId) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(&site);
    }
}
