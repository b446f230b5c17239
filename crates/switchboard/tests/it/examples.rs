//! The document shows what each call takes and answers, and shows it truly.

use crate::document::{document, resolved};
use crate::support::TestApp;
use serde_json::Value;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn every_body_and_every_answer_of_json_has_an_example() {
    let house = TestApp::open().await;
    let document = document(&house);
    let mut faults = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let answers = operation["responses"].as_object().into_iter().flatten();
            let good = answers.filter(|(status, _)| status.starts_with('2')).map(|(_, answer)| answer);
            for content in good.chain([&operation["requestBody"]]).filter_map(|told| told["content"].get("application/json")) {
                if resolved(&document, &content["schema"]).get("example").is_none() {
                    faults.insert(format!("{} {path}: {} has no example", method.to_uppercase(), content["schema"]));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.into_iter().collect::<Vec<_>>().join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn examples_fit_their_schemas() {
    let house = TestApp::open().await;
    let document = document(&house);
    let mut faults = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        if let Some(example) = schema.get("example") {
            compare(&document, schema, example, name, &mut faults);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_something_may_be_sent_twice_and_the_document_says_so() {
    let house = TestApp::open().await;
    let document = document(&house);
    let mut faults = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let guarded = operation["security"].as_array().is_some_and(|all| !all.is_empty());
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let takes = parameters.map(|one| resolved(&document, one)).any(|one| one["name"] == "Idempotency-Key" && one["in"] == "header");
            let tells = operation["responses"].get("422").is_some();
            if (takes, tells) != (method == "post" && guarded, method == "post" && guarded) {
                faults.push(format!("{} {path}: takes a key: {takes}, tells 422: {tells}", method.to_uppercase()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// As far as our own document goes: references, parts, cases, types, words, formats, what must be there and what may.
fn compare(document: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let schema = resolved(document, schema);
    if let Some(cases) = schema["oneOf"].as_array() {
        let fits = |case: &Value| {
            let mut own = Vec::new();
            compare(document, case, value, at, &mut own);
            own.is_empty()
        };
        if !cases.iter().any(fits) {
            faults.push(format!("{at}: {value} is none of {}", schema["oneOf"]));
        }
        return;
    }
    if !type_fits(&schema["type"], value) {
        faults.push(format!("{at}: {value} is not of type {}", schema["type"]));
        return;
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        faults.push(format!("{at}: {value} is none of {}", schema["enum"]));
    }
    if let Some(text) = value.as_str() {
        let right = match schema["format"].as_str() {
            Some("uuid") => text.parse::<uuid::Uuid>().is_ok(),
            Some("date-time") => text.parse::<jiff::Timestamp>().is_ok(),
            _ => true,
        };
        if !right {
            faults.push(format!("{at}: {text:?} is no {}", schema["format"]));
        }
    }
    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
        compare(document, &schema["items"], item, &format!("{at}[{n}]"), faults);
    }
    compare_fields(document, schema, value, at, faults);
}

fn compare_fields(document: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let Some(fields) = value.as_object() else { return };
    let parts = parts(document, schema);
    let known = |name: &str| parts.iter().find_map(|part| part["properties"].get(name));
    let closed = parts.iter().any(|part| part.get("properties").is_some());
    for (name, field) in fields {
        match known(name) {
            Some(schema) => compare(document, schema, field, &format!("{at}.{name}"), faults),
            None if closed => faults.push(format!("{at}.{name} is not in the schema")),
            None => {}
        }
    }
    for needed in parts.iter().flat_map(|part| part["required"].as_array().into_iter().flatten()).filter_map(Value::as_str) {
        if !fields.contains_key(needed) {
            faults.push(format!("{at}.{needed} is missing"));
        }
    }
}

/// A schema and those it is put together of.
fn parts<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = resolved(document, schema);
    let inner = schema["allOf"].as_array().into_iter().flatten().flat_map(|part| parts(document, part));
    inner.chain([schema]).collect()
}

fn type_fits(told: &Value, value: &Value) -> bool {
    let is = |kind: &str| match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    match told {
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}
