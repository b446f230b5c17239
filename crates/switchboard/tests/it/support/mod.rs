//! [`TestApp`]: the whole house on a database of its own, on a free port, with people in it.

use serde_json::{Value, json};
use std::net::SocketAddr;
use switchboard::config::{self, Config};
use switchboard::{App, serve};
use testkit::TestDb;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub struct TestApp {
    pub app: App,
    pub url: String,
    pub admin_url: String,
    /// Administers the first site, and the installation.
    pub admin: Person,
    /// May answer chats on the first site.
    pub agent: Person,
    /// Administers the second site, and nothing else.
    pub stranger: Person,
    closing: CancellationToken,
    _work: JoinSet<()>,
    _folder: tempfile::TempDir,
    _db: TestDb,
}

/// Somebody with a session.
#[derive(Clone)]
pub struct Person {
    pub cookie: String,
    pub site: i64,
    http: reqwest::Client,
    url: String,
}

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} is no JSON: {}", self.status, self.text))
    }
}

impl TestApp {
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// With further configuration, as the environment gives it.
    pub async fn open_with(more: &[(&str, &str)]) -> Self {
        let db = TestDb::open(&[]).await;
        let folder = tempfile::tempdir().expect("a folder");
        let config = config_of(&db, &folder, more);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let admin = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (url, admin_url) = (address(&listener), address(&admin));
        let app = App::open(config, &url).await.expect("the house opens");
        let link = app.first_start().await.expect("a site and its administrator").expect("a link");
        let work = app.work();
        let closing = CancellationToken::new();
        tokio::spawn(serve::accept(listener, app.routes(), closing.clone(), TaskTracker::new()));
        tokio::spawn(serve::accept(admin, app.admin_routes(), closing.clone(), TaskTracker::new()));
        let http = reqwest::Client::new();
        let token = link.rsplit('#').next().expect("a token").to_owned();
        let admin = Person::by_link(&http, &url, &token, 1).await;
        let agent = admin.invite("agent@one.example", "agent").await;
        let second = admin.call("POST", "/v1/sites", Some(json!({ "name": "Second", "time_zone": "UTC", "languages": ["en"] }))).await;
        assert!(second.status < 300, "{}: {}", second.status, second.text);
        let there = admin.on(second.json()["id"].as_i64().expect("an id"));
        let stranger = there.invite("admin@two.example", "admin").await;
        Self { app, url, admin_url, admin, agent, stranger, closing, _work: work, _folder: folder, _db: db }
    }

    /// A visitor of the first site asks for a chat; answers the ids of both.
    pub async fn asks(&self, name: &str) -> (String, String) {
        let page = json!({ "url": "http://shop.example/", "title": "Shop", "referrer": "" });
        let door = sim::Door::new(&self.url).expect("a client");
        let visitor = sim::Visitor::arrive(&door, self.admin.site, 1, &page).await.expect("arrives");
        let form = json!({ "name": name, "email": "visitor@mail.example" });
        let state = visitor.ask(&form, Some("hello")).await.expect("asks");
        (visitor.id, state["id"].as_str().expect("a chat").to_owned())
    }

    /// Without any credentials.
    pub async fn anybody(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        Person { cookie: String::new(), ..self.admin.clone() }.call(method, path, body).await
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.closing.cancel();
        self.app.stopper().cancel();
    }
}

fn config_of(db: &TestDb, folder: &tempfile::TempDir, more: &[(&str, &str)]) -> Config {
    let mut environment = vec![
        ("SWITCHBOARD_DATA".to_owned(), folder.path().display().to_string()),
        ("SWITCHBOARD_DATABASE__URL".to_owned(), db.options.url.clone()),
        ("SWITCHBOARD_LIMITS__ENABLED".to_owned(), "false".to_owned()),
    ];
    if let Some(redis) = testkit::redis_url() {
        environment.push(("SWITCHBOARD_REDIS__URL".to_owned(), redis));
        environment.push(("SWITCHBOARD_REDIS__PREFIX".to_owned(), format!("it:{}:", uuid::Uuid::new_v4().simple())));
    }
    environment.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    config::load_from(None, environment).expect("a configuration")
}

fn address(listener: &TcpListener) -> String {
    let address: SocketAddr = listener.local_addr().expect("an address");
    format!("http://{address}")
}

impl Person {
    /// The same person, naming another site.
    pub fn on(&self, site: i64) -> Self {
        Self { site, ..self.clone() }
    }

    pub async fn by_link(http: &reqwest::Client, url: &str, token: &str, site: i64) -> Self {
        let body = json!({ "token": token }).to_string();
        let sent = http.post(format!("{url}/v1/session/link")).header("content-type", "application/json").body(body).send().await;
        let answer = sent.expect("an answer");
        let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok()).and_then(|line| line.split(';').next());
        let cookie = cookie.expect("a session").to_owned();
        Self { cookie, site, http: http.clone(), url: url.to_owned() }
    }

    /// Somebody new on this person's site, with the built-in role of that name (by the permissions it is known for).
    pub async fn invite(&self, email: &str, role: &str) -> Self {
        let roles = self.call("GET", "/v1/roles", None).await.json();
        let known = |role: &Value| role["permissions"].as_array().map_or(0, Vec::len);
        let mut all = roles["items"].as_array().expect("roles").clone();
        all.sort_by_key(known);
        let of = |name: &str| all.iter().find(|one| one["built_in"] == name || one["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(name)));
        let found = of(role).or(if role == "admin" { all.last() } else { all.first() }).expect("a role");
        let body = json!({ "email": email, "name": email, "role_id": found["id"], "departments": [] });
        let made = self.call("POST", "/v1/users", Some(body)).await;
        assert!(made.status < 300, "inviting {email}: {} {}", made.status, made.text);
        let link = made.json()["link"].as_str().expect("a link").to_owned();
        let token = link.rsplit('#').next().expect("a token").to_owned();
        Self::by_link(&self.http, &self.url, &token, self.site).await
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.send(method, path, body.map(|body| ("application/json", body.to_string()))).await
    }

    /// A form with a small file.
    pub async fn upload(&self, path: &str) -> Answer {
        let head = "content-disposition: form-data; name=\"file\"; filename=\"note.txt\"\r\ncontent-type: text/plain";
        let form = format!("--edge\r\n{head}\r\n\r\nhello\r\n--edge--\r\n");
        self.send("POST", path, Some(("multipart/form-data; boundary=edge", form))).await
    }

    async fn send(&self, method: &str, path: &str, body: Option<(&str, String)>) -> Answer {
        let mut request = self
            .http
            .request(method.to_uppercase().parse().expect("a method"), format!("{}{path}", self.url))
            .header("origin", &self.url)
            .header("switchboard-site", self.site.to_string());
        if !self.cookie.is_empty() {
            request = request.header("cookie", &self.cookie);
        }
        if let Some((kind, body)) = body {
            request = request.header("content-type", kind).body(body);
        }
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, text: answer.text().await.expect("a text") }
    }
}
