use super::{NewRole, Role, RolePatch, Roles};
use axum::extract::State;
use base::{Permission, RoleId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::may::ManageRoles;
use web::{Agent, Answer, Json, List, Path, doc};

pub(in crate::identity) fn routes(roles: Arc<Roles>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::needs(Permission::ManageRoles, routes!(list, create)))
        .routes(doc::needs(Permission::ManageRoles, routes!(find, change, delete)))
        .with_state(roles)
}

/// A permission by its name, as the document lists them.
pub(in crate::identity) struct PermissionName;

impl PartialSchema for PermissionName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(Permission::ALL.map(Permission::wire))).build().into()
    }
}

impl ToSchema for PermissionName {
    fn name() -> Cow<'static, str> {
        "Permission".into()
    }
}

#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": 1, "name": "Agent", "built_in": "agent", "permissions": ["answer_chats", "view_visitors"]}))]
struct RoleView {
    #[schema(value_type = i64)]
    id: RoleId,
    name: String,
    /// `agent`, `leader`, `operator`, `admin`, or null for a role of the site's own.
    built_in: Option<&'static str>,
    #[schema(value_type = Vec<PermissionName>)]
    permissions: BTreeSet<Permission>,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        let built_in = role.built_in.map(super::BuiltIn::wire);
        Self { id: role.id, name: role.name, built_in, permissions: role.permissions }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRole, example = json!({"name": "Night shift", "permissions": ["answer_chats"]}))]
struct NewRoleBody {
    name: String,
    #[schema(value_type = Vec<PermissionName>)]
    permissions: BTreeSet<Permission>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RolePatch, example = json!({"permissions": ["answer_chats", "view_history"]}))]
struct RolePatchBody {
    name: Option<String>,
    #[schema(value_type = Option<Vec<PermissionName>>)]
    permissions: Option<BTreeSet<Permission>>,
}

/// The roles of the site.
#[utoipa::path(get, path = "/v1/roles", tag = "roles", operation_id = "list_roles", responses((status = 200, body = List<RoleView>)))]
async fn list(Agent(caller, ..): Agent<ManageRoles>, State(roles): State<Arc<Roles>>) -> Answer<Json<List<RoleView>>> {
    let all = roles.list(&caller).await?;
    Ok(Json(all.into_iter().map(RoleView::from).collect::<Vec<_>>().into()))
}

/// Makes a role. Nobody grants a permission that they do not have.
#[utoipa::path(post, path = "/v1/roles", tag = "roles", operation_id = "create_role", request_body = NewRoleBody, responses((status = 201, body = RoleView)))]
async fn create(
    Agent(caller, ..): Agent<ManageRoles>,
    State(roles): State<Arc<Roles>>,
    Json(body): Json<NewRoleBody>,
) -> Answer<(StatusCode, Json<RoleView>)> {
    let role = roles.create(&caller, NewRole { name: body.name, permissions: body.permissions }).await?;
    Ok((StatusCode::CREATED, Json(role.into())))
}

#[utoipa::path(get, path = "/v1/roles/{id}", tag = "roles", operation_id = "get_role", params(("id" = i64, Path)), responses((status = 200, body = RoleView)))]
async fn find(
    Agent(caller, ..): Agent<ManageRoles>,
    State(roles): State<Arc<Roles>>,
    Path(id): Path<RoleId>,
) -> Answer<Json<RoleView>> {
    Ok(Json(roles.find(&caller, id).await?.into()))
}

/// Changes what is given; the rest stays.
#[utoipa::path(patch, path = "/v1/roles/{id}", tag = "roles", operation_id = "change_role", params(("id" = i64, Path)), request_body = RolePatchBody, responses((status = 200, body = RoleView)))]
async fn change(
    Agent(caller, ..): Agent<ManageRoles>,
    State(roles): State<Arc<Roles>>,
    Path(id): Path<RoleId>,
    Json(body): Json<RolePatchBody>,
) -> Answer<Json<RoleView>> {
    let patch = RolePatch { name: body.name, permissions: body.permissions };
    Ok(Json(roles.change(&caller, id, patch).await?.into()))
}

/// Removes a role that nobody has. Built-in roles stay.
#[utoipa::path(delete, path = "/v1/roles/{id}", tag = "roles", operation_id = "delete_role", params(("id" = i64, Path)), responses((status = 204)))]
async fn delete(
    Agent(caller, ..): Agent<ManageRoles>,
    State(roles): State<Arc<Roles>>,
    Path(id): Path<RoleId>,
) -> Answer<StatusCode> {
    roles.delete(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
