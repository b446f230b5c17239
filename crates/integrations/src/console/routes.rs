use axum::extract::State;
use axum::http::StatusCode;
use base::{DeadLetterId, EventId, PageRequest, Permission, Timestamp};
use events::catalog::{CATALOG, Entry};
use events::{DeadLetter, DeadLetters};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Agent, Answer, Json, List, Path, Problem, Query, doc, may};

pub fn routes(letters: DeadLetters) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::staff(routes!(types)))
        .routes(doc::needs(Permission::ViewEvents, routes!(list)))
        .routes(doc::needs(Permission::ViewEvents, routes!(drop_one)))
        .routes(doc::needs(Permission::ViewEvents, routes!(replay)))
        .with_state(letters)
}

/// An event as it is published.
#[derive(Debug, Serialize, ToSchema)]
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

#[derive(Debug, Serialize, ToSchema)]
struct CauseView {
    #[schema(value_type = String)]
    at: Timestamp,
    why: String,
}

/// An event that a consumer gave up on.
#[derive(Debug, Serialize, ToSchema)]
struct DeadLetterView {
    #[schema(value_type = i64)]
    id: DeadLetterId,
    /// Who gave up; the name of its queue.
    #[schema(example = "Chat.Ended.Webhook")]
    consumer: String,
    #[schema(example = "Chat.Ended")]
    r#type: String,
    #[schema(value_type = uuid::Uuid)]
    event: EventId,
    /// The ordering key (a chat's or a visitor's id).
    key: Option<String>,
    attempts: i64,
    /// What went wrong, the first try first.
    causes: Vec<CauseView>,
    /// Null when the event could not be read.
    #[schema(value_type = Option<Object>)]
    payload: Option<Value>,
    #[schema(value_type = String)]
    first_at: Timestamp,
    #[schema(value_type = String)]
    died_at: Timestamp,
}

impl From<DeadLetter> for DeadLetterView {
    fn from(letter: DeadLetter) -> Self {
        Self {
            id: letter.id,
            consumer: letter.consumer,
            r#type: letter.name,
            event: letter.event,
            key: letter.envelope.as_ref().map(|envelope| envelope.key.clone()),
            attempts: letter.attempts,
            causes: letter.causes.into_iter().map(|cause| CauseView { at: cause.at, why: cause.why }).collect(),
            payload: letter.envelope.map(|envelope| envelope.payload),
            first_at: letter.first_at,
            died_at: letter.died_at,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LettersAsked {
    /// Of this consumer alone.
    consumer: Option<String>,
    /// The `next` of the page before, exactly as it was given.
    after: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
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

/// List events of the site that a consumer gave up on.
#[utoipa::path(
    get,
    path = "/v1/dead-letters",
    tag = "events",
    params(LettersAsked),
    responses((status = 200, description = "The newest first.", body = List<DeadLetterView>)),
)]
async fn list(
    State(letters): State<DeadLetters>,
    agent: Agent<may::ViewEvents>,
    Query(asked): Query<LettersAsked>,
) -> Answer<Json<List<DeadLetterView>>> {
    let limit = asked.limit.unwrap_or(PageRequest::DEFAULT);
    if !(1..=PageRequest::MAX).contains(&limit) {
        return Err(Problem::invalid("limit", format!("should be 1 to {}", PageRequest::MAX)));
    }
    let page = PageRequest { after: asked.after.filter(|after| !after.is_empty()), limit };
    let page = letters.list(agent.site, asked.consumer.as_deref().filter(|consumer| !consumer.is_empty()), &page).await?;
    Ok(Json(page.map(DeadLetterView::from).into()))
}

/// Give an event to its consumer again.
#[utoipa::path(
    post,
    path = "/v1/dead-letters/{id}/replay",
    tag = "events",
    params(("id" = i64, Path, description = "the dead letter")),
    responses(
        (status = 204, description = "It is on its way."),
        (status = 409, description = "It cannot be read as an event; drop it."),
    ),
)]
async fn replay(State(letters): State<DeadLetters>, agent: Agent<may::ViewEvents>, Path(id): Path<DeadLetterId>) -> Answer<StatusCode> {
    letters.replay(agent.site, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Drop an event for good.
#[utoipa::path(
    delete,
    path = "/v1/dead-letters/{id}",
    tag = "events",
    params(("id" = i64, Path, description = "the dead letter")),
    responses((status = 204, description = "It is gone.")),
)]
async fn drop_one(State(letters): State<DeadLetters>, agent: Agent<may::ViewEvents>, Path(id): Path<DeadLetterId>) -> Answer<StatusCode> {
    letters.drop_one(agent.site, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
