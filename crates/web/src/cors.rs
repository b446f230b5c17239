//! The widget speaks to us from other people's pages. It carries a bearer token and never a cookie, so answers may be read by the
//! page that asked, if any widget may be there at all; which pages may carry which widget is enforced by the visit itself, where the
//! widget is known.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::sync::Arc;

/// Says whether any widget may be on pages of this origin (`https://shop.example`).
#[async_trait::async_trait]
pub trait OriginPolicy: Send + Sync + 'static {
    async fn allowed(&self, origin: &str) -> bool;
}

/// What the widget calls lies here.
const WIDGET: &str = "/widget/";

/// Lets pages of other origins call what lies under `/widget/`, without credentials. Goes outside of [`Door::fit`](crate::Door::fit),
/// so that the door's own refusals and replays can be read by the page too.
pub fn widget_cors<S: Clone + Send + Sync + 'static>(routes: Router<S>, policy: Arc<dyn OriginPolicy>) -> Router<S> {
    routes.layer(middleware::from_fn_with_state(policy, cross_origin))
}

async fn cross_origin(State(policy): State<Arc<dyn OriginPolicy>>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(WIDGET) {
        return next.run(request).await;
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    let preflight = request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let allowed = match origin.as_ref().and_then(|value| value.to_str().ok()) {
        Some(text) => policy.allowed(text).await,
        None => false,
    };
    let mut response = if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin.filter(|_| allowed) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if preflight {
            answer_preflight(headers);
        } else {
            let seen = HeaderValue::from_static("retry-after, x-request-id, idempotency-replayed");
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, seen);
        }
    }
    response
}

fn answer_preflight(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, idempotency-key, x-request-id"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
