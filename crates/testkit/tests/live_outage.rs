//! Live state in Redis while Redis is killed, restarted and flushed. Runs a server of its own; without `redis-server` on this machine
//! there is nothing to prove.

use adapters::live::{RedisLive, RedisLiveOptions};
use base::{ManualClock, Minter, SiteId};
use sockets::live::{Change, LiveError, LiveState, Topic};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

const DESK: Topic = Topic::Desk(SiteId(1));

struct Server {
    port: u16,
    folder: tempfile::TempDir,
    process: Option<Child>,
}

impl Server {
    async fn start() -> Option<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("is bound").port();
        drop(listener);
        let mut server = Self { port, folder: tempfile::tempdir().expect("a folder"), process: None };
        server.run().await.then_some(server)
    }

    async fn run(&mut self) -> bool {
        let spawned = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--save", "", "--appendonly", "no", "--dir"])
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        self.process = spawned.ok();
        if self.process.is_none() {
            return false;
        }
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        true
    }

    async fn kill(&mut self) {
        self.process.take().expect("runs").kill().await.expect("is killed");
    }

    async fn open(&self, node: u16) -> RedisLive {
        let clock = Arc::new(ManualClock::at(testkit::NOON));
        let options = RedisLiveOptions::new(format!("redis://127.0.0.1:{}/", self.port));
        RedisLive::open(&options, clock.clone(), Minter::new(clock, node)).await.expect("opens")
    }
}

fn notice(n: u32) -> Arc<str> {
    format!(r#"{{"kind":"notice","data":{n}}}"#).into()
}

/// The first success of something that fails while the store is away.
async fn soon<T>(mut ask: impl AsyncFnMut() -> Result<T, LiveError>) -> T {
    let started = Instant::now();
    loop {
        match ask().await {
            Ok(done) => return done,
            Err(err) => assert!(started.elapsed() < Duration::from_secs(10), "{err}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_killed_store_is_said_to_be_away_at_once_and_comes_back_by_itself() {
    let Some(mut server) = Server::start().await else { return };
    let (one, two) = (server.open(1).await, server.open(2).await);
    let (mut changes, mut epochs) = (two.changes(), two.epochs());
    let old = one.publish(&DESK, notice(1)).await.expect("is told");
    tokio::time::sleep(Duration::from_millis(700)).await;

    server.kill().await;
    for _ in 0..3 {
        let asked = Instant::now();
        let refused = one.publish(&DESK, notice(2)).await;
        assert!(matches!(refused, Err(LiveError::Unavailable(_))), "{refused:?}");
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    }

    epochs.mark_unchanged();
    assert!(server.run().await);
    let new = soon(async || one.publish(&DESK, notice(3)).await).await;
    assert_ne!(new.epoch, old.epoch);
    tokio::time::timeout(Duration::from_secs(5), epochs.changed()).await.expect("owners are told").expect("is open");
    let heard = async {
        let mut missed = false;
        loop {
            match changes.next().await.expect("is open") {
                Change::Missed => missed = true,
                // What was told before the feed was back is found in the log.
                Change::Published(_) if missed => return,
                Change::Published(_) => {}
            }
            one.publish(&DESK, notice(4)).await.expect("is told");
        }
    };
    tokio::time::timeout(Duration::from_secs(5), heard).await.expect("the feed is back");
    assert!(one.since(&DESK, old).await.expect("is read").is_err(), "a gap");
}

#[tokio::test]
async fn a_frozen_store_holds_nobody_up() {
    let Some(server) = Server::start().await else { return };
    let live = server.open(1).await;
    let pid = server.process.as_ref().and_then(Child::id).expect("runs").to_string();
    let signal = async |name: &str| Command::new("kill").args([name, &pid]).status().await.expect("is sent");
    signal("-STOP").await;
    let asked = Instant::now();
    let all = futures_util::future::join_all((0..20).map(|n| live.publish(&DESK, notice(n)))).await;
    assert!(all.iter().all(|refused| matches!(refused, Err(LiveError::Unavailable(_)))));
    assert!(asked.elapsed() < Duration::from_millis(1_300), "{:?}", asked.elapsed());
    signal("-CONT").await;
    soon(async || live.publish(&DESK, notice(1)).await).await;
}

#[tokio::test]
async fn a_flush_while_running_is_told_and_survived() {
    let Some(server) = Server::start().await else { return };
    let live = server.open(1).await;
    let mut epochs = live.epochs();
    let old = live.publish(&DESK, notice(1)).await.expect("is told");
    tokio::time::sleep(Duration::from_millis(700)).await;
    epochs.mark_unchanged();
    let client = redis::Client::open(format!("redis://127.0.0.1:{}/", server.port)).expect("a URL");
    let mut connection = client.get_multiplexed_async_connection().await.expect("answers");
    redis::cmd("FLUSHALL").exec_async(&mut connection).await.expect("is flushed");
    redis::cmd("SCRIPT").arg("FLUSH").exec_async(&mut connection).await.expect("scripts are forgotten too");
    let new = live.publish(&DESK, notice(2)).await.expect("is told");
    assert_ne!(new.epoch, old.epoch);
    tokio::time::timeout(Duration::from_secs(2), epochs.changed()).await.expect("owners are told").expect("is open");
}

#[tokio::test]
async fn a_store_that_may_forget_at_will_is_refused() {
    let Some(server) = Server::start().await else { return };
    let client = redis::Client::open(format!("redis://127.0.0.1:{}/", server.port)).expect("a URL");
    let mut connection = client.get_multiplexed_async_connection().await.expect("answers");
    for (name, value) in [("maxmemory", "100mb"), ("maxmemory-policy", "allkeys-lru")] {
        redis::cmd("CONFIG").arg("SET").arg(name).arg(value).exec_async(&mut connection).await.expect("is set");
    }
    let clock = Arc::new(ManualClock::at(testkit::NOON));
    let options = RedisLiveOptions::new(format!("redis://127.0.0.1:{}/", server.port));
    let refused = RedisLive::open(&options, clock.clone(), Minter::new(clock, 1)).await.err();
    assert!(matches!(refused, Some(LiveError::Invalid(_))), "{refused:?}");
}

#[tokio::test]
async fn a_store_that_is_away_at_the_start_is_waited_for() {
    let Some(mut server) = Server::start().await else { return };
    server.kill().await;
    let asked = Instant::now();
    let live = server.open(1).await;
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    assert!(server.run().await);
    soon(async || live.publish(&DESK, notice(1)).await).await;
}
