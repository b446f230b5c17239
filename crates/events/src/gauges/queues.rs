//! How the data queues are: told to the metrics, and as an alarm when one falls behind.

use super::{Gauges, PATIENCE};
use crate::consumer::next_due;
use crate::notices::Alarm;
use crate::outbox::depth;
use crate::pressure::Level;
use crate::queues::Tally;
use base::Timestamp;
use futures_util::future::join_all;
use serde_json::json;
use sockets::broker::Depth;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// A queue whose oldest message is older is an alarm.
const OLD_QUEUE: Duration = Duration::from_secs(300);

/// What this node saw of the queues.
#[derive(Default)]
pub(super) struct QueueWatch(HashMap<String, Seen>);

#[derive(Clone, Copy)]
struct Seen {
    messages: u64,
    /// It did not shrink since then.
    since: Timestamp,
    /// This node saw that it is old.
    alarmed: bool,
}

impl QueueWatch {
    /// How old the queue's oldest message is. None: somebody else can tell, or nobody can yet.
    ///
    /// RabbitMQ tells nothing of age; only the node that holds messages knows how old those are, and to the others the queue may look
    /// empty. `guesses`: none of our consumers takes from it, so it is as old as it did not shrink.
    fn age(&mut self, queue: &str, depth: &Depth, guesses: bool, now: Timestamp) -> Option<Duration> {
        let fresh = Seen { messages: depth.messages, since: now, alarmed: false };
        let seen = self.0.entry(queue.to_owned()).or_insert(fresh);
        if let Some(age) = depth.oldest_age {
            *seen = Seen { alarmed: age >= OLD_QUEUE, ..fresh };
            return Some(age);
        }
        let (was, old) = (*seen, now.since(seen.since) >= OLD_QUEUE);
        if depth.messages > 0 && !guesses {
            *seen = Seen { alarmed: was.alarmed, ..fresh };
            None
        } else if depth.messages < was.messages || was.messages == 0 && depth.messages > 0 || depth.messages == 0 && was.alarmed {
            // It moves.
            *seen = fresh;
            was.alarmed.then_some(Duration::ZERO)
        } else if depth.messages == 0 {
            // Empty for so long: whoever saw it old is gone.
            old.then_some(Duration::ZERO)
        } else {
            *seen = Seen { messages: depth.messages, alarmed: was.alarmed || old, ..was };
            old.then(|| now.since(was.since))
        }
    }
}

impl Gauges {
    /// Each node looks at the queues that it empties; the one that speaks for all looks at every queue.
    pub(super) async fn look_at_queues(&self, speaks: bool, watch: &mut QueueWatch) {
        if let Ok((waiting, _)) = depth(&self.db).await {
            metrics::gauge!("events_outbox_waiting").set(waiting as f64);
        }
        let mut names: BTreeSet<String> = self.queues.iter().cloned().collect();
        if speaks {
            names.extend(self.subscriptions.queues().await.unwrap_or_default());
        }
        let rates = Tally::rates(&self.db).await.unwrap_or_default();
        let data = &self.brokers.data;
        let asked = names.iter().map(|queue| async move { (queue, tokio::time::timeout(PATIENCE, data.depth(queue)).await) });
        for (queue, told) in join_all(asked).await {
            let Ok(Ok(depth)) = told else { continue };
            metrics::gauge!("events_queue_depth", "queue" => queue.clone()).set(depth.messages as f64);
            let guesses = speaks && rates.get(queue).is_none_or(|(_, went)| *went == 0.0);
            if let Some(age) = watch.age(queue, &depth, guesses, self.db.clock().now()) {
                self.tell_age(queue, age).await;
            }
        }
        for queue in &self.queues {
            if let Ok(Some(due)) = next_due(&self.db, queue).await {
                let late = self.db.clock().now().since(due);
                metrics::gauge!("events_parked_late_seconds", "queue" => queue.clone()).set(late.as_secs_f64());
            }
        }
    }

    async fn tell_age(&self, queue: &str, age: Duration) {
        metrics::gauge!("events_queue_oldest_seconds", "queue" => queue.to_owned()).set(age.as_secs_f64());
        if age >= OLD_QUEUE {
            let data = json!({ "queue": queue, "oldest_ms": u64::try_from(age.as_millis()).unwrap_or(u64::MAX) });
            self.notices.raise(&Alarm::new("queue_old", Level::Yellow).about(queue).with(data)).await;
        } else {
            self.notices.clear("queue_old", queue).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(messages: u64, oldest: Option<u64>) -> Depth {
        Depth { messages, oldest_age: oldest.map(Duration::from_secs), ..Depth::default() }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn who_does_not_know_the_age_neither_raises_nor_ends_an_alarm() {
        let mut watch = QueueWatch::default();
        for (second, messages) in [(0, 9), (400, 9), (800, 3), (805, 0)] {
            assert_eq!(watch.age("q", &depth(messages, None), false, at(second)), None);
        }
        assert_eq!(watch.age("q", &depth(0, None), false, at(1_200)), Some(Duration::ZERO), "nobody can say otherwise for so long");
    }

    #[test]
    fn who_saw_a_queue_old_ends_the_alarm_when_it_is_empty() {
        let mut watch = QueueWatch::default();
        assert_eq!(watch.age("q", &depth(9, Some(400)), true, at(0)), Some(Duration::from_secs(400)));
        assert_eq!(watch.age("q", &depth(0, None), true, at(5)), Some(Duration::ZERO));
    }

    #[test]
    fn a_queue_that_nobody_takes_from_is_as_old_as_it_did_not_shrink() {
        let mut watch = QueueWatch::default();
        assert_eq!(watch.age("q", &depth(5, None), true, at(0)), None);
        assert_eq!(watch.age("q", &depth(6, None), true, at(200)), None);
        assert_eq!(watch.age("q", &depth(6, None), true, at(300)), Some(Duration::from_secs(300)));
        assert_eq!(watch.age("q", &depth(5, None), true, at(305)), Some(Duration::ZERO), "it moves again");
        assert_eq!(watch.age("q", &depth(5, None), true, at(400)), None);
    }
}
