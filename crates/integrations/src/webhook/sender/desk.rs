//! The sender's table.

use super::lane::{AHEAD, Lane};
use super::{Ask, Fetched, Landed, Sender, Settled, Stand, Told};
use base::{DeliveryId, Timestamp, WebhookId};
use sockets::StoreError;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};

/// What all lanes have in hand ahead of need, at most.
const MOST_AHEAD: usize = 8_192;

/// Lanes, what is in flight, and the look for more that is under way.
pub(super) struct Desk {
    sender: Arc<Sender>,
    told: mpsc::Sender<Told>,
    settled: mpsc::UnboundedReceiver<Vec<Settled>>,
    lanes: HashMap<WebhookId, Lane>,
    flights: JoinSet<Landed>,
    of: HashMap<Id, Settled>,
    fetching: Option<JoinHandle<Result<Fetched, StoreError>>>,
    /// Settled since that look began, which may have seen them unsettled.
    just_settled: HashSet<DeliveryId>,
    pub look: bool,
}

impl Desk {
    pub fn new(sender: Arc<Sender>, told: mpsc::Sender<Told>, settled: mpsc::UnboundedReceiver<Vec<Settled>>) -> Self {
        Self {
            sender,
            told,
            settled,
            lanes: HashMap::new(),
            flights: JoinSet::new(),
            of: HashMap::new(),
            fetching: None,
            just_settled: HashSet::new(),
            look: true,
        }
    }

    fn busy(&self) -> usize {
        self.lanes.values().filter(|lane| lane.is_busy()).count().max(1)
    }

    /// What a lane may have in hand ahead of need: all together have a bound.
    fn ahead(&self) -> usize {
        (MOST_AHEAD / self.busy()).min(AHEAD)
    }

    fn now(&self) -> Timestamp {
        self.sender.webhooks.db().clock().now()
    }

    /// Until a request has landed, tries were written down or a look brought something.
    pub async fn changed(&mut self) {
        tokio::select! {
            Some(landed) = self.flights.join_next_with_id(), if !self.flights.is_empty() => self.land(landed),
            Some(settled) = self.settled.recv() => settled.iter().for_each(|one| self.settle(one)),
            fetched = fetching(&mut self.fetching) => self.take(fetched),
        }
        while let Some(landed) = self.flights.try_join_next_with_id() {
            self.land(landed);
        }
    }

    /// Sends off what may go, the lanes in turn.
    pub fn send_off(&mut self) {
        let now = self.now();
        let to_land = self.sender.options.timeout;
        let busy = self.busy();
        loop {
            let before = self.flights.len();
            for (webhook, lane) in &mut self.lanes {
                let left = self.sender.options.in_all.saturating_sub(self.flights.len());
                // When places are scarce, each lane has its share of them.
                let share = if left < self.sender.options.in_all / 2 { (self.sender.options.in_all / busy / 2).max(1) } else { usize::MAX };
                if left == 0 || lane.in_flight >= share {
                    continue;
                }
                if let Some(outgoing) = lane.next(now, to_land) {
                    lane.in_flight += 1;
                    let one = Settled { webhook: *webhook, delivery: outgoing.due.id };
                    let flight = self.flights.spawn(self.sender.clone().carry(outgoing, self.told.clone()));
                    self.of.insert(flight.id(), one);
                }
            }
            if self.flights.len() == before {
                return;
            }
        }
    }

    /// Begins a look at the tables when something may be there and none is under way.
    pub fn look_for_more(&mut self) {
        let (now, ahead) = (self.now(), self.ahead());
        if self.fetching.is_some() || !(self.look || self.lanes.values().any(|lane| lane.is_hungry(now, ahead))) {
            return;
        }
        if self.look {
            self.lanes.retain(|_, lane| !lane.is_blank(now));
        }
        self.look = false;
        self.just_settled.clear();
        let ask = self.ask(now, ahead);
        for lane in self.lanes.values_mut().filter(|lane| lane.room(now, ahead) > 0) {
            lane.more = false;
        }
        self.fetching = Some(tokio::spawn(self.sender.clone().fetch(ask)));
    }

    fn ask(&self, now: Timestamp, ahead: usize) -> Ask {
        // Held so long, an endpoint is held on for the next third of the lease without a word.
        let enough = self.sender.holder.lease * 2 / 3;
        let held = |lane: &Lane| lane.hold.is_some_and(|hold| hold.lasts(enough, now));
        let those = |are: &dyn Fn(&Lane) -> bool| self.lanes.iter().filter(|(_, lane)| are(lane)).map(|(webhook, _)| *webhook).collect();
        let stand = |lane: &Lane| {
            let room = lane.room(now, ahead);
            Stand { room, in_hand: if room > 0 { lane.in_hand() } else { Vec::new() }, held: held(lane) }
        };
        Ask {
            lanes: self.lanes.iter().map(|(webhook, lane)| (*webhook, stand(lane))).collect(),
            look_at: those(&Lane::is_needed),
            keep: those(&|lane| lane.is_needed() && lane.hold.is_some() && !held(lane)),
        }
    }

    fn take(&mut self, fetched: Fetched) {
        for webhook in fetched.to_hold {
            match fetched.holds.get(&webhook) {
                Some(hold) => self.lanes.entry(webhook).or_default().hold = Some(*hold),
                None => self.lanes.entry(webhook).or_default().lose(),
            }
        }
        for webhook in fetched.asked {
            if let Some(lane) = self.lanes.get_mut(&webhook) {
                lane.renew(fetched.endpoints.get(&webhook));
            }
        }
        let mut took: HashSet<WebhookId> = HashSet::new();
        for outgoing in fetched.due.into_iter().filter(|outgoing| !self.just_settled.contains(&outgoing.due.id)) {
            let webhook = outgoing.due.webhook;
            if self.lanes.get_mut(&webhook).is_some_and(|lane| lane.take(outgoing)) {
                took.insert(webhook);
            }
        }
        // Where nothing could be taken, another look at once would bring the same.
        for webhook in fetched.full.iter().filter(|webhook| took.contains(webhook)) {
            if let Some(lane) = self.lanes.get_mut(webhook) {
                lane.more = true;
            }
        }
    }

    fn settle(&mut self, one: &Settled) {
        if self.fetching.is_some() {
            self.just_settled.insert(one.delivery);
        }
        if let Some(lane) = self.lanes.get_mut(&one.webhook) {
            lane.settle(one.delivery);
        }
    }

    fn land(&mut self, landed: Result<(Id, Landed), JoinError>) {
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
                let Some(one) = self.of.remove(&err.id()) else { return };
                self.settle(&one);
                if let Some(lane) = self.lanes.get_mut(&one.webhook) {
                    lane.in_flight = lane.in_flight.saturating_sub(1);
                }
            }
        }
    }

    /// Waits for what is in flight; what is not stays in the tables.
    pub async fn close(mut self) {
        self.settled.close();
        if let Some(handle) = self.fetching.take() {
            // It may be taking an endpoint just now, which is to be left again.
            let _fetched = handle.await;
        }
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
