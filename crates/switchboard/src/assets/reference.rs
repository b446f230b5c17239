//! `/docs/api`: the OpenAPI document as a page to read, made by a script of our own. It loads nothing from elsewhere.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderName, header};

const PAGE: &str = include_str!("reference/page.html");
const SCRIPT: &str = include_str!("reference/page.js");
const STYLE: &str = include_str!("reference/page.css");
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub fn routes() -> Router {
    Router::new()
        .route("/docs/api", get(async || give("text/html; charset=utf-8", PAGE)))
        .route("/docs/api/page.js", get(async || give("text/javascript; charset=utf-8", SCRIPT)))
        .route("/docs/api/page.css", get(async || give("text/css; charset=utf-8", STYLE)))
}

fn give(kind: &'static str, body: &'static str) -> Response {
    let headers: [(HeaderName, &str); 3] =
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, body).into_response()
}
