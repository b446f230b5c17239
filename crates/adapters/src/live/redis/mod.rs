//! For any number of nodes: Redis 7 or what speaks like it. Every change is a script over the keys of one site.
//!
//! Losing the store loses nothing that counts: [`LiveState::epochs`] ticks within a second, and owners say again who is here.

mod feed;
mod line;
mod record;
mod scripts;
mod state;

use self::line::Line;
use self::scripts::Scripts;
use super::CHANGES_HELD;
use base::{Minter, SharedClock, SiteId};
use redis::{Client, FromRedisValue, Script};
use sockets::live::{Change, LiveError};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{broadcast, watch};

/// How to reach Redis.
#[derive(Clone, Debug)]
pub struct RedisLiveOptions {
    /// `redis://host:6379/0`, `rediss://…` for TLS.
    pub url: String,
    /// In front of every key and of the feed, so that installations can share one Redis.
    pub prefix: String,
}

impl RedisLiveOptions {
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), prefix: "sb:".to_owned() }
    }
}

pub struct RedisLive(Arc<Inner>);

struct Inner {
    client: Client,
    line: Line,
    scripts: Scripts,
    prefix: String,
    feed: String,
    clock: SharedClock,
    minter: Minter,
    /// Sites that this node wrote into the list of sites.
    sites: Mutex<HashSet<SiteId>>,
    changes: broadcast::Sender<Change>,
    epochs: watch::Sender<u64>,
    listening: watch::Sender<bool>,
}

impl RedisLive {
    /// Starts listening. A Redis that is away now is waited for in the background; one that may throw keys away is refused.
    ///
    /// # Errors
    /// When the address cannot be read, or when Redis is set to evict keys.
    pub async fn open(options: &RedisLiveOptions, clock: SharedClock, minter: Minter) -> Result<Self, LiveError> {
        let client = Client::open(options.url.as_str())
            .map_err(|err| LiveError::Invalid(format!("the address of redis cannot be read, write redis://host:6379/0: {err}")))?;
        let inner = Arc::new(Inner {
            line: Line::new(client.clone()),
            client,
            scripts: Scripts::new(),
            prefix: options.prefix.clone(),
            feed: format!("{}feed", options.prefix),
            clock,
            minter,
            sites: Mutex::default(),
            changes: broadcast::Sender::new(CHANGES_HELD),
            epochs: watch::Sender::new(0),
            listening: watch::Sender::new(false),
        });
        inner.refuse_eviction().await?;
        let mut listening = inner.listening.subscribe();
        tokio::spawn(feed::listen(Arc::downgrade(&inner)));
        tokio::spawn(feed::watch(Arc::downgrade(&inner)));
        // What is published right after this returns should be heard; a Redis that is away is not waited for.
        let _ = tokio::time::timeout(line::PATIENCE, listening.wait_for(|listening| *listening)).await;
        Ok(Self(inner))
    }
}

impl Inner {
    fn tell(&self, change: Change) {
        // Nobody listens before the hub starts and after it stopped.
        let _ = self.changes.send(change);
    }

    fn forgotten(&self) {
        tracing::warn!("redis came back without its memory; live state is being said again");
        self.sites.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.epochs.send_modify(|epoch| *epoch += 1);
        self.tell(Change::Missed);
    }

    /// With a memory limit and any policy but `noeviction`, Redis would silently drop half of a site.
    async fn refuse_eviction(&self) -> Result<(), LiveError> {
        let asked = self.line.run(|mut connection| async move {
            redis::cmd("CONFIG").arg("GET").arg("maxmemory*").query_async::<Vec<String>>(&mut connection).await
        });
        // Away, or hosted where nobody may ask.
        let Ok(flat) = asked.await else { return Ok(()) };
        let setting = |name: &str| flat.chunks_exact(2).find(|pair| pair[0] == name).map_or("", |pair| pair[1].as_str());
        match (setting("maxmemory"), setting("maxmemory-policy")) {
            ("" | "0", _) | (_, "" | "noeviction") => Ok(()),
            (_, policy) => Err(LiveError::Invalid(format!(
                "redis may throw live state away (maxmemory-policy {policy}); set it to noeviction, or give switchboard a redis of its own"
            ))),
        }
    }

    /// Runs a script on a site's keys.
    async fn call<T: FromRedisValue>(&self, script: &Script, site: SiteId, args: &[&str]) -> Result<T, LiveError> {
        let now = self.clock.now();
        let mut call = script.key(format!("{}{{s:{site}}}:", self.prefix));
        call.arg(site.0).arg(self.minter.message().0).arg(&self.feed).arg(now.millis()).arg(format!("\"{now}\""));
        for arg in args {
            call.arg(*arg);
        }
        let call = &call;
        self.line.run(|mut connection| async move { call.invoke_async(&mut connection).await }).await
    }

    /// Lets the sweeper of any node know that somebody is here.
    async fn note_site(&self, site: SiteId) -> Result<(), LiveError> {
        if self.sites.lock().unwrap_or_else(PoisonError::into_inner).contains(&site) {
            return Ok(());
        }
        let mut add = redis::cmd("SADD");
        add.arg(format!("{}sites", self.prefix)).arg(site.0);
        self.line.run(|mut connection| async move { add.exec_async(&mut connection).await }).await?;
        self.sites.lock().unwrap_or_else(PoisonError::into_inner).insert(site);
        Ok(())
    }

    async fn known_sites(&self) -> Result<Vec<SiteId>, LiveError> {
        let mut ask = redis::cmd("SMEMBERS");
        ask.arg(format!("{}sites", self.prefix));
        let found: HashSet<i64> = self.line.run(|mut connection| async move { ask.query_async(&mut connection).await }).await?;
        let mut sites: HashSet<SiteId> = found.into_iter().map(SiteId).collect();
        sites.extend(self.sites.lock().unwrap_or_else(PoisonError::into_inner).iter());
        Ok(sites.into_iter().collect())
    }
}
