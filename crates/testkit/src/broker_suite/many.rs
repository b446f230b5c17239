//! What holds when there is much of everything.

use super::{
    House, Orders, Q, SOON, ack_all, declare, depth_becomes, drain, filled_by_turns, message, number, numbers, open, open_at, publish, rest, some,
};
use futures_util::future::join_all;
use std::collections::HashSet;
use tokio::time::timeout;

pub async fn two_consumers_share_without_doubles(house: House) {
    filled_by_turns(&house, 40, 400).await;
    let (mine, theirs) = tokio::join!(rest(&house.one), rest(&house.two));
    let all: HashSet<i64> = mine.iter().chain(&theirs).copied().collect();
    assert_eq!((all.len(), mine.len() + theirs.len()), (400, 400));
}

pub async fn twenty_queues_each_keep_their_own(house: House) {
    let names: Vec<String> = (0..20).map(|n| format!("Queue.{n}")).collect();
    for name in &names {
        declare(&house.one, name).await;
    }
    let all = (0..200).map(|n: i64| message(&names[usize::try_from(n % 20).expect("small")], "a", n)).collect();
    publish(&house.one, all).await;
    for (name, first) in names.iter().zip(0..) {
        let mut queue = open_at(&house.two, name, 10).await;
        assert_eq!(numbers(&drain(&mut queue, 10).await), (0..10).map(|n| 20 * n + first).collect::<Vec<_>>());
    }
}

pub async fn many_publishers_lose_nothing(house: House) {
    declare(&house.one, Q).await;
    let publishers = (0..40).map(|publisher: i64| {
        let broker = if publisher % 2 == 0 { house.one.clone() } else { house.two.clone() };
        tokio::spawn(async move {
            for n in 0..10 {
                publish(&broker, vec![message(Q, &publisher.to_string(), publisher * 10 + n)]).await;
            }
        })
    });
    join_all(publishers).await.into_iter().for_each(|done| done.expect("published"));
    let mut orders = Orders::default();
    drain(&mut open(&house.one, 500).await, 400).await.iter().for_each(|delivery| orders.see(delivery));
    depth_becomes(&house.one, Q, 0, 0).await;
}

pub async fn a_consumer_that_leaves_under_load_loses_nothing(house: House) {
    filled_by_turns(&house, 17, 500).await;
    let mut seen = HashSet::new();
    for round in 0..5 {
        let mut leaving = open(if round % 2 == 0 { &house.one } else { &house.two }, 60).await;
        let taken = some(&mut leaving).await;
        let half = &taken[..taken.len().div_ceil(2)];
        ack_all(half).await;
        assert!(half.iter().all(|delivery| seen.insert(number(delivery))), "done twice");
        drop(leaving);
    }
    let mut last = open(&house.two, 60).await;
    let mut orders = Orders::default();
    for delivery in drain(&mut last, 500 - seen.len()).await {
        orders.see(&delivery);
        assert!(seen.insert(number(&delivery)), "done twice");
    }
    depth_becomes(&house.two, Q, 0, 0).await;
}

pub async fn publishing_and_consuming_at_once_loses_nothing(house: House) {
    const EACH: i64 = 300;
    declare(&house.one, Q).await;
    let publishers = (0..4).map(|publisher: i64| {
        let broker = if publisher % 2 == 0 { house.one.clone() } else { house.two.clone() };
        async move {
            for chunk in (0..EACH).collect::<Vec<_>>().chunks(20) {
                publish(&broker, chunk.iter().map(|n| message(Q, &publisher.to_string(), publisher * EACH + n)).collect()).await;
            }
        }
    });
    let consumer = async {
        let mut queue = open(&house.two, 50).await;
        let mut orders = Orders::default();
        drain(&mut queue, usize::try_from(4 * EACH).expect("small")).await.iter().for_each(|delivery| orders.see(delivery));
    };
    timeout(3 * SOON, futures_util::future::join(join_all(publishers), consumer)).await.expect("in time");
    depth_becomes(&house.one, Q, 0, 0).await;
}

pub async fn ten_thousand_messages_pass_in_order(house: House) {
    const ALL: i64 = 10_000;
    declare(&house.one, Q).await;
    for chunk in (0..ALL).collect::<Vec<_>>().chunks(1_000) {
        publish(&house.one, chunk.iter().map(|n| message(Q, &(n % 97).to_string(), *n)).collect()).await;
    }
    depth_becomes(&house.one, Q, ALL.unsigned_abs(), 0).await;
    let mut queue = open(&house.two, 500).await;
    let mut orders = Orders::default();
    let mut seen = 0;
    while seen < ALL {
        let taken = some(&mut queue).await;
        taken.iter().for_each(|delivery| orders.see(delivery));
        seen += i64::try_from(taken.len()).expect("few");
        ack_all(&taken).await;
    }
    assert_eq!(seen, ALL);
    depth_becomes(&house.one, Q, 0, 0).await;
}
