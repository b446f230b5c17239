//! How sessions end.

use crate::app::{App, Client, PASSWORD};
use people::identity::{BuiltIn, SessionSpans};
use serde_json::json;
use std::time::Duration;
use web::DoorSettings;

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_over_after_twelve_idle_hours_or_thirty_days() {
    let app = App::open().await;
    let (idle, used) = (app.admin().await, app.admin().await);
    for _ in 0..2 {
        app.later(7 * HOUR);
        app.get(&used, "/v1/session").await.is(200);
    }
    app.get(&idle, "/v1/session").await.refused(401, "unauthenticated");
    for _ in 0..(30 * 24 / 7) {
        app.later(7 * HOUR);
        app.get(&used, "/v1/session").await;
    }
    app.get(&used, "/v1/session").await.refused(401, "unauthenticated");
    assert!(app.identity.sweep().await.expect("sweeps") >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_last_as_long_as_the_house_says() {
    let spans = SessionSpans { idle: 2 * HOUR, longest: 5 * HOUR };
    let app = App::with_spans(DoorSettings::default(), spans).await;
    let (idle, used) = (app.admin().await, app.admin().await);
    for _ in 0..3 {
        app.later(HOUR * 3 / 2);
        app.get(&used, "/v1/session").await.is(200);
    }
    app.get(&idle, "/v1/session").await.refused(401, "unauthenticated");
    app.later(HOUR);
    app.get(&used, "/v1/session").await.refused(401, "unauthenticated");
    assert!(app.identity.sweep().await.expect("sweeps") >= 2);
    let credentials = json!({ "email": "admin@house.example", "password": PASSWORD });
    let opened = app.send(&Client::default(), "POST", "/v1/session", credentials).await.is(200);
    assert!(opened.headers["set-cookie"].to_str().expect("text").contains("Max-Age=18000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_revoked() {
    let app = App::open().await;
    let (here, there) = (app.admin().await, app.admin().await);
    let listed = app.get(&here, "/v1/me/sessions").await.is(200);
    let items = listed.body["items"].as_array().expect("a list");
    assert_eq!(items.iter().filter(|item| item["current"] == true).count(), 1);
    for other in items.iter().filter(|item| item["current"] == false) {
        app.send(&here, "DELETE", &format!("/v1/me/sessions/{}", other["id"]), None).await.is(204);
    }
    app.get(&there, "/v1/session").await.refused(401, "unauthenticated");
    app.send(&here, "DELETE", "/v1/me/sessions/9999", None).await.refused(404, "missing");
    let bye = app.send(&here, "DELETE", "/v1/session", None).await.is(204);
    assert!(bye.headers["set-cookie"].to_str().expect("text").starts_with("sb_session=; Path=/; Max-Age=0"));
    app.get(&here, "/v1/session").await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_session_cannot_be_revoked_as_ones_own() {
    let app = App::open().await;
    app.user(app.site, "agent@house.example", BuiltIn::Agent).await;
    let (admin, agent) = (app.admin().await, app.client("agent@house.example").await);
    let own = app.get(&admin, "/v1/me/sessions").await.body["items"][0]["id"].clone();
    app.send(&agent, "DELETE", &format!("/v1/me/sessions/{own}"), None).await.refused(404, "missing");
    app.get(&admin, "/v1/session").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_all_other_sessions() {
    let app = App::open().await;
    let (here, there) = (app.admin().await, app.admin().await);
    let wrong = json!({"current": "not this one", "new": "a longer and better one"});
    let reply = app.send(&here, "PUT", "/v1/me/password", wrong).await.refused(400, "invalid");
    assert_eq!(reply.body["field"], "current");
    let weak = json!({"current": PASSWORD, "new": "short"});
    assert_eq!(app.send(&here, "PUT", "/v1/me/password", weak).await.refused(400, "invalid").body["field"], "new");
    let right = json!({"current": PASSWORD, "new": "a longer and better one"});
    app.send(&here, "PUT", "/v1/me/password", right).await.is(204);
    app.get(&here, "/v1/session").await.is(200);
    app.get(&there, "/v1/session").await.refused(401, "unauthenticated");
    app.sign_in("admin@house.example", PASSWORD, None).await.refused(401, "unauthenticated");
    app.sign_in("admin@house.example", "a longer and better one", None).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_disabled_is_signed_out_and_stays_out() {
    let app = App::open().await;
    let user = app.user(app.site, "agent@house.example", BuiltIn::Agent).await;
    let (admin, agent) = (app.admin().await, app.client("agent@house.example").await);
    app.send(&admin, "PATCH", &format!("/v1/users/{user}"), json!({"disabled": true})).await.is(200);
    app.get(&agent, "/v1/session").await.refused(401, "unauthenticated");
    app.sign_in("agent@house.example", PASSWORD, None).await.refused(401, "unauthenticated");
    app.send(&admin, "POST", &format!("/v1/users/{user}/link"), None).await.refused(409, "conflict");
    app.send(&admin, "PATCH", &format!("/v1/users/{user}"), json!({"disabled": false})).await.is(200);
    app.get(&agent, "/v1/session").await.refused(401, "unauthenticated");
    app.sign_in("agent@house.example", PASSWORD, None).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_lists_and_revokes_a_users_sessions() {
    let app = App::open().await;
    let user = app.user(app.site, "agent@house.example", BuiltIn::Agent).await;
    let (admin, agent) = (app.admin().await, app.client("agent@house.example").await);
    let listed = app.get(&admin, &format!("/v1/users/{user}/sessions")).await.is(200);
    let id = listed.body["items"][0]["id"].clone();
    app.send(&admin, "DELETE", &format!("/v1/users/{user}/sessions/{id}"), None).await.is(204);
    app.get(&agent, "/v1/session").await.refused(401, "unauthenticated");
    let nobody = Client::default();
    app.get(&nobody, "/v1/session").await.refused(401, "unauthenticated");
}
