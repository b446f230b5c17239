//! Bad input: a clear error, whatever it is.

use crate::app::{App, Client};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_field_at_fault_is_named() {
    let app = App::open().await;
    let admin = app.admin().await;
    let cases = [
        (json!({"name": "x", "permissions": [], "site": 2}), "site"),
        (json!({"name": "x", "permissions": ["fly"]}), "permissions[0]"),
        (json!({"name": 7, "permissions": []}), "name"),
        (json!({"permissions": []}), "name"),
        (json!({"name": "  ", "permissions": []}), "name"),
        (json!({"name": "\u{202e}nimda", "permissions": []}), "name"),
    ];
    for (body, field) in cases {
        let reply = app.send(&admin, "POST", "/v1/roles", body).await.refused(400, "invalid");
        assert_eq!(reply.body["field"], field, "{}", reply.body);
    }
    let reply = app.get(&admin, "/v1/users?limit=0").await.refused(400, "invalid");
    assert_eq!(reply.body["field"], "limit");
    let reply = app.get(&admin, "/v1/users?limit=many").await.refused(400, "invalid");
    assert_eq!(reply.body["field"], "limit");
    let reply = app.get(&admin, "/v1/users?after=%27%3B--").await.refused(400, "invalid");
    assert_eq!(reply.body["field"], "after");
    let reply = app.get(&admin, "/v1/users/abc").await.refused(400, "invalid");
    assert_eq!(reply.body["field"], "id", "{}", reply.body);
    let reply = app.get(&Client { extra: vec![("switchboard-site", "one".into())], ..admin }, "/v1/users").await;
    assert_eq!(reply.refused(400, "invalid").body["field"], "Switchboard-Site");
}

#[tokio::test(flavor = "multi_thread")]
async fn huge_deep_and_broken_bodies_are_refused() {
    let app = App::open().await;
    let admin = app.admin().await;
    let send = async |body: Vec<u8>| app.raw(&admin, "POST", "/v1/roles", Some(body)).await;
    let huge = format!(r#"{{"name":"{}","permissions":[]}}"#, "x".repeat(1_000_000));
    send(huge.into_bytes()).await.refused(413, "too-large");
    send("[".repeat(200_000).into_bytes()).await.refused(400, "invalid");
    send(b"{\"name\":\"\xff\xfe\"}".to_vec()).await.refused(400, "invalid");
    send(b"{\"name\":\"a\\u0000b\",\"permissions\":[]}".to_vec()).await.refused(400, "invalid");
    send(b"{\"name\":\"x\"".to_vec()).await.refused(400, "invalid");
    send(b"".to_vec()).await.refused(400, "invalid");
    let text = Client { extra: vec![("content-type", "text/plain".into())], ..admin.clone() };
    app.send(&text, "POST", "/v1/roles", json!({})).await.refused(415, "unsupported");
    app.send(&admin, "PUT", "/v1/roles", json!({})).await.refused(405, "unsupported");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_with_a_key_is_done_once() {
    let app = App::open().await;
    let admin = Client { extra: vec![("idempotency-key", "8f14e45f".into())], ..app.admin().await };
    let body = json!({"name": "Nights", "permissions": ["answer_chats"]});
    let first = app.send(&admin, "POST", "/v1/roles", body.clone()).await.is(201);
    let again = app.send(&admin, "POST", "/v1/roles", body).await.is(201);
    assert_eq!(first.body, again.body);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = json!({"name": "Days", "permissions": []});
    app.send(&admin, "POST", "/v1/roles", other.clone()).await.refused(422, "idempotency-mismatch");
    app.later(std::time::Duration::from_secs(25 * 3_600));
    let later = Client { extra: admin.extra.clone(), ..app.admin().await };
    app.send(&later, "POST", "/v1/roles", other).await.is(201);
    assert_eq!(app.get(&later, "/v1/roles").await.body["items"].as_array().map(Vec::len), Some(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn doubles_at_the_same_moment_are_done_once() {
    let app = App::open().await;
    let admin = Client { extra: vec![("idempotency-key", "c81e728d".into())], ..app.admin().await };
    let body = json!({"name": "Nights", "permissions": []});
    let send = || app.send(&admin, "POST", "/v1/roles", body.clone());
    let (a, b, c) = tokio::join!(send(), send(), send());
    for reply in [&a, &b, &c] {
        assert_eq!((reply.status.as_u16(), &reply.body), (201, &a.body));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_not_kept_for_doubles() {
    let app = App::open().await;
    let admin = Client { extra: vec![("idempotency-key", "eccbc87e".into())], ..app.admin().await };
    let body = json!({"name": "Export", "permissions": []});
    app.send(&admin, "POST", "/v1/api-keys", body.clone()).await.is(201);
    app.send(&admin, "POST", "/v1/api-keys", body).await.refused(409, "conflict");
    assert_eq!(app.get(&admin, "/v1/api-keys").await.body["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_leaves_the_key_free() {
    let app = App::open().await;
    let admin = Client { extra: vec![("idempotency-key", "a87ff679".into())], ..app.admin().await };
    app.send(&admin, "POST", "/v1/roles", json!({"name": "", "permissions": []})).await.refused(400, "invalid");
    app.send(&admin, "POST", "/v1/roles", json!({"name": "Nights", "permissions": []})).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_locked_down() {
    let app = App::open().await;
    let reply = app.get(&Client { extra: vec![("x-request-id", "mine-1".into())], ..Client::default() }, "/v1/session").await;
    let headers = &reply.headers;
    assert_eq!(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["x-request-id"], "mine-1");
    assert_eq!(reply.body["request_id"], "mine-1");
    let forged = Client { extra: vec![("x-request-id", "two words".into())], ..Client::default() };
    assert_ne!(app.get(&forged, "/v1/session").await.headers["x-request-id"], "two words");
}
