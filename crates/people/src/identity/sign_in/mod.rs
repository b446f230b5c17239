//! Signing in: by password and second factor, or by a one-time link. Whether an address is known is told neither by the answer nor by
//! the time it takes.

pub(super) mod links;
mod me;
mod password;
mod routes;
mod service;
mod totp;
mod views;

pub(super) use routes::routes;
pub use service::{Attempt, Opened, SignIn};
