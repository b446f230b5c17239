//! Calls to Zendesk, and what follows from each answer.

use super::settings::{Auth, Settings};
use crate::connections::Trouble;
use crate::outside::retry_after;
use base::{SharedClock, SiteId, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;
use sockets::http_out::{HttpOut, OutAnswer, OutError, OutRequest};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const KEEP: usize = 4 * 1024 * 1024;
/// When Zendesk says "too much" and not for how long.
const SLOW_DOWN: Duration = Duration::from_secs(60);

/// The way to Zendesk for all sites; cheap to clone.
#[derive(Clone)]
pub(super) struct Client {
    out: Arc<dyn HttpOut>,
    clock: SharedClock,
    /// Accounts whose minute is used up.
    pauses: Arc<Mutex<HashMap<SiteId, Timestamp>>>,
}

/// One account as one site sees it.
#[derive(Clone, Copy)]
pub(super) struct Account<'a> {
    client: &'a Client,
    pub site: SiteId,
    pub settings: &'a Settings,
}

pub(super) struct Answer {
    pub body: Value,
    pub limit: Option<String>,
}

/// A call that did not come to its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failed {
    pub trouble: Trouble,
    /// It may have been done all the same.
    pub unsure: bool,
    pub status: u16,
    pub body: Value,
}

impl Failed {
    fn surely(trouble: Trouble) -> Self {
        Self { trouble, unsure: false, status: 0, body: Value::Null }
    }

    fn unanswered(err: &OutError) -> Self {
        let words = err.to_string();
        match err {
            OutError::Refused(_) => Self::surely(Trouble::Account(words)),
            OutError::Connect(_) => Self::surely(Trouble::Failing(words, None)),
            OutError::Timeout(_) | OutError::Broken(_) => Self { unsure: true, ..Self::surely(Trouble::Failing(words, None)) },
        }
    }

    fn answered(status: u16, body: Value, asked: Option<Duration>) -> Self {
        let words = format!("Zendesk answered {status} {}", said(&body));
        let words = words.trim_end().to_owned();
        let trouble = match status {
            429 => Trouble::Throttled(words, asked.unwrap_or(SLOW_DOWN)),
            503 if asked.is_some() => Trouble::Throttled(words, asked.unwrap_or(SLOW_DOWN)),
            401 | 403 => Trouble::Account(words),
            409 => Trouble::Busy(words),
            500.. => Trouble::Failing(words, asked),
            _ => Trouble::Refused(words),
        };
        Self { trouble, unsure: status >= 500, status, body }
    }
}

/// `{error, description, details: {field: [{description}]}}`, or `{error: {title, message}}`.
fn said(body: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut words = vec![text(&body["error"]), text(&body["error"]["title"]), text(&body["error"]["message"]), text(&body["description"])];
    for (field, errors) in body["details"].as_object().into_iter().flatten() {
        words.push(format!("({field}: {})", text(&errors[0]["description"])));
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

impl Client {
    pub fn new(out: Arc<dyn HttpOut>, clock: SharedClock) -> Self {
        Self { out, clock, pauses: Arc::default() }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn on<'a>(&'a self, site: SiteId, settings: &'a Settings) -> Account<'a> {
        Account { client: self, site, settings }
    }

    pub fn forget(&self, site: SiteId) {
        self.pauses().remove(&site);
    }

    fn pauses(&self) -> std::sync::MutexGuard<'_, HashMap<SiteId, Timestamp>> {
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Account<'_> {
    pub async fn get(&self, path: &str) -> Result<Answer, Failed> {
        self.call(Method::GET, path, Bytes::new(), "application/json", &[]).await
    }

    pub async fn send(&self, method: Method, path: &str, body: &Value, headers: &[(&'static str, &str)]) -> Result<Answer, Failed> {
        self.call(method, path, body.to_string().into(), "application/json", headers).await
    }

    /// `path` is below `/api/v2`.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        media_type: &str,
        more: &[(&'static str, &str)],
    ) -> Result<Answer, Failed> {
        let now = self.client.clock.now();
        let pause = self.client.pauses().get(&self.site).copied().filter(|until| *until > now);
        if let Some(until) = pause {
            let why = "the requests of this minute are used up".to_owned();
            return Err(Failed::surely(Trouble::Throttled(why, until.since(now))));
        }
        let unsendable = |_| Failed::surely(Trouble::Account("the credentials cannot be sent".into()));
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&self.credentials()).map_err(unsendable)?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap_or(HeaderValue::from_static("application/octet-stream")));
        for (name, value) in more {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).map_err(unsendable)?);
        }
        let url = format!("{}/api/v2{path}", self.settings.base());
        let request = OutRequest { method, url, headers, body, timeout: PATIENCE, keep: KEEP };
        let answer = self.client.out.send(request).await.map_err(|err| Failed::unanswered(&err))?;
        self.mind_the_limit(&answer, now);
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if (200..300).contains(&answer.status) {
            let limit = text(&answer, "x-rate-limit").zip(text(&answer, "x-rate-limit-remaining"));
            return Ok(Answer { body, limit: limit.map(|(all, left)| format!("{left} of {all} requests left in this minute")) });
        }
        let asked = answer.headers.get(RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?, now));
        Err(Failed::answered(answer.status, body, asked))
    }

    /// The last request of a minute was the last one: nothing is sent before the next minute begins.
    fn mind_the_limit(&self, answer: &OutAnswer, now: Timestamp) {
        let number = |name| text(answer, name)?.parse::<u64>().ok();
        let left = number("x-rate-limit-remaining").or_else(|| number("ratelimit-remaining"));
        if left == Some(0) {
            let reset = number("ratelimit-reset").unwrap_or(SLOW_DOWN.as_secs()).min(300);
            self.client.pauses().insert(self.site, now.plus(Duration::from_secs(reset)));
        }
    }

    fn credentials(&self) -> String {
        match self.settings.auth {
            Auth::Token => format!("Basic {}", STANDARD.encode(format!("{}/token:{}", self.settings.email, self.settings.api_token))),
            Auth::Oauth => format!("Bearer {}", self.settings.oauth_token),
        }
    }
}

fn text(answer: &OutAnswer, name: &'static str) -> Option<String> {
    answer.headers.get(name)?.to_str().ok().map(str::to_owned)
}
