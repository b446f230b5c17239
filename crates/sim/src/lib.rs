//! People at a distance: visitors and agents who speak to a running server as their browsers do. And the systems that the product
//! speaks to, simulated: [`salesforce`] and [`zendesk`], each a small server on loopback.
//!
//! Demo, benchmarks and fault tests drive the product through the first, over the public protocol and nothing else; tests of the
//! product's own clients run against the second.

mod agent;
mod door;
pub mod salesforce;
mod socket;
pub mod vendor;
mod visitor;
pub mod zendesk;

pub use agent::Agent;
pub use door::{Door, SimError};
pub use socket::Socket;
pub use visitor::{Browser, Visitor};
