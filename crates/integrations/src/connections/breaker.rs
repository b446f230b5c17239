use base::Timestamp;
use std::time::Duration;

/// After so many failures in a row nothing more is sent for a while.
const ENOUGH: u32 = 5;
const FIRST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// A probe that was not heard of for so long is lost, and another one may go.
const PROBE: Duration = Duration::from_secs(90);
/// Who finds a probe under way asks again after this.
const AFTER_PROBE: Duration = Duration::from_secs(3);

/// Keeps a destination that fails from being called in vain: closed (all pass), open (all wait), half-open (one goes first).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    /// Failures in a row.
    pub failures: u32,
    /// How often it opened since it last worked.
    pub trips: u32,
    /// Nothing passes before.
    pub open_until: Option<Timestamp>,
    /// The one that goes first is under way until then.
    pub probe_until: Option<Timestamp>,
}

/// What the breaker says to who wants to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    Go,
    /// Go first, and tell how it went: nobody else passes meanwhile.
    Probe,
    Wait(Duration),
}

impl Breaker {
    pub fn pass(&self, now: Timestamp) -> Pass {
        let Some(until) = self.open_until else { return Pass::Go };
        if now < until {
            return Pass::Wait(until.since(now));
        }
        match self.probe_until {
            Some(probe) if now < probe => Pass::Wait(AFTER_PROBE),
            _ => Pass::Probe,
        }
    }

    /// The probe leaves.
    pub fn probe(&mut self, now: Timestamp) {
        self.probe_until = Some(now.plus(PROBE));
    }

    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// It failed, and the destination is to blame. True: the breaker opened by this.
    pub fn failed(&mut self, now: Timestamp) -> bool {
        self.failures = self.failures.saturating_add(1);
        let enough = match self.open_until {
            None => self.failures >= ENOUGH,
            // Those that left before it opened say nothing new; the one that went first does.
            Some(until) => now >= until,
        };
        if !enough {
            return false;
        }
        let span = FIRST.saturating_mul(2_u32.saturating_pow(self.trips)).min(LONGEST);
        self.open(now, span);
        true
    }

    /// The destination asked to be left alone, or will not work until somebody mends it.
    pub fn open(&mut self, now: Timestamp, span: Duration) {
        self.trips = self.trips.saturating_add(1);
        self.open_until = Some(now.plus(span));
        self.probe_until = None;
    }

    /// The destination asked for this much rest. Those that were under way may ask for it too: the longest rest counts, as one.
    pub fn rest(&mut self, now: Timestamp, span: Duration) {
        match self.open_until {
            Some(until) if now < until => self.open_until = Some(until.max(now.plus(span))),
            _ => self.open(now, span),
        }
    }

    pub fn is_open(&self) -> bool {
        self.open_until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn broken() -> Breaker {
        let mut breaker = Breaker::default();
        while !breaker.failed(NOW) {}
        breaker
    }

    #[test]
    fn a_few_failures_are_borne_and_one_success_forgets_them() {
        let mut breaker = Breaker::default();
        for _ in 1..ENOUGH {
            assert!(!breaker.failed(NOW));
        }
        breaker.succeeded();
        assert_eq!((breaker.pass(NOW), breaker.failures), (Pass::Go, 0));
    }

    #[test]
    fn an_open_breaker_lets_one_go_first_when_its_time_is_over() {
        let mut breaker = broken();
        assert_eq!(breaker.pass(NOW), Pass::Wait(FIRST));
        let later = NOW.plus(FIRST);
        assert_eq!(breaker.pass(later), Pass::Probe);
        breaker.probe(later);
        assert_eq!(breaker.pass(later), Pass::Wait(AFTER_PROBE));
        // A probe that never came back does not lock the door for good.
        assert_eq!(breaker.pass(later.plus(PROBE)), Pass::Probe);
        breaker.succeeded();
        assert_eq!(breaker.pass(later), Pass::Go);
    }

    #[test]
    fn those_that_were_under_way_when_it_opened_do_not_keep_it_open_for_longer() {
        let mut breaker = broken();
        for _ in 0..8 {
            assert!(!breaker.failed(NOW));
        }
        assert_eq!(breaker.pass(NOW), Pass::Wait(FIRST));
    }

    #[test]
    fn a_probe_that_fails_opens_it_for_longer_up_to_a_bound() {
        let (mut breaker, mut now) = (broken(), NOW);
        let mut spans = Vec::new();
        for _ in 0..8 {
            let Pass::Wait(span) = breaker.pass(now) else { panic!("it is open") };
            spans.push(span);
            now = now.plus(span);
            breaker.probe(now);
            assert!(breaker.failed(now));
        }
        assert_eq!(spans[..3], [FIRST, FIRST * 2, FIRST * 4]);
        assert_eq!(spans[7], LONGEST);
    }
}
