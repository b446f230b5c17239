use crate::house::{House, OTHER_SITE, SITE, until};
use base::{EventId, Fault, Kind, PageRequest, SiteId};
use events::catalog::{self, CATALOG, Catalogued};
use events::path;
use reporting::ledger::{EventFilter, QUEUE};
use sockets::broker::Outgoing;
use sockets::{Envelope, Route, Tx};
use std::collections::BTreeSet;
use std::time::Duration;

fn announce<E: Catalogued>(tx: &mut Tx) {
    tx.announce(E::sample());
}

/// Those whose feature is still to come are announced here as their producer will.
#[tokio::test(flavor = "multi_thread")]
async fn every_event_of_the_catalogue_travels_from_a_transaction_to_the_archive() {
    let house = House::open().await;
    let running = house.work(vec![]);
    let producers: &[fn(&mut Tx)] = &[
        announce::<catalog::VisitorCreated>,
        announce::<catalog::ChatCreated>,
        announce::<catalog::ChatEnded>,
        announce::<catalog::OfflineMessage>,
        announce::<catalog::Rating>,
        announce::<catalog::Wrapup>,
        announce::<catalog::CannedMessage>,
        announce::<catalog::PrivateMessageLogs>,
        announce::<catalog::ChatQueueLogs>,
        announce::<catalog::AgentStatusLog>,
        announce::<catalog::AutoInvitationLogs>,
        announce::<catalog::ManualInvitationLogs>,
        announce::<catalog::VisitLog>,
        announce::<catalog::ConversionLogs>,
        announce::<catalog::SavePreference>,
        announce::<catalog::Ban>,
    ];
    let mut tx = house.db().begin().await.expect("begins");
    producers.iter().for_each(|announce| announce(&mut tx));
    tx.commit().await.expect("commits");
    let kept = house.archived(SITE, producers.len()).await;
    let names: BTreeSet<&str> = kept.iter().map(|kept| &*kept.name).collect();
    assert_eq!(names, CATALOG.iter().map(|entry| entry.name).collect(), "the list above is complete");
    for one in &kept {
        let (_, envelope, _) = house.ledger.find(SITE, one.event).await.expect("is there");
        let entry = catalog::find(&one.name).expect("is in the catalogue");
        assert_eq!(envelope.payload, (entry.sample)(), "{}", one.name);
        assert_eq!((&envelope.key, &one.key), (&(entry.sample_key)(), &(entry.sample_key)()));
        assert!(!one.summary.is_empty(), "{}", one.name);
    }
    running.end().await;
}

fn envelope(site: SiteId, key: &str) -> Envelope {
    Envelope {
        id: EventId(uuid::Uuid::new_v4()),
        name: "Test.Foreign".into(),
        version: 1,
        site,
        key: key.into(),
        key_epoch: 1,
        key_seq: 1,
        occurred_at: testkit::NOON,
        producer: "test".into(),
        route: Route::Main,
        hops: 1,
        traceparent: None,
        payload: serde_json::json!({ "Name": "a\u{0}b", "Deep": { "zh": "你好" } }),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_twice_is_kept_once() {
    let house = House::open().await;
    let running = house.work(vec![]);
    let event = envelope(SITE, "k");
    until("the queue is there", || async { house.broker.depth(QUEUE).await.is_ok() }).await;
    for _ in 0..2 {
        let sent = house.broker.publish(vec![Outgoing::new(QUEUE, &event)]).await;
        assert!(sent.iter().all(Result::is_ok));
        house.handled(QUEUE).await;
        // As if nobody remembered that it was handled.
        let tx = house.db().begin().await.expect("begins");
        path::unnote(&tx, QUEUE, &[event.id]).await.expect("forgets");
        tx.commit().await.expect("commits");
    }
    let kept = house.archived(SITE, 1).await;
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].name.as_str(), kept[0].key.as_str(), kept[0].summary.as_str()), ("Test.Foreign", "k", "ab"));
    let (_, found, _) = house.ledger.find(SITE, event.id).await.expect("is there");
    assert_eq!(found, event, "the envelope is kept as it came");
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_events_are_kept_whole_and_each_site_sees_its_own() {
    let house = House::open().await;
    let running = house.work(vec![]);
    for widget in 0..50 {
        house.visits(SITE, widget, 0..20).await;
    }
    house.visits(OTHER_SITE, 1, [7]).await;
    let kept = house.archived(SITE, 1_000).await;
    assert_eq!(kept.len(), 1_000);
    assert!(kept.iter().all(|kept| kept.site == SITE));
    assert_eq!(kept.iter().map(|kept| kept.event).collect::<BTreeSet<_>>().len(), 1_000);
    // In the order of archiving, each key's events are in their own order.
    let mut last = std::collections::BTreeMap::new();
    let mut by_place = kept.clone();
    by_place.sort_by_key(|kept| kept.place);
    for one in by_place {
        let n: i64 = one.summary.rsplit(' ').next().expect("a word").parse().expect("a number");
        if let Some(before) = last.insert(one.key.clone(), n) {
            assert!(n > before, "{} after {before} of {}", n, one.key);
        }
    }
    let other = house.archived(OTHER_SITE, 1).await;
    let err = house.ledger.find(SITE, other[0].event).await.expect_err("is another site's");
    assert_eq!(err.kind(), Kind::Missing);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_found_by_type_family_key_id_and_time() {
    let house = House::open().await;
    let running = house.work(vec![]);
    house.visits(SITE, 1, [1]).await;
    house.archived(SITE, 1).await;
    let first = house.now();
    house.test.clock.advance(Duration::from_secs(3600));
    house.visits(SITE, 2, [2]).await;
    let mut tx = house.db().begin().await.expect("begins");
    announce::<catalog::Rating>(&mut tx);
    announce::<catalog::VisitorCreated>(&mut tx);
    tx.commit().await.expect("commits");
    let all = house.archived(SITE, 4).await;
    let count = |filter: EventFilter| {
        let ledger = house.ledger.clone();
        async move { ledger.list(SITE, &filter, &PageRequest::default()).await.expect("lists").items.len() }
    };
    let of_type = |name: &str| EventFilter { r#type: Some(name.into()), ..EventFilter::default() };
    assert_eq!(count(of_type("Visit.Log")).await, 2);
    assert_eq!(count(of_type("Visit*")).await, 4);
    assert_eq!(count(of_type("Visitor.*")).await, 1);
    assert_eq!(count(of_type("Chat.Ended")).await, 0);
    let key = EventFilter { key: Some("widget-2".into()), ..EventFilter::default() };
    assert_eq!(count(key.clone()).await, 1);
    assert_eq!(count(EventFilter { r#type: Some("Visitor.Rating".into()), ..key.clone() }).await, 0);
    assert_eq!(count(EventFilter { r#type: Some("Visit.*".into()), ..key }).await, 1);
    assert_eq!(count(EventFilter { id: Some(all[0].event), ..EventFilter::default() }).await, 1);
    assert_eq!(count(EventFilter { id: Some(all[0].event), to: Some(first), ..EventFilter::default() }).await, 0);
    let later = first.plus(Duration::from_secs(1));
    assert_eq!(count(EventFilter { from: Some(later), ..EventFilter::default() }).await, 3);
    assert_eq!(count(EventFilter { to: Some(later), ..EventFilter::default() }).await, 1);
    assert!(all.windows(2).all(|pair| pair[0].at >= pair[1].at), "the newest first");
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_is_given_up_and_holds_up_nothing() {
    let house = House::open().await;
    // A ledger without its table: the trouble is ours and does not pass by itself.
    let tx = house.db().begin().await.expect("begins");
    sea_orm::ConnectionTrait::execute_unprepared(&tx.conn(), "ALTER TABLE ledger_events RENAME TO away").await.expect("renames");
    tx.commit().await.expect("commits");
    let running = house.work(vec![]);
    house.visits(SITE, 1, [1]).await;
    let letters = events::DeadLetters::new(house.db().clone(), house.broker.clone());
    until("the ledger gives up", || async { letters.count().await.expect("counts") == 1 }).await;
    let tx = house.db().begin().await.expect("begins");
    sea_orm::ConnectionTrait::execute_unprepared(&tx.conn(), "ALTER TABLE away RENAME TO ledger_events").await.expect("renames");
    tx.commit().await.expect("commits");
    // The trouble of one event holds up no other.
    house.visits(SITE, 1, [2]).await;
    let kept = house.archived(SITE, 1).await;
    assert!(kept[0].summary.ends_with("VisitCount 2"), "{}", kept[0].summary);
    running.end().await;
}
