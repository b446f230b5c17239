//! Roles: named sets of permissions of one site. Four are built in; `admin` always holds every permission there is.

mod model;
mod routes;
mod service;
pub(super) mod store;

pub use model::{BuiltIn, NewRole, Role, RolePatch};
pub(super) use routes::{PermissionName, routes};
pub use service::Roles;
