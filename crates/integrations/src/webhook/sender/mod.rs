//! Carries deliveries out. Each endpoint has a lane of its own: its own queue, places, rate and breaker, so that a slow one costs only
//! itself. What is due is fetched and tries are noted in batches, beside the requests and never between them.

mod desk;
mod lane;
mod notes;
mod request;
mod table;

use super::due::{Due, Wanted};
use super::endpoints::Endpoints;
use super::hold::{Hold, Holder};
use super::{Endpoint, WebhookError, Webhooks};
use base::{DeliveryId, WebhookId};
use desk::Desk;
use events::{Chance, Job, Outcome, Schedule};
use notes::Told;
use sockets::StoreError;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
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

/// A delivery in hand, and how its endpoint is.
struct Outgoing {
    due: Due,
    endpoint: Arc<Endpoint>,
}

/// What is asked of the tables.
#[derive(Default)]
struct Ask {
    /// The lanes that there are.
    lanes: HashMap<WebhookId, Stand>,
    /// Endpoints whose lanes hold something, and go by how the endpoint is now.
    look_at: Vec<WebhookId>,
    /// Endpoints that we hold and would not for much longer.
    keep: Vec<WebhookId>,
}

/// How a lane stands.
struct Stand {
    /// How many more it would take.
    room: usize,
    in_hand: Vec<DeliveryId>,
    /// Ours, and for long enough.
    held: bool,
}

/// What a look at the tables brought.
#[derive(Default)]
struct Fetched {
    due: Vec<Outgoing>,
    /// Which endpoints may have more than was fetched.
    full: Vec<WebhookId>,
    /// Which endpoints were to be held, and which are.
    to_hold: BTreeSet<WebhookId>,
    holds: HashMap<WebhookId, Hold>,
    /// Of which endpoints it was asked how they are now, and how they are; those that are missing are gone.
    asked: Vec<WebhookId>,
    endpoints: HashMap<WebhookId, Arc<Endpoint>>,
}

/// A delivery that is out of our hand: what became of it is written down, or could not be.
struct Settled {
    webhook: WebhookId,
    delivery: DeliveryId,
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
        // What is sent lands within the lease: nobody else sends it meanwhile.
        let holder = Holder { node: node.into(), lease: options.timeout * 3 };
        Self { webhooks, chance, options, holder }
    }

    /// Works until told to stop. A request in flight is waited for.
    pub async fn run(self, stop: CancellationToken) {
        let sender = Arc::new(self);
        let (told, heard) = mpsc::channel(2_048);
        let (settle, settled) = mpsc::unbounded_channel();
        let writer = tokio::spawn(notes::write(sender.clone(), heard, settle));
        let mut desk = Desk::new(sender.clone(), told, settled);
        let mut look = tokio::time::interval(sender.options.idle);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            desk.send_off();
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

    /// Fetches what is due, of each endpoint as much as its lane has room for, and looks how those are whose lanes hold something.
    async fn fetch(self: Arc<Self>, ask: Ask) -> Result<Fetched, StoreError> {
        let db = self.webhooks.db();
        let now = db.clock().now();
        let mut waiting = self.holder.waiting(db, now).await?;
        waiting.retain(|webhook| ask.lanes.get(webhook).is_none_or(|stand| stand.room > 0));
        let asked: Vec<WebhookId> = waiting.iter().chain(&ask.look_at).copied().collect();
        let is_held = |webhook: &WebhookId| ask.lanes.get(webhook).is_some_and(|stand| stand.held);
        let to_hold: BTreeSet<WebhookId> = waiting.iter().filter(|webhook| !is_held(webhook)).chain(&ask.keep).copied().collect();
        let mut fetched = Fetched::default();
        if !asked.is_empty() {
            let endpoints = Endpoints::among(db, &asked).await?;
            fetched.endpoints = endpoints.into_iter().map(|endpoint| (endpoint.id, Arc::new(endpoint))).collect();
        }
        if !to_hold.is_empty() {
            fetched.holds = self.holder.hold(db, &to_hold).await?;
        }
        for webhook in waiting.iter().filter(|webhook| is_held(webhook) || fetched.holds.contains_key(webhook)) {
            let Some(endpoint) = fetched.endpoints.get(webhook).filter(|endpoint| endpoint.enabled).cloned() else { continue };
            let stand = ask.lanes.get(webhook);
            let wanted = Wanted {
                webhook: *webhook,
                room: stand.map_or(endpoint.manner.in_flight(), |stand| stand.room),
                hold_back: endpoint.manner.hold_back(),
                in_hand: stand.map(|stand| stand.in_hand.clone()).unwrap_or_default(),
            };
            let (due, more) = Due::of(db, &wanted, now).await?;
            if more {
                fetched.full.push(*webhook);
            }
            fetched.due.extend(due.into_iter().map(|due| Outgoing { due, endpoint: endpoint.clone() }));
        }
        Ok(Fetched { to_hold, asked, ..fetched })
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
