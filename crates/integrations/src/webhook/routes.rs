use super::{Attempt, Delivery, DeliveryState, Endpoint, EndpointPatch, NewEndpoint, Webhooks};
use axum::extract::State;
use axum::http::StatusCode;
use base::{DeliveryId, EventId, PageRequest, Permission, Timestamp, WebhookId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Agent, Answer, Json, List, Paging, PagingParams, Path, Problem, Query, ShownOnce, doc, may};

pub fn routes(webhooks: Webhooks) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::needs(Permission::ManageWebhooks, routes!(list, create)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(show, change, remove)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(rotate)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(test)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(deliveries)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(delivery)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(resend)))
        .with_state(webhooks)
}

/// An address that is told of events.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookView {
    #[schema(value_type = i64)]
    id: WebhookId,
    #[schema(example = "https://crm.example/hooks/chat")]
    url: String,
    /// Names (`Chat.Ended`), families (`Chat.*`), or `*`.
    events: Vec<String>,
    description: String,
    enabled: bool,
    /// Why it was disabled by itself: `gone` (it answered 410) or `failing` (nothing worked for five days).
    disabled_reason: Option<String>,
    /// Nothing worked since then.
    #[schema(value_type = Option<String>)]
    failing_since: Option<Timestamp>,
    /// The secret before the last change still signs until then.
    #[schema(value_type = Option<String>)]
    old_secret_until: Option<Timestamp>,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = String)]
    updated_at: Timestamp,
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
            failing_since: endpoint.failing_since,
            old_secret_until: endpoint.old_secret.map(|(_, until)| until),
            created_at: endpoint.created,
            updated_at: endpoint.updated,
        }
    }
}

/// A webhook with its secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookWithSecret {
    #[serde(flatten)]
    webhook: WebhookView,
    /// Verify signatures with it, by any Standard Webhooks library.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: String,
}

impl From<Endpoint> for WebhookWithSecret {
    fn from(endpoint: Endpoint) -> Self {
        Self { secret: endpoint.secret.reveal().to_owned(), webhook: endpoint.into() }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook, example = json!({"url": "https://crm.example/hooks/chat", "events": ["Chat.Ended"], "description": "CRM"}))]
struct WebhookTold {
    url: String,
    events: Vec<String>,
    enabled: Option<bool>,
    description: Option<String>,
}

/// What to change; what is not given stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookPatch, example = json!({"enabled": false}))]
struct PatchTold {
    url: Option<String>,
    events: Option<Vec<String>>,
    enabled: Option<bool>,
    description: Option<String>,
}

/// One event on its way to one webhook.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryView {
    #[schema(value_type = uuid::Uuid)]
    id: DeliveryId,
    #[schema(value_type = i64)]
    webhook: WebhookId,
    /// The event's id, sent as `webhook-id`.
    #[schema(value_type = uuid::Uuid)]
    event: EventId,
    #[schema(example = "Chat.Ended")]
    r#type: String,
    /// `pending`, `delivered` or `failed`.
    status: String,
    attempts: u32,
    /// HTTP status of the last try; null when there was no answer.
    last_status: Option<i64>,
    /// When it is tried next.
    #[schema(value_type = Option<String>)]
    next_at: Option<Timestamp>,
    #[schema(value_type = String)]
    created_at: Timestamp,
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
            created_at: delivery.created,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct HeaderView {
    name: String,
    value: String,
}

/// One try, as it went.
#[derive(Debug, Serialize, ToSchema)]
struct AttemptView {
    number: u32,
    #[schema(value_type = String)]
    at: Timestamp,
    took_ms: u64,
    url: String,
    request_headers: Vec<HeaderView>,
    /// Null when there was no answer.
    status: Option<i64>,
    /// Why there was no answer.
    error: Option<String>,
    response_headers: Vec<HeaderView>,
    /// The first 16 KiB.
    response_body: String,
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
struct DeliveryDetail {
    #[serde(flatten)]
    delivery: DeliveryView,
    /// The body of the request.
    request_body: String,
    /// Every try, the first one first.
    log: Vec<AttemptView>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DeliveriesAsked {
    /// `pending`, `delivered` or `failed`.
    status: Option<String>,
    /// The `next` of the page before, exactly as it was given.
    after: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// List the webhooks of the site.
#[utoipa::path(
    get,
    path = "/v1/webhooks",
    tag = "webhooks",
    params(PagingParams),
    responses((status = 200, description = "In the order they were made.", body = List<WebhookView>)),
)]
async fn list(
    State(webhooks): State<Webhooks>,
    agent: Agent<may::ManageWebhooks>,
    Paging(page): Paging,
) -> Answer<Json<List<WebhookView>>> {
    let page = webhooks.list(agent.site, &page).await?;
    Ok(Json(page.map(WebhookView::from).into()))
}

/// Make a webhook. Its secret is shown in this answer only.
#[utoipa::path(
    post,
    path = "/v1/webhooks",
    tag = "webhooks",
    request_body = WebhookTold,
    responses(
        (status = 201, description = "It is there, and hears from now on.", body = WebhookWithSecret),
        (status = 409, description = "The site has as many webhooks as it may."),
    ),
)]
async fn create(
    State(webhooks): State<Webhooks>,
    agent: Agent<may::ManageWebhooks>,
    Json(told): Json<WebhookTold>,
) -> Answer<(StatusCode, ShownOnce, Json<WebhookWithSecret>)> {
    let new = NewEndpoint {
        url: told.url,
        events: told.events,
        description: told.description.unwrap_or_default(),
        enabled: told.enabled.unwrap_or(true),
    };
    let endpoint = webhooks.create(agent.site, new).await?;
    Ok((StatusCode::CREATED, ShownOnce, Json(endpoint.into())))
}

/// Show a webhook.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}",
    tag = "webhooks",
    params(("id" = i64, Path, description = "the webhook")),
    responses((status = 200, description = "The webhook.", body = WebhookView)),
)]
async fn show(
    State(webhooks): State<Webhooks>,
    agent: Agent<may::ManageWebhooks>,
    Path(id): Path<WebhookId>,
) -> Answer<Json<WebhookView>> {
    Ok(Json(webhooks.get(agent.site, id).await?.into()))
}

/// Change a webhook. To enable one that was disabled by itself gives it a fresh start.
#[utoipa::path(
    patch,
    path = "/v1/webhooks/{id}",
    tag = "webhooks",
    params(("id" = i64, Path, description = "the webhook")),
    request_body = PatchTold,
    responses((status = 200, description = "As it is now.", body = WebhookView)),
)]
async fn change(
    State(webhooks): State<Webhooks>,
    agent: Agent<may::ManageWebhooks>,
    Path(id): Path<WebhookId>,
    Json(told): Json<PatchTold>,
) -> Answer<Json<WebhookView>> {
    let patch = EndpointPatch { url: told.url, events: told.events, description: told.description, enabled: told.enabled };
    Ok(Json(webhooks.change(agent.site, id, patch).await?.into()))
}

/// Remove a webhook with its log. What waits for it is not sent.
#[utoipa::path(
    delete,
    path = "/v1/webhooks/{id}",
    tag = "webhooks",
    params(("id" = i64, Path, description = "the webhook")),
    responses((status = 204, description = "It is gone.")),
)]
async fn remove(State(webhooks): State<Webhooks>, agent: Agent<may::ManageWebhooks>, Path(id): Path<WebhookId>) -> Answer<StatusCode> {
    webhooks.remove(agent.site, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a webhook a new secret, shown in this answer only. For 24 hours requests carry a signature by each of the two.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/secret",
    tag = "webhooks",
    params(("id" = i64, Path, description = "the webhook")),
    responses((status = 200, description = "The webhook and its new secret.", body = WebhookWithSecret)),
)]
async fn rotate(
    State(webhooks): State<Webhooks>,
    agent: Agent<may::ManageWebhooks>,
    Path(id): Path<WebhookId>,
) -> Answer<(ShownOnce, Json<WebhookWithSecret>)> {
    Ok((ShownOnce, Json(webhooks.rotate(agent.site, id).await?.into())))
}

/// Send a sample of the first event that the webhook hears.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/test",
    tag = "webhooks",
    params(("id" = i64, Path, description = "the webhook")),
    responses(
        (status = 202, description = "It is on its way; look at the delivery for how it went.", body = DeliveryView),
        (status = 409, description = "The webhook is disabled."),
    ),
)]
async fn test(
    State(webhooks): State<Webhooks>,
    agent: Agent<may::ManageWebhooks>,
    Path(id): Path<WebhookId>,
) -> Answer<(StatusCode, Json<DeliveryView>)> {
    let delivery = webhooks.test(agent.site, id).await?;
    Ok((StatusCode::ACCEPTED, Json(delivery.into())))
}

/// List what was and will be sent to a webhook.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}/deliveries",
    tag = "webhooks",
    params(("id" = i64, Path, description = "the webhook"), DeliveriesAsked),
    responses((status = 200, description = "The newest first.", body = List<DeliveryView>)),
)]
async fn deliveries(
    State(webhooks): State<Webhooks>,
    agent: Agent<may::ManageWebhooks>,
    Path(id): Path<WebhookId>,
    Query(asked): Query<DeliveriesAsked>,
) -> Answer<Json<List<DeliveryView>>> {
    let state = asked.status.filter(|status| !status.is_empty()).map(|status| status.parse::<DeliveryState>());
    let state = state.transpose().map_err(|why| Problem::invalid("status", why))?;
    let limit = asked.limit.unwrap_or(PageRequest::DEFAULT);
    if !(1..=PageRequest::MAX).contains(&limit) {
        return Err(Problem::invalid("limit", format!("should be 1 to {}", PageRequest::MAX)));
    }
    let page = PageRequest { after: asked.after.filter(|after| !after.is_empty()), limit };
    let page = webhooks.deliveries(agent.site, id, state, &page).await?;
    Ok(Json(page.map(DeliveryView::from).into()))
}

/// Show a delivery with its request and the log of its tries.
#[utoipa::path(
    get,
    path = "/v1/webhook-deliveries/{id}",
    tag = "webhooks",
    params(("id" = uuid::Uuid, Path, description = "the delivery")),
    responses((status = 200, description = "The delivery.", body = DeliveryDetail)),
)]
async fn delivery(
    State(webhooks): State<Webhooks>,
    agent: Agent<may::ManageWebhooks>,
    Path(id): Path<DeliveryId>,
) -> Answer<Json<DeliveryDetail>> {
    let (delivery, attempts) = webhooks.delivery(agent.site, id).await?;
    let log = attempts.into_iter().map(AttemptView::from).collect();
    Ok(Json(DeliveryDetail { request_body: delivery.body.clone(), delivery: delivery.into(), log }))
}

/// Send a delivery again, under the same `webhook-id`.
#[utoipa::path(
    post,
    path = "/v1/webhook-deliveries/{id}/resend",
    tag = "webhooks",
    params(("id" = uuid::Uuid, Path, description = "the delivery")),
    responses(
        (status = 202, description = "It is on its way.", body = DeliveryView),
        (status = 409, description = "The webhook is disabled."),
    ),
)]
async fn resend(
    State(webhooks): State<Webhooks>,
    agent: Agent<may::ManageWebhooks>,
    Path(id): Path<DeliveryId>,
) -> Answer<(StatusCode, Json<DeliveryView>)> {
    let delivery = webhooks.resend(agent.site, id).await?;
    Ok((StatusCode::ACCEPTED, Json(delivery.into())))
}
