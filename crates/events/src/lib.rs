//! The post room: how news travels from the transaction that made it true to everybody who subscribed.
//!
//! `Tx::announce` → [`TableOutbox`] (same commit) → relay → event queue of the main event broker, or of the remote one while that is
//! down → distributor → data queues by [`Subscriptions`] → consumers ([`Listener`]) with retries, dead letters ([`DeadLetters`]) and an
//! [`Inbox`] against doubles. Beside it what the clock wakes: [`Job`] and [`Later`]. [`Pipeline`] puts all of it together; [`catalog`]
//! knows every event; [`Queues`], [`Notices`] and [`Pressure`] tell how it all is.

mod brokers;
pub mod catalog;
mod consumer;
mod dead_letters;
mod distributor;
mod fill;
mod gauges;
mod held;
mod job;
mod later;
mod lease;
mod notices;
mod outbox;
pub mod path;
mod pipeline;
mod pressure;
mod queues;
mod retry;
mod schema;
pub mod sql;
mod subscriptions;
mod tidying;

pub use brokers::{Brokers, Placed, Way};
pub use consumer::{Consumer, Hears, Inbox, Listener, Outcome};
pub use dead_letters::{Cause, DeadLetter, DeadLetterError, DeadLetters, LetterFilter, Sight};
pub use distributor::NodeState;
pub use job::{BadSchedule, Job, Plans, Schedule};
pub use later::{Does, Later, LaterId};
pub use lease::{Fence, Leases};
pub use notices::{Alarm, Notice, Notices};
pub use outbox::{Steering, TableOutbox, depth as outbox_depth, oldest_since as outbox_oldest};
pub use pipeline::{Pace, Pipeline, PipelineError};
pub use pressure::{Level, Pressure, Room, RoomWatch};
pub use queues::{BrokerState, OutboxState, Overview, QueueError, QueueState, Queues};
pub use retry::{Chance, Retries, chance, jittered};
pub use schema::migrations;
pub use subscriptions::{
    Filter, NewSubscription, Snapshot, Subscription, SubscriptionError, SubscriptionPatch, SubscriptionState, Subscriptions, matches,
};

/// The queue on each event broker that takes all events.
pub const EVENTS: &str = "Events";
