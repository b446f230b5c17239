//! Clients that only count bytes: the cheapest there can be.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Bytes that all clients of one server got so far.
#[derive(Clone, Default)]
pub struct Got(Arc<AtomicU64>);

impl Got {
    pub async fn dial(&self, address: &str, path: &str) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(address).await?;
        let upgrade = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(upgrade.as_bytes()).await?;
        let hello = br#"{"op":"hello","token":"sbv_bench"}"#;
        let mut frame = vec![0x81, 0x80 | hello.len() as u8, 0, 0, 0, 0];
        frame.extend_from_slice(hello);
        stream.write_all(&frame).await?;
        // The answer to the upgrade, and the welcome; nothing is told yet.
        let mut buffer = vec![0; 16 * 1_024];
        let mut head = Vec::new();
        while !String::from_utf8_lossy(&head).contains("welcome") {
            let read = stream.read(&mut buffer).await?;
            head.extend_from_slice(&buffer[..read]);
        }
        let got = self.0.clone();
        tokio::spawn(async move {
            while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                got.fetch_add(read as u64, Ordering::Relaxed);
            }
        });
        Ok(())
    }

    async fn reaches(&self, bytes: u64) {
        while self.0.load(Ordering::Relaxed) < bytes {
            tokio::task::yield_now().await;
        }
    }
}

/// Deliveries a second, with so many messages on their way at once.
pub async fn measure(got: &Got, sockets: u64, frame: u64, in_flight: u64, time: Duration, publish: impl AsyncFn()) -> f64 {
    let before = got.0.load(Ordering::Relaxed);
    let started = Instant::now();
    let mut sent = 0;
    while started.elapsed() < time {
        publish().await;
        sent += 1;
        if sent >= in_flight {
            got.reaches(before + (sent - in_flight + 1) * sockets * frame).await;
        }
    }
    got.reaches(before + sent * sockets * frame).await;
    (sent * sockets) as f64 / started.elapsed().as_secs_f64()
}
