//! Rows of one site, asked for from another: every path of the document that has an id in it, or the test fails.

use crate::document::{Operation, document, operations};
use crate::support::{Person, TestApp};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Paths with an id that is not the id of a site's row, each with its reason.
const NO_ROWS: [(&str, &str); 4] = [
    ("/f/{upload}/{signature}/{name}", "nobody asks in the name of a site: the signature is the credential"),
    ("/hooks/email/{site}/{secret}", "nobody asks in the name of a site: the secret is the credential"),
    ("/v1/event-queues/{queue}", "queues are of the installation, and a site's administrator is denied"),
    ("/v1/integrations/{kind}", "a kind is a word: each site asks for its own connection of it"),
];

/// Not asked by their own site, each with its reason.
const NOT_BY_ITS_OWN: [(&str, &str); 2] = [
    ("GET /v1/chats/{id}/crm", "nothing was looked up for the chat"),
    ("POST /v1/dead-letters/{id}/replay", "it takes the letter away from those that follow"),
];

/// A row of the first site: the ids that lead to it, and whose it is.
struct Row {
    ids: Vec<String>,
    owner: Person,
}

/// By the path up to the last id.
type Rows = BTreeMap<&'static str, Row>;

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_another_site_are_not_there() {
    let house = TestApp::open().await;
    let rows = rows(&house).await;
    let all: Vec<Operation> = operations(&document(&house)).into_iter().filter(|one| one.rows().is_some()).collect();
    let mut faults = uncovered(&all, &rows);
    let theirs = Home::of(&house.stranger).await;
    let walk = |one: &Operation| rows.get(one.rows().expect("an id")).map(|row| (one.at(&row.ids), row.owner.clone()));
    for operation in &all {
        let Some((path, _)) = walk(operation) else { continue };
        let refused = operation.call(&house.stranger, &path, theirs.fit(operation)).await;
        if refused.status != 404 {
            faults.push(format!("{} answers {} for an id of another site: {}", operation.name(), refused.status, refused.text));
        }
    }
    // The same again by whom they belong to, the removals last: it was the site that was missing, not the row, nor was the body wrong.
    let ours = Home::of(&house.admin).await;
    let mut all: Vec<&Operation> = all.iter().filter(|one| NOT_BY_ITS_OWN.iter().all(|(name, _)| *name != one.name())).collect();
    all.sort_by_key(|one| (one.method == "delete", std::cmp::Reverse(one.path.len())));
    for operation in all {
        let Some((path, owner)) = walk(operation) else { continue };
        let answered = operation.call(&owner, &path, ours.fit(operation)).await;
        if matches!(answered.status, 400..=404 | 415 | 500..) {
            faults.push(format!("{} answers {} to its own site: {}", operation.name(), answered.status, answered.text));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_the_caller_is_not_of_cannot_be_named() {
    let house = TestApp::open().await;
    let there = house.stranger.on(house.admin.site);
    let mut faults = Vec::new();
    for operation in operations(&document(&house)) {
        if matches!(operation.access.as_str(), "anyone" | "visitor" | "user" | "superadmin") {
            continue;
        }
        let refused = operation.call(&there, &operation.at_nothing(), operation.body.clone()).await;
        if refused.status != 404 || !refused.text.contains("site") {
            faults.push(format!("{} answers {}: {}", operation.name(), refused.status, refused.text));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Paths that neither list knows, and entries of the lists that no path has.
fn uncovered(all: &[Operation], rows: &Rows) -> Vec<String> {
    let known: BTreeSet<&str> = rows.keys().copied().chain(NO_ROWS.map(|(path, _)| path)).collect();
    let found: BTreeSet<&str> = all.iter().filter_map(Operation::rows).collect();
    let unknown = found.difference(&known).map(|path| format!("{path} has an id: say how a row of it comes about, or why there is none"));
    let stale = known.difference(&found).map(|path| format!("no operation has {path} any more"));
    unknown.chain(stale).collect()
}

/// What a body may name on its caller's own site, so that nothing in it is missing.
struct Home {
    department: Value,
    role: Value,
}

impl Home {
    async fn of(who: &Person) -> Self {
        let first = async |path: &str| who.call("GET", path, None).await.json()["items"][0]["id"].clone();
        Self { department: first("/v1/departments").await, role: first("/v1/roles").await }
    }

    fn fit(&self, operation: &Operation) -> Option<Value> {
        let mut body = operation.body.clone()?;
        for (name, value) in body.as_object_mut()? {
            match name.as_str() {
                "department" => *value = self.department.clone(),
                "departments" => *value = json!([self.department]),
                "role_id" => *value = self.role.clone(),
                _ => {}
            }
        }
        Some(body)
    }
}

async fn rows(house: &TestApp) -> Rows {
    let mut rows = Rows::new();
    let mut add = |path: &'static str, ids: Vec<String>, owner: &Person| {
        rows.insert(path, Row { ids, owner: owner.clone() });
    };
    let admin = &house.admin;
    let sessions = async |who: &Person| who.call("GET", "/v1/me/sessions", None).await.json()["items"][0]["id"].to_string();
    let leaver = admin.invite("leaver@one.example", "agent").await;
    add("/v1/me/sessions/{id}", vec![sessions(&leaver).await], &leaver);
    let users = admin.call("GET", "/v1/users", None).await.json();
    let agent = users["items"].as_array().and_then(|all| all.iter().find(|user| user["email"] == "agent@one.example")).expect("the agent");
    add("/v1/users/{id}", vec![agent["id"].to_string()], admin);
    add("/v1/users/{id}/sessions/{sid}", vec![agent["id"].to_string(), sessions(&house.agent).await], admin);
    for path in ["/v1/departments/{id}", "/v1/sites/{id}", "/v1/widgets/{id}"] {
        add(path, vec!["1".to_owned()], admin);
    }
    let made = [
        ("/v1/api-keys/{id}", "/key/id", json!({ "name": "Export", "permissions": ["view_history"] })),
        ("/v1/event-subscriptions/{id}", "/id", json!({ "pattern": "Chat.*", "queue": "Crm.Chats", "site": 1 })),
        ("/v1/roles/{id}", "/id", json!({ "name": "Guests", "permissions": ["view_history"] })),
        ("/v1/ticket-macros/{id}", "/id", json!({ "name": "Sent", "text": "It is on its way." })),
        ("/v1/ticket-views/{id}", "/id", json!({ "name": "All", "shared": true })),
        ("/v1/tickets/{id}", "/id", json!({ "subject": "Order 17", "requester": { "email": "ada@mail.example" }, "text": "Where is it?" })),
        ("/v1/webhooks/{id}", "/id", json!({ "url": "https://crm.example/hook", "events": ["Chat.Ended"] })),
        ("/v1/event-replays/{id}", "/replay/id", json!({
            "filter": { "from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z" }, "queues": ["Chat.Ended.Webhook"], "dry_run": false
        })),
    ];
    for (path, place, body) in made {
        add(path, vec![make(admin, path, place, body).await], admin);
    }
    let hook = rows["/v1/webhooks/{id}"].ids[0].clone();
    let delivery = make(admin, &format!("/v1/webhooks/{hook}/test"), "/id", json!({})).await;
    let (visitor, chat) = house.asks("Ada").await;
    let event = archived(admin).await;
    let letter = dead_letter(house).await;
    let mail = given_up_mail(house).await;
    for (path, id) in [
        ("/v1/webhook-deliveries/{id}", delivery),
        ("/v1/visitors/{id}", visitor),
        ("/v1/chats/{id}", chat),
        ("/v1/events/{id}", event),
        ("/v1/dead-letters/{id}", letter),
        ("/v1/integrations/email/log/{id}", mail),
    ] {
        rows.insert(path, Row { ids: vec![id], owner: admin.clone() });
    }
    rows
}

/// Makes one at the path before the id; `place` is where the answer tells its id.
async fn make(who: &Person, path: &str, place: &str, body: Value) -> String {
    let made = who.call("POST", path.trim_end_matches("/{id}"), Some(body)).await;
    assert!(made.status < 300, "{path}: {} {}", made.status, made.text);
    let made = made.json();
    let id = made.pointer(place).unwrap_or_else(|| panic!("no {place} in {made}"));
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// An event of the first site, once the ledger has it.
async fn archived(who: &Person) -> String {
    for _ in 0..20_000 {
        let listed = who.call("GET", "/v1/events?limit=1", None).await.json();
        if let Some(id) = listed["items"][0]["id"].as_str() {
            return id.to_owned();
        }
        tokio::task::yield_now().await;
    }
    panic!("no event came into the archive");
}

/// Given up by hand: to have a consumer do it takes hours.
async fn dead_letter(house: &TestApp) -> String {
    let envelope = json!({
        "id": "019ab2c5-39ff-7a00-9b01-c203d405e607", "name": "Chat.Ended", "version": 1, "site": 1, "key": "k",
        "occurred_at": "2026-11-21T18:31:18.904Z", "producer": "it", "payload": {}
    });
    let tx = house.app.parts.db.begin().await.expect("begins");
    let row = format!(
        "INSERT INTO event_dead_letters (site, consumer, name, event, ordering, body, attempts, causes, first_at, died_at)
         VALUES (1, 'Chat.Ended.Webhook', 'Chat.Ended', '019ab2c5-39ff-7a00-9b01-c203d405e607', '1/k', '{envelope}', 12, '[]', 1, 2)"
    );
    tx.conn().execute_unprepared(&row).await.expect("is written");
    tx.commit().await.expect("is kept");
    house.admin.call("GET", "/v1/dead-letters", None).await.json()["items"][0]["id"].to_string()
}

/// As after many tries over hours.
async fn given_up_mail(house: &TestApp) -> String {
    let tx = house.app.parts.db.begin().await.expect("begins");
    let body = serde_json::to_string(&integrations::email::NewLetter::default()).expect("is plain JSON");
    let row = format!(
        "INSERT INTO email_letters (site, reason, once_key, message_id, recipient, automatic, body, state, attempts, trouble, created_at, done_at)
         VALUES (1, 'transcript', 'k', 'm@one.example', 'ada@mail.example', true, '{body}', 'failed', 12, 'no', 1, 2)"
    );
    tx.conn().execute_unprepared(&row).await.expect("is written");
    tx.commit().await.expect("is kept");
    let listed = house.admin.call("GET", "/v1/integrations/email/log", None).await.json();
    listed["items"][0]["id"].to_string()
}
