use crate::visitors::around::PastChats;
use crate::visitors::board::BoardQuery;
use crate::visitors::model::{PageView, Visit, Visitor};
use crate::visitors::{Profile, Visitors};
use axum::extract::State;
use base::{ChatId, Timestamp, VisitorId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sockets::live::{LiveQuery, LiveVisitor, PageSeen, VisitorStatus};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Agent, Answer, Json, Path, Problem, Query, doc, may};

#[derive(Clone)]
struct Rooms {
    visitors: Visitors,
    past: Arc<dyn PastChats>,
}

pub(super) fn routes(visitors: Visitors, past: Arc<dyn PastChats>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::needs(base::Permission::ViewVisitors, routes!(list)))
        .routes(doc::needs(base::Permission::ViewVisitors, routes!(show)))
        .with_state(Rooms { visitors, past })
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct BoardAsked {
    /// `browsing`, `waiting` or `chatting`.
    #[param(value_type = Option<String>)]
    status: Option<String>,
    /// Words to be found in name, e-mail, pages, place, browser or variables.
    q: Option<String>,
    /// The `next` of the part before.
    after: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<u32>,
}

impl BoardAsked {
    fn read(self) -> Answer<BoardQuery> {
        let status = match self.status.as_deref() {
            None | Some("") => None,
            Some("browsing") => Some(VisitorStatus::Browsing),
            Some("waiting") => Some(VisitorStatus::Waiting),
            Some("chatting") => Some(VisitorStatus::Chatting),
            Some(_) => return Err(Problem::invalid("status", "should be browsing, waiting or chatting")),
        };
        let limit = self.limit.unwrap_or(LiveQuery::MAX);
        if !(1..=LiveQuery::MAX).contains(&limit) {
            return Err(Problem::invalid("limit", format!("should be 1 to {}", LiveQuery::MAX)));
        }
        Ok(BoardQuery { status, q: self.q, after: self.after.filter(|after| !after.is_empty()), limit })
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PageRef {
    url: String,
    title: String,
}

impl From<PageSeen> for PageRef {
    fn from(page: PageSeen) -> Self {
        Self { url: page.url, title: page.title }
    }
}

/// A visitor who is on the site now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019ab2c0-1f6e-7c31-8a55-9d0e4b7a1c22", "name": "Sophie Martin", "status": "browsing",
    "page": {"url": "https://shop.example/cart", "title": "Cart"}, "landing": "https://shop.example/", "referrer": "https://search.example/",
    "country": "GB", "city": "London", "browser": "Firefox 145", "os": "Windows", "device": "desktop", "language": "en-GB",
    "time_zone": "Europe/London", "visits": 3, "pages": 5, "since": "2026-11-21T18:09:12.001Z", "seen": "2026-11-21T18:11:54.123Z",
    "chat": null, "variables": {"plan": "gold"}
}))]
pub struct LiveVisitorView {
    #[schema(value_type = uuid::Uuid)]
    id: VisitorId,
    name: Option<String>,
    /// `browsing`, `waiting` or `chatting`.
    #[schema(value_type = String)]
    status: VisitorStatus,
    page: PageRef,
    /// The first page of this visit.
    landing: String,
    referrer: Option<String>,
    /// ISO 3166-1, two letters.
    country: Option<String>,
    city: Option<String>,
    browser: Option<String>,
    os: Option<String>,
    /// `desktop`, `phone`, `tablet` or `bot`.
    device: Option<String>,
    language: Option<String>,
    time_zone: Option<String>,
    /// Which visit this is, from 1.
    visits: u32,
    /// Pages seen during this visit.
    pages: u32,
    #[schema(value_type = String)]
    since: Timestamp,
    #[schema(value_type = String)]
    seen: Timestamp,
    #[schema(value_type = Option<uuid::Uuid>)]
    chat: Option<ChatId>,
    /// What the page told; not proven.
    variables: BTreeMap<String, String>,
}

impl From<LiveVisitor> for LiveVisitorView {
    fn from(visitor: LiveVisitor) -> Self {
        Self {
            id: visitor.id,
            name: visitor.name,
            status: visitor.status,
            page: visitor.page.into(),
            landing: visitor.landing,
            referrer: visitor.referrer,
            country: visitor.country,
            city: visitor.city,
            browser: visitor.browser,
            os: visitor.os,
            device: visitor.device,
            language: visitor.language,
            time_zone: visitor.time_zone,
            visits: visitor.visits,
            pages: visitor.pages,
            since: visitor.since,
            seen: visitor.seen,
            chat: visitor.chat,
            variables: visitor.variables,
        }
    }
}

/// Who is on the site now.
#[derive(Debug, Serialize, ToSchema)]
struct LiveVisitors {
    items: Vec<LiveVisitorView>,
    /// Send it as `after` to get the next part; null after the last one.
    next: Option<String>,
    /// Follow the topic `visitors` from here.
    #[schema(example = "7c1e.118")]
    cursor: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 115_594_386, "since": "2026-11-21T18:09:12.001Z", "seen": "2026-11-21T18:11:54.123Z",
    "landing": {"url": "https://shop.example/", "title": "Shop"}, "referrer": "https://search.example/", "pages": 5, "country": "GB",
    "city": "London", "browser": "Firefox 145", "os": "Windows", "device": "desktop", "screen": "1440x900", "address": "203.0.113.9"
}))]
struct VisitView {
    id: i64,
    #[schema(value_type = String)]
    since: Timestamp,
    #[schema(value_type = String)]
    seen: Timestamp,
    landing: PageRef,
    referrer: Option<String>,
    pages: u32,
    country: Option<String>,
    city: Option<String>,
    browser: Option<String>,
    os: Option<String>,
    device: Option<String>,
    screen: Option<String>,
    address: Option<String>,
}

impl VisitView {
    fn new((visit, pages): (Visit, u32)) -> Self {
        Self {
            id: visit.id.0,
            since: visit.started,
            seen: visit.last_seen,
            landing: visit.landing.into(),
            referrer: visit.referrer,
            pages,
            country: visit.place.country,
            city: visit.place.city,
            browser: visit.with.agent.browser,
            os: visit.with.agent.os,
            device: visit.with.agent.device,
            screen: visit.with.screen,
            address: visit.with.address.map(|address| address.to_string()),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"url": "https://shop.example/cart", "title": "Cart", "at": "2026-11-21T18:11:54.123Z"}))]
struct SeenPageView {
    url: String,
    title: String,
    #[schema(value_type = String)]
    at: Timestamp,
}

impl From<PageView> for SeenPageView {
    fn from(view: PageView) -> Self {
        Self { url: view.page.url, title: view.page.title, at: view.at }
    }
}

/// A visitor with its past.
#[derive(Debug, Serialize, ToSchema)]
struct VisitorDetail {
    visitor: LiveVisitorView,
    /// It is on the site now.
    #[schema(example = true)]
    online: bool,
    #[schema(example = "sophie@mail.example")]
    email: Option<String>,
    phone: Option<String>,
    #[schema(value_type = String, example = "2026-10-02T09:30:00.000Z")]
    first_seen: Timestamp,
    #[schema(value_type = String, example = "2026-11-21T18:11:54.123Z")]
    last_seen: Timestamp,
    /// Newest first, 50 at most.
    visits: Vec<VisitView>,
    /// Of all visits, newest first, 200 at most.
    pages: Vec<SeenPageView>,
    /// Cards of the chats that the caller may see.
    #[schema(value_type = Vec<Object>, example = json!([]))]
    chats: Vec<Value>,
}

/// List the visitors who are on the site now.
#[utoipa::path(
    get,
    path = "/v1/visitors",
    tag = "visitors",
    params(BoardAsked),
    responses((status = 200, description = "Newest first.", body = LiveVisitors)),
)]
async fn list(
    State(rooms): State<Rooms>,
    agent: Agent<may::ViewVisitors>,
    Query(asked): Query<BoardAsked>,
) -> Answer<Json<LiveVisitors>> {
    let board = rooms.visitors.board(agent.site, &asked.read()?).await?;
    Ok(Json(LiveVisitors {
        items: board.items.into_iter().map(LiveVisitorView::from).collect(),
        next: board.next,
        cursor: board.cursor.to_string(),
    }))
}

/// Show a visitor with visits, pages and past chats.
#[utoipa::path(
    get,
    path = "/v1/visitors/{id}",
    tag = "visitors",
    params(("id" = uuid::Uuid, Path, description = "the visitor")),
    responses((status = 200, description = "The visitor.", body = VisitorDetail)),
)]
async fn show(
    State(rooms): State<Rooms>,
    agent: Agent<may::ViewVisitors>,
    Path(id): Path<VisitorId>,
) -> Answer<Json<VisitorDetail>> {
    let profile = rooms.visitors.profile(agent.site, id).await?;
    let visits = rooms.visitors.visits_of(agent.site, id).await?;
    let pages = rooms.visitors.pages_of(agent.site, id).await?;
    let chats = rooms.past.past_chats(&agent, id).await?;
    Ok(Json(detail(profile, visits, pages, chats)))
}

fn detail(profile: Profile, visits: Vec<(Visit, u32)>, pages: Vec<PageView>, chats: Vec<Value>) -> VisitorDetail {
    let online = profile.live.is_some();
    let seen = visits.iter().find(|(visit, _)| visit.id == profile.visit.id).map_or(0, |(_, pages)| *pages);
    let last = pages.first().map(|view| view.page.clone());
    let Profile { visitor, visit, live } = profile;
    VisitorDetail {
        online,
        email: visitor.email.clone(),
        phone: visitor.phone.clone(),
        first_seen: visitor.first_seen,
        last_seen: visitor.last_seen,
        visitor: live.map_or_else(|| as_it_left(visitor, visit, seen, last), LiveVisitorView::from),
        visits: visits.into_iter().map(VisitView::new).collect(),
        pages: pages.into_iter().map(SeenPageView::from).collect(),
        chats,
    }
}

/// How the board showed somebody last who is not here now.
fn as_it_left(visitor: Visitor, visit: Visit, pages: u32, last: Option<PageSeen>) -> LiveVisitorView {
    LiveVisitorView {
        id: visitor.id,
        name: visitor.name,
        status: VisitorStatus::Browsing,
        page: last.unwrap_or_else(|| visit.landing.clone()).into(),
        landing: visit.landing.url,
        referrer: visit.referrer,
        country: visit.place.country,
        city: visit.place.city,
        browser: visit.with.agent.browser,
        os: visit.with.agent.os,
        device: visit.with.agent.device,
        language: visit.with.language,
        time_zone: visit.with.time_zone,
        visits: visitor.visits,
        pages,
        since: visit.started,
        seen: visitor.last_seen,
        chat: None,
        variables: visit.variables,
    }
}
