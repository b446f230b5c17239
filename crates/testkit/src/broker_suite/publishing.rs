//! What `publish` and `declare` promise.

use super::{House, Q, SOON, ack, declare, drain, envelope, filled, message, number, numbers, open, open_at, publish, quiet, take};
use futures_util::future::join_all;
use sockets::broker::{Outgoing, PublishError};
use std::collections::HashSet;
use tokio::time::timeout;

pub async fn an_undeclared_queue_rejects_messages(house: House) {
    let outcome = house.one.publish(vec![message("Nobody.Declared", "a", 1)]).await;
    assert!(matches!(&outcome[..], [Err(PublishError::Rejected(why))] if why.contains("Nobody.Declared")), "{outcome:?}");
}

pub async fn a_refused_message_is_nowhere(house: House) {
    let refused = house.one.publish(vec![message(Q, "a", 1)]).await;
    assert!(matches!(&refused[..], [Err(PublishError::Rejected(_))]), "{refused:?}");
    declare(&house.one, Q).await;
    publish(&house.one, vec![message(Q, "a", 2)]).await;
    let mut queue = open(&house.one, 10).await;
    assert_eq!(numbers(&take(&mut queue, 1).await), [2]);
    quiet(&mut queue).await;
}

pub async fn declaring_twice_is_like_once(house: House) {
    filled(&house, "a", 1).await;
    house.one.declare(Q).await.expect("declared again");
    house.two.declare(Q).await.expect("declared from elsewhere");
    assert_eq!(house.two.depth(Q).await.expect("told").messages, 1);
}

pub async fn a_queue_declared_after_a_refusal_takes_messages(house: House) {
    for node in [&house.one, &house.two] {
        assert!(node.publish(vec![message(Q, "a", 1)]).await[0].is_err());
    }
    declare(&house.one, Q).await;
    publish(&house.one, vec![message(Q, "a", 2)]).await;
    publish(&house.two, vec![message(Q, "b", 3)]).await;
    drain(&mut open(&house.two, 10).await, 2).await;
}

pub async fn a_queue_declared_by_another_node_takes_messages(house: House) {
    declare(&house.two, Q).await;
    publish(&house.one, vec![message(Q, "a", 1)]).await;
    assert_eq!(numbers(&drain(&mut open(&house.one, 10).await, 1).await), [1]);
}

pub async fn a_message_arrives_with_key_and_body(house: House) {
    declare(&house.one, Q).await;
    let sent = envelope("a", 1);
    publish(&house.one, vec![Outgoing::new(Q, &sent)]).await;
    let taken = take(&mut open(&house.one, 10).await, 1).await;
    assert_eq!((&*taken[0].key, taken[0].envelope().expect("an envelope")), ("1/a", sent));
}

pub async fn bodies_arrive_byte_for_byte(house: House) {
    declare(&house.one, Q).await;
    let sent = message(Q, "a'b\"c\\d%;--", 1);
    publish(&house.one, vec![sent.clone()]).await;
    let taken = take(&mut open(&house.one, 10).await, 1).await;
    assert_eq!((&taken[0].body, &taken[0].key), (&sent.body, &sent.key));
}

pub async fn an_empty_batch_is_fine(house: House) {
    assert!(house.one.publish(Vec::new()).await.is_empty());
}

pub async fn an_empty_body_passes(house: House) {
    declare(&house.one, Q).await;
    publish(&house.one, vec![Outgoing { body: Vec::new().into(), ..message(Q, "a", 1) }]).await;
    let taken = drain(&mut open(&house.one, 1).await, 1).await;
    assert!(taken[0].body.is_empty() && taken[0].envelope().is_err());
}

pub async fn a_body_of_the_greatest_size_passes(house: House) {
    declare(&house.one, Q).await;
    let most = house.one.capabilities().max_message;
    publish(&house.one, vec![Outgoing { body: vec![b'x'; most].into(), ..message(Q, "a", 1) }]).await;
    assert_eq!(drain(&mut open(&house.two, 1).await, 1).await[0].body.len(), most);
}

pub async fn a_message_too_large_is_rejected_alone(house: House) {
    declare(&house.one, Q).await;
    let most = house.one.capabilities().max_message;
    let huge = Outgoing { body: vec![b' '; most + 1].into(), ..message(Q, "a", 1) };
    let outcomes = house.one.publish(vec![huge, message(Q, "a", 2)]).await;
    assert!(matches!(&outcomes[..], [Err(PublishError::Rejected(_)), Ok(_)]), "{outcomes:?}");
    assert_eq!(numbers(&take(&mut open(&house.one, 10).await, 1).await), [2]);
}

pub async fn keys_of_any_letters_pass(house: House) {
    let long = "k".repeat(2_000);
    let keys = ["", " ", "总机/访客", "\u{1f600}\u{202e}", "a'b\"c\\d%;--", "1/2/3", "\t\n", &long];
    declare(&house.one, Q).await;
    let sent: Vec<Outgoing> = keys.iter().zip(1..).map(|(key, n)| Outgoing { key: (*key).into(), ..message(Q, "any", n) }).collect();
    publish(&house.one, sent.clone()).await;
    let mut taken = drain(&mut open(&house.two, 20).await, keys.len()).await;
    taken.sort_by_key(number);
    assert!(taken.iter().zip(&sent).all(|(delivery, sent)| delivery.key == sent.key && delivery.body == sent.body));
}

pub async fn queues_of_any_letters_work(house: House) {
    for queue in ["总机.聊天", "Чат.Ended", "with space", "a/b?c#d", "100%", "\u{1f600}", "_", "-", "Chat.Ended.Salesforce"] {
        declare(&house.one, queue).await;
        publish(&house.two, vec![message(queue, "a", 1)]).await;
        assert_eq!(drain(&mut open_at(&house.two, queue, 5).await, 1).await.len(), 1, "{queue}");
    }
}

pub async fn names_that_look_alike_are_different_queues(house: House) {
    let names = ["a.b", "a_b", "a-b", "A.b", "a.B", "a b", "a__b", "a_2eb"];
    for name in names {
        declare(&house.one, name).await;
    }
    let numbered = names.iter().zip(1..);
    publish(&house.one, numbered.clone().map(|(name, n)| message(name, "a", n)).collect()).await;
    for (name, n) in numbered {
        let mut queue = open_at(&house.one, name, 10).await;
        assert_eq!(numbers(&drain(&mut queue, 1).await), [n], "{name}");
    }
}

pub async fn a_long_name_works(house: House) {
    let (long, longer) = ("q".repeat(180), "q".repeat(181));
    declare(&house.one, &long).await;
    let outcomes = house.one.publish(vec![message(&long, "a", 1), message(&longer, "a", 2)]).await;
    assert!(matches!(&outcomes[..], [Ok(_), Err(PublishError::Rejected(_))]), "{outcomes:?}");
    drain(&mut open_at(&house.two, &long, 5).await, 1).await;
}

pub async fn outcomes_stand_in_the_order_given(house: House) {
    declare(&house.one, Q).await;
    let batch = (0..9).map(|n| message(if n % 3 == 1 { "Nobody.Declared" } else { Q }, "a", n)).collect();
    let outcomes = house.one.publish(batch).await;
    let ok: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(ok, [true, false, true, true, false, true, true, false, true]);
    assert_eq!(numbers(&drain(&mut open(&house.one, 20).await, 6).await), [0, 2, 3, 5, 6, 8]);
}

pub async fn every_unroutable_message_among_many_is_told(house: House) {
    declare(&house.one, Q).await;
    for round in 0..3 {
        let queue = |n: i64| if n % 7 == round { "Nobody.Declared" } else { Q };
        let outcomes = house.one.publish((0..700).map(|n| message(queue(n), &(n % 10).to_string(), n)).collect()).await;
        for (n, outcome) in (0..).zip(&outcomes) {
            let rejected = matches!(outcome, Err(PublishError::Rejected(_)));
            assert_eq!((rejected, outcome.is_ok()), (n % 7 == round, n % 7 != round), "{n}: {outcome:?}");
        }
    }
    super::depth_becomes(&house.one, Q, 1_800, 0).await;
}

pub async fn batches_that_overlap_are_told_apart(house: House) {
    declare(&house.one, Q).await;
    let batches = (0..40).map(|batch: i64| {
        let (broker, queue) = (house.one.clone(), if batch % 2 == 0 { Q } else { "Nobody.Declared" });
        async move { (batch, broker.publish((0..25).map(|n| message(queue, &batch.to_string(), batch * 25 + n)).collect()).await) }
    });
    for (batch, outcomes) in timeout(SOON, join_all(batches)).await.expect("no batch hangs") {
        let as_it_should = outcomes.iter().all(|outcome| match outcome {
            Ok(_) => batch % 2 == 0,
            Err(err) => batch % 2 == 1 && matches!(err, PublishError::Rejected(_)),
        });
        assert!(as_it_should, "batch {batch}: {outcomes:?}");
    }
    let seen: HashSet<i64> = drain(&mut open(&house.two, 100).await, 500).await.iter().map(number).collect();
    assert!(seen.len() == 500 && seen.iter().all(|n| n / 25 % 2 == 0));
}

pub async fn a_thousand_in_one_batch_are_each_confirmed(house: House) {
    declare(&house.one, Q).await;
    let outcomes = house.one.publish((0..1_000).map(|n| message(Q, &(n % 13).to_string(), n)).collect()).await;
    assert_eq!((outcomes.len(), outcomes.iter().filter(|outcome| outcome.is_ok()).count()), (1_000, 1_000));
    super::depth_becomes(&house.two, Q, 1_000, 0).await;
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
    declare(&house.one, Q).await;
    let twice = message(Q, "a", 1);
    publish(&house.one, vec![twice.clone()]).await;
    publish(&house.one, vec![twice]).await;
    let expected = if house.one.capabilities().dedup { 1 } else { 2 };
    drain(&mut open(&house.one, 10).await, expected).await;
}

pub async fn health_is_told(house: House) {
    let health = house.one.health().await;
    assert!(health.ok && health.trouble.is_none(), "{health:?}");
}

pub async fn the_face_of_the_broker_is_sane(house: House) {
    assert!(!house.one.name().is_empty());
    assert!(house.one.capabilities().max_message >= 256 * 1024);
    assert_eq!(house.one.capabilities(), house.two.capabilities());
}
