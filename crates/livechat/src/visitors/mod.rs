//! Visitors: browsers on sites that carry our widget. Who they are, their visits and pages, who is here now.
//!
//! Announces `VisitorCreated`, in the transaction that makes the row, and `Visit.Log` once a minute. A visitor is known by its token alone, of which only the digest is
//! kept; a token that we did not give makes a new visitor, never an error. Who is on a site now lives in the live store and is swept
//! after a silence; pages seen are written in batches. What this room needs of chats and agents it asks by the traits of [`around`].
//!
//! It never ends a chat, and never decides who may answer.

mod agent;
mod around;
mod board;
mod door;
mod error;
mod geo;
mod known;
mod migration;
mod model;
mod reception;
mod recent;
mod routes;
mod service;
mod store;
mod sweep;
mod tally;
mod text;
mod trail;

pub use around::{DepartmentThere, OnGone, PastChats, Presence, RunningChat, WhoIsThere};
pub use board::{Board, BoardQuery};
pub use error::VisitorError;
pub use geo::{Geo, GeoError, Place};
pub use migration::migrations;
pub use model::{Browser, Introduction, Page, Visit, VisitId, Visitor};
pub use reception::{From, Reception, Stay};
pub use routes::{LiveVisitorView, PageRef, VisitAnswer, console_routes, widget_routes};
pub use service::{Arrival, Identified, Profile, RunningRef, Visitors};
pub use sweep::{Sweep, SweepSettings};
pub use tally::VisitTally;
