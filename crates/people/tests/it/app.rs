//! A house with one site, one administrator, and browsers that keep their cookie.

use axum::body::Body;
use base::{Caller, Permission, SiteId, UserId};
use http::{HeaderMap, Request, StatusCode};
use people::identity::{Attempt, BuiltIn, FirstStart, Identity, NewSite, NewUser, SessionSpans, Whence};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::TestDb;
use tower::ServiceExt;
use web::{Door, DoorSettings, Doorkeepers};

pub const PASSWORD: &str = "correct horse battery";

pub struct App {
    pub test: TestDb,
    pub identity: Identity,
    pub router: axum::Router,
    pub api: utoipa::openapi::OpenApi,
    pub site: SiteId,
    /// Of the installation and of the first site.
    pub admin: UserId,
}

/// Who asks.
#[derive(Clone, Default)]
pub struct Client {
    pub cookie: Option<String>,
    pub bearer: Option<String>,
    pub site: Option<i64>,
    pub extra: Vec<(&'static str, String)>,
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    pub fn slug(&self) -> &str {
        self.body["type"].as_str().and_then(|kind| kind.rsplit('/').next()).unwrap_or_default()
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    #[track_caller]
    pub fn refused(self, status: u16, slug: &str) -> Self {
        let reply = self.is(status);
        assert_eq!(reply.slug(), slug, "{}", reply.body);
        assert_eq!(reply.headers["content-type"], "application/problem+json");
        assert!(reply.body["request_id"].is_string(), "{}", reply.body);
        reply
    }

    pub fn cookie(&self) -> String {
        let line = self.headers["set-cookie"].to_str().expect("text");
        line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie").1.to_owned()
    }
}

impl App {
    pub async fn open() -> Self {
        Self::with(DoorSettings::default()).await
    }

    pub async fn with(settings: DoorSettings) -> Self {
        Self::with_spans(settings, SessionSpans::default()).await
    }

    pub async fn with_spans(settings: DoorSettings, spans: SessionSpans) -> Self {
        let test = TestDb::open(&[web::migrations, people::migrations]).await;
        let identity = Identity::new(test.db.clone(), spans);
        let site = NewSite { name: "First".into(), time_zone: "UTC".into(), languages: vec!["en".into()] };
        let first = FirstStart { email: "admin@house.example".into(), name: "Admin".into(), site };
        let link = identity.first_start(first).await.expect("starts").expect("a link");
        let opened = identity.sign_in.with_link(&link, None, &Whence::default()).await.expect("opens");
        let admin = opened.user;
        identity.sign_in.put_password(admin, PASSWORD).await.expect("sets the password");
        let keepers = Doorkeepers::nobody().with_staff(identity.clone().into());
        let door = Door::new(test.db.clone(), settings, keepers);
        let (routes, api) = web::doc::openapi("Switchboard", "1", [identity.routes()]);
        Self { router: door.fit(routes), api, identity, site: SiteId(1), admin, test }
    }

    pub async fn role(&self, site: SiteId, which: BuiltIn) -> base::RoleId {
        let roles = self.identity.roles.list(&Caller::system(site)).await.expect("lists");
        roles.into_iter().find(|role| role.built_in == Some(which)).expect("is built in").id
    }

    /// A user with a built-in role and the usual password.
    pub async fn user(&self, site: SiteId, email: &str, which: BuiltIn) -> UserId {
        let role = self.role(site, which).await;
        let new = NewUser {
            email: email.into(),
            name: "Somebody".into(),
            role,
            departments: vec![],
            chat_limit: 5,
            accepts_chats: true,
        };
        let user = self.identity.users.create(&Caller::system(site), new).await.expect("is made").user.id;
        self.identity.sign_in.put_password(user, PASSWORD).await.expect("sets the password");
        user
    }

    /// Signed in past the door, so that its limits are not spent.
    pub async fn client(&self, email: &str) -> Client {
        let attempt = Attempt { email: email.into(), password: PASSWORD.into(), totp: None };
        let opened = self.identity.sign_in.with_password(&attempt, &Whence::default()).await.expect("signs in");
        Client { cookie: Some(opened.secret.reveal().to_owned()), ..Client::default() }
    }

    pub async fn admin(&self) -> Client {
        self.client("admin@house.example").await
    }

    /// A second site with an administrator of its own.
    pub async fn second_site(&self) -> (SiteId, Client) {
        let new = NewSite { name: "Second".into(), time_zone: "UTC".into(), languages: vec!["zh".into()] };
        let site = self.identity.new_site_with_defaults(new, None).await.expect("is made").id;
        self.user(site, "second@house.example", BuiltIn::Admin).await;
        (site, self.client("second@house.example").await)
    }

    pub async fn send(&self, client: &Client, method: &str, path: &str, body: impl Into<Option<Value>>) -> Reply {
        let body = body.into();
        let bytes = body.map(|body| body.to_string().into_bytes());
        self.raw(client, method, path, bytes).await
    }

    pub async fn raw(&self, client: &Client, method: &str, path: &str, body: Option<Vec<u8>>) -> Reply {
        let mut request = Request::builder().method(method).uri(path).header("host", "desk.example");
        if let Some(cookie) = &client.cookie {
            request = request.header("cookie", format!("other=1; sb_session={cookie}"));
        }
        if let Some(bearer) = &client.bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        if let Some(site) = client.site {
            request = request.header("switchboard-site", site.to_string());
        }
        for (name, value) in &client.extra {
            request = request.header(*name, value);
        }
        if body.is_some() && !client.extra.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("answers");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("JSON") };
        Reply { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, client: &Client, path: &str) -> Reply {
        self.send(client, "GET", path, None).await
    }

    pub async fn sign_in(&self, email: &str, password: &str, totp: Option<&str>) -> Reply {
        let mut body = json!({"email": email, "password": password});
        if let Some(code) = totp {
            body["totp"] = json!(code);
        }
        self.send(&Client::default(), "POST", "/v1/session", body).await
    }

    pub fn later(&self, span: Duration) {
        self.test.clock.advance(span);
    }

    /// Access of each operation as the document tells it: (method, path, access).
    pub fn operations(&self) -> Vec<(String, String, String)> {
        let api = serde_json::to_value(&self.api).expect("JSON");
        let paths = api["paths"].as_object().expect("paths").clone();
        let mut found = Vec::new();
        for (path, item) in paths {
            for (method, operation) in item.as_object().expect("operations") {
                let access = operation["x-access"].as_str().expect("every operation says who may call").to_owned();
                found.push((method.to_uppercase(), path.clone(), access));
            }
        }
        found
    }
}

pub fn permission(wire: &str) -> Option<Permission> {
    wire.parse().ok()
}
