//! One endpoint that hangs for 30 s gets a fifth of the traffic: how long do the others wait, with it and without it?

use super::super::report::Spans;
use super::super::server::Server;
use super::{Options, deliver};
use super::sink::Sink;
use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};
use sim::Agent;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// The endpoints that are measured; with the one that hangs they are five.
const GOOD: usize = 4;

pub async fn run(admin: &Agent, server: &Server, sink: &Sink, options: &Options) -> anyhow::Result<Value> {
    let mut good = Vec::new();
    for place in 0..GOOD {
        good.push(hook(admin, &format!("{}/timed/{place}", sink.url)).await?);
    }
    // Warm, so that no part pays for the first connections.
    part(admin, sink, &good, options.rate, 2, &mut Spans::default()).await?;
    let (mut without, mut with) = (Spans::default(), Spans::default());
    part(admin, sink, &good, options.rate * 4 / 5, options.seconds / 2, &mut without).await?;
    let hanging = hook(admin, &format!("{}/hang", sink.url)).await?;
    let all: Vec<i64> = good.iter().copied().chain([hanging]).collect();
    part(admin, sink, &all, options.rate, options.seconds, &mut with).await?;
    admin.call(Method::PATCH, &format!("/v1/webhooks/{hanging}"), Some(&json!({ "enabled": false }))).await?;
    // Before and after, so that a change of the machine's own pace does not look like one of ours.
    part(admin, sink, &good, options.rate * 4 / 5, options.seconds / 2, &mut without).await?;
    let told = |spans: Spans| json!({ "events": spans.len(), "ms": spans.summary() });
    let (without, with) = (told(without), told(with));
    let p99 = |summary: &Value| summary["ms"]["p99"].as_f64().unwrap_or(f64::NAN);
    let moved = (p99(&with) / p99(&without) - 1.0) * 100.0;
    Ok(json!({
        "without": without,
        "with": with,
        "p99_moved_percent": (moved * 10.0).round() / 10.0,
        "bar_percent": 10,
        "resident_mib": server.resident_mib()?,
    }))
}

async fn hook(admin: &Agent, url: &str) -> anyhow::Result<i64> {
    let made = admin.call(Method::POST, "/v1/webhooks", Some(&json!({ "url": url, "events": ["Chat.Ended"] }))).await?;
    made["id"].as_i64().context("a webhook's number")
}

/// Events at a steady rate, to the endpoints in turn; the time from the acknowledged event to its arrival.
async fn part(admin: &Agent, sink: &Sink, hooks: &[i64], rate: u64, seconds: u64, spans: &mut Spans) -> anyhow::Result<()> {
    sink.begin(0, 0).await?;
    let mut calls = JoinSet::new();
    let mut beat = tokio::time::interval(Duration::from_secs_f64(1.0 / rate.max(1) as f64));
    let began = Instant::now();
    let mut turn = 0;
    while began.elapsed() < Duration::from_secs(seconds) {
        beat.tick().await;
        let (admin, hook) = (admin.clone(), hooks[turn % hooks.len()]);
        let good = turn % hooks.len() < GOOD;
        turn += 1;
        calls.spawn(async move {
            let began = Instant::now();
            let made = deliver(&admin, hook).await?;
            anyhow::Ok(good.then(|| (made["event"].as_str().unwrap_or_default().to_owned(), began)))
        });
    }
    let mut told = Vec::new();
    while let Some(call) = calls.join_next().await {
        told.extend(call??);
    }
    sink.arrived(told.len() as u64, Duration::from_secs(60)).await?;
    let arrivals = sink.arrivals().await?;
    for (event, began) in &told {
        let at = arrivals.get(event).context("every event arrives")?;
        spans.add(at.saturating_duration_since(*began));
    }
    Ok(())
}
