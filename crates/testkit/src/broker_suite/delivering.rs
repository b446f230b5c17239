//! What `consume` and `next` promise.

use super::{
    House, Q, QUIET, SOON, ack, declare, drain, filled, filled_by_turns, message, numbers, open, open_at, publish, quiet, some, take,
};
use sockets::broker::BrokerError;
use std::time::Duration;
use tokio::time::{Instant, timeout};

pub async fn an_undeclared_queue_cannot_be_consumed(house: House) {
    let refused = house.one.consume("Nobody.Declared", 1).await.err();
    assert!(matches!(refused, Some(BrokerError::NoQueue(_))), "{refused:?}");
}

pub async fn credit_is_not_exceeded(house: House) {
    declare(&house.one, Q).await;
    publish(&house.one, (0..20).map(|n| message(Q, &n.to_string(), n)).collect()).await;
    let mut queue = open(&house.one, 5).await;
    let _held = take(&mut queue, 5).await;
    quiet(&mut queue).await;
}

pub async fn a_credit_of_one_gives_one_at_a_time(house: House) {
    filled_by_turns(&house, 5, 10).await;
    let mut queue = open(&house.one, 1).await;
    let mut seen = Vec::new();
    while seen.len() < 10 {
        let taken = some(&mut queue).await;
        assert_eq!(taken.len(), 1);
        assert!(timeout(QUIET / 10, queue.next()).await.is_err(), "a second one without an ack");
        ack(&taken).await;
        seen.extend(numbers(&taken));
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..10).collect::<Vec<_>>());
}

pub async fn a_credit_of_nothing_is_one(house: House) {
    filled_by_turns(&house, 2, 2).await;
    let mut queue = open(&house.one, 0).await;
    let held = take(&mut queue, 1).await;
    quiet(&mut queue).await;
    ack(&held).await;
}

pub async fn an_ack_gives_credit_back(house: House) {
    declare(&house.one, Q).await;
    publish(&house.one, (0..20).map(|n| message(Q, &n.to_string(), n)).collect()).await;
    let mut queue = open(&house.one, 5).await;
    let held = take(&mut queue, 5).await;
    ack(&held[..2]).await;
    take(&mut queue, 2).await;
}

pub async fn the_end_of_a_consumption_gives_back(house: House) {
    filled_by_turns(&house, 3, 3).await;
    let mut first = open(&house.one, 10).await;
    let taken = take(&mut first, 3).await;
    ack(&taken[..1]).await;
    drop(first);
    let mut left = numbers(&taken[1..]);
    left.sort_unstable();
    let mut again = numbers(&drain(&mut open(&house.two, 10).await, 2).await);
    again.sort_unstable();
    assert_eq!(again, left);
}

pub async fn a_consumption_nobody_read_gives_back(house: House) {
    filled(&house, "a", 5).await;
    let unread = open(&house.one, 3).await;
    tokio::time::sleep(QUIET).await;
    drop(unread);
    assert_eq!(numbers(&drain(&mut open(&house.two, 10).await, 5).await), [1, 2, 3, 4, 5]);
}

pub async fn a_consumption_may_be_opened_again_and_again(house: House) {
    filled(&house, "a", 10).await;
    for n in 1..=10 {
        let mut queue = open(if n % 2 == 0 { &house.one } else { &house.two }, 1).await;
        let taken = take(&mut queue, 1).await;
        assert_eq!(numbers(&taken), [n]);
        ack(&taken).await;
    }
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

pub async fn deliveries_are_counted_up(house: House) {
    filled(&house, "a", 1).await;
    let mut queue = open(&house.one, 10).await;
    for time in 1..=4 {
        let taken = take(&mut queue, 1).await;
        assert_eq!(taken[0].redelivered, time > 1);
        if house.one.capabilities().delivery_count {
            assert_eq!(taken[0].count, Some(time));
        }
        taken[0].handle.release().await.expect("released");
    }
}

pub async fn a_silent_holder_loses_its_messages(house: House) {
    filled_by_turns(&house, 2, 2).await;
    let mut silent = open(&house.one, 2).await;
    let _held = take(&mut silent, 2).await;
    let mut other = open(&house.two, 10).await;
    quiet(&mut other).await;
    (house.lapse)();
    let mut theirs = numbers(&take(&mut other, 2).await);
    theirs.sort_unstable();
    assert_eq!(theirs, [0, 1]);
}

pub async fn another_node_sees_what_was_published(house: House) {
    declare(&house.one, Q).await;
    let mut queue = open(&house.two, 10).await;
    quiet(&mut queue).await;
    publish(&house.one, vec![message(Q, "a", 1)]).await;
    assert_eq!(numbers(&take(&mut queue, 1).await), [1]);
}

pub async fn a_waiting_consumer_is_woken(house: House) {
    declare(&house.one, Q).await;
    let mut queue = open(&house.one, 10).await;
    let mut quickest = SOON;
    for n in 0..5 {
        quiet(&mut queue).await;
        let began = Instant::now();
        publish(&house.one, vec![message(Q, "a", n)]).await;
        let taken = some(&mut queue).await;
        quickest = quickest.min(began.elapsed());
        ack(&taken).await;
    }
    assert!(quickest < Duration::from_secs(1), "the quickest took {quickest:?}");
}

pub async fn cutting_off_a_wait_loses_nothing(house: House) {
    declare(&house.one, Q).await;
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

pub async fn a_full_consumer_of_one_queue_stops_no_other(house: House) {
    filled_by_turns(&house, 10, 10).await;
    let mut full = open(&house.one, 3).await;
    let _held = take(&mut full, 3).await;
    declare(&house.one, "Other").await;
    publish(&house.one, (0..50).map(|n| message("Other", &n.to_string(), n)).collect()).await;
    drain(&mut open_at(&house.one, "Other", 3).await, 50).await;
    quiet(&mut full).await;
}
