//! What outlives a node.

use super::{House, Q, ack, ack_all, declare, depth_becomes, drain, filled, filled_by_turns, message, number, numbers, open, publish, take};
use std::collections::HashSet;

pub async fn messages_outlive_their_publisher(house: House) {
    filled(&house, "a", 3).await;
    let House { one, two, again: _again, lapse: _lapse, keep: _keep, .. } = house;
    drop(one);
    assert_eq!(numbers(&drain(&mut open(&two, 10).await, 3).await), [1, 2, 3]);
}

pub async fn messages_wait_for_a_consumer_that_is_not_there(house: House) {
    declare(&house.one, Q).await;
    for n in 0..20 {
        publish(&house.one, vec![message(Q, "a", n)]).await;
    }
    assert_eq!(numbers(&drain(&mut open(&house.two, 5).await, 20).await), (0..20).collect::<Vec<_>>());
}

pub async fn a_declaration_outlives_the_node(house: House) {
    declare(&house.one, Q).await;
    let later = (house.again)();
    publish(&later, vec![message(Q, "a", 1)]).await;
    assert_eq!(numbers(&drain(&mut open(&later, 5).await, 1).await), [1]);
}

pub async fn a_new_node_goes_on_where_the_old_one_ended(house: House) {
    filled(&house, "a", 20).await;
    let mut queue = open(&house.one, 1).await;
    for _ in 0..4 {
        ack(&take(&mut queue, 1).await).await;
    }
    let _held = take(&mut queue, 1).await;
    drop(queue);
    let House { one, two, again, lapse: _lapse, keep: _keep, .. } = house;
    drop((one, two));
    let later = again();
    assert_eq!(numbers(&drain(&mut open(&later, 50).await, 16).await), (5..=20).collect::<Vec<_>>());
    depth_becomes(&later, Q, 0, 0).await;
}

pub async fn what_was_held_comes_again_to_a_new_node(house: House) {
    filled_by_turns(&house, 40, 40).await;
    let mut queue = open(&house.one, 40).await;
    let _held = take(&mut queue, 40).await;
    drop(queue);
    let again = drain(&mut open(&(house.again)(), 40).await, 40).await;
    assert!(again.iter().all(|delivery| delivery.redelivered));
}

pub async fn acks_in_any_order_outlive_the_node(house: House) {
    filled_by_turns(&house, 30, 30).await;
    let mut queue = open(&house.one, 30).await;
    let taken = take(&mut queue, 30).await;
    let gone: Vec<_> = taken.into_iter().filter(|delivery| number(delivery) % 3 != 0).collect();
    ack_all(&gone).await;
    drop(queue);
    let later = (house.again)();
    let left: HashSet<i64> = drain(&mut open(&later, 30).await, 10).await.iter().map(number).collect();
    assert_eq!(left, (0..10).map(|n| 3 * n).collect());
}

pub async fn counts_and_depth_outlive_the_node(house: House) {
    filled(&house, "a", 3).await;
    let mut queue = open(&house.one, 1).await;
    ack(&take(&mut queue, 1).await).await;
    drop(queue);
    depth_becomes(&(house.again)(), Q, 2, 0).await;
}
