//! `/widget/visits` and its kin for browsers, `/v1/visitors` for the console.

mod console;
mod widget;

pub use console::{LiveVisitorView, PageRef};
pub use widget::VisitAnswer;

use super::{PastChats, Reception};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

/// What browsers call; pages of other origins must be let in (`web::widget_cors`).
pub fn widget_routes(reception: Reception) -> OpenApiRouter {
    widget::routes(reception)
}

/// What the console calls.
pub fn console_routes(reception: &Reception, past: Arc<dyn PastChats>) -> OpenApiRouter {
    console::routes(reception.visitors.clone(), past)
}
