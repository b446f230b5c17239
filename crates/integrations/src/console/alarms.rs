use axum::extract::State;
use base::{Permission, Timestamp};
use events::{Level, Notice, Notices};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Agent, Answer, Json, List, Problem, doc, may};

pub(super) fn routes(notices: Notices) -> OpenApiRouter {
    OpenApiRouter::new().routes(doc::needs(Permission::ViewEvents, routes!(list))).with_state(notices)
}

/// An alarm of the post room.
#[derive(Debug, Serialize, ToSchema)]
struct NoticeView {
    id: i64,
    /// How bad: `yellow`, `orange` or `red`.
    #[schema(value_type = String, example = "orange")]
    level: Level,
    /// `broker_down`, `main_broker_left`, `queue_old`, `queue_full`, `subscription_paused`, `level`, …
    kind: String,
    /// Under which the console finds its text.
    #[schema(example = "notices.broker_down")]
    text_key: String,
    /// What the text speaks of.
    #[schema(value_type = Object)]
    data: Value,
    #[schema(value_type = String)]
    since: Timestamp,
    /// Null while it lasts.
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
}

impl From<Notice> for NoticeView {
    fn from(notice: Notice) -> Self {
        let mut data = notice.data;
        if let Some(fields) = data.as_object_mut() {
            fields.entry("subject").or_insert_with(|| notice.subject.into());
        }
        let text_key = format!("notices.{}", notice.kind);
        Self { id: notice.id, level: notice.level, kind: notice.kind, text_key, data, since: notice.since, until: notice.until }
    }
}

/// List the alarms that last, and those that were.
#[utoipa::path(
    get,
    path = "/v1/event-notices",
    tag = "events",
    responses((status = 200, description = "The lasting ones first, then the newest.", body = List<NoticeView>)),
)]
async fn list(State(notices): State<Notices>, agent: Agent<may::ViewEvents>) -> Answer<Json<List<NoticeView>>> {
    let found = notices.list(agent.site).await.map_err(Problem::from)?;
    Ok(Json(found.into_iter().map(NoticeView::from).collect::<Vec<_>>().into()))
}
