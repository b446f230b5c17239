//! Carries deliveries out. Each endpoint has a lane of its own with few places, so that a slow one costs only itself.

use super::deliveries::{Deliveries, Verdict};
use super::endpoints::Endpoints;
use super::model::{PATIENCE, wait_after};
use super::signature::sign;
use super::{Attempt, Delivery, DeliveryState, Endpoint, WebhookError, Webhooks};
use base::{Timestamp, WebhookId};
use events::{Chance, Job, Outcome, Schedule};
use http::{HeaderMap, HeaderName, HeaderValue};
use sockets::http_out::{OutAnswer, OutError, OutRequest};
use sockets::{StoreError, Tx};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Copy, Debug)]
pub struct SenderOptions {
    /// Requests in flight to one endpoint.
    pub per_endpoint: usize,
    /// Requests in flight in all.
    pub in_all: usize,
    pub timeout: Duration,
    /// Between two looks at what the clock or other nodes may have brought.
    pub idle: Duration,
}

impl Default for SenderOptions {
    fn default() -> Self {
        Self { per_endpoint: 8, in_all: 1_024, timeout: Duration::from_secs(15), idle: Duration::from_millis(250) }
    }
}

/// Bytes of an answer's body that the log keeps.
const KEEP: usize = 16 * 1024;

pub struct Sender {
    webhooks: Webhooks,
    chance: Chance,
    options: SenderOptions,
}

impl Sender {
    pub fn new(webhooks: Webhooks, chance: Chance, options: SenderOptions) -> Self {
        Self { webhooks, chance, options }
    }

    /// Works until told to stop. A request in flight is waited for.
    pub async fn run(self, stop: CancellationToken) {
        let sender = Arc::new(self);
        let mut flights: JoinSet<()> = JoinSet::new();
        let mut lanes: HashMap<tokio::task::Id, WebhookId> = HashMap::new();
        let mut look = tokio::time::interval(sender.options.idle);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(landed) = flights.join_next_with_id(), if !flights.is_empty() => land(landed, &mut lanes),
                () = sender.webhooks.bell().notified() => {}
                _ = look.tick() => {}
            }
            while let Some(landed) = flights.try_join_next_with_id() {
                land(landed, &mut lanes);
            }
            match sender.claim(&lanes).await {
                Ok((claim, deliveries)) => {
                    for delivery in deliveries {
                        let (sender, webhook) = (sender.clone(), delivery.webhook);
                        let flight = flights.spawn(async move { sender.carry(delivery, claim).await });
                        lanes.insert(flight.id(), webhook);
                    }
                }
                Err(err) => tracing::warn!(error = ?err, "webhook deliveries cannot be read"),
            }
        }
        while flights.join_next().await.is_some() {}
    }

    async fn claim(&self, lanes: &HashMap<tokio::task::Id, WebhookId>) -> Result<(i64, Vec<Delivery>), StoreError> {
        let db = self.webhooks.db();
        let mut busy: HashMap<WebhookId, usize> = HashMap::new();
        for webhook in lanes.values() {
            *busy.entry(*webhook).or_default() += 1;
        }
        let mut left = self.options.in_all.saturating_sub(lanes.len());
        let mut rooms = Vec::new();
        for webhook in Deliveries::waiting_endpoints(db, db.clock().now()).await? {
            let room = self.options.per_endpoint.saturating_sub(busy.get(&webhook).copied().unwrap_or(0)).min(left);
            if room > 0 {
                left -= room;
                rooms.push((webhook, room));
            }
        }
        let claim = i64::from_le_bytes(db.minter().bytes()) & i64::MAX;
        if rooms.is_empty() {
            return Ok((claim, Vec::new()));
        }
        // Longer than any request may take, so that nobody else sends it meanwhile.
        let lease = self.options.timeout * 3;
        Ok((claim, Deliveries::claim(db, &rooms, claim, lease).await?))
    }

    async fn carry(&self, delivery: Delivery, claim: i64) {
        match Endpoints::look_up(self.webhooks.db(), delivery.site, delivery.webhook).await {
            // Removed meanwhile, and the delivery with it.
            Ok(None) => {}
            Ok(Some(endpoint)) => {
                let (attempt, answer) = self.attempt(&endpoint, &delivery).await;
                if let Err(err) = self.note(&endpoint, &delivery, claim, &attempt, answer.as_ref()).await {
                    // The claim lapses and it is sent again, under the same id.
                    tracing::warn!(delivery = %delivery.id, error = ?err, "the outcome of a webhook delivery could not be stored");
                }
            }
            Err(err) => tracing::warn!(delivery = %delivery.id, error = ?err, "a webhook cannot be read"),
        }
    }

    async fn attempt(&self, endpoint: &Endpoint, delivery: &Delivery) -> (Attempt, Option<OutAnswer>) {
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
        (attempt, answer.ok())
    }

    async fn note(
        &self,
        endpoint: &Endpoint,
        delivery: &Delivery,
        claim: i64,
        attempt: &Attempt,
        answer: Option<&OutAnswer>,
    ) -> Result<(), StoreError> {
        let now = self.webhooks.db().clock().now();
        let delivered = attempt.status.is_some_and(|status| (200..300).contains(&status));
        let asked = answer.and_then(|answer| retry_after(&answer.headers, now));
        let wait = wait_after(delivery.tries + 1, attempt.status, asked, &self.chance);
        let (state, due_at) = match wait {
            _ if delivered => (DeliveryState::Delivered, now),
            _ if attempt.status == Some(410) => (DeliveryState::Failed, now),
            Some(wait) => (DeliveryState::Pending, now.plus(wait)),
            None => (DeliveryState::Failed, now),
        };
        let tx = self.webhooks.db().begin().await?;
        let ours = Deliveries::note(&tx, delivery, claim, attempt, &Verdict { state, due_at, status: attempt.status }).await?;
        if ours && (!delivered || endpoint.failing_since.is_some()) {
            judge(&tx, endpoint, attempt.status, delivered).await?;
        }
        tx.commit().await
    }
}

fn land(landed: Result<(tokio::task::Id, ()), tokio::task::JoinError>, lanes: &mut HashMap<tokio::task::Id, WebhookId>) {
    let id = landed.map_or_else(
        |err| {
            tracing::error!(error = %err, "a webhook delivery broke off; it will be sent again");
            err.id()
        },
        |(id, ())| id,
    );
    lanes.remove(&id);
}

/// How the endpoint stands after a try; what failed for too long, or is gone, is disabled.
async fn judge(tx: &Tx, endpoint: &Endpoint, status: Option<i64>, delivered: bool) -> Result<(), StoreError> {
    let Some(mut fresh) = Endpoints::find(tx, endpoint.site, endpoint.id).await? else { return Ok(()) };
    let now = tx.now();
    if delivered {
        fresh.failing_since = None;
    } else {
        let since = *fresh.failing_since.get_or_insert(now);
        let reason = match status {
            Some(410) => Some("gone"),
            _ if now.since(since) >= PATIENCE => Some("failing"),
            _ => None,
        };
        if let Some(reason) = reason.filter(|_| fresh.enabled) {
            tracing::warn!(webhook = %fresh.id, site = %fresh.site, reason, "a webhook was disabled");
            metrics::counter!("webhook_disabled_total", "reason" => reason).increment(1);
            fresh.enabled = false;
            fresh.disabled_reason = Some(reason.to_owned());
        }
    }
    Endpoints::save(tx, &fresh).await
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

/// `Retry-After` in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from(at.timestamp()).since(now))
}

/// Clears the delivery log.
pub struct ForgetDeliveries(pub Webhooks);

#[async_trait::async_trait]
impl Job for ForgetDeliveries {
    fn name(&self) -> String {
        "webhook.forget".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(6 * 3600))
    }

    async fn run(&self, _fence: events::Fence) -> Outcome {
        let forgotten: Result<(), WebhookError> = self.0.forget().await.map(|_| ());
        Outcome::of(forgotten)
    }
}
