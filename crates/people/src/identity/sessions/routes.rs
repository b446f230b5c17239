use super::{Session, Sessions};
use axum::extract::State;
use base::{Permission, SessionId, Timestamp, UserId};
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::may::ManageUsers;
use web::{Agent, Answer, Json, List, Path, SignedIn, doc};

pub(in crate::identity) fn routes(sessions: Arc<Sessions>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::signed_in(routes!(mine)))
        .routes(doc::signed_in(routes!(revoke_mine)))
        .routes(doc::needs(Permission::ManageUsers, routes!(of_user)))
        .routes(doc::needs(Permission::ManageUsers, routes!(revoke_of_user)))
        .with_state(sessions)
}

#[derive(Serialize, ToSchema)]
#[schema(as = Session, example = json!({
    "id": 7, "agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0", "address": "203.0.113.9",
    "created_at": "2026-11-21T18:11:54.123Z", "seen_at": "2026-11-21T19:00:00.000Z", "current": true
}))]
struct SessionView {
    #[schema(value_type = i64)]
    id: SessionId,
    /// What the browser says of itself.
    agent: String,
    address: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
    /// Is it the one that asks?
    current: bool,
}

fn views(all: Vec<Session>, current: Option<SessionId>) -> Json<List<SessionView>> {
    let view = |session: Session| SessionView {
        current: Some(session.id) == current,
        id: session.id,
        agent: session.agent,
        address: session.address,
        created_at: session.created_at,
        seen_at: session.seen_at,
    };
    Json(all.into_iter().map(view).collect::<Vec<_>>().into())
}

/// Where I am signed in.
#[utoipa::path(get, path = "/v1/me/sessions", tag = "session", operation_id = "list_my_sessions", responses((status = 200, body = List<SessionView>)))]
async fn mine(SignedIn(_caller, user, current): SignedIn, State(sessions): State<Arc<Sessions>>) -> Answer<Json<List<SessionView>>> {
    Ok(views(sessions.list(user).await?, Some(current)))
}

/// Signs me out there.
#[utoipa::path(delete, path = "/v1/me/sessions/{id}", tag = "session", operation_id = "revoke_my_session", params(("id" = i64, Path)), responses((status = 204)))]
async fn revoke_mine(
    SignedIn(_caller, user, ..): SignedIn,
    State(sessions): State<Arc<Sessions>>,
    Path(id): Path<SessionId>,
) -> Answer<StatusCode> {
    sessions.revoke(user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where a user is signed in.
#[utoipa::path(get, path = "/v1/users/{id}/sessions", tag = "users", operation_id = "list_user_sessions", params(("id" = i64, Path)), responses((status = 200, body = List<SessionView>)))]
async fn of_user(
    Agent(caller, ..): Agent<ManageUsers>,
    State(sessions): State<Arc<Sessions>>,
    Path(user): Path<UserId>,
) -> Answer<Json<List<SessionView>>> {
    Ok(views(sessions.list_of(&caller, user).await?, None))
}

/// Signs a user out there.
#[utoipa::path(delete, path = "/v1/users/{id}/sessions/{sid}", tag = "users", operation_id = "revoke_user_session", params(("id" = i64, Path), ("sid" = i64, Path)), responses((status = 204)))]
async fn revoke_of_user(
    Agent(caller, ..): Agent<ManageUsers>,
    State(sessions): State<Arc<Sessions>>,
    Path((user, id)): Path<(UserId, SessionId)>,
) -> Answer<StatusCode> {
    sessions.revoke_of(&caller, user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
