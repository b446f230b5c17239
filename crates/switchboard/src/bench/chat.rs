use super::report::Spans;
use super::server::Server;
use super::{Parts, reference};
use anyhow::{Context, ensure};
use clap::Args;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use futures_util::SinkExt;
use serde_json::{Value, json};
use sim::{Agent, Door, Socket, Visitor};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

#[derive(Args, Clone, Debug)]
pub struct Options {
    #[arg(long, default_value_t = 1_000)]
    agents: usize,
    #[arg(long, default_value_t = 10_000)]
    visitors: usize,
    /// Messages a second, all from visitors
    #[arg(long, default_value_t = 2_000)]
    rate: u64,
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    #[command(flatten)]
    parts: Parts,
}

/// How many people come at once.
const ABREAST: usize = 48;

/// What marks our own words in a frame; the send time in microseconds follows.
const MARK: &str = "bench@";

struct Tally {
    began: Instant,
    acknowledged: AtomicU64,
    refused: AtomicU64,
}

pub async fn run(options: Options) -> anyhow::Result<Value> {
    let disk = reference::durable_append()?;
    let server = Server::start(&options.parts).await?;
    let admin = server.admin().await?;
    let setting_up = Instant::now();
    let tally = Arc::new(Tally { began: Instant::now(), acknowledged: AtomicU64::new(0), refused: AtomicU64::new(0) });
    let desks = hire(&server.door, &admin, &options, &tally).await?;
    let hired_s = setting_up.elapsed().as_secs_f64();
    let writers = invite(&server.door, &admin, &options, &tally).await?;
    let arrived_s = setting_up.elapsed().as_secs_f64() - hired_s;
    let readers = follow_chats(desks).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let cpu_before = server.cpu_seconds()?;
    let sent = pour(&writers, &options, &tally).await;
    let cpu = server.cpu_seconds()? - cpu_before;
    let resident = server.resident_mib()?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    drop(writers);
    server.stop().await?;
    let mut delivered = Spans::default();
    for reader in readers {
        delivered.join(reader.await?);
    }
    let acknowledged = tally.acknowledged.load(Ordering::SeqCst);
    let arrived = delivered.len() as u64;
    Ok(json!({
        "bench": "chat",
        "parts": options.parts.name(),
        "agents": options.agents, "visitors": options.visitors, "messages_per_second": options.rate, "seconds": options.seconds,
        "sent": sent, "acknowledged": acknowledged, "refused": tally.refused.load(Ordering::SeqCst), "delivered": arrived,
        "acknowledged_but_not_delivered": acknowledged.saturating_sub(arrived),
        "visitor_to_agent_ms": delivered.summary(),
        "server": { "resident_mib": resident, "cpu_cores": cpu / options.seconds as f64 },
        "set_up_s": { "agents": hired_s, "visitors": arrived_s },
        "reference": { "durable_append_of_8_kib_ms": disk },
        "bars": { "visitor_to_agent_ms_p99": 150 },
    }))
}

/// Makes the agents, signs them in by their links and puts them on line.
async fn hire(door: &Door, admin: &Agent, options: &Options, tally: &Arc<Tally>) -> anyhow::Result<Vec<Desk>> {
    let roles = admin.get("/v1/roles").await?;
    let role = roles["items"].as_array().into_iter().flatten().find(|role| role["built_in"] == "agent").context("a role for agents")?["id"].clone();
    let department = admin.get("/v1/departments").await?["items"][0]["id"].clone();
    // One chat more than their share each, so that no visitor has to wait.
    let limit = options.visitors.div_ceil(options.agents) + 1;
    let hiring = (0..options.agents).map(|n| {
        let tally = tally.clone();
        let body = json!({
            "email": format!("agent{n}@bench.example"), "name": format!("Agent {n}"), "role_id": role, "chat_limit": limit, "accepts_chats": true,
            "departments": [department],
        });
        async move {
            let made = admin.post("/v1/users", &body).await?;
            let token = made["link"].as_str().and_then(|link| link.rsplit('#').next()).context("an invitation")?;
            let agent = Agent::by_link(door, token).await?;
            let socket = agent.connect(&json!({})).await?;
            agent.go_online().await?;
            let (follow, following) = mpsc::unbounded_channel();
            let reading = tokio::spawn(read(socket, following, tally.clone()));
            anyhow::Ok(Desk { agent, follow, reading })
        }
    });
    stream::iter(hiring).buffer_unordered(ABREAST).try_collect().await
}

/// Brings the visitors; each asks for a chat and opens a socket. What is sent to a writer, its visitor says.
async fn invite(door: &Door, admin: &Agent, options: &Options, tally: &Arc<Tally>) -> anyhow::Result<Vec<mpsc::UnboundedSender<()>>> {
    let widget = admin.get("/v1/widgets").await?["items"][0]["id"].as_i64().context("a widget")?;
    let page = json!({ "url": "http://shop.example/", "title": "Shop", "referrer": "" });
    let coming = (0..options.visitors).map(|n| {
        let (page, tally) = (&page, tally.clone());
        async move {
            let visitor = Visitor::arrive(door, admin.site, widget, page).await?;
            let form = json!({ "name": format!("Visitor {n}"), "email": format!("v{n}@bench.example") });
            let state = visitor.ask(&form, None).await?;
            ensure!(state["status"] != "offline", "nobody is there for a visitor: {state}");
            let chat = state["id"].as_str().with_context(|| format!("a chat in {state}"))?.to_owned();
            let socket = visitor.connect(&json!({})).await?;
            let (sender, saying) = mpsc::unbounded_channel();
            tokio::spawn(write(socket, chat, saying, tally));
            anyhow::Ok(sender)
        }
    });
    stream::iter(coming).buffer_unordered(ABREAST).try_collect().await
}

/// A client says that it lives as often as the widget does.
const PACE: Duration = Duration::from_secs(20);

fn ping() -> Value {
    json!({ "op": "ping", "seqs": {} })
}

async fn write(socket: Socket, chat: String, mut saying: mpsc::UnboundedReceiver<()>, tally: Arc<Tally>) {
    let mut stream = socket.into_stream();
    let mut pinging = tokio::time::interval(PACE);
    loop {
        let op = tokio::select! {
            said = saying.recv() => {
                if said.is_none() { return }
                let text = format!("{MARK}{} {}", tally.began.elapsed().as_micros(), "0123456789".repeat(12));
                json!({ "op": "say", "ref": "b", "chat": chat, "client_id": Uuid::new_v4(), "text": text })
            }
            _ = pinging.tick() => ping(),
            frame = stream.next() => match frame {
                Some(Ok(Message::Text(text))) if text.contains("\"re\":") => {
                    let counter = if text.contains("\"ok\":") { &tally.acknowledged } else { &tally.refused };
                    counter.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                Some(Ok(_)) => continue,
                _ => return,
            },
        };
        if stream.send(Message::text(op.to_string())).await.is_err() {
            return;
        }
    }
}

/// An agent at work: what is sent to `follow` goes out on the socket; the reading ends with the server.
struct Desk {
    agent: Agent,
    follow: mpsc::UnboundedSender<Value>,
    reading: JoinHandle<Spans>,
}

/// Each agent follows the chats that were given to him.
async fn follow_chats(desks: Vec<Desk>) -> anyhow::Result<Vec<JoinHandle<Spans>>> {
    let following = desks.into_iter().map(|desk| async move {
        let running = desk.agent.get("/v1/desk").await?;
        for card in running["chats"].as_array().into_iter().flatten() {
            let topic = format!("chat:{}", card["id"].as_str().context("a chat's id")?);
            desk.follow.send(json!({ "op": "follow", "topic": topic, "cursor": card["seq"].to_string() }))?;
        }
        anyhow::Ok(desk.reading)
    });
    stream::iter(following).buffer_unordered(ABREAST).try_collect().await
}

/// Notes how old each message is when it comes.
async fn read(mut socket: Socket, mut following: mpsc::UnboundedReceiver<Value>, tally: Arc<Tally>) -> Spans {
    let mut spans = Spans::default();
    let mut pinging = tokio::time::interval(PACE);
    loop {
        let op = tokio::select! {
            frame = socket.next_text() => {
                let Ok(text) = frame else { return spans };
                let Some((_, rest)) = text.split_once(MARK).filter(|_| text.contains("\"entry\"")) else { continue };
                let sent: u64 = rest.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or_default();
                spans.add(tally.began.elapsed().saturating_sub(Duration::from_micros(sent)));
                continue;
            }
            Some(op) = following.recv() => op,
            _ = pinging.tick() => ping(),
        };
        if socket.send(&op).await.is_err() {
            return spans;
        }
    }
}

/// Lets the visitors speak in turn at an even pace.
async fn pour(writers: &[mpsc::UnboundedSender<()>], options: &Options, tally: &Tally) -> u64 {
    let total = options.rate * options.seconds;
    let began = tally.began.elapsed();
    let mut sent = 0;
    let mut pace = tokio::time::interval(Duration::from_millis(5));
    while sent < total {
        pace.tick().await;
        let due = ((tally.began.elapsed() - began).as_secs_f64() * options.rate as f64) as u64;
        while sent < due.min(total) {
            // A visitor whose socket died shows as a message that was never acknowledged.
            let _gone = writers[sent as usize % writers.len()].send(());
            sent += 1;
        }
    }
    sent
}
