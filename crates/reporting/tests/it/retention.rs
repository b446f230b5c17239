use crate::house::{House, OTHER_SITE, SITE};
use base::{Fault, Kind};
use reporting::ledger::{Retention, RetentionRule};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn rate(house: &House) {
    let mut tx = house.db().begin().await.expect("begins");
    tx.announce(<events::catalog::Rating as events::catalog::Catalogued>::sample());
    tx.commit().await.expect("commits");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_site_forgets_as_it_says_and_the_rest_as_the_installation_says() {
    let house = House::open().await;
    let running = house.work(vec![]);
    let retention = Retention::new(house.db().clone(), 90);
    house.visits(SITE, 1, 0..1_500).await;
    rate(&house).await;
    house.visits(OTHER_SITE, 1, [1, 2]).await;
    house.archived(SITE, 1_501).await;
    house.archived(OTHER_SITE, 2).await;
    let rule = RetentionRule { days: Some(30), types: [("Visit.Log".to_owned(), 7)].into() };
    retention.set(SITE, &rule).await.expect("is said");
    assert_eq!(retention.of(SITE).await.expect("is there"), rule);
    assert_eq!(retention.of(OTHER_SITE).await.expect("is there"), RetentionRule::default());

    assert_eq!(retention.sites().await.expect("are read"), [SITE, OTHER_SITE].into());
    house.test.clock.advance(6 * DAY);
    assert_eq!(retention.forget(SITE).await.expect("forgets"), 0);
    house.test.clock.advance(2 * DAY);
    assert_eq!(retention.forget(SITE).await.expect("forgets"), 1_500);
    assert_eq!((house.all(SITE).await.len(), house.all(OTHER_SITE).await.len()), (1, 2));
    house.test.clock.advance(30 * DAY);
    assert_eq!(retention.forget(SITE).await.expect("forgets"), 1);
    house.test.clock.advance(60 * DAY);
    assert_eq!(retention.forget(OTHER_SITE).await.expect("forgets"), 2);
    running.end().await;
}

#[tokio::test]
async fn nonsense_is_refused_by_name() {
    let house = House::open().await;
    let retention = Retention::new(house.db().clone(), 90);
    for (rule, field) in [
        (RetentionRule { days: Some(0), ..Default::default() }, "days"),
        (RetentionRule { types: [("Visit.Log".to_owned(), 4_000)].into(), ..Default::default() }, "types.Visit.Log"),
        (RetentionRule { types: [("No.Such".to_owned(), 4)].into(), ..Default::default() }, "types"),
    ] {
        let err = retention.set(SITE, &rule).await.expect_err("is refused");
        assert_eq!((err.kind(), err.field()), (Kind::Invalid, Some(field)));
    }
}
