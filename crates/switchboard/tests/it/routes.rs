//! Every operation of the API's document is asked to prove that it refuses: strangers and small roles.

use crate::document::{Operation, document, operations};
use crate::support::TestApp;
use serde_json::json;

/// Open by design, each with its reason.
const OPEN: [(&str, &str, &str); 5] = [
    ("post", "/v1/session", "signing in is what one does without a session"),
    ("post", "/v1/session/link", "the link is the credential"),
    ("post", "/widget/visits", "a visitor's first call: it hands out the token"),
    ("post", "/hooks/email/{site}/{secret}", "the unguessable part of the path is the credential"),
    ("get", "/f/{upload}/{signature}/{name}", "the signature in the address is the credential"),
];

fn is_open(operation: &Operation) -> bool {
    OPEN.iter().any(|(method, path, _)| *method == operation.method && *path == operation.path)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_says_who_may_call_and_refuses_who_may_not() {
    let house = TestApp::open().await;
    let all = operations(&document(&house));
    let mut faults = Vec::new();
    for operation in &all {
        let (name, path) = (operation.name(), operation.at_nothing());
        if operation.access.is_empty() {
            faults.push(format!("{name} does not say who may call it (x-access)"));
        }
        if is_open(operation) != (operation.access == "anyone") {
            faults.push(format!("{name} is {:?}: open operations stand in the list of this test, with their reason", operation.access));
        }
        if is_open(operation) {
            continue;
        }
        let refused = house.anybody(&operation.method, &path, operation.body.clone()).await;
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
        let refused = nobody.call(&operation.method, &operation.at_nothing(), operation.body.clone()).await;
        if refused.status != 403 {
            faults.push(format!("{} ({}) answers {} to a role that may nothing", operation.name(), operation.access, refused.status));
        }
    }
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
