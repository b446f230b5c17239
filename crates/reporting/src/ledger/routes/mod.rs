//! The doors of the ledger.

mod events;
mod replays;
mod retention;

use super::{Ledger, Replays, Retention};
use base::Permission;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::doc;

/// What the routes lead to.
#[derive(Clone)]
pub struct LedgerRooms {
    pub ledger: Ledger,
    pub replays: Replays,
    pub retention: Retention,
}

pub fn routes(rooms: LedgerRooms) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::needs(Permission::ViewEvents, routes!(events::list)))
        .routes(doc::needs(Permission::ViewEvents, routes!(events::show)))
        .routes(doc::needs(Permission::ViewEvents, routes!(replays::list)))
        .routes(doc::needs(Permission::ManageEvents, routes!(replays::start)))
        .routes(doc::needs(Permission::ViewEvents, routes!(replays::show)))
        .routes(doc::needs(Permission::ManageEvents, routes!(replays::cancel)))
        .routes(doc::needs(Permission::ViewEvents, routes!(retention::show)))
        .routes(doc::needs(Permission::ManageEvents, routes!(retention::change)))
        .with_state(rooms)
}
