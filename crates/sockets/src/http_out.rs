//! The port to the web outside: one request, one bounded answer, no redirects, and no way into the private network.

use bytes::Bytes;
use http::{HeaderMap, Method};
use std::time::Duration;
use thiserror::Error;

#[derive(Clone, Debug)]
pub struct OutRequest {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// For the whole exchange, from the look-up of the name to the last byte.
    pub timeout: Duration,
    /// Bytes of the answer that are kept; what follows is not read.
    pub keep: usize,
}

impl OutRequest {
    pub fn post(url: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self {
            method: Method::POST,
            url: url.into(),
            headers: HeaderMap::new(),
            body: body.into(),
            timeout: Duration::from_secs(15),
            keep: 64 * 1024,
        }
    }
}

#[derive(Clone, Debug)]
pub struct OutAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The answer was longer than what was kept.
    pub cut: bool,
}

#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OutError {
    /// It was never sent: no usable address, or one that we must not call.
    #[error("{0}")]
    Refused(String),
    #[error("no connection: {0}")]
    Connect(String),
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    #[error("the exchange broke off: {0}")]
    Broken(String),
}

#[async_trait::async_trait]
pub trait HttpOut: Send + Sync + 'static {
    async fn send(&self, request: OutRequest) -> Result<OutAnswer, OutError>;

    /// Says now what `send` would refuse without asking anybody: a scheme or a literal address that is not allowed.
    ///
    /// # Errors
    /// `Refused` with a sentence for the person who typed the URL.
    fn vet(&self, url: &str) -> Result<(), OutError>;
}
