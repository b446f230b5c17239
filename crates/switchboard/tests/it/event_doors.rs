//! The doors of the post room: queues, subscriptions, dead letters, alarms.

use crate::support::TestApp;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn queues_are_shown_and_paused_by_who_runs_the_installation() {
    let house = TestApp::open().await;
    let shown = house.admin.call("GET", "/v1/event-queues", None).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let shown = shown.json();
    // The disk of the machine that runs this may be nearly full.
    assert!(shown["level"] == "green" || shown["level_why"] == json!(["disk_low"]), "{shown}");
    let broker = &shown["brokers"][0];
    assert_eq!((&broker["kind"], &broker["ok"], &broker["roles"]), (&json!("embedded"), &json!(true), &json!(["main", "remote", "data"])));
    let find = |all: &Value, name: &str| all["queues"].as_array().and_then(|all| all.iter().find(|one| one["queue"] == name).cloned());
    assert_eq!(find(&shown, "Events").expect("the event queue")["role"], "events");
    let queue = "Chat.Ended.Webhook";
    assert_eq!(find(&shown, queue).expect("a data queue")["paused"], false);
    let path = format!("/v1/event-queues/{queue}");
    assert_eq!(house.admin.call("PUT", &path, Some(json!({ "paused": true }))).await.status, 204);
    let again = house.admin.call("GET", "/v1/event-queues", None).await.json();
    assert_eq!(find(&again, queue).expect("a data queue")["paused"], true);
    assert_eq!(house.admin.call("PUT", "/v1/event-queues/Nobody", Some(json!({ "paused": true }))).await.status, 404);
    assert_eq!(house.admin.call("PUT", "/v1/event-queues/Events", Some(json!({ "paused": true }))).await.status, 404);
    assert_eq!(house.admin.call("PUT", &path, Some(json!({ "paused": "yes" }))).await.status, 400);
    assert_eq!(house.stranger.call("PUT", &path, Some(json!({ "paused": false }))).await.status, 403, "the administrator of a site alone");
    assert_eq!(house.agent.call("GET", "/v1/event-queues", None).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_are_made_changed_and_removed_and_those_of_the_product_stay() {
    let house = TestApp::open().await;
    let path = "/v1/event-subscriptions";
    let new = json!({ "pattern": "Chat.*", "queue": "Crm.Chats", "filter": { "RatingGrade": { "lte": 2 } } });
    let made = house.admin.call("POST", path, Some(new)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    assert_eq!((&made["state"], &made["built_in"], &made["enabled"]), (&json!("active"), &json!(false), &json!(true)));
    let bad = json!({ "pattern": "Chat.Ended", "queue": "Crm", "filter": { "RatingGrade": { "near": 2 } } });
    let refused = house.admin.call("POST", path, Some(bad)).await;
    assert_eq!((refused.status, &refused.json()["field"]), (400, &json!("filter.RatingGrade.near")));
    let own = format!("{path}/{}", made["id"]);
    let off = house.admin.call("PATCH", &own, Some(json!({ "enabled": false, "filter": null }))).await.json();
    assert_eq!((&off["state"], &off["filter"]), (&json!("paused"), &json!(null)));
    assert!(off["version"].as_i64() > made["version"].as_i64());
    let all = house.admin.call("GET", path, None).await.json();
    let built_in = all["items"].as_array().and_then(|all| all.iter().find(|one| one["built_in"] == true)).expect("one of the product").clone();
    let theirs = format!("{path}/{}", built_in["id"]);
    assert_eq!(house.admin.call("DELETE", &theirs, None).await.status, 409);
    assert_eq!(house.admin.call("PATCH", &theirs, Some(json!({ "queue": "Mine" }))).await.status, 409);
    assert_eq!(house.admin.call("PATCH", &theirs, Some(json!({ "enabled": false }))).await.json()["state"], "paused");
    assert_eq!(house.admin.call("PATCH", &theirs, Some(json!({ "enabled": true }))).await.status, 200);
    // The administrator of another site: of all sites, no; of the own site, yes; of the first site, not there.
    let everywhere = json!({ "pattern": "*", "queue": "Spy" });
    assert_eq!(house.stranger.call("POST", path, Some(everywhere)).await.status, 403);
    let first = json!({ "pattern": "*", "queue": "First", "site": 1 });
    let first = house.admin.call("POST", path, Some(first)).await.json();
    let hidden = format!("{path}/{}", first["id"]);
    assert_eq!(house.stranger.call("PATCH", &hidden, Some(json!({ "enabled": false }))).await.status, 404);
    assert_eq!(house.stranger.call("DELETE", &hidden, None).await.status, 404);
    assert_eq!(house.admin.call("DELETE", &own, None).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_counted_replayed_and_dropped_by_filter() {
    let house = TestApp::open().await;
    let filter = json!({ "filter": { "queue": "Chat.Ended.Webhook", "from": "2026-01-01T00:00:00Z" }, "dry_run": true });
    for verb in ["replay", "drop"] {
        let path = format!("/v1/dead-letters/{verb}");
        let counted = house.admin.call("POST", &path, Some(filter.clone())).await;
        assert_eq!((counted.status, counted.json()), (200, json!({ "count": 0 })), "{}", counted.text);
        assert_eq!(house.admin.call("POST", &path, Some(json!({ "filter": { "consumer": "x" } }))).await.status, 400);
        assert_eq!(house.agent.call("POST", &path, Some(filter.clone())).await.status, 403);
    }
    let fast = json!({ "rate_per_s": 0 });
    assert_eq!(house.admin.call("POST", "/v1/dead-letters/replay", Some(fast)).await.json()["field"], "rate_per_s");
    assert_eq!(house.admin.call("GET", "/v1/dead-letters/1", None).await.status, 404);
    let listed = house.admin.call("GET", "/v1/dead-letters?queue=Chat.Ended.Webhook&type=Chat.Ended&limit=2", None).await;
    assert_eq!((listed.status, &listed.json()["items"]), (200, &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_are_listed_while_they_last_and_after() {
    let house = TestApp::open().await;
    let notices = &house.app.parts.notices;
    let alarm = events::Alarm::new("broker_down", events::Level::Orange).about("rabbitmq").with(json!({ "trouble": "gone" }));
    notices.raise(&alarm).await;
    notices.raise(&alarm).await;
    let of_another = events::Alarm::new("endpoint_disabled", events::Level::Yellow).about("7").of(base::SiteId(999));
    notices.raise(&of_another).await;
    let listed = house.admin.call("GET", "/v1/event-notices", None).await.json();
    let items = listed["items"].as_array().expect("a list");
    assert_eq!(items.len(), 1, "{listed}");
    assert_eq!((&items[0]["text_key"], &items[0]["until"], &items[0]["data"]["subject"]), (&json!("notices.broker_down"), &json!(null), &json!("rabbitmq")));
    notices.clear("broker_down", "rabbitmq").await;
    let after = house.admin.call("GET", "/v1/event-notices", None).await.json();
    assert!(after["items"][0]["until"].is_string(), "{after}");
}
