use crate::door::read;
use crate::{Door, SimError, Socket};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// A signed-in console.
#[derive(Clone, Debug)]
pub struct Agent {
    door: Door,
    cookie: String,
    pub site: i64,
}

impl Agent {
    /// With a one-time link's token.
    pub async fn by_link(door: &Door, token: &str) -> Result<Self, SimError> {
        Self::sign_in(door, "/v1/session/link", &json!({ "token": token })).await
    }

    pub async fn by_password(door: &Door, email: &str, password: &str) -> Result<Self, SimError> {
        Self::sign_in(door, "/v1/session", &json!({ "email": email, "password": password })).await
    }

    /// With the secret of a session that exists.
    pub fn by_session(door: &Door, site: i64, secret: &str) -> Self {
        Self { door: door.clone(), cookie: format!("sb_session={secret}"), site }
    }

    async fn sign_in(door: &Door, path: &str, body: &Value) -> Result<Self, SimError> {
        let response = door.request(Method::POST, path).header("Origin", door.base()).json(body).send().await?;
        let cookie = response
            .headers()
            .get_all("set-cookie")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(|value| value.split(';').next().filter(|pair| pair.starts_with("sb_session=")).map(str::to_owned));
        let answer = read(response).await?;
        let cookie = cookie.ok_or_else(|| SimError::Odd("signing in gave no session".into()))?;
        let site = answer["sites"][0]["id"].as_i64().ok_or_else(|| SimError::Odd(format!("no site in {answer}")))?;
        Ok(Self { door: door.clone(), cookie, site })
    }

    /// The same console at another node's door.
    pub fn at(&self, door: &Door) -> Self {
        Self { door: door.clone(), ..self.clone() }
    }

    pub fn on_site(&self, site: i64) -> Self {
        Self { site, ..self.clone() }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.door.request(method, path).header("Cookie", &self.cookie).header("Origin", self.door.base());
        request.header("Switchboard-Site", self.site)
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, SimError> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.door.json(request).await
    }

    pub async fn get(&self, path: &str) -> Result<Value, SimError> {
        self.call(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, SimError> {
        self.call(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Result<Value, SimError> {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value, SimError> {
        self.call(Method::PATCH, path, Some(body)).await
    }

    pub async fn go_online(&self) -> Result<Value, SimError> {
        self.put("/v1/desk/status", &json!({ "status": "online" })).await
    }

    pub async fn say(&self, chat: &str, client_id: Uuid, text: &str) -> Result<Value, SimError> {
        self.post(&format!("/v1/chats/{chat}/messages"), &json!({ "client_id": client_id, "text": text })).await
    }

    /// Sends a file into a chat and shows it, with words beside it unless they are empty.
    pub async fn show(&self, chat: &str, client_id: Uuid, name: &str, media_type: &str, bytes: &'static [u8], text: &str) -> Result<Value, SimError> {
        let upload = self.door.upload(self.request(Method::POST, &format!("/v1/chats/{chat}/uploads")), name, media_type, bytes).await?;
        let text = Some(text).filter(|text| !text.is_empty());
        self.post(&format!("/v1/chats/{chat}/messages"), &json!({ "client_id": client_id, "text": text, "upload": upload["id"] })).await
    }

    /// Opens the socket, following the topics of `cursors` from where they say.
    pub async fn connect(&self, cursors: &Value) -> Result<Socket, SimError> {
        let headers = [("Origin", self.door.base().to_owned()), ("Cookie", self.cookie.clone())];
        let hello = json!({ "op": "hello", "site": self.site, "cursors": cursors });
        Socket::open(&self.door.socket_url("/ws/agent"), &headers, &hello).await
    }
}
