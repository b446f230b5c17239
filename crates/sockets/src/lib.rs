//! The ports: what the house needs from outside, in its own words.
//!
//! Adapters fill them (`adapters`), the roof chooses. A port never names a vendor.

pub mod blob;
pub mod broker;
mod db;
mod event;
pub mod http_out;
pub mod live;
pub mod mailer;

pub use db::{Db, DbOptions, Engine, Migrations, Outbox, StoreError, Tx};
pub use event::{Envelope, Event, Route};
