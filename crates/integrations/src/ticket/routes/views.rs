//! Saved views, and macros to use.

use super::wire::{TicketMacro, TicketViewSaved};
use crate::ticket::Tickets;
use crate::ticket::service::{NewView, ViewPatch};
use crate::ticket::store::{Filter, Sort};
use axum::extract::State;
use axum::http::StatusCode;
use base::TicketViewId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Agent, Answer, Json, List, Path, may};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTicketView, example = json!({"name": "Mine", "filter": {"assignee": "me", "status": ["open"]}, "sort": "due", "shared": false}))]
pub struct ViewTold {
    name: String,
    #[serde(default)]
    filter: Filter,
    #[serde(default)]
    sort: Sort,
    #[serde(default)]
    shared: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TicketViewPatch, example = json!({"shared": true}))]
pub struct PatchTold {
    name: Option<String>,
    filter: Option<Filter>,
    sort: Option<Sort>,
    shared: Option<bool>,
}

/// List saved views with how many tickets each shows: one's own, and those that are shared.
#[utoipa::path(
    get,
    path = "/v1/ticket-views",
    tag = "tickets",
    operation_id = "list_ticket_views",
    responses((status = 200, description = "In the order they were made.", body = List<TicketViewSaved>)),
)]
pub async fn list(State(tickets): State<Tickets>, agent: Agent<may::AnswerTickets>) -> Answer<Json<List<TicketViewSaved>>> {
    let me = agent.user();
    let views = tickets.views(&agent).await?;
    Ok(Json(views.into_iter().map(|(view, count)| TicketViewSaved::of(view, me, Some(count))).collect::<Vec<_>>().into()))
}

/// Save a view. Sharing it needs manage_tickets.
#[utoipa::path(
    post,
    path = "/v1/ticket-views",
    tag = "tickets",
    operation_id = "create_ticket_view",
    request_body = ViewTold,
    responses((status = 201, description = "It is there.", body = TicketViewSaved)),
)]
pub async fn create(
    State(tickets): State<Tickets>,
    agent: Agent<may::AnswerTickets>,
    Json(told): Json<ViewTold>,
) -> Answer<(StatusCode, Json<TicketViewSaved>)> {
    let new = NewView { name: told.name, filter: told.filter, sort: told.sort, shared: told.shared };
    let view = tickets.new_view(&agent, new).await?;
    Ok((StatusCode::CREATED, Json(TicketViewSaved::of(view, agent.user(), None))))
}

/// Change a view. Shared ones of others need manage_tickets.
#[utoipa::path(
    patch,
    path = "/v1/ticket-views/{id}",
    tag = "tickets",
    operation_id = "change_ticket_view",
    params(("id" = i64, Path, description = "the view")),
    request_body = PatchTold,
    responses((status = 200, description = "As it is now.", body = TicketViewSaved)),
)]
pub async fn change(
    State(tickets): State<Tickets>,
    agent: Agent<may::AnswerTickets>,
    Path(id): Path<TicketViewId>,
    Json(told): Json<PatchTold>,
) -> Answer<Json<TicketViewSaved>> {
    let patch = ViewPatch { name: told.name, filter: told.filter, sort: told.sort, shared: told.shared };
    let view = tickets.change_view(&agent, id, patch).await?;
    Ok(Json(TicketViewSaved::of(view, agent.user(), None)))
}

/// Remove a view. Shared ones of others need manage_tickets.
#[utoipa::path(
    delete,
    path = "/v1/ticket-views/{id}",
    tag = "tickets",
    operation_id = "remove_ticket_view",
    params(("id" = i64, Path, description = "the view")),
    responses((status = 204, description = "It is gone.")),
)]
pub async fn remove(State(tickets): State<Tickets>, agent: Agent<may::AnswerTickets>, Path(id): Path<TicketViewId>) -> Answer<StatusCode> {
    tickets.remove_view(&agent, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List prepared answers.
#[utoipa::path(
    get,
    path = "/v1/ticket-macros",
    tag = "tickets",
    operation_id = "list_ticket_macros",
    responses((status = 200, description = "In the order they were made.", body = List<TicketMacro>)),
)]
pub async fn macros(State(tickets): State<Tickets>, agent: Agent<may::AnswerTickets>) -> Answer<Json<List<TicketMacro>>> {
    let macros = tickets.macros(agent.site).await?;
    Ok(Json(macros.into_iter().map(TicketMacro::from).collect::<Vec<_>>().into()))
}
