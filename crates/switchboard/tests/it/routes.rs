//! Every operation of the API's document is asked to prove that it refuses: strangers, small roles, other sites' ids.

use crate::support::TestApp;
use serde_json::{Value, json};

/// Open by design, each with its reason.
const OPEN: [(&str, &str, &str); 5] = [
    ("post", "/v1/session", "signing in is what one does without a session"),
    ("post", "/v1/session/link", "the link is the credential"),
    ("post", "/widget/visits", "a visitor's first call: it hands out the token"),
    ("post", "/hooks/email/{site}/{secret}", "the unguessable part of the path is the credential"),
    ("get", "/f/{upload}/{signature}/{name}", "the signature in the address is the credential"),
];

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

struct Operation {
    method: String,
    path: String,
    access: String,
    has_body: bool,
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            all.push(Operation {
                method: method.to_owned(),
                path: path.clone(),
                access: operation["x-access"].as_str().unwrap_or_default().to_owned(),
                has_body: operation.get("requestBody").is_some(),
            });
        }
    }
    assert!(all.len() > 40, "the document knows only {} operations", all.len());
    all
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    fn is_open(&self) -> bool {
        OPEN.iter().any(|(method, path, _)| *method == self.method && *path == self.path)
    }

    /// A path with ids that no row of the caller's site has.
    fn with_ids(&self, id: &str) -> String {
        let mut path = String::new();
        for part in self.path.split('/').skip(1) {
            path.push('/');
            match part {
                other if other.starts_with('{') => path.push_str(self.id_for(id)),
                other => path.push_str(other),
            }
        }
        path
    }

    /// Chats, visitors, uploads and deliveries have UUIDs.
    fn id_for<'a>(&self, id: &'a str) -> &'a str {
        let by_uuid = ["/v1/chats", "/v1/visitors", "/v1/webhook-deliveries", "/f/"];
        let wants_uuid = by_uuid.iter().any(|start| self.path.starts_with(start));
        if wants_uuid && !id.contains('-') { "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718" } else { id }
    }

    fn body(&self) -> Option<Value> {
        let good = match self.path.rsplit('/').next().unwrap_or_default() {
            "messages" => json!({ "client_id": "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718", "text": "hello" }),
            "read" => json!({ "seq": 1 }),
            "entries" => json!({ "client_id": "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718", "text": "hello", "public": false }),
            _ => json!({}),
        };
        self.has_body.then_some(good)
    }
}

fn document(app: &TestApp) -> Value {
    serde_json::to_value(&app.app.openapi).expect("a document")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_says_who_may_call_and_refuses_who_may_not() {
    let house = TestApp::open().await;
    let all = operations(&document(&house));
    let mut faults = Vec::new();
    for operation in &all {
        let (name, path) = (operation.name(), operation.with_ids("987654321"));
        if operation.access.is_empty() {
            faults.push(format!("{name} does not say who may call it (x-access)"));
        }
        if operation.is_open() != (operation.access == "anyone") {
            faults.push(format!("{name} is {:?}: open operations stand in the list of this test, with their reason", operation.access));
        }
        if operation.is_open() {
            continue;
        }
        let refused = house.anybody(&operation.method, &path, operation.body()).await;
        if refused.status != 401 || !refused.text.contains("unauthenticated") {
            faults.push(format!("{name} answers {} without credentials", refused.status));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_the_permission_is_denied() {
    let house = TestApp::open().await;
    let bare = house.admin.call("POST", "/v1/roles", Some(json!({ "name": "nothing", "permissions": [] }))).await;
    assert!(bare.status < 300, "{}", bare.text);
    let new = json!({ "email": "bare@one.example", "name": "Bare", "role_id": bare.json()["id"], "departments": [] });
    let link = house.admin.call("POST", "/v1/users", Some(new)).await.json()["link"].as_str().expect("a link").to_owned();
    let token = link.rsplit('#').next().expect("a token").to_owned();
    let nobody = crate::support::Person::by_link(&reqwest::Client::new(), &house.url, &token, house.admin.site).await;
    assert_eq!(house.agent.call("GET", "/v1/desk", None).await.status, 200);
    assert_eq!(house.agent.call("GET", "/v1/api-keys", None).await.status, 403);
    let mut faults = Vec::new();
    for operation in operations(&document(&house)) {
        if matches!(operation.access.as_str(), "anyone" | "visitor" | "staff" | "user" | "") {
            continue;
        }
        let refused = nobody.call(&operation.method, &operation.with_ids("987654321"), operation.body()).await;
        if refused.status != 403 {
            faults.push(format!("{} ({}) answers {} to a role that may nothing", operation.name(), operation.access, refused.status));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_another_site_are_not_there() {
    let house = TestApp::open().await;
    let mut faults = Vec::new();
    // Rows of the first site, asked for by the administrator of the second.
    let users = house.admin.call("GET", "/v1/users", None).await.json();
    let agent = users["items"].as_array().and_then(|all| all.iter().find(|user| user["email"] == "agent@one.example")).expect("the agent");
    let one = || "1".to_owned();
    let mut rows = vec![("users", agent["id"].to_string()), ("roles", one()), ("departments", one()), ("widgets", one())];
    let hook = json!({ "url": "https://crm.example/hook", "events": ["Chat.Ended"] });
    let hook = house.admin.call("POST", "/v1/webhooks", Some(hook)).await;
    assert!(hook.status < 300, "{}", hook.text);
    let hook = hook.json()["id"].to_string();
    let delivery = house.admin.call("POST", &format!("/v1/webhooks/{hook}/test"), Some(json!({}))).await.json();
    rows.push(("webhook-deliveries", delivery["id"].as_str().unwrap_or_else(|| panic!("a delivery in {delivery}")).to_owned()));
    rows.push(("webhooks", hook));
    let ticket = json!({ "subject": "Order 17", "requester": { "email": "ada@mail.example" }, "text": "Where is it?" });
    let ticket = house.admin.call("POST", "/v1/tickets", Some(ticket)).await;
    assert!(ticket.status < 300, "{}", ticket.text);
    rows.push(("tickets", ticket.json()["id"].to_string()));
    let (visitor, chat) = house.asks("Ada").await;
    rows.extend([("visitors", visitor), ("chats", chat)]);
    let theirs = house.stranger.call("GET", "/v1/departments", None).await.json()["items"][0]["id"].clone();
    let all = operations(&document(&house));
    for (kind, id) in rows {
        for operation in all.iter().filter(|one| one.path.starts_with(&format!("/v1/{kind}/{{"))) {
            let path = operation.with_ids(&id);
            let body = if path.ends_with("/transfer") { Some(json!({ "department": theirs })) } else { operation.body() };
            let refused = house.stranger.call(&operation.method, &path, body).await;
            // Uploads are read as they come, and an empty one is told before anything is looked up.
            let told = refused.status == 404 || (matches!(refused.status, 400 | 415) && operation.has_body && kind != "chats")
                || operation.path.ends_with("/uploads");
            if !told {
                faults.push(format!("{} answers {} for an id of another site", operation.name(), refused.status));
            }
        }
        let own = house.admin.call("GET", &format!("/v1/{kind}/{id}"), None).await;
        assert_eq!(own.status, 200, "/v1/{kind}/{id}: {}", own.text);
    }
    assert_eq!(house.stranger.call("GET", "/v1/sites/1", None).await.status, 404);
    // A site that the caller has nothing to do with cannot be named either.
    let there = house.stranger.on(1);
    assert_eq!(there.call("GET", "/v1/users", None).await.status, 404);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_committed_document_is_in_step() {
    let house = TestApp::open().await;
    let made = format!("{}\n", house.app.openapi.to_pretty_json().expect("a document"));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api/openapi.json");
    let committed = std::fs::read_to_string(file).expect("docs/api/openapi.json");
    assert!(made == committed, "run: switchboard openapi > docs/api/openapi.json");
}
