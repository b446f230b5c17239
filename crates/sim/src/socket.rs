use crate::SimError;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// An open socket, past its hello.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Connects, says hello and waits for the welcome. Headers are those a browser would send.
    pub async fn open(url: &str, headers: &[(&'static str, String)], hello: &Value) -> Result<Self, SimError> {
        let mut request = url.into_client_request()?;
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(|err| SimError::Odd(err.to_string()))?;
            request.headers_mut().insert(*name, value);
        }
        let (stream, _) = tokio_tungstenite::connect_async(request).await?;
        let mut socket = Self { stream };
        socket.send(hello).await?;
        let welcome = socket.next_within(Duration::from_secs(10)).await?;
        if welcome["t"] == "welcome" { Ok(socket) } else { Err(SimError::Odd(format!("no welcome but {welcome}"))) }
    }

    pub async fn send(&mut self, op: &Value) -> Result<(), SimError> {
        Ok(self.stream.send(Message::text(op.to_string())).await?)
    }

    /// The next frame as text, for those who count rather than read.
    pub async fn next_text(&mut self) -> Result<Utf8Bytes, SimError> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(_))) | None => return Err(SimError::Closed),
                Some(Ok(_)) => {}
                Some(Err(err)) => return Err(err.into()),
            }
        }
    }

    pub async fn next(&mut self) -> Result<Value, SimError> {
        let text = self.next_text().await?;
        serde_json::from_str(&text).map_err(|err| SimError::Odd(format!("{err} in {text}")))
    }

    pub async fn next_within(&mut self, patience: Duration) -> Result<Value, SimError> {
        tokio::time::timeout(patience, self.next()).await.map_err(|_| SimError::Late(patience))?
    }

    /// Reads on until a frame answers `wanted`; the others are dropped.
    pub async fn until(&mut self, patience: Duration, wanted: impl Fn(&Value) -> bool) -> Result<Value, SimError> {
        let reading = async {
            loop {
                let frame = self.next().await?;
                if wanted(&frame) {
                    return Ok(frame);
                }
            }
        };
        tokio::time::timeout(patience, reading).await.map_err(|_| SimError::Late(patience))?
    }

    /// For a loop of its own that reads and writes at once.
    pub fn into_stream(self) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
        self.stream
    }
}
