//! Departments: agents in groups that chats are routed to. Exactly one of a site is its default.

mod routes;
mod service;
pub(super) mod store;

pub(super) use routes::routes;
pub use service::Departments;

use base::{DepartmentId, UserId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    pub id: DepartmentId,
    pub name: String,
    pub description: String,
    /// Takes the chats for which no department was asked.
    pub is_default: bool,
    pub members: Vec<UserId>,
}

#[derive(Clone, Debug, Default)]
pub struct NewDepartment {
    pub name: String,
    pub description: String,
    pub is_default: bool,
    pub members: Vec<UserId>,
}

#[derive(Clone, Debug, Default)]
pub struct DepartmentPatch {
    pub name: Option<String>,
    pub description: Option<String>,
    pub is_default: Option<bool>,
    pub members: Option<Vec<UserId>>,
}
