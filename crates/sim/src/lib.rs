//! People at a distance: visitors and agents who speak to a running server as their browsers do.
//!
//! Demo, benchmarks and fault tests drive the product through these, over the public protocol and nothing else.

mod agent;
mod door;
mod socket;
mod visitor;

pub use agent::Agent;
pub use door::{Door, SimError};
pub use socket::Socket;
pub use visitor::Visitor;
