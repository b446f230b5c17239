//! Tickets: matters that somebody outside wants settled, numbered on each site, answered until they are solved.
//!
//! Hears `OfflineMessage.Submit` and `Chat.Ended` (of each chat comes one ticket at most, when the settings say so) and mail at the
//! site's address ([`Inbound`]). Public replies go out as letters whose Message-ID and return address carry a signed reference, so
//! that answers thread in and nobody writes into a ticket by guessing. Clocks run in business hours and are watched by [`WatchClocks`];
//! one that runs out is noted in the ticket, told to the staff by mail, and put on the desks as a notice. Every change stands in the
//! conversation with who made it. Announces no events. Whoever may answer tickets sees all tickets of the site.

mod consumers;
mod error;
mod inbound;
mod jobs;
mod letters;
mod model;
mod routes;
mod schema;
mod service;
mod settings;
mod sla;
mod store;
#[cfg(test)]
mod tests;

pub use consumers::listeners;
pub use error::TicketError;
pub use inbound::{Inbound, InboundError, MailDoor, MailDoorOptions, Received, Refusal, certificate, hook_routes};
pub use jobs::{CloseSolved, WatchClocks};
pub use model::{Author, Change, Entry, EntryKind, NewEntry, NewTicket, Priority, Requester, Source, Status, Ticket, TicketPatch};
pub use routes::routes;
pub(crate) use schema::migrations;
pub use service::{Tickets, TicketsDeps};
pub use settings::{Hours, SlaTarget, TicketSettings};
