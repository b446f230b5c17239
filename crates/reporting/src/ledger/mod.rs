//! The ledger: every event that was announced, kept once.
//!
//! Hears everything (`*`) on the queue `Persistence`, many events in one commit, each once however often it comes. From it events are
//! looked up with the way that each took, and sent again to queues that should have had them ([`Replays`]). Each site keeps its events
//! as long as it says. Announces nothing, and never changes what was kept.

mod consumer;
mod error;
mod model;
mod replay;
mod retention;
mod routes;
mod schema;
mod service;
mod store;
mod summary;
mod writer;

pub use consumer::{QUEUE, listener};
pub use error::LedgerError;
pub use model::{Delivered, EventFilter, Kept, NewReplay, Replay, ReplayFilter, ReplayState, Step, Trail};
pub use replay::{ReplayJob, Replays};
pub use retention::{ForgetEvents, Retention, RetentionRule};
pub use routes::{LedgerRooms, routes};
pub(crate) use schema::migrations;
pub use service::Ledger;
