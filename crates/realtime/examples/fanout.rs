//! The hub beside a bare axum broadcaster, in one process and one run: a 200-byte payload to 1 000 sockets.
//!
//! `cargo run --release -p realtime --example fanout [-- <sockets> <seconds>]` prints JSON: deliveries a second with one and with
//! twenty messages in flight, each measured in turns so that neither has the better machine.

use adapters::live::MemoryLive;
use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::routing::get;
use base::{Caller, ChatId, SiteId, VisitorId};
use futures_util::SinkExt;
use realtime::{Backlog, ConnectionId, Floor, Heard, Hub, Op, RealtimeOptions, Welcome};
use serde_json::{Value, json};
use sockets::live::{Audience, LiveState, Topic};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use web::{Door, DoorSettings, Doorkeepers, Problem};

const PAYLOAD: usize = 200;
const SITE: SiteId = SiteId(1);
const DESK: Topic = Topic::Desk(SITE);

struct OpenFloor;

#[async_trait]
impl Floor for OpenFloor {
    async fn authenticate_visitor(&self, _: &str) -> Result<Option<Caller>, Problem> {
        Ok(Some(Caller::visitor(SITE, VisitorId(uuid::Uuid::nil()))))
    }
    async fn may_follow(&self, _: &Caller, _: &Topic) -> Result<bool, Problem> {
        Ok(true)
    }
    async fn backlog(&self, _: &Caller, _: ChatId, _: Option<u64>) -> Result<Backlog, Problem> {
        Ok(Backlog::default())
    }
    async fn handle(&self, _: &Caller, _: ConnectionId, _: Op) -> Result<Value, Problem> {
        Ok(Value::Null)
    }
    async fn connected(&self, _: &Caller, _: ConnectionId, _: usize) -> Result<Welcome, Problem> {
        Ok(Welcome { me: Value::Null, follow: vec![DESK] })
    }
    async fn disconnected(&self, _: &Caller, _: ConnectionId, _: usize) {}
    async fn ping(&self, _: &Caller, _: ConnectionId, _: &BTreeMap<ChatId, u64>) -> Result<Heard, Problem> {
        Ok(Heard::default())
    }
}

/// What axum's users write first: a bounded queue for each socket, feed what is there, flush once.
#[derive(Clone, Default)]
struct Bare(Arc<Mutex<Vec<mpsc::Sender<Utf8Bytes>>>>);

impl Bare {
    fn publish(&self, text: Utf8Bytes) {
        for socket in self.0.lock().expect("held briefly").iter() {
            let _ = socket.try_send(text.clone());
        }
    }

    async fn serve(self, mut socket: WebSocket) {
        let (sender, mut queue) = mpsc::channel(1_024);
        let _ = socket.recv().await;
        self.0.lock().expect("held briefly").push(sender);
        let _ = socket.send(Message::text("welcome")).await;
        loop {
            tokio::select! {
                text = queue.recv() => {
                    let mut next = text;
                    while let Some(text) = next {
                        if socket.feed(Message::Text(text)).await.is_err() {
                            return;
                        }
                        next = queue.try_recv().ok();
                    }
                    if socket.flush().await.is_err() {
                        return;
                    }
                }
                came = socket.recv() => if came.is_none_or(|came| came.is_err()) { return },
            }
        }
    }
}

/// Bytes that all clients of one server got so far.
#[derive(Clone, Default)]
struct Got(Arc<AtomicU64>);

impl Got {
    async fn dial(&self, address: &str, path: &str) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(address).await?;
        let upgrade = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(upgrade.as_bytes()).await?;
        let hello = br#"{"op":"hello","token":"sbv_bench"}"#;
        let mut frame = vec![0x81, 0x80 | hello.len() as u8, 0, 0, 0, 0];
        frame.extend_from_slice(hello);
        stream.write_all(&frame).await?;
        // The answer to the upgrade, and the welcome; nothing is told yet.
        let mut buffer = vec![0; 16 * 1_024];
        let mut head = Vec::new();
        while !String::from_utf8_lossy(&head).contains("welcome") {
            let read = stream.read(&mut buffer).await?;
            head.extend_from_slice(&buffer[..read]);
        }
        let got = self.0.clone();
        tokio::spawn(async move {
            while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                got.fetch_add(read as u64, Ordering::Relaxed);
            }
        });
        Ok(())
    }

    async fn reaches(&self, bytes: u64) {
        while self.0.load(Ordering::Relaxed) < bytes {
            tokio::task::yield_now().await;
        }
    }
}

/// Deliveries a second, with so many messages on their way at once.
async fn measure(got: &Got, sockets: u64, frame: u64, in_flight: u64, time: Duration, publish: impl AsyncFn()) -> f64 {
    let before = got.0.load(Ordering::Relaxed);
    let started = Instant::now();
    let mut sent = 0;
    while started.elapsed() < time {
        publish().await;
        sent += 1;
        if sent >= in_flight {
            got.reaches(before + (sent - in_flight + 1) * sockets * frame).await;
        }
    }
    got.reaches(before + sent * sockets * frame).await;
    (sent * sockets) as f64 / started.elapsed().as_secs_f64()
}

async fn listen(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("is bound").to_string();
    tokio::spawn(async move { axum::serve(listener, router.into_make_service_with_connect_info::<std::net::SocketAddr>()).await });
    address
}

fn median(mut runs: Vec<f64>) -> u64 {
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2] as u64
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut args = std::env::args().skip(1).filter_map(|arg| arg.parse::<u64>().ok());
    let sockets = args.next().unwrap_or(1_000);
    let time = Duration::from_secs(args.next().unwrap_or(2));

    let db = testkit::TestDb::open(&[]).await;
    let live = Arc::new(MemoryLive::new(db.clock.clone(), db.minter.clone()));
    let hub = Hub::new(live.clone(), Arc::new(OpenFloor), RealtimeOptions::default());
    tokio::spawn(hub.clone().run());
    let settings = DoorSettings { limits: web::LimitSettings::off(), ..DoorSettings::default() };
    let door = Door::new(db.db.clone(), settings, Doorkeepers::nobody());
    let (router, _) = realtime::routes(hub.clone()).split_for_parts();
    let ours = listen(door.fit(router)).await;

    let bare = Bare::default();
    let upgrade = |State(bare): State<Bare>, upgrade: WebSocketUpgrade| async move { upgrade.on_upgrade(|socket| bare.serve(socket)) };
    let theirs = listen(Router::new().route("/ws", get(upgrade)).with_state(bare.clone())).await;

    let (got_ours, got_theirs) = (Got::default(), Got::default());
    for _ in 0..sockets {
        got_ours.dial(&ours, "/ws/visitor").await.expect("connects");
        got_theirs.dial(&theirs, "/ws").await.expect("connects");
    }

    let once: Arc<str> = format!("{{\"t\":\"typing\",\"text\":\"{}\"}}", "x".repeat(PAYLOAD - 24)).into();
    let kept: Arc<str> = format!("{{\"kind\":\"notice\",\"data\":\"{}\"}}", "x".repeat(PAYLOAD - 27)).into();
    let text = Utf8Bytes::from(once.to_string());
    let frame = |payload: usize| payload as u64 + 4;
    let mut report = json!({ "sockets": sockets, "payload_bytes": PAYLOAD, "unit": "deliveries/s, median of 3" });
    for in_flight in [1, 20] {
        let (mut bare_runs, mut once_runs, mut kept_runs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..3 {
            let publish = async || bare.publish(text.clone());
            bare_runs.push(measure(&got_theirs, sockets, frame(once.len()), in_flight, time, publish).await);
            let publish = async || live.publish_ephemeral(&DESK, Audience::Everybody, once.clone()).await.expect("is told");
            once_runs.push(measure(&got_ours, sockets, frame(once.len()), in_flight, time, publish).await);
            // The number in the frame grows by a digit now and then: count what one really takes.
            let head = live.head(&DESK).await.expect("is read");
            live.publish(&DESK, r#"{"kind":"notice"}"#.into()).await.expect("is told");
            tokio::time::sleep(Duration::from_millis(200)).await;
            let digits = head.to_string().len();
            let size = kept.len() - 1 + r#"{"t":"event","topic":"desk","n":"","#.len() + digits;
            let publish = async || drop(live.publish(&DESK, kept.clone()).await.expect("is told"));
            kept_runs.push(measure(&got_ours, sockets, frame(size), in_flight, time, publish).await);
        }
        let (bare, once, kept) = (median(bare_runs), median(once_runs), median(kept_runs));
        report[format!("in_flight_{in_flight}")] = json!({
            "bare_axum": bare, "hub_told_once": once, "hub_numbered_and_kept": kept,
            "ratio_told_once": once as f64 / bare as f64, "ratio_kept": kept as f64 / bare as f64,
        });
    }
    println!("{report:#}");
}
