//! Zendesk: a chat that is over, or a message that was left, becomes a ticket, with the transcript, its files, and whoever wrote as
//! its requester.
//!
//! Hears `Chat.Ended`, `OfflineMessage.Submit` and `Visitor.Rating` (which may come when the ticket is there already). A ticket is made once: the request carries an idempotency key, which Zendesk
//! remembers for two hours, and after a try whose outcome is unknown the ticket is looked for by its external id first. Announces
//! nothing. Everything it does goes through [`Connections::carry`](crate::connections::Connections::carry).

mod client;
mod consumer;
mod kind;
mod rating;
mod settings;
#[cfg(test)]
mod tests;
mod work;

pub use consumer::listeners;
pub use kind::ZendeskKind;
pub use work::Zendesk;
