//! How long to wait before the next try.

use std::sync::Arc;
use std::time::Duration;

/// Says a number in 0..1; injected, so that a test can hold it still.
pub type Chance = Arc<dyn Fn() -> f64 + Send + Sync>;

/// The machine's own chance.
pub fn chance() -> Chance {
    Arc::new(|| f64::from(rand::random::<u32>()) / (f64::from(u32::MAX) + 1.0))
}

/// A growing delay with jitter of a fifth either way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retries {
    pub first: Duration,
    pub factor: f64,
    pub longest: Duration,
    /// Tries in all; after the last one the event goes to the dead letters.
    pub tries: u32,
}

impl Default for Retries {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), factor: 3.0, longest: Duration::from_secs(3600), tries: 12 }
    }
}

impl Retries {
    /// The wait after try number `attempt` (from 1) failed.
    pub fn after(&self, attempt: u32, chance: &Chance) -> Duration {
        let power = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let plain = (self.first.as_secs_f64() * self.factor.powi(power)).min(self.longest.as_secs_f64());
        jittered(Duration::from_secs_f64(plain), chance)
    }
}

/// The span, a fifth more or less.
pub fn jittered(span: Duration, chance: &Chance) -> Duration {
    span.mul_f64(0.8 + 0.4 * chance())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest() {
        let still: Chance = Arc::new(|| 0.5);
        let retries = Retries { first: Duration::from_secs(1), factor: 2.0, longest: Duration::from_secs(10), tries: 9 };
        let waits: Vec<u64> = (1..=6).map(|attempt| retries.after(attempt, &still).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 10, 10]);
        assert_eq!(retries.after(u32::MAX, &still), Duration::from_secs(10));
    }

    #[test]
    fn jitter_stays_within_a_fifth() {
        let (low, high): (Chance, Chance) = (Arc::new(|| 0.0), Arc::new(|| 0.999));
        let span = Duration::from_secs(100);
        assert_eq!(jittered(span, &low), Duration::from_secs(80));
        assert!(jittered(span, &high) < Duration::from_secs(120));
    }
}
