use serde_json::Value;
use thiserror::Error;

/// What went wrong on the way to the server or what it answered.
#[derive(Debug, Error)]
pub enum SimError {
    #[error("the server did not answer: {0}")]
    Http(#[from] reqwest::Error),
    #[error("the server refused with {status}: {body}")]
    Refused { status: u16, body: Value },
    #[error("the socket failed: {0}")]
    Socket(#[from] tokio_tungstenite::tungstenite::Error),
    #[error("the socket was closed")]
    Closed,
    #[error("nothing came within {0:?}")]
    Late(std::time::Duration),
    #[error("{0}")]
    Odd(String),
}

/// A server's address and a pooled client; cheap to clone.
#[derive(Clone, Debug)]
pub struct Door {
    base: String,
    http: reqwest::Client,
}

impl Door {
    /// `base` is the server's address without a slash at its end (`http://127.0.0.1:8080`). A `rustls` provider must be installed.
    pub fn new(base: &str) -> Result<Self, SimError> {
        let http = reqwest::Client::builder().pool_max_idle_per_host(256).timeout(std::time::Duration::from_secs(30)).build()?;
        Ok(Self { base: base.trim_end_matches('/').to_owned(), http })
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    /// The same server's address for sockets.
    pub fn socket_url(&self, path: &str) -> String {
        format!("ws{}{path}", self.base.trim_start_matches("http"))
    }

    pub(crate) fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Sends a form with one file.
    pub(crate) async fn upload(&self, to: reqwest::RequestBuilder, name: &str, media_type: &str, bytes: &'static [u8]) -> Result<Value, SimError> {
        let file = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned()).mime_str(media_type)?;
        self.json(to.multipart(reqwest::multipart::Form::new().part("file", file))).await
    }

    /// Sends and reads a JSON answer; an answer without a body is `null`.
    pub(crate) async fn json(&self, request: reqwest::RequestBuilder) -> Result<Value, SimError> {
        read(request.send().await?).await
    }
}

pub(crate) async fn read(response: reqwest::Response) -> Result<Value, SimError> {
    let status = response.status();
    let bytes = response.bytes().await?;
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    if status.is_success() { Ok(body) } else { Err(SimError::Refused { status: status.as_u16(), body }) }
}
