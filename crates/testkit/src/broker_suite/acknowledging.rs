//! What handles promise, and what is told of a queue's depth.

use super::{
    House, Q, ack, ack_all, declare, depth_becomes, drain, filled, filled_by_turns, message, number, open, publish, quiet,  take,
};
use sockets::broker::{AckError, BrokerError};
use std::collections::HashSet;
use std::time::Duration;

pub async fn what_was_acknowledged_never_comes_again(house: House) {
    filled(&house, "a", 5).await;
    drain(&mut open(&house.one, 10).await, 5).await;
    (house.lapse)();
    quiet(&mut open(&house.two, 10).await).await;
    depth_becomes(&house.two, Q, 0, 0).await;
}

pub async fn acknowledging_twice_is_fine(house: House) {
    filled(&house, "a", 1).await;
    let mut queue = open(&house.one, 10).await;
    let taken = take(&mut queue, 1).await;
    ack(&taken).await;
    ack(&taken).await;
    ack(&[taken[0].clone()]).await;
}

pub async fn a_late_ack_is_loud_and_harmless(house: House) {
    filled(&house, "a", 1).await;
    let mut silent = open(&house.one, 1).await;
    let held = take(&mut silent, 1).await;
    let mut other = open(&house.two, 10).await;
    (house.lapse)();
    let theirs = take(&mut other, 1).await;
    assert_eq!(held[0].handle.ack().await, Err(AckError::Stale));
    depth_becomes(&house.two, Q, 1, 1).await;
    ack(&theirs).await;
    depth_becomes(&house.two, Q, 0, 0).await;
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

pub async fn an_ack_after_a_release_is_stale(house: House) {
    filled(&house, "a", 1).await;
    let mut queue = open(&house.one, 10).await;
    let taken = take(&mut queue, 1).await;
    taken[0].handle.release().await.expect("released");
    let again = take(&mut queue, 1).await;
    assert_eq!(taken[0].handle.ack().await, Err(AckError::Stale));
    ack(&again).await;
}

pub async fn a_release_after_an_ack_is_stale(house: House) {
    filled(&house, "a", 1).await;
    let mut queue = open(&house.one, 10).await;
    let taken = take(&mut queue, 1).await;
    ack(&taken).await;
    assert_eq!(taken[0].handle.release().await, Err(AckError::Stale));
    quiet(&mut queue).await;
}

pub async fn releasing_twice_is_stale(house: House) {
    filled(&house, "a", 1).await;
    let mut queue = open(&house.one, 10).await;
    let taken = take(&mut queue, 1).await;
    taken[0].handle.release().await.expect("released");
    assert_eq!(taken[0].handle.release().await, Err(AckError::Stale));
    ack(&take(&mut queue, 1).await).await;
}

pub async fn an_ack_after_the_end_is_stale(house: House) {
    filled(&house, "a", 1).await;
    let mut queue = open(&house.one, 10).await;
    let taken = take(&mut queue, 1).await;
    drop(queue);
    let again = take(&mut open(&house.two, 10).await, 1).await;
    assert_eq!(taken[0].handle.ack().await, Err(AckError::Stale));
    assert_eq!(number(&again[0]), 1);
}

pub async fn acks_in_any_order_are_kept(house: House) {
    filled_by_turns(&house, 10, 10).await;
    let mut queue = open(&house.one, 10).await;
    let mut taken = take(&mut queue, 10).await;
    taken.sort_by_key(|delivery| std::cmp::Reverse(number(delivery)));
    for delivery in taken.iter().filter(|delivery| number(delivery) % 2 == 1) {
        delivery.handle.ack().await.expect("acknowledged");
    }
    drop(queue);
    let left: HashSet<i64> = drain(&mut open(&house.two, 10).await, 5).await.iter().map(number).collect();
    assert_eq!(left, HashSet::from([0, 2, 4, 6, 8]));
}

pub async fn two_hundred_acks_at_once(house: House) {
    filled_by_turns(&house, 200, 200).await;
    let mut queue = open(&house.one, 200).await;
    ack_all(&take(&mut queue, 200).await).await;
    depth_becomes(&house.one, Q, 0, 0).await;
    quiet(&mut queue).await;
}

pub async fn depth_counts_waiting_and_held(house: House) {
    filled_by_turns(&house, 7, 7).await;
    drop(take(&mut open(&house.one, 3).await, 3).await);
    let mut queue = open(&house.two, 3).await;
    let held = take(&mut queue, 3).await;
    depth_becomes(&house.two, Q, 7, 3).await;
    if house.tells.held_elsewhere {
        depth_becomes(&house.one, Q, 7, 3).await;
    }
    ack(&held).await;
    let depth = house.two.depth(Q).await.expect("told");
    assert!(depth.messages <= 7 && depth.held <= 3, "{depth:?}");
}

pub async fn depth_follows_what_happens(house: House) {
    filled_by_turns(&house, 4, 4).await;
    depth_becomes(&house.one, Q, 4, 0).await;
    let mut queue = open(&house.one, 2).await;
    let taken = take(&mut queue, 2).await;
    depth_becomes(&house.one, Q, 4, 2).await;
    ack(&taken).await;
    let rest = take(&mut queue, 2).await;
    depth_becomes(&house.one, Q, 2, 2).await;
    ack(&rest).await;
    depth_becomes(&house.one, Q, 0, 0).await;
    publish(&house.two, vec![message(Q, "a", 5)]).await;
    depth_becomes(&house.one, Q, 1, 1).await;
}

pub async fn depths_do_not_mix(house: House) {
    filled(&house, "a", 3).await;
    declare(&house.one, "Other").await;
    publish(&house.one, vec![message("Other", "a", 1)]).await;
    depth_becomes(&house.one, Q, 3, 0).await;
    depth_becomes(&house.one, "Other", 1, 0).await;
}

pub async fn what_was_given_back_waits(house: House) {
    filled_by_turns(&house, 5, 5).await;
    drop(take(&mut open(&house.one, 5).await, 5).await);
    depth_becomes(&house.one, Q, 5, 0).await;
    depth_becomes(&house.two, Q, 5, 0).await;
}

pub async fn an_empty_queue_has_no_depth(house: House) {
    declare(&house.one, Q).await;
    let depth = house.one.depth(Q).await.expect("told");
    assert_eq!((depth.messages, depth.held, depth.oldest_age), (0, 0, None));
    assert!(matches!(house.one.depth("Nobody.Declared").await, Err(BrokerError::NoQueue(_))));
}

pub async fn the_oldest_message_has_an_age(house: House) {
    if !house.tells.age {
        return;
    }
    filled(&house, "a", 1).await;
    (house.lapse)();
    let age = house.one.depth(Q).await.expect("told").oldest_age.expect("an age");
    assert!(age >= Duration::from_secs(1), "{age:?}");
}
