use super::sight;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Permission, SiteId, SubscriptionId, Timestamp};
use events::{NewSubscription, Subscription, SubscriptionPatch, SubscriptionState, Subscriptions};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Agent, Answer, Json, List, Path, doc, may};

pub(super) fn routes(subscriptions: Subscriptions) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::needs(Permission::ViewEvents, routes!(list)))
        .routes(doc::needs(Permission::ManageEvents, routes!(create)))
        .routes(doc::needs(Permission::ManageEvents, routes!(change, remove)))
        .with_state(subscriptions)
}

/// Which queue hears of which events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 21, "pattern": "Chat.*", "queue": "Crm.Chats", "site": 1, "filter": {"ChatSource": [0]}, "enabled": true, "built_in": false,
    "state": "active", "trouble": null, "version": 34, "updated_at": "2026-11-21T18:11:54.123Z"
}))]
struct SubscriptionView {
    #[schema(value_type = i64)]
    id: SubscriptionId,
    /// A name (`Chat.Ended`), all of a family (`Chat.*`), or all (`*`).
    #[schema(example = "Chat.*")]
    pattern: String,
    #[schema(example = "Crm.Chats")]
    queue: String,
    /// Of this site alone; null: of all.
    #[schema(value_type = Option<i64>)]
    site: Option<SiteId>,
    /// Comparisons of the payload's fields, as in `{"RatingGrade": {"lte": 2}, "ChatSource": [0, 1]}`.
    #[schema(value_type = Option<Object>)]
    filter: Option<Value>,
    enabled: bool,
    /// Declared by the product: it can be paused but not removed.
    built_in: bool,
    /// `declaring`, `active`, `paused`, `draining`, `drained` or `failed`.
    state: &'static str,
    /// Why it failed.
    trouble: Option<String>,
    /// The version of the whole at which it changed last.
    version: i64,
    #[schema(value_type = String)]
    updated_at: Timestamp,
}

impl From<Subscription> for SubscriptionView {
    fn from(one: Subscription) -> Self {
        let enabled = !matches!(one.state, SubscriptionState::Paused | SubscriptionState::Draining | SubscriptionState::Drained);
        Self {
            id: one.id,
            pattern: one.pattern,
            queue: one.queue.to_string(),
            site: one.site,
            filter: one.filter.map(Value::from),
            enabled,
            built_in: one.built_in,
            state: one.state.wire(),
            trouble: one.trouble,
            version: one.version,
            updated_at: one.updated_at,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSubscription, example = json!({"pattern": "Chat.*", "queue": "Crm.Chats", "site": 1, "filter": {"ChatSource": [0]}}))]
struct SubscriptionTold {
    pattern: String,
    queue: String,
    #[schema(value_type = Option<i64>)]
    site: Option<SiteId>,
    #[schema(value_type = Option<Object>)]
    filter: Option<Value>,
    enabled: Option<bool>,
}

/// What to change; what is not given stays, and null takes away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubscriptionPatch, example = json!({"enabled": false}))]
struct PatchTold {
    pattern: Option<String>,
    queue: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    site: Option<Option<SiteId>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Object>)]
    filter: Option<Option<Value>>,
    enabled: Option<bool>,
}

/// Tells null from nothing.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// List the subscriptions: the product's own and those of the site.
#[utoipa::path(
    get,
    path = "/v1/event-subscriptions",
    tag = "events",
    responses((status = 200, description = "All that concern the site.", body = List<SubscriptionView>)),
)]
async fn list(State(subscriptions): State<Subscriptions>, agent: Agent<may::ViewEvents>) -> Answer<Json<List<SubscriptionView>>> {
    let all = subscriptions.list(sight(&agent)).await?;
    Ok(Json(all.into_iter().map(SubscriptionView::from).collect::<Vec<_>>().into()))
}

/// Copy events to a queue. Distributors follow within two seconds.
#[utoipa::path(
    post,
    path = "/v1/event-subscriptions",
    tag = "events",
    request_body = SubscriptionTold,
    responses(
        (status = 201, description = "It is active, or becomes so when its queue is there.", body = SubscriptionView),
        (status = 403, description = "Only the administrators of the installation may subscribe to all sites."),
    ),
)]
async fn create(
    State(subscriptions): State<Subscriptions>,
    agent: Agent<may::ManageEvents>,
    Json(told): Json<SubscriptionTold>,
) -> Answer<(StatusCode, Json<SubscriptionView>)> {
    let new = NewSubscription {
        pattern: told.pattern,
        queue: told.queue,
        site: told.site,
        filter: told.filter,
        enabled: told.enabled.unwrap_or(true),
    };
    let made = subscriptions.create(sight(&agent), new).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Change a subscription. Those of the product can only be paused and resumed.
#[utoipa::path(
    patch,
    path = "/v1/event-subscriptions/{id}",
    tag = "events",
    params(("id" = i64, Path, description = "the subscription")),
    request_body = PatchTold,
    responses(
        (status = 200, description = "As it is now.", body = SubscriptionView),
        (status = 409, description = "It belongs to the product."),
    ),
)]
async fn change(
    State(subscriptions): State<Subscriptions>,
    agent: Agent<may::ManageEvents>,
    Path(id): Path<SubscriptionId>,
    Json(told): Json<PatchTold>,
) -> Answer<Json<SubscriptionView>> {
    let patch = SubscriptionPatch { pattern: told.pattern, queue: told.queue, site: told.site, filter: told.filter, enabled: told.enabled };
    Ok(Json(subscriptions.change(sight(&agent), id, patch).await?.into()))
}

/// Copy nothing more; what is in the queue may still be heard. A drained subscription is taken away.
#[utoipa::path(
    delete,
    path = "/v1/event-subscriptions/{id}",
    tag = "events",
    params(("id" = i64, Path, description = "the subscription")),
    responses(
        (status = 204, description = "It is draining, or gone."),
        (status = 409, description = "It belongs to the product."),
    ),
)]
async fn remove(State(subscriptions): State<Subscriptions>, agent: Agent<may::ManageEvents>, Path(id): Path<SubscriptionId>) -> Answer<StatusCode> {
    subscriptions.remove(sight(&agent), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
