use super::file::{Headers, Keep, answer};
use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::HeaderMap;
use rust_embed::RustEmbed;
use web::Problem;

/// A shop that carries the widget.
#[derive(RustEmbed)]
#[folder = "../../ui/demo/"]
#[allow_missing = true]
struct Shop;

/// As strict a policy as a careful shop has, so that the widget proves itself under it.
const STRICT: Headers = &[
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; \
         base-uri 'none'; frame-ancestors 'self'",
    ),
    ("x-frame-options", "SAMEORIGIN"),
    ("cross-origin-opener-policy", "same-origin"),
];

pub fn routes() -> Router {
    Router::new()
        .route("/demo", get(async || Redirect::permanent("/demo/")))
        .route("/demo/", get(async |headers: HeaderMap| give(&headers, "index.html")))
        .route("/demo/{*path}", get(async |Path(path): Path<String>, headers: HeaderMap| give(&headers, &path)))
}

fn give(headers: &HeaderMap, path: &str) -> Response {
    answer(headers, Shop::get, path, Keep::Ask, STRICT)
        .unwrap_or_else(|| Problem::missing("the shop has no such page").into_response())
}
