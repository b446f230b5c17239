//! The event pipeline beside what its broker can do at all, in one run: rates, latencies, the accept path, retries.
//!
//! Here the pipeline runs inside the benchmark: what is measured has no door of its own.

mod accept;
mod house;
mod latency;
mod rates;
mod retries;

use super::reference;
use clap::Args;
use house::House;
use serde_json::{Value, json};

#[derive(Args, Clone, Debug)]
pub struct Options {
    /// `embedded`, `amqp://user:password@host/vhost`, `kafka://host:9092`, or the address of a database
    #[arg(long, default_value = "embedded")]
    broker: String,
    /// The product's own database; a fresh SQLite file when none is named. A PostgreSQL database is filled
    #[arg(long)]
    database: Option<String>,
    /// Events of each measurement of a rate
    #[arg(long, default_value_t = 20_000)]
    events: usize,
    /// Events a second of the measurements of latency
    #[arg(long, default_value_t = 2_000)]
    rate: u64,
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Retries that are due at the same moment
    #[arg(long, default_value_t = 10_000)]
    retries: usize,
}

pub async fn run(options: Options) -> anyhow::Result<Value> {
    let disk = reference::durable_append()?;
    let house = House::open(&options).await?;
    let raw = rates::raw(&house, options.events).await?;
    let mut fan_outs = Vec::new();
    for fan_out in [1, 6] {
        let rate = rates::pipeline(&options, options.events, fan_out).await?;
        let bar = 0.7 * raw.per_s / fan_out as f64;
        fan_outs.push(json!({
            "fan_out": fan_out, "events_per_s": rate.per_s.round(), "cpu_us_per_event": rate.cpu_us.round(), "bar": bar.round(),
            "of_bar": (rate.per_s / bar * 100.0).round() / 100.0,
        }));
    }
    let latency = latency::outbox_to_queue(&options).await?;
    let accept = accept::run(&options).await?;
    let retries = retries::run(&options).await?;
    Ok(json!({
        "bench": "events",
        "broker": options.broker.split("://").next(),
        "database": if options.database.is_some() { "postgresql" } else { "sqlite" },
        "build": if cfg!(debug_assertions) { "debug" } else { "release" },
        "events": options.events,
        "raw_confirmed_publish_and_consume": { "per_s": raw.per_s.round(), "cpu_us_per_event": raw.cpu_us.round() },
        "relay_and_distributor": fan_outs,
        "outbox_to_data_queue_ms": latency,
        "accept": accept,
        "retries": retries,
        "reference": { "durable_append_of_8_kib_ms": disk },
        "bars": { "outbox_to_data_queue_ms_p99": 100, "accepted_per_s": 5_000, "accept_ms_p99": 10, "retry_late_ms_max": 1_000 },
    }))
}
