//! Carries deliveries out. Each endpoint has a lane of its own: its own queue, places, rate and breaker, so that a slow one costs only
//! itself. Claims are taken and tries are noted in batches, beside the requests and never between them.

mod lane;
mod notes;
mod request;

use super::deliveries::Deliveries;
use super::endpoints::Endpoints;
use super::{Delivery, Endpoint, WebhookError, Webhooks};
use base::WebhookId;
use events::{Chance, Job, Outcome, Schedule};
use lane::Lane;
use notes::Told;
use sockets::StoreError;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
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
}

/// A delivery that is ours for a while.
struct Claimed {
    delivery: Delivery,
    claim: i64,
    endpoint: Arc<Endpoint>,
    at: Instant,
}

/// What a look at the table brought.
#[derive(Default)]
struct Fetched {
    claimed: Vec<Claimed>,
    /// How many of each endpoint would have been taken.
    rooms: Vec<(WebhookId, usize)>,
}

/// How a request went, as far as its lane cares.
struct Landed {
    webhook: WebhookId,
    took: Duration,
    health: request::Health,
}

impl Sender {
    pub fn new(webhooks: Webhooks, chance: Chance, options: SenderOptions) -> Self {
        Self { webhooks, chance, options }
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
            desk.look_for_more();
            tokio::select! {
                () = stop.cancelled() => break,
                Some(landed) = desk.flights.join_next_with_id(), if !desk.flights.is_empty() => desk.land(landed),
                fetched = fetching(&mut desk.fetching) => desk.take(fetched),
                () = sender.webhooks.bell().notified() => desk.look = true,
                _ = look.tick() => desk.look = true,
            }
            while let Some(landed) = desk.flights.try_join_next_with_id() {
                desk.land(landed);
            }
        }
        desk.close().await;
        // The last tries are noted before we go.
        let _written = writer.await;
    }

    /// Claims what is due, of each endpoint as much as its lane has room for.
    async fn fetch(self: Arc<Self>, rooms: HashMap<WebhookId, usize>) -> Result<Fetched, StoreError> {
        let db = self.webhooks.db();
        let mut waiting = Deliveries::waiting_endpoints(db, db.clock().now()).await?;
        waiting.retain(|webhook| rooms.get(webhook) != Some(&0));
        if waiting.is_empty() {
            return Ok(Fetched::default());
        }
        let endpoints: HashMap<WebhookId, Arc<Endpoint>> =
            Endpoints::among(db, &waiting).await?.into_iter().map(|endpoint| (endpoint.id, Arc::new(endpoint))).collect();
        let room = |endpoint: &Arc<Endpoint>| rooms.get(&endpoint.id).copied().unwrap_or(endpoint.manner.in_flight());
        let wanted: Vec<(WebhookId, usize)> = endpoints.values().map(|endpoint| (endpoint.id, room(endpoint))).collect();
        let claim = i64::from_le_bytes(db.minter().bytes()) & i64::MAX;
        let deliveries = Deliveries::claim(db, &wanted, claim, self.lease()).await?;
        let at = Instant::now();
        let claimed = deliveries.into_iter().filter_map(|delivery| {
            let endpoint = endpoints.get(&delivery.webhook)?.clone();
            Some(Claimed { delivery, claim, endpoint, at })
        });
        Ok(Fetched { claimed: claimed.collect(), rooms: wanted })
    }

    /// Longer than a delivery may wait in its lane and a request may take, so that nobody else sends it meanwhile.
    fn lease(&self) -> Duration {
        self.options.timeout * 3
    }

    async fn carry(self: Arc<Self>, claimed: Claimed, told: mpsc::Sender<Told>) -> Landed {
        let webhook = claimed.delivery.webhook;
        let tried = self.attempt(&claimed).await;
        let (took, health) = (tried.attempt.took, tried.health);
        if told.send(notes::Told::of(&self, claimed, tried)).await.is_err() {
            tracing::warn!(%webhook, "the outcome of a webhook delivery could not be noted; it will be sent again");
        }
        Landed { webhook, took, health }
    }
}

async fn fetching(under_way: &mut Option<JoinHandle<Result<Fetched, StoreError>>>) -> Fetched {
    let Some(handle) = under_way else { return std::future::pending().await };
    let went = handle.await;
    *under_way = None;
    match went {
        Ok(Ok(fetched)) => fetched,
        Ok(Err(err)) => {
            tracing::warn!(error = ?err, "webhook deliveries cannot be read");
            Fetched::default()
        }
        Err(err) => {
            tracing::error!(error = %err, "reading webhook deliveries broke off");
            Fetched::default()
        }
    }
}

/// The sender's table: lanes, what is in flight, and the look for more that is under way.
struct Desk {
    sender: Arc<Sender>,
    told: mpsc::Sender<Told>,
    lanes: HashMap<WebhookId, Lane>,
    flights: JoinSet<Landed>,
    of: HashMap<tokio::task::Id, WebhookId>,
    fetching: Option<JoinHandle<Result<Fetched, StoreError>>>,
    look: bool,
}

impl Desk {
    fn new(sender: Arc<Sender>, told: mpsc::Sender<Told>) -> Self {
        Self { sender, told, lanes: HashMap::new(), flights: JoinSet::new(), of: HashMap::new(), fetching: None, look: true }
    }

    /// Sends off what may go, the lanes in turn.
    fn send_off(&mut self) {
        let now = self.sender.webhooks.db().clock().now();
        let fresh = self.sender.options.timeout;
        let busy = self.lanes.values().filter(|lane| lane.in_flight > 0 || !lane.queue.is_empty()).count().max(1);
        loop {
            let before = self.flights.len();
            for (webhook, lane) in &mut self.lanes {
                let left = self.sender.options.in_all.saturating_sub(self.flights.len());
                // When places are scarce, each lane has its share of them.
                let share = if left < self.sender.options.in_all / 2 { (self.sender.options.in_all / busy / 2).max(1) } else { usize::MAX };
                if left == 0 || lane.in_flight >= share {
                    continue;
                }
                if let Some(claimed) = lane.next(now, fresh) {
                    lane.in_flight += 1;
                    let flight = self.flights.spawn(self.sender.clone().carry(claimed, self.told.clone()));
                    self.of.insert(flight.id(), *webhook);
                }
            }
            if self.flights.len() == before {
                return;
            }
        }
    }

    /// Begins a look at the table when something may be there and none is under way.
    fn look_for_more(&mut self) {
        let now = self.sender.webhooks.db().clock().now();
        if self.fetching.is_some() || !(self.look || self.lanes.values().any(|lane| lane.is_hungry(now))) {
            return;
        }
        if self.look {
            self.lanes.retain(|_, lane| !lane.is_blank());
        }
        self.look = false;
        let rooms = self.lanes.iter().map(|(webhook, lane)| (*webhook, lane.room(now))).collect();
        self.fetching = Some(tokio::spawn(self.sender.clone().fetch(rooms)));
    }

    fn take(&mut self, fetched: Fetched) {
        let mut got: HashMap<WebhookId, usize> = HashMap::new();
        for claimed in fetched.claimed {
            *got.entry(claimed.delivery.webhook).or_default() += 1;
            let lane = self.lanes.entry(claimed.delivery.webhook).or_default();
            lane.manner = claimed.endpoint.manner.clone();
            lane.queue.push_back(claimed);
        }
        for (webhook, room) in fetched.rooms {
            if let Some(lane) = self.lanes.get_mut(&webhook) {
                lane.more = got.get(&webhook) == Some(&room);
            }
        }
    }

    fn land(&mut self, landed: Result<(tokio::task::Id, Landed), tokio::task::JoinError>) {
        match landed {
            Ok((id, landed)) => {
                self.of.remove(&id);
                if let Some(lane) = self.lanes.get_mut(&landed.webhook) {
                    lane.landed(landed.took, landed.health, self.sender.webhooks.db().clock().now());
                }
            }
            Err(err) => {
                tracing::error!(error = %err, "a webhook delivery broke off; it will be sent again");
                if let Some(lane) = self.of.remove(&err.id()).and_then(|webhook| self.lanes.get_mut(&webhook)) {
                    lane.in_flight = lane.in_flight.saturating_sub(1);
                }
            }
        }
    }

    /// Waits for what is in flight and gives back what is not.
    async fn close(mut self) {
        if let Some(handle) = self.fetching.take()
            && let Ok(Ok(fetched)) = handle.await
        {
            self.take(fetched);
        }
        let mut unsent: HashMap<i64, Vec<_>> = HashMap::new();
        for claimed in self.lanes.values_mut().flat_map(|lane| lane.queue.drain(..)) {
            unsent.entry(claimed.claim).or_default().push(claimed.delivery.id);
        }
        for (claim, ids) in unsent {
            if let Err(err) = Deliveries::let_go(self.sender.webhooks.db(), claim, &ids).await {
                tracing::debug!(error = ?err, "claims could not be given back; they lapse");
            }
        }
        while self.flights.join_next().await.is_some() {}
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
