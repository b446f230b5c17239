//! The door: everything between a socket and a handler.
//!
//! Handlers say who may call by an extractor type ([`Agent`], [`SignedIn`], [`Visitor`] …), take what comes in by [`Json`], [`Path`],
//! [`Query`] and [`Paging`], and answer with [`Answer`]; a module's error becomes a [`Problem`] by its kind. [`Door`] holds what all
//! requests share (who opens for whom, limits, idempotency) and [`Door::fit`] puts it in front of the merged routes. Who a caller is
//! the door does not know: `people` and `livechat` tell it through [`StaffDoor`] and [`VisitorDoor`].

mod address;
mod ask;
mod cors;
mod door;
mod headers;
mod idempotency;
mod limits;
mod problem;
mod same_origin;
mod who;

pub mod doc;
pub mod may;

pub use address::{ClientAddress, Network};
pub use ask::{Json, JsonLimit, List, Paging, PagingParams, Path, Query, read_json};
pub use cors::{OriginPolicy, widget_cors};
pub use door::{Door, DoorSettings, Doorkeepers, Nobody, StaffDoor, StaffPass, VisitorDoor, no_such_path};
pub use headers::{Nonce, console_csp};
pub use idempotency::{Idempotency, SHOWN_ONCE, ShownOnce};
pub use limits::{Bucket, LimitSettings, Limits, Rate, Throttle};
pub use may::Grant;
pub use problem::{Answer, Problem, request_id};
pub use same_origin::SameOrigin;
pub use who::{Agent, OptionalVisitor, SESSION_COOKIE, Secure, SignedIn, Staff, Superadmin, Visitor, session_cookie};

use sea_orm_migration::MigrationTrait;

pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    idempotency::migrations()
}
