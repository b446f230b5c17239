//! Protection against writes that another site's page makes with our cookie.
//!
//! As in Go 1.25: what the browser itself says (`Sec-Fetch-Site`, then `Origin` against `Host`) decides; no tokens in forms. A request
//! without either header comes from no browser and carries no cookie against its owner's will.

use crate::{Answer, Door, Problem};
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Method, header};

/// For handlers that no other site's page may call, whatever the method: sign-in, and opening a socket by cookie.
#[derive(Clone, Copy, Debug)]
pub struct SameOrigin;

impl<S: Send + Sync> FromRequestParts<S> for SameOrigin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        check(parts, &Door::of(&parts.extensions)?.settings.origins)?;
        Ok(Self)
    }
}

/// Every write with a cookie passes here; reading is harmless, as no other origin may see the answer.
pub(crate) fn check_write(parts: &Parts, own: &[String]) -> Answer<()> {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(&parts.method) {
        return Ok(());
    }
    check(parts, own)
}

fn check(parts: &Parts, own: &[String]) -> Answer<()> {
    let told = |name| parts.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let origin = told(header::ORIGIN);
    if origin.is_some_and(|origin| own.iter().any(|one| one == origin)) {
        return Ok(());
    }
    let same = match told(header::HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin" | "none") => true,
        Some(_) => false,
        None => origin.is_none_or(|origin| authority(origin) == host(&parts.headers, &parts.uri)),
    };
    if same {
        return Ok(());
    }
    Err(Problem::denied("a page of another site must not do this; if the console has another public address, configure it"))
}

fn authority(origin: &str) -> Option<&str> {
    origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"))
}

fn host<'a>(headers: &'a HeaderMap, uri: &'a http::Uri) -> Option<&'a str> {
    let named = uri.authority().map(http::uri::Authority::as_str);
    named.or_else(|| headers.get(header::HOST)?.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(headers: &[(&'static str, &'static str)]) -> bool {
        let mut request = http::Request::builder().method("POST").uri("/v1/users").header("host", "desk.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        check_write(&parts, &["https://public.example".into()]).is_ok()
    }

    #[test]
    fn another_sites_page_cannot_write() {
        assert!(passes(&[]));
        assert!(passes(&[("sec-fetch-site", "same-origin"), ("origin", "https://desk.example")]));
        assert!(passes(&[("origin", "https://desk.example")]));
        assert!(passes(&[("sec-fetch-site", "cross-site"), ("origin", "https://public.example")]));
        assert!(!passes(&[("sec-fetch-site", "cross-site")]));
        assert!(!passes(&[("sec-fetch-site", "same-site"), ("origin", "https://evil.desk.example")]));
        assert!(!passes(&[("origin", "https://desk.example.evil.example")]));
        assert!(!passes(&[("origin", "null")]));
    }
}
