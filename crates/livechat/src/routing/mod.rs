//! Who gets which chat, and what those who wait are told.
//!
//! The truth is SQL: one transaction a site at a time reads the queue and the loads, chooses ([`model`]) and writes; two nodes can
//! neither overfill an agent nor give a chat twice. Who is here comes from the live store, asked before the transaction. It runs when
//! something changed (a request, an end, a transfer, an agent who came or made room), never by a clock.

mod board;
mod model;
mod presence;
mod queue;
pub(crate) mod seats;
mod staff;

pub use model::{Asking, Seat, allocate, choose, estimate};
pub use presence::is_here;
pub use queue::Queue;
pub use staff::{AgentCard, DepartmentCard, SiteStaff, Staff};

use sea_orm_migration::MigrationTrait;

pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(seats::SeatTable)]
}
