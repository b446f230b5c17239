use super::file::{CROSS_ORIGIN, Headers, Keep, answer};
use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use rust_embed::RustEmbed;
use serde::Deserialize;
use web::Problem;

#[derive(RustEmbed)]
#[folder = "../../ui/widget/dist/"]
#[allow_missing = true]
struct Widget;

/// What a page that carries the snippet gets from a server whose widget is not built.
const NOT_BUILT: &str = "console.warn('[switchboard] the widget is not built; run ./run in the source folder of the server');\n";

/// The preview runs inside the console's page, with the widget's own styles.
const PREVIEW: Headers = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; frame-ancestors 'self'",
    ),
    ("x-frame-options", "SAMEORIGIN"),
    ("cross-origin-resource-policy", "same-origin"),
];

pub fn routes() -> Router {
    Router::new().route("/w.js", get(loader)).route("/panel/{file}", get(panel))
}

async fn loader(headers: HeaderMap) -> Response {
    let found = answer(&headers, Widget::get, "w.js", Keep::Briefly, CROSS_ORIGIN);
    found.unwrap_or_else(|| {
        let kind = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
        let mut response = (kind, NOT_BUILT).into_response();
        for (name, value) in CROSS_ORIGIN {
            response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        response
    })
}

async fn panel(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let found = match file.as_str() {
        "preview.html" => answer(&headers, Widget::get, "preview.html", Keep::Ask, PREVIEW),
        "preview.js" => answer(&headers, Widget::get, "preview.js", Keep::Ask, &[]),
        hashed => answer(&headers, Widget::get, &format!("panel/{hashed}"), Keep::Forever, CROSS_ORIGIN).or_else(|| current(&headers, hashed)),
    };
    found.unwrap_or_else(|| Problem::missing("there is no such file; load the page again").into_response())
}

#[derive(Deserialize)]
struct Manifest {
    panel: String,
}

/// A loader from before the last update names a panel that is gone; today's speaks with it too. Not to be kept under that name.
fn current(headers: &HeaderMap, hashed: &str) -> Option<Response> {
    let hash = hashed.strip_suffix(".js")?;
    if hash.len() != 16 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let manifest: Manifest = serde_json::from_slice(&Widget::get("manifest.json")?.data).ok()?;
    answer(headers, Widget::get, &manifest.panel, Keep::Ask, CROSS_ORIGIN)
}
