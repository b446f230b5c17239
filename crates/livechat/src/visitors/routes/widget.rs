use crate::visitors::around::DepartmentThere;
use crate::visitors::model::{Browser, Page};
use crate::visitors::reception::{From as CameFrom, Reception, Stay};
use crate::visitors::service::Arrival;
use crate::visitors::text;
use crate::widgets::Origin;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use base::{Secret, SiteId, VisitorId, WidgetId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Answer, Bucket, ClientAddress, Door, Json, Visitor, doc};

pub(super) fn routes(reception: Reception) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::open(routes!(arrive)))
        .routes(doc::visitors(routes!(go_to_page)))
        .routes(doc::visitors(routes!(set_variables)))
        .routes(doc::visitors(routes!(heartbeat)))
        .with_state(reception)
}

/// A page that was opened, and the browser that opened it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewVisit, example = json!({
    "site": 1, "widget": 1, "page": {"url": "https://shop.example/", "title": "Shop", "referrer": "https://search.example/"},
    "screen": "1440x900", "language": "zh-CN", "time_zone": "Asia/Shanghai"
}))]
struct NewVisit {
    #[schema(value_type = i64)]
    site: SiteId,
    #[schema(value_type = i64)]
    widget: WidgetId,
    /// Of an earlier visit. One that is not known is as good as none.
    token: Option<String>,
    page: PageTold,
    /// `1440x900`.
    screen: Option<String>,
    language: Option<String>,
    /// Of the IANA database.
    time_zone: Option<String>,
    /// How the site itself calls this visitor; shown among the variables, and as little proven as they are.
    visitor_key: Option<String>,
}

/// A page as the browser tells it. What is too long is cut; addresses that are not http or https are left out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://shop.example/cart", "title": "Cart", "referrer": ""}))]
struct PageTold {
    url: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    referrer: Option<String>,
}

impl PageTold {
    fn read(&self) -> Page {
        Page::read(&self.url, self.title.as_deref().unwrap_or_default(), self.referrer.as_deref().unwrap_or_default())
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"page": {"url": "https://shop.example/cart", "title": "Cart", "referrer": ""}}))]
struct NewPage {
    page: PageTold,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"variables": {"cart": 129.9, "plan": "gold"}}))]
struct VariablesTold {
    /// Texts, numbers, true or false; `null` takes one away. 50 at most.
    #[schema(value_type = Object)]
    variables: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
struct Nothing {}

#[derive(Debug, Serialize, ToSchema)]
pub struct VisitorRef {
    #[schema(value_type = uuid::Uuid)]
    id: VisitorId,
}

/// What a page needs to show the chat.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "visitor": {"id": "019ab2c0-1f6e-7c31-8a55-9d0e4b7a1c22"}, "token": "sbv_4f1d…",
    "widget": {"id": 1, "version": 3, "look": {"theme_color": "#0a7d4f"}},
    "departments": [{"id": 2, "name": "Support", "online": true}], "online": true, "chat": null, "pace_ms": 20_000, "session": "115594386612060160"
}))]
pub struct VisitAnswer {
    visitor: VisitorRef,
    /// To be kept by the browser and sent with each call. Only in the answer to a visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// The configuration with `id` and `version`; of the texts only those that the site set.
    #[schema(value_type = Object)]
    widget: Map<String, Value>,
    departments: Vec<DepartmentThere>,
    /// Somebody can take a chat.
    online: bool,
    /// The running chat (`ChatState`), if there is one.
    #[schema(value_type = Option<Object>)]
    chat: Option<Value>,
    /// When the next sign of life is wanted.
    pace_ms: u64,
    /// The visit.
    session: String,
}

impl VisitAnswer {
    fn new(stay: Stay, token: Option<String>) -> Self {
        Self {
            visitor: VisitorRef { id: stay.who.visitor() },
            token,
            widget: stay.shown.page.clone(),
            departments: stay.presence.departments,
            online: stay.presence.online,
            chat: stay.chat,
            pace_ms: in_ms(stay.pace),
            session: stay.who.visit().0.to_string(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Pace {
    #[schema(example = 20_000)]
    pace_ms: u64,
}

fn in_ms(pace: std::time::Duration) -> u64 {
    u64::try_from(pace.as_millis()).unwrap_or(u64::MAX)
}

fn header_text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Like any token that we did not give, one that cannot be read is as good as none.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = header_text(headers, header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn came_from(headers: &HeaderMap) -> CameFrom {
    // `Origin: null` is an answer too: a page without an address.
    let told = header_text(headers, header::ORIGIN).or_else(|| header_text(headers, header::REFERER));
    CameFrom {
        origin: told.and_then(Origin::of_address),
        host: header_text(headers, header::HOST).map(str::to_ascii_lowercase),
    }
}

/// Begin or go on with a visit.
///
/// The one call that a page makes before its visitor wants anything (`pageVisitor`). Who comes without a token that we know is a new
/// visitor, and `VisitorCreated` is announced.
#[utoipa::path(
    post,
    path = "/widget/visits",
    tag = "widget",
    request_body = NewVisit,
    responses(
        (status = 200, description = "The visitor is known now.", body = VisitAnswer),
        (status = 403, description = "The widget may not be shown on this page."),
        (status = 404, description = "There is no such widget, or it is switched off."),
    ),
)]
async fn arrive(
    State(reception): State<Reception>,
    Extension(door): Extension<Arc<Door>>,
    address: ClientAddress,
    headers: HeaderMap,
    Json(told): Json<NewVisit>,
) -> Answer<Json<VisitAnswer>> {
    let shown = reception.admit(told.site, told.widget, &came_from(&headers)).await?;
    let token = told.token.clone().or_else(|| bearer(&headers)).map(Secret::from);
    let who = reception.recognise(told.site, token.as_ref()).await?;
    if who.is_none() {
        door.limits.check(Bucket::NewVisitor, &address.rate_key())?;
    }
    let kept = token.filter(|_| who.is_some());
    let stay = reception.arrive(shown, who, arrival(&told, &headers, address)).await?;
    let token = stay.who.token.clone().or(kept).map(|token| token.reveal().to_owned());
    Ok(Json(VisitAnswer::new(stay, token)))
}

fn arrival(told: &NewVisit, headers: &HeaderMap, ClientAddress(address): ClientAddress) -> Arrival {
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let agent = headers.get(header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes())).unwrap_or_default();
    let key = told.visitor_key.as_deref().and_then(|key| text::some_line(key, 100));
    Arrival {
        page: told.page.read(),
        with: Browser::read(&agent, &said(&told.language), &said(&told.time_zone), &said(&told.screen), address),
        widget: Some(told.widget),
        variables: key.into_iter().map(|key| ("visitor_key".to_owned(), key)).collect(),
    }
}

/// Tell of another page of a single-page application.
#[utoipa::path(
    post,
    path = "/widget/pages",
    tag = "widget",
    request_body = NewPage,
    responses(
        (status = 200, description = "As a visit is answered.", body = VisitAnswer),
        (status = 404, description = "The visit has ended, or the widget is gone: begin another visit."),
    ),
)]
async fn go_to_page(
    State(reception): State<Reception>,
    Visitor(caller, visitor): Visitor,
    Json(told): Json<NewPage>,
) -> Answer<Json<VisitAnswer>> {
    let stay = reception.go_to_page(caller.site, visitor, &told.page.read()).await?;
    Ok(Json(VisitAnswer::new(stay, None)))
}

/// Set variables of the page's own.
///
/// They are shown to agents and travel with events; nobody has proven them.
#[utoipa::path(
    put,
    path = "/widget/variables",
    tag = "widget",
    request_body = VariablesTold,
    responses(
        (status = 200, description = "As a visit is answered.", body = VisitAnswer),
        (status = 404, description = "The visit has ended, or the widget is gone: begin another visit."),
    ),
)]
async fn set_variables(
    State(reception): State<Reception>,
    Visitor(caller, visitor): Visitor,
    Json(told): Json<VariablesTold>,
) -> Answer<Json<VisitAnswer>> {
    let stay = reception.set_variables(caller.site, visitor, &told.variables).await?;
    Ok(Json(VisitAnswer::new(stay, None)))
}

/// Give a sign of life; only needed while no socket is open.
#[utoipa::path(
    post,
    path = "/widget/heartbeat",
    tag = "widget",
    request_body = Nothing,
    responses(
        (status = 200, description = "Heard.", body = Pace),
        (status = 404, description = "The visit has ended: begin another one."),
    ),
)]
async fn heartbeat(
    State(reception): State<Reception>,
    Visitor(caller, visitor): Visitor,
    Json(Nothing {}): Json<Nothing>,
) -> Answer<Json<Pace>> {
    let pace = reception.heartbeat(caller.site, visitor).await?;
    Ok(Json(Pace { pace_ms: in_ms(pace) }))
}
