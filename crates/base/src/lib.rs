//! The ground floor: words that every room of the house shares.
//!
//! Typed ids, time, the caller, paging, and errors that speak kinds. No I/O, no async, no framework.

mod caller;
mod clock;
mod fault;
mod id;
mod page;
mod permission;
mod steady;
pub mod text;
mod token;

pub use caller::{Actor, Caller};
pub use clock::{Clock, ManualClock, SharedClock, SystemClock, Timestamp};
pub use fault::{Fault, Invalid, Kind};
pub use id::{
    ApiKeyId, ChatId, DeadLetterId, DeliveryId, DepartmentId, EventId, MessageId, Minter, ReplayId, RoleId,
    SessionId, SiteId, SubscriptionId, TicketId, TicketMacroId, TicketViewId, UploadId, UserId, VisitorId, WebhookId, WidgetId,
};
pub use page::{Page, PageRequest};
pub use permission::Permission;
pub use steady::Steady;
pub use token::{Digest, Secret, constant_time_eq};
