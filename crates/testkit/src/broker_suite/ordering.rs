//! What is promised about the order of a key.

use super::{
    House, Orders, Q, SOON, ack, ack_all, declare, drain, filled, message, number, numbers, open, open_at, publish, quiet, some, take, together,
};
use futures_util::future::join_all;
use sockets::broker::{AckError, Ordering};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use tokio::time::{Instant, timeout};

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

pub async fn a_held_key_is_not_given_to_another(house: House) {
    if house.one.capabilities().ordering == Ordering::None {
        return;
    }
    filled(&house, "a", 2).await;
    let mut first = open(&house.one, 1).await;
    let held = take(&mut first, 1).await;
    let mut other = open(&house.two, 10).await;
    quiet(&mut other).await;
    ack(&held).await;
}

/// Where keys are lined up together, as in a partition, the other key may be bound to the same consumption.
pub async fn a_held_key_stops_no_other(house: House) {
    filled(&house, "a", 2).await;
    let mut first = open(&house.one, if house.one.capabilities().ordering == Ordering::PerKey { 1 } else { 5 }).await;
    let _held = some(&mut first).await;
    publish(&house.one, vec![message(Q, "b", 10)]).await;
    let other = if house.one.capabilities().ordering == Ordering::PerKey {
        take(&mut open(&house.two, 10).await, 1).await
    } else {
        let mut seen = some(&mut first).await;
        while !seen.iter().any(|delivery| number(delivery) == 10) {
            seen = some(&mut first).await;
        }
        seen.retain(|delivery| number(delivery) == 10);
        seen
    };
    assert_eq!(numbers(&other), [10]);
}

pub async fn an_ack_frees_the_key(house: House) {
    filled(&house, "a", 2).await;
    let mut first = open(&house.one, 1).await;
    let held = take(&mut first, 1).await;
    ack(&held).await;
    assert_eq!(numbers(&take(&mut first, 1).await), [2]);
}

pub async fn a_release_gives_back_later_ones_of_its_key(house: House) {
    filled(&house, "a", 3).await;
    let (mut queue, taken) = together(&house.one, 3).await;
    ack(&taken[..1]).await;
    taken[1].handle.release().await.expect("released");
    let again = take(&mut queue, 2).await;
    assert_eq!(numbers(&again), [2, 3]);
    assert_eq!(taken[2].handle.ack().await, Err(AckError::Stale));
    ack(&again).await;
}

pub async fn a_release_leaves_earlier_ones_in_hand(house: House) {
    filled(&house, "a", 3).await;
    let (mut queue, taken) = together(&house.one, 3).await;
    taken[2].handle.release().await.expect("released");
    ack(&taken[..2]).await;
    let again = take(&mut queue, 1).await;
    assert_eq!(numbers(&again), [3]);
    ack(&again).await;
}

pub async fn a_release_leaves_other_keys_in_hand(house: House) {
    declare(&house.one, Q).await;
    publish(&house.one, vec![message(Q, "a", 1), message(Q, "b", 2)]).await;
    let mut queue = open(&house.one, 10).await;
    let mut taken = take(&mut queue, 2).await;
    taken.sort_by_key(number);
    taken[0].handle.release().await.expect("released");
    ack(&taken[1..]).await;
    assert_eq!(numbers(&drain(&mut queue, 1).await), [1]);
}

pub async fn a_released_message_goes_before_later_ones(house: House) {
    filled(&house, "a", 3).await;
    let mut queue = open(&house.one, 1).await;
    for _ in 0..3 {
        let taken = take(&mut queue, 1).await;
        assert_eq!(numbers(&taken), [1]);
        taken[0].handle.release().await.expect("released");
    }
    assert_eq!(numbers(&drain(&mut queue, 3).await), [1, 2, 3]);
}

pub async fn what_is_given_back_keeps_its_order(house: House) {
    declare(&house.one, Q).await;
    publish(&house.one, (0..30).map(|n| message(Q, &(n % 3).to_string(), n)).collect()).await;
    let mut queue = open(&house.one, 12).await;
    let _held = some(&mut queue).await;
    drop(queue);
    let mut orders = Orders::default();
    drain(&mut open(&house.two, 7).await, 30).await.iter().for_each(|delivery| orders.see(delivery));
}

pub async fn interleaved_queues_keep_their_orders(house: House) {
    declare(&house.one, Q).await;
    declare(&house.one, "Other").await;
    publish(&house.one, (0..200).map(|n| message(if n % 2 == 0 { Q } else { "Other" }, "a", n)).collect()).await;
    for (name, first) in [(Q, 0), ("Other", 1)] {
        let mut queue = open_at(&house.two, name, 50).await;
        assert_eq!(numbers(&drain(&mut queue, 100).await), (0..100).map(|n| 2 * n + first).collect::<Vec<_>>());
    }
}

/// While several take from one queue, no two hold the same key, and each key is done in its order.
pub async fn several_consumers_keep_the_order_of_each_key(house: House) {
    const ALL: usize = 600;
    declare(&house.one, Q).await;
    publish(&house.one, (0..600).map(|n| message(Q, &(n % 11).to_string(), n)).collect()).await;
    let done = Arc::new(AtomicUsize::new(0));
    let last: Arc<Mutex<HashMap<Arc<str>, i64>>> = Arc::default();
    let consumers = (0..4).map(|consumer| {
        let (broker, done, last) = (if consumer % 2 == 0 { house.one.clone() } else { house.two.clone() }, done.clone(), last.clone());
        tokio::spawn(async move {
            let mut queue = open(&broker, 10).await;
            let until = Instant::now() + SOON;
            while done.load(SeqCst) < ALL && Instant::now() < until {
                let Ok(taken) = timeout(SOON / 50, queue.next()).await else { continue };
                let taken = taken.expect("delivered");
                for delivery in &taken {
                    let before = last.lock().expect("no panic").insert(delivery.key.clone(), number(delivery));
                    assert!(before.is_none_or(|before| before < number(delivery)), "{} after {before:?}", number(delivery));
                }
                ack_all(&taken).await;
                done.fetch_add(taken.len(), SeqCst);
            }
        })
    });
    join_all(consumers).await.into_iter().for_each(|ended| ended.expect("in order"));
    assert_eq!(done.load(SeqCst), ALL);
}
