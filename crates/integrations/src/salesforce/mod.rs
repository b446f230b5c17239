//! Salesforce: who asks for a chat is looked up by e-mail before it begins (in time or, when Salesforce is slow, from the event), and when it is over one of eleven things is done with it
//! (a case, a task, a contact, a lead), as the site or the event itself says.
//!
//! Hears `ChatCreated`, `Chat.Ended` and `OfflineMessage.Submit`. A record is written by one atomic call; whether an earlier try got
//! through is found by an external id or by a mark in the subject, so that a crash or a lost answer makes no second one. Announces
//! nothing. Everything it does goes through [`Connections::carry`](crate::connections::Connections::carry).

mod auth;
mod client;
mod composite;
mod consumer;
mod describe;
mod fields;
mod hurry;
mod kind;
mod matching;
mod modes;
mod refusal;
mod resolve;
mod routes;
mod schema;
mod settings;
mod soql;
#[cfg(test)]
mod tests;
mod work;

pub use consumer::listeners;
pub use kind::SalesforceKind;
pub use matching::{Match, Matched};
pub use routes::routes;
pub(crate) use schema::migrations;
pub use work::{ForgetMatches, Salesforce};
