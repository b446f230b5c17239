use super::{Emails, Letter, LetterState};
use axum::extract::State;
use base::{ChatId, EventId, Permission, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Agent, Answer, Json, List, Paging, PagingParams, Path, doc, may};

pub fn routes(emails: Emails) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::needs(Permission::ManageIntegrations, routes!(log)))
        .routes(doc::needs(Permission::ManageIntegrations, routes!(resend)))
        .with_state(emails)
}

/// A letter as the log shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LetterView, example = json!({
    "id": 88, "event": "019ab2c5-39ff-7a00-9b01-c203d405e607", "chat": "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718", "ticket": null, "state": "done",
    "what": "transcript", "detail": "sophie@mail.example", "attempts": 1, "at": "2026-11-21T18:31:20.015Z"
}))]
struct LetterView {
    id: i64,
    #[schema(value_type = Option<uuid::Uuid>)]
    event: Option<EventId>,
    #[schema(value_type = Option<uuid::Uuid>)]
    chat: Option<ChatId>,
    ticket: Option<i64>,
    /// `done`, `retrying`, `failed`, or `held`: it would have gone to an address of our own, or was one too many.
    state: &'static str,
    /// What it was for: `transcript`, `offline`, `ticket_reply` …
    what: String,
    /// To whom, and what went wrong.
    detail: String,
    attempts: u32,
    #[schema(value_type = String)]
    at: Timestamp,
}

impl From<Letter> for LetterView {
    fn from(letter: Letter) -> Self {
        let detail = match &letter.trouble {
            Some(trouble) => format!("{}: {trouble}", letter.to),
            None => letter.to.clone(),
        };
        let state = match letter.state {
            LetterState::Pending => "retrying",
            LetterState::Sent => "done",
            LetterState::Failed => "failed",
            LetterState::Held => "held",
        };
        Self {
            id: letter.id,
            event: letter.event,
            chat: letter.chat,
            ticket: letter.ticket,
            state,
            what: letter.reason,
            detail,
            attempts: letter.attempts,
            at: letter.done.unwrap_or(letter.created),
        }
    }
}

/// List the letters of the site.
#[utoipa::path(
    get,
    path = "/v1/integrations/email/log",
    tag = "integrations",
    operation_id = "list_letters",
    params(PagingParams),
    responses((status = 200, description = "The newest first.", body = List<LetterView>)),
)]
async fn log(State(emails): State<Emails>, agent: Agent<may::ManageIntegrations>, Paging(page): Paging) -> Answer<Json<List<LetterView>>> {
    let page = emails.log(agent.site, &page).await?;
    Ok(Json(page.map(LetterView::from).into()))
}

/// Send a letter that was given up once more: new tries, the same Message-ID.
#[utoipa::path(
    post,
    path = "/v1/integrations/email/log/{id}/resend",
    tag = "integrations",
    operation_id = "resend_letter",
    params(("id" = i64, Path, description = "the letter")),
    responses((status = 200, description = "It is on its way again.", body = LetterView), (status = 409, description = "It was not given up.")),
)]
async fn resend(State(emails): State<Emails>, agent: Agent<may::ManageIntegrations>, Path(id): Path<i64>) -> Answer<Json<LetterView>> {
    Ok(Json(emails.resend(agent.site, id).await?.into()))
}
