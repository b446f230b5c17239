//! The sender's table.

use super::lane::Lane;
use super::{Ask, Claimed, Fetched, Landed, Sender, Told};
use base::{Timestamp, WebhookId};
use sockets::StoreError;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

/// Lanes, what is in flight, and the look for more that is under way.
pub(super) struct Desk {
    sender: Arc<Sender>,
    told: mpsc::Sender<Told>,
    lanes: HashMap<WebhookId, Lane>,
    flights: JoinSet<Landed>,
    of: HashMap<tokio::task::Id, WebhookId>,
    fetching: Option<JoinHandle<Result<Fetched, StoreError>>>,
    pub look: bool,
    /// When endpoints were last kept.
    kept: Timestamp,
}

impl Desk {
    pub fn new(sender: Arc<Sender>, told: mpsc::Sender<Told>) -> Self {
        let kept = sender.webhooks.db().clock().now();
        Self { sender, told, lanes: HashMap::new(), flights: JoinSet::new(), of: HashMap::new(), fetching: None, look: true, kept }
    }

    fn now(&self) -> Timestamp {
        self.sender.webhooks.db().clock().now()
    }

    /// Until a request has landed or a look brought something.
    pub async fn changed(&mut self) {
        tokio::select! {
            Some(landed) = self.flights.join_next_with_id(), if !self.flights.is_empty() => self.land(landed),
            fetched = fetching(&mut self.fetching) => self.take(fetched),
        }
        while let Some(landed) = self.flights.try_join_next_with_id() {
            self.land(landed);
        }
    }

    /// Sends off what may go, the lanes in turn.
    pub fn send_off(&mut self) {
        let now = self.now();
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

    /// Gives back what the lanes will not send.
    pub fn give_back(&mut self) {
        let unsent: Vec<Claimed> = self.lanes.values_mut().flat_map(|lane| lane.unsent.drain(..)).collect();
        if !unsent.is_empty() {
            tokio::spawn(self.sender.clone().let_go(unsent));
        }
    }

    /// Begins a look at the tables when something may be there and none is under way.
    pub fn look_for_more(&mut self) {
        let now = self.now();
        if self.fetching.is_some() || !(self.look || self.lanes.values().any(|lane| lane.is_hungry(now))) {
            return;
        }
        if self.look {
            self.lanes.retain(|_, lane| !lane.is_blank());
        }
        self.look = false;
        let ask = Ask {
            rooms: self.lanes.iter().map(|(webhook, lane)| (*webhook, lane.room(now))).collect(),
            lanes: self.those(|lane| !lane.queue.is_empty() || lane.rests()),
            keep: if now.since(self.kept) >= self.sender.holder.lease / 3 { self.those(Lane::rests) } else { Vec::new() },
        };
        if !ask.keep.is_empty() {
            self.kept = now;
        }
        self.fetching = Some(tokio::spawn(self.sender.clone().fetch(ask)));
    }

    fn those(&self, are: impl Fn(&Lane) -> bool) -> Vec<WebhookId> {
        self.lanes.iter().filter(|(_, lane)| are(lane)).map(|(webhook, _)| *webhook).collect()
    }

    fn take(&mut self, fetched: Fetched) {
        for webhook in fetched.asked {
            if let Some(lane) = self.lanes.get_mut(&webhook) {
                lane.renew(fetched.endpoints.get(&webhook));
            }
        }
        let mut got: HashMap<WebhookId, usize> = HashMap::new();
        for claimed in fetched.claimed {
            *got.entry(claimed.delivery.webhook).or_default() += 1;
            let lane = self.lanes.entry(claimed.delivery.webhook).or_default();
            lane.manner = claimed.endpoint.manner.clone();
            lane.queue.push_back(claimed);
        }
        for one in fetched.wanted {
            if let Some(lane) = self.lanes.get_mut(&one.webhook) {
                lane.more = got.get(&one.webhook) == Some(&one.room);
            }
        }
    }

    fn land(&mut self, landed: Result<(tokio::task::Id, Landed), tokio::task::JoinError>) {
        let now = self.now();
        match landed {
            Ok((id, landed)) => {
                self.of.remove(&id);
                if let Some(lane) = self.lanes.get_mut(&landed.webhook) {
                    lane.landed(&landed, now);
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
    pub async fn close(mut self) {
        if let Some(handle) = self.fetching.take()
            && let Ok(Ok(fetched)) = handle.await
        {
            self.take(fetched);
        }
        let unsent = self.lanes.values_mut().flat_map(|lane| lane.queue.drain(..).chain(lane.unsent.drain(..))).collect();
        self.sender.clone().let_go(unsent).await;
        while self.flights.join_next().await.is_some() {}
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
