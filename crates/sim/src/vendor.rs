//! What all simulated vendors share: a server on loopback, faults on demand, a journal, and a clock that can be moved.
//!
//! | call | what it does |
//! | --- | --- |
//! | `POST /_sim/fault` | `{match: {method?, path?, contains?}, times?, then: {status?, body?, headers?, delay_ms?, drop_connection?, after_accept?}}` |
//! | `POST /_sim/clock` | `{advance_s}` |
//! | `GET /_sim/journal` | every request with what was decided |
//! | `POST /_sim/reset` | as in the beginning |
//!
//! `after_accept` does what was asked and then answers with the fault: with `drop_connection` nobody can know what became of it.

use base::{SharedClock, Timestamp};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A request, read to its end.
#[derive(Clone, Debug)]
pub struct Ask {
    pub method: Method,
    /// As it came, with its `%2F`s.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub now: Timestamp,
    /// Where the simulator is reached.
    pub base: String,
}

impl Ask {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn asked(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The path's parts, decoded.
    pub fn parts(&self) -> Vec<String> {
        self.path.split('/').filter(|part| !part.is_empty()).map(|part| decoded(part, false)).collect()
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Reply {
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

/// A simulated system: state in memory, one request after another.
pub trait Vendor: Send + 'static {
    fn answer(&mut self, ask: &Ask) -> Reply;

    /// A call of its own below `/_sim/`.
    fn control(&mut self, what: &str, body: &Value) -> Option<Value>;

    fn reset(&mut self);
}

struct Fault {
    method: Option<String>,
    path: Option<String>,
    contains: Option<String>,
    times: u64,
    then: Value,
}

impl Fault {
    fn hits(&self, ask: &Ask) -> bool {
        self.times > 0
            && self.method.as_ref().is_none_or(|method| ask.method.as_str() == method)
            && self.path.as_ref().is_none_or(|path| ask.path.contains(path))
            && self.contains.as_ref().is_none_or(|text| String::from_utf8_lossy(&ask.body).contains(text))
    }
}

struct Shared {
    vendor: Box<dyn Vendor>,
    faults: Vec<Fault>,
    journal: Vec<Value>,
    ahead: Duration,
}

/// A simulator that runs; it ends when this is dropped.
pub struct Running {
    pub url: String,
    _work: JoinSet<()>,
    shared: Arc<Mutex<Shared>>,
}

impl Running {
    /// Calls below `/_sim/`, without the way over the network.
    pub fn control(&self, what: &str, body: &Value) -> Value {
        control(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner), what, body)
    }

    /// Until the process ends.
    pub async fn wait(mut self) {
        while self._work.join_next().await.is_some() {}
    }
}

/// Starts a simulator at an address (`127.0.0.1:0` for any free port).
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(vendor: impl Vendor, listen: &str, clock: SharedClock) -> std::io::Result<Running> {
    let listener = TcpListener::bind(listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let shared =
        Arc::new(Mutex::new(Shared { vendor: Box::new(vendor), faults: Vec::new(), journal: Vec::new(), ahead: Duration::ZERO }));
    let mut work = JoinSet::new();
    let (base, state) = (url.clone(), shared.clone());
    work.spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let (base, state, clock) = (base.clone(), state.clone(), clock.clone());
            tokio::spawn(async move {
                let service = service_fn(move |request| one(request, base.clone(), state.clone(), clock.clone()));
                // A dropped connection is what was asked for.
                let _broken = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Ok(Running { url, _work: work, shared })
}

/// The connection is dropped without an answer.
#[derive(Debug, thiserror::Error)]
#[error("dropped on purpose")]
struct Dropped;

async fn one(request: Request<Incoming>, base: String, state: Arc<Mutex<Shared>>, clock: SharedClock) -> Result<Response<Full<Bytes>>, Dropped> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let ask = Ask {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: pairs(head.uri.query().unwrap_or_default()),
        headers: head.headers,
        body,
        now: clock.now().plus(lock().ahead),
        base,
    };
    if let Some(what) = ask.path.strip_prefix("/_sim/") {
        let answer = control(&mut lock(), what, &ask.json());
        return Ok(written(&Reply::new(200, answer)));
    }
    let (fault, mut reply) = decide(&mut lock(), &ask);
    if let Some(then) = fault {
        if let Some(delay) = then["delay_ms"].as_u64() {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if then["drop_connection"] == true {
            return Err(Dropped);
        }
        if let Some(status) = then["status"].as_u64().and_then(|status| u16::try_from(status).ok()) {
            reply = Some(Reply::new(status, then["body"].clone()));
        }
        for (name, value) in then["headers"].as_object().into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            reply = reply.map(|reply| reply.with(name, value));
        }
    }
    Ok(written(&reply.unwrap_or_else(|| lock().vendor.answer(&ask))))
}

/// Which fault hits, and the true answer unless the fault comes before it.
fn decide(shared: &mut Shared, ask: &Ask) -> (Option<Value>, Option<Reply>) {
    let fault = shared.faults.iter_mut().find(|fault| fault.hits(ask)).map(|fault| {
        fault.times -= 1;
        fault.then.clone()
    });
    let before = fault.as_ref().is_some_and(|then| then["after_accept"] != true && (then["status"].is_u64() || then["drop_connection"] == true));
    let reply = (!before).then(|| shared.vendor.answer(ask));
    shared.journal.push(json!({
        "method": ask.method.as_str(),
        "path": ask.path,
        "query": ask.query,
        "headers": ask.headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect::<Vec<_>>(),
        "body": String::from_utf8_lossy(&ask.body),
        "status": reply.as_ref().map(|reply| reply.status),
        "fault": fault,
    }));
    (fault, reply)
}

fn control(shared: &mut Shared, what: &str, body: &Value) -> Value {
    match what {
        "fault" => {
            let text = |name: &str| body["match"][name].as_str().map(str::to_owned);
            let times = body["times"].as_u64().unwrap_or(1);
            shared.faults.push(Fault { method: text("method"), path: text("path"), contains: text("contains"), times, then: body["then"].clone() });
        }
        "clock" => shared.ahead += Duration::from_secs(body["advance_s"].as_u64().unwrap_or(0)),
        "journal" => return json!(shared.journal),
        "reset" => {
            (shared.faults, shared.journal, shared.ahead) = (Vec::new(), Vec::new(), Duration::ZERO);
            shared.vendor.reset();
        }
        other => return shared.vendor.control(other, body).unwrap_or_else(|| json!({ "error": format!("there is no /_sim/{other}") })),
    }
    json!({ "ok": true })
}

fn written(reply: &Reply) -> Response<Full<Bytes>> {
    let text = if reply.body.is_null() { String::new() } else { reply.body.to_string() };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut put = |name: &str, value: &str| {
        if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), value.parse::<http::HeaderValue>()) {
            response.headers_mut().append(name, value);
        }
    };
    if !reply.body.is_null() {
        put("content-type", "application/json;charset=UTF-8");
    }
    for (name, value) in &reply.headers {
        put(name, value);
    }
    response
}

/// `%2F` and its like; in a form `+` is a space.
pub fn decoded(text: &str, form: bool) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let code = (byte == b'%').then(|| u8::from_str_radix(text.get(at + 1..at + 3)?, 16).ok()).flatten();
        out.push(match (code, byte) {
            (Some(code), _) => {
                at += 2;
                code
            }
            (None, b'+') if form => b' ',
            (None, byte) => byte,
        });
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

pub fn pairs(text: &str) -> Vec<(String, String)> {
    let one = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name, true), decoded(value, true))
    };
    text.split('&').filter(|pair| !pair.is_empty()).map(one).collect()
}
