//! Gathers what several calls publish to a topic, so that few large requests go out rather than many small ones.
//!
//! A server does about the same for a request of one message as for one of fifty, once for each partition. Messages leave at once when
//! none left a moment ago or when enough of them wait, and else when that moment is over: what producers of Kafka call `linger.ms` and
//! `batch.size`.

use super::Inner;
use super::cluster::Topic;
use futures_util::future::join_all;
use sockets::broker::{Outgoing, PublishError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

/// So many bytes are worth a request of their own: `batch.size` of Kafka's own producers.
const ENOUGH: usize = 16 * 1024;

pub(super) type Outcomes = Vec<Result<i64, PublishError>>;

/// What waits to leave for one topic.
#[derive(Default)]
pub(super) struct Waiting(Mutex<Calls>);

#[derive(Default)]
struct Calls {
    calls: Vec<Call>,
    bytes: usize,
    left: Option<Instant>,
}

struct Call {
    messages: Vec<Outgoing>,
    answer: oneshot::Sender<Outcomes>,
}

impl Calls {
    /// When somebody must see to it that what waits leaves, unless somebody does already.
    fn join(&mut self, call: Call, now: Instant, linger: Duration) -> Option<Instant> {
        let first = self.calls.is_empty();
        self.bytes += bytes(&call.messages);
        self.calls.push(call);
        match self.left.map(|left| left + linger).filter(|end| *end > now) {
            Some(end) if self.bytes < ENOUGH => first.then_some(end),
            _ => Some(now),
        }
    }
}

impl Waiting {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that waits and that somebody still waits for.
    fn take(&self) -> Vec<Call> {
        let mut calls = self.calls();
        calls.bytes = 0;
        calls.left = Some(Instant::now());
        let mut taken = std::mem::take(&mut calls.calls);
        taken.retain(|call| !call.answer.is_closed());
        taken
    }
}

impl Inner {
    /// Publishes to one topic, perhaps a moment later and together with other calls. Each message has its outcome, in their order.
    pub async fn publish_gathered(self: &Arc<Self>, topic: &Arc<Topic>, messages: Vec<Outgoing>) -> Outcomes {
        if bytes(&messages) >= ENOUGH {
            return self.send(topic, &messages.iter().collect::<Vec<_>>()).await;
        }
        let (count, (answer, outcomes)) = (messages.len(), oneshot::channel());
        let departure = topic.waiting.calls().join(Call { messages, answer }, Instant::now(), self.options.linger);
        if let Some(at) = departure {
            let (inner, topic) = (self.clone(), topic.clone());
            // A task of its own: whoever called may give up, and others wait for the same request.
            tokio::spawn(async move {
                sleep_until(at).await;
                inner.depart(&topic).await;
            });
        }
        outcomes.await.unwrap_or_else(|_| vec![Err(PublishError::Unknown("the request broke off".into())); count])
    }

    /// Until everything is told, or nobody waits for it any more: who gave up may send again, and must not be overtaken by this.
    async fn depart(&self, topic: &Topic) {
        let (calls, mut answers): (Vec<_>, Vec<_>) = topic.waiting.take().into_iter().map(|call| (call.messages, call.answer)).unzip();
        let messages: Vec<&Outgoing> = calls.iter().flatten().collect();
        let given_up = join_all(answers.iter_mut().map(oneshot::Sender::closed));
        let told = tokio::select! {
            told = self.send(topic, &messages) => told,
            _ = given_up => return,
        };
        let mut told = told.into_iter();
        for (messages, answer) in calls.iter().zip(answers) {
            let _gave_up = answer.send(told.by_ref().take(messages.len()).collect());
        }
    }

    /// One request for each partition at a time, all partitions at once.
    async fn send(&self, topic: &Topic, messages: &[&Outgoing]) -> Outcomes {
        let mut by_part: BTreeMap<i32, (Vec<usize>, Vec<&Outgoing>)> = BTreeMap::new();
        for (place, message) in messages.iter().enumerate() {
            let (places, part) = by_part.entry(topic.part_of(&message.key)).or_default();
            places.push(place);
            part.push(message);
        }
        let at = self.db.clock().now().millis();
        let produced = join_all(by_part.iter().map(|(part, (_, messages))| self.cluster.produce(topic, *part, messages, at))).await;
        let mut outcomes: Outcomes = vec![Err(PublishError::Unknown("no answer".into())); messages.len()];
        for ((places, _), told) in by_part.into_values().zip(produced) {
            for (place, outcome) in places.into_iter().zip(told) {
                outcomes[place] = outcome;
            }
        }
        outcomes
    }
}

fn bytes(messages: &[Outgoing]) -> usize {
    messages.iter().map(|message| message.body.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINGER: Duration = Duration::from_millis(10);

    fn call(bytes: usize) -> (Call, oneshot::Receiver<Outcomes>) {
        let (answer, outcomes) = oneshot::channel();
        let id = base::EventId(uuid::Uuid::nil());
        let message = Outgoing { queue: "q".into(), id, key: "k".into(), body: vec![b'x'; bytes].into() };
        (Call { messages: vec![message], answer }, outcomes)
    }

    #[test]
    fn what_comes_after_a_silence_leaves_at_once_and_what_follows_waits_for_the_same_moment() {
        let (waiting, began) = (Waiting::default(), Instant::now());
        assert_eq!(waiting.calls().join(call(1).0, began, LINGER), Some(began));
        waiting.take();
        let left = waiting.calls().left.expect("it left");
        assert_eq!(waiting.calls().join(call(1).0, left, LINGER), Some(left + LINGER));
        assert_eq!(waiting.calls().join(call(1).0, left, LINGER), None, "somebody sees to it already");
        let late = left + LINGER;
        assert_eq!(waiting.calls().join(call(1).0, late, LINGER), Some(late));
    }

    #[test]
    fn enough_leaves_at_once() {
        let waiting = Waiting::default();
        waiting.take();
        let left = waiting.calls().left.expect("it left");
        assert_eq!(waiting.calls().join(call(ENOUGH - 1).0, left, LINGER), Some(left + LINGER));
        assert_eq!(waiting.calls().join(call(1).0, left, LINGER), Some(left));
    }

    #[test]
    fn what_nobody_waits_for_any_more_stays() {
        let waiting = Waiting::default();
        let ((one, _kept), (two, given_up)) = (call(1), call(2));
        let now = Instant::now();
        waiting.calls().join(one, now, LINGER);
        waiting.calls().join(two, now, LINGER);
        drop(given_up);
        let left: Vec<usize> = waiting.take().iter().map(|call| bytes(&call.messages)).collect();
        assert_eq!((left, waiting.take().len()), (vec![1], 0));
    }
}
