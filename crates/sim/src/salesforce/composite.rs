//! Several calls in one: `@{name.id}` of an earlier one, all or none.

use super::{Salesforce, error, rest};
use crate::vendor::{Reply, decoded, pairs};
use base::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

const MOST: usize = 25;

pub(super) fn answer(org: &mut Salesforce, body: &Value, now: Timestamp) -> Reply {
    let calls = body["compositeRequest"].as_array().cloned().unwrap_or_default();
    if calls.is_empty() || calls.len() > MOST {
        return error(400, "LIMIT_EXCEEDED", format!("a composite request has 1 to {MOST} subrequests"));
    }
    let whole = body["allOrNone"] == true;
    let before = org.records.clone();
    let mut results: Vec<Value> = Vec::new();
    let mut failed = None;
    for (place, call) in calls.iter().enumerate() {
        let name = call["referenceId"].as_str().unwrap_or_default();
        let reply = match filled(call, &results) {
            _ if failed.is_some() && whole => halted("The transaction was rolled back since another operation in the same transaction failed."),
            None => halted("Invalid reference specified. No value for the reference was found."),
            Some(call) => one(org, &call, now),
        };
        if reply.status >= 300 && failed.is_none() {
            failed = Some(place);
        }
        let headers: serde_json::Map<String, Value> = reply.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        results.push(json!({ "body": reply.body, "httpHeaders": headers, "httpStatusCode": reply.status, "referenceId": name }));
    }
    if let Some(culprit) = failed.filter(|_| whole) {
        org.records = before;
        let undone = halted("The transaction was rolled back since another operation in the same transaction failed.");
        for (place, result) in results.iter_mut().enumerate() {
            if place != culprit {
                result["body"] = undone.body.clone();
                result["httpStatusCode"] = json!(400);
            }
        }
    }
    Reply::new(200, json!({ "compositeResponse": results }))
}

fn halted(why: &str) -> Reply {
    error(400, "PROCESSING_HALTED", why)
}

fn one(org: &mut Salesforce, call: &Value, now: Timestamp) -> Reply {
    let url = call["url"].as_str().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(|part| decoded(part, false)).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let method: Method = call["method"].as_str().unwrap_or("GET").parse().unwrap_or(Method::GET);
    let mut headers = HeaderMap::new();
    for (name, value) in call["httpHeaders"].as_object().into_iter().flatten() {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.as_str().unwrap_or_default().parse::<HeaderValue>()) {
            headers.insert(name, value);
        }
    }
    match parts.as_slice() {
        ["services", "data", _, "composite", ..] => error(400, "INVALID_REQUEST", "composite calls cannot be nested"),
        ["services", "data", _, rest @ ..] => rest::answer(org, &method, rest, &pairs(query), &headers, &call["body"], now),
        _ => error(404, "NOT_FOUND", "The requested resource does not exist"),
    }
}

/// The call with its references resolved; none when one cannot be.
fn filled(call: &Value, results: &[Value]) -> Option<Value> {
    match call {
        Value::String(text) => fill_text(text, results).map(Value::String),
        Value::Array(all) => all.iter().map(|one| filled(one, results)).collect::<Option<Vec<_>>>().map(Value::Array),
        Value::Object(fields) => {
            let one = |(name, value): (&String, &Value)| Some((name.clone(), filled(value, results)?));
            fields.iter().map(one).collect::<Option<serde_json::Map<_, _>>>().map(Value::Object)
        }
        other => Some(other.clone()),
    }
}

fn fill_text(text: &str, results: &[Value]) -> Option<String> {
    let (mut whole, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("@{") {
        let (reference, behind) = after.split_once('}')?;
        let (name, path) = reference.split_once('.')?;
        let result = results.iter().find(|result| result["referenceId"] == name && result["httpStatusCode"].as_u64() < Some(300))?;
        let found = path.split('.').try_fold(&result["body"], |value, part| {
            let (part, place) = part.split_once('[').map_or((part, None), |(part, place)| (part, place.trim_end_matches(']').parse::<usize>().ok()));
            let value = value.get(part)?;
            place.map_or(Some(value), |place| value.get(place))
        })?;
        whole.push_str(before);
        whole.push_str(found.as_str()?);
        rest = behind;
    }
    whole.push_str(rest);
    Some(whole)
}
