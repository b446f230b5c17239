//! E-mail: letters to visitors and staff, by the mail server of the site or of the installation.
//!
//! Hears `Chat.Ended` (a transcript for the visitor, news of an off-line message for the staff); tickets put their letters here too.
//! A letter is written down in the transaction of what it tells, once per reason ([`NewLetter::key`]), and carried out by
//! [`Carry`]: retried on a growing delay, given up when the server refuses for good, never sent by a dead server's leave. Its
//! Message-ID is made of the reason, so that a copy which a crash lets out twice is one and the same to every mail program.
//! Announces nothing. Never sends to an address of its own, and never floods one address with automatic letters.

mod account;
mod asked;
mod carry;
mod connection;
mod consumers;
mod error;
mod model;
mod outbox;
mod own;
mod routes;
mod schema;
mod service;
mod settings;
pub(crate) mod words;
#[cfg(test)]
mod tests;

/// The name among the connections.
pub(crate) const KIND: &str = "email";

pub use asked::AskedTranscript;
pub use carry::{Carry, ForgetLetters};
pub use connection::MailConnection;
pub use consumers::listeners;
pub use error::EmailError;
pub use model::{Automatic, FileRef, Letter, LetterState, NewLetter, Put};
pub(crate) use own::{is_address, same_mailbox};
pub use routes::routes;
pub(crate) use schema::migrations;
pub use service::{Emails, HouseMail};
pub use settings::{EmailSettings, ServerSettings, Transcripts};
