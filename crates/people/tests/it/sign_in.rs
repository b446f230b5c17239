//! Coming in: by password, second factor and link.

use crate::app::{App, Client, PASSWORD};
use people::identity::{BuiltIn, FirstStart, NewSite};
use serde_json::{Value, json};
use std::time::Duration;
use totp_rs::{Builder, Secret};
use web::{DoorSettings, LimitSettings, Rate};

const EMAIL: &str = "admin@house.example";

fn code(app: &App, secret: &str) -> String {
    let seconds = app.test.db.clock().now().millis() / 1_000;
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).expect("base 32")).build().expect("a TOTP");
    totp.generate(seconds.try_into().expect("after 1970")).to_string()
}

async fn with_totp(app: &App) -> (Client, String, Vec<Value>) {
    let admin = app.admin().await;
    let begun = app.send(&admin, "POST", "/v1/me/totp", None).await.is(200);
    let secret = begun.body["secret"].as_str().expect("a secret").to_owned();
    assert!(begun.body["otpauth_url"].as_str().expect("a URL").starts_with("otpauth://totp/Switchboard"));
    app.send(&admin, "PUT", "/v1/me/totp", json!({"code": "000000"})).await.refused(400, "invalid");
    let done = app.send(&admin, "PUT", "/v1/me/totp", json!({"code": code(app, &secret)})).await.is(200);
    let codes = done.body["recovery_codes"].as_array().expect("codes").clone();
    (admin, secret, codes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_opens_a_session() {
    let app = App::open().await;
    let reply = app.sign_in("Admin@HOUSE.example ", PASSWORD, None).await.is(200);
    assert_eq!(reply.body["user"]["email"], EMAIL);
    assert_eq!(reply.body["sites"][0]["role"], "Admin");
    assert_eq!((&reply.body["superadmin"], &reply.body["must_set_password"]), (&json!(true), &json!(false)));
    let cookie = reply.headers["set-cookie"].to_str().expect("text");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
    let client = Client { cookie: Some(reply.cookie()), ..Client::default() };
    assert_eq!(app.get(&client, "/v1/session").await.is(200).body, reply.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_https_the_cookie_is_secure() {
    let app = App::with(DoorSettings { secure: true, ..DoorSettings::default() }).await;
    let reply = app.sign_in(EMAIL, PASSWORD, None).await.is(200);
    assert!(reply.headers["set-cookie"].to_str().expect("text").ends_with("; Secure"));
    assert!(reply.headers.contains_key("strict-transport-security"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_does_not_tell_who_exists() {
    let app = App::open().await;
    app.user(app.site, "agent@house.example", BuiltIn::Agent).await;
    let strip = |mut body: Value| {
        body.as_object_mut().expect("an object").remove("request_id");
        body
    };
    let known = app.sign_in("agent@house.example", "wrong", None).await.refused(401, "unauthenticated");
    let unknown = app.sign_in("nobody@house.example", "wrong", None).await.refused(401, "unauthenticated");
    assert_eq!(strip(known.body), strip(unknown.body));
    let odd = app.sign_in("' OR 1=1 --", &"x".repeat(100_000), None).await;
    odd.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down() {
    let limits = LimitSettings { sign_in_email: Rate::new(3, 1), ..LimitSettings::default() };
    let app = App::with(DoorSettings { limits, ..DoorSettings::default() }).await;
    for _ in 0..3 {
        app.sign_in(EMAIL, "wrong", None).await.refused(401, "unauthenticated");
    }
    let reply = app.sign_in(" ADMIN@house.example", PASSWORD, None).await.refused(429, "too-many-requests");
    assert!(reply.headers["retry-after"].to_str().expect("text").parse::<u64>().expect("seconds") > 0);
    app.sign_in("nobody@house.example", "wrong", None).await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_factor_is_demanded_and_a_code_is_taken_once() {
    let app = App::open().await;
    let (_, secret, _) = with_totp(&app).await;
    app.sign_in(EMAIL, "wrong", None).await.refused(401, "unauthenticated");
    app.sign_in(EMAIL, PASSWORD, None).await.refused(401, "totp-required");
    // The code that turned it on is spent.
    app.sign_in(EMAIL, PASSWORD, Some(&code(&app, &secret))).await.refused(401, "totp-required");
    app.later(Duration::from_secs(30));
    let fresh = code(&app, &secret);
    app.sign_in(EMAIL, PASSWORD, Some(&fresh)).await.is(200);
    app.sign_in(EMAIL, PASSWORD, Some(&fresh)).await.refused(401, "totp-required");
    app.later(Duration::from_secs(300));
    app.sign_in(EMAIL, PASSWORD, Some(&fresh)).await.refused(401, "totp-required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_works_once() {
    let app = App::open().await;
    let (admin, _, codes) = with_totp(&app).await;
    assert_eq!(codes.len(), 10);
    let first = codes[0].as_str().expect("text").to_uppercase().replace('-', " ");
    app.sign_in(EMAIL, PASSWORD, Some(&first)).await.is(200);
    app.sign_in(EMAIL, PASSWORD, Some(&first)).await.refused(401, "totp-required");
    let wrong = json!({"password": "wrong"});
    app.send(&admin, "DELETE", "/v1/me/totp", wrong).await.refused(400, "invalid");
    app.send(&admin, "DELETE", "/v1/me/totp", json!({"password": PASSWORD})).await.is(204);
    app.sign_in(EMAIL, PASSWORD, None).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_lets_in_once_and_asks_for_a_password() {
    let app = App::open().await;
    let admin = app.admin().await;
    let role = app.role(app.site, BuiltIn::Agent).await;
    let new = json!({"email": "lin@house.example", "name": "林小雨", "role_id": role.0});
    let made = app.send(&admin, "POST", "/v1/users", new).await.is(201);
    let token = json!({"token": made.body["link"]});
    let nobody = Client::default();
    let opened = app.send(&nobody, "POST", "/v1/session/link", token.clone()).await.is(200);
    assert_eq!(opened.body["must_set_password"], true);
    app.send(&nobody, "POST", "/v1/session/link", token).await.refused(401, "unauthenticated");
    let lin = Client { cookie: Some(opened.cookie()), ..Client::default() };
    app.send(&lin, "PUT", "/v1/me/password", json!({"new": PASSWORD})).await.is(204);
    // From now on the old one has to be known.
    let reply = app.send(&lin, "PUT", "/v1/me/password", json!({"new": "something else entirely"})).await;
    assert_eq!(reply.refused(400, "invalid").body["field"], "current");
    app.sign_in("lin@house.example", PASSWORD, None).await.is(200);
    let changed = app.send(&lin, "PATCH", "/v1/me", json!({"language": "en", "time_zone": "Asia/Shanghai"})).await.is(200);
    assert_eq!(changed.body["user"]["time_zone"], "Asia/Shanghai");
    let reply = app.send(&lin, "PATCH", "/v1/me", json!({"superadmin": true})).await.refused(400, "invalid");
    assert_eq!(reply.body["field"], "superadmin");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_grow_old_and_replace_each_other() {
    let app = App::open().await;
    let user = app.user(app.site, "agent@house.example", BuiltIn::Agent).await;
    let admin = app.admin().await;
    let path = format!("/v1/users/{user}/link");
    let nobody = Client::default();
    let first = app.send(&admin, "POST", &path, None).await.is(201).body["link"].clone();
    let second = app.send(&admin, "POST", &path, None).await.is(201).body["link"].clone();
    let enter = async |link: &Value| app.send(&nobody, "POST", "/v1/session/link", json!({"token": link})).await;
    enter(&first).await.refused(401, "unauthenticated");
    app.later(Duration::from_secs(16 * 60));
    enter(&second).await.refused(401, "unauthenticated");
    let third = app.send(&admin, "POST", &path, None).await.is(201).body["link"].clone();
    let opened = enter(&third).await.is(200);
    // Who was rescued by a link need not know the old password.
    let rescued = Client { cookie: Some(opened.cookie()), ..Client::default() };
    app.send(&rescued, "PUT", "/v1/me/password", json!({"new": "something else entirely"})).await.is(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_does_not_skip_the_second_factor() {
    let app = App::open().await;
    let (admin, secret, _) = with_totp(&app).await;
    let link = app.send(&admin, "POST", &format!("/v1/users/{}/link", app.admin), None).await.is(201).body["link"].clone();
    let nobody = Client::default();
    let enter = async |body: Value| app.send(&nobody, "POST", "/v1/session/link", body).await;
    enter(json!({"token": link})).await.refused(401, "totp-required");
    app.later(Duration::from_secs(30));
    enter(json!({"token": link, "totp": code(&app, &secret)})).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_happens_once() {
    let app = App::open().await;
    let site = NewSite { name: "Other".into(), time_zone: "UTC".into(), languages: vec!["en".into()] };
    let again = FirstStart { email: "evil@house.example".into(), name: "Evil".into(), site };
    assert!(app.identity.first_start(again).await.expect("answers").is_none());
}
