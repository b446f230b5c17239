use super::LedgerRooms;
use crate::ledger::retention::RetentionRule;
use axum::extract::State;
use base::SiteId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use web::{Agent, Answer, Json, may};

/// How long the site keeps its events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventRetention, example = json!({"default_days": 30, "days": 60, "types": {"Visit.Log": 7}}))]
pub(super) struct RetentionView {
    /// What the installation says.
    default_days: i64,
    /// What the site says of all types that are not named; null when it says nothing.
    days: Option<i64>,
    /// Days by type.
    types: BTreeMap<String, i64>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventRetentionPatch, example = json!({"days": 60, "types": {"Visit.Log": 7}}))]
pub(super) struct RetentionTold {
    /// 1 to 3 650; as the installation says when it is null.
    days: Option<i64>,
    types: Option<BTreeMap<String, i64>>,
}

async fn view(rooms: &LedgerRooms, site: SiteId) -> Answer<Json<RetentionView>> {
    let RetentionRule { days, types } = rooms.retention.of(site).await?;
    Ok(Json(RetentionView { default_days: rooms.retention.default_days(), days, types }))
}

/// Show how long the site keeps its events.
#[utoipa::path(
    get,
    path = "/v1/event-retention",
    tag = "events",
    responses((status = 200, description = "Days.", body = RetentionView)),
)]
pub(super) async fn show(State(rooms): State<LedgerRooms>, agent: Agent<may::ViewEvents>) -> Answer<Json<RetentionView>> {
    view(&rooms, agent.site).await
}

/// Say how long the site keeps its events. Older ones are forgotten within the hour.
#[utoipa::path(
    put,
    path = "/v1/event-retention",
    tag = "events",
    request_body = RetentionTold,
    responses((status = 200, description = "As it is now.", body = RetentionView)),
)]
pub(super) async fn change(
    State(rooms): State<LedgerRooms>,
    agent: Agent<may::ManageEvents>,
    Json(told): Json<RetentionTold>,
) -> Answer<Json<RetentionView>> {
    let rule = RetentionRule { days: told.days, types: told.types.unwrap_or_default() };
    rooms.retention.set(agent.site, &rule).await?;
    view(&rooms, agent.site).await
}
