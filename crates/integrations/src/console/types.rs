use events::catalog::{CATALOG, Entry};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Json, List, doc};

pub(super) fn routes() -> OpenApiRouter {
    OpenApiRouter::new().routes(doc::staff(routes!(types)))
}

/// An event as it is published.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "name": "Chat.Ended", "version": 1, "about": {"en": "A chat ended.", "zh": "对话结束。"},
    "schema": {"type": "object", "properties": {"ChatId": {"type": "integer"}}}, "example": {"ChatId": 1204}
}))]
struct EventType {
    #[schema(example = "Chat.Ended")]
    name: &'static str,
    version: u16,
    about: About,
    /// JSON Schema of the payload.
    #[schema(value_type = Object)]
    schema: Value,
    #[schema(value_type = Object)]
    example: Value,
}

#[derive(Debug, Serialize, ToSchema)]
struct About {
    en: &'static str,
    zh: &'static str,
}

impl From<&Entry> for EventType {
    fn from(entry: &Entry) -> Self {
        let [en, zh] = entry.about;
        Self { name: entry.name, version: entry.version, about: About { en, zh }, schema: (entry.schema)(), example: (entry.sample)() }
    }
}

/// List the events that the product announces, with their structures.
#[utoipa::path(
    get,
    path = "/v1/events/types",
    tag = "events",
    responses((status = 200, description = "All of them.", body = List<EventType>)),
)]
async fn types(_staff: web::Staff) -> Json<List<EventType>> {
    Json(CATALOG.iter().map(EventType::from).collect::<Vec<_>>().into())
}
