use super::{NewUser, User, UserPatch, Users};
use axum::extract::State;
use base::{DepartmentId, Permission, RoleId, Secret, Timestamp, UserId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::may::ManageUsers;
use web::{Agent, Answer, Json, List, Paging, PagingParams, Path, ShownOnce, doc};

pub(in crate::identity) fn routes(users: Arc<Users>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::needs(Permission::ManageUsers, routes!(list, create)))
        .routes(doc::needs(Permission::ManageUsers, routes!(find, change, remove)))
        .routes(doc::needs(Permission::ManageUsers, routes!(new_link)))
        .with_state(users)
}

#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": 2, "email": "lin@shop.example", "name": "林小雨", "avatar": null, "role_id": 1, "role": "Agent", "departments": [1],
    "chat_limit": 5, "accepts_chats": true, "disabled": false, "totp_enabled": false, "invited": true,
    "created_at": "2026-11-21T18:11:54.123Z"
}))]
struct UserView {
    #[schema(value_type = i64)]
    id: UserId,
    email: String,
    name: String,
    avatar: Option<String>,
    #[schema(value_type = i64)]
    role_id: RoleId,
    /// The role's name.
    role: String,
    #[schema(value_type = Vec<i64>)]
    departments: Vec<DepartmentId>,
    /// How many chats at once.
    chat_limit: u32,
    accepts_chats: bool,
    disabled: bool,
    totp_enabled: bool,
    /// Has not set a password yet.
    invited: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            name: user.name,
            avatar: user.avatar,
            role_id: user.role.id,
            role: user.role.name,
            departments: user.departments,
            chat_limit: user.chat_limit,
            accepts_chats: user.accepts_chats,
            disabled: user.disabled,
            totp_enabled: user.totp_enabled,
            invited: user.invited,
            created_at: user.created_at,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewUser, example = json!({"email": "lin@shop.example", "name": "林小雨", "role_id": 1, "departments": [1]}))]
struct NewUserBody {
    email: String,
    name: String,
    #[schema(value_type = i64)]
    role_id: RoleId,
    #[serde(default)]
    #[schema(value_type = Vec<i64>)]
    departments: Vec<DepartmentId>,
    /// 1 to 100.
    #[serde(default = "five")]
    chat_limit: u32,
    #[serde(default = "yes")]
    accepts_chats: bool,
}

const fn five() -> u32 {
    5
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserPatch, example = json!({"chat_limit": 8, "disabled": false}))]
struct UserPatchBody {
    email: Option<String>,
    name: Option<String>,
    #[schema(value_type = Option<i64>)]
    role_id: Option<RoleId>,
    #[schema(value_type = Option<Vec<i64>>)]
    departments: Option<Vec<DepartmentId>>,
    chat_limit: Option<u32>,
    accepts_chats: Option<bool>,
    disabled: Option<bool>,
}

/// The token of a one-time sign-in link; give it to its person alone.
#[derive(Serialize, ToSchema)]
#[schema(as = SignInLink, example = json!({"link": "sbl_5a0c…", "expires_at": "2026-11-22T18:11:54.123Z"}))]
struct LinkView {
    link: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
struct InvitedView {
    user: UserView,
    /// The token of a one-time sign-in link; null for somebody who had an account already.
    #[schema(example = "sbl_5a0c…")]
    link: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-22T18:11:54.123Z")]
    link_expires_at: Option<Timestamp>,
}

/// The users of the site.
#[utoipa::path(get, path = "/v1/users", tag = "users", operation_id = "list_users", params(PagingParams), responses((status = 200, body = List<UserView>)))]
async fn list(
    Agent(caller, ..): Agent<ManageUsers>,
    State(users): State<Arc<Users>>,
    Paging(ask): Paging,
) -> Answer<Json<List<UserView>>> {
    Ok(Json(users.list(&caller, &ask).await?.map(UserView::from).into()))
}

/// Makes a user and a one-time link for the first sign-in.
#[utoipa::path(post, path = "/v1/users", tag = "users", operation_id = "create_user", request_body = NewUserBody, responses((status = 201, body = InvitedView)))]
async fn create(
    Agent(caller, ..): Agent<ManageUsers>,
    State(users): State<Arc<Users>>,
    Json(body): Json<NewUserBody>,
) -> Answer<(StatusCode, ShownOnce, Json<InvitedView>)> {
    let NewUserBody { email, name, role_id, departments, chat_limit, accepts_chats } = body;
    let new = NewUser { email, name, role: role_id, departments, chat_limit, accepts_chats };
    let invited = users.create(&caller, new).await?;
    let (link, link_expires_at) = invited.link.map(|(link, end)| (link.reveal().to_owned(), end)).unzip();
    Ok((StatusCode::CREATED, ShownOnce, Json(InvitedView { user: invited.user.into(), link, link_expires_at })))
}

#[utoipa::path(get, path = "/v1/users/{id}", tag = "users", operation_id = "get_user", params(("id" = i64, Path)), responses((status = 200, body = UserView)))]
async fn find(
    Agent(caller, ..): Agent<ManageUsers>,
    State(users): State<Arc<Users>>,
    Path(id): Path<UserId>,
) -> Answer<Json<UserView>> {
    Ok(Json(users.find(&caller, id).await?.into()))
}

/// Changes what is given; the rest stays. Who is disabled is signed out everywhere.
#[utoipa::path(patch, path = "/v1/users/{id}", tag = "users", operation_id = "change_user", params(("id" = i64, Path)), request_body = UserPatchBody, responses((status = 200, body = UserView)))]
async fn change(
    Agent(caller, ..): Agent<ManageUsers>,
    State(users): State<Arc<Users>>,
    Path(id): Path<UserId>,
    Json(body): Json<UserPatchBody>,
) -> Answer<Json<UserView>> {
    let UserPatchBody { email, name, role_id, departments, chat_limit, accepts_chats, disabled } = body;
    let patch = UserPatch { email, name, role: role_id, departments, chat_limit, accepts_chats, disabled };
    Ok(Json(users.change(&caller, id, patch).await?.into()))
}

/// Takes a user off the site. The last administrator stays.
#[utoipa::path(delete, path = "/v1/users/{id}", tag = "users", operation_id = "remove_user", params(("id" = i64, Path)), responses((status = 204)))]
async fn remove(
    Agent(caller, ..): Agent<ManageUsers>,
    State(users): State<Arc<Users>>,
    Path(id): Path<UserId>,
) -> Answer<StatusCode> {
    users.remove(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A new one-time sign-in link; earlier ones end.
#[utoipa::path(post, path = "/v1/users/{id}/link", tag = "users", operation_id = "create_user_link", params(("id" = i64, Path)), responses((status = 201, body = LinkView)))]
async fn new_link(
    Agent(caller, ..): Agent<ManageUsers>,
    State(users): State<Arc<Users>>,
    Path(id): Path<UserId>,
) -> Answer<(StatusCode, ShownOnce, Json<LinkView>)> {
    let (link, expires_at): (Secret, Timestamp) = users.new_link(&caller, id).await?;
    Ok((StatusCode::CREATED, ShownOnce, Json(LinkView { link: link.reveal().to_owned(), expires_at })))
}
