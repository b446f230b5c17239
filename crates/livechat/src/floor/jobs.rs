//! What the clock wakes: chats that fell silent, agents who are gone, repair, and the words of chats that are over.

use super::House;
use crate::chat::{ChatError, Chats, EndedBy, Ender};
use crate::routing::is_here;
use base::{SiteId, Timestamp, UserId};
use events::{Fence, Job, Outcome, Schedule};
use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::Duration;

/// How long the house waits for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Without any screen for so long, an agent's chats go back to the queue.
    pub agent_gone: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { agent_gone: Duration::from_secs(120) }
    }
}

fn outcome(done: Result<(), ChatError>) -> Outcome {
    match done {
        Ok(()) => Outcome::Done,
        Err(err) => Outcome::retry(err),
    }
}

/// Ends chats in which nobody wrote for as long as their widget allows.
pub struct IdleChats(pub House);

/// No widget ends chats sooner.
const SHORTEST: Duration = Duration::from_secs(60);

impl IdleChats {
    pub async fn once(&self) -> Result<(), ChatError> {
        let chats = self.0.desk.chats();
        let now = chats.db.clock().now();
        for site in chats.busy_sites().await? {
            for chat in chats.silent_since(site, now.minus(SHORTEST)).await? {
                let Ok(shown) = chats.around.widgets.shown(site, chat.widget).await else { continue };
                let minutes = shown.widget.config.idle_end_minutes.unsigned_abs();
                let last = chat.last.as_ref().map(|last| last.at).or(chat.started_at).unwrap_or(chat.requested_at);
                if now.since(last) >= Duration::from_secs(minutes * 60) {
                    self.0.desk.queue.end(site, chat.id, Ender::House(EndedBy::Idle)).await?;
                }
            }
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Job for IdleChats {
    fn name(&self) -> String {
        "livechat.idle-chats".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(20))
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        outcome(self.once().await)
    }
}

/// Makes the live store agree with SQL again, gives what was left lying, and takes chats back from agents who are gone.
pub struct Repair {
    pub house: House,
    pub patience: Patience,
}

impl Repair {
    pub async fn once(&self) -> Result<(), ChatError> {
        for site in self.house.desk.chats().busy_sites().await? {
            self.release_gone(site).await?;
            self.house.desk.queue.run(site).await?;
        }
        Ok(())
    }

    async fn release_gone(&self, site: SiteId) -> Result<(), ChatError> {
        let chats = self.house.desk.chats();
        let mut held: HashMap<UserId, usize> = HashMap::new();
        for agent in chats.chatting(site, None).await?.iter().filter_map(|chat| chat.agent) {
            *held.entry(agent).or_default() += 1;
        }
        let now = chats.db.clock().now();
        for agent in held.into_keys() {
            let Some(since) = self.silent_since(site, agent, now).await? else { continue };
            if now.since(since) >= self.patience.agent_gone {
                let released = self.house.desk.queue.release(site, agent).await?;
                tracing::info!(site = site.0, agent = agent.0, released, "the chats of an agent who is gone wait again");
            }
        }
        Ok(())
    }

    /// Since when an agent has no living screen; nothing while he has one. An agent whom nobody knows, as after a loss of the live
    /// store, counts from the first time he was missed.
    pub(super) async fn silent_since(&self, site: SiteId, agent: UserId, now: Timestamp) -> Result<Option<Timestamp>, ChatError> {
        let known = self.house.desk.is_known(site, agent).await.map_err(|err| ChatError::elsewhere(&err))?;
        let mut missing = self.house.missing.lock().unwrap_or_else(PoisonError::into_inner);
        match known {
            Some(live) => {
                missing.remove(&(site, agent));
                let alive = live.screens() > 0 && now.since(live.seen) < self.patience.agent_gone;
                Ok((!alive && !is_here(&live, now)).then_some(live.seen))
            }
            None => Ok(Some(*missing.entry((site, agent)).or_insert(now))),
        }
    }

    /// Says again what the live store should know: running chats and who is here. At start, and whenever it has forgotten.
    pub async fn rebuild(&self) -> Result<(), ChatError> {
        self.house.desk.seat_all().await;
        let chats = self.house.desk.chats();
        for site in chats.busy_sites().await? {
            for chat in chats.waiting(site).await?.iter().chain(&chats.chatting(site, None).await?) {
                chats.told(chat, None);
                chats.around.guests.moved(chat).await;
            }
            self.house.desk.queue.run_quietly(site).await;
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Job for Repair {
    fn name(&self) -> String {
        "livechat.repair".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(30))
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        outcome(self.once().await)
    }
}

/// Keeps the words of chats that are over. Until then the search reads the chats themselves, so there is no hurry.
pub struct IndexChats(pub Chats);

/// Of chats from before there were words, some hundred a second: messages need the pen more.
const ROUNDS: usize = 25;
const BETWEEN: Duration = Duration::from_millis(200);

impl IndexChats {
    pub async fn once(&self) -> Result<(), ChatError> {
        for _ in 0..ROUNDS {
            if !self.0.index_some().await? {
                break;
            }
            tokio::time::sleep(BETWEEN).await;
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Job for IndexChats {
    fn name(&self) -> String {
        "livechat.index-chats".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(5))
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        outcome(self.once().await)
    }
}
