//! The agents' desk: who is here, what he may see, what he has before him.
//!
//! A status is chosen by the agent and kept in SQL, so that it survives a reload, another node and the loss of the live store;
//! presence comes from his screens. News for one agent go to his own log, news for all of a site to the desk's.
//! Announces `AgentStatus.Log` when somebody came, went, or went away for a moment.

mod log;
mod routes;
mod service;
mod sight;

pub use log::StatusLog;
pub use routes::routes;
pub(crate) use routes::{EntryList, MessageBody, ReadBody, SaidView, Since, file_rules, widget_file_rules};
pub use service::{Colleague, Desk, DeskMe, DeskView};
pub use sight::Sight;

use sea_orm_migration::MigrationTrait;

pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(log::Told)]
}
