//! The post room: how news travels from the transaction that made it true to everybody who subscribed.
//!
//! `Tx::announce` → [`TableOutbox`] (same commit) → relay → event queue → distributor → data queues by [`Subscriptions`] →
//! consumers ([`Listener`]) with retries, dead letters ([`DeadLetters`]) and an [`Inbox`] against doubles. Beside it what the clock
//! wakes: [`Job`] and [`Later`]. [`Pipeline`] puts all of it together; [`catalog`] knows every event.

pub mod catalog;
mod consumer;
mod dead_letters;
mod distributor;
mod job;
mod later;
mod lease;
mod outbox;
mod pipeline;
mod retry;
mod schema;
pub mod sql;
mod subscriptions;
mod tidying;

pub use consumer::{Consumer, Hears, Inbox, Listener, Outcome};
pub use dead_letters::{Cause, DeadLetter, DeadLetterError, DeadLetters};
pub use job::{BadSchedule, Job, Schedule};
pub use later::{Does, Later, LaterId};
pub use lease::{Fence, Leases};
pub use outbox::{TableOutbox, depth as outbox_depth};
pub use pipeline::{Pace, Pipeline, PipelineError};
pub use retry::{Chance, Retries, chance, jittered};
pub use schema::migrations;
pub use subscriptions::{Filter, Snapshot, Subscription, Subscriptions, matches};

/// The queue on each event broker that takes all events.
pub const EVENTS: &str = "Events";
