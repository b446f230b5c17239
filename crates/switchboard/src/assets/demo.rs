use super::file::{Headers, Keep, answer};
use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use rust_embed::RustEmbed;
use std::sync::atomic::{AtomicU64, Ordering};
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
        .route("/demo/hooks/crm", post(async || (StatusCode::OK, "kept")))
        .route("/demo/hooks/quality", post(busy_at_times))
        .route("/demo/{*path}", get(async |Path(path): Path<String>, headers: HeaderMap| give(&headers, &path)))
}

fn give(headers: &HeaderMap, path: &str) -> Response {
    answer(headers, Shop::get, path, Keep::Ask, STRICT)
        .unwrap_or_else(|| Problem::missing("the shop has no such page").into_response())
}

/// One of the shop's systems that is overworked: every fourth time it wants to be asked again, so that deliveries have a story.
async fn busy_at_times() -> Response {
    static ASKED: AtomicU64 = AtomicU64::new(0);
    if ASKED.fetch_add(1, Ordering::Relaxed) % 4 == 3 {
        return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "2")], "busy, please come again").into_response();
    }
    (StatusCode::ACCEPTED, "noted").into_response()
}
