//! Sockets and polls: what is published reaches every screen that follows it, in order, once, also after a break.
//!
//! One [`Hub`] a node reads [`sockets::live::LiveState::changes`] and tells the connections that follow the topic. A connection is
//! a bounded queue of frames that were encoded once for all; whoever lets it run full is cut (4429) and resumes by its cursors.
//! The crate knows no chat: what a client may see and do is asked of the [`Floor`], which the live chat implements.
//!
//! Never here: SQL, permissions of its own, anything kept longer than a connection.

mod floor;
mod frame;
mod hub;
mod outbox;
mod poll;
mod rate;
mod routes;
mod session;
mod socket;

pub use floor::{Backlog, ConnectionId, Floor, Heard, Op, Welcome};
pub use hub::{Hub, RealtimeOptions};
pub use routes::routes;
