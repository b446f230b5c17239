//! How full the data queues are, as far as this node knows: what their broker told, and what was published since.

use crate::pipeline::Pace;
use sockets::broker::{Broker, BrokerError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What was told is true for so long.
const FRESH: Duration = Duration::from_millis(50);
/// After so long the broker is asked again, whatever was published.
const STALE: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(crate) struct Fills {
    data: Arc<dyn Broker>,
    known: Arc<Mutex<HashMap<Arc<str>, Fill>>>,
    /// A queue that has so many messages is full.
    pub deep: u64,
    patience: Duration,
}

struct Fill {
    messages: u64,
    looked: Instant,
    /// The broker is being asked; so many were published since the question began, and may or may not be in its answer.
    asking: bool,
    meanwhile: u64,
}

/// What is known may do, or not.
#[derive(Debug, PartialEq, Eq)]
enum Known {
    Full,
    Open,
    /// Not full by far, but it is time to ask.
    OpenAndOld,
    Unsure,
}

impl Fill {
    fn tells(&self, deep: u64, age: Duration) -> Known {
        let (full, half) = (self.messages >= deep, self.messages >= deep / 2);
        if age < FRESH {
            return if full { Known::Full } else { Known::Open };
        }
        if full || (half && age >= STALE) {
            return Known::Unsure;
        }
        if (half || age >= STALE) && !self.asking { Known::OpenAndOld } else { Known::Open }
    }
}

impl Fills {
    pub fn new(data: Arc<dyn Broker>, pace: &Pace) -> Self {
        Self { data, known: Arc::default(), deep: pace.deep, patience: pace.steering.confirm }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Arc<str>, Fill>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many more are in the queue.
    pub fn published(&self, queue: &Arc<str>, count: u64) {
        if let Some(fill) = self.known().get_mut(queue) {
            fill.messages += count;
            fill.meanwhile += count;
        }
    }

    /// Waits for the broker's word only where the queue may be full: some brokers take long to tell. A broker that does not tell is
    /// taken to have room; the publishing itself will tell.
    pub async fn is_full(&self, queue: &Arc<str>) -> bool {
        let tells = self.known().get_mut(queue).map_or(Known::Unsure, |fill| {
            let tells = fill.tells(self.deep, fill.looked.elapsed());
            // Before another lane looks: one question is enough.
            fill.asking |= tells == Known::OpenAndOld;
            tells
        });
        match tells {
            Known::Full => true,
            Known::Open => false,
            Known::OpenAndOld => {
                let (fills, queue) = (self.clone(), queue.clone());
                tokio::spawn(async move { fills.ask(&queue).await });
                false
            }
            Known::Unsure => self.ask(queue).await.is_ok_and(|messages| messages >= self.deep),
        }
    }

    /// What the broker tells, and what was published while it was asked.
    pub async fn ask(&self, queue: &Arc<str>) -> Result<u64, BrokerError> {
        if let Some(fill) = self.known().get_mut(queue) {
            (fill.asking, fill.meanwhile) = (true, 0);
        }
        let told = tokio::time::timeout(self.patience, self.data.depth(queue)).await;
        let told = told.unwrap_or_else(|_| Err(BrokerError::Unavailable(format!("no answer in {:?}", self.patience))));
        let mut known = self.known();
        match told {
            Ok(depth) => {
                let messages = depth.messages + known.get(queue).map_or(0, |fill| fill.meanwhile);
                known.insert(queue.clone(), Fill { messages, looked: Instant::now(), asking: false, meanwhile: 0 });
                Ok(messages)
            }
            Err(err) => {
                if let Some(fill) = known.get_mut(queue) {
                    fill.asking = false;
                }
                Err(err)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(messages: u64, asking: bool) -> Fill {
        Fill { messages, looked: Instant::now(), asking, meanwhile: 0 }
    }

    #[test]
    fn what_was_told_a_moment_ago_is_believed() {
        assert_eq!(fill(9, false).tells(10, Duration::ZERO), Known::Open);
        assert_eq!(fill(10, false).tells(10, Duration::ZERO), Known::Full);
    }

    #[test]
    fn a_queue_that_seems_full_is_asked_about_before_anything_is_kept_back() {
        assert_eq!(fill(10, false).tells(10, FRESH), Known::Unsure);
        assert_eq!(fill(10, true).tells(10, FRESH), Known::Unsure);
    }

    #[test]
    fn a_queue_that_is_half_full_or_long_unknown_is_asked_about_once_while_copies_go_on() {
        assert_eq!(fill(5, false).tells(10, FRESH), Known::OpenAndOld);
        assert_eq!(fill(0, false).tells(10, STALE), Known::OpenAndOld);
        assert_eq!(fill(5, true).tells(10, FRESH), Known::Open);
        assert_eq!(fill(4, false).tells(10, FRESH), Known::Open);
    }

    #[test]
    fn a_queue_that_was_half_full_long_ago_may_be_full_now() {
        assert_eq!(fill(5, true).tells(10, STALE), Known::Unsure);
    }
}
