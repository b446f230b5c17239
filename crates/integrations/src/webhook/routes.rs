use super::wire::{
    AgainTold, AttemptView, DeliveriesAsked, DeliveryDetail, DeliveryView, PatchTold, Resent, RotationTold, WebhookTold, WebhookView,
    WebhookWithSecret,
};
use super::{Again, Algorithm, DeliveryState, EndpointPatch, Manner, MannerPatch, NewEndpoint, Webhooks};
use axum::extract::State;
use axum::http::StatusCode;
use base::{DeliveryId, PageRequest, Permission, WebhookId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Agent, Answer, Json, List, Paging, PagingParams, Path, Problem, Query, ShownOnce, doc, may};

pub fn routes(webhooks: Webhooks) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::needs(Permission::ManageWebhooks, routes!(list, create)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(show, change, remove)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(rotate)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(expire_secrets)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(test)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(deliveries)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(delivery)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(resend)))
        .routes(doc::needs(Permission::ManageWebhooks, routes!(resend_all)))
        .with_state(webhooks)
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
        algorithm: told.algorithm.as_deref().unwrap_or("v1").parse::<Algorithm>()?,
        manner: Manner {
            filter: told.filter,
            rate_per_s: told.rate_per_s,
            schedule: told.schedule,
            max_in_flight: told.max_in_flight,
            hold_back_s: told.hold_back_s,
        },
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
    let manner = MannerPatch {
        filter: told.filter,
        rate_per_s: told.rate_per_s,
        schedule: told.schedule,
        max_in_flight: told.max_in_flight,
        hold_back_s: told.hold_back_s,
    };
    let patch = EndpointPatch { url: told.url, events: told.events, description: told.description, enabled: told.enabled, manner };
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

/// Give a webhook a new secret, shown in this answer only. Each secret before it signs beside it for 24 hours, unless it should not.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/secret",
    tag = "webhooks",
    params(("id" = i64, Path, description = "the webhook")),
    request_body = RotationTold,
    responses(
        (status = 200, description = "The webhook and its new secret.", body = WebhookWithSecret),
        (status = 409, description = "As many old secrets sign as may."),
    ),
)]
async fn rotate(
    State(webhooks): State<Webhooks>,
    agent: Agent<may::ManageWebhooks>,
    Path(id): Path<WebhookId>,
    Json(told): Json<RotationTold>,
) -> Answer<(ShownOnce, Json<WebhookWithSecret>)> {
    let algorithm = told.algorithm.map(|algorithm| algorithm.parse::<Algorithm>()).transpose()?;
    Ok((ShownOnce, Json(webhooks.rotate(agent.site, id, algorithm, told.expire_old).await?.into())))
}

/// End the secrets before the newest one at once.
#[utoipa::path(
    delete,
    path = "/v1/webhooks/{id}/old-secrets",
    tag = "webhooks",
    params(("id" = i64, Path, description = "the webhook")),
    responses((status = 200, description = "Only the newest secret signs.", body = WebhookView)),
)]
async fn expire_secrets(
    State(webhooks): State<Webhooks>,
    agent: Agent<may::ManageWebhooks>,
    Path(id): Path<WebhookId>,
) -> Answer<Json<WebhookView>> {
    Ok(Json(webhooks.expire_secrets(agent.site, id).await?.into()))
}

/// Send deliveries of a webhook again: those that failed, those held while it was disabled, or all of a time.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/resend",
    tag = "webhooks",
    params(("id" = i64, Path, description = "the webhook")),
    request_body = AgainTold,
    responses(
        (status = 200, description = "How many are on their way, or would be.", body = Resent),
        (status = 409, description = "The webhook is disabled."),
    ),
)]
async fn resend_all(
    State(webhooks): State<Webhooks>,
    agent: Agent<may::ManageWebhooks>,
    Path(id): Path<WebhookId>,
    Json(told): Json<AgainTold>,
) -> Answer<Json<Resent>> {
    let state = told.status.map(|status| status.parse::<DeliveryState>()).transpose();
    let state = state.map_err(|why| Problem::invalid("status", why))?;
    if state == Some(DeliveryState::Pending) {
        return Err(Problem::invalid("status", "those that are under way are sent as it is"));
    }
    let which = Again { state, from: told.from, to: told.to };
    Ok(Json(Resent { count: webhooks.resend_all(agent.site, id, &which, told.dry_run).await? }))
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
    let request_body = webhooks.body(&delivery).await?;
    let log = attempts.into_iter().map(AttemptView::from).collect();
    Ok(Json(DeliveryDetail { request_body, delivery: delivery.into(), log }))
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
