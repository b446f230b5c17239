//! Live chat: visitors come, ask, are given to agents, and talk.

pub mod chat;
pub mod routing;
pub mod visitors;
pub mod widgets;
