use serde_json::{Value, json};
use std::time::Duration;

/// Spans in microseconds, to be summed up by rank.
#[derive(Default)]
pub struct Spans(Vec<u32>);

impl Spans {
    pub fn add(&mut self, span: Duration) {
        self.0.push(u32::try_from(span.as_micros()).unwrap_or(u32::MAX));
    }

    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Milliseconds at the usual ranks.
    pub fn summary(mut self) -> Value {
        self.0.sort_unstable();
        let at = |rank: f64| {
            let place = ((self.0.len() as f64 * rank).ceil() as usize).clamp(1, self.0.len().max(1)) - 1;
            self.0.get(place).map(|micros| f64::from(*micros) / 1_000.0)
        };
        json!({ "p50": at(0.50), "p95": at(0.95), "p99": at(0.99), "max": at(1.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_the_sorted_spans() {
        let mut spans = Spans::default();
        for n in (1..=100).rev() {
            spans.add(Duration::from_millis(n));
        }
        assert_eq!(spans.summary(), json!({ "p50": 50.0, "p95": 95.0, "p99": 99.0, "max": 100.0 }));
    }
}
