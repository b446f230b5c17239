//! What operators rely on: health, metrics, a full disk, unknown paths.

use crate::support::TestApp;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn health_names_the_parts_and_draining_is_not_ready() {
    let house = TestApp::open().await;
    let ready = house.anybody("GET", "/health/ready", None).await;
    assert_eq!((ready.status, &ready.json()["status"]), (200, &json!("ready")));
    for part in ["database", "live_state", "broker", "disk"] {
        assert_eq!(ready.json()["parts"][part]["ok"], true, "{part}");
    }
    house.app.health.drain();
    let draining = house.anybody("GET", "/health/ready", None).await;
    assert_eq!((draining.status, &draining.json()["status"]), (503, &json!("draining")));
    assert_eq!(house.anybody("GET", "/health/live", None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_told_on_the_admin_listener_alone() {
    let house = TestApp::open().await;
    assert_eq!(house.anybody("GET", "/v1/session", None).await.status, 401);
    let told = reqwest::get(format!("{}/metrics", house.admin_url)).await.expect("an answer").text().await.expect("a text");
    for name in ["http_requests_total", "process_resident_memory_bytes", "switchboard_build_info"] {
        assert!(told.contains(name), "{name} is missing in:\n{told}");
    }
    let public = house.anybody("GET", "/metrics", None).await;
    assert!(!public.text.contains("process_resident"), "{}", public.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_writes_are_refused_and_reads_go_on() {
    // A floor that no disk has.
    let house = TestApp::open_with(&[]).await;
    let new = json!({ "name": "x", "permissions": [] });
    assert_eq!(house.admin.call("POST", "/v1/roles", Some(new.clone())).await.status / 100, 2);
    house.app.parts.disk.set_floor_mib(u64::MAX / (4 * 1024 * 1024));
    let refused = house.admin.call("POST", "/v1/roles", Some(new.clone())).await;
    assert_eq!(refused.status, 503);
    assert!(refused.json()["type"].as_str().is_some_and(|slug| slug.ends_with("/storage-full")), "{}", refused.text);
    assert_eq!(house.admin.call("GET", "/v1/roles", None).await.status, 200);
    house.app.parts.disk.set_floor_mib(0);
    let new = json!({ "name": "y", "permissions": [] });
    assert_eq!(house.admin.call("POST", "/v1/roles", Some(new)).await.status / 100, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_agents_hear_the_news_step_aside_and_sign_off() {
    let house = TestApp::open().await;
    let (_, chat) = house.asks("Ada").await;
    house.app.parts.disk.set_floor_mib(u64::MAX / (4 * 1024 * 1024));
    let say = json!({ "op": "say", "ref": "r1", "chat": chat, "client_id": uuid::Uuid::new_v4(), "text": "hello" });
    let poll = house.agent.call("POST", "/v1/realtime/poll", Some(json!({ "cursors": { "desk": null }, "ops": [say] }))).await;
    assert_eq!(poll.status, 200, "{}", poll.text);
    assert!(poll.text.contains("storage-full"), "what it would store is refused: {}", poll.text);
    let status = house.agent.call("PUT", "/v1/desk/status", Some(json!({ "status": "away" }))).await;
    assert_eq!(status.status, 200, "{}", status.text);
    for (method, path) in [("PATCH", "/v1/me"), ("POST", "/v1/session"), ("PUT", "/v1/realtime/poll")] {
        assert_eq!(house.agent.call(method, path, Some(json!({}))).await.status, 503, "{method} {path}");
    }
    assert_eq!(house.agent.call("DELETE", "/v1/session", None).await.status, 204);
    assert_eq!(house.agent.call("GET", "/v1/session", None).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_pages_that_carry_a_widget_may_read_what_widgets_are_told() {
    let house = TestApp::open().await;
    let http = reqwest::Client::new();
    let let_in = async |origin: &str| {
        let ask = http.request(reqwest::Method::OPTIONS, format!("{}/widget/visits", house.url)).header("origin", origin);
        let answer = ask.header("access-control-request-method", "POST").send().await.expect("an answer");
        answer.headers().get("access-control-allow-origin").map(|told| told.to_str().expect("text").to_owned())
    };
    assert_eq!(let_in("https://shop.example").await.as_deref(), Some("https://shop.example"), "no list, no limits");
    for person in [&house.admin, &house.stranger] {
        let made = person.call("POST", "/v1/widgets", Some(json!({ "name": "Shop" }))).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let widgets = person.call("GET", "/v1/widgets", None).await.json();
        for widget in widgets["items"].as_array().expect("a list") {
            let patch = json!({ "config": { "allowed_origins": ["https://*.shop.example"] } });
            let changed = person.call("PATCH", &format!("/v1/widgets/{}", widget["id"]), Some(patch)).await;
            assert_eq!(changed.status, 200, "{}", changed.text);
        }
    }
    assert_eq!(let_in("https://www.shop.example").await.as_deref(), Some("https://www.shop.example"));
    for stranger in ["https://elsewhere.example", "http://www.shop.example", "null"] {
        assert_eq!(let_in(stranger).await, None, "{stranger}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_to_the_desk_while_the_disk_is_full_is_told() {
    let house = TestApp::open().await;
    let full = async || house.admin.call("GET", "/v1/desk", None).await.json()["storage_full"].clone();
    assert_eq!(full().await, false);
    house.app.parts.disk.set_floor_mib(u64::MAX / (4 * 1024 * 1024));
    assert_eq!(full().await, true);
    house.app.parts.disk.set_floor_mib(0);
    assert_eq!(full().await, false);
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_of_programs_that_nobody_serves_are_problems() {
    let house = TestApp::open().await;
    for path in ["/v1/nothing", "/widget/nothing", "/health/nothing", "/panel/nothing.js", "/nothing.png"] {
        let missing = house.anybody("GET", path, None).await;
        assert_eq!(missing.status, 404, "{path}");
        assert_eq!(missing.headers["content-type"], "application/problem+json", "{path}");
    }
}
