//! Console, widget and reference page: built elsewhere, embedded here, with their compressed siblings.
//!
//! In debug builds the files are read from disk, so that a rebuilt console needs no rebuilt server.

mod console;
mod demo;
mod file;
mod reference;
mod widget;

pub use console::index;

use axum::Router;
use base::Minter;

/// All static routes but the console's pages, which are the fallback.
pub fn routes(with_demo: bool) -> Router {
    let routes = console::routes().merge(widget::routes()).merge(reference::routes());
    if with_demo { routes.merge(demo::routes()) } else { routes }
}

/// The document that the reference page and generators read.
pub fn openapi_route(document: std::sync::Arc<str>) -> Router {
    let give = async move || ([(http::header::CONTENT_TYPE, "application/json"), (http::header::CACHE_CONTROL, "no-cache")], document.to_string());
    Router::new().route("/v1/openapi.json", axum::routing::get(give))
}

/// Serves the console's page for paths that nobody else knows.
pub fn fallback(minter: Minter) -> axum::routing::MethodRouter {
    axum::routing::any(async move |request: axum::extract::Request| index(&minter, &request))
}
