//! Zendesk Support, simulated: tickets with comments, users, uploads, bulk jobs, idempotency keys, limits, both paginations.
//!
//! Controls beside the common ones: `POST /_sim/setup` `{rate_limit?, suspended? (e-mail)}`, `/_sim/tickets` (all of them with their
//! comments).

mod lists;
mod people;
mod tickets;

use crate::vendor::{Ask, Reply, Vendor};
use base::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(super) const EMAIL: &str = "bot@acme.example";
pub(super) const API_TOKEN: &str = "sim-token";
pub(super) const OAUTH_TOKEN: &str = "sim-oauth";
const A_MINUTE: u64 = 700;
const KEYS_KEPT: Duration = Duration::from_secs(2 * 3_600);

/// An account.
pub struct Zendesk {
    tickets: BTreeMap<i64, Value>,
    comments: BTreeMap<i64, Vec<Value>>,
    users: BTreeMap<i64, Value>,
    uploads: BTreeMap<String, Vec<Value>>,
    jobs: BTreeMap<String, Value>,
    keys: BTreeMap<String, (Timestamp, Value, Reply)>,
    suspended: BTreeSet<String>,
    numbers: i64,
    rate_limit: u64,
    minute: (i64, u64),
}

impl Default for Zendesk {
    fn default() -> Self {
        let mut account = Self {
            tickets: BTreeMap::new(),
            comments: BTreeMap::new(),
            users: BTreeMap::new(),
            uploads: BTreeMap::new(),
            jobs: BTreeMap::new(),
            keys: BTreeMap::new(),
            suspended: BTreeSet::new(),
            numbers: 1_000,
            rate_limit: A_MINUTE,
            minute: (0, 0),
        };
        account.users.insert(1, json!({ "id": 1, "name": "Simulated Bot", "email": EMAIL, "role": "admin", "active": true, "external_id": null }));
        account
    }
}

pub(super) fn missing() -> Reply {
    Reply::new(404, json!({ "error": "RecordNotFound", "description": "Not found" }))
}

/// 422 with what is wrong with each field.
pub(super) fn invalid(field: &str, why: &str) -> Reply {
    let details: Map<String, Value> = [(field.to_owned(), json!([{ "description": why, "error": "InvalidValue" }]))].into_iter().collect();
    Reply::new(422, json!({ "error": "RecordInvalid", "description": "Record validation errors", "details": details }))
}

impl Vendor for Zendesk {
    fn answer(&mut self, ask: &Ask) -> Reply {
        let Some(path) = ask.path.strip_prefix("/api/v2/") else { return missing() };
        let path = path.trim_end_matches('/').trim_end_matches(".json").to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        if !allowed(ask) {
            // Who is not known may ask who they are.
            return match parts.as_slice() {
                ["users", "me"] => Reply::new(200, json!({ "user": { "id": null, "name": "Anonymous user", "role": "end-user" } })),
                _ => Reply::new(401, json!({ "error": "Couldn't authenticate you" })),
            };
        }
        let minute = ask.now.millis().div_euclid(60_000);
        if self.minute.0 != minute {
            self.minute = (minute, 0);
        }
        let reset = 60 - ask.now.millis().div_euclid(1_000).rem_euclid(60);
        if self.minute.1 >= self.rate_limit {
            return self.counted(Reply::new(429, json!({ "error": "TooManyRequests", "description": "Rate limit for this endpoint has been exceeded" })), reset)
                .with("retry-after", reset);
        }
        self.minute.1 += 1;
        let reply = self.route(ask, &parts);
        self.counted(reply, reset)
    }

    fn control(&mut self, what: &str, body: &Value) -> Option<Value> {
        match what {
            "setup" => {
                if let Some(limit) = body["rate_limit"].as_u64() {
                    (self.rate_limit, self.minute.1) = (limit, 0);
                }
                if let Some(email) = body["suspended"].as_str() {
                    self.suspended.insert(email.to_owned());
                }
                Some(json!({ "ok": true }))
            }
            "tickets" => {
                let with_comments = |(id, ticket): (&i64, &Value)| {
                    let mut ticket = ticket.clone();
                    ticket["comments"] = json!(self.comments.get(id));
                    ticket
                };
                Some(json!(self.tickets.iter().map(with_comments).collect::<Vec<_>>()))
            }
            _ => None,
        }
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

fn allowed(ask: &Ask) -> bool {
    let basic = STANDARD.encode(format!("{EMAIL}/token:{API_TOKEN}"));
    match ask.header("authorization").and_then(|value| value.split_once(' ')) {
        Some((kind, value)) if kind.eq_ignore_ascii_case("basic") => value == basic,
        Some((kind, value)) if kind.eq_ignore_ascii_case("bearer") => value == OAUTH_TOKEN,
        _ => false,
    }
}

impl Zendesk {
    pub(super) fn number(&mut self) -> i64 {
        self.numbers += 1;
        self.numbers
    }

    fn counted(&self, reply: Reply, reset: i64) -> Reply {
        let left = self.rate_limit.saturating_sub(self.minute.1);
        reply
            .with("x-rate-limit", self.rate_limit)
            .with("x-rate-limit-remaining", left)
            .with("ratelimit-limit", self.rate_limit)
            .with("ratelimit-remaining", left)
            .with("ratelimit-reset", reset)
    }

    fn route(&mut self, ask: &Ask, parts: &[&str]) -> Reply {
        match (ask.method.as_str(), parts) {
            ("POST", ["tickets"]) => self.create_once(ask),
            ("GET", ["tickets"]) => {
                let external = ask.asked("external_id").map(|id| json!(id));
                let wanted = self.tickets.values().filter(|ticket| external.as_ref().is_none_or(|id| ticket["external_id"] == *id));
                lists::page("tickets", &wanted.cloned().collect::<Vec<_>>(), ask)
            }
            ("POST", ["tickets", "create_many"]) => self.many(ask, true),
            ("PUT", ["tickets", "update_many" | "update_many.json"]) => self.many(ask, false),
            ("GET", ["job_statuses", id]) => self.jobs.get(*id).map_or_else(missing, |job| Reply::new(200, json!({ "job_status": job }))),
            ("POST", ["imports", "tickets"]) => self.create(&ask.json()["ticket"], ask),
            (verb, ["tickets", id, rest @ ..]) => match id.parse::<i64>().ok().filter(|id| self.tickets.contains_key(id)) {
                Some(id) => self.one(verb, id, rest, ask),
                None => missing(),
            },
            ("GET", ["search"]) => self.search(ask),
            (_, ["users", rest @ ..]) => self.people(ask, rest),
            ("POST", ["uploads"]) => self.upload(ask),
            ("DELETE", ["uploads", token]) => match self.uploads.remove(*token) {
                Some(_) => Reply::new(204, Value::Null),
                None => missing(),
            },
            ("GET", ["groups"]) => lists::page("groups", &[json!({ "id": 7, "name": "Support" })], ask),
            ("GET", ["groups", "7"]) => Reply::new(200, json!({ "group": { "id": 7, "name": "Support" } })),
            _ => missing(),
        }
    }

    /// The same key with the same words is answered as the first time; with other words it is refused.
    fn create_once(&mut self, ask: &Ask) -> Reply {
        self.keys.retain(|_, (at, ..)| ask.now.since(*at) < KEYS_KEPT);
        let Some(key) = ask.header("idempotency-key").map(str::to_owned) else { return self.create(&ask.json()["ticket"], ask) };
        match self.keys.get(&key) {
            Some((_, body, reply)) if *body == ask.json() => reply.clone().with("x-idempotency-lookup", "hit"),
            Some(_) => Reply::new(
                400,
                json!({ "error": "IdempotentRequestError", "description": "Request parameters don't match the given idempotency key" }),
            ),
            None => {
                let reply = self.create(&ask.json()["ticket"], ask);
                if reply.status < 300 {
                    self.keys.insert(key, (ask.now, ask.json(), reply.clone()));
                }
                reply.with("x-idempotency-lookup", "miss")
            }
        }
    }
}
