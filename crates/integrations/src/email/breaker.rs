//! One breaker a mail server: after a few failures nothing is tried there for a while, so that a dead server costs only itself.

use base::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const FAILURES: u32 = 3;
const FIRST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(600);

#[derive(Default)]
struct State {
    failures: u32,
    open_until: Option<Timestamp>,
}

#[derive(Default)]
pub(super) struct Breaker(Mutex<HashMap<String, State>>);

impl Breaker {
    /// How long to leave the server alone; none when it may be tried.
    pub fn wait(&self, server: &str, now: Timestamp) -> Option<Duration> {
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = states.get(server)?.open_until?;
        (until > now).then(|| until.since(now))
    }

    pub fn note(&self, server: &str, answered: bool, now: Timestamp) {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            states.remove(server);
            return;
        }
        let state = states.entry(server.to_owned()).or_default();
        state.failures += 1;
        if let Some(over) = state.failures.checked_sub(FAILURES) {
            let wait = FIRST.saturating_mul(1 << over.min(10)).min(LONGEST);
            state.open_until = Some(now.plus(wait));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_left_alone_after_three_failures_and_longer_after_each_more() {
        let (breaker, now) = (Breaker::default(), Timestamp::from_millis(1_000_000));
        breaker.note("a", false, now);
        breaker.note("a", false, now);
        assert_eq!(breaker.wait("a", now), None);
        breaker.note("a", false, now);
        assert_eq!(breaker.wait("a", now), Some(FIRST));
        assert_eq!(breaker.wait("b", now), None);
        let later = now.plus(FIRST);
        assert_eq!(breaker.wait("a", later), None, "one is let through to try");
        breaker.note("a", false, later);
        assert_eq!(breaker.wait("a", later), Some(FIRST * 2));
        breaker.note("a", true, later);
        assert_eq!(breaker.wait("a", later), None);
    }
}
