mod care;
mod order;

use super::*;
use adapters::http_out::{OutOptions, ReqwestOut};
use base::{EventId, Fault, Kind, PageRequest, SiteId, Timestamp, WebhookId};
use sockets::{Envelope, Event, Route};
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::TestDb;
use tokio_util::sync::CancellationToken;
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const SITE: SiteId = SiteId(1);

struct House {
    test: TestDb,
    webhooks: Webhooks,
    server: MockServer,
    stop: CancellationToken,
}

impl House {
    async fn open() -> Self {
        let house = Self::without_sender().await;
        house.send();
        house
    }

    async fn without_sender() -> Self {
        let test = TestDb::open(&[events::migrations, crate::migrations]).await;
        let out = Arc::new(ReqwestOut::new(OutOptions { allow_private: true }).unwrap());
        let webhooks = Webhooks::new(test.db.clone(), out);
        Self { test, webhooks, server: MockServer::start().await, stop: CancellationToken::new() }
    }

    fn send(&self) {
        let options = SenderOptions { idle: Duration::from_millis(20), timeout: Duration::from_secs(3), ..SenderOptions::default() };
        tokio::spawn(Sender::new(self.webhooks.clone(), "test", Arc::new(|| 0.5), options).run(self.stop.clone()));
    }

    async fn answers(&self, at: &str, status: u16) {
        Mock::given(path(at)).respond_with(ResponseTemplate::new(status).set_body_string("heard")).mount(&self.server).await;
    }

    async fn endpoint(&self, at: &str) -> Endpoint {
        let new = NewEndpoint {
            url: format!("{}{at}", self.server.uri()),
            events: vec!["Chat.Ended".into()],
            description: String::new(),
            enabled: true,
            algorithm: Algorithm::V1,
            manner: Manner::default(),
        };
        self.webhooks.create(SITE, new).await.unwrap()
    }

    /// Those of this endpoint in this state.
    async fn among(&self, id: WebhookId, state: DeliveryState) -> usize {
        let page = PageRequest::first(PageRequest::MAX);
        self.webhooks.deliveries(SITE, id, Some(state), &page).await.unwrap().items.len()
    }

    async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let began = Instant::now();
        while !holds().await {
            assert!(began.elapsed() < Duration::from_secs(15), "{what}: it never held");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn happen(&self) -> EventId {
        let envelope = envelope();
        self.webhooks.accept(&envelope).await.unwrap();
        envelope.id
    }

    async fn only(&self, id: WebhookId) -> (Delivery, Vec<Attempt>) {
        let page = self.webhooks.deliveries(SITE, id, None, &PageRequest::default()).await.unwrap();
        assert_eq!(page.items.len(), 1);
        self.webhooks.delivery(SITE, page.items[0].id).await.unwrap()
    }

    /// The only delivery, once it was tried so often.
    async fn tried(&self, id: WebhookId, attempts: u32) -> Delivery {
        let began = Instant::now();
        loop {
            let (delivery, _) = self.only(id).await;
            if delivery.attempts >= attempts {
                return delivery;
            }
            assert!(began.elapsed() < Duration::from_secs(15), "not tried {attempts} times: {delivery:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn requests(&self, at: &str) -> Vec<Request> {
        let all = self.server.received_requests().await.unwrap();
        all.into_iter().filter(|request| request.url.path() == at).collect()
    }

    fn now(&self) -> Timestamp {
        self.test.db.clock().now()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The only event of a chat.
fn envelope() -> Envelope {
    of_chat(&uuid::Uuid::new_v4().to_string(), "Chat.Ended", 1)
}

fn of_chat(chat: &str, name: &str, seq: i64) -> Envelope {
    let entry = events::catalog::find(name).unwrap();
    Envelope {
        id: EventId(uuid::Uuid::new_v4()),
        name: entry.name.into(),
        version: 1,
        site: SITE,
        key: chat.into(),
        key_epoch: 1,
        key_seq: seq,
        occurred_at: testkit::NOON,
        producer: "test".into(),
        route: Route::Main,
        hops: 1,
        traceparent: None,
        payload: (entry.sample)(),
    }
}

fn header(request: &Request, name: &str) -> String {
    request.headers.get(name).unwrap().to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_delivered_signed_and_logged() {
    let house = House::open().await;
    house.answers("/in", 204).await;
    let endpoint = house.endpoint("/in").await;
    let event = house.happen().await;
    let delivery = house.tried(endpoint.id, 1).await;
    assert_eq!((delivery.state, delivery.last_status), (DeliveryState::Delivered, Some(204)));
    let request = house.requests("/in").await.remove(0);
    assert_eq!(header(&request, "webhook-id"), event.to_string());
    let timestamp: i64 = header(&request, "webhook-timestamp").parse().unwrap();
    assert_eq!(timestamp, testkit::NOON.millis() / 1_000);
    let expected = sign(&[endpoint.secret], &event.to_string(), timestamp, &request.body);
    assert_eq!(header(&request, "webhook-signature"), expected);
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["type"], events::catalog::ChatEnded::NAME);
    assert_eq!(body["timestamp"], "2026-11-21T12:00:00.000Z");
    assert!(body["data"]["ChatId"].is_string());
    let (_, log) = house.only(endpoint.id).await;
    assert_eq!((log.len(), log[0].status, log[0].number), (1, Some(204), 1));
    assert!(log[0].request_headers.iter().any(|(name, _)| name == "webhook-signature"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_heard_twice_is_delivered_once_and_only_to_who_asked() {
    let house = House::open().await;
    house.answers("/in", 200).await;
    let endpoint = house.endpoint("/in").await;
    let other = house.endpoint("/other").await;
    let patch = EndpointPatch { events: Some(vec!["VisitorCreated".into()]), ..Default::default() };
    house.webhooks.change(SITE, other.id, patch).await.unwrap();
    let envelope = envelope();
    for _ in 0..3 {
        house.webhooks.accept(&envelope).await.unwrap();
    }
    house.tried(endpoint.id, 1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!((house.requests("/in").await.len(), house.requests("/other").await.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_change_of_secret_both_sign_for_a_day() {
    let house = House::open().await;
    house.answers("/in", 200).await;
    let before = house.endpoint("/in").await;
    let after = house.webhooks.rotate(SITE, before.id, None, false).await.unwrap();
    assert_ne!(before.secret, after.secret);
    house.happen().await;
    house.tried(before.id, 1).await;
    let request = house.requests("/in").await.remove(0);
    let (id, at) = (header(&request, "webhook-id"), header(&request, "webhook-timestamp").parse().unwrap());
    let both = sign(&[after.secret.clone(), before.secret], &id, at, &request.body);
    assert_eq!(header(&request, "webhook-signature"), both);
    assert_eq!(after.secrets(house.now().plus(Duration::from_secs(24 * 3600))), std::slice::from_ref(&after.secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_delivery_is_tried_again_by_the_schedule_under_the_same_id() {
    let house = House::open().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(500)).up_to_n_times(2).mount(&house.server).await;
    house.answers("/in", 200).await;
    let endpoint = house.endpoint("/in").await;
    house.happen().await;
    let first = house.tried(endpoint.id, 1).await;
    assert_eq!((first.state, first.due_at), (DeliveryState::Pending, house.now().plus(Duration::from_secs(5))));
    house.test.clock.advance(Duration::from_secs(5));
    let second = house.tried(endpoint.id, 2).await;
    assert_eq!(second.due_at, house.now().plus(Duration::from_secs(300)));
    assert!(house.webhooks.get(SITE, endpoint.id).await.unwrap().failing_since.is_some());
    house.test.clock.advance(Duration::from_secs(300));
    assert_eq!(house.tried(endpoint.id, 3).await.state, DeliveryState::Delivered);
    assert!(house.webhooks.get(SITE, endpoint.id).await.unwrap().failing_since.is_none());
    let requests = house.requests("/in").await;
    assert!(requests.iter().all(|request| header(request, "webhook-id") == header(&requests[0], "webhook-id")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_endpoint_asks_us_to_wait_is_kept() {
    let house = House::open().await;
    let busy = ResponseTemplate::new(503).insert_header("Retry-After", "777");
    Mock::given(path("/in")).respond_with(busy).mount(&house.server).await;
    let endpoint = house.endpoint("/in").await;
    house.happen().await;
    let delivery = house.tried(endpoint.id, 1).await;
    assert_eq!(delivery.due_at, house.now().plus(Duration::from_secs(777)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_gone_is_disabled_at_once() {
    let house = House::open().await;
    let mut news = house.webhooks.hear();
    house.answers("/in", 410).await;
    let endpoint = house.endpoint("/in").await;
    house.happen().await;
    assert_eq!(house.tried(endpoint.id, 1).await.state, DeliveryState::Failed);
    let now = house.webhooks.get(SITE, endpoint.id).await.unwrap();
    assert_eq!((now.enabled, now.disabled_reason.as_deref()), (false, Some("gone")));
    assert_eq!(now.disabled_why.as_deref(), Some("it answered 410: it is gone for good"));
    assert!(matches!(house.webhooks.test(SITE, endpoint.id).await, Err(WebhookError::Disabled)));
    assert!(matches!(news.recv().await, Ok(WebhookNews::Disabled(told)) if told.id == endpoint.id));
    house.webhooks.change(SITE, endpoint.id, EndpointPatch { enabled: Some(true), ..Default::default() }).await.unwrap();
    assert!(matches!(news.recv().await, Ok(WebhookNews::Settled(id)) if id == endpoint.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_fails_for_days_is_disabled() {
    let house = House::open().await;
    house.answers("/in", 500).await;
    let endpoint = house.endpoint("/in").await;
    house.happen().await;
    for tries in 1..=10 {
        house.tried(endpoint.id, tries).await;
        assert!(house.webhooks.get(SITE, endpoint.id).await.unwrap().enabled);
        house.test.clock.advance(Duration::from_secs(24 * 3600 / 2));
        if tries < 10 {
            house.test.clock.advance(house.only(endpoint.id).await.0.due_at.since(house.now()));
        }
        if house.now().since(testkit::NOON) > Duration::from_secs(5 * 24 * 3600) {
            break;
        }
    }
    let began = Instant::now();
    while house.webhooks.get(SITE, endpoint.id).await.unwrap().enabled {
        assert!(began.elapsed() < Duration::from_secs(10), "still enabled");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(house.webhooks.get(SITE, endpoint.id).await.unwrap().disabled_reason.as_deref(), Some("failing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let house = House::open().await;
    let elsewhere = ResponseTemplate::new(302).insert_header("Location", format!("{}/secret", house.server.uri()).as_str());
    Mock::given(path("/in")).respond_with(elsewhere).mount(&house.server).await;
    let endpoint = house.endpoint("/in").await;
    house.happen().await;
    assert_eq!(house.tried(endpoint.id, 1).await.last_status, Some(302));
    assert!(house.requests("/secret").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_hangs_delays_no_other() {
    let house = House::open().await;
    let hangs = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    Mock::given(path("/slow")).respond_with(hangs).mount(&house.server).await;
    house.answers("/quick", 200).await;
    house.endpoint("/slow").await;
    let quick = house.endpoint("/quick").await;
    let began = Instant::now();
    for _ in 0..40 {
        house.happen().await;
    }
    loop {
        let page = house.webhooks.deliveries(SITE, quick.id, Some(DeliveryState::Delivered), &PageRequest::default()).await.unwrap();
        if page.items.len() == 40 {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{} of 40", page.items.len());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_sent_again_by_hand() {
    let house = House::open().await;
    house.answers("/in", 200).await;
    let endpoint = house.endpoint("/in").await;
    let test = house.webhooks.test(SITE, endpoint.id).await.unwrap();
    house.tried(endpoint.id, 1).await;
    house.webhooks.resend(SITE, test.id).await.unwrap();
    assert_eq!(house.tried(endpoint.id, 2).await.state, DeliveryState::Delivered);
    assert!(matches!(house.webhooks.resend(SiteId(2), test.id).await, Err(WebhookError::NoDelivery(_))));
}

#[tokio::test]
async fn a_private_or_odd_address_is_refused_when_it_is_typed() {
    let test = TestDb::open(&[events::migrations, crate::migrations]).await;
    let out = Arc::new(ReqwestOut::new(OutOptions::default()).unwrap());
    let webhooks = Webhooks::new(test.db.clone(), out);
    for url in ["https://10.0.0.1/x", "http://example.com/", "https://[::1]/", "https://169.254.169.254/", "mailto:a@b", "nonsense"] {
        let new = NewEndpoint { url: url.into(), events: vec!["*".into()], description: String::new(), enabled: true, algorithm: Algorithm::V1, manner: Manner::default() };
        let refused = webhooks.create(SITE, new).await.unwrap_err();
        assert_eq!((refused.kind(), refused.field()), (Kind::Invalid, Some("url")), "{url}");
    }
    let odd = NewEndpoint { url: "https://example.com/".into(), events: vec!["Chat.Begun".into()], description: String::new(), enabled: true, algorithm: Algorithm::V1, manner: Manner::default() };
    assert_eq!(webhooks.create(SITE, odd).await.unwrap_err().field(), Some("events[0]"));
}

#[tokio::test]
async fn another_site_does_not_see_it() {
    let house = House::open().await;
    let endpoint = house.endpoint("/in").await;
    let other = SiteId(2);
    for missing in [
        house.webhooks.get(other, endpoint.id).await.map(|_| ()),
        house.webhooks.remove(other, endpoint.id).await,
        house.webhooks.rotate(other, endpoint.id, None, false).await.map(|_| ()),
        house.webhooks.change(other, endpoint.id, EndpointPatch::default()).await.map(|_| ()),
        house.webhooks.test(other, endpoint.id).await.map(|_| ()),
    ] {
        assert_eq!(missing.unwrap_err().kind(), Kind::Missing);
    }
    house.webhooks.remove(SITE, endpoint.id).await.unwrap();
    assert_eq!(house.webhooks.get(SITE, endpoint.id).await.unwrap_err().kind(), Kind::Missing);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_pair_signs_so_that_the_public_half_verifies_and_the_old_secret_stays_for_a_day() {
    let house = House::open().await;
    house.answers("/in", 200).await;
    let shared = house.endpoint("/in").await;
    let pair = house.webhooks.rotate(SITE, shared.id, Some(Algorithm::V1a), false).await.unwrap();
    assert!(pair.secret.reveal().starts_with("whpk_"));
    house.happen().await;
    house.tried(shared.id, 1).await;
    let request = house.requests("/in").await.remove(0);
    let signatures = header(&request, "webhook-signature");
    let [new, old] = signatures.split(' ').collect::<Vec<_>>()[..] else { panic!("two signatures: {signatures}") };
    assert!(new.starts_with("v1a,") && old.starts_with("v1,"), "{signatures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_hears_only_what_its_filter_lets_through() {
    let house = House::open().await;
    house.answers("/in", 200).await;
    let endpoint = house.endpoint("/in").await;
    let filter = |department: i64| {
        let filter = events::Filter::read(&serde_json::json!({ "PreChatDepartmentId": [department] })).unwrap();
        EndpointPatch { manner: MannerPatch { filter: Some(Some(filter)), ..Default::default() }, ..Default::default() }
    };
    house.webhooks.change(SITE, endpoint.id, filter(77)).await.unwrap();
    house.happen().await;
    house.webhooks.change(SITE, endpoint.id, filter(2)).await.unwrap();
    let heard = house.happen().await;
    assert_eq!(house.only(endpoint.id).await.0.event, heard);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_of_its_own_ends_when_it_says() {
    let house = House::open().await;
    house.answers("/in", 500).await;
    let endpoint = house.endpoint("/in").await;
    let schedule = MannerPatch { schedule: Some(Some(vec![7])), ..Default::default() };
    house.webhooks.change(SITE, endpoint.id, EndpointPatch { manner: schedule, ..Default::default() }).await.unwrap();
    house.happen().await;
    assert_eq!(house.tried(endpoint.id, 1).await.due_at, house.now().plus(Duration::from_secs(7)));
    house.test.clock.advance(Duration::from_secs(7));
    assert_eq!(house.tried(endpoint.id, 2).await.state, DeliveryState::Failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_an_endpoint_is_disabled_is_kept_and_sent_when_somebody_asks() {
    let house = House::open().await;
    house.answers("/in", 200).await;
    let endpoint = house.endpoint("/in").await;
    let enabled = |enabled| EndpointPatch { enabled: Some(enabled), ..Default::default() };
    house.webhooks.change(SITE, endpoint.id, enabled(false)).await.unwrap();
    for _ in 0..3 {
        house.happen().await;
    }
    assert_eq!(house.among(endpoint.id, DeliveryState::Held).await, 3);
    let held = Again { state: Some(DeliveryState::Held), ..Again::default() };
    assert!(matches!(house.webhooks.resend_all(SITE, endpoint.id, &held, false).await, Err(WebhookError::Disabled)));
    house.webhooks.change(SITE, endpoint.id, enabled(true)).await.unwrap();
    assert_eq!(house.webhooks.resend_all(SITE, endpoint.id, &held, true).await.unwrap(), 3);
    assert_eq!(house.webhooks.resend_all(SITE, endpoint.id, &held, false).await.unwrap(), 3);
    house.until("all delivered", async || house.among(endpoint.id, DeliveryState::Delivered).await == 3).await;
    // By time: nothing happened before noon.
    let before = Again { to: Some(testkit::NOON), ..Again::default() };
    assert_eq!(house.webhooks.resend_all(SITE, endpoint.id, &before, true).await.unwrap(), 0);
    let since = Again { from: Some(testkit::NOON), ..Again::default() };
    assert_eq!(house.webhooks.resend_all(SITE, endpoint.id, &since, true).await.unwrap(), 3);
    assert_eq!(house.webhooks.resend_all(SiteId(2), endpoint.id, &since, true).await.unwrap_err().kind(), Kind::Missing);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_does_not_answer_is_left_alone_and_its_events_wait_without_using_up_tries() {
    let house = House::open().await;
    house.answers("/in", 503).await;
    let endpoint = house.endpoint("/in").await;
    for _ in 0..40 {
        house.happen().await;
    }
    let tried = async || house.requests("/in").await.len();
    house.until("the breaker opens", async || tried().await >= 5).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    // Those that were under way when it opened, and no more.
    let before = tried().await;
    assert!(before <= 24, "{before} of 40 were tried");
    house.test.clock.advance(Duration::from_secs(31));
    house.until("one goes first", async || tried().await > before).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(tried().await, before + 1);
    let untried = house.webhooks.deliveries(SITE, endpoint.id, None, &PageRequest::first(200)).await.unwrap();
    assert!(untried.items.iter().filter(|delivery| delivery.attempts == 0).all(|delivery| delivery.state == DeliveryState::Pending));
    // It works again: all of them arrive.
    house.server.reset().await;
    house.answers("/in", 200).await;
    let arrived = async || {
        house.test.clock.advance(Duration::from_secs(60));
        house.among(endpoint.id, DeliveryState::Delivered).await == 40
    };
    house.until("all delivered", arrived).await;
}
