//! Against the simulator, which keeps the rules of the real one.

use super::consumer::{Over, Rated};
use super::*;
use crate::connections::{Connections, FetchedFile, Files, LogEntry, State};
use adapters::http_out::{OutOptions, ReqwestOut};
use base::{EventId, PageRequest, SharedClock, SiteId, UploadId};
use events::catalog::{Attachment, ChatEnded, Rating};
use events::{Consumer, Hears, Outcome};
use serde_json::{Value, json};
use sim::vendor::{Running, serve};
use sockets::{Envelope, Event, Route};
use std::sync::Arc;
use std::time::Duration;
use testkit::TestDb;

const SITE: SiteId = SiteId(1);

/// Every upload is a small picture.
struct Pictures;

#[async_trait::async_trait]
impl Files for Pictures {
    async fn fetch(&self, _: SiteId, _: UploadId, _: u64) -> Result<Option<FetchedFile>, String> {
        Ok(Some(FetchedFile { name: "plan å.png".into(), media_type: "image/png".into(), bytes: "png".into() }))
    }
}

struct House {
    test: TestDb,
    connections: Connections,
    zendesk: Zendesk,
    sim: Running,
}

impl House {
    async fn open(more: Value) -> Self {
        let test = TestDb::open(&[events::migrations, crate::migrations]).await;
        let clock: SharedClock = test.clock.clone();
        let sim = serve(sim::zendesk::Zendesk::default(), "127.0.0.1:0", clock.clone()).await.unwrap();
        let kind = ZendeskKind::new(Arc::new(ReqwestOut::new(OutOptions { allow_private: true }).unwrap()), clock);
        let connections = Connections::new(test.db.clone(), Arc::new(|| 0.5), vec![Arc::new(kind.clone())]);
        let zendesk = Zendesk::new(connections.clone(), &kind, Arc::new(Pictures));
        let house = Self { test, connections, zendesk, sim };
        house.save(more).await;
        house
    }

    async fn save(&self, more: Value) {
        let mut settings = json!({ "url": self.sim.url, "auth": "token", "email": "bot@acme.example", "api_token": "sim-token" });
        for (name, value) in more.as_object().into_iter().flatten() {
            settings[name] = value.clone();
        }
        self.connections.save(SITE, "zendesk", true, settings.as_object().unwrap().clone()).await.unwrap();
    }

    async fn hear(&self, envelope: &Envelope) -> Outcome {
        Over(self.zendesk.clone()).hear(envelope).await
    }

    fn tickets(&self) -> Vec<Value> {
        self.sim.control("tickets", &json!({})).as_array().unwrap().clone()
    }

    fn fault(&self, method: &str, path: &str, then: Value) {
        self.sim.control("fault", &json!({ "match": { "method": method, "path": path }, "then": then }));
    }

    fn calls(&self, method: &str, path: &str) -> usize {
        let journal = self.sim.control("journal", &json!({}));
        journal.as_array().unwrap().iter().filter(|call| call["method"] == method && call["path"].as_str().unwrap().ends_with(path)).count()
    }

    async fn logged(&self) -> LogEntry {
        self.connections.log(SITE, "zendesk", None, &PageRequest::default()).await.unwrap().items.remove(0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_not_follow_to_another_address() {
    let house = House::open(json!({})).await;
    let moved = json!({ "url": "https://eve.example", "auth": "token", "email": "bot@acme.example", "api_token": { "set": true } });
    let refused = house.connections.save(SITE, "zendesk", true, moved.as_object().unwrap().clone()).await.unwrap_err();
    assert_eq!(base::Fault::field(&refused), Some("settings.api_token"));
    assert!(house.connections.test(SITE, "zendesk").await.unwrap().ok(), "what was saved before stands");
}

fn envelope<E: Event>(chat: &E) -> Envelope {
    Envelope {
        id: EventId(uuid::Uuid::new_v4()),
        name: E::NAME.into(),
        version: 1,
        site: SITE,
        key: chat.key(),
        key_epoch: 1,
        key_seq: 1,
        occurred_at: testkit::NOON,
        producer: "test".into(),
        route: Route::Main,
        hops: 1,
        traceparent: None,
        payload: serde_json::to_value(chat).unwrap(),
    }
}

fn chat() -> ChatEnded {
    ChatEnded {
        chat_id: uuid::Uuid::new_v4().to_string(),
        site_id: 1,
        pre_chat_name: "Ada".into(),
        pre_chat_email: "ada@example.com".into(),
        content: "Ada: <b>Hello</b>\nLin: Good morning!\n".into(),
        request_time: testkit::NOON,
        end: testkit::NOON,
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_becomes_a_ticket_with_its_transcript_files_requester_and_note() {
    let more = json!({ "tags": ["vip"], "priority": "high", "group_id": 7, "custom_fields": [{ "id": 5, "value": "{{country}}" }] });
    let house = House::open(more).await;
    let file = Attachment { uid: uuid::Uuid::new_v4().to_string(), file_path: "plan.png".into(), ..Default::default() };
    let chat = ChatEnded { attachments: vec![file], rating_grade: 4, agent_comment: "wants a discount".into(), ..chat() };
    assert_eq!(house.hear(&envelope(&chat)).await, Outcome::Done);
    let ticket = house.tickets().remove(0);
    assert_eq!(ticket["external_id"], format!("chat:{}", chat.chat_id));
    assert_eq!((&ticket["subject"], &ticket["priority"]), (&json!("Chat with Ada on 2026-11-21 12:00"), &json!("high")));
    assert_eq!(ticket["tags"], json!(["switchboard", "chat", "vip"]));
    let [transcript, note] = ticket["comments"].as_array().unwrap().as_slice() else { panic!("two comments: {ticket}") };
    assert!(transcript["body"].as_str().unwrap().starts_with("Ada: <b>Hello</b>"));
    assert_eq!((&transcript["public"], &transcript["attachments"][0]["file_name"]), (&json!(false), &json!("plan å.png")));
    assert_eq!(transcript["attachments"][0]["content_type"], "image/png");
    assert_eq!(note["public"], json!(false));
    assert!(note["body"].as_str().unwrap().starts_with("wants a discount\nRated 4 of 5."), "{note}");
    assert_eq!((house.logged().await.what, house.calls("POST", "/uploads")), ("ticket_created".into(), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rating_after_the_end_is_written_below_the_ticket_once() {
    let house = House::open(json!({})).await;
    let chat = chat();
    let rating = Rating { site_id: 1, chat_guid: chat.chat_id.clone(), rating_grade: 2, rating_comment: "slow".into(), ..Default::default() };
    let rated = envelope(&rating);
    let rate = Rated(house.zendesk.clone());
    assert!(matches!(rate.handle(&rating, &rated).await, Outcome::Retry(..)), "the ticket may be on its way");
    assert_eq!(house.hear(&envelope(&chat)).await, Outcome::Done);
    house.fault("PUT", "/tickets/", json!({ "drop_connection": true, "after_accept": true }));
    assert!(matches!(rate.handle(&rating, &rated).await, Outcome::Retry(..)));
    for _ in 0..2 {
        assert_eq!(rate.handle(&rating, &rated).await, Outcome::Done);
    }
    let ticket = house.tickets().remove(0);
    let [_, note] = ticket["comments"].as_array().unwrap().as_slice() else { panic!("two comments: {ticket}") };
    assert_eq!((&note["public"], note["body"].as_str().unwrap().lines().next()), (&json!(false), Some("Rated 2 of 5. slow")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rating_that_the_ticket_was_made_with_or_that_has_no_ticket_is_left_at_that() {
    let house = House::open(json!({})).await;
    let chat = ChatEnded { rating_grade: 5, ..chat() };
    assert_eq!(house.hear(&envelope(&chat)).await, Outcome::Done);
    let rate = Rated(house.zendesk.clone());
    let rating = Rating { site_id: 1, chat_guid: chat.chat_id.clone(), rating_grade: 5, ..Default::default() };
    assert_eq!(rate.handle(&rating, &envelope(&rating)).await, Outcome::Done);
    assert_eq!(house.tickets()[0]["comments"].as_array().unwrap().len(), 2);
    house.test.clock.advance(Duration::from_secs(600));
    let other = Rating { chat_guid: uuid::Uuid::new_v4().to_string(), ..rating };
    assert_eq!(rate.handle(&other, &envelope(&other)).await, Outcome::Done);
    assert_eq!(house.logged().await.what, "not_rated");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_no_address_is_known_by_our_number_of_them() {
    let house = House::open(json!({ "auth": "oauth", "oauth_token": "sim-oauth" })).await;
    let visitor = events::catalog::ChatVisitor { id: "v7".into(), ..Default::default() };
    for _ in 0..2 {
        let nameless = ChatEnded { pre_chat_email: String::new(), visitor: visitor.clone(), ..chat() };
        assert_eq!(house.hear(&envelope(&nameless)).await, Outcome::Done);
    }
    let tickets = house.tickets();
    assert_eq!(tickets[0]["requester_id"], tickets[1]["requester_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_requester_does_not_cost_the_ticket() {
    let house = House::open(json!({})).await;
    house.sim.control("setup", &json!({ "suspended": "ada@example.com" }));
    assert_eq!(house.hear(&envelope(&chat())).await, Outcome::Done);
    assert!(house.tickets()[0]["comments"][0]["body"].as_str().unwrap().contains("<ada@example.com>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_makes_no_second_ticket() {
    let house = House::open(json!({})).await;
    house.fault("POST", "/tickets", json!({ "drop_connection": true, "after_accept": true }));
    let event = envelope(&ChatEnded { rating_grade: 5, ..chat() });
    assert!(matches!(house.hear(&event).await, Outcome::Retry(..)));
    // Later than Zendesk remembers the key.
    house.test.clock.advance(Duration::from_secs(3 * 3_600));
    house.fault("PUT", "/tickets/", json!({ "drop_connection": true, "after_accept": true }));
    assert!(matches!(house.hear(&event).await, Outcome::Retry(..)));
    assert_eq!(house.hear(&event).await, Outcome::Done);
    assert_eq!(house.hear(&event).await, Outcome::Done);
    assert_eq!((house.tickets().len(), house.tickets()[0]["comments"].as_array().unwrap().len()), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_used_with_other_words_finds_the_ticket_of_then() {
    let house = House::open(json!({})).await;
    let event = envelope(&chat());
    assert_eq!(house.hear(&event).await, Outcome::Done);
    // As if our own memory of it were lost, and the words were others now.
    let again = Envelope { id: EventId(uuid::Uuid::new_v4()), ..event };
    house.save(json!({ "tags": ["more"] })).await;
    assert_eq!(house.hear(&again).await, Outcome::Done);
    assert_eq!(house.tickets().len(), 1);
    assert!(house.logged().await.detail.contains("by an earlier try"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_minute_is_waited_for_without_using_up_tries() {
    let house = House::open(json!({})).await;
    house.sim.control("setup", &json!({ "rate_limit": 0 }));
    let event = envelope(&chat());
    let Outcome::Retry(why, Some(wait)) = house.hear(&event).await else { panic!("it waits") };
    assert!(why.contains("429") && wait >= Duration::from_secs(60), "{why} {wait:?}");
    assert_eq!(house.logged().await.attempts, 0);
    let calls = house.calls("POST", "/tickets");
    assert!(matches!(house.hear(&event).await, Outcome::Retry(..)));
    assert_eq!(house.calls("POST", "/tickets"), calls);
    house.sim.control("setup", &json!({ "rate_limit": 700 }));
    house.test.clock.advance(wait);
    assert_eq!(house.hear(&event).await, Outcome::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_request_of_a_minute_is_not_overdrawn() {
    let house = House::open(json!({})).await;
    house.sim.control("setup", &json!({ "rate_limit": 1 }));
    assert_eq!(house.hear(&envelope(&chat())).await, Outcome::Done);
    assert!(matches!(house.hear(&envelope(&chat())).await, Outcome::Retry(..)));
    // It was never asked: the account's minute was known to be used up.
    assert_eq!(house.calls("POST", "/tickets"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_zendesk_are_tried_again_and_wrong_words_are_given_up() {
    let house = House::open(json!({})).await;
    house.fault("POST", "/tickets", json!({ "status": 502 }));
    let event = envelope(&chat());
    assert!(matches!(house.hear(&event).await, Outcome::Retry(..)));
    assert_eq!(house.hear(&event).await, Outcome::Done);
    house.fault("POST", "/tickets", json!({ "status": 422, "body": { "error": "RecordInvalid", "details": { "base": [{ "description": "nonsense" }] } } }));
    let Outcome::GiveUp(why) = house.hear(&envelope(&chat())).await else { panic!("it is given up") };
    assert!(why.contains("base: nonsense"), "{why}");
    house.save(json!({ "api_token": "wrong" })).await;
    assert!(matches!(house.hear(&envelope(&chat())).await, Outcome::Retry(..)));
    assert_eq!(house.connections.get(SITE, "zendesk").await.unwrap().0.state(), State::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_of_the_connection_names_its_steps() {
    let house = House::open(json!({ "group_id": 7 })).await;
    let steps = house.connections.test(SITE, "zendesk").await.unwrap();
    assert!(steps.ok(), "{steps:?}");
    assert_eq!(steps.0.iter().map(|step| step.name).collect::<Vec<_>>(), ["settings", "sign_in", "limits", "tickets", "group"]);
    house.save(json!({ "api_token": "wrong" })).await;
    let steps = house.connections.test(SITE, "zendesk").await.unwrap();
    let last = steps.0.last().unwrap();
    assert_eq!((last.name, last.ok, last.detail.as_str()), ("sign_in", false, "Zendesk does not know these credentials"));
    let shown = house.connections.get(SITE, "zendesk").await.unwrap().1;
    assert_eq!(shown["api_token"], json!({ "set": true }));
}
