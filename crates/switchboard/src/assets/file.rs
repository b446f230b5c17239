use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use rust_embed::EmbeddedFile;
use std::fmt::Write as _;

/// How long a browser may keep a file without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Its name changes with its content.
    Forever,
    /// Ask each time; the answer is short when nothing changed.
    Ask,
    /// A few minutes.
    Briefly,
}

impl Keep {
    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Forever => "public, max-age=31536000, immutable",
            Self::Ask => "no-cache",
            Self::Briefly => "public, max-age=300, stale-while-revalidate=86400",
        })
    }
}

pub type Headers = &'static [(&'static str, &'static str)];

/// For what pages of other origins load.
pub const CROSS_ORIGIN: Headers = &[
    ("access-control-allow-origin", "*"),
    ("cross-origin-resource-policy", "cross-origin"),
];

/// The file in the smallest form that the browser takes; none when there is no such file.
pub fn answer(headers: &HeaderMap, get: impl Fn(&str) -> Option<EmbeddedFile>, path: &str, keep: Keep, more: Headers) -> Option<Response> {
    let plain = get(path)?;
    let (file, encoding) = accepted(headers)
        .into_iter()
        .find_map(|(ending, name)| Some((get(&format!("{path}.{ending}"))?, Some(name))))
        .unwrap_or((plain, None));
    let etag = etag_of(&file);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = known.is_some_and(|known| known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
    let mut response = if unchanged {
        let mut empty = Response::new(Body::empty());
        *empty.status_mut() = StatusCode::NOT_MODIFIED;
        empty
    } else {
        Response::new(match file.data {
            std::borrow::Cow::Borrowed(bytes) => Body::from(bytes),
            std::borrow::Cow::Owned(bytes) => Body::from(bytes),
        })
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, content_type(path));
    out.insert(header::CACHE_CONTROL, keep.header());
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    out.extend(HeaderValue::from_str(&etag).map(|value| (header::ETAG, value)));
    if let Some(name) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    for (name, value) in more {
        out.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Some(response)
}

fn etag_of(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in &hash[..16] {
        let _infallible = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

fn content_type(path: &str) -> HeaderValue {
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    let text = guess.type_() == "text" || matches!(guess.subtype().as_str(), "javascript" | "json" | "manifest+json");
    let value = if text { format!("{}; charset=utf-8", guess.essence_str()) } else { guess.essence_str().to_owned() };
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

/// Encodings that we have and the browser takes, best first.
fn accepted(headers: &HeaderMap) -> Vec<(&'static str, &'static str)> {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let wanted: Vec<&str> = lines
        .flat_map(|line| line.split(','))
        .filter_map(|item| {
            let mut parts = item.split(';').map(str::trim);
            let name = parts.next()?;
            let refused = parts.any(|weight| weight.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q == 0.0)));
            (!refused).then_some(name)
        })
        .collect();
    [("br", "br"), ("gz", "gzip")].into_iter().filter(|(_, name)| wanted.iter().any(|w| w.eq_ignore_ascii_case(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(value: &'static str) -> Vec<&'static str> {
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
        accepted(&headers).into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn the_best_accepted_encoding_comes_first() {
        assert_eq!(asks("gzip, deflate, br;q=0.9"), ["br", "gzip"]);
        assert_eq!(asks("gzip;q=0, br;q=0.0"), [""; 0]);
        assert_eq!(asks("identity"), [""; 0]);
    }
}
