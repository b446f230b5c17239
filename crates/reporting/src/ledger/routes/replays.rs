use super::LedgerRooms;
use crate::ledger::model::{NewReplay, Replay, ReplayFilter};
use axum::extract::State;
use axum::http::StatusCode;
use base::{Actor, Caller, ReplayId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Agent, Answer, Json, List, Paging, PagingParams, Path, Problem, may};

/// Events a second, unless somebody says otherwise.
const RATE: u32 = 100;

/// Which events.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReplayFilter)]
pub(super) struct FilterView {
    /// Names (`Chat.Ended`) or families (`Chat.*`); all when there are none.
    types: Option<Vec<String>>,
    /// Of this ordering key alone.
    key: Option<String>,
    /// Not before this time.
    #[schema(example = "2026-11-21T18:00:00Z")]
    from: String,
    /// Before this time.
    #[schema(example = "2026-11-21T19:00:00Z")]
    to: String,
}

impl FilterView {
    fn read(self) -> Answer<ReplayFilter> {
        let time = |field: &str, text: &str| {
            text.parse::<Timestamp>().map_err(|_| Problem::invalid(field, "should be a time as in 2026-11-21T18:11:54Z"))
        };
        Ok(ReplayFilter {
            from: time("filter.from", &self.from)?,
            to: time("filter.to", &self.to)?,
            types: self.types.unwrap_or_default(),
            key: self.key.filter(|key| !key.is_empty()),
        })
    }
}

impl From<ReplayFilter> for FilterView {
    fn from(filter: ReplayFilter) -> Self {
        let types = Some(filter.types).filter(|types| !types.is_empty());
        Self { types, key: filter.key, from: filter.from.to_string(), to: filter.to.to_string() }
    }
}

/// Events that are sent again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Replay, example = json!({
    "id": 6, "filter": {"types": ["Chat.Ended"], "key": null, "from": "2026-11-21T18:00:00.000Z", "to": "2026-11-21T19:00:00.000Z"},
    "queues": ["Chat.Ended.Webhook"], "rate_per_s": 100, "force": false, "state": "running", "done": 40, "count": 112, "started_by": "user:1",
    "started_at": "2026-11-21T19:30:00.000Z", "ended_at": null, "trouble": null
}))]
pub(super) struct ReplayView {
    #[schema(value_type = i64)]
    id: ReplayId,
    filter: FilterView,
    queues: Vec<String>,
    rate_per_s: u32,
    /// Consumers handle again what they have handled.
    force: bool,
    /// `running`, `done`, `cancelled` or `failed`.
    #[schema(example = "running")]
    state: &'static str,
    /// Events that were sent.
    done: i64,
    /// Events that there were to send when it started.
    count: i64,
    started_by: String,
    #[schema(value_type = String)]
    started_at: Timestamp,
    #[schema(value_type = Option<String>)]
    ended_at: Option<Timestamp>,
    /// Why it failed.
    trouble: Option<String>,
}

impl From<Replay> for ReplayView {
    fn from(replay: Replay) -> Self {
        Self {
            id: replay.id,
            filter: replay.filter.into(),
            queues: replay.queues,
            rate_per_s: replay.rate,
            force: replay.force,
            state: replay.state.word(),
            done: replay.done,
            count: replay.total,
            started_by: replay.started_by,
            started_at: replay.started_at,
            ended_at: replay.ended_at,
            trouble: replay.trouble,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewReplay, example = json!({
    "filter": {"types": ["Chat.Ended"], "from": "2026-11-21T18:00:00Z", "to": "2026-11-21T19:00:00Z"},
    "queues": ["Chat.Ended.Webhook"], "rate_per_s": 100, "dry_run": true
}))]
pub(super) struct ReplayTold {
    filter: FilterView,
    /// Queues that subscribe to events; each gets those that it subscribes to.
    queues: Vec<String>,
    /// 1 to 10 000; 100 unless said.
    rate_per_s: Option<u32>,
    /// Only count.
    dry_run: bool,
    /// Let consumers handle again what they have handled.
    force: Option<bool>,
}

/// How many events it would be, or the replay that was started.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReplayAnswer {
    #[schema(example = 112)]
    count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<ReplayView>,
}

fn who(caller: &Caller) -> String {
    match &caller.actor {
        Actor::User(id) => format!("user:{id}"),
        Actor::ApiKey(id) => format!("api-key:{id}"),
        _ => "system".to_owned(),
    }
}

/// Send events of the archive to queues once more, or count them. Consumers drop what they have handled unless the replay is forced.
#[utoipa::path(
    post,
    path = "/v1/event-replays",
    tag = "events",
    request_body = ReplayTold,
    responses(
        (status = 200, description = "How many it would be.", body = ReplayAnswer),
        (status = 201, description = "It has started.", body = ReplayAnswer),
        (status = 409, description = "The site runs as many as it may."),
    ),
)]
pub(super) async fn start(
    State(rooms): State<LedgerRooms>,
    agent: Agent<may::ManageEvents>,
    Json(told): Json<ReplayTold>,
) -> Answer<(StatusCode, Json<ReplayAnswer>)> {
    let new = NewReplay {
        filter: told.filter.read()?,
        queues: told.queues,
        rate: told.rate_per_s.unwrap_or(RATE),
        force: told.force.unwrap_or(false),
        started_by: who(&agent),
    };
    if told.dry_run {
        let count = rooms.replays.count(agent.site, &new).await?;
        return Ok((StatusCode::OK, Json(ReplayAnswer { count, replay: None })));
    }
    let replay = rooms.replays.start(agent.site, new).await?;
    Ok((StatusCode::CREATED, Json(ReplayAnswer { count: replay.total, replay: Some(replay.into()) })))
}

/// List replays of the site.
#[utoipa::path(
    get,
    path = "/v1/event-replays",
    tag = "events",
    params(PagingParams),
    responses((status = 200, description = "The newest first.", body = List<ReplayView>)),
)]
pub(super) async fn list(
    State(rooms): State<LedgerRooms>,
    agent: Agent<may::ViewEvents>,
    Paging(page): Paging,
) -> Answer<Json<List<ReplayView>>> {
    let page = rooms.replays.list(agent.site, &page).await?;
    Ok(Json(page.map(ReplayView::from).into()))
}

/// Show how far a replay has come.
#[utoipa::path(
    get,
    path = "/v1/event-replays/{id}",
    tag = "events",
    params(("id" = i64, Path, description = "the replay")),
    responses((status = 200, description = "The replay.", body = ReplayView)),
)]
pub(super) async fn show(
    State(rooms): State<LedgerRooms>,
    agent: Agent<may::ViewEvents>,
    Path(id): Path<ReplayId>,
) -> Answer<Json<ReplayView>> {
    Ok(Json(rooms.replays.find(agent.site, id).await?.into()))
}

/// Cancel a replay. What was sent is sent.
#[utoipa::path(
    delete,
    path = "/v1/event-replays/{id}",
    tag = "events",
    params(("id" = i64, Path, description = "the replay")),
    responses((status = 204, description = "Nothing more follows."), (status = 409, description = "It is over.")),
)]
pub(super) async fn cancel(
    State(rooms): State<LedgerRooms>,
    agent: Agent<may::ManageEvents>,
    Path(id): Path<ReplayId>,
) -> Answer<StatusCode> {
    rooms.replays.cancel(agent.site, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
