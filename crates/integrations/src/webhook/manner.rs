//! How an endpoint wants to be told.

use base::Invalid;
use events::Filter;
use std::time::Duration;

/// How an endpoint wants to be told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manner {
    /// Only events whose payload it lets through.
    pub filter: Option<Filter>,
    /// Requests a second at most.
    pub rate_per_s: Option<u32>,
    /// Seconds between tries; after the last one it is given up.
    pub schedule: Option<Vec<u32>>,
    /// Requests under way at the same time.
    pub max_in_flight: Option<u32>,
    /// For so many seconds after its first failure a delivery holds later ones of its key back.
    pub hold_back_s: Option<u32>,
}

/// What changes of it; `Some(None)` goes back to what everybody has.
#[derive(Clone, Debug, Default)]
pub struct MannerPatch {
    pub filter: Option<Option<Filter>>,
    pub rate_per_s: Option<Option<u32>>,
    pub schedule: Option<Option<Vec<u32>>>,
    pub max_in_flight: Option<Option<u32>>,
    pub hold_back_s: Option<Option<u32>>,
}

impl Manner {
    pub fn change(&mut self, patch: MannerPatch) {
        fn put<T>(place: &mut T, told: Option<T>) {
            if let Some(told) = told {
                *place = told;
            }
        }
        put(&mut self.filter, patch.filter);
        put(&mut self.rate_per_s, patch.rate_per_s);
        put(&mut self.schedule, patch.schedule);
        put(&mut self.max_in_flight, patch.max_in_flight);
        put(&mut self.hold_back_s, patch.hold_back_s);
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        let within = |field: &str, told: Option<u32>, most: u32| match told {
            Some(number) if !(1..=most).contains(&number) => Err(Invalid::new(field, format!("should be 1 to {most}"))),
            _ => Ok(()),
        };
        within("rate_per_s", self.rate_per_s, 10_000)?;
        within("max_in_flight", self.max_in_flight, 64)?;
        if self.hold_back_s.is_some_and(|seconds| seconds > MOST_HELD_BACK) {
            return Err(Invalid::new("hold_back_s", format!("should be 0 to {MOST_HELD_BACK}")));
        }
        let schedule = self.schedule.as_deref().unwrap_or_default();
        if schedule.len() > 20 {
            return Err(Invalid::new("schedule", "has at most 20 waits"));
        }
        for (place, wait) in schedule.iter().enumerate() {
            within(&format!("schedule[{place}]"), Some(*wait), 86_400)?;
        }
        Ok(())
    }

    pub fn in_flight(&self) -> usize {
        self.max_in_flight.map_or(IN_FLIGHT, |most| usize::try_from(most).unwrap_or(IN_FLIGHT))
    }

    pub(super) fn hold_back(&self) -> Duration {
        self.hold_back_s.map_or(HOLD_BACK, |seconds| Duration::from_secs(u64::from(seconds)))
    }

    /// The wait after try number `tries` (from 1) failed; none after the last.
    fn wait(&self, tries: u32) -> Option<Duration> {
        let place = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
        match &self.schedule {
            Some(own) => own.get(place).map(|seconds| Duration::from_secs(u64::from(*seconds))),
            None => SCHEDULE.get(place).copied(),
        }
    }
}

/// Requests under way to an endpoint that says nothing of it.
const IN_FLIGHT: usize = 8;
/// The first three tries by the usual schedule; who waits for longer than that wants the event rather than its place.
const HOLD_BACK: Duration = Duration::from_secs(15 * 60);
/// Longer than the usual schedule takes: nothing passes.
const MOST_HELD_BACK: u32 = 4 * 86_400;

/// The waits between tries, as Standard Webhooks suggests: ten tries in 75 hours.
pub(super) const SCHEDULE: [Duration; 9] = {
    const fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }
    [
        Duration::from_secs(5),
        minutes(5),
        minutes(30),
        minutes(120),
        minutes(300),
        minutes(600),
        minutes(840),
        minutes(1_200),
        minutes(1_440),
    ]
};

/// The shortest wait after an answer that says "too much".
const THROTTLED: Duration = Duration::from_secs(60);

/// The wait after try number `tries` (from 1) failed; none after the last.
pub(super) fn wait_after(manner: &Manner, tries: u32, status: Option<i64>, asked: Option<Duration>, chance: &events::Chance) -> Option<Duration> {
    let mut wait = events::jittered(manner.wait(tries)?, chance);
    if matches!(status, Some(429 | 502 | 504)) {
        wait = wait.max(events::jittered(THROTTLED, chance));
    }
    Some(asked.map_or(wait, |asked| wait.max(asked)))
}
