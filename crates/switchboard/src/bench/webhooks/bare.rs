//! The reference: the same requests by the bare HTTP client to the same sink, as many at a time, with nothing signed, logged or tried again.

use super::Options;
use super::sink::{Sample, Sink};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::time::Instant;

pub async fn rate(sink: &Sink, sample: &Sample, options: &Options) -> anyhow::Result<f64> {
    let client = reqwest::Client::builder().pool_max_idle_per_host(256).no_proxy().build()?;
    let own = ["host", "content-length", "connection"];
    let read = |(name, value): &(String, String)| Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?));
    let headers: HeaderMap = sample.headers.iter().filter(|(name, _)| !own.contains(&name.as_str())).filter_map(read).collect();
    let body = Bytes::from(sample.body.clone());
    sink.begin(0, 0).await?;
    let began = Instant::now();
    let requests = stream::iter(0..options.deliveries).map(|place| {
        let url = format!("{}/measured/{}", sink.url, place % options.endpoints.max(1) as u64);
        let request = client.post(url).headers(headers.clone()).body(body.clone());
        async move {
            let answer = request.send().await?;
            answer.error_for_status()?.bytes().await
        }
    });
    let at_once = options.endpoints.max(1) * options.in_flight as usize;
    requests.buffer_unordered(at_once).try_for_each(|_| async { Ok(()) }).await?;
    Ok(options.deliveries as f64 / began.elapsed().as_secs_f64())
}
