use super::request::Health;
use super::{Landed, Outgoing};
use crate::connections::{Breaker, Pass};
use crate::webhook::hold::Hold;
use crate::webhook::{Endpoint, Manner};
use base::{DeliveryId, Timestamp};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// What is in hand ahead of need, at most; less when many lanes are busy.
pub(super) const AHEAD: usize = 1_024;
/// How long something that is in hand ahead of need should wait here at most.
const WAIT: Duration = Duration::from_millis(500);
/// An endpoint that asks for more rest than this is looked at earlier.
const LONGEST_REST: Duration = Duration::from_secs(15 * 60);

/// One endpoint's way out.
#[derive(Default)]
pub(super) struct Lane {
    pub manner: Manner,
    queue: VecDeque<Outgoing>,
    /// What waits here, is under way or is being noted, with its key.
    hand: HashMap<DeliveryId, Option<String>>,
    keys: HashSet<String>,
    pub in_flight: usize,
    /// It is ours.
    pub hold: Option<Hold>,
    /// The last look at the table left some there, or something of a key was settled since, and what waited for it may go.
    pub more: bool,
    breaker: Breaker,
    /// How long a request takes of late.
    pace: Option<Duration>,
    bucket: Option<Bucket>,
}

/// What may still be sent in this second.
#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

impl Bucket {
    fn full(rate: f64, now: Timestamp) -> Self {
        Self { left: rate.max(1.0), at: now }
    }

    fn fill(&mut self, rate: f64, now: Timestamp) {
        self.left = (self.left + rate * now.since(self.at).as_secs_f64()).min(rate.max(1.0));
        self.at = now;
    }
}

impl Lane {
    /// Takes one in hand, unless it is there already, or another of its key is. False: it was not taken.
    pub fn take(&mut self, outgoing: Outgoing) -> bool {
        let (id, key) = (outgoing.due.id, outgoing.due.key.clone());
        let busy = key.as_ref().is_some_and(|key| self.keys.contains(key));
        if busy || self.hand.contains_key(&id) {
            return false;
        }
        self.keys.extend(key.clone());
        self.hand.insert(id, key);
        self.queue.push_back(outgoing);
        true
    }

    /// The next one to send, if one may go. It has so long to land, within which nobody else may send it.
    pub fn next(&mut self, now: Timestamp, to_land: Duration) -> Option<Outgoing> {
        let is_ours = |lane: &Self| lane.hold.is_some_and(|hold| hold.lasts(to_land, now));
        if !self.has_place(now) || !is_ours(self) || !self.may_spend(now) {
            return None;
        }
        if self.breaker.pass(now) == Pass::Probe {
            self.breaker.probe(now);
        }
        self.in_flight += 1;
        self.queue.pop_front()
    }

    /// What became of it is written down.
    pub fn settle(&mut self, delivery: DeliveryId) {
        if let Some(Some(key)) = self.hand.remove(&delivery) {
            self.keys.remove(&key);
            self.more = true;
        }
    }

    /// What waits here stays in the table.
    fn put_down(&mut self) {
        for outgoing in std::mem::take(&mut self.queue) {
            self.settle(outgoing.due.id);
            self.more = true;
        }
    }

    /// Another node serves it now.
    pub fn lose(&mut self) {
        self.hold = None;
        self.put_down();
    }

    pub fn in_hand(&self) -> Vec<DeliveryId> {
        self.hand.keys().copied().collect()
    }

    /// How the endpoint is now: what waits goes by that, or not at all when it is disabled or gone; then nothing is held against it.
    pub fn renew(&mut self, endpoint: Option<&Arc<Endpoint>>) {
        let Some(endpoint) = endpoint.filter(|endpoint| endpoint.enabled) else {
            self.put_down();
            (self.breaker, self.bucket) = (Breaker::default(), None);
            return;
        };
        self.manner = endpoint.manner.clone();
        self.queue.iter_mut().for_each(|outgoing| outgoing.endpoint = endpoint.clone());
    }

    /// More of it might be under way.
    pub fn has_place(&self, now: Timestamp) -> bool {
        !self.queue.is_empty() && self.in_flight < self.places(now)
    }

    /// It has work: its share of what all lanes may have under way is its own.
    pub fn is_busy(&self) -> bool {
        self.in_flight > 0 || !self.queue.is_empty()
    }

    /// Something is to be sent or known of it, and nobody else should call it meanwhile.
    pub fn is_needed(&self) -> bool {
        !self.hand.is_empty() || self.breaker.is_open()
    }

    fn places(&self, now: Timestamp) -> usize {
        match self.breaker.pass(now) {
            Pass::Go => self.manner.in_flight(),
            Pass::Probe => 1,
            Pass::Wait(_) => 0,
        }
    }

    fn may_spend(&mut self, now: Timestamp) -> bool {
        let Some(rate) = self.manner.rate_per_s.map(f64::from) else { return true };
        let bucket = self.bucket.get_or_insert_with(|| Bucket::full(rate, now));
        bucket.fill(rate, now);
        let may = bucket.left >= 1.0;
        if may {
            bucket.left -= 1.0;
        }
        may
    }

    /// How many more to take in hand: as many as will be sent soon, and none as long as enough wait here.
    pub fn room(&self, now: Timestamp, ahead: usize) -> usize {
        let target = self.target(now, ahead);
        let room = target.saturating_sub(self.queue.len() + self.in_flight);
        if self.queue.is_empty() || room > target * 3 / 4 { room } else { 0 }
    }

    fn target(&self, now: Timestamp, ahead: usize) -> usize {
        let places = self.places(now);
        let quick = self.pace.filter(|_| self.breaker.failures == 0 && places > 1);
        let soon = quick.map_or(0, |pace| (WAIT.as_secs_f64() / pace.as_secs_f64().max(0.000_1) * places as f64) as usize);
        let target = places + soon.min(ahead);
        self.manner.rate_per_s.map_or(target, |rate| target.min(usize::try_from(rate).unwrap_or(target).max(1)))
    }

    /// There is more in the table, and room for it.
    pub fn is_hungry(&self, now: Timestamp, ahead: usize) -> bool {
        self.more && self.room(now, ahead) > 0
    }

    /// Nothing is remembered that matters.
    pub fn is_blank(&self, now: Timestamp) -> bool {
        let held = self.hold.is_some_and(|hold| hold.lasts(Duration::ZERO, now));
        !held && self.hand.is_empty() && self.in_flight == 0 && self.breaker == Breaker::default() && self.bucket.is_none()
    }

    pub fn landed(&mut self, landed: &Landed, now: Timestamp) {
        self.pace = Some(self.pace.map_or(landed.took, |pace| (pace * 7 + landed.took) / 8));
        match (landed.health, landed.rest) {
            (Health::Well, _) => self.breaker.succeeded(),
            // It is disabled by this; until that is written down nothing more is looked for on its account.
            (Health::Gone, _) => {
                self.put_down();
                self.more = false;
            }
            (Health::Ill, Some(rest)) => self.breaker.rest(now, rest.min(LONGEST_REST)),
            (Health::Ill, None) => {
                if self.breaker.failed(now) {
                    metrics::counter!("webhook_breaker_opened_total").increment(1);
                }
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::webhook::due::Due;
    use crate::webhook::{Algorithm, SigningSecret};

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn landed(took: Duration, health: Health, rest: Option<Duration>) -> Landed {
        Landed { webhook: base::WebhookId(1), took, health, rest }
    }

    #[test]
    fn an_endpoint_that_asks_for_rest_is_left_alone_as_a_whole_for_a_quarter_of_an_hour_at_most() {
        let mut lane = Lane::default();
        let asks = |rest| landed(Duration::from_millis(1), Health::Ill, Some(Duration::from_secs(rest)));
        lane.landed(&asks(60), NOW);
        // Those that were under way may say so too, and it is the longest that counts.
        lane.landed(&asks(90), NOW);
        lane.landed(&asks(20), NOW);
        assert_eq!((lane.room(NOW, AHEAD), lane.room(NOW.plus(Duration::from_secs(89)), AHEAD)), (0, 0));
        let later = NOW.plus(Duration::from_secs(90));
        assert_eq!(lane.room(later, AHEAD), 1);
        lane.landed(&asks(86_400), later);
        assert_eq!((lane.room(later.plus(LONGEST_REST / 2), AHEAD), lane.room(later.plus(LONGEST_REST), AHEAD)), (0, 1));
        lane.landed(&landed(Duration::from_secs(1), Health::Well, None), later.plus(LONGEST_REST));
        assert!(lane.room(later.plus(LONGEST_REST), AHEAD) >= 8);
    }

    #[test]
    fn a_quick_lane_takes_ahead_and_a_slow_or_failing_one_does_not() {
        let mut lane = Lane::default();
        assert_eq!(lane.room(NOW, AHEAD), 8);
        lane.landed(&landed(Duration::from_millis(1), Health::Well, None), NOW);
        assert_eq!(lane.room(NOW, AHEAD), 8 + AHEAD);
        for _ in 0..100 {
            lane.landed(&landed(Duration::from_secs(10), Health::Well, None), NOW);
        }
        assert_eq!(lane.room(NOW, AHEAD), 8);
        for _ in 0..5 {
            lane.landed(&landed(Duration::from_secs(10), Health::Ill, None), NOW);
        }
        assert_eq!(lane.room(NOW, AHEAD), 0);
        let later = NOW.plus(Duration::from_secs(31));
        assert_eq!(lane.room(later, AHEAD), 1);
        lane.landed(&landed(Duration::from_millis(1), Health::Well, None), later);
        assert!(lane.room(later, AHEAD) >= 8);
    }

    pub fn outgoing(id: u128, key: Option<&str>) -> Outgoing {
        let minter = base::Minter::new(Arc::new(base::SystemClock), 1);
        let manner = Manner::default();
        let due = Due {
            id: DeliveryId(uuid::Uuid::from_u128(id)),
            webhook: base::WebhookId(1),
            event: base::EventId(uuid::Uuid::from_u128(id)),
            key: key.map(str::to_owned),
            body: "{}".into(),
            tries: 0,
            attempts: 0,
        };
        let endpoint = Endpoint {
            id: base::WebhookId(1),
            site: base::SiteId(1),
            url: "https://example.com".into(),
            events: vec!["*".into()],
            description: String::new(),
            enabled: true,
            disabled_reason: None,
            disabled_why: None,
            manner,
            failing_since: None,
            secret: SigningSecret::make(&minter, Algorithm::V1),
            old_secrets: Vec::new(),
            created: NOW,
            updated: NOW,
        };
        Outgoing { due, endpoint: Arc::new(endpoint) }
    }

    #[test]
    fn only_what_can_land_while_the_endpoint_is_ours_is_sent() {
        let (lease, to_land) = (Duration::from_secs(45), Duration::from_secs(15));
        let mut lane = Lane::default();
        (1..=4).for_each(|id| assert!(lane.take(outgoing(id, None))));
        assert!(lane.next(NOW, to_land).is_none(), "nobody holds it");
        lane.hold = Some(Hold::from(NOW, lease));
        assert!(lane.next(NOW.plus(Duration::from_secs(30)), to_land).is_some());
        assert!(lane.next(NOW.plus(Duration::from_secs(31)), to_land).is_none());
        lane.hold = Some(Hold::from(NOW.plus(lease), lease));
        assert!(lane.next(NOW.plus(lease), to_land).is_some());
        lane.lose();
        assert!(lane.next(NOW.plus(lease), to_land).is_none());
        assert_eq!((lane.in_hand().len(), lane.more), (2, true), "those under way are in hand until they are settled");
    }

    #[test]
    fn one_is_in_hand_once_and_of_a_key_one_at_a_time() {
        let mut lane = Lane::default();
        for one in [outgoing(1, Some("a")), outgoing(1, Some("a")), outgoing(2, Some("a")), outgoing(3, Some("b")), outgoing(4, None), outgoing(5, None)] {
            lane.take(one);
        }
        assert_eq!(lane.in_hand().len(), 4);
        lane.settle(DeliveryId(uuid::Uuid::from_u128(1)));
        lane.take(outgoing(2, Some("a")));
        assert_eq!((lane.in_hand().len(), lane.more), (4, true));
    }

    #[test]
    fn a_rate_is_kept() {
        let mut lane = Lane { manner: Manner { rate_per_s: Some(10), ..Manner::default() }, ..Lane::default() };
        let spent = |lane: &mut Lane, now| (0..100).filter(|_| lane.may_spend(now)).count();
        assert_eq!(spent(&mut lane, NOW), 10);
        assert_eq!(spent(&mut lane, NOW.plus(Duration::from_millis(500))), 5);
        assert_eq!(spent(&mut lane, NOW.plus(Duration::from_secs(60))), 10);
    }
}
