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
