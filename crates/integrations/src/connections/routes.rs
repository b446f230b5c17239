use super::{Connection, Connections, LogEntry, Steps};
use axum::extract::State;
use base::{EventId, PageRequest, Permission, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Agent, Answer, Json, List, Path, Problem, Query, doc, may};

pub fn routes(connections: Connections) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::needs(Permission::ManageIntegrations, routes!(list)))
        .routes(doc::needs(Permission::ManageIntegrations, routes!(show, save)))
        .routes(doc::needs(Permission::ManageIntegrations, routes!(test)))
        .routes(doc::needs(Permission::ManageIntegrations, routes!(log)))
        .with_state(connections)
}

/// A system that the site can be connected to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "kind": "zendesk", "configured": true, "enabled": true, "state": "ok", "last_error": null, "last_error_at": null,
    "last_ok_at": "2026-11-21T18:31:19.420Z", "open_until": null
}))]
struct IntegrationView {
    #[schema(example = "salesforce")]
    kind: &'static str,
    /// Settings were saved.
    configured: bool,
    enabled: bool,
    /// `off`, `ok`, `failing` (the last try failed) or `open` (nothing is sent for a while).
    state: String,
    last_error: Option<String>,
    #[schema(value_type = Option<String>)]
    last_error_at: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    last_ok_at: Option<Timestamp>,
    /// While `open`: when the next one goes first.
    #[schema(value_type = Option<String>)]
    open_until: Option<Timestamp>,
}

impl From<Connection> for IntegrationView {
    fn from(connection: Connection) -> Self {
        Self {
            kind: connection.kind,
            configured: connection.configured,
            enabled: connection.enabled,
            state: connection.state().to_string(),
            last_error: connection.last_error,
            last_error_at: connection.last_error_at,
            last_ok_at: connection.last_ok_at,
            open_until: connection.breaker.open_until,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "kind": "zendesk", "configured": true, "enabled": true, "state": "ok", "last_error": null, "last_error_at": null,
    "last_ok_at": "2026-11-21T18:31:19.420Z", "open_until": null,
    "settings": {"url": "https://acme.zendesk.com", "auth": "token", "email": "bot@acme.example", "api_token": {"set": true}}
}))]
struct IntegrationDetail {
    #[serde(flatten)]
    integration: IntegrationView,
    /// Of a secret only `{"set": true}` is told.
    #[schema(value_type = Object)]
    settings: Value,
}

impl From<(Connection, Value)> for IntegrationDetail {
    fn from((connection, settings): (Connection, Value)) -> Self {
        Self { integration: connection.into(), settings }
    }
}

/// A secret that is left out, or sent as `{"set": true}`, stays as it is; `null` removes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": true, "settings": {"url": "https://acme.zendesk.com", "auth": "token", "email": "bot@acme.example", "api_token": "…"}}))]
struct IntegrationTold {
    enabled: bool,
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
}

#[derive(Debug, Serialize, ToSchema)]
struct TestStepView {
    /// `address`, `sign_in`, `limits` … ; the console has words for each.
    name: &'static str,
    ok: bool,
    detail: String,
}

/// How a test of a connection went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"ok": false, "steps": [{"name": "address", "ok": true, "detail": ""}, {"name": "sign_in", "ok": false, "detail": "401: the token is not valid"}]}))]
struct IntegrationTest {
    ok: bool,
    steps: Vec<TestStepView>,
}

impl From<Steps> for IntegrationTest {
    fn from(steps: Steps) -> Self {
        let ok = steps.ok();
        let view = |step: super::Step| TestStepView { name: step.name, ok: step.ok, detail: step.detail };
        Self { ok, steps: steps.0.into_iter().map(view).collect() }
    }
}

/// One event and what became of it over there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 311, "event": "019ab2c5-39ff-7a00-9b01-c203d405e607", "chat": "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718", "state": "done",
    "what": "ticket_created", "detail": "#4417", "attempts": 1, "at": "2026-11-21T18:31:19.420Z"
}))]
struct IntegrationLogView {
    id: i64,
    #[schema(value_type = uuid::Uuid)]
    event: EventId,
    chat: Option<String>,
    /// `done`, `retrying` or `failed`.
    state: String,
    #[schema(example = "case_created")]
    what: String,
    detail: String,
    attempts: u32,
    #[schema(value_type = String)]
    at: Timestamp,
}

impl From<LogEntry> for IntegrationLogView {
    fn from(entry: LogEntry) -> Self {
        let LogEntry { id, event, chat, state, what, detail, attempts, at, .. } = entry;
        Self { id, event, chat, state, what, detail, attempts, at }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LogAsked {
    /// `done`, `retrying` or `failed`.
    state: Option<String>,
    /// The `next` of the page before, exactly as it was given.
    after: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// List the systems that the site can be connected to.
#[utoipa::path(
    get,
    path = "/v1/integrations",
    tag = "integrations",
    responses((status = 200, description = "All of them, set up or not.", body = List<IntegrationView>)),
)]
async fn list(State(connections): State<Connections>, agent: Agent<may::ManageIntegrations>) -> Answer<Json<List<IntegrationView>>> {
    let all = connections.list(agent.site).await?;
    Ok(Json(all.into_iter().map(IntegrationView::from).collect::<Vec<_>>().into()))
}

/// Show a connection with its settings.
#[utoipa::path(
    get,
    path = "/v1/integrations/{kind}",
    tag = "integrations",
    params(("kind" = String, Path, description = "which system")),
    responses((status = 200, description = "The connection.", body = IntegrationDetail)),
)]
async fn show(
    State(connections): State<Connections>,
    agent: Agent<may::ManageIntegrations>,
    Path(kind): Path<String>,
) -> Answer<Json<IntegrationDetail>> {
    Ok(Json(connections.get(agent.site, &kind).await?.into()))
}

/// Save the settings of a connection. What waits for it is sent with the new ones.
#[utoipa::path(
    put,
    path = "/v1/integrations/{kind}",
    tag = "integrations",
    params(("kind" = String, Path, description = "which system")),
    request_body = IntegrationTold,
    responses((status = 200, description = "As it is now.", body = IntegrationDetail)),
)]
async fn save(
    State(connections): State<Connections>,
    agent: Agent<may::ManageIntegrations>,
    Path(kind): Path<String>,
    Json(told): Json<IntegrationTold>,
) -> Answer<Json<IntegrationDetail>> {
    Ok(Json(connections.save(agent.site, &kind, told.enabled, told.settings).await?.into()))
}

/// Try a connection with its saved settings, step by step. Nothing is changed over there.
#[utoipa::path(
    post,
    path = "/v1/integrations/{kind}/test",
    tag = "integrations",
    params(("kind" = String, Path, description = "which system")),
    responses(
        (status = 200, description = "How far it got.", body = IntegrationTest),
        (status = 409, description = "There are no settings yet."),
    ),
)]
async fn test(
    State(connections): State<Connections>,
    agent: Agent<may::ManageIntegrations>,
    Path(kind): Path<String>,
) -> Answer<Json<IntegrationTest>> {
    Ok(Json(connections.test(agent.site, &kind).await?.into()))
}

/// List what was done over there.
#[utoipa::path(
    get,
    path = "/v1/integrations/{kind}/log",
    tag = "integrations",
    params(("kind" = String, Path, description = "which system"), LogAsked),
    responses((status = 200, description = "The newest first.", body = List<IntegrationLogView>)),
)]
async fn log(
    State(connections): State<Connections>,
    agent: Agent<may::ManageIntegrations>,
    Path(kind): Path<String>,
    Query(asked): Query<LogAsked>,
) -> Answer<Json<List<IntegrationLogView>>> {
    let limit = asked.limit.unwrap_or(PageRequest::DEFAULT);
    if !(1..=PageRequest::MAX).contains(&limit) {
        return Err(Problem::invalid("limit", format!("should be 1 to {}", PageRequest::MAX)));
    }
    let state = asked.state.filter(|state| !state.is_empty());
    if state.as_deref().is_some_and(|state| !matches!(state, "done" | "retrying" | "failed")) {
        return Err(Problem::invalid("state", "should be done, retrying or failed"));
    }
    let page = PageRequest { after: asked.after.filter(|after| !after.is_empty()), limit };
    let page = connections.log(agent.site, &kind, state.as_deref(), &page).await?;
    Ok(Json(page.map(IntegrationLogView::from).into()))
}
