//! A house with the visitor's side alone: widgets, visitors, the door in front, and neighbours that say what a test wants.

use adapters::live::{MemoryLive, RedisLive, RedisLiveOptions};
use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use base::{ApiKeyId, Caller, ChatId, DepartmentId, Digest, Minter, Permission, SiteId, UserId, VisitorId};
use livechat::visitors::{
    DepartmentThere, Geo, OnGone, PastChats, Presence, Reception, RunningChat, Visitors, WhoIsThere, console_routes, widget_routes,
};
use livechat::widgets::{Widgets, routes as widget_admin};
use serde_json::{Value, json};
use sockets::StoreError;
use sockets::live::{LiveAgent, LiveState};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use testkit::TestDb;
use tower::ServiceExt;
use web::{Answer, Door, DoorSettings, Doorkeepers, LimitSettings, StaffDoor, StaffPass, doc};

pub const SITE: SiteId = SiteId(1);
pub const OTHER_SITE: SiteId = SiteId(2);

pub const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

pub struct House {
    pub test: TestDb,
    pub live: Arc<dyn LiveState>,
    pub visitors: Visitors,
    pub widgets: Widgets,
    pub neighbours: Arc<Neighbours>,
    /// The first widget of [`SITE`] and of [`OTHER_SITE`].
    pub widget: i64,
    pub other_widget: i64,
    router: axum::Router,
}

/// What chats and agents would say.
#[derive(Default)]
pub struct Neighbours {
    pub chat: Mutex<Option<Value>>,
    pub left: Mutex<Vec<ChatId>>,
    pub agents_gone: Mutex<Vec<UserId>>,
}

#[async_trait]
impl RunningChat for Neighbours {
    async fn state_for(&self, _: SiteId, _: VisitorId) -> Option<Value> {
        self.chat.lock().expect("unpoisoned").clone()
    }
}

#[async_trait]
impl PastChats for Neighbours {
    async fn past_chats(&self, _: &Caller, _: VisitorId) -> Result<Vec<Value>, StoreError> {
        Ok(vec![json!({ "number": 7 })])
    }
}

#[async_trait]
impl WhoIsThere for Neighbours {
    async fn who_is_there(&self, _: SiteId) -> Presence {
        let sales = DepartmentThere { id: DepartmentId(3), name: "Sales".into(), online: true };
        Presence { online: true, departments: vec![sales] }
    }
}

#[async_trait]
impl OnGone for Neighbours {
    async fn visitor_gone(&self, _: SiteId, _: VisitorId, chat: ChatId) {
        self.left.lock().expect("unpoisoned").push(chat);
    }

    async fn agent_gone(&self, agent: LiveAgent) {
        self.agents_gone.lock().expect("unpoisoned").push(agent.id);
    }
}

/// Keys `sbk_<site>`; `sbk_<site>_poor` may nothing.
struct Keys;

#[async_trait]
impl StaffDoor for Keys {
    async fn session(&self, _: &Digest, _: Option<SiteId>) -> Answer<Option<StaffPass>> {
        Ok(None)
    }

    async fn api_key(&self, key: &Digest, _: Option<SiteId>) -> Answer<Option<StaffPass>> {
        let all: BTreeSet<_> = Permission::ALL.into_iter().collect();
        let pass = |site, may| StaffPass { caller: Caller::new(site, base::Actor::ApiKey(ApiKeyId(1)), may), session: None };
        let known = [("sbk_1", SITE, all.clone()), ("sbk_2", OTHER_SITE, all), ("sbk_1_poor", SITE, BTreeSet::new())];
        Ok(known.into_iter().find(|(text, ..)| Digest::of(text) == *key).map(|(_, site, may)| pass(site, may)))
    }
}

pub struct Reply {
    pub status: StatusCode,
    pub body: Value,
}

async fn open_live(test: &TestDb, minter: Minter) -> Arc<dyn LiveState> {
    match testkit::redis_url() {
        None => Arc::new(MemoryLive::new(test.clock.clone(), minter)),
        Some(url) => {
            let prefix = format!("visitors-{}:", uuid::Uuid::new_v4().simple());
            let options = RedisLiveOptions { prefix, ..RedisLiveOptions::new(url) };
            Arc::new(RedisLive::open(&options, test.clock.clone(), minter).await.expect("the given Redis answers"))
        }
    }
}

impl House {
    pub async fn open() -> Self {
        Self::with_limits(LimitSettings::off()).await
    }

    pub async fn with_limits(limits: LimitSettings) -> Self {
        let test = TestDb::open(&[livechat::widgets::migrations, livechat::visitors::migrations, web::migrations]).await;
        let live = open_live(&test, test.minter.clone()).await;
        let widgets = Widgets::new(test.db.clone());
        for site in [SITE, OTHER_SITE] {
            widgets.ensure_default(site).await.expect("a widget");
        }
        let visitors = Visitors::new(test.db.clone(), live.clone(), Geo::none());
        let neighbours = Arc::new(Neighbours::default());
        let reception = Reception::new(visitors.clone(), widgets.clone(), neighbours.clone(), neighbours.clone());
        let console = console_routes(&reception, neighbours.clone());
        let (routes, _) = doc::openapi("t", "1", [widget_routes(reception), console, widget_admin(widgets.clone(), None)]);
        let keepers = Doorkeepers::nobody().with_visitors(Arc::new(visitors.clone())).with_staff(Arc::new(Keys));
        let door = Door::new(test.db.clone(), DoorSettings { limits, ..DoorSettings::default() }, keepers);
        let mut house =
            Self { test, live, visitors, widgets, neighbours, widget: 0, other_widget: 0, router: door.fit(routes) };
        house.widget = house.first_widget("sbk_1").await;
        house.other_widget = house.first_widget("sbk_2").await;
        house
    }

    async fn first_widget(&self, key: &str) -> i64 {
        self.get("/v1/widgets", key).await.body["items"][0]["id"].as_i64().expect("a widget")
    }

    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(path).header("host", "chat.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            None => Body::empty(),
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
        };
        let response = self.router.clone().oneshot(request.body(body).expect("a request")).await.expect("an answer");
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.expect("a body");
        Reply { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }

    pub async fn get(&self, path: &str, key: &str) -> Reply {
        self.call("GET", path, &[("authorization", &format!("Bearer {key}"))], None).await
    }

    pub async fn send(&self, method: &str, path: &str, key: &str, body: &Value) -> Reply {
        self.call(method, path, &[("authorization", &format!("Bearer {key}"))], Some(body)).await
    }

    pub fn visit(&self, token: Option<&str>) -> Value {
        json!({
            "site": SITE.0, "widget": self.widget, "token": token, "screen": "1440x900", "language": "zh-CN", "time_zone": "Asia/Shanghai",
            "page": {"url": "https://shop.example/", "title": "Shop", "referrer": "https://search.example/?q=shoes"},
        })
    }

    pub async fn arrive(&self, token: Option<&str>) -> Reply {
        self.arrive_with(&self.visit(token)).await
    }

    pub async fn arrive_with(&self, body: &Value) -> Reply {
        let headers = [("origin", "https://shop.example"), ("user-agent", FIREFOX)];
        self.call("POST", "/widget/visits", &headers, Some(body)).await
    }

    pub async fn board(&self) -> Vec<Value> {
        let reply = self.get("/v1/visitors", "sbk_1").await;
        reply.body["items"].as_array().cloned().unwrap_or_default()
    }

    pub async fn detail(&self, id: &str) -> Value {
        self.visitors.flush().await.expect("written");
        self.get(&format!("/v1/visitors/{id}"), "sbk_1").await.body
    }
}

impl Reply {
    pub fn id(&self) -> String {
        self.body["visitor"]["id"].as_str().unwrap_or_else(|| panic!("a visitor in {}", self.body)).to_owned()
    }

    pub fn token(&self) -> String {
        self.body["token"].as_str().unwrap_or_else(|| panic!("a token in {}", self.body)).to_owned()
    }

    /// The problem's last word and its field.
    pub fn problem(&self) -> (u16, &str, &str) {
        let slug = self.body["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        (self.status.as_u16(), slug, self.body["field"].as_str().unwrap_or_default())
    }
}
