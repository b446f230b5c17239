//! Connections to other systems: Salesforce, Zendesk, a mailbox. Settings of each site, a breaker for each destination, and a log
//! of what was done there.
//!
//! A [`Kind`] says what its settings are and how a connection is tested; the roof hands the written-out list of kinds to
//! [`Connections::new`]. A kind's consumer does its work through [`Connections::carry`], which gives it the settings, lets nothing
//! through while the breaker is open (events wait then, without using up tries), counts tries and writes the log. What must not be
//! done twice is begun and finished as an [`Effects`] step. Secrets go in and are never answered. Announces nothing.

mod at_once;
mod breaker;
mod breakers;
mod carry;
mod effects;
mod error;
mod files;
mod kind;
mod log;
mod model;
mod renew;
mod routes;
mod schema;
mod service;
mod store;
mod story;
#[cfg(test)]
mod tests;

pub use breaker::{Breaker, Pass};
pub(crate) use breakers::Breakers;
pub use carry::{Done, Trouble};
pub use effects::{Began, Effects};
pub use error::ConnectionError;
pub use files::{FetchedFile, Files, NoFiles};
pub use kind::{Kind, Step, Steps, read_settings};
pub use log::LogEntry;
pub use model::{Connection, State};
pub(crate) use renew::{exchange_secret, kept_secret};
pub use routes::routes;
pub(crate) use schema::migrations;
pub use service::{Connections, ForgetLog};
pub use story::{FileRef, Story, check_template, split_name};
