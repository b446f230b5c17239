//! The queues as people see them: how much waits where and since when, how fast it comes and goes; and the switch that pauses one.

mod overview;
mod pauses;
mod tally;

pub use overview::{BrokerState, OutboxState, Overview, QueueError, QueueState, Queues};
pub(crate) use pauses::Pauses;
pub(crate) use tally::Tally;
