//! The hub beside a bare axum broadcaster, in one process and one run, in turns so that neither has the better machine.

mod bare;
mod clients;
mod floor;

use adapters::live::MemoryLive;
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Utf8Bytes, WebSocketUpgrade};
use axum::routing::get;
use bare::Bare;
use base::{Minter, SystemClock};
use clap::Args;
use clients::{Got, measure};
use floor::{DESK, OpenFloor};
use realtime::{Hub, RealtimeOptions};
use serde_json::{Value, json};
use sockets::live::{Audience, LiveState};
use sockets::{Db, DbOptions};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use web::{Door, DoorSettings, Doorkeepers};

const PAYLOAD: usize = 200;

#[derive(Args, Clone, Debug)]
pub struct Options {
    #[arg(long, default_value_t = 1_000)]
    sockets: u64,
    /// Of each measurement; there are eighteen
    #[arg(long, default_value_t = 2)]
    seconds: u64,
}

struct Stage {
    live: Arc<MemoryLive>,
    ours: Got,
    bare: Bare,
    theirs: Got,
    options: Options,
    _folder: tempfile::TempDir,
}

pub async fn run(options: Options) -> anyhow::Result<Value> {
    let stage = set_up(options).await?;
    let mut report = json!({
        "bench": "fanout", "sockets": stage.options.sockets, "payload_bytes": PAYLOAD, "unit": "deliveries/s, median of 3",
        "reference": "a bare axum WebSocket broadcaster in the same run", "bars": { "ratio": 0.8 },
    });
    for in_flight in [1, 20] {
        report[format!("in_flight_{in_flight}")] = stage.compare(in_flight).await?;
    }
    Ok(report)
}

async fn set_up(options: Options) -> anyhow::Result<Stage> {
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(SystemClock);
    let minter = Minter::new(clock.clone(), 0);
    let place = DbOptions::new(format!("sqlite:{}", folder.path().join("bench.db").display()));
    let db = Db::open(&place, Arc::new(events::TableOutbox::new()), clock.clone(), minter.clone(), "bench".into()).await?;
    let live = Arc::new(MemoryLive::new(clock, minter));
    let hub = Hub::new(live.clone(), Arc::new(OpenFloor), RealtimeOptions::default());
    tokio::spawn(hub.clone().run());
    let settings = DoorSettings { limits: web::LimitSettings::off(), ..DoorSettings::default() };
    let door = Door::new(db, settings, Doorkeepers::nobody());
    let (router, _) = realtime::routes(hub).split_for_parts();
    let our_address = listen(door.fit(router)).await?;

    let bare = Bare::default();
    let upgrade = |State(bare): State<Bare>, upgrade: WebSocketUpgrade| async move { upgrade.on_upgrade(|socket| bare.serve(socket)) };
    let their_address = listen(Router::new().route("/ws", get(upgrade)).with_state(bare.clone())).await?;

    let (ours, theirs) = (Got::default(), Got::default());
    for _ in 0..options.sockets {
        ours.dial(&our_address, "/ws/visitor").await?;
        theirs.dial(&their_address, "/ws").await?;
    }
    Ok(Stage { live, ours, bare, theirs, options, _folder: folder })
}

async fn listen(router: Router) -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await });
    Ok(address)
}

impl Stage {
    /// Three rounds of each, with so many messages on their way at once.
    async fn compare(&self, in_flight: u64) -> anyhow::Result<Value> {
        let Options { sockets, seconds } = self.options.clone();
        let time = Duration::from_secs(seconds);
        let once: Arc<str> = format!("{{\"t\":\"typing\",\"text\":\"{}\"}}", "x".repeat(PAYLOAD - 24)).into();
        let kept: Arc<str> = format!("{{\"kind\":\"notice\",\"data\":\"{}\"}}", "x".repeat(PAYLOAD - 27)).into();
        let text = Utf8Bytes::from(once.to_string());
        let frame = |payload: usize| payload as u64 + 4;
        let (mut bare_runs, mut once_runs, mut kept_runs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..3 {
            let publish = async || self.bare.publish(text.clone());
            bare_runs.push(measure(&self.theirs, sockets, frame(once.len()), in_flight, time, publish).await);
            let publish = async || drop(self.live.publish_ephemeral(&DESK, Audience::Everybody, once.clone()).await);
            once_runs.push(measure(&self.ours, sockets, frame(once.len()), in_flight, time, publish).await);
            // The number in the frame grows by a digit now and then: count what one really takes.
            let head = self.live.head(&DESK).await?;
            self.live.publish(&DESK, r#"{"kind":"notice"}"#.into()).await?;
            tokio::time::sleep(Duration::from_millis(200)).await;
            let size = kept.len() - 1 + r#"{"t":"event","topic":"desk","n":"","#.len() + head.to_string().len();
            let publish = async || drop(self.live.publish(&DESK, kept.clone()).await);
            kept_runs.push(measure(&self.ours, sockets, frame(size), in_flight, time, publish).await);
        }
        let (bare, once, kept) = (median(bare_runs), median(once_runs), median(kept_runs));
        let ratio = |ours: u64| (ours as f64 / bare as f64 * 100.0).round() / 100.0;
        Ok(json!({
            "bare_axum": bare, "hub_told_once": once, "hub_numbered_and_kept": kept,
            "ratio_told_once": ratio(once), "ratio_kept": ratio(kept),
        }))
    }
}

fn median(mut runs: Vec<f64>) -> u64 {
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2] as u64
}
