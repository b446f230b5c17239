//! What the clock tells other systems: who waits, and who went without a word.

use super::Repair;
use crate::chat::{ChatError, Chats};
use crate::desk::StatusLog;
use base::SiteId;
use events::catalog::{ChatQueueLog, ChatQueueLogs};
use events::{Fence, Job, Outcome, Schedule};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

type Queues = BTreeSet<(SiteId, i64)>;

/// `ChatQueue.Log` of every site where somebody waits, and once more, with zero, when nobody does any longer.
pub struct QueueLog {
    chats: Chats,
    /// Queues that were not empty the last time.
    told: Mutex<Queues>,
}

impl QueueLog {
    pub fn new(chats: Chats) -> Self {
        Self { chats, told: Mutex::default() }
    }

    pub async fn once(&self) -> Result<(), ChatError> {
        let counts = self.chats.waiting_counts().await?;
        let waiting: BTreeMap<(SiteId, i64), i64> =
            counts.into_iter().map(|(site, department, count)| ((site, department.map_or(0, |id| id.0)), count)).collect();
        let queues: Queues = waiting.keys().copied().collect();
        let before = self.told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if queues.is_empty() && before.is_empty() {
            return Ok(());
        }
        let mut tx = self.chats.db.begin().await?;
        let mut logs: BTreeMap<SiteId, Vec<ChatQueueLog>> = BTreeMap::new();
        for (site, department) in queues.union(&before) {
            let number_of_queue = waiting.get(&(*site, *department)).copied().unwrap_or_default();
            logs.entry(*site).or_default().push(ChatQueueLog { department_id: *department, number_of_queue, log_time: tx.now() });
        }
        for (site, messages) in logs {
            tx.announce(ChatQueueLogs { site_id: site.0, messages });
        }
        tx.commit().await?;
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = queues;
        Ok(())
    }
}

#[async_trait::async_trait]
impl Job for QueueLog {
    fn name(&self) -> String {
        "livechat.queue-log".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(MINUTE)
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        outcome(self.once().await)
    }
}

/// `AgentStatus.Log` of agents whose last screen closed and stayed closed.
pub struct StatusWatch(pub Repair);

impl StatusWatch {
    pub async fn once(&self) -> Result<(), ChatError> {
        let db = &self.0.house.desk.chats().db;
        let now = db.clock().now();
        for (site, agent) in StatusLog::present(db).await? {
            let silent = self.0.silent_since(site, agent, now).await?;
            if silent.is_some_and(|since| now.since(since) >= self.0.patience.agent_gone) {
                StatusLog::gone(db, site, agent).await?;
            }
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Job for StatusWatch {
    fn name(&self) -> String {
        "livechat.status-watch".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(MINUTE / 2)
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        outcome(self.once().await)
    }
}

fn outcome(done: Result<(), ChatError>) -> Outcome {
    done.map_or_else(Outcome::retry, |()| Outcome::Done)
}
