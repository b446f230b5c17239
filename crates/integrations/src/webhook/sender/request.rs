//! One request, signed, and what came of it.

use super::{Outgoing, Sender};
use crate::outside::retry_after;
use crate::webhook::headers::{headers, seconds};
use crate::webhook::sign;
use crate::webhook::tries::Sent;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::value::{RawValue, to_raw_value};
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
    pub sent: Sent,
    /// What the answer asked us to wait.
    pub asked: Option<Duration>,
    pub health: Health,
}

impl Tried {
    /// For how long the whole endpoint asked to be left alone: it is too busy for anything, not for this event.
    pub fn rest(&self) -> Option<Duration> {
        let busy = matches!(self.sent.status, Some(429 | 502 | 503 | 504));
        self.asked.filter(|asked| busy && !asked.is_zero())
    }
}

impl Sender {
    pub(super) async fn attempt(&self, outgoing: &mut Outgoing) -> Tried {
        let Outgoing { due, endpoint } = outgoing;
        let now = self.webhooks.db().clock().now();
        let number = due.attempts + 1;
        let signature = sign(&endpoint.secrets(now), &due.event.to_string(), seconds(now), due.body.as_bytes());
        let mut request = OutRequest::post(&endpoint.url, std::mem::take(&mut due.body));
        request.timeout = self.options.timeout;
        request.keep = KEEP;
        request.headers = header_map(headers(due.event, now, number, &signature));
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
        let sent = Sent {
            number,
            at: now,
            took,
            url: endpoint.url.clone(),
            signature,
            status: answer.as_ref().ok().map(|answer| i64::from(answer.status)),
            trouble: answer.as_ref().err().map(OutError::to_string),
            response_headers: kept_headers(answer.as_ref().map(|answer| &answer.headers).unwrap_or(&HeaderMap::new())),
            response_body: answer.as_ref().map(kept_body).unwrap_or_default(),
        };
        Tried { sent, asked, health }
    }
}

fn header_map(pairs: [(&'static str, String); 5]) -> HeaderMap {
    pairs.into_iter().filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?))).collect()
}

fn kept_headers(headers: &HeaderMap) -> Box<RawValue> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).chars().take(500).collect::<String>();
    let kept: Vec<(&str, String)> = headers.iter().take(50).map(|(name, value)| (name.as_str(), text(value))).collect();
    to_raw_value(&kept).expect("texts are plain JSON")
}

fn kept_body(answer: &OutAnswer) -> String {
    let mut text = String::from_utf8_lossy(&answer.body).replace('\0', "\u{fffd}");
    if answer.cut {
        text.push_str(" […]");
    }
    text
}
