use super::{NewWidget, Widget, WidgetConfig, WidgetPatch, Widgets};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use base::{Permission, SiteId, Timestamp, WidgetId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Agent, Answer, Json, List, Paging, PagingParams, Path, Problem, Secure, doc, may};

#[derive(Clone)]
struct Rooms {
    widgets: Widgets,
    /// Where the product is reached from outside (`https://chat.example`), if that was configured.
    public: Option<Arc<str>>,
}

/// `public` is the address that snippets point to; without it the one that the request came to.
pub fn routes(widgets: Widgets, public: Option<&str>) -> OpenApiRouter {
    let public = public.map(|address| address.trim_end_matches('/').into());
    OpenApiRouter::new()
        .routes(doc::needs(Permission::ManageWidgets, routes!(list, create)))
        .routes(doc::needs(Permission::ManageWidgets, routes!(show, change, remove)))
        .with_state(Rooms { widgets, public })
}

/// A widget. Its snippet goes into the pages that shall show it.
#[derive(Debug, Serialize, ToSchema)]
struct WidgetView {
    #[schema(value_type = i64, example = 1)]
    id: WidgetId,
    #[schema(example = "Shop")]
    name: String,
    #[schema(example = true)]
    enabled: bool,
    config: WidgetConfig,
    #[schema(example = r#"<script async src="https://chat.example/w.js" data-site="1" data-widget="1"></script>"#)]
    snippet: String,
    /// Rises by one with each change.
    #[schema(example = 3)]
    version: i64,
    #[schema(value_type = String, example = "2026-10-02T09:30:00.000Z")]
    created_at: Timestamp,
    #[schema(value_type = String, example = "2026-11-21T18:11:54.123Z")]
    updated_at: Timestamp,
}

impl WidgetView {
    fn new(widget: Widget, here: &str) -> Self {
        Self {
            snippet: snippet(here, widget.site, widget.id),
            id: widget.id,
            name: widget.name,
            enabled: widget.enabled,
            config: widget.config,
            version: widget.version,
            created_at: widget.created,
            updated_at: widget.updated,
        }
    }
}

fn snippet(here: &str, site: SiteId, widget: WidgetId) -> String {
    format!(r#"<script async src="{here}/w.js" data-site="{site}" data-widget="{widget}"></script>"#)
}

impl Rooms {
    fn here(&self, headers: &HeaderMap, Secure(secure): Secure) -> String {
        if let Some(public) = &self.public {
            return public.to_string();
        }
        let scheme = if secure { "https" } else { "http" };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).filter(|host| is_host(host));
        format!("{scheme}://{}", host.unwrap_or("localhost"))
    }
}

/// It will stand between quotes in somebody's page.
fn is_host(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWidget, example = json!({"name": "Shop", "config": {"look": {"theme_color": "#0a7d4f"}}}))]
struct WidgetTold {
    name: String,
    enabled: Option<bool>,
    /// What differs from the defaults.
    #[schema(value_type = Option<Object>)]
    config: Option<Value>,
}

/// What to change; what is not given stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WidgetPatch, example = json!({"config": {"look": {"radius": 4}, "hide_when_offline": true}}))]
struct PatchTold {
    name: Option<String>,
    enabled: Option<bool>,
    /// Merged into what is set (RFC 7396): `null` brings a default back, lists are replaced whole.
    #[schema(value_type = Option<Object>)]
    config: Option<Value>,
}

/// List the widgets of the site.
#[utoipa::path(
    get,
    path = "/v1/widgets",
    tag = "widgets",
    params(PagingParams),
    responses((status = 200, description = "In the order they were made.", body = List<WidgetView>)),
)]
async fn list(
    State(rooms): State<Rooms>,
    agent: Agent<may::ManageWidgets>,
    Paging(page): Paging,
    secure: Secure,
    headers: HeaderMap,
) -> Answer<Json<List<WidgetView>>> {
    let here = rooms.here(&headers, secure);
    let page = rooms.widgets.list(agent.site, &page).await?;
    Ok(Json(page.map(|widget| WidgetView::new(widget, &here)).into()))
}

/// Make a widget.
#[utoipa::path(
    post,
    path = "/v1/widgets",
    tag = "widgets",
    request_body = WidgetTold,
    responses((status = 201, description = "It is there.", body = WidgetView)),
)]
async fn create(
    State(rooms): State<Rooms>,
    agent: Agent<may::ManageWidgets>,
    secure: Secure,
    headers: HeaderMap,
    Json(told): Json<WidgetTold>,
) -> Answer<(StatusCode, Json<WidgetView>)> {
    let new = NewWidget { name: told.name, enabled: told.enabled, config: told.config };
    let widget = rooms.widgets.create(agent.site, new).await?;
    Ok((StatusCode::CREATED, Json(WidgetView::new(widget, &rooms.here(&headers, secure)))))
}

/// Show a widget.
#[utoipa::path(
    get,
    path = "/v1/widgets/{id}",
    tag = "widgets",
    params(("id" = i64, Path, description = "the widget")),
    responses((status = 200, description = "The widget.", body = WidgetView)),
)]
async fn show(
    State(rooms): State<Rooms>,
    agent: Agent<may::ManageWidgets>,
    secure: Secure,
    headers: HeaderMap,
    Path(id): Path<WidgetId>,
) -> Answer<Json<WidgetView>> {
    let widget = rooms.widgets.get(agent.site, id).await?;
    Ok(Json(WidgetView::new(widget, &rooms.here(&headers, secure))))
}

/// Change a widget. Pages show it within seconds, on their next visit.
#[utoipa::path(
    patch,
    path = "/v1/widgets/{id}",
    tag = "widgets",
    params(("id" = i64, Path, description = "the widget")),
    request_body = PatchTold,
    responses(
        (status = 200, description = "As it is now.", body = WidgetView),
        (status = 409, description = "Somebody else changed it at the same time."),
    ),
)]
async fn change(
    State(rooms): State<Rooms>,
    agent: Agent<may::ManageWidgets>,
    secure: Secure,
    headers: HeaderMap,
    Path(id): Path<WidgetId>,
    Json(told): Json<PatchTold>,
) -> Answer<Json<WidgetView>> {
    let patch = WidgetPatch { name: told.name, enabled: told.enabled, config: told.config };
    let widget = rooms.widgets.change(agent.site, id, patch).await?;
    Ok(Json(WidgetView::new(widget, &rooms.here(&headers, secure))))
}

/// Remove a widget. Pages that still carry it show nothing.
#[utoipa::path(
    delete,
    path = "/v1/widgets/{id}",
    tag = "widgets",
    params(("id" = i64, Path, description = "the widget")),
    responses((status = 204, description = "It is gone.")),
)]
async fn remove(State(rooms): State<Rooms>, agent: Agent<may::ManageWidgets>, Path(id): Path<WidgetId>) -> Answer<StatusCode> {
    rooms.widgets.remove(agent.site, id).await.map_err(Problem::from)?;
    Ok(StatusCode::NO_CONTENT)
}
