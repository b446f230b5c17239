//! Widgets: what decides how the chat looks on a set of pages, and which pages may show it.
//!
//! Each site has at least the one that [`Widgets::ensure_default`] makes. A widget's configuration is a document with a default
//! for everything; visits read it through a cache that is never older than two seconds, on any node.

mod cache;
mod config;
mod migration;
mod model;
mod pages;
mod routes;
mod service;
mod store;

pub use cache::Shown;
pub use config::{
    CustomField, CustomKind, Dark, FieldKey, Files, Label, Look, Origin, PreChat, PreChatField, Rating, Side, Speech, Texts, WidgetConfig,
};
pub use migration::migrations;
pub use model::{NewWidget, Widget, WidgetPatch};
pub use routes::routes;
pub use service::{WidgetError, Widgets};
