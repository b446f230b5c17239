use super::sight;
use axum::extract::State;
use axum::http::StatusCode;
use base::{DeadLetterId, EventId, PageRequest, Permission, Timestamp};
use events::{Cause, DeadLetter, DeadLetters, LetterFilter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Agent, Answer, Json, List, Path, Problem, Query, doc, may};

/// Events a second of a bulk replay when none is asked for, and at most.
const RATE: u32 = 50;
const MOST_RATE: u32 = 1_000;

pub(super) fn routes(letters: DeadLetters) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::needs(Permission::ViewEvents, routes!(list)))
        .routes(doc::needs(Permission::ViewEvents, routes!(show)))
        .routes(doc::needs(Permission::ManageEvents, routes!(drop_one)))
        .routes(doc::needs(Permission::ManageEvents, routes!(replay)))
        .routes(doc::needs(Permission::ManageEvents, routes!(replay_many)))
        .routes(doc::needs(Permission::ManageEvents, routes!(drop_many)))
        .with_state(letters)
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"at": "2026-11-21T18:31:19.000Z", "why": "the webhook's row is locked"}))]
struct CauseView {
    #[schema(value_type = String)]
    at: Timestamp,
    why: String,
}

impl From<Cause> for CauseView {
    fn from(cause: Cause) -> Self {
        Self { at: cause.at, why: cause.why }
    }
}

/// An event that a consumer gave up on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 3, "queue": "Chat.Ended.Webhook", "type": "Chat.Ended", "event": "019ab2c5-39ff-7a00-9b01-c203d405e607",
    "key": "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718", "cause": "the webhook's row is locked", "attempts": 12,
    "first_at": "2026-11-21T18:31:19.000Z", "dead_at": "2026-11-22T06:31:19.000Z"
}))]
struct DeadLetterRow {
    #[schema(value_type = i64)]
    id: DeadLetterId,
    /// Of the consumer that gave up.
    #[schema(example = "Chat.Ended.Webhook")]
    queue: String,
    #[schema(example = "Chat.Ended")]
    r#type: String,
    #[schema(value_type = uuid::Uuid)]
    event: EventId,
    /// The ordering key (a chat's or a visitor's id).
    key: Option<String>,
    /// What went wrong last.
    cause: String,
    attempts: i64,
    #[schema(value_type = String)]
    first_at: Timestamp,
    #[schema(value_type = String)]
    dead_at: Timestamp,
}

impl From<&DeadLetter> for DeadLetterRow {
    fn from(letter: &DeadLetter) -> Self {
        Self {
            id: letter.id,
            queue: letter.consumer.clone(),
            r#type: letter.name.clone(),
            event: letter.event,
            key: letter.key().map(str::to_owned),
            cause: letter.causes.last().map(|cause| cause.why.clone()).unwrap_or_default(),
            attempts: letter.attempts,
            first_at: letter.first_at,
            dead_at: letter.died_at,
        }
    }
}

/// With everything that is known of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 3, "queue": "Chat.Ended.Webhook", "type": "Chat.Ended", "event": "019ab2c5-39ff-7a00-9b01-c203d405e607",
    "key": "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718", "cause": "the webhook's row is locked", "attempts": 12,
    "first_at": "2026-11-21T18:31:19.000Z", "dead_at": "2026-11-22T06:31:19.000Z",
    "causes": [{"at": "2026-11-21T18:31:19.000Z", "why": "the webhook's row is locked"}],
    "envelope": {
        "id": "019ab2c5-39ff-7a00-9b01-c203d405e607", "name": "Chat.Ended", "version": 1, "site": 1,
        "key": "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718", "key_epoch": 0, "key_seq": 4, "occurred_at": "2026-11-21T18:31:18.904Z",
        "producer": "node-1", "route": "main", "hops": 1, "payload": {"ChatId": 1204}
    },
    "body": null
}))]
struct DeadLetterView {
    #[serde(flatten)]
    row: DeadLetterRow,
    /// What went wrong, the first try first.
    causes: Vec<CauseView>,
    /// Null when the event could not be read.
    #[schema(value_type = Option<Object>)]
    envelope: Option<Value>,
    /// As it came, when it could not be read.
    body: Option<String>,
}

impl From<DeadLetter> for DeadLetterView {
    fn from(letter: DeadLetter) -> Self {
        let row = DeadLetterRow::from(&letter);
        let envelope = letter.envelope.map(|envelope| serde_json::to_value(envelope).unwrap_or_default());
        let body = envelope.is_none().then_some(letter.body);
        Self { row, causes: letter.causes.into_iter().map(CauseView::from).collect(), envelope, body }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LettersAsked {
    /// Of this queue alone.
    queue: Option<String>,
    /// Events of this name alone.
    r#type: Option<String>,
    /// Given up at or after this time.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Given up before this time.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    /// The `next` of the page before, exactly as it was given.
    after: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// Which letters are meant; what is not given is not asked.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeadLetterFilter)]
struct FilterTold {
    queue: Option<String>,
    r#type: Option<String>,
    #[schema(value_type = Option<String>)]
    from: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    to: Option<Timestamp>,
}

impl From<FilterTold> for LetterFilter {
    fn from(told: FilterTold) -> Self {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self { queue: some(told.queue), name: some(told.r#type), from: told.from, to: told.to }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeadLetterReplay, example = json!({"filter": {"queue": "Chat.Ended.Webhook"}, "rate_per_s": 50, "dry_run": true}))]
struct ReplayTold {
    #[serde(default)]
    filter: FilterTold,
    /// Events a second, 1 to 1000; 50 when it is not given.
    rate_per_s: Option<u32>,
    /// Counts only.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeadLetterDrop, example = json!({"filter": {"queue": "Chat.Ended.Webhook"}, "dry_run": true}))]
struct DropTold {
    #[serde(default)]
    filter: FilterTold,
    /// Counts only.
    #[serde(default)]
    dry_run: bool,
}

/// How many are meant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"count": 12}))]
struct Counted {
    count: i64,
}

/// List events of the site that a consumer gave up on.
#[utoipa::path(
    get,
    path = "/v1/dead-letters",
    tag = "events",
    params(LettersAsked),
    responses((status = 200, description = "The newest first.", body = List<DeadLetterRow>)),
)]
async fn list(
    State(letters): State<DeadLetters>,
    agent: Agent<may::ViewEvents>,
    Query(asked): Query<LettersAsked>,
) -> Answer<Json<List<DeadLetterRow>>> {
    let limit = asked.limit.unwrap_or(PageRequest::DEFAULT);
    if !(1..=PageRequest::MAX).contains(&limit) {
        return Err(Problem::invalid("limit", format!("should be 1 to {}", PageRequest::MAX)));
    }
    let page = PageRequest { after: asked.after.filter(|after| !after.is_empty()), limit };
    let filter = FilterTold { queue: asked.queue, r#type: asked.r#type, from: asked.from, to: asked.to };
    let page = letters.list(sight(&agent), &filter.into(), &page).await?;
    Ok(Json(page.map(|letter| DeadLetterRow::from(&letter)).into()))
}

/// Show an event that a consumer gave up on.
#[utoipa::path(
    get,
    path = "/v1/dead-letters/{id}",
    tag = "events",
    params(("id" = i64, Path, description = "the dead letter")),
    responses((status = 200, description = "With its causes and the event.", body = DeadLetterView)),
)]
async fn show(State(letters): State<DeadLetters>, agent: Agent<may::ViewEvents>, Path(id): Path<DeadLetterId>) -> Answer<Json<DeadLetterView>> {
    Ok(Json(letters.find(sight(&agent), id).await?.into()))
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
async fn replay(State(letters): State<DeadLetters>, agent: Agent<may::ManageEvents>, Path(id): Path<DeadLetterId>) -> Answer<StatusCode> {
    letters.replay(sight(&agent), id).await?;
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
async fn drop_one(State(letters): State<DeadLetters>, agent: Agent<may::ManageEvents>, Path(id): Path<DeadLetterId>) -> Answer<StatusCode> {
    letters.drop_one(sight(&agent), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give many events to their consumers again, so many a second. It goes on over restarts.
#[utoipa::path(
    post,
    path = "/v1/dead-letters/replay",
    tag = "events",
    request_body = ReplayTold,
    responses(
        (status = 200, description = "How many are given again (or would be).", body = Counted),
        (status = 429, description = "Too much waits already; try later."),
    ),
)]
async fn replay_many(
    State(letters): State<DeadLetters>,
    agent: Agent<may::ManageEvents>,
    Json(told): Json<ReplayTold>,
) -> Answer<Json<Counted>> {
    let rate = told.rate_per_s.unwrap_or(RATE);
    if !(1..=MOST_RATE).contains(&rate) {
        return Err(Problem::invalid("rate_per_s", format!("should be 1 to {MOST_RATE}")));
    }
    let count = letters.replay_many(sight(&agent), &told.filter.into(), rate, told.dry_run).await?;
    Ok(Json(Counted { count }))
}

/// Drop many events for good.
#[utoipa::path(
    post,
    path = "/v1/dead-letters/drop",
    tag = "events",
    request_body = DropTold,
    responses(
        (status = 200, description = "How many were dropped (or would be).", body = Counted),
        (status = 429, description = "Too much waits already; try later."),
    ),
)]
async fn drop_many(
    State(letters): State<DeadLetters>,
    agent: Agent<may::ManageEvents>,
    Json(told): Json<DropTold>,
) -> Answer<Json<Counted>> {
    let count = letters.drop_many(sight(&agent), &told.filter.into(), told.dry_run).await?;
    Ok(Json(Counted { count }))
}
