use super::{ApiKey, ApiKeys, NewApiKey};
use crate::identity::roles::PermissionName;
use axum::extract::State;
use base::{ApiKeyId, Permission, Timestamp, UserId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::may::ManageApiKeys;
use web::{Agent, Answer, Json, List, Path, ShownOnce, doc};

pub(in crate::identity) fn routes(keys: Arc<ApiKeys>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::needs(Permission::ManageApiKeys, routes!(list, create)))
        .routes(doc::needs(Permission::ManageApiKeys, routes!(delete)))
        .with_state(keys)
}

#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey, example = json!({
    "id": 3, "name": "Nightly export", "hint": "sbk_1f0a9c", "permissions": ["view_history"], "created_by": 1,
    "created_at": "2026-11-21T18:11:54.123Z", "expires_at": null, "used_at": null
}))]
struct ApiKeyView {
    #[schema(value_type = i64)]
    id: ApiKeyId,
    name: String,
    /// The first characters, by which its owner knows it again.
    hint: String,
    #[schema(value_type = Vec<PermissionName>)]
    permissions: BTreeSet<Permission>,
    #[schema(value_type = Option<i64>)]
    created_by: Option<UserId>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// To the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        let ApiKey { id, name, hint, permissions, created_by, created_at, expires_at, used_at, .. } = key;
        Self { id, name, hint, permissions, created_by, created_at, expires_at, used_at }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApiKey, example = json!({"name": "Nightly export", "permissions": ["view_history"], "expires_at": "2027-01-01T00:00:00.000Z"}))]
struct NewApiKeyBody {
    name: String,
    #[schema(value_type = Vec<PermissionName>)]
    permissions: BTreeSet<Permission>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
struct NewApiKeyView {
    key: ApiKeyView,
    /// Shown here and never again.
    #[schema(example = "sbk_1f0a9c…")]
    secret: String,
}

/// The keys of the site, without their secrets.
#[utoipa::path(get, path = "/v1/api-keys", tag = "api keys", operation_id = "list_api_keys", responses((status = 200, body = List<ApiKeyView>)))]
async fn list(Agent(caller, ..): Agent<ManageApiKeys>, State(keys): State<Arc<ApiKeys>>) -> Answer<Json<List<ApiKeyView>>> {
    let all = keys.list(&caller).await?;
    Ok(Json(all.into_iter().map(ApiKeyView::from).collect::<Vec<_>>().into()))
}

/// Makes a key. Nobody grants a permission that they do not have. The secret is shown once.
#[utoipa::path(post, path = "/v1/api-keys", tag = "api keys", operation_id = "create_api_key", request_body = NewApiKeyBody, responses((status = 201, body = NewApiKeyView)))]
async fn create(
    Agent(caller, ..): Agent<ManageApiKeys>,
    State(keys): State<Arc<ApiKeys>>,
    Json(body): Json<NewApiKeyBody>,
) -> Answer<(StatusCode, ShownOnce, Json<NewApiKeyView>)> {
    let NewApiKeyBody { name, permissions, expires_at } = body;
    let (key, secret) = keys.create(&caller, NewApiKey { name, permissions, expires_at }).await?;
    let view = NewApiKeyView { key: key.into(), secret: secret.reveal().to_owned() };
    Ok((StatusCode::CREATED, ShownOnce, Json(view)))
}

/// Takes a key back, from now on.
#[utoipa::path(delete, path = "/v1/api-keys/{id}", tag = "api keys", operation_id = "delete_api_key", params(("id" = i64, Path)), responses((status = 204)))]
async fn delete(
    Agent(caller, ..): Agent<ManageApiKeys>,
    State(keys): State<Arc<ApiKeys>>,
    Path(id): Path<ApiKeyId>,
) -> Answer<StatusCode> {
    keys.delete(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
