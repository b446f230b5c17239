//! What every adapter of `sockets::broker::Broker` promises, one case a promise. `broker_suite!(open)` makes a test of each.

mod acknowledging;
mod delivering;
mod lasting;
mod many;
mod ordering;
mod publishing;

pub use acknowledging::*;
pub use delivering::*;
pub use lasting::*;
pub use many::*;
pub use ordering::*;
pub use publishing::*;

use base::{EventId, SiteId};
use sockets::broker::{Broker, Consumption, Delivery, Depth, Outgoing};
use sockets::{Envelope, Route};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

/// A fresh broker, seen from two nodes.
pub struct House {
    pub one: Arc<dyn Broker>,
    pub two: Arc<dyn Broker>,
    /// A node that starts now and knows nothing.
    pub again: Box<dyn Fn() -> Arc<dyn Broker> + Send + Sync>,
    /// The holders at node one give no sign any more, for so long that they are taken for dead.
    pub lapse: Box<dyn Fn() + Send + Sync>,
    pub tells: Tells,
    /// Whatever must live as long.
    pub keep: Box<dyn std::any::Any + Send + Sync>,
}

/// What an adapter can know of a queue besides the number of its messages.
#[derive(Clone, Copy, Debug)]
pub struct Tells {
    /// How long the oldest message has waited.
    pub age: bool,
    /// What other nodes hold.
    pub held_elsewhere: bool,
}

impl Default for Tells {
    fn default() -> Self {
        Self { age: true, held_elsewhere: true }
    }
}

pub(crate) const Q: &str = "Chat.Ended.Test";
/// Generous: the machine may be busy with other things.
pub(crate) const SOON: Duration = Duration::from_secs(20);
pub(crate) const QUIET: Duration = Duration::from_millis(250);

#[macro_export]
macro_rules! broker_suite {
    ($open:path) => {
        $crate::broker_suite!(@ $open;
            // publishing
            an_undeclared_queue_rejects_messages, a_refused_message_is_nowhere, declaring_twice_is_like_once,
            a_queue_declared_after_a_refusal_takes_messages, a_queue_declared_by_another_node_takes_messages,
            bodies_arrive_byte_for_byte, a_message_arrives_with_key_and_body, an_empty_batch_is_fine, an_empty_body_passes,
            a_body_of_the_greatest_size_passes, a_message_too_large_is_rejected_alone, keys_of_any_letters_pass,
            queues_of_any_letters_work, names_that_look_alike_are_different_queues, a_long_name_works,
            outcomes_stand_in_the_order_given, every_unroutable_message_among_many_is_told,
            batches_that_overlap_are_told_apart, a_thousand_in_one_batch_are_each_confirmed, queues_do_not_mix,
            a_copy_goes_to_each_queue, equal_ids_are_two_messages_without_dedup, health_is_told, the_face_of_the_broker_is_sane,
            // delivering
            an_undeclared_queue_cannot_be_consumed, credit_is_not_exceeded, a_credit_of_one_gives_one_at_a_time,
            a_credit_of_nothing_is_one, an_ack_gives_credit_back, the_end_of_a_consumption_gives_back,
            a_consumption_nobody_read_gives_back, a_consumption_may_be_opened_again_and_again, a_first_delivery_is_told_from_a_second,
            deliveries_are_counted_up, a_silent_holder_loses_its_messages, another_node_sees_what_was_published,
            a_waiting_consumer_is_woken, cutting_off_a_wait_loses_nothing, a_full_consumer_of_one_queue_stops_no_other,
            // acknowledging
            what_was_acknowledged_never_comes_again, acknowledging_twice_is_fine, a_late_ack_is_loud_and_harmless,
            a_late_release_is_loud_and_harmless, a_released_message_comes_again_at_once, an_ack_after_a_release_is_stale,
            a_release_after_an_ack_is_stale, releasing_twice_is_stale, an_ack_after_the_end_is_stale, acks_in_any_order_are_kept,
            two_hundred_acks_at_once, depth_counts_waiting_and_held, depth_follows_what_happens, depths_do_not_mix,
            what_was_given_back_waits, an_empty_queue_has_no_depth, the_oldest_message_has_an_age,
            // ordering
            one_key_arrives_in_order, a_held_key_is_not_given_to_another, a_held_key_stops_no_other, an_ack_frees_the_key,
            a_release_gives_back_later_ones_of_its_key, a_release_leaves_earlier_ones_in_hand, a_release_leaves_other_keys_in_hand,
            a_released_message_goes_before_later_ones, what_is_given_back_keeps_its_order,
            interleaved_queues_keep_their_orders, several_consumers_keep_the_order_of_each_key,
            // lasting
            messages_outlive_their_publisher, messages_wait_for_a_consumer_that_is_not_there, a_declaration_outlives_the_node,
            a_new_node_goes_on_where_the_old_one_ended, what_was_held_comes_again_to_a_new_node,
            acks_in_any_order_outlive_the_node, counts_and_depth_outlive_the_node,
            // many
            two_consumers_share_without_doubles, twenty_queues_each_keep_their_own, many_publishers_lose_nothing,
            a_consumer_that_leaves_under_load_loses_nothing, publishing_and_consuming_at_once_loses_nothing,
            ten_thousand_messages_pass_in_order);
    };
    (@ $open:path; $($case:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            if let Some(house) = $open().await {
                $crate::broker_suite::$case(house).await;
            }
        }
    )*};
}

/// A message goes there and comes back: enough to tell that a connection serves.
pub async fn a_message_passes(broker: &dyn Broker) {
    const QUEUE: &str = "by-tls";
    broker.declare(QUEUE).await.expect("declared");
    let message = Outgoing { queue: QUEUE.into(), key: "a".into(), id: EventId(Uuid::new_v4()), body: "said in private".into() };
    broker.publish(vec![message]).await.remove(0).expect("confirmed");
    let mut consumption = broker.consume(QUEUE, 1).await.expect("consumed");
    let heard = timeout(Duration::from_secs(10), consumption.next()).await.expect("in time").expect("a message");
    assert_eq!(&heard[0].body[..], b"said in private");
    heard[0].handle.ack().await.expect("acknowledged");
}

/// A server that is not trusted is told nothing.
pub async fn nothing_passes(broker: &dyn Broker) {
    assert!(broker.declare("by-tls").await.is_err());
    assert!(!broker.health().await.ok);
}

fn envelope(key: &str, n: i64) -> Envelope {
    Envelope {
        id: EventId(Uuid::new_v4()),
        name: "Test".into(),
        version: 1,
        site: SiteId(1),
        key: key.into(),
        key_epoch: 1,
        key_seq: n,
        occurred_at: crate::NOON,
        producer: "suite".into(),
        route: Route::Main,
        hops: 0,
        traceparent: None,
        payload: serde_json::json!({ "N": n, "Text": "Grüße, 总机 \u{1f600} \"quoted\" \\ \u{0} \u{202e}" }),
    }
}

fn message(queue: &str, key: &str, n: i64) -> Outgoing {
    Outgoing::new(queue, &envelope(key, n))
}

fn number(delivery: &Delivery) -> i64 {
    delivery.envelope().expect("an envelope").key_seq
}

fn numbers(deliveries: &[Delivery]) -> Vec<i64> {
    deliveries.iter().map(number).collect()
}

async fn publish(broker: &Arc<dyn Broker>, batch: Vec<Outgoing>) {
    for outcome in broker.publish(batch).await {
        outcome.expect("stored");
    }
}

async fn declare(broker: &Arc<dyn Broker>, queue: &str) {
    broker.declare(queue).await.expect("declared");
}

/// Fills a declared queue with `count` messages of one key, numbered from 1.
async fn filled(house: &House, key: &str, count: i64) {
    declare(&house.one, Q).await;
    publish(&house.one, (1..=count).map(|n| message(Q, key, n)).collect()).await;
}

/// Fills a declared queue with messages 0.. of `keys` keys by turns.
async fn filled_by_turns(house: &House, keys: i64, count: i64) {
    declare(&house.one, Q).await;
    publish(&house.one, (0..count).map(|n| message(Q, &(n % keys).to_string(), n)).collect()).await;
}

async fn open(broker: &Arc<dyn Broker>, credit: usize) -> Box<dyn Consumption> {
    open_at(broker, Q, credit).await
}

async fn open_at(broker: &Arc<dyn Broker>, queue: &str, credit: usize) -> Box<dyn Consumption> {
    broker.consume(queue, credit).await.expect("consumes")
}

async fn some(from: &mut Box<dyn Consumption>) -> Vec<Delivery> {
    timeout(SOON, from.next()).await.expect("a delivery in time").expect("a delivery")
}

/// The next `count` deliveries.
async fn take(from: &mut Box<dyn Consumption>, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.extend(some(from).await);
    }
    assert_eq!(taken.len(), count, "more deliveries than expected");
    taken
}

/// The next `count` deliveries, each acknowledged when it comes.
async fn drain(from: &mut Box<dyn Consumption>, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < count {
        let batch = some(from).await;
        ack_all(&batch).await;
        taken.extend(batch);
    }
    assert_eq!(taken.len(), count, "more deliveries than expected");
    taken
}

async fn quiet(from: &mut Box<dyn Consumption>) {
    if let Ok(Ok(unexpected)) = timeout(QUIET, from.next()).await {
        panic!("{} deliveries where none was expected, the first is {}", unexpected.len(), number(&unexpected[0]));
    }
}

/// The first `count` messages of one key in hand at once. They are only ever given out together, so it may take a few tries until
/// the broker sends them so closely.
async fn together(broker: &Arc<dyn Broker>, count: usize) -> (Box<dyn Consumption>, Vec<Delivery>) {
    let until = Instant::now() + SOON;
    loop {
        let mut queue = open(broker, 10).await;
        let taken = some(&mut queue).await;
        if taken.len() == count {
            return (queue, taken);
        }
        assert!(Instant::now() < until, "never {count} at once");
    }
}

async fn ack(deliveries: &[Delivery]) {
    for delivery in deliveries {
        delivery.handle.ack().await.expect("acknowledged");
    }
}

/// All at once.
async fn ack_all(deliveries: &[Delivery]) {
    let acks = futures_util::future::join_all(deliveries.iter().map(|delivery| delivery.handle.ack())).await;
    acks.into_iter().for_each(|ack| ack.expect("acknowledged"));
}

/// Waits until the node tells this depth: a number may lag behind what was done a moment ago.
async fn depth_becomes(broker: &Arc<dyn Broker>, queue: &str, messages: u64, held: u64) {
    let until = Instant::now() + SOON;
    loop {
        let depth: Depth = broker.depth(queue).await.expect("told");
        if (depth.messages, depth.held) == (messages, held) {
            return;
        }
        assert!(Instant::now() < until, "{depth:?} where {messages} messages and {held} held were expected");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What is left in the queue, taken and acknowledged until it stays quiet.
async fn rest(broker: &Arc<dyn Broker>) -> Vec<i64> {
    let mut queue = open(broker, 500).await;
    let mut seen = Vec::new();
    while let Ok(batch) = timeout(Duration::from_secs(2), queue.next()).await {
        let batch = batch.expect("delivered");
        ack_all(&batch).await;
        seen.extend(numbers(&batch));
    }
    seen
}

/// Remembers the last number of each key; a lower one afterwards is out of order.
#[derive(Default)]
struct Orders(HashMap<Arc<str>, i64>);

impl Orders {
    fn see(&mut self, delivery: &Delivery) {
        let n = number(delivery);
        let before = self.0.insert(delivery.key.clone(), n);
        assert!(before.is_none_or(|before| before < n), "key {}: {n} came after {before:?}", delivery.key);
    }
}
