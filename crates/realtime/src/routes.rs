use crate::frame::Hello;
use crate::hub::Hub;
use crate::outbox::Close;
use crate::poll::{self, PollAnswer, PollAsk};
use crate::session::Recheck;
use crate::socket::{self, Greeter};
use axum::extract::{Extension, State, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base::{Caller, Digest, Kind, Permission};
use http::{HeaderMap, header};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes as paths;
use web::{Answer, Door, Json, Problem, SESSION_COOKIE, SameOrigin, Staff, Visitor, doc};

/// The sockets, and the polls for those who cannot have one.
///
/// | path | who |
/// | --- | --- |
/// | `GET /ws/agent` | a session's cookie from our own origin, or an API key |
/// | `GET /ws/visitor` | a visitor's token in the first frame, from any origin |
/// | `POST /v1/realtime/poll` | as every call of the console |
/// | `POST /widget/poll` | as every call of the widget |
pub fn routes(hub: Arc<Hub>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::staff(paths!(poll_agent)))
        .routes(doc::visitors(paths!(poll_visitor)))
        .route("/ws/agent", get(agent))
        .route("/ws/visitor", get(visitor))
        .with_state(hub)
}

/// Sockets are many and mostly silent: small buffers, no long messages.
fn tuned(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade.read_buffer_size(4_096).write_buffer_size(16 * 1_024).max_message_size(64 * 1_024).max_frame_size(64 * 1_024)
}

fn refuse_when_leaving(hub: &Hub) -> Answer<()> {
    if hub.is_moving() {
        return Err(Problem::new(Kind::Unavailable, "this node goes away; connect again"));
    }
    Ok(())
}

fn may_enter(caller: &Caller) -> bool {
    [Permission::AnswerChats, Permission::ViewVisitors, Permission::ViewAllChats].into_iter().any(|one| caller.may(one))
}

async fn agent(
    _: SameOrigin,
    State(hub): State<Arc<Hub>>,
    Extension(door): Extension<Arc<Door>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Answer<Response> {
    refuse_when_leaving(&hub)?;
    let papers = Papers::of(&headers).ok_or_else(Problem::unauthenticated)?;
    let greeter = StaffGreeter { door, papers };
    greeter.pass(None).await?;
    Ok(tuned(upgrade).on_upgrade(|socket| socket::serve(socket, hub, greeter)))
}

async fn visitor(State(hub): State<Arc<Hub>>, upgrade: WebSocketUpgrade) -> Answer<Response> {
    refuse_when_leaving(&hub)?;
    let greeter = VisitorGreeter { hub: hub.clone() };
    Ok(tuned(upgrade).on_upgrade(|socket| socket::serve(socket, hub, greeter)))
}

/// What an agent shows at the upgrade; asked again with the site that the first frame names.
enum Papers {
    Session(Digest),
    ApiKey(Digest),
}

impl Papers {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(key) = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")) {
            return key.starts_with("sbk_").then(|| Self::ApiKey(Digest::of(key)));
        }
        let mut pairs = text(header::COOKIE)?.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == SESSION_COOKIE).map(|(_, value)| Self::Session(Digest::of(value)))
    }
}

struct StaffGreeter {
    door: Arc<Door>,
    papers: Papers,
}

impl StaffGreeter {
    async fn pass(&self, site: Option<base::SiteId>) -> Answer<Caller> {
        let staff = &self.door.keepers.staff;
        let pass = match &self.papers {
            Papers::Session(cookie) => staff.session(cookie, site).await?,
            Papers::ApiKey(key) => staff.api_key(key, site).await?,
        };
        Ok(pass.ok_or_else(Problem::unauthenticated)?.caller)
    }

    async fn enter(&self, site: Option<base::SiteId>) -> Result<Caller, Close> {
        let caller = self.pass(site).await.map_err(|problem| match problem.kind() {
            Kind::Unauthenticated => Close::Unauthenticated,
            Kind::Missing | Kind::Denied => Close::Denied,
            _ => Close::Unavailable,
        })?;
        if may_enter(&caller) { Ok(caller) } else { Err(Close::Denied) }
    }
}

impl Greeter for StaffGreeter {
    async fn caller(&self, hello: &Hello) -> Result<Caller, Close> {
        self.enter(hello.site).await
    }

    /// A session may be revoked, a role changed, an agent dismissed while the screen is open.
    fn again(self, hello: &Hello) -> Option<Recheck> {
        let (greeter, site) = (Arc::new(self), hello.site);
        Some(Arc::new(move || {
            let greeter = greeter.clone();
            Box::pin(async move { greeter.enter(site).await })
        }))
    }
}

struct VisitorGreeter {
    hub: Arc<Hub>,
}

impl Greeter for VisitorGreeter {
    async fn caller(&self, hello: &Hello) -> Result<Caller, Close> {
        let token = hello.token.as_deref().ok_or(Close::Unauthenticated)?;
        let found = self.hub.floor.authenticate_visitor(token).await;
        found.map_err(|_| Close::Unavailable)?.ok_or(Close::Unauthenticated)
    }

    /// There are too many of them to ask each time, and their tokens are not revoked.
    fn again(self, _: &Hello) -> Option<Recheck> {
        None
    }
}

/// What is new for an agent without a socket
///
/// The same operations and frames as on `/ws/agent`. It answers as soon as there is something to tell, at the latest after `wait_ms`;
/// poll again after `pace_ms`.
#[utoipa::path(
    post, path = "/v1/realtime/poll", tag = "realtime", request_body = PollAsk,
    responses((status = 200, body = PollAnswer), (status = 401, description = "not signed in"), (status = 403, description = "no permission for chats or visitors"))
)]
async fn poll_agent(Staff(caller): Staff, State(hub): State<Arc<Hub>>, Json(ask): Json<PollAsk>) -> Answer<Response> {
    if !may_enter(&caller) {
        return Err(Problem::denied("this needs a permission for chats or visitors"));
    }
    Ok(poll::poll(hub, caller, ask).await?.into_response())
}

/// What is new for a visitor without a socket
///
/// The same operations and frames as on `/ws/visitor`. It answers as soon as there is something to tell, at the latest after
/// `wait_ms`; poll again after `pace_ms`.
#[utoipa::path(
    post, path = "/widget/poll", tag = "realtime", request_body = PollAsk,
    responses((status = 200, body = PollAnswer), (status = 401, description = "no valid token"))
)]
async fn poll_visitor(Visitor(caller, _): Visitor, State(hub): State<Arc<Hub>>, Json(ask): Json<PollAsk>) -> Answer<Response> {
    Ok(poll::poll(hub, caller, ask).await?.into_response())
}
