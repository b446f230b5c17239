use super::{Breaker, Pass};
use base::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Breakers of one node, in memory: one for each of many destinations.
pub(crate) struct Breakers<K>(Mutex<HashMap<K, Breaker>>);

impl<K> Default for Breakers<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone> Breakers<K> {
    /// How long to leave the destination alone; none when it may be called. When it was open, who is let through goes first and alone.
    pub fn wait(&self, key: &K, now: Timestamp) -> Option<Duration> {
        let mut breakers = self.breakers();
        let breaker = breakers.get_mut(key)?;
        match breaker.pass(now) {
            Pass::Go => None,
            Pass::Wait(span) => Some(span),
            Pass::Probe => {
                breaker.probe(now);
                None
            }
        }
    }

    pub fn note(&self, key: &K, answered: bool, now: Timestamp) {
        let mut breakers = self.breakers();
        if answered {
            breakers.remove(key);
        } else {
            breakers.entry(key.clone()).or_default().failed(now);
        }
    }

    /// Who was let through did not call after all: the next one goes first.
    pub fn turned_back(&self, key: &K) {
        if let Some(breaker) = self.breakers().get_mut(key) {
            breaker.probe_until = None;
        }
    }

    fn breakers(&self) -> MutexGuard<'_, HashMap<K, Breaker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn each_has_its_own_and_one_goes_first_when_the_time_is_over() {
        let breakers = Breakers::default();
        while breakers.wait(&"a", NOW).is_none() {
            breakers.note(&"a", false, NOW);
        }
        assert_eq!(breakers.wait(&"b", NOW), None);
        let later = NOW.plus(breakers.wait(&"a", NOW).expect("it is open"));
        assert_eq!(breakers.wait(&"a", later), None, "the first is let through to try");
        assert!(breakers.wait(&"a", later).is_some(), "the second waits for the first");
        breakers.turned_back(&"a");
        assert_eq!(breakers.wait(&"a", later), None);
        breakers.note(&"a", true, later);
        assert_eq!((breakers.wait(&"a", later), breakers.wait(&"a", later)), (None, None));
    }
}
