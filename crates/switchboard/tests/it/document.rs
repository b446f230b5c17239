//! The API's document, as tests that walk it read it.

use crate::support::{Answer, Person, TestApp};
use serde_json::{Value, json};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub struct Operation {
    pub method: String,
    pub path: String,
    pub access: String,
    /// The example of its JSON body.
    pub body: Option<Value>,
    pub takes_a_file: bool,
}

pub fn document(app: &TestApp) -> Value {
    serde_json::to_value(&app.app.openapi).expect("a document")
}

pub fn operations(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let content = &operation["requestBody"]["content"];
            all.push(Operation {
                method: method.to_owned(),
                path: path.clone(),
                access: operation["x-access"].as_str().unwrap_or_default().to_owned(),
                body: content.get("application/json").map(|json| example(document, &json["schema"])),
                takes_a_file: content.get("multipart/form-data").is_some(),
            });
        }
    }
    assert!(all.len() > 40, "the document knows only {} operations", all.len());
    all
}

/// What a reference leads to; anything else is itself.
pub fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(place) => document.pointer(place.trim_start_matches('#')).unwrap_or_else(|| panic!("{place} is not there")),
        None => schema,
    }
}

/// The example of a body; nothing where there is none, which another test does not let pass.
fn example(document: &Value, schema: &Value) -> Value {
    resolved(document, schema).get("example").cloned().unwrap_or_else(|| json!({}))
}

impl Operation {
    pub fn name(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    /// The path up to its last id: what is one kind of row.
    pub fn rows(&self) -> Option<&str> {
        self.path.rfind('}').map(|end| &self.path[..=end])
    }

    /// The path with these ids in it, in order; the last one stands for those that follow.
    pub fn at(&self, ids: &[String]) -> String {
        let mut ids = ids.iter();
        let mut now = ids.next();
        let mut path = String::new();
        for part in self.path.split('/').skip(1) {
            path.push('/');
            if part.starts_with('{') {
                path.push_str(now.expect("an id"));
                now = ids.next().or(now);
            } else {
                path.push_str(part);
            }
        }
        path
    }

    /// A path with ids that no row has. Where it wants UUIDs a number would be told as such.
    pub fn at_nothing(&self) -> String {
        let by_uuid = ["/v1/chats", "/v1/visitors", "/v1/webhook-deliveries", "/v1/events", "/f/"];
        let wants_uuid = by_uuid.iter().any(|start| self.path.starts_with(start));
        self.at(&[if wants_uuid { "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718" } else { "987654321" }.to_owned()])
    }

    pub async fn call(&self, who: &Person, path: &str, body: Option<Value>) -> Answer {
        if self.takes_a_file { who.upload(path).await } else { who.call(&self.method, path, body).await }
    }
}
