use crate::{Door, SimError, Socket};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// What a browser says of itself, besides the page that it is on.
#[derive(Clone, Debug)]
pub struct Browser {
    pub language: String,
    pub time_zone: String,
    /// Empty: it says nothing.
    pub user_agent: String,
    /// Where it is, told as a proxy before the server would. None: at this machine.
    pub address: Option<String>,
    /// The token of an earlier visit.
    pub token: Option<String>,
}

impl Default for Browser {
    fn default() -> Self {
        Self { language: "en-US".into(), time_zone: "Asia/Shanghai".into(), user_agent: String::new(), address: None, token: None }
    }
}

/// A browser on a page that carries the widget.
#[derive(Clone, Debug)]
pub struct Visitor {
    door: Door,
    pub id: String,
    token: String,
    origin: String,
}

impl Visitor {
    /// Opens a page of the shop as a new visitor.
    pub async fn arrive(door: &Door, site: i64, widget: i64, page: &Value) -> Result<Self, SimError> {
        Self::arrive_as(door, site, widget, page, &Browser::default()).await
    }

    /// As [`Self::arrive`], with a browser of one's own.
    pub async fn arrive_as(door: &Door, site: i64, widget: i64, page: &Value, browser: &Browser) -> Result<Self, SimError> {
        let origin = door.base().to_owned();
        let body = json!({
            "site": site, "widget": widget, "page": page, "language": browser.language, "time_zone": browser.time_zone,
            "screen": "1440x900", "token": browser.token,
        });
        let mut request = door.request(Method::POST, "/widget/visits").header("Origin", &origin).json(&body);
        if !browser.user_agent.is_empty() {
            request = request.header("User-Agent", &browser.user_agent);
        }
        if let Some(address) = &browser.address {
            request = request.header("X-Forwarded-For", address);
        }
        let answer = door.json(request).await?;
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| SimError::Odd(format!("no visitor in {answer}")));
        Ok(Self { door: door.clone(), id: text(&answer["visitor"]["id"])?, token: text(&answer["token"])?, origin })
    }

    /// By which the browser is known when it comes again.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The same browser at another node's door.
    pub fn at(&self, door: &Door) -> Self {
        Self { door: door.clone(), ..self.clone() }
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, SimError> {
        let mut request = self.door.request(method, path).bearer_auth(&self.token).header("Origin", &self.origin);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.door.json(request).await
    }

    pub async fn go_to(&self, page: &Value) -> Result<Value, SimError> {
        self.call(Method::POST, "/widget/pages", Some(&json!({ "page": page }))).await
    }

    pub async fn heartbeat(&self) -> Result<Value, SimError> {
        self.call(Method::POST, "/widget/heartbeat", Some(&json!({}))).await
    }

    /// Fills the form and asks for a chat; answers its state.
    pub async fn ask(&self, form: &Value, message: Option<&str>) -> Result<Value, SimError> {
        let body = json!({ "client_id": Uuid::new_v4(), "form": form, "message": message });
        self.call(Method::POST, "/widget/chats", Some(&body)).await
    }

    pub async fn say(&self, client_id: Uuid, text: &str) -> Result<Value, SimError> {
        self.call(Method::POST, "/widget/chat/messages", Some(&json!({ "client_id": client_id, "text": text }))).await
    }

    /// Sends a file and shows it, with words beside it unless they are empty.
    pub async fn show(&self, client_id: Uuid, name: &str, media_type: &str, bytes: &'static [u8], text: &str) -> Result<Value, SimError> {
        let request = self.door.request(Method::POST, "/widget/chat/uploads").bearer_auth(&self.token).header("Origin", &self.origin);
        let upload = self.door.upload(request, name, media_type, bytes).await?;
        let text = Some(text).filter(|text| !text.is_empty());
        let body = json!({ "client_id": client_id, "text": text, "upload": upload["id"] });
        self.call(Method::POST, "/widget/chat/messages", Some(&body)).await
    }

    pub async fn messages(&self, after_seq: i64) -> Result<Value, SimError> {
        self.call(Method::GET, &format!("/widget/chat/messages?after_seq={after_seq}"), None).await
    }

    pub async fn end(&self) -> Result<Value, SimError> {
        self.call(Method::POST, "/widget/chat/end", Some(&json!({}))).await
    }

    pub async fn rate(&self, grade: u8, comment: &str) -> Result<Value, SimError> {
        self.call(Method::PUT, "/widget/chat/rating", Some(&json!({ "grade": grade, "comment": comment }))).await
    }

    pub async fn poll(&self, body: &Value) -> Result<Value, SimError> {
        self.call(Method::POST, "/widget/poll", Some(body)).await
    }

    /// Opens the socket, following the topics of `cursors` from where they say.
    pub async fn connect(&self, cursors: &Value) -> Result<Socket, SimError> {
        let hello = json!({ "op": "hello", "token": self.token, "cursors": cursors });
        Socket::open(&self.door.socket_url("/ws/visitor"), &[("Origin", self.origin.clone())], &hello).await
    }
}
