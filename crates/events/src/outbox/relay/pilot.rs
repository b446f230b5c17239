//! Which event broker the relay takes: the main one while it answers, else the remote one, and back with patience.

use crate::brokers::Way;
use std::time::{Duration, Instant};

/// When to leave a broker and when to come back.
#[derive(Clone, Copy, Debug)]
pub struct Steering {
    /// A broker that has not answered a batch in this time is silent.
    pub confirm: Duration,
    /// Failed batches in a row before the other broker is taken.
    pub failures: u32,
    /// Between two looks at a main broker that was left.
    pub probe: Duration,
    /// How long the main broker must have answered well before it is taken again. Doubles when that proves too early.
    pub back_after: Duration,
    /// An event that was confirmed but is not passed on for so long is looked after.
    pub lost_after: Duration,
}

impl Default for Steering {
    fn default() -> Self {
        Self {
            confirm: Duration::from_secs(5),
            failures: 3,
            probe: Duration::from_secs(1),
            back_after: Duration::from_secs(10),
            lost_after: Duration::from_secs(10),
        }
    }
}

/// The main broker failed again so soon after it was taken back: it was too early.
const TOO_EARLY: Duration = Duration::from_secs(60);
const MOST_PATIENT: Duration = Duration::from_secs(300);

/// How a batch went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Went {
    Well,
    Badly,
    /// No answer in time.
    Silent,
}

pub(super) struct Pilot {
    way: Way,
    has_remote: bool,
    steering: Steering,
    failures: u32,
    /// The main broker answers its probes since then.
    well_since: Option<Instant>,
    back_at: Option<Instant>,
    back_after: Duration,
}

impl Pilot {
    pub fn new(has_remote: bool, steering: Steering) -> Self {
        Self { way: Way::Main, has_remote, steering, failures: 0, well_since: None, back_at: None, back_after: steering.back_after }
    }

    pub fn way(&self) -> Way {
        self.way
    }

    /// A main broker that was left is looked at from time to time.
    pub fn wants_probe(&self) -> bool {
        self.way == Way::Remote
    }

    /// Tells the new way when it changes.
    pub fn heard(&mut self, way: Way, went: Went, now: Instant) -> Option<Way> {
        if way != self.way {
            // News of a broker that was left already.
            return None;
        }
        match went {
            Went::Well => {
                self.failures = 0;
                return None;
            }
            Went::Badly => self.failures += 1,
            Went::Silent => self.failures = self.steering.failures,
        }
        if !self.has_remote || self.failures < self.steering.failures {
            return None;
        }
        self.failures = 0;
        if way == Way::Main {
            let too_early = self.back_at.is_some_and(|at| now.duration_since(at) < TOO_EARLY);
            self.back_after = if too_early { (self.back_after * 2).min(MOST_PATIENT) } else { self.steering.back_after };
            self.well_since = None;
            self.turn(Way::Remote)
        } else {
            // Both are down: try them by turns.
            self.turn(Way::Main)
        }
    }

    /// The main broker was looked at.
    pub fn probed(&mut self, well: bool, now: Instant) -> Option<Way> {
        if self.way == Way::Main {
            return None;
        }
        if !well {
            self.well_since = None;
            return None;
        }
        let since = *self.well_since.get_or_insert(now);
        if now.duration_since(since) < self.back_after {
            return None;
        }
        self.back_at = Some(now);
        self.failures = 0;
        self.turn(Way::Main)
    }

    fn turn(&mut self, way: Way) -> Option<Way> {
        self.way = way;
        Some(way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pilot() -> (Pilot, Instant) {
        (Pilot::new(true, Steering::default()), Instant::now())
    }

    #[test]
    fn three_failures_in_a_row_or_one_silence_turn_to_the_remote_broker() {
        let (mut pilot, now) = pilot();
        for went in [Went::Badly, Went::Badly, Went::Well, Went::Badly, Went::Badly] {
            assert_eq!(pilot.heard(Way::Main, went, now), None);
        }
        assert_eq!(pilot.heard(Way::Main, Went::Badly, now), Some(Way::Remote));
        let (mut pilot, now) = self::pilot();
        assert_eq!(pilot.heard(Way::Main, Went::Silent, now), Some(Way::Remote));
        assert_eq!(pilot.heard(Way::Main, Went::Silent, now), None, "late news of the broker that was left");
    }

    #[test]
    fn without_a_remote_broker_there_is_nowhere_to_turn() {
        let mut pilot = Pilot::new(false, Steering::default());
        for _ in 0..10 {
            assert_eq!(pilot.heard(Way::Main, Went::Silent, Instant::now()), None);
        }
    }

    #[test]
    fn the_main_broker_must_be_well_for_a_while_and_without_a_break() {
        let (mut pilot, now) = pilot();
        pilot.heard(Way::Main, Went::Silent, now);
        assert_eq!(pilot.probed(true, now), None);
        assert_eq!(pilot.probed(false, now + SECOND * 9), None);
        assert_eq!(pilot.probed(true, now + SECOND * 10), None);
        assert_eq!(pilot.probed(true, now + SECOND * 19), None);
        assert_eq!(pilot.probed(true, now + SECOND * 20), Some(Way::Main));
    }

    #[test]
    fn a_main_broker_that_fails_again_at_once_waits_twice_as_long() {
        let (mut pilot, now) = pilot();
        pilot.heard(Way::Main, Went::Silent, now);
        pilot.probed(true, now);
        assert_eq!(pilot.probed(true, now + SECOND * 10), Some(Way::Main));
        pilot.heard(Way::Main, Went::Silent, now + SECOND * 11);
        pilot.probed(true, now + SECOND * 12);
        assert_eq!(pilot.probed(true, now + SECOND * 23), None);
        assert_eq!(pilot.probed(true, now + SECOND * 32), Some(Way::Main));
    }

    #[test]
    fn while_both_are_down_they_are_tried_by_turns() {
        let (mut pilot, now) = pilot();
        pilot.heard(Way::Main, Went::Silent, now);
        assert_eq!(pilot.heard(Way::Remote, Went::Silent, now), Some(Way::Main));
        assert_eq!(pilot.heard(Way::Main, Went::Silent, now), Some(Way::Remote));
    }
}
