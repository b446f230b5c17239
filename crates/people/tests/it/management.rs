//! Users, roles and departments: nobody rises above themselves, the last administrator stays.

use crate::app::{App, Client};
use base::{Caller, Permission, SiteId};
use people::identity::{BuiltIn, NewRole};
use serde_json::{Value, json};

/// Somebody who may manage users and roles, and nothing else.
async fn steward(app: &App) -> Client {
    let caller = Caller::system(app.site);
    let permissions = [Permission::ManageUsers, Permission::ManageRoles, Permission::ManageApiKeys].into();
    let role = app.identity.roles.create(&caller, NewRole { name: "Steward".into(), permissions }).await.expect("is made");
    let user = app.user(app.site, "steward@house.example", BuiltIn::Agent).await;
    let patch = people::identity::UserPatch { role: Some(role.id), ..Default::default() };
    app.identity.users.change(&caller, user, patch).await.expect("is changed");
    app.client("steward@house.example").await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_grants_what_they_have_not() {
    let app = App::open().await;
    let steward = steward(&app).await;
    let admin_role = app.role(app.site, BuiltIn::Admin).await;
    let user = app.user(app.site, "other@house.example", BuiltIn::Admin).await;
    let deny = async |method: &str, path: &str, body: Option<Value>| {
        app.send(&steward, method, path, body).await.refused(403, "denied");
    };
    deny("POST", "/v1/roles", Some(json!({"name": "Boss", "permissions": ["manage_site"]}))).await;
    deny("POST", "/v1/api-keys", Some(json!({"name": "Boss", "permissions": ["manage_site"]}))).await;
    let boss = json!({"email": "boss@house.example", "name": "Boss", "role_id": admin_role.0});
    deny("POST", "/v1/users", Some(boss)).await;
    let me = app.get(&steward, "/v1/session").await.body["user"]["id"].clone();
    deny("PATCH", &format!("/v1/users/{me}"), Some(json!({"role_id": admin_role.0}))).await;
    let own_role = app.get(&steward, &format!("/v1/users/{me}")).await.body["role_id"].clone();
    deny("PATCH", &format!("/v1/roles/{own_role}"), Some(json!({"permissions": ["manage_users", "manage_site"]}))).await;
    // Nor does one take over somebody who may more.
    deny("POST", &format!("/v1/users/{user}/link"), None).await;
    deny("PATCH", &format!("/v1/users/{user}"), Some(json!({"email": "mine@house.example"}))).await;
    deny("DELETE", &format!("/v1/users/{user}"), None).await;
    deny("GET", &format!("/v1/users/{user}/sessions"), None).await;
    deny("PATCH", &format!("/v1/roles/{admin_role}"), Some(json!({"name": "Weak"}))).await;
    let small = json!({"name": "Small", "permissions": ["manage_users"]});
    app.send(&steward, "POST", "/v1/roles", small).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_administrator_cannot_touch_who_administers_the_installation() {
    let app = App::open().await;
    app.user(app.site, "second@house.example", BuiltIn::Admin).await;
    let second = app.client("second@house.example").await;
    let path = format!("/v1/users/{}", app.admin);
    app.send(&second, "POST", &format!("{path}/link"), None).await.refused(403, "denied");
    app.send(&second, "PATCH", &path, json!({"email": "mine@house.example"})).await.refused(403, "denied");
    app.send(&second, "DELETE", &path, None).await.refused(403, "denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_of_somebody_on_two_sites_is_their_own() {
    let app = App::open().await;
    let (site, stranger) = app.second_site().await;
    let user = app.user(app.site, "lin@house.example", BuiltIn::Agent).await;
    let role = app.role(site, BuiltIn::Agent).await;
    let add = json!({"email": "LIN@house.example", "name": "Lin", "role_id": role.0});
    // The other site's administrator may not draw the account over, nor does an invitation open it.
    let reply = app.send(&stranger, "POST", "/v1/users", add.clone()).await.refused(409, "conflict");
    assert_eq!(reply.body["field"], "email");
    let superadmin = Client { site: Some(site.0), ..app.admin().await };
    let added = app.send(&superadmin, "POST", "/v1/users", add.clone()).await.is(201);
    assert_eq!((&added.body["link"], &added.body["user"]["id"]), (&Value::Null, &json!(user.0)));
    app.send(&superadmin, "POST", "/v1/users", add).await.refused(409, "conflict");
    let path = format!("/v1/users/{user}");
    app.send(&stranger, "POST", &format!("{path}/link"), None).await.refused(403, "denied");
    app.send(&stranger, "PATCH", &path, json!({"email": "mine@house.example"})).await.refused(403, "denied");
    app.send(&stranger, "PATCH", &path, json!({"chat_limit": 9})).await.is(200);
    app.send(&stranger, "DELETE", &path, None).await.is(204);
    app.client("lin@house.example").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays() {
    let app = App::open().await;
    let admin = app.admin().await;
    let path = format!("/v1/users/{}", app.admin);
    let role = app.role(app.site, BuiltIn::Agent).await;
    for body in [json!({"role_id": role.0}), json!({"disabled": true})] {
        app.send(&admin, "PATCH", &path, body).await.refused(409, "conflict");
    }
    app.send(&admin, "DELETE", &path, None).await.refused(409, "conflict");
    app.user(app.site, "second@house.example", BuiltIn::Admin).await;
    app.send(&admin, "PATCH", &path, json!({"role_id": role.0})).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_administrators_cannot_remove_each_other_at_once() {
    let app = App::open().await;
    let (site, first) = app.second_site().await;
    let other = app.user(site, "third@house.example", BuiltIn::Admin).await;
    let third = app.client("third@house.example").await;
    let second_id = app.get(&first, "/v1/session").await.body["user"]["id"].clone();
    let (a, b) = (format!("/v1/users/{other}"), format!("/v1/users/{second_id}"));
    let (one, two) = tokio::join!(app.send(&first, "DELETE", &a, None), app.send(&third, "DELETE", &b, None));
    let done = [one.status.as_u16(), two.status.as_u16()];
    assert_eq!(done.iter().filter(|status| **status == 204).count(), 1, "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_paged_and_unique_by_folded_address() {
    let app = App::open().await;
    for n in 0..5 {
        app.user(app.site, &format!("user{n}@house.example"), BuiltIn::Agent).await;
    }
    let admin = app.admin().await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = app.get(&admin, &format!("/v1/users?limit=2{after}")).await.is(200);
        seen.extend(page.body["items"].as_array().expect("a list").iter().map(|user| user["email"].to_string()));
        let Some(next) = page.body["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 6);
    let role = app.role(app.site, BuiltIn::Agent).await;
    let twin = json!({"email": "USER1@House.Example", "name": "Twin", "role_id": role.0});
    let reply = app.send(&admin, "POST", "/v1/users", twin).await.refused(409, "conflict");
    assert_eq!(reply.body["field"], "email");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_built_in_and_in_use_stay() {
    let app = App::open().await;
    let admin = app.admin().await;
    let agent = app.role(app.site, BuiltIn::Agent).await;
    let boss = app.role(app.site, BuiltIn::Admin).await;
    app.send(&admin, "DELETE", &format!("/v1/roles/{agent}"), None).await.refused(409, "conflict");
    let less = json!({"permissions": ["manage_users"]});
    app.send(&admin, "PATCH", &format!("/v1/roles/{boss}"), less).await.refused(400, "invalid");
    let made = app.send(&admin, "POST", "/v1/roles", json!({"name": "Nights", "permissions": []})).await.is(201);
    let twin = json!({"name": "NIGHTS", "permissions": []});
    app.send(&admin, "POST", "/v1/roles", twin).await.refused(409, "conflict");
    let new = json!({"email": "x@house.example", "name": "X", "role_id": made.body["id"]});
    let user = app.send(&admin, "POST", "/v1/users", new).await.is(201).body["user"]["id"].clone();
    let path = format!("/v1/roles/{}", made.body["id"]);
    app.send(&admin, "DELETE", &path, None).await.refused(409, "conflict");
    app.send(&admin, "DELETE", &format!("/v1/users/{user}"), None).await.is(204);
    app.send(&admin, "DELETE", &path, None).await.is(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_has_one_default_department() {
    let app = App::open().await;
    let admin = app.admin().await;
    let new = json!({"name": "Sales", "is_default": true, "members": [app.admin.0]});
    let sales = app.send(&admin, "POST", "/v1/departments", new).await.is(201).body["id"].clone();
    let all = app.get(&admin, "/v1/departments").await.is(200);
    let defaults: Vec<_> = all.body["items"].as_array().expect("a list").iter().filter(|d| d["is_default"] == true).collect();
    assert_eq!((defaults.len(), &defaults[0]["id"]), (1, &sales));
    let path = format!("/v1/departments/{sales}");
    app.send(&admin, "PATCH", &path, json!({"is_default": false})).await.refused(409, "conflict");
    app.send(&admin, "DELETE", &path, None).await.refused(409, "conflict");
    let strange = json!({"members": [app.admin.0, 999]});
    assert_eq!(app.send(&admin, "PATCH", &path, strange).await.refused(400, "invalid").body["field"], "members[1]");
    let agents = app.identity.users.agents(app.site).await.expect("lists");
    assert_eq!((agents.len(), agents[0].departments.len(), agents[0].chat_limit), (1, 2, 5));
    assert!(app.identity.users.agents(SiteId(99)).await.expect("lists").is_empty());
}
