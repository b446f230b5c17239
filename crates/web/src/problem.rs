use axum::response::{IntoResponse, Response};
use base::{Fault, Kind};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// What a handler answers.
pub type Answer<T> = Result<T, Problem>;

tokio::task_local! {
    static REQUEST_ID: Arc<str>;
}

/// The id of the request that is being answered, if one is.
pub fn request_id() -> Option<Arc<str>> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

pub(crate) fn with_request_id<F: Future>(id: Arc<str>, work: F) -> impl Future<Output = F::Output> {
    REQUEST_ID.scope(id, work)
}

/// An error on the wire (RFC 9457). Nothing else in the house knows a status code of failure.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    status: StatusCode,
    detail: String,
    field: Option<String>,
    retry_after: Option<Duration>,
}

/// The last word of `type`, the status and the title of each kind.
const fn words(kind: Kind) -> (&'static str, StatusCode, &'static str) {
    match kind {
        Kind::Missing => ("missing", StatusCode::NOT_FOUND, "not found"),
        Kind::Invalid => ("invalid", StatusCode::BAD_REQUEST, "the input is wrong"),
        Kind::Conflict => ("conflict", StatusCode::CONFLICT, "clashes with how things stand"),
        Kind::Denied => ("denied", StatusCode::FORBIDDEN, "not allowed"),
        Kind::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED, "sign in first"),
        Kind::TotpRequired => ("totp-required", StatusCode::UNAUTHORIZED, "a second factor is needed"),
        Kind::IdempotencyMismatch => {
            ("idempotency-mismatch", StatusCode::UNPROCESSABLE_ENTITY, "the key was used for another request")
        }
        Kind::TooMany => ("too-many-requests", StatusCode::TOO_MANY_REQUESTS, "too many requests"),
        Kind::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "too large"),
        Kind::Unsupported => ("unsupported", StatusCode::UNSUPPORTED_MEDIA_TYPE, "not supported"),
        Kind::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "try again in a moment"),
        Kind::Full => ("storage-full", StatusCode::SERVICE_UNAVAILABLE, "no room to store it"),
        Kind::Broken => ("broken", StatusCode::INTERNAL_SERVER_ERROR, "our mistake"),
    }
}

/// Where the types of problems live.
pub(crate) const TYPES: &str = "https://switchboard.example/problems/";

impl Problem {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let retry_after = match kind {
            Kind::Unavailable | Kind::TooMany => Some(Duration::from_secs(1)),
            Kind::Full => Some(Duration::from_secs(30)),
            _ => None,
        };
        Self { kind, status: words(kind).1, detail: detail.into(), field: None, retry_after }
    }

    pub fn missing(detail: impl Into<String>) -> Self {
        Self::new(Kind::Missing, detail)
    }

    /// The field at fault, as a path (`fields[2].key`), and why it cannot be taken.
    pub fn invalid(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(Kind::Invalid, why) }
    }

    pub fn denied(detail: impl Into<String>) -> Self {
        Self::new(Kind::Denied, detail)
    }

    pub fn unauthenticated() -> Self {
        Self::new(Kind::Unauthenticated, "sign in, or send a valid key or token")
    }

    pub fn too_many(wait: Duration) -> Self {
        let detail = format!("too many requests; try again in {} s", whole_seconds(wait));
        Self { retry_after: Some(wait), ..Self::new(Kind::TooMany, detail) }
    }

    pub(crate) fn no_such_method() -> Self {
        Self { status: StatusCode::METHOD_NOT_ALLOWED, ..Self::new(Kind::Unsupported, "this path does not know this method") }
    }

    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    pub fn slug(&self) -> &'static str {
        words(self.kind).0
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }

    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The body: also what a socket's frame carries.
    pub fn to_json(&self) -> Value {
        let (slug, _, title) = words(self.kind);
        let mut body = json!({
            "type": format!("{TYPES}{slug}"),
            "title": title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Some(field) = &self.field {
            body["field"] = json!(field);
        }
        if let Some(id) = request_id() {
            body["request_id"] = json!(&*id);
        }
        body
    }
}

impl<E: Fault> From<E> for Problem {
    fn from(err: E) -> Self {
        let kind = err.kind();
        let detail = match kind {
            Kind::Broken | Kind::Unavailable | Kind::Full => {
                log(kind, &err);
                hidden(kind).to_owned()
            }
            _ => err.to_string(),
        };
        Self { field: err.field().map(str::to_owned), ..Self::new(kind, detail) }
    }
}

/// What is told instead of our own trouble.
fn hidden(kind: Kind) -> &'static str {
    match kind {
        Kind::Unavailable => "a part that is needed does not answer; try again in a moment",
        Kind::Full => "the server has no room left; nothing was stored, try again later",
        _ => "something went wrong on our side; tell us the request id",
    }
}

fn log(kind: Kind, err: &dyn Error) {
    let mut chain = err.to_string();
    let mut next = err.source();
    while let Some(cause) = next {
        chain = format!("{chain}: {cause}");
        next = cause.source();
    }
    if kind == Kind::Broken {
        tracing::error!(error = chain, "a request failed by our own mistake");
    } else {
        tracing::warn!(error = chain, "a request could not be served now");
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1_000).max(1).try_into().unwrap_or(u64::MAX)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.to_json().to_string();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status, [(header::CONTENT_TYPE, kind)], body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        if self.kind == Kind::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Invalid;

    #[derive(Debug)]
    struct Leak(Kind);
    impl std::fmt::Display for Leak {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("postgres://switchboard:password@db")
        }
    }
    impl Error for Leak {}
    impl Fault for Leak {
        fn kind(&self) -> Kind {
            self.0
        }
    }

    #[test]
    fn our_own_trouble_is_not_told() {
        for kind in [Kind::Broken, Kind::Unavailable, Kind::Full] {
            let problem = Problem::from(Leak(kind));
            assert!(problem.status().is_server_error());
            assert!(!problem.to_json().to_string().contains("password"));
        }
    }

    #[test]
    fn the_field_at_fault_is_named() {
        let body = Problem::from(Invalid::new("fields[2].key", "is empty")).to_json();
        assert_eq!(body["field"], "fields[2].key");
        assert_eq!(body["status"], 400);
        assert_eq!(body["type"], "https://switchboard.example/problems/invalid");
    }

    #[test]
    fn a_wait_is_rounded_up() {
        let response = Problem::too_many(Duration::from_millis(1_200)).into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }
}
