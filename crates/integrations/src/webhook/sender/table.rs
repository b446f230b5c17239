//! What the sender knows of its lanes. Those who carry share it: who lands takes the next one of the lane itself.

use super::lane::{AHEAD, Lane};
use super::{Ask, Fetched, Landed, Outgoing, SenderOptions, Settled, Stand};
use base::{DeliveryId, SharedClock, Timestamp, WebhookId};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// What all lanes have in hand ahead of need, at most.
const MOST_AHEAD: usize = 8_192;

pub(super) struct Table {
    clock: SharedClock,
    options: SenderOptions,
    lanes: Mutex<Lanes>,
    /// Rung when a lane wants what only the desk can give.
    pub stirred: Notify,
}

#[derive(Default)]
struct Lanes {
    lanes: HashMap<WebhookId, Lane>,
    in_flight: usize,
    /// What a lane may have in hand ahead of need: all together have a bound.
    ahead: usize,
    /// A look is under way.
    looking: bool,
    /// Nothing more goes out.
    closed: bool,
    /// Settled since the look that is under way began, which may have seen them unsettled.
    just_settled: HashSet<DeliveryId>,
}

/// Who carries a delivery. Should it break off on the way, the place is free again and the delivery is not in hand any more.
pub(super) struct Porter {
    table: Arc<Table>,
    carries: Option<Settled>,
}

impl Porter {
    fn of(table: &Arc<Table>, outgoing: &Outgoing) -> Self {
        let carries = Settled { webhook: outgoing.due.webhook, delivery: outgoing.due.id };
        Self { table: table.clone(), carries: Some(carries) }
    }

    /// The request has landed; the next one of its lane, when one may go at once.
    pub fn landed(mut self, landed: &Landed) -> Option<(Self, Outgoing)> {
        self.carries = None;
        let next = self.table.land(landed)?;
        Some((Self::of(&self.table, &next), next))
    }
}

impl Drop for Porter {
    fn drop(&mut self) {
        if let Some(one) = self.carries.take() {
            self.table.broke_off(&one);
        }
    }
}

impl Table {
    pub fn new(clock: SharedClock, options: SenderOptions) -> Self {
        Self { clock, options, lanes: Mutex::default(), stirred: Notify::new() }
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What may go now, the lanes in turn.
    pub fn depart(self: &Arc<Self>) -> Vec<(Porter, Outgoing)> {
        let mut lanes = self.lanes();
        let gone = lanes.depart(self.clock.now(), &self.options);
        gone.into_iter().map(|outgoing| (Porter::of(self, &outgoing), outgoing)).collect()
    }

    /// Notes how a request went, and sends the next one of its lane.
    fn land(&self, landed: &Landed) -> Option<Outgoing> {
        let now = self.clock.now();
        let mut lanes = self.lanes();
        let (next, stirs) = lanes.land(landed, now, &self.options);
        drop(lanes);
        if stirs {
            self.stirred.notify_one();
        }
        next
    }

    fn broke_off(&self, one: &Settled) {
        let mut lanes = self.lanes();
        lanes.leave(one.webhook);
        lanes.settle(one);
    }

    pub fn settle(&self, settled: &[Settled]) {
        let mut lanes = self.lanes();
        settled.iter().for_each(|one| lanes.settle(one));
    }

    /// What to look for, when something may be there. `look`: whatever the lanes know.
    pub fn begin_look(&self, look: bool, lease: Duration) -> Option<Ask> {
        let now = self.clock.now();
        let mut lanes = self.lanes();
        let ahead = lanes.ahead();
        lanes.ahead = ahead;
        if !look && !lanes.lanes.values().any(|lane| lane.is_hungry(now, ahead)) {
            return None;
        }
        if look {
            lanes.lanes.retain(|_, lane| !lane.is_blank(now));
        }
        lanes.looking = true;
        lanes.just_settled.clear();
        let ask = lanes.ask(now, lease);
        for lane in lanes.lanes.values_mut().filter(|lane| lane.room(now, ahead) > 0) {
            lane.more = false;
        }
        Some(ask)
    }

    pub fn take(&self, fetched: Fetched) {
        self.lanes().take(fetched);
    }

    /// Nothing more goes out.
    pub fn close(&self) {
        self.lanes().closed = true;
    }
}

impl Lanes {
    fn busy(&self) -> usize {
        self.lanes.values().filter(|lane| lane.is_busy()).count().max(1)
    }

    fn ahead(&self) -> usize {
        (MOST_AHEAD / self.busy()).min(AHEAD)
    }

    fn depart(&mut self, now: Timestamp, options: &SenderOptions) -> Vec<Outgoing> {
        let busy = self.busy();
        let mut gone = Vec::new();
        loop {
            let before = gone.len();
            for lane in self.lanes.values_mut() {
                // When places are scarce, each lane has its share of them.
                let share = if scarce(self.in_flight, options) { (options.in_all / busy / 2).max(1) } else { usize::MAX };
                if self.in_flight >= options.in_all || lane.in_flight >= share {
                    continue;
                }
                if let Some(outgoing) = lane.next(now, options.timeout) {
                    self.in_flight += 1;
                    gone.push(outgoing);
                }
            }
            if gone.len() == before {
                return gone;
            }
        }
    }

    /// The next one of the lane, and whether the desk is to see to it.
    fn land(&mut self, landed: &Landed, now: Timestamp, options: &SenderOptions) -> (Option<Outgoing>, bool) {
        self.leave(landed.webhook);
        let Some(lane) = self.lanes.get_mut(&landed.webhook) else { return (None, false) };
        lane.landed(landed, now);
        // Where places are scarce the lanes take turns, which is the desk's to see to.
        let next = if self.closed || scarce(self.in_flight, options) { None } else { lane.next(now, options.timeout) };
        self.in_flight += usize::from(next.is_some());
        (next, lane.is_hungry(now, self.ahead) || lane.has_place(now))
    }

    fn leave(&mut self, webhook: WebhookId) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(lane) = self.lanes.get_mut(&webhook) {
            lane.in_flight = lane.in_flight.saturating_sub(1);
        }
    }

    fn settle(&mut self, one: &Settled) {
        if self.looking {
            self.just_settled.insert(one.delivery);
        }
        if let Some(lane) = self.lanes.get_mut(&one.webhook) {
            lane.settle(one.delivery);
        }
    }

    fn ask(&self, now: Timestamp, lease: Duration) -> Ask {
        // Held so long, an endpoint is held on for the next third of the lease without a word.
        let enough = lease * 2 / 3;
        let held = |lane: &Lane| lane.hold.is_some_and(|hold| hold.lasts(enough, now));
        let those = |are: &dyn Fn(&Lane) -> bool| self.lanes.iter().filter(|(_, lane)| are(lane)).map(|(webhook, _)| *webhook).collect();
        let stand = |lane: &Lane| {
            let room = lane.room(now, self.ahead);
            Stand { room, in_hand: if room > 0 { lane.in_hand() } else { Vec::new() }, held: held(lane) }
        };
        Ask {
            lanes: self.lanes.iter().map(|(webhook, lane)| (*webhook, stand(lane))).collect(),
            look_at: those(&Lane::is_needed),
            keep: those(&|lane| lane.is_needed() && lane.hold.is_some() && !held(lane)),
        }
    }

    fn take(&mut self, fetched: Fetched) {
        self.looking = false;
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
}

fn scarce(in_flight: usize, options: &SenderOptions) -> bool {
    in_flight > options.in_all / 2
}

#[cfg(test)]
mod tests {
    use super::super::lane::tests::outgoing;
    use super::super::request::Health;
    use super::*;
    use crate::webhook::hold::Hold;
    use base::ManualClock;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);
    const LEASE: Duration = Duration::from_secs(45);
    const ONE: WebhookId = WebhookId(1);

    fn table() -> Arc<Table> {
        Arc::new(Table::new(Arc::new(ManualClock::at(NOW)), SenderOptions::default()))
    }

    /// What a look brings that found all that it had room for.
    fn fetched(due: Vec<Outgoing>) -> Fetched {
        let endpoint = outgoing(0, None).endpoint;
        Fetched {
            due,
            full: vec![ONE],
            to_hold: [ONE].into(),
            holds: [(ONE, Hold::from(NOW, LEASE))].into(),
            asked: vec![ONE],
            endpoints: [(ONE, endpoint)].into(),
        }
    }

    fn went_well() -> Landed {
        Landed { webhook: ONE, took: Duration::from_millis(1), health: Health::Well, rest: None }
    }

    #[test]
    fn who_lands_takes_the_next_one_of_the_lane_until_there_is_none_or_everything_stops() {
        let table = table();
        table.take(fetched((1..=11).map(|id| outgoing(id, None)).collect()));
        let mut porters: Vec<Porter> = table.depart().into_iter().map(|(porter, _)| porter).collect();
        assert_eq!(porters.len(), 8, "as many as the endpoint has places");
        let (porter, ninth) = porters.remove(0).landed(&went_well()).expect("more waits");
        assert_eq!(ninth.due.id, outgoing(9, None).due.id);
        let (porter, _) = porter.landed(&went_well()).expect("more waits");
        table.close();
        assert!(porter.landed(&went_well()).is_none(), "the eleventh stays in the table");
    }

    #[test]
    fn a_look_of_which_nothing_can_be_taken_is_repeated_only_when_something_is_settled() {
        let table = table();
        table.take(fetched(vec![outgoing(1, Some("chat"))]));
        let under_way = table.depart();
        assert_eq!(under_way.len(), 1);
        assert!(table.begin_look(false, LEASE).is_some(), "there was more than was asked for");
        table.take(fetched(vec![outgoing(2, Some("chat"))]));
        assert!(table.begin_look(false, LEASE).is_none());
        table.settle(&[Settled { webhook: ONE, delivery: outgoing(1, None).due.id }]);
        assert!(table.begin_look(false, LEASE).is_some());
    }

    #[test]
    fn one_that_breaks_off_is_in_nobodys_hand_and_its_place_is_free() {
        let table = table();
        table.take(fetched((1..=8).map(|id| outgoing(id, None)).collect()));
        drop(table.depart());
        table.take(fetched((1..=8).map(|id| outgoing(id, None)).collect()));
        assert_eq!(table.depart().len(), 8);
    }
}
