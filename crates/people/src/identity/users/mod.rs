//! Users: people with an account, as one site sees them. The account itself (address, name, password) is its owner's once the owner
//! works on several sites; role, limits and departments are the site's.

mod model;
mod routes;
mod service;
pub(super) mod store;

pub use model::{AgentProfile, Invited, NewUser, User, UserPatch};
pub(super) use routes::routes;
pub use service::Users;
