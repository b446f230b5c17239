//! The roof: reads the configuration, chooses what fills the ports, puts the modules together and opens the doors.
//!
//! It knows everybody and is known by nobody. What is here decides nothing of the business: modules are listed in `modules.rs`, one
//! line each, and traits that one wing declares are filled by another here.

pub mod app;
pub mod assets;
mod bench;
mod brokers;
mod chores;
pub mod cli;
pub mod config;
mod connected;
mod demo;
mod modules;
mod office;
pub mod ops;
mod post;
pub mod serve;
mod trails;
mod welcome;

pub use app::App;
