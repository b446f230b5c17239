//! The tables of the ledger.

pub mod events;
pub mod replays;
pub mod retention;
