//! Live chat: visitors come, ask, are given to agents, and talk.
//!
//! [`open`] puts the wing together: widgets and visitors, chats, who gets them, the agents' desk, and the floor that joins all of it
//! to real time.

pub mod chat;
pub mod desk;
pub mod floor;
pub mod routing;
pub mod visitors;
pub mod widgets;

pub use floor::{Deps, Livechat, Patience, open};

use sea_orm_migration::MigrationTrait;

/// The tables of this wing.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    let all = [chat::migrations(), routing::migrations(), visitors::migrations(), widgets::migrations(), desk::migrations()];
    all.into_iter().flatten().collect()
}
