//! Sites: the tenants. Nothing of one is ever seen on another.

mod model;
mod routes;
mod service;
pub(super) mod store;

pub use model::{NewSite, Site, SitePatch};
pub(super) use routes::routes;
pub use service::Sites;
