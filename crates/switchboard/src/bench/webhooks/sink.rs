//! An endpoint that counts what it hears.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

#[derive(Default)]
struct Heard {
    accepted: AtomicU64,
    attempts: AtomicU64,
    /// Every so many are refused (0: none), up to this attempt.
    refuse: AtomicU64,
    refuse_until: AtomicU64,
    sample: Mutex<Option<(Bytes, HeaderMap)>>,
    /// When each event arrived, by its id.
    arrivals: Mutex<HashMap<String, Instant>>,
}

#[derive(Clone)]
pub struct Sink {
    pub url: String,
    heard: Arc<Heard>,
}

impl Sink {
    pub async fn start() -> anyhow::Result<Self> {
        let heard = Arc::new(Heard::default());
        let app = Router::new().route("/hang", post(hang)).route("/{kind}/{place}", post(hear)).with_state(heard.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { url, heard })
    }

    /// Counts from nothing. Every `refuse`th attempt is refused, up to the attempt `until`.
    pub fn begin(&self, refuse: u64, until: u64) {
        self.heard.refuse_until.store(until, Ordering::Relaxed);
        self.heard.accepted.store(0, Ordering::Relaxed);
        self.heard.attempts.store(0, Ordering::Relaxed);
        self.heard.refuse.store(refuse, Ordering::Relaxed);
        self.arrivals().clear();
    }

    fn arrivals(&self) -> std::sync::MutexGuard<'_, HashMap<String, Instant>> {
        self.heard.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn attempts(&self) -> u64 {
        self.heard.attempts.load(Ordering::Relaxed)
    }

    /// A request as it came, to send it again by other means.
    pub fn sample(&self) -> Option<(Bytes, HeaderMap)> {
        self.heard.sample.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn arrival(&self, event: &str) -> Option<Instant> {
        self.arrivals().get(event).copied()
    }

    pub async fn arrived(&self, want: u64, patience: Duration) -> anyhow::Result<()> {
        let began = Instant::now();
        while self.heard.accepted.load(Ordering::Relaxed) < want {
            if began.elapsed() > patience {
                anyhow::bail!("{} of {want} deliveries arrived in {patience:?}", self.heard.accepted.load(Ordering::Relaxed));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }
}

async fn hang() -> StatusCode {
    tokio::time::sleep(Duration::from_secs(30)).await;
    StatusCode::OK
}

async fn hear(State(heard): State<Arc<Heard>>, Path((kind, _)): Path<(String, String)>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let attempt = heard.attempts.fetch_add(1, Ordering::Relaxed) + 1;
    let refuse = heard.refuse.load(Ordering::Relaxed);
    if refuse > 0 && attempt.is_multiple_of(refuse) && attempt <= heard.refuse_until.load(Ordering::Relaxed) {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    if kind == "timed" {
        let event = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        heard.arrivals.lock().unwrap_or_else(PoisonError::into_inner).entry(event).or_insert_with(Instant::now);
    } else if heard.accepted.load(Ordering::Relaxed) == 0 {
        *heard.sample.lock().unwrap_or_else(PoisonError::into_inner) = Some((body, headers));
    }
    heard.accepted.fetch_add(1, Ordering::Relaxed);
    StatusCode::NO_CONTENT
}
