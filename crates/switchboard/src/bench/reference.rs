//! What this machine can do at all, measured beside the product.

use super::report::Spans;
use serde_json::Value;
use std::io::Write;
use std::time::{Duration, Instant};

/// Appending 8 KiB and making it durable, one after another, for a second: the floor under every acknowledgement.
pub fn durable_append() -> anyhow::Result<Value> {
    let mut file = tempfile::tempfile()?;
    let (mut spans, page, began) = (Spans::default(), [7_u8; 8_192], Instant::now());
    while began.elapsed() < Duration::from_secs(1) {
        let one = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        spans.add(one.elapsed());
    }
    Ok(spans.summary())
}

/// Seconds of processor time that this process has used: a better guide than the clock on a machine that is busy with other things.
pub fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
    let ticks: f64 = after.split(' ').skip(11).take(2).map(|n| n.parse::<f64>().unwrap_or_default()).sum();
    ticks / 100.0
}
