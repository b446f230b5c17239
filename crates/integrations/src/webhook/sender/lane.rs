use super::request::Health;
use super::{Claimed, Landed};
use crate::connections::{Breaker, Pass};
use crate::webhook::{Endpoint, Manner};
use base::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// What is claimed ahead of need, at most.
const AHEAD: usize = 256;
/// How long something that was claimed ahead should wait here at most.
const WAIT: Duration = Duration::from_millis(500);
/// An endpoint that asks for more rest than this is looked at earlier.
const LONGEST_REST: Duration = Duration::from_secs(15 * 60);

/// One endpoint's way out.
#[derive(Default)]
pub(super) struct Lane {
    pub manner: Manner,
    pub queue: VecDeque<Claimed>,
    /// Claimed, and to be given back.
    pub unsent: Vec<Claimed>,
    pub in_flight: usize,
    /// The last look at the table left some there.
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
    /// The next one to send, if one may go. What waited here for too long would be somebody else's soon.
    pub fn next(&mut self, now: Timestamp, fresh: Duration) -> Option<Claimed> {
        while self.queue.front().is_some_and(|claimed| claimed.at.elapsed() > fresh) {
            self.unsent.extend(self.queue.pop_front());
            self.more = true;
        }
        if self.queue.is_empty() || self.in_flight >= self.places(now) || !self.may_spend(now) {
            return None;
        }
        if self.breaker.pass(now) == Pass::Probe {
            self.breaker.probe(now);
        }
        self.queue.pop_front()
    }

    /// How the endpoint is now: what waits goes by that, or not at all when it is disabled or gone; then nothing is held against it.
    pub fn renew(&mut self, endpoint: Option<&Arc<Endpoint>>) {
        let Some(endpoint) = endpoint.filter(|endpoint| endpoint.enabled) else {
            self.unsent.extend(self.queue.drain(..));
            (self.breaker, self.bucket) = (Breaker::default(), None);
            return;
        };
        self.manner = endpoint.manner.clone();
        self.queue.iter_mut().for_each(|claimed| claimed.endpoint = endpoint.clone());
    }

    /// It is left alone for now, and nobody else should call it either.
    pub fn rests(&self) -> bool {
        self.breaker.is_open()
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

    /// How many more may be claimed: as many as will be sent soon.
    pub fn room(&self, now: Timestamp) -> usize {
        self.target(now).saturating_sub(self.queue.len() + self.in_flight)
    }

    fn target(&self, now: Timestamp) -> usize {
        let places = self.places(now);
        let quick = self.pace.filter(|_| self.breaker.failures == 0 && places > 1);
        let soon = quick.map_or(0, |pace| (WAIT.as_secs_f64() / pace.as_secs_f64().max(0.000_1) * places as f64) as usize);
        let target = places + soon.min(AHEAD);
        self.manner.rate_per_s.map_or(target, |rate| target.min(usize::try_from(rate).unwrap_or(AHEAD).max(1)))
    }

    /// There is more in the table, and room for a good part of it.
    pub fn is_hungry(&self, now: Timestamp) -> bool {
        self.more && self.room(now) > self.target(now) / 4
    }

    /// Nothing is remembered that matters.
    pub fn is_blank(&self) -> bool {
        self.queue.is_empty() && self.unsent.is_empty() && self.in_flight == 0 && self.breaker == Breaker::default() && self.bucket.is_none()
    }

    pub fn landed(&mut self, landed: &Landed, now: Timestamp) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.pace = Some(self.pace.map_or(landed.took, |pace| (pace * 7 + landed.took) / 8));
        match (landed.health, landed.rest) {
            (Health::Well, _) => self.breaker.succeeded(),
            // It is disabled by this; what was claimed ahead stays in the table.
            (Health::Gone, _) => self.unsent.extend(self.queue.drain(..)),
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
mod tests {
    use super::*;

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
        assert_eq!((lane.room(NOW), lane.room(NOW.plus(Duration::from_secs(89)))), (0, 0));
        let later = NOW.plus(Duration::from_secs(90));
        assert_eq!(lane.room(later), 1);
        lane.landed(&asks(86_400), later);
        assert_eq!((lane.room(later.plus(LONGEST_REST / 2)), lane.room(later.plus(LONGEST_REST))), (0, 1));
        lane.landed(&landed(Duration::from_secs(1), Health::Well, None), later.plus(LONGEST_REST));
        assert!(lane.room(later.plus(LONGEST_REST)) >= 8);
    }

    #[test]
    fn a_quick_lane_claims_ahead_and_a_slow_or_failing_one_does_not() {
        let mut lane = Lane::default();
        assert_eq!(lane.room(NOW), 8);
        lane.landed(&landed(Duration::from_millis(1), Health::Well, None), NOW);
        assert_eq!(lane.room(NOW), 8 + AHEAD);
        for _ in 0..100 {
            lane.landed(&landed(Duration::from_secs(10), Health::Well, None), NOW);
        }
        assert_eq!(lane.room(NOW), 8);
        for _ in 0..5 {
            lane.landed(&landed(Duration::from_secs(10), Health::Ill, None), NOW);
        }
        assert_eq!(lane.room(NOW), 0);
        let later = NOW.plus(Duration::from_secs(31));
        assert_eq!(lane.room(later), 1);
        lane.landed(&landed(Duration::from_millis(1), Health::Well, None), later);
        assert!(lane.room(later) >= 8);
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
