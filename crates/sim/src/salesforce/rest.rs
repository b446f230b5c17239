//! The data interface below `/services/data/vNN.0`.

use super::objects::{self, Object};
use super::soql::{self, Query, compare, field};
use super::{Salesforce, composite, error};
use crate::vendor::Reply;
use base::Timestamp;
use http::{HeaderMap, Method};
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

const PAGE: usize = 2_000;
const SOME: usize = 200;

pub(super) fn answer(
    org: &mut Salesforce,
    method: &Method,
    parts: &[&str],
    query: &[(String, String)],
    headers: &HeaderMap,
    body: &Value,
    now: Timestamp,
) -> Reply {
    let asked = |name: &str| query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
    let verb = method.as_str();
    match (verb, parts) {
        ("GET", []) => Reply::new(200, json!({ "sobjects": "/sobjects", "query": "/query", "limits": "/limits", "composite": "/composite" })),
        ("GET", ["limits"]) => {
            let left = org.request_limit.saturating_sub(org.used);
            Reply::new(200, json!({ "DailyApiRequests": { "Max": org.request_limit, "Remaining": left } }))
        }
        ("GET", ["sobjects"]) => {
            let brief = |object: &Object| json!({ "name": object.name, "label": object.name, "keyPrefix": object.prefix, "createable": true });
            Reply::new(200, json!({ "encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects::all().map(brief).collect::<Vec<_>>() }))
        }
        ("GET", ["query" | "queryAll"]) => asked("q").map_or_else(|| error(400, "MALFORMED_QUERY", "q is missing"), |text| select(org, text, 0)),
        ("GET", ["query", more]) => further(org, more),
        ("GET", ["search"]) => search(org, asked("q").unwrap_or_default()),
        ("POST", ["parameterizedSearch"]) => searched(org, body),
        ("POST", ["composite"]) => composite::answer(org, body, now),
        (_, ["composite", "sobjects"]) => collection(org, verb, query, headers, body, now),
        (_, ["sobjects", name, rest @ ..]) => match objects::object(name) {
            Some(object) => record(org, verb, object, rest, asked("fields"), headers, body, now),
            None => error(404, "NOT_FOUND", "The requested resource does not exist"),
        },
        _ => error(404, "NOT_FOUND", "The requested resource does not exist"),
    }
}

fn fields_of(body: &Value) -> Map<String, Value> {
    let mut fields = body.as_object().cloned().unwrap_or_default();
    fields.remove("attributes");
    fields
}

fn allows_duplicates(headers: &HeaderMap) -> bool {
    let header = headers.get("sforce-duplicate-rule-header").and_then(|value| value.to_str().ok());
    header.is_some_and(|text| text.replace(' ', "").to_ascii_lowercase().contains("allowsave=true"))
}

fn shown(object: &Object, record: &Map<String, Value>, names: Option<&str>) -> Value {
    let id = record["Id"].as_str().unwrap_or_default();
    let mut shown = Map::new();
    shown.insert("attributes".into(), json!({ "type": object.name, "url": format!("/services/data/v62.0/sobjects/{}/{id}", object.name) }));
    let wanted = |name: &&String| names.is_none_or(|names| names.split(',').any(|one| one.trim().eq_ignore_ascii_case(name)) || *name == "Id");
    for name in record.keys().filter(wanted) {
        shown.insert(name.clone(), record[name].clone());
    }
    Value::Object(shown)
}

#[expect(clippy::too_many_arguments, reason = "a request taken apart")]
fn record(
    org: &mut Salesforce,
    verb: &str,
    object: &'static Object,
    rest: &[&str],
    names: Option<&str>,
    headers: &HeaderMap,
    body: &Value,
    now: Timestamp,
) -> Reply {
    let done = |went: Result<Reply, Reply>| went.unwrap_or_else(|refused| refused);
    let made = |id: String, status: u16, created: bool| Reply::new(status, json!({ "id": id, "success": true, "errors": [], "created": created }));
    match (verb, rest) {
        ("GET", ["describe"]) => Reply::new(200, object.describe()),
        ("GET", []) => Reply::new(200, json!({ "objectDescribe": { "name": object.name, "keyPrefix": object.prefix }, "recentItems": [] })),
        ("POST", []) => done(org.records.create(object, fields_of(body), allows_duplicates(headers), now).map(|id| made(id, 201, true))),
        ("GET", [id]) => done(org.records.find(object, id).map(|record| Reply::new(200, shown(object, record, names)))),
        ("PATCH", [id]) => {
            let unchanged = || {
                let since = headers.get("if-unmodified-since")?.to_str().ok()?;
                let record = org.records.find(object, id).ok()?;
                let at: Timestamp = record["LastModifiedDate"].as_str()?.replace("+0000", "Z").parse().ok()?;
                Some(at.millis().div_euclid(1_000) <= http_seconds(since)?)
            };
            if unchanged() == Some(false) {
                return error(412, "PRECONDITION_FAILED", "Entity has been modified since the given time");
            }
            done(org.records.update(object, id, fields_of(body), now).map(|()| Reply::new(204, Value::Null)))
        }
        ("DELETE", [id]) => match org.records.find(object, id).map(drop) {
            Ok(()) => {
                org.records.remove(id);
                Reply::new(204, Value::Null)
            }
            Err(refused) => refused,
        },
        (_, [name, value]) => {
            let Some(external) = object.field(name).filter(|field| field.external || field.name == "Id") else {
                return error(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: ".to_owned() + name);
            };
            let found = org.records.by_external(object, external.name, value);
            match (verb, found.as_slice()) {
                (_, [_, _, ..]) => Reply::new(300, json!(found.iter().map(|id| format!("/services/data/v62.0/sobjects/{}/{id}", object.name)).collect::<Vec<_>>())),
                ("GET", [id]) => done(org.records.find(object, id).map(|record| Reply::new(200, shown(object, record, names)))),
                ("PATCH" | "POST", []) => {
                    let mut fields = fields_of(body);
                    fields.insert(external.name.to_owned(), json!(value));
                    done(org.records.create(object, fields, allows_duplicates(headers), now).map(|id| made(id, 201, true)))
                }
                ("PATCH" | "POST", [id]) => {
                    let id = id.clone();
                    done(org.records.update(object, &id, fields_of(body), now).map(|()| made(id, 200, false)))
                }
                _ => error(404, "NOT_FOUND", "The requested resource does not exist"),
            }
        }
        _ => error(405, "METHOD_NOT_ALLOWED", format!("HTTP Method '{verb}' not allowed")),
    }
}

/// `Sat, 21 Nov 2026 12:00:00 GMT` in seconds.
fn http_seconds(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = parts.as_slice() else { return None };
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| name == month)? + 1;
    let at: Timestamp = format!("{year}-{month:02}-{day}T{time}Z").parse().ok()?;
    Some(at.millis().div_euclid(1_000))
}

fn collection(org: &mut Salesforce, verb: &str, query: &[(String, String)], headers: &HeaderMap, body: &Value, now: Timestamp) -> Reply {
    let whole = body["allOrNone"] == true;
    let before = org.records.clone();
    let ids = query.iter().find(|(name, _)| name == "ids").map(|(_, ids)| ids.clone()).unwrap_or_default();
    let removed: Vec<Value> = ids.split(',').filter(|id| !id.is_empty()).map(|id| json!({ "id": id })).collect();
    let records = body["records"].as_array().cloned().unwrap_or(removed);
    if records.len() > SOME {
        return error(400, "EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 200 records into this call");
    }
    let mut results = Vec::new();
    for one in &records {
        let mut fields = fields_of(one);
        let id = fields.remove("id").or_else(|| fields.remove("Id")).and_then(|id| id.as_str().map(str::to_owned)).unwrap_or_default();
        let by_prefix = || objects::all().find(|object| id.starts_with(object.prefix)).map(|object| object.name);
        let kind = one["attributes"]["type"].as_str().or_else(by_prefix).unwrap_or_default();
        let reply = match (verb, objects::object(kind)) {
            (_, None) => error(400, "INVALID_TYPE", format!("sObject type '{kind}' is not supported.")),
            ("POST", Some(object)) => record(org, "POST", object, &[], None, headers, &Value::Object(fields), now),
            (verb, Some(object)) => record(org, verb, object, &[&id], None, headers, &Value::Object(fields), now),
        };
        let good = reply.status < 300;
        let id = if verb == "POST" { reply.body["id"].clone() } else { json!(id) };
        let errors = reply.body.as_array().into_iter().flatten();
        let errors: Vec<Value> = errors.map(|err| json!({ "statusCode": err["errorCode"], "message": err["message"], "fields": err["fields"] })).collect();
        results.push(if good { json!({ "id": id, "success": true, "errors": [] }) } else { json!({ "success": false, "errors": errors }) });
    }
    if whole && results.iter().any(|result| result["success"] == false) {
        org.records = before;
    }
    Reply::new(200, json!(results))
}

fn select(org: &Salesforce, text: &str, from: usize) -> Reply {
    let query = match soql::parse(text) {
        Ok(query) => query,
        Err(why) => return error(400, "MALFORMED_QUERY", why),
    };
    let Some(object) = objects::object(&query.object) else {
        return error(400, "INVALID_TYPE", format!("sObject type '{}' is not supported.", query.object));
    };
    let mut names: Vec<&str> = query.fields.iter().map(String::as_str).filter(|name| !name.ends_with("()")).collect();
    query.test.fields(&mut names);
    names.extend(query.order.iter().map(|(name, _)| name.as_str()));
    let unknown = names.iter().find(|name| match name.split_once('.') {
        Some((front, name)) => objects::object(front).and_then(|object| object.field(name)).is_none(),
        None => object.field(name).is_none(),
    });
    if let Some(unknown) = unknown {
        return error(400, "INVALID_FIELD", format!("No such column '{unknown}' on entity '{}'.", object.name));
    }
    found(org, object, &query, text, from)
}

fn found(org: &Salesforce, object: &Object, query: &Query, text: &str, from: usize) -> Reply {
    let mut found: Vec<&Map<String, Value>> = org.records.all(object.name).into_iter().filter(|record| query.test.holds(record)).collect();
    found.sort_by(|one, other| {
        let by = |(name, down): &(String, bool)| {
            let order = compare(field(one, name), field(other, name));
            if *down { order.reverse() } else { order }
        };
        query.order.iter().map(by).find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
    });
    if query.fields.iter().any(|name| name.eq_ignore_ascii_case("count()")) {
        return Reply::new(200, json!({ "totalSize": found.len(), "done": true, "records": [] }));
    }
    let found: Vec<_> = found.into_iter().skip(query.offset).take(query.limit).collect();
    let names = query.fields.join(",");
    let page = found.iter().skip(from).take(PAGE).map(|record| {
        let mut shown = shown(object, record, Some(&names));
        for (front, name) in query.fields.iter().filter_map(|name| name.split_once('.')) {
            let id = record.get(&format!("{front}Id")).and_then(Value::as_str);
            let of = objects::object(front).zip(id).and_then(|(object, id)| org.records.find(object, id).ok());
            if let Some(of) = of {
                shown[front][name] = field(of, name).clone();
            } else {
                shown[front] = Value::Null;
            }
        }
        shown
    });
    let page: Vec<Value> = page.collect();
    let (total, upto) = (found.len(), from + page.len());
    let mut body = json!({ "totalSize": total, "done": upto >= total, "records": page });
    if upto < total {
        let text: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        body["nextRecordsUrl"] = json!(format!("/services/data/v62.0/query/01g{text}-{upto}"));
    }
    Reply::new(200, body)
}

fn further(org: &Salesforce, locator: &str) -> Reply {
    let read = || {
        let (text, from) = locator.strip_prefix("01g")?.split_once('-')?;
        let bytes: Vec<u8> = (0..text.len() / 2).filter_map(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()).collect();
        Some((String::from_utf8(bytes).ok()?, from.parse::<usize>().ok()?))
    };
    read().map_or_else(|| error(400, "INVALID_QUERY_LOCATOR", "invalid query locator"), |(text, from)| select(org, &text, from))
}

/// Records with these words in any of their texts.
fn with_words(org: &Salesforce, words: &str, kinds: &[(String, Vec<String>)], most: usize) -> Vec<Value> {
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric() || *c == '@').collect::<String>().to_lowercase();
    let needle = plain(&words.replace('\\', ""));
    let mut all = Vec::new();
    for (object, names) in kinds.iter().filter_map(|(kind, names)| Some((objects::object(kind)?, names))) {
        let hit = |record: &&Map<String, Value>| !needle.is_empty() && record.values().filter_map(Value::as_str).any(|text| plain(text).contains(&needle));
        let names = if names.is_empty() { "Id".to_owned() } else { names.join(",") };
        all.extend(org.records.all(object.name).into_iter().filter(hit).map(|record| shown(object, record, Some(&names))));
    }
    all.truncate(most);
    all
}

fn searched(org: &Salesforce, body: &Value) -> Reply {
    let words = |value: &Value| value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect::<Vec<_>>();
    let kinds = body["sobjects"].as_array().into_iter().flatten();
    let kinds: Vec<_> = kinds.map(|kind| (kind["name"].as_str().unwrap_or_default().to_owned(), words(&kind["fields"]))).collect();
    let most = body["overallLimit"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(PAGE);
    Reply::new(200, json!({ "searchRecords": with_words(org, body["q"].as_str().unwrap_or_default(), &kinds, most) }))
}

/// `FIND {words} IN … FIELDS RETURNING Contact(Id, Name), Lead`.
fn search(org: &Salesforce, sosl: &str) -> Reply {
    let Some((words, rest)) = sosl.split_once('{').and_then(|(_, rest)| rest.rsplit_once('}')) else {
        return error(400, "MALFORMED_SEARCH", "No search term found");
    };
    let returning = rest.to_ascii_uppercase().find("RETURNING").map(|at| &rest[at + 9..]).unwrap_or("Contact, Lead, Account");
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for part in returning.split(')') {
        let (names, fields) = part.split_once('(').unwrap_or((part, ""));
        let before = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        kinds.extend(before.map(|name| (name.to_owned(), Vec::new())));
        if let Some((_, last)) = kinds.last_mut().filter(|_| !fields.is_empty()) {
            *last = fields.split(',').map(|name| name.trim().to_owned()).collect();
        }
    }
    Reply::new(200, json!({ "searchRecords": with_words(org, words, &kinds, PAGE) }))
}
