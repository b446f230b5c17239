//! Against the simulator, which keeps the rules of the real one.

use super::consumer::{Asked, Over};
use super::*;
use crate::connections::{Connections, NoFiles, State};
use adapters::http_out::{OutOptions, ReqwestOut};
use base::{ChatId, EventId, PageRequest, SharedClock, SiteId};
use events::catalog::{ChatCreated, ChatEnded, OfflineMessage, PurposeChatEnd, SalesforceFieldValue};
use events::{Consumer, Hears, Outcome};
use serde_json::{Map, Value, json};
use sim::vendor::{Running, serve};
use sockets::{Envelope, Event, Route};
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::TestDb;

const SITE: SiteId = SiteId(1);
/// Nobody trusts it but the simulator of these tests.
const KEY: &str = include_str!("test_key.pem");

struct House {
    test: TestDb,
    connections: Connections,
    salesforce: Salesforce,
    sim: Running,
}

impl House {
    async fn open(more: Value) -> Self {
        let test = TestDb::open(&[events::migrations, crate::migrations]).await;
        let clock: SharedClock = test.clock.clone();
        let public = super::auth::key_of(KEY).unwrap().public().as_ref().to_vec();
        let sim = serve(sim::salesforce::Salesforce::trusting(&public), "127.0.0.1:0", clock.clone()).await.unwrap();
        let out = Arc::new(ReqwestOut::new(OutOptions { allow_private: true }).unwrap());
        let kind = SalesforceKind::new(out, test.db.clone());
        let connections = Connections::new(test.db.clone(), Arc::new(|| 0.5), vec![Arc::new(kind.clone())]);
        let salesforce = Salesforce::new(test.db.clone(), connections.clone(), &kind, Arc::new(NoFiles));
        let house = Self { test, connections, salesforce, sim };
        house.save(more).await;
        house
    }

    /// Another node on the same database.
    fn other_node(&self) -> Salesforce {
        let out = Arc::new(ReqwestOut::new(OutOptions { allow_private: true }).unwrap());
        let kind = SalesforceKind::new(out, self.test.db.clone());
        let connections = Connections::new(self.test.db.clone(), Arc::new(|| 0.5), vec![Arc::new(kind.clone())]);
        Salesforce::new(self.test.db.clone(), connections, &kind, Arc::new(NoFiles))
    }

    async fn save(&self, more: Value) {
        let mut settings = json!({
            "login_url": self.sim.url, "flow": "jwt_bearer", "client_id": "sim-client", "username": "agent@acme.example", "private_key": KEY,
            "external_id_field": "Switchboard_Chat_Id__c",
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            settings[name] = value.clone();
        }
        let settings: Map<String, Value> = settings.as_object().unwrap().clone();
        self.connections.save(SITE, "salesforce", true, settings).await.unwrap();
    }

    async fn ended(&self, chat: ChatEnded) -> Outcome {
        self.hear(&envelope(&chat)).await
    }

    async fn hear(&self, envelope: &Envelope) -> Outcome {
        Over(self.salesforce.clone()).hear(envelope).await
    }

    fn has(&self, records: Value) {
        self.sim.control("setup", &json!({ "records": records }));
    }

    fn all(&self, kind: &str) -> Vec<Value> {
        self.sim.control("records", &json!({ "type": kind })).as_array().unwrap().clone()
    }

    fn fault(&self, path: &str, times: u32, then: Value) {
        self.sim.control("fault", &json!({ "match": { "path": path }, "times": times, "then": then }));
    }

    fn calls(&self, path: &str) -> usize {
        let journal = self.sim.control("journal", &json!({}));
        journal.as_array().unwrap().iter().filter(|call| call["path"].as_str().unwrap().contains(path)).count()
    }

    async fn logged(&self) -> Vec<crate::connections::LogEntry> {
        self.connections.log(SITE, "salesforce", None, &PageRequest::default()).await.unwrap().items
    }
}

fn envelope<E: Event>(event: &E) -> Envelope {
    Envelope {
        id: EventId(uuid::Uuid::new_v4()),
        name: E::NAME.into(),
        version: 1,
        site: SITE,
        key: event.key(),
        key_epoch: 1,
        key_seq: 1,
        occurred_at: testkit::NOON,
        producer: "test".into(),
        route: Route::Main,
        hops: 1,
        traceparent: None,
        payload: serde_json::to_value(event).unwrap(),
    }
}

fn chat() -> ChatEnded {
    ChatEnded {
        chat_id: uuid::Uuid::new_v4().to_string(),
        site_id: 1,
        pre_chat_name: "Ada King Lovelace".into(),
        pre_chat_email: "ada@example.com".into(),
        pre_chat_phone: "+1 555 0100".into(),
        content: "Ada: Hello\nLin: Good morning!\n".into(),
        request_time: testkit::NOON,
        end: testkit::NOON,
        ..Default::default()
    }
}

fn told(purpose: PurposeChatEnd, update: &[(&str, &str)]) -> ChatEnded {
    let value = |(name, value): &(&str, &str)| SalesforceFieldValue { name: (*name).into(), value: (*value).into(), display_value: String::new() };
    let told = events::catalog::Salesforce { purpose_chat_end: purpose, update_contact: update.iter().map(value).collect(), ..Default::default() };
    ChatEnded { salesforce: Some(told), ..chat() }
}

fn ada() -> Value {
    json!([{ "type": "Contact", "LastName": "Lovelace", "Email": "ada@example.com", "Phone": "1", "Title": null }])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_created_with_the_usual_fields_and_the_chats_id() {
    let house = House::open(json!({})).await;
    let chat = chat();
    assert_eq!(house.ended(chat.clone()).await, Outcome::Done);
    let cases = house.all("Case");
    assert_eq!(cases.len(), 1);
    assert_eq!(cases[0]["Subject"], "Chat with Ada King Lovelace on 2026-11-21 12:00");
    assert_eq!(cases[0]["Description"], chat.content.trim());
    assert_eq!((&cases[0]["SuppliedEmail"], &cases[0]["Origin"]), (&json!("ada@example.com"), &json!("Chat")));
    assert_eq!(cases[0]["Switchboard_Chat_Id__c"], chat.chat_id);
    assert_eq!(cases[0]["ContactId"], Value::Null);
    let log = house.logged().await;
    assert_eq!((log[0].state.as_str(), log[0].what.as_str(), log[0].chat.as_deref()), ("done", "case_created", Some(chat.chat_id.as_str())));
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_and_tasks_are_attached_to_the_contact_and_tasks_to_the_lead() {
    let house = House::open(json!({})).await;
    house.has(ada());
    house.has(json!([
        { "type": "Lead", "LastName": "Lovelace", "Company": "Old", "Email": "ada@example.com", "IsConverted": true },
        { "type": "Lead", "LastName": "Lovelace", "Company": "Engines", "Email": "ada@example.com" },
    ]));
    let (contact, lead) = (house.all("Contact")[0]["Id"].clone(), house.all("Lead")[1]["Id"].clone());
    house.ended(told(PurposeChatEnd::AttachCaseToContact, &[])).await;
    assert_eq!(house.all("Case")[0]["ContactId"], contact);
    house.ended(told(PurposeChatEnd::AttachTaskToContact, &[])).await;
    house.ended(told(PurposeChatEnd::AttachTaskToLead, &[])).await;
    let tasks = house.all("Task");
    assert_eq!((&tasks[0]["WhoId"], &tasks[1]["WhoId"]), (&contact, &lead));
    assert_eq!((&tasks[0]["Status"], &tasks[0]["ActivityDate"]), (&json!("Completed"), &json!("2026-11-21")));
    assert_eq!(house.all("Contact").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_and_leads_are_created_together_with_their_case_or_task() {
    let house = House::open(json!({})).await;
    house.ended(told(PurposeChatEnd::CreateContactAndAttachCase, &[])).await;
    house.ended(told(PurposeChatEnd::CreateContactAndAttachTask, &[])).await;
    house.ended(told(PurposeChatEnd::CreateLeadAndAttachTask, &[])).await;
    let (contacts, leads, tasks) = (house.all("Contact"), house.all("Lead"), house.all("Task"));
    assert_eq!((contacts.len(), leads.len()), (2, 1));
    assert_eq!((&contacts[0]["FirstName"], &contacts[0]["LastName"]), (&json!("Ada King"), &json!("Lovelace")));
    assert_eq!(leads[0]["Company"], "[not provided]");
    assert_eq!(house.all("Case")[0]["ContactId"], contacts[0]["Id"]);
    assert_eq!((&tasks[0]["WhoId"], &tasks[1]["WhoId"]), (&contacts[1]["Id"], &leads[0]["Id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contacts_blank_fields_are_filled_or_all_of_them_overwritten() {
    let fields = [("Phone", "+1 555 0100"), ("Title", "Countess")];
    use PurposeChatEnd as P;
    let modes = [
        (P::UpdateNullContactFieldsAndAttachCase, "1", "Case"),
        (P::UpdateNullContactFieldsAndAttachTask, "1", "Task"),
        (P::UpdateAllContactFieldsAndAttachCase, "+1 555 0100", "Case"),
        (P::UpdateAllContactFieldsAndAttachTask, "+1 555 0100", "Task"),
    ];
    for (mode, phone, record) in modes {
        let house = House::open(json!({})).await;
        house.has(ada());
        assert_eq!(house.ended(told(mode, &fields)).await, Outcome::Done, "{mode:?}");
        let contact = house.all("Contact").remove(0);
        assert_eq!((&contact["Phone"], &contact["Title"]), (&json!(phone), &json!("Countess")), "{mode:?}");
        let link = if record == "Case" { "ContactId" } else { "WhoId" };
        assert_eq!(house.all(record)[0][link], contact["Id"], "{mode:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_changes_under_our_hands_is_read_again() {
    let house = House::open(json!({})).await;
    house.has(ada());
    house.fault("/composite", 1, json!({ "status": 200, "body": { "compositeResponse": [
        { "referenceId": "change", "httpStatusCode": 412, "body": [{ "errorCode": "PRECONDITION_FAILED", "message": "changed" }] },
        { "referenceId": "record", "httpStatusCode": 400, "body": [{ "errorCode": "PROCESSING_HALTED", "message": "rolled back" }] },
    ] } }));
    assert_eq!(house.ended(told(PurposeChatEnd::UpdateNullContactFieldsAndAttachCase, &[("Title", "Countess")])).await, Outcome::Done);
    assert_eq!(house.calls("/composite"), 2);
    assert_eq!((house.all("Case").len(), &house.all("Contact")[0]["Title"]), (1, &json!("Countess")));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_there_is_made_and_who_is_there_twice_is_the_newest() {
    let house = House::open(json!({ "purpose": 1 })).await;
    house.ended(chat()).await;
    assert_eq!((house.all("Contact").len(), house.all("Case")[0]["ContactId"].is_string()), (1, true));
    house.ended(ChatEnded { pre_chat_name: String::new(), pre_chat_email: String::new(), pre_chat_phone: String::new(), ..chat() }).await;
    assert_eq!((house.all("Contact").len(), &house.all("Case")[1]["ContactId"]), (1, &Value::Null));
    house.has(ada());
    let newest = house.all("Contact")[0]["Id"].clone();
    house.ended(chat()).await;
    assert_eq!(house.all("Case")[2]["ContactId"], newest);
    assert!(house.logged().await[0].detail.contains("several have this address"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_over_is_opened_once_more_and_the_call_repeated() {
    let house = House::open(json!({})).await;
    house.ended(chat()).await;
    assert_eq!(house.calls("/oauth2/token"), 1);
    house.sim.control("expire", &json!({}));
    assert_eq!(house.ended(chat()).await, Outcome::Done);
    assert_eq!((house.calls("/oauth2/token"), house.all("Case").len()), (2, 2));
    // A token that is refused at once is the account's trouble, not a loop.
    house.fault("/composite", 9, json!({ "status": 401, "body": [{ "errorCode": "INVALID_SESSION_ID", "message": "over" }] }));
    assert!(matches!(house.ended(chat()).await, Outcome::Retry(..)));
    assert_eq!(house.calls("/oauth2/token"), 3);
    assert_eq!(house.connections.get(SITE, "salesforce").await.unwrap().0.state(), State::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_days_requests_are_used_up_events_wait_without_using_up_tries() {
    let house = House::open(json!({})).await;
    house.sim.control("setup", &json!({ "request_limit": 0 }));
    let event = envelope(&chat());
    let Outcome::Retry(why, Some(wait)) = house.hear(&event).await else { panic!("it waits") };
    assert!(why.contains("REQUEST_LIMIT_EXCEEDED") && wait >= Duration::from_secs(3_600), "{why} {wait:?}");
    let calls = house.calls("/services");
    assert!(matches!(house.ended(chat()).await, Outcome::Retry(..)));
    assert_eq!(house.calls("/services"), calls);
    house.sim.control("setup", &json!({ "request_limit": 1_000 }));
    house.test.clock.advance(wait);
    assert_eq!(house.hear(&event).await, Outcome::Done);
    assert_eq!(house.logged().await.iter().find(|line| line.event == event.id).unwrap().attempts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asked_wait_is_kept_and_a_lost_row_lock_is_tried_again_soon() {
    let house = House::open(json!({})).await;
    house.fault("/composite", 1, json!({ "status": 503, "body": [{ "errorCode": "SERVER_UNAVAILABLE", "message": "busy" }], "headers": { "retry-after": "77" } }));
    let Outcome::Retry(_, Some(wait)) = house.ended(chat()).await else { panic!("it waits") };
    assert!((77..100).contains(&wait.as_secs()), "{wait:?}");
    house.test.clock.advance(wait);
    house.fault("/composite", 1, json!({ "status": 400, "body": [{ "errorCode": "UNABLE_TO_LOCK_ROW", "message": "locked" }] }));
    let Outcome::Retry(_, Some(wait)) = house.ended(chat()).await else { panic!("it is tried again") };
    assert!(wait < Duration::from_secs(5), "{wait:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_that_a_rule_knows_is_taken_instead_of_made_twice() {
    let house = House::open(json!({})).await;
    house.sim.control("setup", &json!({ "duplicate_rule": true }));
    house.has(ada());
    assert_eq!(house.ended(told(PurposeChatEnd::CreateContactAndAttachCase, &[])).await, Outcome::Done);
    assert_eq!((house.all("Contact").len(), &house.all("Case")[0]["ContactId"]), (1, &house.all("Contact")[0]["Id"]));
    house.save(json!({ "allow_duplicates": true })).await;
    house.ended(told(PurposeChatEnd::CreateContactAndAttachCase, &[])).await;
    assert_eq!(house.all("Contact").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_that_a_rule_knows_the_kind_that_was_wanted_is_taken() {
    let house = House::open(json!({})).await;
    house.sim.control("setup", &json!({ "duplicate_rule": "across" }));
    house.has(ada());
    house.has(json!([{ "type": "Lead", "LastName": "Lovelace", "Company": "E", "Email": "ada@example.com" }]));
    assert_eq!(house.ended(told(PurposeChatEnd::CreateContactAndAttachCase, &[])).await, Outcome::Done);
    assert_eq!(house.all("Case")[0]["ContactId"], house.all("Contact")[0]["Id"]);
    assert_eq!(house.ended(told(PurposeChatEnd::CreateLeadAndAttachTask, &[])).await, Outcome::Done);
    assert_eq!(house.all("Task")[0]["WhoId"], house.all("Lead")[0]["Id"]);
    assert_eq!((house.all("Contact").len(), house.all("Lead").len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_for_whom_a_rule_knows_only_a_lead_is_written_all_the_same() {
    for (rule, contacts) in [("across", 1), ("block", 0)] {
        let house = House::open(json!({})).await;
        house.sim.control("setup", &json!({ "duplicate_rule": rule }));
        house.has(json!([{ "type": "Lead", "LastName": "Lovelace", "Company": "E", "Email": "ada@example.com" }]));
        assert_eq!(house.ended(told(PurposeChatEnd::CreateContactAndAttachCase, &[])).await, Outcome::Done, "{rule}");
        let (made, cases) = (house.all("Contact"), house.all("Case"));
        assert_eq!((made.len(), cases.len()), (contacts, 1), "{rule}");
        assert_eq!(cases[0]["ContactId"], made.first().map_or(Value::Null, |contact| contact["Id"].clone()), "{rule}");
        let detail = house.logged().await[0].detail.clone();
        assert_eq!(detail.contains("lets no contact be saved"), contacts == 0, "{detail}");
        // A task may point to the lead.
        house.ended(told(PurposeChatEnd::CreateContactAndAttachTask, &[])).await;
        if contacts == 0 {
            assert_eq!(house.all("Task")[0]["WhoId"], house.all("Lead")[0]["Id"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_saved_on_one_node_hold_on_another_at_once() {
    let house = House::open(json!({ "external_id_field": "" })).await;
    let other = house.other_node();
    assert_eq!(Over(other.clone()).hear(&envelope(&chat())).await, Outcome::Done);
    let public = super::auth::key_of(KEY).unwrap().public().as_ref().to_vec();
    let next = serve(sim::salesforce::Salesforce::trusting(&public), "127.0.0.1:0", house.test.clock.clone()).await.unwrap();
    house.save(json!({ "login_url": next.url, "external_id_field": "" })).await;
    assert_eq!(Over(other).hear(&envelope(&chat())).await, Outcome::Done);
    let cases = |sim: &Running| sim.control("records", &json!({ "type": "Case" })).as_array().unwrap().len();
    assert_eq!((cases(&house.sim), cases(&next)), (1, 1));
    let described = next.control("journal", &json!({})).to_string();
    assert!(described.contains("/sobjects/Case/describe"), "what the objects look like is asked anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_is_exchanged_at_each_use_keeps_working_on_every_node() {
    let house = House::open(json!({ "flow": "refresh_token", "refresh_token": "sim-refresh" })).await;
    house.sim.control("setup", &json!({ "rotate": true }));
    let other = house.other_node();
    for node in [house.salesforce.clone(), other.clone(), house.salesforce.clone(), other] {
        house.sim.control("expire", &json!({}));
        assert_eq!(Over(node.clone()).hear(&envelope(&chat())).await, Outcome::Done);
        let signed_in = house.calls("/oauth2/token");
        assert_eq!(Over(node).hear(&envelope(&chat())).await, Outcome::Done);
        assert_eq!(house.calls("/oauth2/token"), signed_in, "the session is kept although the token was exchanged");
    }
    let (_, shown) = house.connections.get(SITE, "salesforce").await.unwrap();
    assert_eq!(shown["refresh_token"], json!({ "set": true }));
    // Saved in the console as it is shown: it stays the exchanged one.
    house.save(json!({ "flow": "refresh_token", "refresh_token": { "set": true } })).await;
    assert!(house.connections.test(SITE, "salesforce").await.unwrap().ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_chats_at_once_sign_in_once() {
    let house = House::open(json!({ "flow": "refresh_token", "refresh_token": "sim-refresh" })).await;
    house.sim.control("setup", &json!({ "rotate": true }));
    let all = (0..6).map(|_| {
        let salesforce = house.salesforce.clone();
        tokio::spawn(async move { Over(salesforce).hear(&envelope(&chat())).await })
    });
    for one in all.collect::<Vec<_>>() {
        assert_eq!(one.await.unwrap(), Outcome::Done);
    }
    assert_eq!(house.calls("/oauth2/token"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_makes_no_second_record() {
    for external in ["Switchboard_Chat_Id__c", "", "Gone__c"] {
        let house = House::open(json!({ "external_id_field": external })).await;
        house.fault("/composite", 1, json!({ "drop_connection": true, "after_accept": true }));
        let event = envelope(&told(PurposeChatEnd::CreateContactAndAttachCase, &[]));
        assert!(matches!(house.hear(&event).await, Outcome::Retry(..)));
        assert_eq!(house.hear(&event).await, Outcome::Done);
        assert_eq!((house.all("Case").len(), house.all("Contact").len()), (1, 1), "with {external:?}");
        // Heard once more, as after a crash before it was noted.
        assert_eq!(house.hear(&event).await, Outcome::Done);
        assert_eq!((house.all("Case").len(), house.calls("/composite")), (1, 1), "with {external:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_lost_on_its_way_is_made_again() {
    let house = House::open(json!({})).await;
    house.fault("/composite", 1, json!({ "drop_connection": true }));
    let event = envelope(&chat());
    assert!(matches!(house.hear(&event).await, Outcome::Retry(..)));
    assert_eq!(house.hear(&event).await, Outcome::Done);
    assert_eq!(house.all("Case").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_salesforce_will_never_take_is_given_up_with_its_words() {
    let house = House::open(json!({ "cases": [{ "name": "Priority", "value": "{{field:Mood}}" }] })).await;
    let custom = events::catalog::CustomField { id: 1, name: "Mood".into(), value: "Furious".into() };
    let Outcome::GiveUp(why) = house.ended(ChatEnded { custom_fields: vec![custom], ..chat() }).await else { panic!("it is given up") };
    assert!(why.contains("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST") && why.contains("Priority"), "{why}");
    assert_eq!(house.logged().await[0].state, "failed");
    // One bad event says nothing against the others.
    assert_eq!(house.ended(chat()).await, Outcome::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transcript_that_no_field_can_hold_and_a_messages_file_go_along() {
    let house = House::open(json!({})).await;
    let long = "x".repeat(40_000);
    let event = envelope(&ChatEnded { content: long.clone(), ..chat() });
    house.fault("/sobjects/ContentVersion", 1, json!({ "drop_connection": true, "after_accept": true }));
    assert!(matches!(house.hear(&event).await, Outcome::Retry(..)));
    assert_eq!(house.hear(&event).await, Outcome::Done);
    let (cases, files) = (house.all("Case"), house.all("ContentVersion"));
    assert_eq!((cases.len(), files.len(), &files[0]["FirstPublishLocationId"]), (1, 1, &cases[0]["Id"]));
    assert_eq!(cases[0]["Description"].as_str().unwrap().len(), 32_000);
    let message = OfflineMessage {
        source_chat_id: "left".into(),
        site_id: 1,
        visitor_name: "Ada".into(),
        title: "Prices".into(),
        content: "Call me".into(),
        attachment_name: "order.txt".into(),
        attachment_content: "QS0xNw==".into(),
        if_enable_integration: true,
        ..Default::default()
    };
    assert_eq!(house.hear(&envelope(&message)).await, Outcome::Done);
    let files = house.all("ContentVersion");
    assert_eq!((&files[1]["PathOnClient"], &files[1]["VersionData"]), (&json!("order.txt"), &json!("QS0xNw==")));
    assert_eq!(house.all("Case")[1]["Subject"], "Prices");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_is_looked_up_before_the_chat_and_used_when_it_ends() {
    let house = House::open(json!({ "purpose": 1 })).await;
    house.has(json!([{ "type": "Account", "Name": "Engines" }]));
    let account = house.all("Account")[0]["Id"].clone();
    house.has(json!([
        { "type": "Contact", "LastName": "Lovelace", "FirstName": "Ada", "Email": "ada@example.com", "AccountId": account },
        { "type": "Lead", "LastName": "L", "Company": "E", "Email": "ADA@example.com" },
    ]));
    let asked = ChatCreated { chat_id: "c1".into(), site_id: 1, visitor_email: "Ada@Example.com".into(), ..Default::default() };
    let hear = Asked(house.salesforce.clone());
    assert_eq!(hear.handle(&asked, &envelope(&asked)).await, Outcome::Done);
    let (found, _) = house.salesforce.matched(SITE, "c1").await.unwrap().unwrap();
    assert_eq!(found.contact.as_ref().unwrap().name, "Ada Lovelace");
    assert_eq!((found.account.unwrap().name, found.leads), ("Engines".to_owned(), 1));
    assert!(found.contact.unwrap().url.starts_with(&house.sim.url));
    assert_eq!(house.salesforce.matched(SiteId(2), "c1").await.unwrap(), None);
    house.ended(ChatEnded { chat_id: "c1".into(), pre_chat_email: "other@example.com".into(), ..chat() }).await;
    assert_eq!(house.all("Case")[0]["ContactId"], house.all("Contact")[0]["Id"]);
    // Whoever was matched and is gone is looked for anew.
    house.sim.control("remove", &json!({ "id": house.all("Contact")[0]["Id"] }));
    house.ended(ChatEnded { chat_id: "c1".into(), ..chat() }).await;
    assert_eq!(house.all("Contact").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_is_known_before_the_chat_begins_and_is_not_asked_for_twice() {
    let house = House::open(json!({})).await;
    house.has(ada());
    let id = ChatId(uuid::Uuid::new_v4());
    house.salesforce.match_now(SITE, id, "ada@example.com").await;
    let (found, _) = house.salesforce.matched(SITE, &id.to_string()).await.unwrap().expect("it is kept");
    assert_eq!(found.contact.map(|contact| contact.id), house.all("Contact")[0]["Id"].as_str().map(str::to_owned));
    let calls = house.calls("/query");
    let asked = ChatCreated { chat_id: id.to_string(), site_id: 1, visitor_email: "ada@example.com".into(), ..Default::default() };
    assert_eq!(Asked(house.salesforce.clone()).handle(&asked, &envelope(&asked)).await, Outcome::Done);
    assert_eq!((house.calls("/query"), house.logged().await[0].what.as_str()), (calls, "matched"));
    // A site that is not connected, or does not want it, costs nothing.
    house.salesforce.match_now(SiteId(2), id, "ada@example.com").await;
    house.save(json!({ "match_before_chat": false })).await;
    house.salesforce.match_now(SITE, ChatId(uuid::Uuid::new_v4()), "ada@example.com").await;
    assert_eq!(house.calls("/query"), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_salesforce_that_hangs_costs_who_asks_a_moment_and_soon_nothing() {
    let house = House::open(json!({})).await;
    house.has(ada());
    house.fault("/query", 99, json!({ "delay_ms": 60_000 }));
    let asks = (0..5).map(|_| house.salesforce.match_now(SITE, ChatId(uuid::Uuid::new_v4()), "ada@example.com"));
    let began = Instant::now();
    futures_util::future::join_all(asks).await;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let calls = house.calls("/query");
    let id = ChatId(uuid::Uuid::new_v4());
    house.salesforce.match_now(SITE, id, "ada@example.com").await;
    assert_eq!(house.calls("/query"), calls, "it is not even asked");
    house.sim.control("reset", &json!({}));
    house.has(ada());
    house.test.clock.advance(Duration::from_secs(31));
    house.salesforce.match_now(SITE, id, "ada@example.com").await;
    assert!(house.salesforce.matched(SITE, &id.to_string()).await.unwrap().is_some(), "one goes first, and it is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_salesforce_that_is_being_left_alone() {
    let house = House::open(json!({})).await;
    house.sim.control("setup", &json!({ "request_limit": 0 }));
    house.ended(chat()).await;
    let calls = house.calls("/services");
    house.salesforce.match_now(SITE, ChatId(uuid::Uuid::new_v4()), "ada@example.com").await;
    assert_eq!(house.calls("/services"), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_cannot_leave_its_quotes() {
    let house = House::open(json!({ "purpose": 1 })).await;
    house.has(ada());
    let sly = ChatEnded { pre_chat_email: "x' OR Email != '".into(), pre_chat_phone: String::new(), ..chat() };
    assert_eq!(house.ended(sly).await, Outcome::Done);
    assert_ne!(house.all("Case")[0]["ContactId"], house.all("Contact")[0]["Id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_of_signing_in_works_and_its_test_names_what_is_wrong() {
    let house = House::open(json!({})).await;
    let flows = [
        json!({}),
        json!({ "flow": "client_credentials", "client_secret": "sim-secret" }),
        json!({ "flow": "refresh_token", "refresh_token": "sim-refresh" }),
    ];
    for flow in flows {
        house.save(flow.clone()).await;
        let steps = house.connections.test(SITE, "salesforce").await.unwrap();
        assert!(steps.ok(), "{flow}: {steps:?}");
    }
    let last = |steps: crate::connections::Steps| {
        let step = steps.0.last().unwrap().clone();
        (step.name, step.ok, step.detail)
    };
    house.save(json!({ "flow": "client_credentials", "client_secret": "wrong" })).await;
    let (name, ok, detail) = last(house.connections.test(SITE, "salesforce").await.unwrap());
    assert_eq!((name, ok), ("sign_in", false));
    assert!(detail.contains("invalid_client"), "{detail}");
    house.save(json!({ "external_id_field": "Gone__c" })).await;
    let (name, ok, detail) = last(house.connections.test(SITE, "salesforce").await.unwrap());
    assert_eq!((name, ok), ("external_id", false));
    assert!(detail.contains("Case has no field Gone__c"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_does_not_follow_to_another_login_address_or_audience() {
    let house = House::open(json!({})).await;
    for (name, value) in [("login_url", "https://login.eve.example"), ("audience", "https://test.salesforce.com")] {
        let mut settings = json!({ "login_url": house.sim.url, "flow": "jwt_bearer", "client_id": "sim-client", "username": "agent@acme.example" });
        settings[name] = json!(value);
        let refused = house.connections.save(SITE, "salesforce", true, settings.as_object().unwrap().clone()).await.unwrap_err();
        assert_eq!(base::Fault::field(&refused), Some("settings.private_key"), "{name}: {refused}");
    }
    assert!(house.connections.test(SITE, "salesforce").await.unwrap().ok(), "what was saved before stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_work_are_refused_by_name() {
    let house = House::open(json!({})).await;
    let odd = [
        (json!({ "flow": "password" }), "settings.flow"),
        (json!({ "private_key": "nonsense" }), "settings.private_key"),
        (json!({ "login_url": "ftp://x" }), "settings.login_url"),
        (json!({ "api_version": "62" }), "settings.api_version"),
        (json!({ "cases": [{ "name": "A B", "value": "" }] }), "settings.cases[0].name"),
        (json!({ "cases": [{ "name": "Subject", "value": "{{nmae}}" }] }), "settings.cases[0].value"),
        (json!({ "purpose": 11 }), "settings.purpose"),
        (json!({ "colour": "red" }), "settings.colour"),
    ];
    for (more, field) in odd {
        let mut settings = json!({ "login_url": house.sim.url, "flow": "jwt_bearer", "client_id": "c", "username": "u", "private_key": KEY });
        settings[more.as_object().unwrap().keys().next().unwrap()] = more.as_object().unwrap().values().next().unwrap().clone();
        let refused = house.connections.save(SITE, "salesforce", true, settings.as_object().unwrap().clone()).await.unwrap_err();
        assert_eq!(base::Fault::field(&refused), Some(field), "{more}: {refused}");
    }
}
