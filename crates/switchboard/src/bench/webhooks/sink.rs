//! An endpoint that counts what it hears, as a process of its own: neither who is measured nor the reference runs beside it.

use anyhow::{Context, bail};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Notify;

struct Heard {
    began: Instant,
    accepted: AtomicU64,
    attempts: AtomicU64,
    /// Every so many are refused (0: none), up to this attempt.
    refuse: AtomicU64,
    refuse_until: AtomicU64,
    /// Who waits is told at so many.
    awaited: AtomicU64,
    enough: Notify,
    sample: Mutex<Option<Sample>>,
    /// When each event arrived, by its id, in µs since the sink began.
    arrivals: Mutex<HashMap<String, u64>>,
}

impl Heard {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            accepted: AtomicU64::default(),
            attempts: AtomicU64::default(),
            refuse: AtomicU64::default(),
            refuse_until: AtomicU64::default(),
            awaited: AtomicU64::default(),
            enough: Notify::new(),
            sample: Mutex::default(),
            arrivals: Mutex::default(),
        }
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// A request as it came, to send it again by other means.
#[derive(Clone, Serialize, Deserialize)]
pub struct Sample {
    pub headers: Vec<(String, String)>,
    pub body: String,
}

#[derive(Deserialize)]
struct Begin {
    refuse: u64,
    until: u64,
}

#[derive(Deserialize)]
struct Wait {
    want: u64,
    patience_ms: u64,
}

#[derive(Serialize, Deserialize)]
pub struct Counts {
    pub accepted: u64,
    pub attempts: u64,
}

/// The process: prints its address and answers until it is killed.
pub async fn serve() -> anyhow::Result<()> {
    let app = Router::new()
        .route("/hang", post(hang))
        .route("/{kind}/{place}", post(hear))
        .route("/begin", post(begin))
        .route("/wait", get(wait))
        .route("/sample", get(sample))
        .route("/arrivals", get(arrivals))
        .route("/clock", get(clock))
        .with_state(Arc::new(Heard::new()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
    Ok(axum::serve(listener, app).await?)
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
        lock(&heard.arrivals).entry(event).or_insert_with(|| heard.now_us());
    } else if heard.accepted.load(Ordering::Relaxed) == 0 {
        let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        *lock(&heard.sample) = Some(Sample { headers, body: String::from_utf8_lossy(&body).into_owned() });
    }
    if heard.accepted.fetch_add(1, Ordering::Relaxed) + 1 == heard.awaited.load(Ordering::Relaxed) {
        heard.enough.notify_one();
    }
    StatusCode::NO_CONTENT
}

async fn begin(State(heard): State<Arc<Heard>>, Json(begin): Json<Begin>) {
    heard.refuse_until.store(begin.until, Ordering::Relaxed);
    heard.accepted.store(0, Ordering::Relaxed);
    heard.attempts.store(0, Ordering::Relaxed);
    heard.refuse.store(begin.refuse, Ordering::Relaxed);
    lock(&heard.arrivals).clear();
}

async fn wait(State(heard): State<Arc<Heard>>, Query(wait): Query<Wait>) -> Json<Counts> {
    heard.awaited.store(wait.want, Ordering::Relaxed);
    let there = async {
        // Looked at again now and then: the last one may have come before anybody waited.
        while heard.accepted.load(Ordering::Relaxed) < wait.want {
            let _woken = tokio::time::timeout(Duration::from_millis(20), heard.enough.notified()).await;
        }
    };
    let _in_time = tokio::time::timeout(Duration::from_millis(wait.patience_ms), there).await;
    Json(Counts { accepted: heard.accepted.load(Ordering::Relaxed), attempts: heard.attempts.load(Ordering::Relaxed) })
}

async fn sample(State(heard): State<Arc<Heard>>) -> Json<Option<Sample>> {
    Json(lock(&heard.sample).clone())
}

async fn arrivals(State(heard): State<Arc<Heard>>) -> Json<HashMap<String, u64>> {
    Json(lock(&heard.arrivals).clone())
}

async fn clock(State(heard): State<Arc<Heard>>) -> Json<u64> {
    Json(heard.now_us())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The hand of who measures.
pub struct Sink {
    pub url: String,
    client: reqwest::Client,
    /// When it began, by our clock.
    began: Instant,
    _child: Child,
}

/// Its clock is asked so often; the quickest answer says most.
const ASKED: usize = 50;

impl Sink {
    pub async fn start() -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.args(["bench", "sink"]).stdout(Stdio::piped()).kill_on_drop(true).spawn().context("this program starts itself")?;
        let mut lines = BufReader::new(child.stdout.take().context("its words are piped")?).lines();
        let url = lines.next_line().await?.context("the sink tells its address")?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let began = began(&client, &url).await?;
        Ok(Self { url, client, began, _child: child })
    }

    /// Counts from nothing. Every `refuse`th attempt is refused, up to the attempt `until`.
    pub async fn begin(&self, refuse: u64, until: u64) -> anyhow::Result<()> {
        let told = self.client.post(format!("{}/begin", self.url)).json(&serde_json::json!({ "refuse": refuse, "until": until }));
        told.send().await?.error_for_status()?;
        Ok(())
    }

    /// Since it was told to begin.
    pub async fn counts(&self) -> anyhow::Result<Counts> {
        self.wait(0, Duration::ZERO).await
    }

    async fn wait(&self, want: u64, patience: Duration) -> anyhow::Result<Counts> {
        let url = format!("{}/wait?want={want}&patience_ms={}", self.url, patience.as_millis());
        Ok(self.client.get(url).send().await?.error_for_status()?.json().await?)
    }

    /// Until so many were accepted.
    pub async fn arrived(&self, want: u64, patience: Duration) -> anyhow::Result<Counts> {
        let counts = self.wait(want, patience).await?;
        if counts.accepted < want {
            bail!("{} of {want} deliveries arrived in {patience:?}", counts.accepted);
        }
        Ok(counts)
    }

    pub async fn sample(&self) -> anyhow::Result<Sample> {
        let sample: Option<Sample> = self.client.get(format!("{}/sample", self.url)).send().await?.json().await?;
        sample.context("something arrived")
    }

    /// When each event arrived, by our clock.
    pub async fn arrivals(&self) -> anyhow::Result<HashMap<String, Instant>> {
        let told: HashMap<String, u64> = self.client.get(format!("{}/arrivals", self.url)).send().await?.json().await?;
        Ok(told.into_iter().map(|(event, us)| (event, self.began + Duration::from_micros(us))).collect())
    }
}

/// When the sink's clock began, by ours: half-way between question and answer it showed what it told.
async fn began(client: &reqwest::Client, url: &str) -> anyhow::Result<Instant> {
    let mut best: Option<(Duration, Instant)> = None;
    for _ in 0..ASKED {
        let asked = Instant::now();
        let us: u64 = client.get(format!("{url}/clock")).send().await?.json().await?;
        let took = asked.elapsed();
        let began = (asked + took / 2).checked_sub(Duration::from_micros(us)).context("the sink began before this machine")?;
        if best.is_none_or(|(least, _)| took < least) {
            best = Some((took, began));
        }
    }
    best.map(|(_, began)| began).context("the sink was asked")
}
