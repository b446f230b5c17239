//! Subscriptions that people edit while events flow.

use crate::house::{House, Running, a_while, until};
use base::SiteId;
use events::{NewSubscription, Pace, Sight, SubscriptionError, SubscriptionPatch, SubscriptionState};
use std::time::Duration;
use testkit::faulty::{FaultyBroker, Mood};

const ALL: Sight = Sight { site: SiteId(1), all: true };

fn everything(queue: &str) -> NewSubscription {
    NewSubscription { pattern: "*".into(), queue: queue.into(), site: None, filter: None, enabled: true }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_is_edited_a_hundred_times_misses_nothing() {
    let house = House::open().await;
    let pace = Pace { idle: Duration::from_millis(5), subscriptions: Duration::from_millis(1), ..Pace::default() };
    let running = Running::start(house.pipeline("a").pace(pace));
    let subscriptions = house.pipeline("x").subscriptions();
    let one = subscriptions.create(ALL, everything("Crm")).await.unwrap();
    let version = subscriptions.version().await.unwrap();
    until("the node applies it", || async {
        house.pipeline("x").queues().overview(ALL).await.unwrap().nodes.iter().any(|node| node.version >= version)
    })
    .await;
    for n in 0..100 {
        house.say("k", n).await;
        // The same events either way.
        let site = if n % 2 == 0 { Some(SiteId(1)) } else { None };
        let edited = subscriptions.change(ALL, one.id, SubscriptionPatch { site: Some(site), ..SubscriptionPatch::default() }).await.unwrap();
        assert_eq!(edited.state, SubscriptionState::Active);
    }
    until("all are passed on", || async { events::outbox_depth(house.db()).await.unwrap().0 == 0 }).await;
    assert_eq!(house.broker.depth("Crm").await.unwrap().messages, 100);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_is_away_a_subscription_is_edited_and_not_moved() {
    let house = House::open().await;
    let (data, mood) = FaultyBroker::around("data", house.broker.clone());
    let running = Running::start(house.pipeline("a").data_broker(data.clone()));
    let subscriptions = house.pipeline("x").data_broker(data).subscriptions();
    let one = subscriptions.create(ALL, everything("Crm")).await.unwrap();
    mood.set(Mood::Off);
    let of_site = SubscriptionPatch { site: Some(Some(SiteId(1))), ..SubscriptionPatch::default() };
    assert_eq!(subscriptions.change(ALL, one.id, of_site).await.unwrap().state, SubscriptionState::Active);
    let moved = || SubscriptionPatch { queue: Some("Other".into()), ..SubscriptionPatch::default() };
    assert!(matches!(subscriptions.change(ALL, one.id, moved()).await, Err(SubscriptionError::NoQueue(..))));
    let rests = SubscriptionPatch { enabled: Some(false), ..moved() };
    assert_eq!(subscriptions.change(ALL, one.id, rests).await.unwrap().state, SubscriptionState::Paused);
    let begins = SubscriptionPatch { enabled: Some(true), ..SubscriptionPatch::default() };
    assert_eq!(subscriptions.change(ALL, one.id, begins).await.unwrap().state, SubscriptionState::Failed);
    mood.set(Mood::Well);
    until("its queue is made", || async { house.broker.depth("Other").await.is_ok() }).await;
    until("it is active", || async {
        subscriptions.list(ALL).await.unwrap().iter().any(|now| now.id == one.id && now.state == SubscriptionState::Active)
    })
    .await;
    a_while().await;
    house.say("k", 1).await;
    until("it hears", || async { house.broker.depth("Other").await.unwrap().messages == 1 }).await;
    running.end().await;
}
