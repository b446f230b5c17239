use super::{Given, Idempotency, Owner, Standing};
use crate::ask::{is_json, read_body};
use crate::problem::with_request_id;
use crate::{Answer, Door, JsonLimit, Problem, request_id};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use base::Kind;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longer answers are not kept.
const LONGEST: usize = 256 * 1024;
/// A double looks this often, and this many times, whether the first is done.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS: u32 = 100;

/// Marks an answer that holds a secret which is shown once and must not be kept: `(ShownOnce, Json(..))`.
#[derive(Clone, Copy, Debug)]
pub struct ShownOnce;

/// What a double of such a request is told.
pub const SHOWN_ONCE: &str = "this was done already; its answer held a secret, which is shown only once";

impl IntoResponseParts for ShownOnce {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

pub(crate) async fn once(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    match guarded(&door, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn guarded(door: &Arc<Door>, request: Request, next: Next) -> Answer<Response> {
    let (mut parts, body) = request.into_parts();
    let key = sane_key(&parts.headers)?;
    // Who is not known is refused by the route itself, or has nothing that could be done twice in his name.
    let Some(caller) = door.anybody(&mut parts).await else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let owner = Owner::of(&caller, &key);
    let mut hash = Sha256::new();
    hash.update(parts.uri.to_string());
    let body = if is_json(&parts.headers) {
        let whole = read_body(parts.headers.clone(), body, JsonLimit::of(&parts.extensions)).await?;
        hash.update([0]);
        hash.update(&whole);
        Body::from(whole)
    } else {
        body
    };
    let hash = hex::encode(hash.finalize());
    if let Some(given) = wait_for_turn(&door.idempotency, &owner, &hash).await? {
        return replay(given);
    }
    let work = finish(door.idempotency.clone(), owner, Request::from_parts(parts, body), next);
    let id = request_id().unwrap_or_else(|| "none".into());
    // On its own feet: who hangs up in the middle does not leave a half-done key behind.
    let work = tokio::spawn(with_request_id(id, work).in_current_span());
    work.await.map_err(|_| Problem::new(Kind::Broken, "something went wrong on our side; tell us the request id"))
}

fn sane_key(headers: &HeaderMap) -> Answer<String> {
    let key = headers.get(KEY).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if (1..=128).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(key.to_owned());
    }
    Err(Problem::invalid("Idempotency-Key", "should be 1 to 128 visible ASCII characters, as a UUID is"))
}

/// None: it is our turn. Some: it was done before.
async fn wait_for_turn(memory: &Idempotency, owner: &Owner, hash: &str) -> Answer<Option<Given>> {
    for _ in 0..LOOKS {
        match memory.claim(owner, hash).await? {
            Standing::Ours => return Ok(None),
            Standing::Answered(given) => return Ok(Some(given)),
            Standing::OtherRequest => {
                let why = "this key came with another request before; use a fresh key for each";
                return Err(Problem::new(Kind::IdempotencyMismatch, why));
            }
            Standing::UnderWay => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
    let why = "the same request is still under way; ask again in a moment";
    Err(Problem::new(Kind::Conflict, why).retry_after(Duration::from_secs(1)))
}

fn replay(given: Given) -> Answer<Response> {
    let status = StatusCode::from_u16(given.status).unwrap_or(StatusCode::OK);
    let Some(body) = given.body else { return Err(Problem::new(Kind::Conflict, SHOWN_ONCE)) };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if let Some(kind) = given.content_type.and_then(|kind| HeaderValue::from_str(&kind).ok()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Does the work and remembers how it went. Frees the key should the work panic.
async fn finish(memory: Idempotency, owner: Owner, request: Request, next: Next) -> Response {
    let response = match futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(next.run(request))).await {
        Ok(response) => response,
        Err(panic) => {
            tell(memory.release(&owner).await);
            std::panic::resume_unwind(panic);
        }
    };
    if !response.status().is_success() {
        tell(memory.release(&owner).await);
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        tell(memory.release(&owner).await);
        return Problem::new(Kind::Broken, "something went wrong on our side; tell us the request id").into_response();
    };
    let secret = parts.extensions.get::<ShownOnce>().is_some() || bytes.len() > LONGEST;
    let body = if secret { None } else { String::from_utf8(bytes.to_vec()).ok() };
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).map(str::to_owned);
    tell(memory.keep(&owner, &Given { status: parts.status.as_u16(), content_type, body }).await);
    Response::from_parts(parts, Body::from(bytes))
}

/// The work is done either way; only a double would notice.
fn tell(kept: Result<(), sockets::StoreError>) {
    if let Err(err) = kept {
        tracing::warn!(error = ?err, "an idempotency key could not be kept");
    }
}
