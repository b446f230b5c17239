use super::Door;
use crate::problem::with_request_id;
use crate::{Bucket, ClientAddress, Problem};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::Kind;
use futures_util::FutureExt;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The route's template (`/v1/users/{id}`), which unlike the path can be counted by.
fn route_of(extensions: &Extensions) -> &str {
    extensions.get::<MatchedPath>().map_or("none", MatchedPath::as_str)
}

/// Gives the request its id, and tells log and metrics how it went. The query string is told to nobody.
pub(super) async fn record(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = given_id(request.headers()).unwrap_or_else(|| door.minter.uuid().simple().to_string().into());
    let method = request.method().clone();
    let route = route_of(request.extensions()).to_owned();
    let span = tracing::info_span!(
        "request", id = &*id, %method, route, site = tracing::field::Empty, caller = tracing::field::Empty
    );
    let mut response = with_request_id(id.clone(), next.run(request)).instrument(span.clone()).await;
    let (status, took) = (response.status(), started.elapsed());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let labels = [("method", method.to_string()), ("route", route)];
    metrics::histogram!("http_request_duration_seconds", &labels).record(took.as_secs_f64());
    let [first, second] = labels;
    let labels = [first, second, ("status", status.as_u16().to_string())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    let ms = took.as_secs_f64() * 1_000.0;
    span.in_scope(|| tracing::info!(status = status.as_u16(), ms, "answered"));
    response
}

/// An id that came along is kept when it can do no harm in a log.
fn given_id(headers: &HeaderMap) -> Option<Arc<str>> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let sane = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    sane.then(|| id.into())
}

/// A handler that panics is our mistake, told as such; the connection and the process live on.
pub(super) async fn panics(request: Request, next: Next) -> Response {
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            let why = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
            tracing::error!(why, "a handler panicked");
            Problem::new(Kind::Broken, "something went wrong on our side; tell us the request id").into_response()
        }
    }
}

/// A known path that does not know the method says so as everything else does; which ones it knows stays in `Allow`.
pub(super) async fn methods(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status() != StatusCode::METHOD_NOT_ALLOWED || response.headers().contains_key(header::CONTENT_TYPE) {
        return response;
    }
    let known = response.headers_mut().remove(header::ALLOW);
    let mut problem = Problem::no_such_method().into_response();
    problem.headers_mut().extend(known.map(|known| (header::ALLOW, known)));
    problem
}

/// A place for each request, or 503 at once; and an end to its patience.
pub(super) async fn places_and_time(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let route = route_of(request.extensions());
    let slow = door.settings.slow.iter().find(|(end, _)| route.ends_with(end.as_str()));
    if let Some((_, patience)) = slow {
        return in_time(*patience, next.run(request)).await;
    }
    let Ok(_place) = door.places.try_acquire() else {
        metrics::counter!("http_shed_total").increment(1);
        return Problem::new(Kind::Unavailable, "the server is busy; try again in a moment").into_response();
    };
    in_time(door.settings.patience, next.run(request)).await
}

async fn in_time(patience: Duration, work: impl Future<Output = Response>) -> Response {
    match tokio::time::timeout(patience, work).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!(?patience, "a request took too long and was given up");
            Problem::new(Kind::Unavailable, "this took too long; try again in a moment").into_response()
        }
    }
}

/// Counts by address before anything is looked up.
pub(super) async fn address(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let key = ClientAddress::of(&parts, &door.settings.trusted_proxies).rate_key();
    match door.limits.check(Bucket::Address, &key) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}
