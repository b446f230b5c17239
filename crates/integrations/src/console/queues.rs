use super::sight;
use axum::extract::State;
use axum::http::StatusCode;
use base::{Permission, Timestamp};
use events::{BrokerState, Level, NodeState, Overview, QueueState, Queues};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Agent, Answer, Json, Path, Problem, doc, may};

pub(super) fn routes(queues: Queues) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::needs(Permission::ViewEvents, routes!(overview)))
        .routes(doc::needs(Permission::ManageEvents, routes!(pause)))
        .with_state(queues)
}

/// Everything that waits anywhere.
#[derive(Debug, Serialize, ToSchema)]
struct QueuesView {
    /// `green`, `yellow` (late), `orange` (very late or the disk runs low) or `red` (no room).
    #[schema(value_type = String, example = "green")]
    level: Level,
    /// `outbox_late`, `outbox_very_late`, `disk_low`, `disk_full`.
    level_why: Vec<&'static str>,
    brokers: Vec<BrokerView>,
    outbox: OutboxView,
    queues: Vec<QueueView>,
    subscriptions: AppliedView,
}

#[derive(Debug, Serialize, ToSchema)]
struct BrokerView {
    name: String,
    /// `main`, `remote`, `data`.
    roles: Vec<&'static str>,
    /// `embedded`, `rabbitmq` or `kafka`.
    kind: String,
    ok: bool,
    trouble: Option<String>,
}

impl From<BrokerState> for BrokerView {
    fn from(state: BrokerState) -> Self {
        let kind = ["rabbitmq", "kafka"].into_iter().find(|kind| state.name.contains(kind)).unwrap_or("embedded").to_owned();
        Self { name: state.name, roles: state.roles, kind, ok: state.health.ok, trouble: state.health.trouble }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct OutboxView {
    /// Events that are not passed on to their queues yet.
    waiting: i64,
    oldest_ms: Option<u64>,
    /// `main` or `remote`; null while nobody publishes.
    publishing_to: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct QueueView {
    queue: String,
    /// `events` or `data`.
    role: &'static str,
    broker: String,
    /// Waiting and held; null when the broker does not tell.
    messages: Option<u64>,
    /// Given out and not yet acknowledged.
    held: Option<u64>,
    oldest_ms: Option<u64>,
    /// Copies that wait in the database because the queue is full.
    kept: i64,
    in_per_s: f64,
    out_per_s: f64,
    /// Events that wait for another try.
    parked: i64,
    dead_letters: i64,
    paused: bool,
}

impl From<QueueState> for QueueView {
    fn from(state: QueueState) -> Self {
        let tenth = |rate: f64| (rate * 10.0).round() / 10.0;
        Self {
            queue: state.queue,
            role: if state.is_event_queue { "events" } else { "data" },
            broker: state.broker,
            messages: state.depth.map(|depth| depth.messages),
            held: state.depth.map(|depth| depth.held),
            oldest_ms: state.depth.and_then(|depth| depth.oldest_age).map(millis),
            kept: state.kept,
            in_per_s: tenth(state.in_per_s),
            out_per_s: tenth(state.out_per_s),
            parked: state.parked,
            dead_letters: state.dead_letters,
            paused: state.paused,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct AppliedView {
    /// The version that every node should apply.
    wanted: i64,
    applied: Vec<NodeView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct NodeView {
    node: String,
    version: i64,
    #[schema(value_type = String)]
    at: Timestamp,
}

impl From<NodeState> for NodeView {
    fn from(state: NodeState) -> Self {
        Self { node: state.node, version: state.version, at: state.at }
    }
}

impl From<Overview> for QueuesView {
    fn from(all: Overview) -> Self {
        Self {
            level: all.level,
            level_why: all.why,
            brokers: all.brokers.into_iter().map(BrokerView::from).collect(),
            outbox: OutboxView {
                waiting: all.outbox.waiting,
                oldest_ms: all.outbox.oldest_age.map(millis),
                publishing_to: all.outbox.publishing_to,
            },
            queues: all.queues.into_iter().map(QueueView::from).collect(),
            subscriptions: AppliedView { wanted: all.wanted, applied: all.nodes.into_iter().map(NodeView::from).collect() },
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QueuePatch, example = json!({"paused": true}))]
struct PauseTold {
    paused: bool,
}

/// Show brokers and queues: how much waits where, since when, how fast it moves.
#[utoipa::path(
    get,
    path = "/v1/event-queues",
    tag = "events",
    responses((status = 200, description = "As it is now.", body = QueuesView)),
)]
async fn overview(State(queues): State<Queues>, agent: Agent<may::ViewEvents>) -> Answer<Json<QueuesView>> {
    Ok(Json(queues.overview(sight(&agent)).await?.into()))
}

/// Pause a data queue, or let it go on. What comes for a paused queue waits. For the administrators of the installation.
#[utoipa::path(
    put,
    path = "/v1/event-queues/{queue}",
    tag = "events",
    params(("queue" = String, Path, description = "its name")),
    request_body = PauseTold,
    responses((status = 204, description = "Every node follows within two seconds.")),
)]
async fn pause(
    State(queues): State<Queues>,
    agent: Agent<may::ManageEvents>,
    Path(queue): Path<String>,
    Json(told): Json<PauseTold>,
) -> Answer<StatusCode> {
    if !agent.superadmin {
        return Err(Problem::denied("a queue serves all sites: only the administrators of the installation may pause it"));
    }
    queues.pause(&queue, told.paused).await?;
    Ok(StatusCode::NO_CONTENT)
}
