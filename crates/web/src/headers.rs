//! Headers that keep browsers from doing harm with what we serve.

use crate::Door;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use base::Minter;
use http::{HeaderName, HeaderValue, header};
use std::fmt;
use std::sync::Arc;

/// What answers without a policy of their own get: nothing in them may load, run or be framed.
const LOCKED: &str = "default-src 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 2] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
];

/// Set unless the handler said otherwise.
const UNLESS_SAID: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, LOCKED),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
];

pub(crate) async fn secure(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in UNLESS_SAID {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if door.settings.secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// A number used once: the scripts of one page carry it.
#[derive(Clone, Debug)]
pub struct Nonce(String);

impl Nonce {
    pub fn fresh(minter: &Minter) -> Self {
        Self(hex::encode(minter.bytes::<16>()))
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The policy of the console's page: own files, and inline scripts and styles that carry the nonce.
pub fn console_csp(nonce: &Nonce) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; \
         media-src 'self' blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; worker-src 'self' blob:; manifest-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(LOCKED))
}
