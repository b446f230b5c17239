//! What goes over the wire.

use super::{Attempt, Delivery, DeliveryState, Endpoint};
use base::{DeliveryId, EventId, Timestamp, WebhookId};
use events::Filter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An address that is told of events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 5, "url": "https://crm.example/hooks/chat", "events": ["Chat.Ended"], "description": "CRM", "enabled": true, "disabled_reason": null,
    "disabled_why": null, "algorithm": "v1", "filter": {"PreChatDepartmentId": [2]}, "rate_per_s": 20, "schedule": null, "max_in_flight": 8,
    "hold_back_s": null, "failing_since": null, "old_secrets_until": [], "created_at": "2026-11-02T09:30:00.000Z", "updated_at": "2026-11-21T18:11:54.123Z"
}))]
pub(super) struct WebhookView {
    #[schema(value_type = i64)]
    pub id: WebhookId,
    #[schema(example = "https://crm.example/hooks/chat")]
    pub url: String,
    /// Names (`Chat.Ended`), families (`Chat.*`), or `*`.
    pub events: Vec<String>,
    pub description: String,
    pub enabled: bool,
    /// Why it was disabled by itself: `gone` (it answered 410) or `failing` (nothing worked for five days).
    pub disabled_reason: Option<String>,
    /// The same in a sentence, with the last thing that was heard of it.
    pub disabled_why: Option<String>,
    /// How requests are signed: `v1` (a shared secret) or `v1a` (ed25519).
    pub algorithm: String,
    /// Only events whose payload it lets through: `{"RatingGrade": {"lte": 2}, "ChatSource": [0, 1]}`, as in subscriptions.
    #[schema(value_type = Option<Object>, example = json!({"PreChatDepartmentId": [2]}))]
    pub filter: Option<Filter>,
    /// Requests a second at most; null: no bound.
    pub rate_per_s: Option<u32>,
    /// Seconds between tries; null: ten tries in 75 hours.
    pub schedule: Option<Vec<u32>>,
    /// Requests under way at the same time.
    pub max_in_flight: usize,
    /// For so many seconds after its first failure a delivery holds later ones of the same chat back; 0: nobody waits; null: 15 minutes.
    pub hold_back_s: Option<u32>,
    /// Nothing worked since then.
    #[schema(value_type = Option<String>)]
    pub failing_since: Option<Timestamp>,
    /// When the secrets before this one cease to sign, the latest first.
    #[schema(value_type = Vec<String>)]
    pub old_secrets_until: Vec<Timestamp>,
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
}

impl From<Endpoint> for WebhookView {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id,
            url: endpoint.url,
            events: endpoint.events,
            description: endpoint.description,
            enabled: endpoint.enabled,
            disabled_reason: endpoint.disabled_reason,
            disabled_why: endpoint.disabled_why,
            algorithm: endpoint.secret.algorithm().to_string(),
            max_in_flight: endpoint.manner.in_flight(),
            filter: endpoint.manner.filter,
            rate_per_s: endpoint.manner.rate_per_s,
            schedule: endpoint.manner.schedule,
            hold_back_s: endpoint.manner.hold_back_s,
            failing_since: endpoint.failing_since,
            old_secrets_until: endpoint.old_secrets.into_iter().map(|(_, until)| until).collect(),
            created_at: endpoint.created,
            updated_at: endpoint.updated,
        }
    }
}

/// A webhook with its secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookWithSecret {
    #[serde(flatten)]
    pub webhook: WebhookView,
    /// Verify signatures with it, by any Standard Webhooks library. Of `v1a` it is the public key (`whpk_…`).
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: String,
}

impl From<Endpoint> for WebhookWithSecret {
    fn from(endpoint: Endpoint) -> Self {
        Self { secret: endpoint.secret.reveal(), webhook: endpoint.into() }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook, example = json!({"url": "https://crm.example/hooks/chat", "events": ["Chat.Ended"], "description": "CRM"}))]
pub(super) struct WebhookTold {
    pub url: String,
    pub events: Vec<String>,
    pub enabled: Option<bool>,
    pub description: Option<String>,
    /// `v1` (the usual one) or `v1a`.
    pub algorithm: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Filter>,
    pub rate_per_s: Option<u32>,
    pub schedule: Option<Vec<u32>>,
    pub max_in_flight: Option<u32>,
    pub hold_back_s: Option<u32>,
}

/// What to change; what is not given stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookPatch, example = json!({"enabled": false}))]
pub(super) struct PatchTold {
    pub url: Option<String>,
    pub events: Option<Vec<String>>,
    pub enabled: Option<bool>,
    pub description: Option<String>,
    /// Null: all events again.
    #[serde(default, deserialize_with = "told")]
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Option<Filter>>,
    /// Null: no bound again.
    #[serde(default, deserialize_with = "told")]
    #[schema(value_type = Option<u32>)]
    pub rate_per_s: Option<Option<u32>>,
    /// Null: the usual schedule again.
    #[serde(default, deserialize_with = "told")]
    #[schema(value_type = Option<Vec<u32>>)]
    pub schedule: Option<Option<Vec<u32>>>,
    #[serde(default, deserialize_with = "told")]
    #[schema(value_type = Option<u32>)]
    pub max_in_flight: Option<Option<u32>>,
    /// Null: 15 minutes again.
    #[serde(default, deserialize_with = "told")]
    #[schema(value_type = Option<u32>)]
    pub hold_back_s: Option<Option<u32>>,
}

/// A field that was told, be it `null`.
fn told<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// Which deliveries to send again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookResend, example = json!({"status": "failed", "from": "2026-11-21T00:00:00Z", "dry_run": true}))]
pub(super) struct AgainTold {
    /// `failed`, `held` or `delivered`; without it all that are not under way.
    pub status: Option<String>,
    /// Of what happened from then on.
    #[schema(value_type = Option<String>)]
    pub from: Option<Timestamp>,
    /// Of what happened before then.
    #[schema(value_type = Option<String>)]
    pub to: Option<Timestamp>,
    /// Only count.
    #[serde(default)]
    pub dry_run: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"count": 12}))]
pub(super) struct Resent {
    /// How many.
    pub count: u64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookRotation, example = json!({"expire_old": true}))]
pub(super) struct RotationTold {
    /// `v1` or `v1a`; without it as before.
    pub algorithm: Option<String>,
    /// Every secret before the new one ceases to sign at once, as when one leaked.
    #[serde(default)]
    pub expire_old: bool,
}

/// One event on its way to one webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019ab2c5-3a40-7b1c-8d2e-6f70819203a4", "webhook": 5, "event": "019ab2c5-39ff-7a00-9b01-c203d405e607", "type": "Chat.Ended",
    "status": "pending", "attempts": 1, "last_status": 503, "next_at": "2026-11-21T18:31:24.500Z",
    "occurred_at": "2026-11-21T18:31:18.870Z", "created_at": "2026-11-21T18:31:18.904Z"
}))]
pub(super) struct DeliveryView {
    #[schema(value_type = uuid::Uuid)]
    pub id: DeliveryId,
    #[schema(value_type = i64)]
    pub webhook: WebhookId,
    /// The event's id, sent as `webhook-id`.
    #[schema(value_type = uuid::Uuid)]
    pub event: EventId,
    #[schema(example = "Chat.Ended")]
    pub r#type: String,
    /// `pending`, `delivered`, `failed`, or `held` (it happened while the webhook was disabled).
    pub status: String,
    pub attempts: u32,
    /// HTTP status of the last try; null when there was no answer.
    pub last_status: Option<i64>,
    /// When it is tried next.
    #[schema(value_type = Option<String>)]
    pub next_at: Option<Timestamp>,
    /// When the event happened.
    #[schema(value_type = String)]
    pub occurred_at: Timestamp,
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            webhook: delivery.webhook,
            event: delivery.event,
            r#type: delivery.name,
            status: delivery.state.to_string(),
            attempts: delivery.attempts,
            last_status: delivery.last_status,
            next_at: (delivery.state == DeliveryState::Pending).then_some(delivery.due_at),
            occurred_at: delivery.occurred,
            created_at: delivery.created,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HeaderView {
    pub name: String,
    pub value: String,
}

/// One try, as it went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "number": 1, "at": "2026-11-21T18:31:18.990Z", "took_ms": 84, "url": "https://crm.example/hooks/chat",
    "request_headers": [{"name": "webhook-id", "value": "019ab2c5-39ff-7a00-9b01-c203d405e607"}], "status": 503, "error": null,
    "response_headers": [{"name": "retry-after", "value": "5"}], "response_body": "down for maintenance"
}))]
pub(super) struct AttemptView {
    pub number: u32,
    #[schema(value_type = String)]
    pub at: Timestamp,
    pub took_ms: u64,
    pub url: String,
    pub request_headers: Vec<HeaderView>,
    /// Null when there was no answer.
    pub status: Option<i64>,
    /// Why there was no answer.
    pub error: Option<String>,
    pub response_headers: Vec<HeaderView>,
    /// The first 16 KiB.
    pub response_body: String,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        let view = |headers: Vec<(String, String)>| headers.into_iter().map(|(name, value)| HeaderView { name, value }).collect();
        Self {
            number: attempt.number,
            at: attempt.at,
            took_ms: u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX),
            url: attempt.url,
            request_headers: view(attempt.request_headers),
            status: attempt.status,
            error: attempt.trouble,
            response_headers: view(attempt.response_headers),
            response_body: attempt.response_body,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveryDetail {
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// The body of the request.
    #[schema(example = r#"{"type":"Chat.Ended","timestamp":"2026-11-21T18:31:18.904Z","data":{"ChatId":1204}}"#)]
    pub request_body: String,
    /// Every try, the first one first.
    pub log: Vec<AttemptView>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveriesAsked {
    /// `pending`, `delivered`, `failed` or `held`.
    pub status: Option<String>,
    /// The `next` of the page before, exactly as it was given.
    pub after: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
}
