//! Carries deliveries out. Each endpoint has a lane of its own: its own queue, places, rate and breaker, so that a slow one costs only
//! itself. Claims are taken and tries are noted in batches, beside the requests and never between them.

mod desk;
mod lane;
mod notes;
mod request;

use super::claims::{Holder, Wanted, let_go};
use super::endpoints::Endpoints;
use super::{Delivery, Endpoint, WebhookError, Webhooks};
use base::{DeliveryId, WebhookId};
use desk::Desk;
use events::{Chance, Job, Outcome, Schedule};
use notes::Told;
use sockets::StoreError;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Copy, Debug)]
pub struct SenderOptions {
    /// Requests in flight in all.
    pub in_all: usize,
    pub timeout: Duration,
    /// Between two looks at what the clock or other nodes may have brought.
    pub idle: Duration,
}

impl Default for SenderOptions {
    fn default() -> Self {
        Self { in_all: 2_048, timeout: Duration::from_secs(15), idle: Duration::from_millis(250) }
    }
}

pub struct Sender {
    webhooks: Webhooks,
    chance: Chance,
    options: SenderOptions,
    holder: Holder,
}

/// A delivery that is ours for a while.
struct Claimed {
    delivery: Delivery,
    claim: i64,
    endpoint: Arc<Endpoint>,
    at: Instant,
}

/// What is asked of the tables.
#[derive(Default)]
struct Ask {
    /// How many more each lane has room for.
    rooms: HashMap<WebhookId, usize>,
    /// Endpoints whose lanes hold something, and go by how the endpoint is now.
    lanes: Vec<WebhookId>,
    /// Endpoints of which something is known that others should not have to find out.
    keep: Vec<WebhookId>,
}

/// What a look at the tables brought.
#[derive(Default)]
struct Fetched {
    claimed: Vec<Claimed>,
    /// How many of each endpoint would have been taken.
    wanted: Vec<Wanted>,
    /// Of which endpoints it was asked how they are now, and how they are; those that are missing are gone.
    asked: Vec<WebhookId>,
    endpoints: HashMap<WebhookId, Arc<Endpoint>>,
}

/// How a request went, as far as its lane cares.
struct Landed {
    webhook: WebhookId,
    took: Duration,
    health: request::Health,
    /// The endpoint asked to be left alone for so long.
    rest: Option<Duration>,
}

impl Sender {
    /// `node` is a name that no other node has.
    pub fn new(webhooks: Webhooks, node: impl Into<Arc<str>>, chance: Chance, options: SenderOptions) -> Self {
        // Longer than a delivery may wait in its lane and a request may take, so that nobody else sends it meanwhile.
        let holder = Holder { node: node.into(), lease: options.timeout * 3 };
        Self { webhooks, chance, options, holder }
    }

    /// Works until told to stop. A request in flight is waited for.
    pub async fn run(self, stop: CancellationToken) {
        let sender = Arc::new(self);
        let (told, heard) = mpsc::channel(1_024);
        let writer = tokio::spawn(notes::write(sender.clone(), heard));
        let mut desk = Desk::new(sender.clone(), told);
        let mut look = tokio::time::interval(sender.options.idle);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            desk.send_off();
            desk.give_back();
            desk.look_for_more();
            tokio::select! {
                () = stop.cancelled() => break,
                () = desk.changed() => {}
                () = sender.webhooks.bell().notified() => desk.look = true,
                _ = look.tick() => desk.look = true,
            }
        }
        desk.close().await;
        // The last tries are noted before we go.
        let _written = writer.await;
        if let Err(err) = sender.holder.leave(sender.webhooks.db()).await {
            tracing::debug!(error = ?err, "endpoints could not be left to others; they lapse");
        }
    }

    /// Claims what is due, of each endpoint as much as its lane has room for, and looks how those are whose lanes hold something.
    async fn fetch(self: Arc<Self>, ask: Ask) -> Result<Fetched, StoreError> {
        let db = self.webhooks.db();
        if !ask.keep.is_empty() {
            self.holder.keep(db, &ask.keep).await?;
        }
        let mut waiting = self.holder.waiting(db, db.clock().now()).await?;
        waiting.retain(|webhook| ask.rooms.get(webhook) != Some(&0));
        let asked: Vec<WebhookId> = waiting.iter().chain(&ask.lanes).copied().collect();
        if asked.is_empty() {
            return Ok(Fetched::default());
        }
        let endpoints: HashMap<WebhookId, Arc<Endpoint>> =
            Endpoints::among(db, &asked).await?.into_iter().map(|endpoint| (endpoint.id, Arc::new(endpoint))).collect();
        let want = |webhook: &WebhookId| {
            let manner = &endpoints.get(webhook).filter(|endpoint| endpoint.enabled)?.manner;
            let room = ask.rooms.get(webhook).copied().unwrap_or(manner.in_flight());
            Some(Wanted { webhook: *webhook, room, hold_back: manner.hold_back() })
        };
        let wanted: Vec<Wanted> = waiting.iter().filter_map(want).collect();
        let claim = i64::from_le_bytes(db.minter().bytes()) & i64::MAX;
        let deliveries = if wanted.is_empty() { Vec::new() } else { self.holder.claim(db, &wanted, claim).await? };
        let at = Instant::now();
        let claimed = deliveries.into_iter().filter_map(|delivery| {
            let endpoint = endpoints.get(&delivery.webhook)?.clone();
            Some(Claimed { delivery, claim, endpoint, at })
        });
        Ok(Fetched { claimed: claimed.collect(), wanted, asked, endpoints })
    }

    async fn carry(self: Arc<Self>, claimed: Claimed, told: mpsc::Sender<Told>) -> Landed {
        let webhook = claimed.delivery.webhook;
        let tried = self.attempt(&claimed).await;
        let (took, health, rest) = (tried.attempt.took, tried.health, tried.rest());
        if told.send(Told::of(&self, claimed, tried)).await.is_err() {
            tracing::warn!(%webhook, "the outcome of a webhook delivery could not be noted; it will be sent again");
        }
        Landed { webhook, took, health, rest }
    }

    /// Gives back what was claimed and will not be tried.
    async fn let_go(self: Arc<Self>, unsent: Vec<Claimed>) {
        let mut by_claim: HashMap<i64, Vec<DeliveryId>> = HashMap::new();
        for claimed in unsent {
            by_claim.entry(claimed.claim).or_default().push(claimed.delivery.id);
        }
        for (claim, ids) in by_claim {
            if let Err(err) = let_go(self.webhooks.db(), claim, &ids).await {
                tracing::debug!(error = ?err, "claims could not be given back; they lapse");
            }
        }
    }
}

/// Clears the delivery log.
pub struct ForgetDeliveries(pub Webhooks);

#[async_trait::async_trait]
impl Job for ForgetDeliveries {
    fn name(&self) -> String {
        "webhook.forget".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(6 * 3600))
    }

    async fn run(&self, _fence: events::Fence) -> Outcome {
        let forgotten: Result<(), WebhookError> = self.0.forget().await.map(|_| ());
        Outcome::of(forgotten)
    }
}
