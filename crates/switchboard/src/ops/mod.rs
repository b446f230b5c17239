//! What operators look at: log, metrics, health, and the room on the disk.

mod disk;
mod guard;
mod health;
mod logs;
mod metrics;

pub use disk::DiskWatch;
pub use guard::{GuardedFloor, refuse_when_full};
pub use health::{Health, Part, Report};
pub use logs::start as start_log;
pub use metrics::Metrics;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use std::sync::Arc;

/// `/health/live` and `/health/ready`, on both listeners.
pub fn health_routes(health: Arc<Health>) -> Router {
    Router::new().route("/health/live", get(async || axum::Json(serde_json::json!({ "status": "live" })))).route(
        "/health/ready",
        get(async |State(health): State<Arc<Health>>| {
            let report = health.report().await;
            let status = if report.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            (status, axum::Json(report.to_json())).into_response()
        })
        .with_state(health),
    )
}

/// What the admin listener serves.
pub fn admin_routes(health: Arc<Health>, metrics: Metrics) -> Router {
    health_routes(health).route("/metrics", get(show_metrics).with_state(metrics))
}

async fn show_metrics(State(metrics): State<Metrics>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render()).into_response()
}
