//! One request, signed, and what came of it.

use super::{Claimed, Sender};
use crate::outside::retry_after;
use crate::webhook::{Attempt, Delivery, Endpoint, sign};
use base::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue};
use sockets::http_out::{OutAnswer, OutError, OutRequest};
use std::time::{Duration, Instant};

/// Bytes of an answer's body that the log keeps.
const KEEP: usize = 16 * 1024;

/// Is the endpoint itself to blame?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// It answered, whatever it thinks of the event.
    Well,
    /// No answer, or one that says that it cannot.
    Ill,
    /// It will never answer again.
    Gone,
}

/// A try as it went.
pub(super) struct Tried {
    pub attempt: Attempt,
    /// What the answer asked us to wait.
    pub asked: Option<Duration>,
    pub health: Health,
}

impl Tried {
    /// For how long the whole endpoint asked to be left alone: it is too busy for anything, not for this event.
    pub fn rest(&self) -> Option<Duration> {
        let busy = matches!(self.attempt.status, Some(429 | 502 | 503 | 504));
        self.asked.filter(|asked| busy && !asked.is_zero())
    }
}

impl Sender {
    pub(super) async fn attempt(&self, claimed: &Claimed) -> Tried {
        let (delivery, endpoint) = (&claimed.delivery, &claimed.endpoint);
        let now = self.webhooks.db().clock().now();
        let headers = headers(endpoint, delivery, now);
        let mut request = OutRequest::post(&endpoint.url, delivery.body.clone());
        request.timeout = self.options.timeout;
        request.keep = KEEP;
        request.headers = header_map(&headers);
        let began = Instant::now();
        let answer = self.webhooks.out().send(request).await;
        let took = began.elapsed();
        let outcome = match &answer {
            Ok(answer) if (200..300).contains(&answer.status) => "delivered",
            Ok(_) => "refused",
            Err(_) => "unreachable",
        };
        metrics::counter!("webhook_attempts_total", "outcome" => outcome).increment(1);
        metrics::histogram!("webhook_attempt_seconds").record(took.as_secs_f64());
        let asked = answer.as_ref().ok().and_then(|answer| {
            let text = answer.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
            retry_after(text, self.webhooks.db().clock().now())
        });
        let health = match &answer {
            Ok(answer) if answer.status == 410 => Health::Gone,
            Ok(answer) if answer.status < 500 && !matches!(answer.status, 408 | 429) => Health::Well,
            _ => Health::Ill,
        };
        let attempt = Attempt {
            number: delivery.attempts + 1,
            at: now,
            took,
            url: endpoint.url.clone(),
            request_headers: headers,
            status: answer.as_ref().ok().map(|answer| i64::from(answer.status)),
            trouble: answer.as_ref().err().map(OutError::to_string),
            response_headers: answer.as_ref().map(kept_headers).unwrap_or_default(),
            response_body: answer.as_ref().map(kept_body).unwrap_or_default(),
        };
        Tried { attempt, asked, health }
    }
}

/// `webhook-id` is the event's and stays the same over all tries; the timestamp is of the try.
fn headers(endpoint: &Endpoint, delivery: &Delivery, now: Timestamp) -> Vec<(String, String)> {
    let (id, seconds) = (delivery.event.to_string(), now.millis().div_euclid(1_000));
    let signature = sign(&endpoint.secrets(now), &id, seconds, delivery.body.as_bytes());
    let pairs = [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signature),
        ("webhook-attempt", (delivery.attempts + 1).to_string()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).into()
}

fn header_map(pairs: &[(String, String)]) -> HeaderMap {
    let read = |(name, value): &(String, String)| Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?));
    pairs.iter().filter_map(read).collect()
}

fn kept_headers(answer: &OutAnswer) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).chars().take(500).collect();
    answer.headers.iter().take(50).map(|(name, value)| (name.to_string(), text(value))).collect()
}

fn kept_body(answer: &OutAnswer) -> String {
    let mut text = String::from_utf8_lossy(&answer.body).replace('\0', "\u{fffd}");
    if answer.cut {
        text.push_str(" […]");
    }
    text
}
