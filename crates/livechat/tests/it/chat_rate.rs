//! How many messages a second are kept. A report for whoever runs it (`--run-ignored all --no-capture`), not a gate: that is the benchmark's.

use crate::chat_house::{House, SITE, ask_at, message, visitor};
use futures_util::future::join_all;
use livechat::chat::Speaker;
use std::time::{Duration, Instant};

#[ignore = "takes seconds and the whole machine"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_kept_in_a_second() {
    let house = House::open().await;
    house.agent(1, 10_000, &[]).await;
    let mut talks = Vec::new();
    for _ in 0..200 {
        let guest = visitor();
        talks.push((guest, ask_at(&house.node, guest, None).await));
    }
    let (rate, seconds) = (2_500_u64, 6_u64);
    let begin = tokio::time::Instant::now();
    let mut says = Vec::new();
    for n in 0..rate * seconds {
        let (guest, chat) = talks[n as usize % talks.len()].clone();
        let chats = house.node.chats.clone();
        tokio::time::sleep_until(begin + Duration::from_micros(n * 1_000_000 / rate)).await;
        says.push(tokio::spawn(async move {
            let at = Instant::now();
            chats.say(SITE, chat.id, Speaker::Visitor(guest), message("Hello, where is my order? 我的订单在哪里？")).await.expect("said");
            at.elapsed()
        }));
    }
    let mut took: Vec<_> = join_all(says).await.into_iter().map(|took| took.expect("runs")).collect();
    let all = begin.elapsed();
    took.sort_unstable();
    let at = |part: f64| took[((took.len() - 1) as f64 * part) as usize];
    let report = serde_json::json!({
        "messages_a_second": (took.len() as f64 / all.as_secs_f64()) as u64,
        "p50_ms": at(0.5).as_secs_f64() * 1e3,
        "p99_ms": at(0.99).as_secs_f64() * 1e3,
    });
    std::io::Write::write_all(&mut std::io::stderr(), format!("{report}\n").as_bytes()).expect("writes");
}
