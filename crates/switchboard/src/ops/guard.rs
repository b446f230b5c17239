//! Refuses what would write while there is no room, over HTTP and over sockets alike.

use super::DiskWatch;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::{Caller, ChatId, Kind};
use http::Method;
use realtime::{Backlog, ConnectionId, Floor, Heard, Op, Welcome};
use serde_json::Value;
use sockets::live::Topic;
use std::collections::BTreeMap;
use std::sync::Arc;
use web::Problem;

/// What adds nothing to the disk but is no reading by its method: being alive, hearing the news, stepping aside and signing off. What
/// a poll would store is refused by the floor, as over sockets.
const HARMLESS: [(Method, &str); 5] = [
    (Method::POST, "/widget/heartbeat"),
    (Method::POST, "/widget/poll"),
    (Method::POST, "/v1/realtime/poll"),
    (Method::PUT, "/v1/desk/status"),
    (Method::DELETE, "/v1/session"),
];

fn full() -> Problem {
    Problem::new(Kind::Full, "the server has no room left; nothing was stored, try again later")
}

pub async fn refuse_when_full(State(disk): State<Arc<DiskWatch>>, request: Request, next: Next) -> Response {
    if !disk.is_full() || is_harmless(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    metrics::counter!("disk_full_refused_total").increment(1);
    full().into_response()
}

fn is_harmless(method: &Method, path: &str) -> bool {
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    reads || HARMLESS.iter().any(|(known, at)| known == method && *at == path)
}

/// The floor of the sockets, which refuses to store while there is no room.
pub struct GuardedFloor<F> {
    floor: F,
    disk: Arc<DiskWatch>,
}

impl<F> GuardedFloor<F> {
    pub fn new(floor: F, disk: Arc<DiskWatch>) -> Self {
        Self { floor, disk }
    }
}

#[async_trait::async_trait]
impl<F: Floor + ?Sized> Floor for GuardedFloor<Arc<F>> {
    async fn authenticate_visitor(&self, token: &str) -> Result<Option<Caller>, Problem> {
        self.floor.authenticate_visitor(token).await
    }

    async fn may_follow(&self, caller: &Caller, topic: &Topic) -> Result<bool, Problem> {
        self.floor.may_follow(caller, topic).await
    }

    async fn backlog(&self, caller: &Caller, chat: ChatId, after: Option<u64>) -> Result<Backlog, Problem> {
        self.floor.backlog(caller, chat, after).await
    }

    async fn handle(&self, caller: &Caller, connection: ConnectionId, op: Op) -> Result<Value, Problem> {
        if matches!(op, Op::Say { .. }) && self.disk.is_full() {
            metrics::counter!("disk_full_refused_total").increment(1);
            return Err(full());
        }
        self.floor.handle(caller, connection, op).await
    }

    async fn connected(&self, caller: &Caller, connection: ConnectionId, open: usize) -> Result<Welcome, Problem> {
        self.floor.connected(caller, connection, open).await
    }

    async fn disconnected(&self, caller: &Caller, connection: ConnectionId, left: usize) {
        self.floor.disconnected(caller, connection, left).await;
    }

    async fn standing(&self, caller: &Caller, chat: ChatId) -> Vec<Arc<str>> {
        self.floor.standing(caller, chat).await
    }

    async fn ping(&self, caller: &Caller, connection: ConnectionId, seqs: &BTreeMap<ChatId, u64>) -> Result<Heard, Problem> {
        self.floor.ping(caller, connection, seqs).await
    }
}
