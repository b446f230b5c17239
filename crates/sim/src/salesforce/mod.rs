//! Salesforce, simulated: OAuth, records with the rules of their fields, SOQL, upserts, composite calls, limits.
//!
//! Controls beside the common ones: `POST /_sim/expire` (every session is over), `/_sim/setup`
//! `{request_limit?, duplicate_rule? (true, "across": leads and contacts know one another, "block": and nothing is saved anyway),
//! rotate?: true (a refresh token is good for one time), public_key? (PKCS#1, base64), records?: [{type, …fields}]}`,
//! `/_sim/records {type}` (all of them), `/_sim/remove {id}`.

mod composite;
mod oauth;
mod objects;
mod records;
mod rest;
mod soql;

use crate::vendor::{Ask, Reply, Vendor};
use base::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use records::{DuplicateRule, Records};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) const CLIENT_ID: &str = "sim-client";
pub(super) const CLIENT_SECRET: &str = "sim-secret";
pub(super) const REFRESH_TOKEN: &str = "sim-refresh";
pub(super) const USERNAME: &str = "agent@acme.example";
const DAY_LIMIT: u64 = 15_000;

/// An organisation.
pub struct Salesforce {
    records: Records,
    tokens: BTreeSet<String>,
    issued: u64,
    used: u64,
    request_limit: u64,
    /// PKCS#1 DER of the key whose assertions are believed.
    public_key: Option<Vec<u8>>,
    refresh_token: String,
    /// Each refresh token is exchanged for another.
    rotate: bool,
}

impl Default for Salesforce {
    fn default() -> Self {
        Self {
            records: Records::default(),
            tokens: BTreeSet::new(),
            issued: 0,
            used: 0,
            request_limit: DAY_LIMIT,
            public_key: None,
            refresh_token: REFRESH_TOKEN.to_owned(),
            rotate: false,
        }
    }
}

impl Salesforce {
    /// One that believes assertions signed with this key (its public half, PKCS#1 in DER).
    pub fn trusting(public_key: &[u8]) -> Self {
        Self { public_key: Some(public_key.to_vec()), ..Self::default() }
    }
}

pub(super) fn error(status: u16, code: &str, message: impl Into<String>) -> Reply {
    Reply::new(status, json!([{ "message": message.into(), "errorCode": code }]))
}

impl Vendor for Salesforce {
    fn answer(&mut self, ask: &Ask) -> Reply {
        let parts = ask.parts();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["services", "oauth2", "token"] => return oauth::token(self, ask),
            ["services", "data"] => {
                return Reply::new(200, json!([{ "label": "Winter", "url": "/services/data/v62.0", "version": "62.0" }]));
            }
            _ => {}
        }
        let token = ask.header("authorization").and_then(|value| value.split_once(' ')).map(|(_, token)| token.to_owned());
        if !token.is_some_and(|token| self.tokens.contains(&token)) {
            return error(401, "INVALID_SESSION_ID", "Session expired or invalid");
        }
        if self.used >= self.request_limit {
            return self.counted(error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."));
        }
        self.used += 1;
        let reply = match parts.as_slice() {
            ["services", "oauth2", "userinfo"] | ["id", ..] => oauth::identity(ask),
            ["services", "data", version, rest @ ..] if is_version(version) => {
                rest::answer(self, &ask.method, rest, &ask.query, &ask.headers, &ask.json(), ask.now)
            }
            _ => error(404, "NOT_FOUND", "The requested resource does not exist"),
        };
        self.counted(reply)
    }

    fn control(&mut self, what: &str, body: &Value) -> Option<Value> {
        match what {
            "expire" => self.tokens.clear(),
            "setup" => self.setup(body),
            "records" => return Some(json!(self.records.all(body["type"].as_str().unwrap_or_default()))),
            "remove" => self.records.remove(body["id"].as_str().unwrap_or_default()),
            _ => return None,
        }
        Some(json!({ "ok": true }))
    }

    fn reset(&mut self) {
        *self = Self { public_key: self.public_key.take(), ..Self::default() };
    }
}

fn is_version(text: &str) -> bool {
    text.strip_prefix('v').and_then(|number| number.strip_suffix(".0")).and_then(|number| number.parse::<u16>().ok()).is_some_and(|n| (20..=68).contains(&n))
}

impl Salesforce {
    fn counted(&self, reply: Reply) -> Reply {
        reply.with("sforce-limit-info", format!("api-usage={}/{}", self.used, self.request_limit))
    }

    fn setup(&mut self, body: &Value) {
        if let Some(limit) = body["request_limit"].as_u64() {
            (self.request_limit, self.used) = (limit, 0);
        }
        if let Some(rule) = DuplicateRule::of(&body["duplicate_rule"]) {
            self.records.duplicate_rule = rule;
        }
        if let Some(rotate) = body["rotate"].as_bool() {
            self.rotate = rotate;
        }
        if let Some(key) = body["public_key"].as_str() {
            self.public_key = STANDARD.decode(key).ok();
        }
        for record in body["records"].as_array().into_iter().flatten() {
            let mut fields = record.as_object().cloned().unwrap_or_default();
            let kind = fields.remove("type").and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
            self.records.put(&kind, fields, Timestamp::from_millis(1_700_000_000_000));
        }
    }
}
