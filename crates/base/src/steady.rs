use crate::{SharedClock, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// More than clocks are adjusted by without a jump.
const JUMP: Duration = Duration::from_secs(60);

/// Knows when the clock was last set, by comparing it with the one that nobody sets: a clock that jumps ahead has made nobody silent.
/// Cheap to clone; the clones watch together.
#[derive(Clone)]
pub struct Steady {
    clock: SharedClock,
    seen: Arc<Mutex<Seen>>,
}

struct Seen {
    now: Timestamp,
    ran: Duration,
    since: Timestamp,
}

impl Steady {
    pub fn new(clock: SharedClock) -> Self {
        let seen = Seen { now: clock.now(), ran: clock.ran(), since: Timestamp::default() };
        Self { clock, seen: Arc::new(Mutex::new(seen)) }
    }

    /// Since when the clock has not been set: from then on, silence is silence. A jump is dated by the first look after it, so look
    /// often.
    pub fn since(&self) -> Timestamp {
        let (now, ran) = (self.clock.now(), self.clock.ran());
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let expected = seen.now.plus(ran.saturating_sub(seen.ran));
        if now.since(expected).max(expected.since(now)) > JUMP {
            seen.since = now;
        }
        (seen.now, seen.ran) = (now, ran);
        seen.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock as _, ManualClock};

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_clock_that_is_set_is_noticed_and_one_that_runs_is_not() {
        let start = Timestamp::from_millis(1_795_284_714_120);
        let clock = Arc::new(ManualClock::at(start));
        let steady = Steady::new(clock.clone());
        clock.advance(9 * HOUR);
        clock.set(clock.now().plus(Duration::from_secs(50)));
        assert_eq!(steady.since(), Timestamp::default());
        for set in [clock.now().plus(HOUR), start] {
            clock.set(set);
            assert_eq!(steady.since(), set);
            clock.advance(HOUR);
            assert_eq!(steady.clone().since(), set);
        }
    }
}
