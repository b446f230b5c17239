//! Sends events of the ledger to queues once more.
//!
//! A replay is a row: what, where to, how fast, how far. One node at a time works on all that run, a batch each by turns, and notes its
//! place after each batch is confirmed; a node that dies sends at most one batch twice. Copies carry the route `archive:<id>` and go only
//! to queues that are subscribed to them now. Consumers drop what they have handled, by the inbox, unless the replay is forced: then
//! their memory of these events is cleared first.

mod sending;

pub use sending::ReplayJob;

use super::consumer::QUEUE;
use super::error::LedgerError;
use super::model::{NewReplay, Replay, ReplayState};
use super::store::{events as table, replays};
use super::{Ledger, ReplayFilter};
use base::{Invalid, Page, PageRequest, ReplayId, SiteId};
use events::{Subscription, matches};
use sockets::broker::Broker;
use std::sync::Arc;

/// Replays of one site under way at once.
const MOST_RUNNING: usize = 5;
pub(super) const FASTEST: u32 = 10_000;

/// The replays of all sites; cheap to clone.
#[derive(Clone)]
pub struct Replays {
    ledger: Ledger,
    data: Arc<dyn Broker>,
}

impl Replays {
    /// `data` carries the data queues.
    pub fn new(ledger: Ledger, data: Arc<dyn Broker>) -> Self {
        Self { ledger, data }
    }

    /// How many events it would send.
    pub async fn count(&self, site: SiteId, new: &NewReplay) -> Result<i64, LedgerError> {
        let types = self.check(site, new).await?;
        Ok(table::extent(self.ledger.db.read(), site, &new.filter, &types).await?.0)
    }

    /// Starts it. What is announced from now on is not part of it.
    pub async fn start(&self, site: SiteId, new: NewReplay) -> Result<Replay, LedgerError> {
        let types = self.check(site, &new).await?;
        let tx = self.ledger.db.begin().await?;
        if replays::running_of(&tx, site).await? >= MOST_RUNNING as i64 {
            return Err(LedgerError::TooMany(MOST_RUNNING));
        }
        let extent = table::extent(&tx.conn(), site, &new.filter, &types).await?;
        let id = replays::insert(&tx, site, &new, extent).await?;
        tx.commit().await?;
        tracing::info!(replay = id.0, %site, events = extent.0, by = new.started_by, force = new.force, "events are sent again");
        self.find(site, id).await
    }

    pub async fn find(&self, site: SiteId, id: ReplayId) -> Result<Replay, LedgerError> {
        replays::find(self.ledger.db.read(), site, id).await?.ok_or(LedgerError::NoReplay(id))
    }

    /// Newest first.
    pub async fn list(&self, site: SiteId, page: &PageRequest) -> Result<Page<Replay>, LedgerError> {
        let before = page.after.as_deref().map_or(Ok(i64::MAX), str::parse);
        let before = before.map_err(|_| Invalid::new("after", "is no cursor of this list"))?;
        Ok(replays::list(&self.ledger.db, site, before, page).await?)
    }

    /// What was sent is sent; nothing more follows.
    pub async fn cancel(&self, site: SiteId, id: ReplayId) -> Result<(), LedgerError> {
        let tx = self.ledger.db.begin().await?;
        if replays::end(&tx, site, id, ReplayState::Cancelled, None).await? {
            return Ok(tx.commit().await?);
        }
        drop(tx);
        self.find(site, id).await?;
        Err(LedgerError::Over(id))
    }

    /// Holds what is asked against what there is; gives the types that are sent.
    async fn check(&self, site: SiteId, new: &NewReplay) -> Result<Vec<String>, LedgerError> {
        if new.filter.from >= new.filter.to {
            return Err(Invalid::new("filter.to", "should be later than filter.from").into());
        }
        if !(1..=FASTEST).contains(&new.rate) {
            return Err(Invalid::new("rate_per_s", format!("should be 1 to {FASTEST}")).into());
        }
        if new.queues.is_empty() {
            return Err(Invalid::new("queues", "should name at least one queue").into());
        }
        let subscriptions = self.to(site, &new.queues).await?;
        if let Some(queue) = new.queues.iter().find(|queue| !subscriptions.iter().any(|one| *one.queue == ***queue)) {
            return Err(Invalid::new("queues", format!("nothing is subscribed to events by the queue {queue:?}")).into());
        }
        self.types(site, &new.filter, &subscriptions).await
    }

    /// What leads to these queues, of this site's events. The ledger's own queue is none of them: it has them all.
    async fn to(&self, site: SiteId, queues: &[String]) -> Result<Vec<Subscription>, LedgerError> {
        let snapshot = self.ledger.subscriptions.snapshot().await?;
        let leads = |one: &Subscription| {
            one.site.is_none_or(|own| own == site) && *one.queue != *QUEUE && queues.iter().any(|queue| **queue == *one.queue)
        };
        Ok(snapshot.subscriptions.into_iter().filter(leads).collect())
    }

    /// Types of the site that were asked for and that at least one of the queues hears.
    async fn types(&self, site: SiteId, filter: &ReplayFilter, to: &[Subscription]) -> Result<Vec<String>, LedgerError> {
        let mut types = self.ledger.types(site, &filter.types).await?;
        types.retain(|name| to.iter().any(|one| matches(&one.pattern, name)));
        Ok(types)
    }
}
