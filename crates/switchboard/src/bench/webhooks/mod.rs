//! Deliveries a second to a sink on this machine, signed, logged and with retries, against the bare HTTP client; and what one endpoint
//! that hangs costs the others.

mod bare;
mod hang;
pub mod sink;

use super::Parts;
use super::server::Server;
use anyhow::{Context, bail};
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};
use sim::Agent;
use sink::Sink;
use std::time::{Duration, Instant};

#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    parts: Parts,
    /// Deliveries that are measured
    #[arg(long, default_value_t = 100_000)]
    deliveries: u64,
    /// Endpoints that they go to
    #[arg(long, default_value_t = 4)]
    endpoints: usize,
    /// Requests under way to each endpoint
    #[arg(long, default_value_t = 16)]
    in_flight: u32,
    /// Events a second while one endpoint hangs
    #[arg(long, default_value_t = 100)]
    rate: u64,
    /// Seconds with it, and as many without it
    #[arg(long, default_value_t = 40)]
    seconds: u64,
}

/// Every so many of the attempts are refused once, so that retries are part of what is measured.
const REFUSED: u64 = 50;

pub async fn run(options: Options) -> anyhow::Result<Value> {
    let server = Server::start_with(&options.parts, &[("SWITCHBOARD_WEBHOOKS__ALLOW_PRIVATE", "true")]).await?;
    let admin = server.admin().await?;
    let sink = Sink::start().await?;
    let hooks = endpoints(&admin, &sink, &options).await?;
    let each = options.deliveries.div_ceil(hooks.len() as u64);
    fill(&admin, &hooks, each).await?;
    sink.arrived(each * hooks.len() as u64, Duration::from_secs(300)).await?;
    let before = server.resident_mib()?;
    let sample = sink.sample().await?;
    let bare_before = bare::rate(&sink, &sample, &options).await?;
    let again = product(&server, &admin, &hooks, &sink, each).await?;
    let after = server.resident_mib()?;
    let bare_after = bare::rate(&sink, &sample, &options).await?;
    let bare = f64::midpoint(bare_before, bare_after);
    let hanging = hang::run(&admin, &server, &sink, &options).await?;
    Ok(json!({
        "parts": options.parts.name(),
        "deliveries": again.deliveries,
        "attempts": again.attempts,
        "retried": again.attempts - again.deliveries,
        "deliveries_per_s": again.per_s.round(),
        "deliveries_per_s_from_the_order": again.from_order_per_s.round(),
        "bare_client_per_s": bare.round(),
        "server_cpu_us_per_delivery": again.cpu_us_each.round(),
        "ratio": (again.per_s / bare * 100.0).round() / 100.0,
        "bar": 0.5,
        "resident_mib": { "before": before, "after": after },
        "hanging_endpoint": hanging,
        "server_cpu_s": server.cpu_seconds()?,
    }))
}

async fn endpoints(admin: &Agent, sink: &Sink, options: &Options) -> anyhow::Result<Vec<i64>> {
    let mut hooks = Vec::new();
    for place in 0..options.endpoints.max(1) {
        // Waits of a second, so that what is refused comes again within the measurement.
        let new = json!({
            "url": format!("{}/measured/{place}", sink.url), "events": ["Chat.Ended"], "schedule": [1, 1, 1, 1], "max_in_flight": options.in_flight,
        });
        let made = admin.call(Method::POST, "/v1/webhooks", Some(&new)).await?;
        hooks.push(made["id"].as_i64().context("a webhook's number")?);
    }
    Ok(hooks)
}

/// Gives each endpoint so many deliveries.
async fn fill(admin: &Agent, hooks: &[i64], each: u64) -> anyhow::Result<()> {
    use futures_util::{StreamExt, TryStreamExt, stream};
    let calls = (0..each).flat_map(|_| hooks.iter().copied());
    stream::iter(calls).map(|hook| deliver(admin, hook)).buffer_unordered(64).try_for_each(|_| async { Ok(()) }).await
}

/// Gives a webhook one delivery. The server may close an idle connection in the very moment that it is used again; then once more.
async fn deliver(admin: &Agent, hook: i64) -> anyhow::Result<Value> {
    let path = format!("/v1/webhooks/{hook}/test");
    let first = admin.call(Method::POST, &path, Some(&json!({}))).await;
    Ok(match first {
        Err(sim::SimError::Http(err)) if err.is_request() => admin.call(Method::POST, &path, Some(&json!({}))).await?,
        other => other?,
    })
}

struct Again {
    deliveries: u64,
    attempts: u64,
    per_s: f64,
    cpu_us_each: f64,
    /// From the order to send all again, which marks each of them first.
    from_order_per_s: f64,
}

/// Has all of them sent again at once, and measures until the last one has arrived. Each endpoint's rate is held at one a second until
/// the whole backlog stands, so that the measurement has the sending in it and not the marking.
async fn product(server: &Server, admin: &Agent, hooks: &[i64], sink: &Sink, each: u64) -> anyhow::Result<Again> {
    let all = each * hooks.len() as u64;
    set_rate(admin, hooks, Some(1)).await?;
    // In the first half, so that the measurement does not end with waiting for a retry's time.
    sink.begin(REFUSED, all / 2).await?;
    let ordered = Instant::now();
    let resend = &json!({ "status": "delivered", "dry_run": false });
    let orders = hooks.iter().map(|hook| async move {
        let resent = admin.call(Method::POST, &format!("/v1/webhooks/{hook}/resend"), Some(resend)).await?;
        if resent["count"].as_u64() != Some(each) {
            bail!("{resent} deliveries were sent again, not {each}");
        }
        Ok(())
    });
    futures_util::future::try_join_all(orders).await?;
    let marking = ordered.elapsed();
    let ahead = sink.counts().await?.accepted;
    let (began, cpu) = (Instant::now(), server.cpu_seconds()?);
    set_rate(admin, hooks, None).await?;
    let counts = sink.arrived(all, Duration::from_secs(300)).await?;
    let (span, cpu) = (began.elapsed(), server.cpu_seconds()? - cpu);
    Ok(Again {
        deliveries: all,
        attempts: counts.attempts,
        per_s: (all - ahead) as f64 / span.as_secs_f64(),
        cpu_us_each: cpu * 1e6 / (all - ahead) as f64,
        from_order_per_s: all as f64 / (marking + span).as_secs_f64(),
    })
}

async fn set_rate(admin: &Agent, hooks: &[i64], rate: Option<u32>) -> anyhow::Result<()> {
    let changes = hooks.iter().map(|hook| async move {
        admin.call(Method::PATCH, &format!("/v1/webhooks/{hook}"), Some(&json!({ "rate_per_s": rate }))).await
    });
    futures_util::future::try_join_all(changes).await?;
    Ok(())
}
