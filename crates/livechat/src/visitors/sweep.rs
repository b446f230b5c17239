//! Takes those off the board who left without a word, and ends their chats when they do not come back.

use super::Visitors;
use super::around::OnGone;
use base::{ChatId, SiteId, Steady, VisitorId};
use sockets::live::{Gone, LiveError, LiveQuery, LiveVisitor, Silence, VisitorFilter};
use std::sync::Arc;
use std::time::Duration;

/// How long is waited, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepSettings {
    pub silence: Silence,
    /// A visitor who was swept from a chat may come back for so long: a telephone that changes networks, a page that reloads.
    pub grace: Duration,
    pub every: Duration,
}

impl Default for SweepSettings {
    fn default() -> Self {
        let silent = Duration::from_secs(45);
        Self {
            silence: Silence { visitors: silent, agents: silent },
            grace: Duration::from_secs(120),
            every: Duration::from_secs(5),
        }
    }
}

/// One who may come back.
struct Absent {
    site: SiteId,
    visitor: VisitorId,
    chat: ChatId,
    /// By the clock that nobody sets.
    until: Duration,
}

/// The loop that sweeps; each node has one, and each ghost is told to one of them. A node that dies in the time of grace leaves the chat
/// to its own idle time-out.
pub struct Sweep {
    visitors: Visitors,
    gone: Arc<dyn OnGone>,
    settings: SweepSettings,
    steady: Steady,
    absent: Vec<Absent>,
}

impl Sweep {
    pub fn new(visitors: Visitors, gone: Arc<dyn OnGone>, settings: SweepSettings, steady: Steady) -> Self {
        Self { visitors, gone, settings, steady, absent: Vec::new() }
    }

    /// Sweeps for ever; to be stopped by dropping it.
    pub async fn run(mut self) {
        loop {
            tokio::time::sleep(self.settings.every).await;
            if let Err(err) = self.once().await {
                tracing::warn!(error = %err, "nobody was swept; the live store does not answer");
            }
        }
    }

    /// One round: everybody who is silent by now, and every chat whose time of grace is over.
    pub async fn once(&mut self) -> Result<(), LiveError> {
        let silence = self.settings.silence;
        let steady = self.steady.since();
        loop {
            let now = self.visitors.db.clock().now();
            // The clock was set a moment ago: everybody seems silent, and nobody was heard since.
            if now.since(steady) < silence.visitors.max(silence.agents) {
                break;
            }
            let gone = self.visitors.live.sweep(now, silence).await?;
            if gone.is_empty() {
                break;
            }
            for one in gone {
                match one {
                    Gone::Visitor(visitor) => self.miss(&visitor),
                    Gone::Agent(agent) => self.gone.agent_gone(agent).await,
                }
            }
        }
        self.end_chats().await
    }

    fn miss(&mut self, visitor: &LiveVisitor) {
        metrics::counter!("visitors_swept_total").increment(1);
        self.visitors.note_gone(visitor.id);
        if let Some(chat) = visitor.chat {
            let until = self.visitors.db.clock().ran() + self.settings.grace;
            self.absent.push(Absent { site: visitor.site, visitor: visitor.id, chat, until });
        }
    }

    async fn end_chats(&mut self) -> Result<(), LiveError> {
        let ran = self.visitors.db.clock().ran();
        let (due, waiting) = std::mem::take(&mut self.absent).into_iter().partition(|one: &Absent| one.until <= ran);
        self.absent = waiting;
        let mut due: Vec<Absent> = due;
        while let Some(one) = due.pop() {
            let filter = VisitorFilter::one(one.visitor);
            match self.visitors.live.get_visitors(one.site, &filter, &LiveQuery::first(1)).await {
                Ok(found) if found.items.is_empty() => self.gone.visitor_gone(one.site, one.visitor, one.chat).await,
                Ok(_) => {}
                Err(err) => {
                    // Whether they are back cannot be said; look again in the next round.
                    self.absent.push(one);
                    self.absent.append(&mut due);
                    return Err(err);
                }
            }
        }
        Ok(())
    }
}
