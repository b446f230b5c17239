use super::file::{Keep, answer};
use axum::Router;
use axum::extract::{Path, Request};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use base::Minter;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use rust_embed::RustEmbed;
use web::{Nonce, Problem, console_csp};

#[derive(RustEmbed)]
#[folder = "../../ui/console/dist/"]
#[allow_missing = true]
struct Console;

/// Where `index.html` waits for its number used once.
const NONCE_PLACE: &str = "<meta name=\"csp-nonce\" content=\"";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Switchboard</title>\
    <body style=\"font:16px/1.6 system-ui;margin:15vh auto;max-width:34rem;padding:0 1rem\">\
    <h1>The console is not built</h1><p>The server runs, but this build holds no console. Run <code>./run</code> in the source folder, \
    which builds it and starts again.</p><h1 lang=\"zh-CN\">控制台尚未构建</h1>\
    <p lang=\"zh-CN\">服务已在运行，但此版本不包含控制台。请在源码目录运行 <code>./run</code>，它会构建并重新启动。</p>";

pub fn routes() -> Router {
    Router::new().route("/assets/{*path}", get(asset)).route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let keep = if is_hashed(&path) { Keep::Forever } else { Keep::Ask };
    answer(&headers, Console::get, &format!("assets/{path}"), keep, &[])
        .unwrap_or_else(|| Problem::missing("there is no such file; reload the page").into_response())
}

/// The bundler writes `name-AbCd1234.js`.
fn is_hashed(path: &str) -> bool {
    let stem = path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
    stem.len() > 9
        && stem.is_char_boundary(stem.len() - 9)
        && stem.as_bytes()[stem.len() - 9] == b'-'
        && stem[stem.len() - 8..].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        && stem[stem.len() - 8..].bytes().any(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Paths whose callers are programs: they are told that there is nothing, not shown a page.
const NOT_PAGES: [&str; 8] = ["/v1/", "/widget/", "/ws/", "/f/", "/health/", "/panel/", "/docs/", "/demo/"];

/// The console's page for every path of its own, with a fresh number in it.
pub fn index(minter: &Minter, request: &Request) -> Response {
    let path = request.uri().path();
    let for_programs = NOT_PAGES.iter().any(|start| path.starts_with(start) || path == start.trim_end_matches('/'));
    let names_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    if for_programs || names_file || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::missing("there is nothing at this path").into_response();
    }
    let Some(file) = Console::get("index.html") else { return not_built() };
    let nonce = Nonce::fresh(minter);
    let page = String::from_utf8_lossy(&file.data).replacen(NONCE_PLACE, &format!("{NONCE_PLACE}{nonce}"), 1);
    let csp = console_csp(&nonce);
    ([(header::CONTENT_SECURITY_POLICY, csp), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))], Html(page)).into_response()
}

fn not_built() -> Response {
    let csp = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    let headers: [(HeaderName, HeaderValue); 1] = [(header::CONTENT_SECURITY_POLICY, csp)];
    (headers, Html(NOT_BUILT)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_kept_forever() {
        for (name, hashed) in
            [("index-DkX9_aB1.js", true), ("deep/x-12345678.css", true), ("switchboard.svg", false), ("some-fontname.woff2", false)]
        {
            assert_eq!(is_hashed(name), hashed, "{name}");
        }
    }
}
