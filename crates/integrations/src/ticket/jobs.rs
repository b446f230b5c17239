//! What the clock wakes: clocks that ran out, tickets that were solved long ago.

use super::letters::News;
use super::model::{Author, Change, EntryKind};
use super::service::Draft;
use super::store::{Settings, Store};
use super::{TicketError, Tickets};
use base::{SiteId, TicketId};
use events::{Fence, Job, Outcome, Schedule};
use serde_json::json;
use sockets::live::Topic;
use std::time::Duration;

/// Notes clocks that ran out, and tells the staff.
pub struct WatchClocks(pub Tickets);

#[async_trait::async_trait]
impl Job for WatchClocks {
    fn name(&self) -> String {
        "ticket.clocks".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(10))
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        Outcome::of(self.0.watch_clocks().await)
    }
}

/// Closes what was solved long ago.
pub struct CloseSolved(pub Tickets);

#[async_trait::async_trait]
impl Job for CloseSolved {
    fn name(&self) -> String {
        "ticket.close".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(3_600))
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        Outcome::of(self.0.close_solved().await)
    }
}

impl Tickets {
    pub(super) async fn watch_clocks(&self) -> Result<(), TicketError> {
        for (site, id) in Store::alarmed(self.db(), self.db().clock().now()).await? {
            match self.ring(site, id).await {
                Ok(()) | Err(TicketError::Missing(_)) => {}
                Err(err) => return Err(err),
            }
        }
        Ok(())
    }

    async fn ring(&self, site: SiteId, id: TicketId) -> Result<(), TicketError> {
        let ticket = self.get(site, id).await?;
        let staff = self.staff_of(site, ticket.assignee, ticket.department).await?;
        let language = self.site(site).await?.languages.first().cloned().unwrap_or_default();
        let mut hand = self.hold(site, id).await?;
        let late = hand.change(|ticket, now, _| Ok(ticket.clocks.check(now)))?;
        if late.is_empty() {
            return hand.done().await.map(drop);
        }
        let changes = late.iter().map(|clock| Change::new("sla_breached", (), clock)).collect();
        hand.write(Draft { changes, ..Draft::new(EntryKind::System, Author::System, "") }).await?;
        hand.tell(&staff, &News::Late(late.clone()), &language).await?;
        let ticket = hand.done().await?;
        metrics::counter!("ticket_sla_breached_total").increment(late.len() as u64);
        let data = json!({ "what": "ticket_overdue", "on": true, "ticket": ticket.id, "number": ticket.number, "subject": ticket.subject, "clocks": late });
        let notice = json!({ "kind": "notice", "data": data }).to_string();
        // The ticket says it as well: a notice that is lost is no loss.
        if let Err(err) = self.deps.live.publish(&Topic::Desk(site), notice.as_str().into()).await {
            tracing::warn!(error = %err, %site, "a notice could not be told");
        }
        Ok(())
    }

    pub(super) async fn close_solved(&self) -> Result<(), TicketError> {
        let now = self.db().clock().now();
        for (site, settings) in Settings::all(self.db()).await? {
            if settings.close_after_days == 0 {
                continue;
            }
            let before = now.minus(Duration::from_secs(86_400 * u64::from(settings.close_after_days)));
            for (site, id) in Store::long_solved(self.db(), site, before).await? {
                self.close(site, id).await?;
            }
        }
        Ok(())
    }
}
