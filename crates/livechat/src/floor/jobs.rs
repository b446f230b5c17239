//! What the clock wakes: chats that fell silent, agents who are gone, repair, and the words of chats that are over.

use super::House;
use crate::chat::{AT_ONCE, ChatError, Chats, EndedBy, Ender};
use crate::routing::is_here;
use crate::widgets::WidgetConfig;
use base::{Fault as _, Kind, SiteId, Timestamp, UserId, WidgetId};
use content::media::Uploads;
use events::{Fence, Job, Outcome, Schedule};
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

impl IdleChats {
    pub async fn once(&self) -> Result<(), ChatError> {
        let chats = self.0.desk.chats();
        let now = chats.db.clock().now();
        for site in chats.busy_sites().await? {
            for widget in chats.talking_widgets(site).await? {
                let before = now.minus(self.patience(site, widget).await?);
                if self.0.steady.since() > before {
                    continue;
                }
                // Each widget by itself: the many chats of a patient one do not hold up the rest.
                for chat in chats.silent_since(site, widget, before).await? {
                    self.0.desk.queue.end(site, chat.id, Ender::House(EndedBy::Idle)).await?;
                }
            }
        }
        Ok(())
    }

    /// How long a widget lets a chat be silent. One that was removed is as patient as a new one.
    async fn patience(&self, site: SiteId, widget: WidgetId) -> Result<Duration, ChatError> {
        let minutes = match self.0.desk.chats().around.widgets.shown(site, widget).await {
            Ok(shown) => shown.widget.config.idle_end_minutes,
            Err(err) if err.kind() == Kind::Missing => WidgetConfig::default().idle_end_minutes,
            Err(err) => return Err(ChatError::elsewhere(&err)),
        };
        Ok(Duration::from_secs(minutes.unsigned_abs() * 60))
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
        let now = chats.db.clock().now();
        for agent in chats.answering(site).await? {
            let Some(since) = self.silent_since(site, agent, now).await? else { continue };
            if now.since(since) >= self.patience.agent_gone {
                let released = self.house.desk.queue.release(site, agent).await?;
                tracing::info!(site = site.0, agent = agent.0, released, "the chats of an agent who is gone wait again");
            }
        }
        Ok(())
    }

    /// Since when an agent has no living screen; nothing while he has one. An agent whom nobody knows, as after a loss of the live
    /// store, counts from the first time he was missed. A clock that was set has made nobody silent: all count from then.
    pub(super) async fn silent_since(&self, site: SiteId, agent: UserId, now: Timestamp) -> Result<Option<Timestamp>, ChatError> {
        let known = self.house.desk.is_known(site, agent).await.map_err(|err| ChatError::elsewhere(&err))?;
        let steady = self.house.steady.since();
        let mut missing = self.house.missing.lock().unwrap_or_else(PoisonError::into_inner);
        match known {
            Some(live) => {
                missing.remove(&(site, agent));
                let seen = live.seen.max(steady);
                let alive = live.screens() > 0 && now.since(seen) < self.patience.agent_gone;
                Ok((!alive && !is_here(&live, now)).then_some(seen))
            }
            None => Ok(Some(steady.max(*missing.entry((site, agent)).or_insert(now)))),
        }
    }

    /// Says again what the live store should know: all running chats and who is here. At start, and whenever it has forgotten.
    pub async fn rebuild(&self) -> Result<(), ChatError> {
        self.house.desk.seat_all().await;
        let chats = self.house.desk.chats();
        for site in chats.busy_sites().await? {
            for numbers in chats.running(site).await?.chunks(AT_ONCE) {
                for chat in chats.still_running(site, numbers).await? {
                    chats.tell.placed_again(&chat).await;
                    chats.around.guests.moved(&chat).await;
                }
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

/// Removes files that were sent ahead of a request that never came.
pub struct SweepFiles(pub Uploads);

/// A form that was left open for longer is sent without its file.
const SENT_AHEAD: Duration = Duration::from_secs(24 * 3600);

#[async_trait::async_trait]
impl Job for SweepFiles {
    fn name(&self) -> String {
        "livechat.sweep-files".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(3600))
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        Outcome::of(self.0.sweep(SENT_AHEAD).await.map(|_| ()))
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
