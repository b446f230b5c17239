use super::*;
use base::{EventId, Fault, Invalid, PageRequest, SiteId};
use events::Outcome;
use serde_json::{Map, Value, json};
use sockets::{Envelope, Route};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use testkit::TestDb;

const SITE: SiteId = SiteId(1);

/// A system that wants an address and a token.
struct Pigeon;

#[async_trait::async_trait]
impl Kind for Pigeon {
    fn name(&self) -> &'static str {
        "pigeon"
    }

    fn secrets(&self) -> &'static [&'static str] {
        &["token"]
    }

    fn destination(&self, settings: &Value) -> Value {
        settings["loft"].clone()
    }

    fn check(&self, settings: &Value) -> Result<(), Invalid> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Settings {
            #[serde(rename = "loft")]
            _loft: String,
            #[serde(rename = "token")]
            _token: String,
        }
        read_settings::<Settings>(settings).map(drop)
    }

    async fn test(&self, _: SiteId, settings: &Value) -> Steps {
        let mut steps = Steps::default();
        let token = settings["token"].as_str().filter(|token| *token == "coo").ok_or("the token is wrong");
        steps.note("sign_in", token.map(|token| (token.to_owned(), "it knows us".to_owned())));
        steps
    }
}

async fn open() -> (TestDb, Connections) {
    let test = TestDb::open(&[events::migrations, crate::migrations]).await;
    let connections = Connections::new(test.db.clone(), Arc::new(|| 0.5), vec![Arc::new(Pigeon)]);
    (test, connections)
}

fn told(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

async fn enabled(connections: &Connections) {
    connections.save(SITE, "pigeon", true, told(json!({ "loft": "roof", "token": "coo" }))).await.unwrap();
}

fn envelope() -> Envelope {
    Envelope {
        id: EventId(uuid::Uuid::new_v4()),
        name: "Chat.Ended".into(),
        version: 1,
        site: SITE,
        key: "k".into(),
        key_epoch: 1,
        key_seq: 1,
        occurred_at: testkit::NOON,
        producer: "test".into(),
        route: Route::Main,
        hops: 1,
        traceparent: None,
        payload: json!({}),
    }
}

/// Carries an event whose work comes to this.
async fn carried(connections: &Connections, envelope: &Envelope, went: Result<Done, Trouble>) -> (Outcome, bool) {
    let called = AtomicU32::new(0);
    let work = |_settings, _effects| async {
        called.fetch_add(1, Ordering::SeqCst);
        went
    };
    let outcome = connections.carry("pigeon", envelope, Some("c"), work).await;
    (outcome, called.load(Ordering::SeqCst) == 1)
}

fn failing() -> Result<Done, Trouble> {
    Err(Trouble::Failing("nobody is at home".into(), None))
}

fn done() -> Result<Done, Trouble> {
    Ok(Done::new("sent", "arrived"))
}

#[tokio::test]
async fn settings_are_checked_saved_and_shown_without_their_secrets() {
    let (_test, connections) = open().await;
    let (unset, _) = connections.get(SITE, "pigeon").await.unwrap();
    assert_eq!((unset.configured, unset.state()), (false, State::Off));
    let odd = connections.save(SITE, "pigeon", true, told(json!({ "loft": 7, "token": "t" }))).await.unwrap_err();
    assert_eq!(odd.field(), Some("settings.loft"));
    let missing = connections.save(SITE, "pigeon", true, told(json!({ "loft": "roof" }))).await.unwrap_err();
    assert_eq!(missing.kind(), base::Kind::Invalid);
    enabled(&connections).await;
    let kept = connections.save(SITE, "pigeon", false, told(json!({ "loft": "roof", "token": { "set": true } }))).await.unwrap();
    assert_eq!((kept.0.enabled, kept.1), (false, json!({ "loft": "roof", "token": { "set": true } })));
    enabled(&connections).await;
    assert_eq!(connections.settings(SITE, "pigeon").await.unwrap().unwrap()["token"], "coo");
    assert!(connections.test(SITE, "pigeon").await.unwrap().ok());
    assert_eq!(connections.get(SITE, "dove").await.unwrap_err().kind(), base::Kind::Missing);
}

#[tokio::test]
async fn a_secret_does_not_follow_to_another_destination() {
    let (_test, connections) = open().await;
    enabled(&connections).await;
    for token in [json!({ "set": true }), json!({})] {
        let refused = connections.save(SITE, "pigeon", true, told(json!({ "loft": "cellar", "token": token }))).await.unwrap_err();
        assert_eq!((refused.kind(), refused.field()), (base::Kind::Invalid, Some("settings.token")));
    }
    let kept = connections.settings(SITE, "pigeon").await.unwrap().unwrap();
    assert_eq!(kept, json!({ "loft": "roof", "token": "coo" }));
    let moved = connections.save(SITE, "pigeon", true, told(json!({ "loft": "cellar", "token": "gurr" }))).await.unwrap();
    assert_eq!(moved.1["loft"], "cellar");
}

#[tokio::test]
async fn another_site_has_settings_and_a_log_of_its_own() {
    let (_test, connections) = open().await;
    enabled(&connections).await;
    carried(&connections, &envelope(), done()).await;
    let other = SiteId(2);
    assert!(!connections.get(other, "pigeon").await.unwrap().0.configured);
    assert!(connections.log(other, "pigeon", None, &PageRequest::default()).await.unwrap().items.is_empty());
    assert_eq!(connections.log(SITE, "pigeon", None, &PageRequest::default()).await.unwrap().items.len(), 1);
    assert_eq!(connections.test(other, "pigeon").await.unwrap_err().kind(), base::Kind::Conflict);
}

#[tokio::test]
async fn nothing_is_done_for_a_site_that_is_not_connected() {
    let (_test, connections) = open().await;
    assert_eq!(carried(&connections, &envelope(), failing()).await, (Outcome::Done, false));
}

#[tokio::test]
async fn a_destination_that_fails_too_often_is_left_alone_and_events_wait_without_using_up_tries() {
    let (test, connections) = open().await;
    enabled(&connections).await;
    for _ in 0..5 {
        assert!(carried(&connections, &envelope(), failing()).await.1);
    }
    assert_eq!(connections.get(SITE, "pigeon").await.unwrap().0.state(), State::Open);
    let waits = envelope();
    for _ in 0..50 {
        let (outcome, called) = carried(&connections, &waits, done()).await;
        assert!(!called && matches!(outcome, Outcome::Retry(_, Some(_))), "{outcome:?}");
    }
    let log = connections.log(SITE, "pigeon", Some("retrying"), &PageRequest::default()).await.unwrap();
    let line = log.items.iter().find(|line| line.event == waits.id).unwrap();
    assert_eq!((line.attempts, line.what.as_str()), (0, "waiting"));
    test.clock.advance(Duration::from_secs(31));
    assert_eq!(carried(&connections, &waits, done()).await, (Outcome::Done, true));
    assert_eq!(connections.get(SITE, "pigeon").await.unwrap().0.state(), State::Ok);
}

#[tokio::test]
async fn of_all_that_wait_one_goes_first() {
    let (test, connections) = open().await;
    enabled(&connections).await;
    carried(&connections, &envelope(), Err(Trouble::Throttled("too much".into(), Duration::from_secs(60)))).await;
    test.clock.advance(Duration::from_secs(61));
    let (first, second) = (envelope(), envelope());
    let inner = connections.clone();
    let work = |_settings, _effects| async move {
        // While the first is under way the second waits.
        let (outcome, called) = carried(&inner, &second, done()).await;
        assert!(!called && matches!(outcome, Outcome::Retry(..)), "{outcome:?}");
        done()
    };
    assert_eq!(connections.carry("pigeon", &first, None, work).await, Outcome::Done);
    assert_eq!(carried(&connections, &envelope(), done()).await, (Outcome::Done, true));
}

#[tokio::test]
async fn an_event_that_never_works_is_given_up_after_its_tries_and_begins_anew_when_it_comes_again() {
    let (test, connections) = open().await;
    enabled(&connections).await;
    let event = envelope();
    let mut tries = 0;
    loop {
        let (outcome, called) = carried(&connections, &event, Err(Trouble::Busy("in use".into()))).await;
        tries += u32::from(called);
        match outcome {
            Outcome::Retry(_, Some(wait)) => test.clock.advance(wait),
            Outcome::GiveUp(why) => break assert_eq!(why, "in use"),
            other => panic!("{other:?}"),
        }
        assert!(tries < 100, "it never ends");
    }
    assert_eq!(tries, 14);
    assert!(matches!(carried(&connections, &event, Err(Trouble::Busy("in use".into()))).await.0, Outcome::Retry(..)));
    assert_eq!(carried(&connections, &event, Err(Trouble::Refused("no".into()))).await.0, Outcome::GiveUp("no".into()));
}

#[tokio::test]
async fn a_step_is_first_once_then_unknown_then_done() {
    let (test, _connections) = open().await;
    let effects = Effects::new(test.db.clone(), "pigeon", EventId(uuid::Uuid::new_v4()));
    assert_eq!(effects.begin("fly").await.unwrap(), Began::First);
    assert_eq!(effects.begin("fly").await.unwrap(), Began::Unknown);
    effects.finish("fly", &json!({ "id": 7 })).await.unwrap();
    assert_eq!(effects.begin("fly").await.unwrap(), Began::Done(json!({ "id": 7 })));
    effects.undo("fly").await.unwrap();
    assert_eq!(effects.begin("fly").await.unwrap(), Began::Done(json!({ "id": 7 })));
    assert_eq!(effects.begin("land").await.unwrap(), Began::First);
    effects.undo("land").await.unwrap();
    assert_eq!(effects.begin("land").await.unwrap(), Began::First);
}
