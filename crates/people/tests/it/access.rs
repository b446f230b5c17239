//! Every route, walked: refused without credentials, refused with too small a role, blind for other sites.

use crate::app::{App, Client, permission};
use base::{Caller, Permission};
use people::identity::{BuiltIn, NewApiKey, NewDepartment, NewRole};
use serde_json::json;
use std::collections::BTreeSet;

/// A body that a route of this path takes, as far as its form goes.
fn body_for(method: &str, path: &str) -> Option<serde_json::Value> {
    let body = match (method, path) {
        ("GET" | "DELETE", path) if path != "/v1/me/totp" => return None,
        ("POST", "/v1/sites") => json!({"name": "x"}),
        ("POST", "/v1/users") => json!({"email": "x@y.example", "name": "x", "role_id": 1}),
        ("POST", "/v1/roles") => json!({"name": "x", "permissions": []}),
        ("POST", "/v1/departments") => json!({"name": "x"}),
        ("POST", "/v1/api-keys") => json!({"name": "x", "permissions": []}),
        ("PUT", "/v1/me/password") => json!({"new": "something quite new"}),
        ("PUT", "/v1/me/totp") => json!({"code": "123456"}),
        ("DELETE", _) => json!({"password": "x"}),
        ("POST", _) => return None,
        _ => json!({}),
    };
    Some(body)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_in_without_credentials() {
    let app = App::open().await;
    let forged = [
        Client::default(),
        Client { cookie: Some("sbs_forged".into()), ..Client::default() },
        Client { bearer: Some("sbk_forged".into()), ..Client::default() },
        Client { bearer: Some("sbv_forged".into()), ..Client::default() },
    ];
    let guarded: Vec<_> = app.operations().into_iter().filter(|(.., access)| access != "anyone").collect();
    assert!(guarded.len() > 25, "{}", guarded.len());
    for (method, path, _) in guarded {
        for client in &forged {
            let reply = app.send(client, &method, &path.replace("{id}", "1").replace("{sid}", "1"), body_for(&method, &path)).await;
            assert_eq!((reply.status.as_u16(), reply.slug()), (401, "unauthenticated"), "{method} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_the_permission_is_refused() {
    let app = App::open().await;
    app.user(app.site, "agent@house.example", BuiltIn::Agent).await;
    let agent = app.client("agent@house.example").await;
    for (method, path, access) in app.operations() {
        if permission(&access).is_none() && access != "superadmin" {
            continue;
        }
        let reply = app.send(&agent, &method, &path.replace("{id}", "1").replace("{sid}", "1"), body_for(&method, &path)).await;
        assert_eq!((reply.status.as_u16(), reply.slug()), (403, "denied"), "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_another_site_are_not_found() {
    let app = App::open().await;
    let (_, stranger) = app.second_site().await;
    let caller = Caller::system(app.site);
    app.user(app.site, "agent@house.example", BuiltIn::Agent).await;
    let role = app.identity.roles.create(&caller, NewRole { name: "Own".into(), permissions: BTreeSet::new() }).await;
    let department = NewDepartment { name: "Own".into(), ..NewDepartment::default() };
    let department = app.identity.departments.create(&caller, department).await.expect("is made").id;
    let new = NewApiKey { name: "Own".into(), permissions: BTreeSet::new(), expires_at: None };
    let (key, _) = app.identity.api_keys.create(&caller, new).await.expect("is made");
    let role = role.expect("is made").id;
    for (method, path, access) in app.operations() {
        if !path.contains("{id}") || access == "user" {
            continue;
        }
        let id = match path.split('/').nth(2) {
            Some("roles") => role.to_string(),
            Some("departments") => department.to_string(),
            Some("api-keys") => key.id.to_string(),
            Some("users") => app.admin.to_string(),
            _ => app.site.to_string(),
        };
        let reply = app.send(&stranger, &method, &path.replace("{id}", &id).replace("{sid}", "1"), body_for(&method, &path)).await;
        assert_eq!((reply.status.as_u16(), reply.slug()), (404, "missing"), "{method} {path}: {}", reply.body);
    }
    // Nor can one ask as if one worked there.
    let abroad = Client { site: Some(app.site.0), ..stranger };
    app.get(&abroad, "/v1/users").await.refused(404, "missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_key_is_of_one_site_and_may_what_was_granted() {
    let app = App::open().await;
    app.second_site().await;
    let admin = app.admin().await;
    let asked = json!({"name": "Export", "permissions": ["manage_users"], "expires_at": "2026-12-01T00:00:00Z"});
    let made = app.send(&admin, "POST", "/v1/api-keys", asked).await.is(201);
    let secret = made.body["secret"].as_str().expect("a secret").to_owned();
    let key = Client { bearer: Some(secret), ..Client::default() };
    app.get(&key, "/v1/users").await.is(200);
    app.get(&key, "/v1/roles").await.refused(403, "denied");
    app.get(&key, "/v1/session").await.refused(403, "denied");
    app.get(&Client { site: Some(2), ..key.clone() }, "/v1/users").await.refused(404, "missing");
    let listed = app.get(&admin, "/v1/api-keys").await.is(200);
    assert!(listed.body["items"][0]["used_at"].is_string());
    assert!(listed.body["items"][0].get("secret").is_none());
    app.later(std::time::Duration::from_secs(11 * 24 * 3_600));
    app.get(&key, "/v1/users").await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_cannot_write_with_the_cookie() {
    let app = App::open().await;
    let admin = app.admin().await;
    let from = |name, value: &str| Client { extra: vec![(name, value.to_owned())], ..admin.clone() };
    let body = || json!({"name": "Nights"});
    let evil = from("origin", "https://evil.example");
    app.send(&evil, "POST", "/v1/departments", body()).await.refused(403, "denied");
    app.send(&from("sec-fetch-site", "cross-site"), "POST", "/v1/departments", body()).await.refused(403, "denied");
    app.send(&evil, "POST", "/v1/session", json!({"email": "a@b.c", "password": "x"})).await.refused(403, "denied");
    app.send(&from("origin", "https://desk.example"), "POST", "/v1/departments", body()).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_superadmin_stands_above_all_sites() {
    let app = App::open().await;
    let (second, _) = app.second_site().await;
    let admin = app.admin().await;
    let me = app.get(&admin, "/v1/session").await.is(200);
    assert_eq!(me.body["sites"].as_array().map(Vec::len), Some(2));
    let there = Client { site: Some(second.0), ..admin.clone() };
    let users = app.get(&there, "/v1/users").await.is(200);
    assert_eq!(users.body["items"][0]["email"], "second@house.example");
    app.get(&Client { site: Some(99), ..admin.clone() }, "/v1/users").await.refused(404, "missing");
    let made = app.send(&admin, "POST", "/v1/sites", json!({"name": "Third", "languages": ["zh"]})).await.is(201);
    let third = Client { site: made.body["id"].as_i64(), ..admin };
    let roles = app.get(&third, "/v1/roles").await.is(200);
    assert_eq!(roles.body["items"].as_array().map(Vec::len), Some(4));
    assert_eq!(roles.body["items"][3]["permissions"].as_array().map(Vec::len), Some(Permission::ALL.len()));
}
