//! `/hooks/email/{site}/{secret}`: a raw message by HTTP, for mail services that call rather than speak SMTP.

use super::{Inbound, InboundError, Refusal};
use crate::ticket::service::hook_path;
use crate::ticket::store::Settings;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use base::{SiteId, constant_time_eq};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Answer, Path, Problem, doc};

/// `most` bytes a message.
pub fn hook_routes(inbound: Inbound, most: usize) -> OpenApiRouter {
    OpenApiRouter::new().routes(doc::open(routes!(take))).layer(DefaultBodyLimit::max(most)).with_state(inbound)
}

/// Hand over a message that came by e-mail.
///
/// The path, with its unguessable part, stands in the ticket settings. The body is the message as it travelled (RFC 5322). It is
/// answered once the message is kept; the same message again changes nothing.
#[utoipa::path(
    post,
    path = "/hooks/email/{site}/{secret}",
    tag = "tickets",
    operation_id = "take_email",
    params(("site" = i64, Path, description = "the site"), ("secret" = String, Path, description = "the unguessable part")),
    request_body(content = String, content_type = "message/rfc822"),
    responses((status = 204, description = "It is kept, or was before."), (status = 404, description = "There is no such hook.")),
)]
async fn take(State(inbound): State<Inbound>, Path((site, secret)): Path<(SiteId, String)>, raw: Bytes) -> Answer<StatusCode> {
    let kept = Settings::find(inbound.tickets.db().read(), site).await.map_err(InboundError::from)?;
    let path = format!("/hooks/email/{site}/{secret}");
    if !kept.is_some_and(|kept| constant_time_eq(hook_path(site, &kept.secret).as_bytes(), path.as_bytes())) {
        return Err(Problem::missing("there is nothing at this path"));
    }
    match inbound.receive(site, None, &raw).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(InboundError::Refused(Refusal::NotAMessage)) => Err(Problem::new(base::Kind::Invalid, "the body is no message with a sender")),
        Err(err) => Err(err.into()),
    }
}
