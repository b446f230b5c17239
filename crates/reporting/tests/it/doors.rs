use crate::house::{EAR, Ear, House, OTHER_SITE, SITE, until};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use base::{ApiKeyId, Caller, Digest, Permission, SiteId};
use reporting::ledger::{LedgerRooms, Retention, routes};
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;
use web::{Answer, Door, DoorSettings, Doorkeepers, LimitSettings, StaffDoor, StaffPass, doc};

/// Keys `sbk_<site>`; `sbk_1_reader` may only look.
struct Keys;

#[async_trait::async_trait]
impl StaffDoor for Keys {
    async fn session(&self, _: &Digest, _: Option<SiteId>) -> Answer<Option<StaffPass>> {
        Ok(None)
    }

    async fn api_key(&self, key: &Digest, _: Option<SiteId>) -> Answer<Option<StaffPass>> {
        let all = || Permission::ALL.into_iter().collect();
        let known = [("sbk_1", SITE, all()), ("sbk_2", OTHER_SITE, all()), ("sbk_1_reader", SITE, [Permission::ViewEvents].into())];
        let pass = |site, may| StaffPass { caller: Caller::new(site, base::Actor::ApiKey(ApiKeyId(1)), may), session: None };
        Ok(known.into_iter().find(|(text, ..)| Digest::of(text) == *key).map(|(_, site, may)| pass(site, may)))
    }
}

struct Doors(axum::Router);

impl Doors {
    fn of(house: &House) -> Self {
        let (ledger, replays) = (house.ledger.clone(), house.replays.clone());
        let rooms = LedgerRooms { ledger, replays, retention: Retention::new(house.db().clone(), 90) };
        let (routes, _) = doc::openapi("t", "1", [routes(rooms)]);
        let keepers = Doorkeepers::nobody().with_staff(Arc::new(Keys));
        let settings = DoorSettings { limits: LimitSettings::off(), ..DoorSettings::default() };
        Self(Door::new(house.db().clone(), settings, keepers).fit(routes))
    }

    async fn call(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {key}"));
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let response = self.0.clone().oneshot(request.expect("a request")).await.expect("an answer");
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.expect("a body");
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, key: &str, path: &str) -> (StatusCode, Value) {
        self.call(key, "GET", path, None).await
    }
}

fn asked(dry_run: bool) -> Value {
    json!({
        "filter": { "types": ["Visit.*"], "from": "2026-01-01T00:00:00Z", "to": "2030-01-01T00:00:00Z" },
        "queues": [EAR], "dry_run": dry_run
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_listed_shown_and_sent_again_and_another_site_finds_nothing() {
    let house = House::open().await;
    let ear = Ear::content();
    let running = house.work(vec![ear.listener()]);
    house.visits(SITE, 1, 0..3).await;
    house.archived(SITE, 3).await;
    until("all is heard", || async { ear.count() == 3 }).await;
    let doors = Doors::of(&house);

    let (status, page) = doors.get("sbk_1", "/v1/events?type=Visit.Log&key=widget-1&limit=2").await;
    assert_eq!((status, page["items"].as_array().map(Vec::len)), (StatusCode::OK, Some(2)), "{page}");
    let next = page["next"].as_str().expect("there is more");
    let (_, rest) = doors.get("sbk_1", &format!("/v1/events?type=Visit.Log&key=widget-1&limit=2&after={next}")).await;
    assert_eq!((rest["items"].as_array().map(Vec::len), &rest["next"]), (Some(1), &Value::Null));
    let id = page["items"][0]["id"].as_str().expect("an id").to_owned();
    assert_eq!((&page["items"][0]["type"], &page["items"][0]["site"]), (&json!("Visit.Log"), &json!(1)));
    let (_, by_id) = doors.get("sbk_1", &format!("/v1/events?id={id}")).await;
    assert_eq!(by_id["items"].as_array().map(Vec::len), Some(1));

    let (status, shown) = doors.get("sbk_1", &format!("/v1/events/{id}")).await;
    assert_eq!((status, &shown["event"]["payload"]["CampaignId"]), (StatusCode::OK, &json!(1)), "{shown}");
    let steps: Vec<&str> = shown["path"].as_array().expect("a path").iter().filter_map(|step| step["step"].as_str()).collect();
    assert_eq!(steps[..3], ["announced", "archived", "copied"]);

    let (status, counted) = doors.call("sbk_1", "POST", "/v1/event-replays", Some(asked(true))).await;
    assert_eq!((status, counted), (StatusCode::OK, json!({ "count": 3 })));
    let (status, started) = doors.call("sbk_1", "POST", "/v1/event-replays", Some(asked(false))).await;
    assert_eq!((status, &started["replay"]["state"], &started["replay"]["count"]), (StatusCode::CREATED, &json!("running"), &json!(3)));
    assert_eq!((&started["replay"]["started_by"], &started["replay"]["rate_per_s"]), (&json!("api-key:1"), &json!(100)));
    let replay = started["replay"]["id"].as_i64().expect("a number");
    let (_, list) = doors.get("sbk_1", "/v1/event-replays").await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));

    // Another site.
    for path in [format!("/v1/events/{id}"), format!("/v1/event-replays/{replay}")] {
        assert_eq!(doors.get("sbk_2", &path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let cancel = format!("/v1/event-replays/{replay}");
    assert_eq!(doors.call("sbk_2", "DELETE", &cancel, None).await.0, StatusCode::NOT_FOUND);
    for path in ["/v1/events", "/v1/event-replays", &format!("/v1/events?id={id}")] {
        assert_eq!(doors.get("sbk_2", path).await.1["items"], json!([]), "{path}");
    }
    let (_, counted) = doors.call("sbk_2", "POST", "/v1/event-replays", Some(asked(true))).await;
    assert_eq!(counted, json!({ "count": 0 }));

    // Who may only look.
    assert_eq!(doors.get("sbk_1_reader", "/v1/events").await.0, StatusCode::OK);
    assert_eq!(doors.call("sbk_1_reader", "POST", "/v1/event-replays", Some(asked(true))).await.0, StatusCode::FORBIDDEN);
    assert_eq!(doors.call("sbk_1_reader", "DELETE", &cancel, None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(doors.call("sbk_1", "DELETE", &cancel, None).await.0, StatusCode::NO_CONTENT);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused_by_its_field() {
    let house = House::open().await;
    let doors = Doors::of(&house);
    for (path, field) in [
        ("/v1/events?from=yesterday", "from"),
        ("/v1/events?id=7", "id"),
        ("/v1/events?limit=0", "limit"),
        ("/v1/events?after=x", "after"),
        ("/v1/event-replays?after=x", "after"),
    ] {
        let (status, problem) = doors.get("sbk_1", path).await;
        assert_eq!((status, &problem["field"]), (StatusCode::BAD_REQUEST, &json!(field)), "{path}: {problem}");
    }
    let mut wrong = asked(true);
    wrong["filter"]["to"] = json!("tomorrow");
    let (status, problem) = doors.call("sbk_1", "POST", "/v1/event-replays", Some(wrong)).await;
    assert_eq!((status, &problem["field"]), (StatusCode::BAD_REQUEST, &json!("filter.to")));
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_events_are_kept_is_said_by_each_site() {
    let house = House::open().await;
    let doors = Doors::of(&house);
    let said = json!({ "days": 60, "types": { "Visit.Log": 7 } });
    let (status, now) = doors.call("sbk_1", "PUT", "/v1/event-retention", Some(said)).await;
    assert_eq!((status, now), (StatusCode::OK, json!({ "default_days": 90, "days": 60, "types": { "Visit.Log": 7 } })));
    let (_, other) = doors.get("sbk_2", "/v1/event-retention").await;
    assert_eq!(other, json!({ "default_days": 90, "days": null, "types": {} }));
    let reader = doors.call("sbk_1_reader", "PUT", "/v1/event-retention", Some(json!({ "days": 1 }))).await;
    assert_eq!(reader.0, StatusCode::FORBIDDEN);
}
