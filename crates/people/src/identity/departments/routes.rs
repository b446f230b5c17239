use super::{Department, DepartmentPatch, Departments, NewDepartment};
use axum::extract::State;
use base::{DepartmentId, Permission, UserId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::may::ManageDepartments;
use web::{Agent, Answer, Json, List, Path, Staff, doc};

pub(in crate::identity) fn routes(departments: Arc<Departments>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::staff(routes!(list)))
        .routes(doc::needs(Permission::ManageDepartments, routes!(create)))
        .routes(doc::staff(routes!(find)))
        .routes(doc::needs(Permission::ManageDepartments, routes!(change, delete)))
        .with_state(departments)
}

#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": 1, "name": "Sales", "description": "Before buying", "is_default": true, "members": [1, 2]}))]
struct DepartmentView {
    #[schema(value_type = i64)]
    id: DepartmentId,
    name: String,
    description: String,
    /// Takes the chats for which no department was asked.
    is_default: bool,
    /// Ids of users.
    #[schema(value_type = Vec<i64>)]
    members: Vec<UserId>,
}

impl From<Department> for DepartmentView {
    fn from(department: Department) -> Self {
        let Department { id, name, description, is_default, members } = department;
        Self { id, name, description, is_default, members }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDepartment, example = json!({"name": "Sales", "members": [1, 2]}))]
struct NewDepartmentBody {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    is_default: bool,
    #[serde(default)]
    #[schema(value_type = Vec<i64>)]
    members: Vec<UserId>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DepartmentPatch, example = json!({"is_default": true}))]
struct DepartmentPatchBody {
    name: Option<String>,
    description: Option<String>,
    is_default: Option<bool>,
    #[schema(value_type = Option<Vec<i64>>)]
    members: Option<Vec<UserId>>,
}

/// The departments of the site.
#[utoipa::path(get, path = "/v1/departments", tag = "departments", operation_id = "list_departments", responses((status = 200, body = List<DepartmentView>)))]
async fn list(Staff(caller): Staff, State(departments): State<Arc<Departments>>) -> Answer<Json<List<DepartmentView>>> {
    let all = departments.list(caller.site).await?;
    Ok(Json(all.into_iter().map(DepartmentView::from).collect::<Vec<_>>().into()))
}

#[utoipa::path(post, path = "/v1/departments", tag = "departments", operation_id = "create_department", request_body = NewDepartmentBody, responses((status = 201, body = DepartmentView)))]
async fn create(
    Agent(caller, ..): Agent<ManageDepartments>,
    State(departments): State<Arc<Departments>>,
    Json(body): Json<NewDepartmentBody>,
) -> Answer<(StatusCode, Json<DepartmentView>)> {
    let NewDepartmentBody { name, description, is_default, members } = body;
    let made = departments.create(&caller, NewDepartment { name, description, is_default, members }).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

#[utoipa::path(get, path = "/v1/departments/{id}", tag = "departments", operation_id = "get_department", params(("id" = i64, Path)), responses((status = 200, body = DepartmentView)))]
async fn find(
    Staff(caller): Staff,
    State(departments): State<Arc<Departments>>,
    Path(id): Path<DepartmentId>,
) -> Answer<Json<DepartmentView>> {
    Ok(Json(departments.find(&caller, id).await?.into()))
}

/// Changes what is given; the rest stays. `members` replaces the whole list.
#[utoipa::path(patch, path = "/v1/departments/{id}", tag = "departments", operation_id = "change_department", params(("id" = i64, Path)), request_body = DepartmentPatchBody, responses((status = 200, body = DepartmentView)))]
async fn change(
    Agent(caller, ..): Agent<ManageDepartments>,
    State(departments): State<Arc<Departments>>,
    Path(id): Path<DepartmentId>,
    Json(body): Json<DepartmentPatchBody>,
) -> Answer<Json<DepartmentView>> {
    let DepartmentPatchBody { name, description, is_default, members } = body;
    let patch = DepartmentPatch { name, description, is_default, members };
    Ok(Json(departments.change(&caller, id, patch).await?.into()))
}

/// Removes a department that is not the default.
#[utoipa::path(delete, path = "/v1/departments/{id}", tag = "departments", operation_id = "delete_department", params(("id" = i64, Path)), responses((status = 204)))]
async fn delete(
    Agent(caller, ..): Agent<ManageDepartments>,
    State(departments): State<Arc<Departments>>,
    Path(id): Path<DepartmentId>,
) -> Answer<StatusCode> {
    departments.delete(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
