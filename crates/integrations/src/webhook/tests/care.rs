//! Endpoints that ask for rest, change, leak their secrets or die; and logs that are long.

use super::super::deliveries::Deliveries;
use super::super::notices::compare;
use super::*;
use base::DeliveryId;
use events::Notices;

const DAY: Duration = Duration::from_secs(24 * 3600);

impl House {
    async fn raised(&self, notices: &Notices) -> usize {
        let all = notices.list(SITE).await.unwrap();
        all.iter().filter(|notice| notice.kind == "endpoint_disabled" && notice.until.is_none()).count()
    }

    /// So many deliveries that were given up.
    async fn failed(&self, endpoint: &Endpoint, count: usize) {
        let (db, now) = (&self.test.db, self.now());
        let tx = db.begin().await.unwrap();
        for _ in 0..count {
            let delivery = Delivery {
                id: DeliveryId(db.minter().uuid()),
                site: SITE,
                webhook: endpoint.id,
                event: EventId(db.minter().uuid()),
                name: "Chat.Ended".into(),
                place: None,
                state: DeliveryState::Failed,
                tries: 1,
                attempts: 1,
                due_at: now,
                last_status: None,
                occurred: now,
                created: now,
            };
            Deliveries::keep_body(&tx, delivery.event, "{}").await.unwrap();
            Deliveries::insert(&tx, &delivery).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn change(&self, endpoint: &Endpoint, patch: EndpointPatch) {
        self.webhooks.change(SITE, endpoint.id, patch).await.unwrap();
    }

    /// Something more went to this other endpoint, so the sender has looked since.
    async fn look_by(&self, other: &Endpoint) {
        let sent = self.webhooks.test(SITE, other.id).await.unwrap();
        let state = async || self.webhooks.delivery(SITE, sent.id).await.unwrap().0.state;
        self.until("a look", async || state().await == DeliveryState::Delivered).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_asks_for_rest_is_left_alone_with_all_its_events() {
    let house = House::open().await;
    let busy = ResponseTemplate::new(429).insert_header("Retry-After", "120");
    Mock::given(path("/in")).respond_with(busy).up_to_n_times(1).mount(&house.server).await;
    house.answers("/in", 200).await;
    house.answers("/other", 200).await;
    let (endpoint, other) = (house.endpoint("/in").await, house.endpoint("/other").await);
    house.happen().await;
    house.tried(endpoint.id, 1).await;
    for _ in 0..3 {
        house.happen().await;
    }
    house.test.clock.advance(Duration::from_secs(119));
    house.look_by(&other).await;
    assert_eq!(house.requests("/in").await.len(), 1);
    house.test.clock.advance(Duration::from_secs(1));
    house.until("all arrive", async || house.among(endpoint.id, DeliveryState::Delivered).await == 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_its_turn_goes_to_where_the_endpoint_is_by_then() {
    let house = House::open().await;
    for at in ["/in", "/moved", "/other"] {
        house.answers(at, 200).await;
    }
    let other = house.endpoint("/other").await;
    let endpoint = house.endpoint("/in").await;
    let rate = MannerPatch { rate_per_s: Some(Some(5)), ..Default::default() };
    house.change(&endpoint, EndpointPatch { manner: rate, ..Default::default() }).await;
    for _ in 0..10 {
        house.happen().await;
    }
    house.until("five go", async || house.among(endpoint.id, DeliveryState::Delivered).await == 5).await;
    house.look_by(&other).await;
    let moved = EndpointPatch { url: Some(format!("{}/moved", house.server.uri())), ..Default::default() };
    house.change(&endpoint, moved).await;
    house.look_by(&other).await;
    house.test.clock.advance(Duration::from_secs(1));
    house.until("the rest go", async || house.requests("/moved").await.len() == 5).await;
    assert_eq!(house.requests("/in").await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_an_endpoint_that_was_disabled_is_not_sent() {
    let house = House::open().await;
    house.answers("/in", 200).await;
    house.answers("/other", 200).await;
    let other = house.endpoint("/other").await;
    let endpoint = house.endpoint("/in").await;
    let rate = MannerPatch { rate_per_s: Some(Some(5)), ..Default::default() };
    house.change(&endpoint, EndpointPatch { manner: rate, ..Default::default() }).await;
    for _ in 0..10 {
        house.happen().await;
    }
    house.until("five go", async || house.among(endpoint.id, DeliveryState::Delivered).await == 5).await;
    let enabled = |enabled| EndpointPatch { enabled: Some(enabled), ..Default::default() };
    house.look_by(&other).await;
    house.change(&endpoint, enabled(false)).await;
    house.look_by(&other).await;
    house.test.clock.advance(Duration::from_secs(1));
    house.look_by(&other).await;
    assert_eq!(house.requests("/in").await.len(), 5);
    // It stayed in the table: whoever enables it need not wait for anything to lapse.
    house.change(&endpoint, enabled(true)).await;
    house.until("the rest arrive", async || house.among(endpoint.id, DeliveryState::Delivered).await == 10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_alarm_of_a_disabled_endpoint_is_raised_though_nobody_was_told() {
    let house = House::open().await;
    let notices = Notices::new(house.test.db.clone());
    house.answers("/in", 410).await;
    let endpoint = house.endpoint("/in").await;
    house.happen().await;
    house.until("it is disabled", async || !house.webhooks.get(SITE, endpoint.id).await.unwrap().enabled).await;
    tokio::spawn(raise_alarms(house.webhooks.clone(), notices.clone()));
    house.until("it is raised", async || house.raised(&notices).await == 1).await;
    compare(&house.webhooks, &notices).await;
    assert_eq!(house.raised(&notices).await, 1);
}

#[tokio::test]
async fn an_alarm_ends_when_its_endpoint_is_enabled_or_gone_though_nobody_was_told() {
    let house = House::without_sender().await;
    let notices = Notices::new(house.test.db.clone());
    notices.raise(&events::Alarm::new("endpoint_disabled", events::Level::Yellow).about("77").of(SITE)).await;
    assert_eq!(house.raised(&notices).await, 1);
    compare(&house.webhooks, &notices).await;
    assert_eq!(house.raised(&notices).await, 0);
}

#[tokio::test]
async fn each_old_secret_signs_until_its_own_end_and_none_when_one_leaked() {
    let house = House::without_sender().await;
    let first = house.endpoint("/in").await;
    let rotate = async |expire_old| house.webhooks.rotate(SITE, first.id, None, expire_old).await.unwrap();
    let second = rotate(false).await;
    house.test.clock.advance(DAY / 2);
    let third = rotate(false).await;
    assert_eq!(third.secrets(house.now()), [third.secret.clone(), second.secret.clone(), first.secret.clone()]);
    let stored = house.webhooks.get(SITE, first.id).await.unwrap();
    assert_eq!(stored.secrets(house.now().plus(DAY / 2)), [third.secret.clone(), second.secret.clone()]);
    assert_eq!(stored.secrets(house.now().plus(DAY)), std::slice::from_ref(&third.secret));
    let fourth = rotate(true).await;
    assert_eq!(fourth.secrets(house.now()), std::slice::from_ref(&fourth.secret));
    let fifth = rotate(false).await;
    let only = house.webhooks.expire_secrets(SITE, first.id).await.unwrap();
    assert_eq!(only.secrets(house.now()), [fifth.secret]);
}

#[tokio::test]
async fn old_secrets_do_not_pile_up() {
    let house = House::without_sender().await;
    let endpoint = house.endpoint("/in").await;
    let rotate = async |expire_old| house.webhooks.rotate(SITE, endpoint.id, None, expire_old).await;
    for _ in 0..8 {
        rotate(false).await.unwrap();
    }
    assert_eq!(rotate(false).await.unwrap_err().kind(), Kind::Conflict);
    house.test.clock.advance(DAY);
    rotate(false).await.unwrap();
    rotate(true).await.unwrap();
}

#[tokio::test]
async fn what_is_sent_again_by_time_is_chosen_by_when_it_happened() {
    let house = House::without_sender().await;
    let endpoint = house.endpoint("/in").await;
    let enabled = EndpointPatch { enabled: Some(false), ..Default::default() };
    house.change(&endpoint, enabled).await;
    // It was heard of only a day later.
    let late = Envelope { occurred_at: testkit::NOON.minus(DAY), ..envelope() };
    house.webhooks.accept(&late).await.unwrap();
    let count = async |from, to| house.webhooks.resend_all(SITE, endpoint.id, &Again { state: None, from, to }, true).await.unwrap();
    assert_eq!(count(None, Some(testkit::NOON)).await, 1);
    assert_eq!(count(Some(testkit::NOON), None).await, 0);
}

#[tokio::test]
async fn thousands_are_sent_again_each_once() {
    let house = House::without_sender().await;
    let endpoint = house.endpoint("/in").await;
    house.failed(&endpoint, 2_300).await;
    let failed = Again { state: Some(DeliveryState::Failed), ..Again::default() };
    assert_eq!(house.webhooks.resend_all(SITE, endpoint.id, &failed, false).await.unwrap(), 2_300);
    assert_eq!(house.webhooks.resend_all(SITE, endpoint.id, &failed, false).await.unwrap(), 0);
    house.test.clock.advance(DAY * 31);
    assert_eq!(house.webhooks.forget().await.unwrap(), 0, "what is under way is kept");
}

#[tokio::test]
async fn thousands_are_forgotten() {
    let house = House::without_sender().await;
    let endpoint = house.endpoint("/in").await;
    house.failed(&endpoint, 2_300).await;
    assert_eq!(house.webhooks.forget().await.unwrap(), 0);
    house.test.clock.advance(DAY * 31);
    house.failed(&endpoint, 3).await;
    assert_eq!(house.webhooks.forget().await.unwrap(), 2_300);
    assert_eq!(Deliveries::count(&house.test.db, SITE, endpoint.id, &Again::default()).await.unwrap(), 3);
}
