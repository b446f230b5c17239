//! What every adapter of `sockets::broker::Broker` promises, one case a promise. `broker_suite!(open)` makes a test of each.

use base::{EventId, SiteId};
use sockets::broker::{AckError, Broker, BrokerError, Consumption, Delivery, Ordering, Outgoing, PublishError};
use sockets::{Envelope, Route};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// A fresh broker, seen from two nodes.
pub struct House {
    pub one: Arc<dyn Broker>,
    pub two: Arc<dyn Broker>,
    /// Lets so much time pass that a holder who gave no sign is taken for dead.
    pub lapse: Box<dyn Fn() + Send + Sync>,
    /// Whatever must live as long.
    pub keep: Box<dyn std::any::Any + Send + Sync>,
}

const Q: &str = "Chat.Ended.Test";
const SOON: Duration = Duration::from_secs(10);
const QUIET: Duration = Duration::from_millis(250);

#[macro_export]
macro_rules! broker_suite {
    ($open:path) => {
        $crate::broker_suite!(@ $open;
            an_undeclared_queue_rejects_messages, declaring_twice_is_like_once, an_undeclared_queue_cannot_be_consumed,
            a_message_arrives_with_key_and_body, bodies_arrive_byte_for_byte, an_empty_batch_is_fine,
            one_key_arrives_in_order, outcomes_stand_in_the_order_given, a_message_too_large_is_rejected_alone,
            what_was_acknowledged_never_comes_again, acknowledging_twice_is_fine, the_end_of_a_consumption_gives_back,
            a_first_delivery_is_told_from_a_second, a_silent_holder_loses_its_messages, a_late_ack_is_loud_and_harmless,
            a_late_release_is_loud_and_harmless, a_released_message_comes_again_at_once,
            a_release_gives_back_later_ones_of_its_key, a_held_key_is_not_given_to_another, a_held_key_stops_no_other,
            an_ack_frees_the_key, credit_is_not_exceeded, an_ack_gives_credit_back, two_consumers_share_without_doubles,
            queues_do_not_mix, a_copy_goes_to_each_queue, equal_ids_are_two_messages_without_dedup, depth_counts_waiting_and_held,
            an_empty_queue_has_no_depth, the_oldest_message_has_an_age, another_node_sees_what_was_published,
            a_waiting_consumer_is_woken, cutting_off_a_wait_loses_nothing, messages_outlive_their_publisher,
            many_publishers_lose_nothing, ten_thousand_messages_pass_in_order, health_is_told);
    };
    (@ $open:path; $($case:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            $crate::broker_suite::$case($open().await).await;
        }
    )*};
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

async fn publish(broker: &Arc<dyn Broker>, batch: Vec<Outgoing>) {
    for outcome in broker.publish(batch).await {
        outcome.expect("stored");
    }
}

/// Fills a declared queue with `count` messages of one key, numbered from 1.
async fn filled(house: &House, key: &str, count: i64) {
    house.one.declare(Q).await.expect("declared");
    publish(&house.one, (1..=count).map(|n| message(Q, key, n)).collect()).await;
}

async fn open(broker: &Arc<dyn Broker>, credit: usize) -> Box<dyn Consumption> {
    broker.consume(Q, credit).await.expect("consumes")
}

/// The next `count` deliveries.
async fn take(from: &mut Box<dyn Consumption>, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.extend(timeout(SOON, from.next()).await.expect("a delivery in time").expect("a delivery"));
    }
    assert_eq!(taken.len(), count, "more deliveries than expected");
    taken
}

async fn quiet(from: &mut Box<dyn Consumption>) {
    if let Ok(Ok(unexpected)) = timeout(QUIET, from.next()).await {
        panic!("{} deliveries where none was expected, the first is {}", unexpected.len(), number(&unexpected[0]));
    }
}

async fn ack(deliveries: &[Delivery]) {
    for delivery in deliveries {
        delivery.handle.ack().await.expect("acknowledged");
    }
}

fn numbers(deliveries: &[Delivery]) -> Vec<i64> {
    deliveries.iter().map(number).collect()
}

pub async fn an_undeclared_queue_rejects_messages(house: House) {
    let outcome = house.one.publish(vec![message("Nobody.Declared", "a", 1)]).await;
    assert!(matches!(&outcome[..], [Err(PublishError::Rejected(why))] if why.contains("Nobody.Declared")), "{outcome:?}");
}

pub async fn declaring_twice_is_like_once(house: House) {
    filled(&house, "a", 1).await;
    house.one.declare(Q).await.expect("declared again");
    house.two.declare(Q).await.expect("declared from elsewhere");
    assert_eq!(house.two.depth(Q).await.expect("told").messages, 1);
}

pub async fn an_undeclared_queue_cannot_be_consumed(house: House) {
    let refused = house.one.consume("Nobody.Declared", 1).await.err();
    assert!(matches!(refused, Some(BrokerError::NoQueue(_))), "{refused:?}");
}

pub async fn a_message_arrives_with_key_and_body(house: House) {
    house.one.declare(Q).await.expect("declared");
    let sent = envelope("a", 1);
    publish(&house.one, vec![Outgoing::new(Q, &sent)]).await;
    let taken = take(&mut open(&house.one, 10).await, 1).await;
    assert_eq!((&*taken[0].key, taken[0].envelope().expect("an envelope")), ("1/a", sent));
}

pub async fn bodies_arrive_byte_for_byte(house: House) {
    house.one.declare(Q).await.expect("declared");
    let sent = message(Q, "a'b\"c\\d%;--", 1);
    publish(&house.one, vec![sent.clone()]).await;
    let taken = take(&mut open(&house.one, 10).await, 1).await;
    assert_eq!((&taken[0].body, &taken[0].key), (&sent.body, &sent.key));
}

pub async fn an_empty_batch_is_fine(house: House) {
    assert!(house.one.publish(Vec::new()).await.is_empty());
}

pub async fn one_key_arrives_in_order(house: House) {
    filled(&house, "a", 300).await;
    let mut queue = open(&house.one, 7).await;
    let mut seen = Vec::new();
    while seen.len() < 300 {
        let taken = timeout(SOON, queue.next()).await.expect("in time").expect("delivered");
        ack(&taken).await;
        seen.extend(numbers(&taken));
    }
    assert_eq!(seen, (1..=300).collect::<Vec<_>>());
}

pub async fn outcomes_stand_in_the_order_given(house: House) {
    house.one.declare(Q).await.expect("declared");
    let batch = (0..9).map(|n| message(if n % 3 == 1 { "Nobody.Declared" } else { Q }, "a", n)).collect();
    let outcomes = house.one.publish(batch).await;
    let ok: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(ok, [true, false, true, true, false, true, true, false, true]);
    assert_eq!(numbers(&take(&mut open(&house.one, 20).await, 6).await), [0, 2, 3, 5, 6, 8]);
}

pub async fn a_message_too_large_is_rejected_alone(house: House) {
    house.one.declare(Q).await.expect("declared");
    let most = house.one.capabilities().max_message;
    let huge = Outgoing { body: vec![b' '; most + 1].into(), ..message(Q, "a", 1) };
    let outcomes = house.one.publish(vec![huge, message(Q, "a", 2)]).await;
    assert!(matches!(&outcomes[..], [Err(PublishError::Rejected(_)), Ok(_)]), "{outcomes:?}");
    assert_eq!(numbers(&take(&mut open(&house.one, 10).await, 1).await), [2]);
}

pub async fn what_was_acknowledged_never_comes_again(house: House) {
    filled(&house, "a", 5).await;
    let mut queue = open(&house.one, 10).await;
    ack(&take(&mut queue, 5).await).await;
    drop(queue);
    (house.lapse)();
    quiet(&mut open(&house.two, 10).await).await;
    assert_eq!(house.one.depth(Q).await.expect("told").messages, 0);
}

pub async fn acknowledging_twice_is_fine(house: House) {
    filled(&house, "a", 1).await;
    let mut queue = open(&house.one, 10).await;
    let taken = take(&mut queue, 1).await;
    ack(&taken).await;
    ack(&taken).await;
    ack(&[taken[0].clone()]).await;
}

pub async fn the_end_of_a_consumption_gives_back(house: House) {
    filled(&house, "a", 3).await;
    let mut first = open(&house.one, 10).await;
    let taken = take(&mut first, 3).await;
    ack(&taken[..1]).await;
    drop(first);
    assert_eq!(numbers(&take(&mut open(&house.two, 10).await, 2).await), [2, 3]);
}

pub async fn a_first_delivery_is_told_from_a_second(house: House) {
    filled(&house, "a", 1).await;
    let mut first = open(&house.one, 10).await;
    let taken = take(&mut first, 1).await;
    assert!(!taken[0].redelivered);
    drop(first);
    let again = take(&mut open(&house.one, 10).await, 1).await;
    assert!(again[0].redelivered);
    if house.one.capabilities().delivery_count {
        assert_eq!((taken[0].count, again[0].count), (Some(1), Some(2)));
    }
}

pub async fn a_silent_holder_loses_its_messages(house: House) {
    filled(&house, "a", 2).await;
    let mut silent = open(&house.one, 2).await;
    let _held = take(&mut silent, 2).await;
    let mut other = open(&house.two, 10).await;
    quiet(&mut other).await;
    (house.lapse)();
    assert_eq!(numbers(&take(&mut other, 2).await), [1, 2]);
}

pub async fn a_late_ack_is_loud_and_harmless(house: House) {
    filled(&house, "a", 1).await;
    let mut silent = open(&house.one, 1).await;
    let held = take(&mut silent, 1).await;
    let mut other = open(&house.two, 10).await;
    (house.lapse)();
    let theirs = take(&mut other, 1).await;
    assert_eq!(held[0].handle.ack().await, Err(AckError::Stale));
    assert_eq!(house.one.depth(Q).await.expect("told").messages, 1);
    ack(&theirs).await;
    assert_eq!(house.one.depth(Q).await.expect("told").messages, 0);
}

pub async fn a_late_release_is_loud_and_harmless(house: House) {
    filled(&house, "a", 1).await;
    let mut silent = open(&house.one, 1).await;
    let held = take(&mut silent, 1).await;
    let mut other = open(&house.two, 10).await;
    (house.lapse)();
    let theirs = take(&mut other, 1).await;
    assert_eq!(held[0].handle.release().await, Err(AckError::Stale));
    quiet(&mut silent).await;
    ack(&theirs).await;
}

pub async fn a_released_message_comes_again_at_once(house: House) {
    filled(&house, "a", 1).await;
    let mut queue = open(&house.one, 10).await;
    let taken = take(&mut queue, 1).await;
    taken[0].handle.release().await.expect("released");
    ack(&take(&mut queue, 1).await).await;
}

pub async fn a_release_gives_back_later_ones_of_its_key(house: House) {
    filled(&house, "a", 3).await;
    let mut queue = open(&house.one, 10).await;
    let taken = take(&mut queue, 3).await;
    ack(&taken[..1]).await;
    taken[1].handle.release().await.expect("released");
    let again = take(&mut queue, 2).await;
    assert_eq!(numbers(&again), [2, 3]);
    assert_eq!(taken[2].handle.ack().await, Err(AckError::Stale));
    ack(&again).await;
}

pub async fn a_held_key_is_not_given_to_another(house: House) {
    if house.one.capabilities().ordering != Ordering::PerKey {
        return;
    }
    filled(&house, "a", 2).await;
    let mut first = open(&house.one, 1).await;
    let held = take(&mut first, 1).await;
    let mut other = open(&house.two, 10).await;
    quiet(&mut other).await;
    ack(&held).await;
}

pub async fn a_held_key_stops_no_other(house: House) {
    filled(&house, "a", 2).await;
    let mut first = open(&house.one, 1).await;
    let _held = take(&mut first, 1).await;
    publish(&house.one, vec![message(Q, "b", 10)]).await;
    assert_eq!(numbers(&take(&mut open(&house.two, 10).await, 1).await), [10]);
}

pub async fn an_ack_frees_the_key(house: House) {
    filled(&house, "a", 2).await;
    let mut first = open(&house.one, 1).await;
    let held = take(&mut first, 1).await;
    ack(&held).await;
    assert_eq!(numbers(&take(&mut first, 1).await), [2]);
}

pub async fn credit_is_not_exceeded(house: House) {
    house.one.declare(Q).await.expect("declared");
    publish(&house.one, (0..20).map(|n| message(Q, &n.to_string(), n)).collect()).await;
    let mut queue = open(&house.one, 5).await;
    let _held = take(&mut queue, 5).await;
    quiet(&mut queue).await;
}

pub async fn an_ack_gives_credit_back(house: House) {
    house.one.declare(Q).await.expect("declared");
    publish(&house.one, (0..20).map(|n| message(Q, &n.to_string(), n)).collect()).await;
    let mut queue = open(&house.one, 5).await;
    let held = take(&mut queue, 5).await;
    ack(&held[..2]).await;
    take(&mut queue, 2).await;
}

pub async fn two_consumers_share_without_doubles(house: House) {
    house.one.declare(Q).await.expect("declared");
    publish(&house.one, (0..400).map(|n| message(Q, &(n % 40).to_string(), n)).collect()).await;
    let drain = |broker: Arc<dyn Broker>| async move {
        let mut queue = open(&broker, 20).await;
        let mut seen = Vec::new();
        while let Ok(Ok(taken)) = timeout(Duration::from_secs(1), queue.next()).await {
            ack(&taken).await;
            seen.extend(numbers(&taken));
        }
        seen
    };
    let (mine, theirs) = tokio::join!(drain(house.one.clone()), drain(house.two.clone()));
    let all: HashSet<i64> = mine.iter().chain(&theirs).copied().collect();
    assert_eq!((all.len(), mine.len() + theirs.len()), (400, 400));
}

pub async fn queues_do_not_mix(house: House) {
    filled(&house, "a", 1).await;
    house.one.declare("Other").await.expect("declared");
    publish(&house.one, vec![message("Other", "a", 2)]).await;
    let mut queue = open(&house.one, 10).await;
    assert_eq!(numbers(&take(&mut queue, 1).await), [1]);
    quiet(&mut queue).await;
}

pub async fn a_copy_goes_to_each_queue(house: House) {
    let queues = ["A", "B", "C", Q];
    for queue in queues {
        house.one.declare(queue).await.expect("declared");
    }
    let first = message(Q, "a", 1);
    publish(&house.one, queues.iter().map(|queue| first.copy_to(*queue)).collect()).await;
    for queue in queues {
        let mut consumption = house.one.consume(queue, 1).await.expect("consumes");
        let taken = take(&mut consumption, 1).await;
        assert_eq!(taken[0].body, first.body);
        ack(&taken).await;
    }
}

pub async fn equal_ids_are_two_messages_without_dedup(house: House) {
    house.one.declare(Q).await.expect("declared");
    let twice = message(Q, "a", 1);
    publish(&house.one, vec![twice.clone()]).await;
    publish(&house.one, vec![twice]).await;
    let expected = if house.one.capabilities().dedup { 1 } else { 2 };
    take(&mut open(&house.one, 10).await, expected).await;
}

pub async fn depth_counts_waiting_and_held(house: House) {
    filled(&house, "a", 7).await;
    let _held = take(&mut open(&house.one, 3).await, 3).await;
    let mut queue = open(&house.two, 3).await;
    let held = take(&mut queue, 3).await;
    let depth = house.one.depth(Q).await.expect("told");
    assert_eq!((depth.messages, depth.held), (7, 3));
    ack(&held).await;
    assert_eq!(house.one.depth(Q).await.expect("told").messages, 4);
}

pub async fn an_empty_queue_has_no_depth(house: House) {
    house.one.declare(Q).await.expect("declared");
    let depth = house.one.depth(Q).await.expect("told");
    assert_eq!((depth.messages, depth.held, depth.oldest_age), (0, 0, None));
    assert!(matches!(house.one.depth("Nobody.Declared").await, Err(BrokerError::NoQueue(_))));
}

pub async fn the_oldest_message_has_an_age(house: House) {
    filled(&house, "a", 1).await;
    (house.lapse)();
    let age = house.one.depth(Q).await.expect("told").oldest_age.expect("an age");
    assert!(age >= Duration::from_secs(1), "{age:?}");
}

pub async fn another_node_sees_what_was_published(house: House) {
    house.one.declare(Q).await.expect("declared");
    let mut queue = open(&house.two, 10).await;
    quiet(&mut queue).await;
    publish(&house.one, vec![message(Q, "a", 1)]).await;
    let taken = timeout(Duration::from_secs(3), queue.next()).await.expect("soon").expect("delivered");
    assert_eq!(taken.len(), 1);
}

pub async fn a_waiting_consumer_is_woken(house: House) {
    house.one.declare(Q).await.expect("declared");
    let mut queue = open(&house.one, 10).await;
    for n in 0..5 {
        quiet(&mut queue).await;
        publish(&house.one, vec![message(Q, "a", n)]).await;
        let taken = timeout(Duration::from_secs(1), queue.next()).await.expect("woken").expect("delivered");
        ack(&taken).await;
    }
}

pub async fn cutting_off_a_wait_loses_nothing(house: House) {
    house.one.declare(Q).await.expect("declared");
    let mut queue = open(&house.one, 10).await;
    let mut seen = Vec::new();
    for n in 0..50 {
        publish(&house.one, vec![message(Q, "a", n)]).await;
        if let Ok(taken) = timeout(Duration::from_micros(200), queue.next()).await {
            let taken = taken.expect("delivered");
            ack(&taken).await;
            seen.extend(numbers(&taken));
        }
    }
    while seen.len() < 50 {
        let taken = timeout(SOON, queue.next()).await.expect("in time").expect("delivered");
        ack(&taken).await;
        seen.extend(numbers(&taken));
    }
    assert_eq!(seen, (0..50).collect::<Vec<_>>());
}

pub async fn messages_outlive_their_publisher(house: House) {
    filled(&house, "a", 3).await;
    let House { one, two, lapse: _lapse, keep: _keep } = house;
    drop(one);
    assert_eq!(numbers(&take(&mut open(&two, 10).await, 3).await), [1, 2, 3]);
}

pub async fn many_publishers_lose_nothing(house: House) {
    house.one.declare(Q).await.expect("declared");
    let publishers = (0..40).map(|publisher: i64| {
        let broker = if publisher % 2 == 0 { house.one.clone() } else { house.two.clone() };
        tokio::spawn(async move {
            for n in 0..10 {
                publish(&broker, vec![message(Q, &publisher.to_string(), publisher * 10 + n)]).await;
            }
        })
    });
    futures_util::future::join_all(publishers).await.into_iter().for_each(|done| done.expect("published"));
    let mut queue = open(&house.one, 500).await;
    let mut last: HashMap<Arc<str>, i64> = HashMap::new();
    for delivery in take(&mut queue, 400).await {
        let n = number(&delivery);
        assert!(last.insert(delivery.key.clone(), n).is_none_or(|before| before < n), "out of order");
    }
}

pub async fn ten_thousand_messages_pass_in_order(house: House) {
    const ALL: i64 = 10_000;
    house.one.declare(Q).await.expect("declared");
    for chunk in (0..ALL).collect::<Vec<_>>().chunks(1_000) {
        publish(&house.one, chunk.iter().map(|n| message(Q, &(n % 97).to_string(), *n)).collect()).await;
    }
    assert_eq!(house.one.depth(Q).await.expect("told").messages, ALL.unsigned_abs());
    let mut queue = open(&house.two, 500).await;
    let mut last: HashMap<Arc<str>, i64> = HashMap::new();
    let mut seen = 0;
    while seen < ALL {
        let taken = timeout(SOON, queue.next()).await.expect("in time").expect("delivered");
        for delivery in &taken {
            let n = number(delivery);
            assert!(last.insert(delivery.key.clone(), n).is_none_or(|before| before < n), "out of order");
            seen += 1;
        }
        let acks = futures_util::future::join_all(taken.iter().map(|delivery| delivery.handle.ack())).await;
        assert!(acks.iter().all(Result::is_ok));
    }
    assert_eq!(house.one.depth(Q).await.expect("told").messages, 0);
}

pub async fn health_is_told(house: House) {
    let health = house.one.health().await;
    assert!(health.ok && health.trouble.is_none(), "{health:?}");
}
