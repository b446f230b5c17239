//! `switchboard bench …`: speed and memory, as JSON, each beside a reference measured in the same run.
//!
//! The product runs as a process of its own, as it would be installed, and is driven over its public protocol; nothing is measured
//! from inside. Figures of one machine say little: quote the ratios.

mod chat;
mod events;
mod fanout;
mod idle;
mod reference;
mod report;
mod server;
mod webhooks;

use clap::{Args, Subcommand};

#[derive(Subcommand, Debug)]
pub enum Bench {
    /// Visitors write, agents read: how long a message takes, durable before it is acknowledged
    Chat(chat::Options),
    /// One message to many sockets, against a bare WebSocket broadcaster
    Fanout(fanout::Options),
    /// Relay and distributor beside the bare broker, the accept path, retries
    Events(events::Options),
    /// How soon the server is ready and how much memory it holds when nothing happens
    Idle(Parts),
    /// Webhooks to a sink, against the bare HTTP client; and what an endpoint that hangs costs the others
    Webhooks(webhooks::Options),
    /// What `webhooks` sends to
    #[command(hide = true)]
    Sink,
}

/// Which parts the measured server runs on; embedded ones when nothing is named.
#[derive(Args, Clone, Debug, Default)]
pub struct Parts {
    /// A PostgreSQL database of the benchmark's own (it is filled)
    #[arg(long)]
    pub database: Option<String>,
    /// A Redis of the benchmark's own
    #[arg(long)]
    pub redis: Option<String>,
}

impl Parts {
    fn name(&self) -> &'static str {
        match (&self.database, &self.redis) {
            (None, None) => "sqlite + memory",
            (Some(_), None) => "postgresql + memory",
            (None, Some(_)) => "sqlite + redis",
            (Some(_), Some(_)) => "postgresql + redis",
        }
    }
}

pub async fn run(bench: Bench) -> anyhow::Result<serde_json::Value> {
    // The clients of the load need it; who installed it before has done as well.
    let _already = rustls::crypto::ring::default_provider().install_default();
    match bench {
        Bench::Chat(options) => chat::run(options).await,
        Bench::Fanout(options) => fanout::run(options).await,
        Bench::Events(options) => events::run(options).await,
        Bench::Idle(parts) => idle::run(parts).await,
        Bench::Webhooks(options) => webhooks::run(options).await,
        Bench::Sink => webhooks::sink::serve().await.map(|()| serde_json::Value::Null),
    }
}
