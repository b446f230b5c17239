//! Setting tickets up: macros, promises, hours, addresses.

use super::wire::TicketMacro;
use crate::ticket::service::{NewMacro, SettingsShown};
use crate::ticket::store::MacroActions;
use crate::ticket::{TicketSettings, Tickets};
use axum::extract::State;
use axum::http::StatusCode;
use base::TicketMacroId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Agent, Answer, Json, Path, may};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTicketMacro, example = json!({"name": "On its way", "text": "Your order is on its way.", "actions": {"status": "solved", "tags_add": ["shipping"]}}))]
pub struct MacroTold {
    name: String,
    text: String,
    #[serde(default)]
    actions: MacroActions,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TicketMacroPatch, example = json!({"name": "Shipped"}))]
pub struct MacroPatch {
    name: Option<String>,
    text: Option<String>,
    actions: Option<MacroActions>,
}

/// Make a prepared answer.
#[utoipa::path(
    post,
    path = "/v1/ticket-macros",
    tag = "tickets",
    operation_id = "create_ticket_macro",
    request_body = MacroTold,
    responses((status = 201, description = "It is there.", body = TicketMacro)),
)]
pub async fn create_macro(
    State(tickets): State<Tickets>,
    agent: Agent<may::ManageTickets>,
    Json(told): Json<MacroTold>,
) -> Answer<(StatusCode, Json<TicketMacro>)> {
    let one = tickets.new_macro(agent.site, NewMacro { name: told.name, text: told.text, actions: told.actions }).await?;
    Ok((StatusCode::CREATED, Json(one.into())))
}

/// Change a prepared answer; its actions are replaced as a whole.
#[utoipa::path(
    patch,
    path = "/v1/ticket-macros/{id}",
    tag = "tickets",
    operation_id = "change_ticket_macro",
    params(("id" = i64, Path, description = "the macro")),
    request_body = MacroPatch,
    responses((status = 200, description = "As it is now.", body = TicketMacro)),
)]
pub async fn change_macro(
    State(tickets): State<Tickets>,
    agent: Agent<may::ManageTickets>,
    Path(id): Path<TicketMacroId>,
    Json(told): Json<MacroPatch>,
) -> Answer<Json<TicketMacro>> {
    let before = tickets.get_macro(agent.site, id).await?;
    let new = NewMacro {
        name: told.name.unwrap_or(before.name),
        text: told.text.unwrap_or(before.text),
        actions: told.actions.unwrap_or(before.actions),
    };
    Ok(Json(tickets.change_macro(agent.site, id, new).await?.into()))
}

/// Remove a prepared answer.
#[utoipa::path(
    delete,
    path = "/v1/ticket-macros/{id}",
    tag = "tickets",
    operation_id = "remove_ticket_macro",
    params(("id" = i64, Path, description = "the macro")),
    responses((status = 204, description = "It is gone.")),
)]
pub async fn remove_macro(State(tickets): State<Tickets>, agent: Agent<may::ManageTickets>, Path(id): Path<TicketMacroId>) -> Answer<StatusCode> {
    tickets.remove_macro(agent.site, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How the site works with tickets.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketSettingsView {
    #[serde(flatten)]
    settings: TicketSettings,
    /// The path at which raw messages are taken by HTTP. Whoever knows it may hand mail over.
    #[schema(example = "/hooks/email/1/5a0c9e1f…")]
    inbound_hook: String,
}

impl From<SettingsShown> for TicketSettingsView {
    fn from(shown: SettingsShown) -> Self {
        Self { settings: shown.settings, inbound_hook: shown.hook }
    }
}

/// Show the settings of tickets.
#[utoipa::path(
    get,
    path = "/v1/ticket-settings",
    tag = "tickets",
    operation_id = "show_ticket_settings",
    responses((status = 200, description = "The settings.", body = TicketSettingsView)),
)]
pub async fn settings(State(tickets): State<Tickets>, agent: Agent<may::ManageTickets>) -> Answer<Json<TicketSettingsView>> {
    Ok(Json(tickets.settings(agent.site).await?.into()))
}

/// Keep the settings of tickets, all of them; what is left out is as it is without settings. Clocks that run keep their promise.
#[utoipa::path(
    put,
    path = "/v1/ticket-settings",
    tag = "tickets",
    operation_id = "set_ticket_settings",
    request_body = TicketSettings,
    responses((status = 200, description = "As they are now.", body = TicketSettingsView)),
)]
pub async fn set(
    State(tickets): State<Tickets>,
    agent: Agent<may::ManageTickets>,
    Json(told): Json<TicketSettings>,
) -> Answer<Json<TicketSettingsView>> {
    Ok(Json(tickets.set(agent.site, told).await?.into()))
}
