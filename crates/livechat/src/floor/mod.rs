//! The floor: where live chat meets real time, its neighbours and the clock.
//!
//! [`open`] puts the whole wing together for the roof.

mod house;
mod jobs;
mod logs;
mod open;
mod sockets_floor;
mod staff;
mod widget_routes;

pub use house::{House, VisitorGuests};
pub use jobs::{IdleChats, IndexChats, Patience, Repair, SweepFiles};
pub use logs::{QueueLog, StatusWatch};
pub use open::{Deps, Livechat, open};
pub use sockets_floor::ChatFloor;
pub use staff::PeopleStaff;
