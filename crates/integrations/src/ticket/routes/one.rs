//! Tickets themselves.

use super::wire::{EntryView, Names, TicketCard, TicketView, over, present, words};
use crate::office::{Bearer, FileCard};
use crate::ticket::Tickets;
use crate::ticket::model::{NewEntry, Priority, Requester, Status, TicketPatch};
use crate::ticket::service::Asked;
use crate::ticket::store::{Filter, Sort};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use base::{Actor, DepartmentId, Kind, PageRequest, TicketId, TicketMacroId, TicketViewId, UploadId, UserId};
use serde::Deserialize;
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Agent, Answer, Json, List, Path, Problem, Query, may};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TicketsAsked {
    /// A saved view; what else is asked for narrows it.
    view: Option<i64>,
    /// Any of these, with commas between: `new`, `open`, `pending`, `on_hold`, `solved`, `closed`.
    status: Option<String>,
    /// Any of these: `low`, `normal`, `high`, `urgent`.
    priority: Option<String>,
    /// A user's number, `me` or `none`.
    assignee: Option<String>,
    department: Option<i64>,
    tag: Option<String>,
    /// In the number, the subject, the requester or the conversation.
    q: Option<String>,
    /// `updated`, `created`, `priority` or `due`; the view's own when none is given.
    #[param(inline)]
    sort: Option<Sort>,
    /// The `next` of the page before, exactly as it was given.
    after: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

fn limit_of(limit: Option<u32>) -> Answer<u32> {
    let limit = limit.unwrap_or(PageRequest::DEFAULT);
    if (1..=PageRequest::MAX).contains(&limit) { Ok(limit) } else { Err(Problem::invalid("limit", format!("should be 1 to {}", PageRequest::MAX))) }
}

/// List the tickets of the site.
#[utoipa::path(
    get,
    path = "/v1/tickets",
    tag = "tickets",
    operation_id = "list_tickets",
    params(TicketsAsked),
    responses((status = 200, description = "Those that match, in the order asked for.", body = List<TicketCard>)),
)]
pub async fn list(State(tickets): State<Tickets>, agent: Agent<may::AnswerTickets>, Query(asked): Query<TicketsAsked>) -> Answer<Json<List<TicketCard>>> {
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    if asked.q.as_ref().is_some_and(|q| q.chars().count() > 200) {
        return Err(Problem::invalid("q", "has at most 200 characters"));
    }
    let mut filter = Filter {
        status: words("status", asked.status.as_deref())?,
        priority: words("priority", asked.priority.as_deref())?,
        assignee: given(asked.assignee),
        department: asked.department,
        tag: given(asked.tag),
        q: given(asked.q),
    };
    let mut sort = asked.sort;
    if let Some(view) = asked.view {
        let view = tickets.view(&agent, TicketViewId(view)).await?;
        filter = over(view.filter, filter);
        sort = sort.or(Some(view.sort));
    }
    let page = PageRequest { after: asked.after.filter(|after| !after.is_empty()), limit: limit_of(asked.limit)? };
    let page = tickets.list(&agent, &filter, sort.unwrap_or_default(), &page).await?;
    let (agents, departments) = tickets.names(agent.site, &page.items).await?;
    let names = Names(agents, departments);
    Ok(Json(page.map(|ticket| names.card(&ticket)).into()))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTicket, example = json!({"subject": "Order 17", "requester": {"name": "Ada", "email": "ada@mail.example"}, "text": "Where is it?"}))]
pub struct TicketTold {
    subject: String,
    requester: Requester,
    text: String,
    priority: Option<Priority>,
    assignee: Option<i64>,
    department: Option<i64>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>)]
    uploads: Vec<UploadId>,
    /// What the requester reads, as `zh-CN`.
    language: Option<String>,
    /// `staff`: the words are ours and go to the requester by mail. `requester` (the default): they are the requester's.
    author: Option<String>,
}

async fn viewed(tickets: &Tickets, site: base::SiteId, ticket: crate::ticket::Ticket) -> Answer<TicketView> {
    let (agents, departments) = tickets.names(site, std::slice::from_ref(&ticket)).await?;
    Ok(Names(agents, departments).view(&ticket))
}

/// Open a ticket.
#[utoipa::path(
    post,
    path = "/v1/tickets",
    tag = "tickets",
    operation_id = "create_ticket",
    request_body = TicketTold,
    responses((status = 201, description = "It is there.", body = TicketView)),
)]
pub async fn create(
    State(tickets): State<Tickets>,
    agent: Agent<may::AnswerTickets>,
    Json(told): Json<TicketTold>,
) -> Answer<(StatusCode, Json<TicketView>)> {
    let by_staff = match told.author.as_deref() {
        None | Some("requester") => false,
        Some("staff") => true,
        Some(_) => return Err(Problem::invalid("author", "should be staff or requester")),
    };
    let asked = Asked {
        subject: told.subject,
        requester: told.requester,
        text: told.text,
        priority: told.priority,
        assignee: told.assignee.map(UserId),
        department: told.department.map(DepartmentId),
        tags: told.tags,
        uploads: told.uploads,
        language: told.language,
        by_staff,
    };
    let ticket = tickets.create(&agent, asked).await?;
    Ok((StatusCode::CREATED, Json(viewed(&tickets, agent.site, ticket).await?)))
}

/// Show a ticket.
#[utoipa::path(
    get,
    path = "/v1/tickets/{id}",
    tag = "tickets",
    operation_id = "show_ticket",
    params(("id" = i64, Path, description = "the ticket")),
    responses((status = 200, description = "The ticket.", body = TicketView)),
)]
pub async fn show(State(tickets): State<Tickets>, agent: Agent<may::AnswerTickets>, Path(id): Path<TicketId>) -> Answer<Json<TicketView>> {
    let ticket = tickets.get(agent.site, id).await?;
    Ok(Json(viewed(&tickets, agent.site, ticket).await?))
}

/// What to change; what is not given stays, and null takes an assignee or a department away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TicketPatch, example = json!({"status": "pending", "priority": "high"}))]
pub struct PatchTold {
    subject: Option<String>,
    requester: Option<Requester>,
    status: Option<Status>,
    priority: Option<Priority>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    assignee: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    department: Option<Option<i64>>,
    tags: Option<Vec<String>>,
}

/// Change a ticket. Each change stands in the conversation.
#[utoipa::path(
    patch,
    path = "/v1/tickets/{id}",
    tag = "tickets",
    operation_id = "change_ticket",
    params(("id" = i64, Path, description = "the ticket")),
    request_body = PatchTold,
    responses((status = 200, description = "As it is now.", body = TicketView), (status = 409, description = "It is closed.")),
)]
pub async fn change(
    State(tickets): State<Tickets>,
    agent: Agent<may::AnswerTickets>,
    Path(id): Path<TicketId>,
    Json(told): Json<PatchTold>,
) -> Answer<Json<TicketView>> {
    let patch = TicketPatch {
        subject: told.subject,
        requester: told.requester,
        status: told.status,
        priority: told.priority,
        assignee: told.assignee.map(|id| id.map(UserId)),
        department: told.department.map(|id| id.map(DepartmentId)),
        tags: told.tags,
    };
    let ticket = tickets.change(&agent, id, patch).await?;
    Ok(Json(viewed(&tickets, agent.site, ticket).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EntriesAsked {
    /// Lines behind this one.
    after: Option<i64>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// List the lines of a ticket's conversation.
#[utoipa::path(
    get,
    path = "/v1/tickets/{id}/entries",
    tag = "tickets",
    operation_id = "list_ticket_entries",
    params(("id" = i64, Path, description = "the ticket"), EntriesAsked),
    responses((status = 200, description = "The oldest first.", body = List<EntryView>)),
)]
pub async fn entries(
    State(tickets): State<Tickets>,
    agent: Agent<may::AnswerTickets>,
    Path(id): Path<TicketId>,
    Query(asked): Query<EntriesAsked>,
) -> Answer<Json<List<EntryView>>> {
    let limit = limit_of(asked.limit)?;
    let (mut entries, letters) = tickets.entries(agent.site, id, asked.after.unwrap_or(0), limit + 1).await?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next = entries.last().filter(|_| more).map(|entry| entry.seq.to_string());
    Ok(Json(List { items: entries.into_iter().map(|entry| EntryView::of(entry, &letters)).collect(), next }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTicketEntry, example = json!({"client_id": "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718", "text": "It is on its way.", "public": true, "status": "pending"}))]
pub struct EntryTold {
    /// The same again answers with what it made before.
    client_id: Uuid,
    #[serde(default)]
    text: String,
    /// A reply, which goes to the requester by mail; otherwise a note among the staff.
    public: bool,
    /// Applies its actions; its text is taken when none is given.
    r#macro: Option<i64>,
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>)]
    uploads: Vec<UploadId>,
    /// What the ticket is afterwards.
    status: Option<Status>,
}

/// Answer a ticket, or write a note into it.
#[utoipa::path(
    post,
    path = "/v1/tickets/{id}/entries",
    tag = "tickets",
    operation_id = "say_in_ticket",
    params(("id" = i64, Path, description = "the ticket")),
    request_body = EntryTold,
    responses((status = 201, description = "It stands there.", body = EntryView), (status = 409, description = "The ticket is closed.")),
)]
pub async fn say(
    State(tickets): State<Tickets>,
    agent: Agent<may::AnswerTickets>,
    Path(id): Path<TicketId>,
    Json(told): Json<EntryTold>,
) -> Answer<(StatusCode, Json<EntryView>)> {
    let new = NewEntry {
        client_id: told.client_id,
        text: told.text,
        public: told.public,
        uploads: told.uploads,
        macro_id: told.r#macro.map(TicketMacroId),
        status: told.status,
    };
    let entry = tickets.say(&agent, id, new).await?;
    let letters = match entry.letter {
        Some(letter) => tickets.standing(agent.site, letter).await?,
        None => HashMap::new(),
    };
    Ok((StatusCode::CREATED, Json(EntryView::of(entry, &letters))))
}

/// Mark a ticket as seen.
#[utoipa::path(
    put,
    path = "/v1/tickets/{id}/read",
    tag = "tickets",
    operation_id = "read_ticket",
    params(("id" = i64, Path, description = "the ticket")),
    responses((status = 204, description = "It is not unread any more.")),
)]
pub async fn read(State(tickets): State<Tickets>, agent: Agent<may::AnswerTickets>, Path(id): Path<TicketId>) -> Answer<StatusCode> {
    tickets.seen(agent.site, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A form with one file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct TicketFileForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Bytes of a file at most, and of the form around it.
const LARGEST: usize = 25 * 1024 * 1024;
const AROUND: usize = 64 * 1024;

/// Send a file, to name it in a reply or a note.
#[utoipa::path(
    post,
    path = "/v1/ticket-uploads",
    tag = "tickets",
    operation_id = "upload_for_ticket",
    request_body(content = TicketFileForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "It is kept.", body = FileCard)),
)]
pub async fn upload(State(tickets): State<Tickets>, agent: Agent<may::AnswerTickets>, mut request: Request) -> Answer<(StatusCode, Json<FileCard>)> {
    DefaultBodyLimit::max(LARGEST + AROUND).apply(&mut request);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| Problem::new(Kind::Unsupported, "send the file as multipart/form-data"))?;
    let cut = |_| Problem::new(Kind::TooLarge, format!("the form broke off, or the file is larger than {LARGEST} bytes"));
    while let Some(field) = form.next_field().await.map_err(cut)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let declared = field.content_type().map(str::to_owned);
        let bytes = field.bytes().await.map_err(cut)?;
        let bearer = match agent.actor {
            Actor::User(id) => Bearer::Agent(id),
            _ => Bearer::Outside,
        };
        let card = tickets.deps.files.keep(agent.site, bearer, &name, declared.as_deref(), bytes).await?;
        return Ok((StatusCode::CREATED, Json(card)));
    }
    Err(Problem::invalid("file", "is missing; send the file as the form field `file`"))
}
