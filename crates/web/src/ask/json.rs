use crate::{Answer, Problem};
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use base::Kind;
use futures_util::StreamExt;
use http::{HeaderMap, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// A JSON body, in or out. In: at most 256 KiB (see [`JsonLimit`]), at most 32 levels deep, UTF-8, `application/json`; the field at
/// fault is told by its path. Types that come in say `#[serde(deny_unknown_fields)]`.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// Lets a route take larger bodies: `.layer(Extension(JsonLimit(1 << 20)))`.
#[derive(Clone, Copy, Debug)]
pub struct JsonLimit(pub usize);

impl JsonLimit {
    pub const DEFAULT: Self = Self(256 * 1024);

    pub(crate) fn of(extensions: &http::Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self::DEFAULT)
    }
}

/// Deeper structures than this are nobody's honest input.
const DEEPEST: usize = 32;
/// A body that trickles in slower than this is given up.
const PATIENCE: Duration = Duration::from_secs(20);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Answer<Self> {
        if !is_json(request.headers()) {
            return Err(Problem::new(Kind::Unsupported, "send the body as application/json"));
        }
        let limit = JsonLimit::of(request.extensions());
        let body = read_body(request.headers().clone(), request.into_body(), limit).await?;
        Ok(Self(read_json(&body)?))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Reads the body, and stops as soon as it is too long.
pub(crate) async fn read_body(headers: HeaderMap, body: Body, JsonLimit(limit): JsonLimit) -> Answer<Vec<u8>> {
    let too_large = || Problem::new(Kind::TooLarge, format!("a body here has at most {limit} bytes"));
    let told = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let reading = async {
        let mut whole = Vec::with_capacity(told.unwrap_or(1_024).min(limit));
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Problem::new(Kind::Invalid, "the body broke off"))?;
            if whole.len() + piece.len() > limit {
                return Err(too_large());
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    };
    let late = |_| Problem::new(Kind::Invalid, "the body came too slowly");
    tokio::time::timeout(PATIENCE, reading).await.map_err(late)?
}

/// Reads JSON that came from outside, with the same care wherever it came in (a body, a socket's frame).
///
/// # Errors
/// A [`Problem`] that names the field by its path.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Answer<T> {
    let whole = |why: String| Problem::new(Kind::Invalid, why);
    let text = std::str::from_utf8(bytes).map_err(|_| whole("the body is not UTF-8".into()))?;
    survey(text).map_err(|why| whole(why.into()))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|err| {
        let path = err.path().to_string();
        explain(&path, &err.into_inner())
    })?;
    reader.end().map_err(|err| explain(".", &err))?;
    Ok(value)
}

/// Before anything is built of it: is it too deep, and does it hold NUL characters, which PostgreSQL cannot keep?
fn survey(text: &str) -> Result<(), &'static str> {
    let bytes = text.as_bytes();
    let (mut depth, mut in_string, mut at) = (0_usize, false, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if in_string => {
                if bytes[at..].starts_with(b"\\u0000") {
                    return Err("texts must not hold the NUL character (\\u0000)");
                }
                at += 1;
            }
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > DEEPEST {
                    return Err("the body is nested too deeply; 32 levels at most");
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

fn explain(path: &str, err: &serde_json::Error) -> Problem {
    let text = err.to_string();
    let why = text.split(" at line ").next().unwrap_or_default();
    if !err.is_data() {
        return Problem::new(Kind::Invalid, format!("the body is not JSON: {text}"));
    }
    let named = ["unknown field `", "missing field `", "duplicate field `"]
        .iter()
        .find_map(|start| why.strip_prefix(start)?.split('`').next());
    let path = if path == "." { "" } else { path };
    match named {
        // The path may end with the field already.
        Some(name) if path == name || path.ends_with(&format!(".{name}")) => Problem::invalid(path, why),
        Some(name) if path.is_empty() => Problem::invalid(name, why),
        Some(name) => Problem::invalid(format!("{path}.{name}"), why),
        None if path.is_empty() => Problem::new(Kind::Invalid, why),
        None => Problem::invalid(path, why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Form {
        #[expect(dead_code, reason = "only read from JSON")]
        fields: Vec<Field>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Field {
        #[expect(dead_code, reason = "only read from JSON")]
        key: String,
    }

    fn field_of(body: &str) -> Option<String> {
        read_json::<Form>(body.as_bytes()).expect_err("refused").field().map(str::to_owned)
    }

    #[test]
    fn the_path_of_the_field_at_fault_is_told() {
        assert_eq!(field_of(r#"{"fields":[{"key":"a"},{"key":7}]}"#).as_deref(), Some("fields[1].key"));
        assert_eq!(field_of(r#"{"fields":[{"kay":"a"}]}"#).as_deref(), Some("fields[0].kay"));
        assert_eq!(field_of(r#"{"fields":[{}]}"#).as_deref(), Some("fields[0].key"));
        assert_eq!(field_of(r#"{"fields":[],"more":1}"#).as_deref(), Some("more"));
        assert_eq!(field_of("{}").as_deref(), Some("fields"));
        assert_eq!(field_of("7"), None);
        assert_eq!(field_of("{\"fields\":"), None);
    }

    #[test]
    fn deep_broken_and_nul_bodies_are_refused() {
        let deep = "[".repeat(100_000);
        assert_eq!(read_json::<serde_json::Value>(deep.as_bytes()).expect_err("too deep").kind(), Kind::Invalid);
        assert!(read_json::<serde_json::Value>(b"\"\xff\xfe\"").is_err());
        assert!(read_json::<serde_json::Value>(br#"{"a":"\u0000"}"#).is_err());
        assert!(read_json::<serde_json::Value>(br#"{"a":"\\u0000"}"#).is_ok());
        assert!(read_json::<serde_json::Value>(b"{} {}").is_err());
        assert!(read_json::<serde_json::Value>(br#""[[[[\"[[""#).is_ok());
    }
}
