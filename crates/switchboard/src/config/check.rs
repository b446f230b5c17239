//! `switchboard config check`: are the things there that the configuration names?

use super::{BrokerAddress, Config};
use base::{Minter, SiteId, SystemClock};
use secrecy::ExposeSecret;
use sea_orm::DatabaseExecutor;
use sockets::live::{LiveState, Topic};
use sockets::{Db, DbOptions, Envelope, Outbox, StoreError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// One thing that was looked at, and how it is.
pub struct Finding {
    pub what: String,
    pub fault: Option<String>,
}

impl Finding {
    fn new(what: impl Into<String>, found: Result<(), String>) -> Self {
        Self { what: what.into(), fault: found.err() }
    }
}

/// Looks at everything that can be looked at without changing anything that matters.
pub async fn check(config: &Config) -> Vec<Finding> {
    let mut found = vec![
        Finding::new(format!("data folder {}", config.root.data.display()), folder(&config.root.data)),
        Finding::new(format!("folder of files {}", config.blob_folder().display()), folder(&config.blob_folder())),
    ];
    found.push(Finding::new("database", database(config).await));
    if let Some(url) = &config.redis.url {
        found.push(Finding::new("redis", redis(config, url.expose_secret()).await));
    }
    for (role, address) in [("main", &config.brokers.main), ("remote", &config.brokers.remote), ("data", &config.brokers.data)] {
        if !address.is_embedded() {
            found.push(Finding::new(format!("{role} broker"), broker(config, role, address).await));
        }
    }
    if let Some(file) = &config.geoip.file {
        found.push(Finding::new(format!("geoip file {}", file.display()), readable(file)));
    }
    found
}

/// Can files be made in it?
fn folder(path: &Path) -> Result<(), String> {
    std::fs::create_dir_all(path).map_err(|err| format!("cannot be made: {err}"))?;
    tempfile::tempfile_in(path).map(drop).map_err(|err| format!("cannot be written to: {err}"))
}

fn readable(path: &Path) -> Result<(), String> {
    std::fs::File::open(path).map(drop).map_err(|err| format!("cannot be read: {err}"))
}

async fn database(config: &Config) -> Result<(), String> {
    let mut options = DbOptions::new(config.database_url());
    options.connections = 1;
    let clock = Arc::new(SystemClock);
    let minter = Minter::new(clock.clone(), config.node.id);
    let opened = async {
        let db = Db::open(&options, Arc::new(NoNews), clock, minter, config.node_name()).await?;
        db.probe().await
    };
    opened.await.map_err(|err| match std::error::Error::source(&err) {
        Some(cause) => format!("{err}: {cause}"),
        None => err.to_string(),
    })
}

async fn redis(config: &Config, url: &str) -> Result<(), String> {
    use adapters::live::{RedisLive, RedisLiveOptions};
    let clock = Arc::new(SystemClock);
    let minter = Minter::new(clock.clone(), config.node.id);
    let options = RedisLiveOptions { prefix: config.redis.prefix.clone(), ..RedisLiveOptions::new(url) };
    let ask = async { RedisLive::open(&options, clock, minter).await?.head(&Topic::Desk(SiteId(0))).await };
    match tokio::time::timeout(Duration::from_secs(5), ask).await {
        Ok(answer) => answer.map(drop).map_err(|err| err.to_string()),
        Err(_) => Err("does not answer".to_owned()),
    }
}

/// Does it take what would be there anyway?
async fn broker(config: &Config, role: &str, address: &BrokerAddress) -> Result<(), String> {
    let clock = Arc::new(SystemClock);
    let minter = Minter::new(clock.clone(), config.node.id);
    let asked = async {
        let options = DbOptions { connections: 1, ..DbOptions::new(config.database_url()) };
        let db = Db::open(&options, Arc::new(NoNews), clock, minter, config.node_name()).await.map_err(|err| err.to_string())?;
        let broker = crate::brokers::open_one(config, role, address, &db).await.map_err(|err| format!("{err:#}"))?;
        broker.declare(events::EVENTS).await.map_err(|err| err.to_string())
    };
    tokio::time::timeout(Duration::from_secs(10), asked).await.unwrap_or_else(|_| Err("does not answer".to_owned()))
}

/// Nothing is announced while checking.
pub(crate) struct NoNews;

#[async_trait::async_trait]
impl Outbox for NoNews {
    async fn write(&self, _conn: DatabaseExecutor<'_>, _news: Vec<Envelope>) -> Result<(), StoreError> {
        Ok(())
    }

    fn wake(&self) {}
}
