use super::Parts;
use super::server::Server;
use serde_json::{Value, json};
use std::time::Duration;

/// Starts, waits ten seconds, and looks.
pub async fn run(parts: Parts) -> anyhow::Result<Value> {
    let server = Server::start(&parts).await?;
    let at_start = server.resident_mib()?;
    let before = server.cpu_seconds()?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let report = json!({
        "bench": "idle",
        "parts": parts.name(),
        "start_to_ready_ms": server.started_in.as_millis(),
        "resident_mib": { "at_start": at_start, "after_10_s": server.resident_mib()? },
        "cpu_percent_of_one_core": (server.cpu_seconds()? - before) * 10.0,
        "bars": { "start_to_ready_ms": 1_000, "resident_mib": 100 },
    });
    server.stop().await?;
    Ok(report)
}
