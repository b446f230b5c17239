use super::Options;
use crate::brokers;
use crate::config::{self, BrokerAddress, Config};
use crate::modules;
use base::{Minter, SiteId, SystemClock};
use events::{Brokers, Pace, Pipeline, TableOutbox};
use serde::{Deserialize, Serialize};
use sockets::{Db, DbOptions, Event};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What is announced.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    pub key: u64,
    pub n: u64,
    /// Microseconds since the measurement began.
    pub at: u64,
    pub text: String,
}

impl Measured {
    pub fn new(n: usize, at: u64) -> Self {
        // As many keys as a busy desk has chats.
        Self { key: n as u64 % 2_000, n: n as u64, at, text: "x".repeat(300) }
    }
}

impl Event for Measured {
    const NAME: &'static str = "Bench.Measured";

    fn site(&self) -> SiteId {
        SiteId(1)
    }

    fn key(&self) -> String {
        format!("chat-{}", self.key)
    }
}

/// A fresh database with brokers.
pub struct House {
    pub db: Db,
    pub outbox: TableOutbox,
    pub brokers: Brokers,
    _folder: tempfile::TempDir,
}

impl House {
    pub async fn open(options: &Options) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut config: Config = config::load_from(None, std::iter::empty())?;
        config.root.data = folder.path().to_owned();
        config.database.url = options.database.as_ref().map(|url| url.clone().into());
        let address = BrokerAddress::read(&options.broker).map_err(|why| anyhow::anyhow!("--broker {why}"))?;
        (config.brokers.main, config.brokers.remote, config.brokers.data) = (address.clone(), address.clone(), address);
        let clock = Arc::new(SystemClock);
        let minter = Minter::new(clock.clone(), 1);
        // A name of its own in a broker that is shared, so that nothing of an earlier run is heard.
        config.brokers.prefix = format!("bench-{}-", minter.uuid().simple());
        let outbox = TableOutbox::new();
        let db = Db::open(&DbOptions::new(config.database_url()), Arc::new(outbox.clone()), clock, minter, "bench".into()).await?;
        db.migrate(modules::MIGRATIONS).await?;
        let brokers = brokers::open(&config, &db).await?;
        Ok(Self { db, outbox, brokers, _folder: folder })
    }

    pub fn pipeline(&self) -> Pipeline {
        Pipeline::new(self.db.clone(), self.outbox.clone(), self.brokers.main.clone(), "bench").brokers(self.brokers.clone())
    }

    /// Queues without bottom: what is measured is how fast they fill.
    pub fn deep() -> Pace {
        Pace { deep: u64::MAX, idle: Duration::from_millis(50), ..Pace::default() }
    }

    /// Declares a queue and has it hear everything.
    pub async fn subscribe(&self, queue: &str) -> anyhow::Result<()> {
        self.brokers.data.declare(queue).await?;
        self.pipeline().subscriptions().add("Bench.*", queue, None, None).await?;
        Ok(())
    }

    /// Announces so many events, as a busy house would: many transactions at once, several events each.
    pub async fn fill(&self, count: usize) -> anyhow::Result<()> {
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..16 {
            let db = self.db.clone();
            let numbers: Vec<usize> = (writer..count).step_by(16).collect();
            writers.spawn(async move {
                for chunk in numbers.chunks(50) {
                    let mut tx = db.begin().await?;
                    for n in chunk {
                        tx.announce(Measured::new(*n, 0));
                    }
                    tx.commit().await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = writers.join_next().await {
            done??;
        }
        Ok(())
    }
}

/// A pipeline at work.
pub struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub fn start(pipeline: Pipeline) -> Self {
        let stop = CancellationToken::new();
        let token = stop.clone();
        let task = tokio::spawn(async move {
            if let Err(err) = pipeline.run(token).await {
                tracing::error!(error = ?err, "the pipeline did not start");
            }
        });
        Self { stop, task }
    }

    pub async fn end(self) {
        self.stop.cancel();
        let _ended_late = tokio::time::timeout(Duration::from_secs(15), self.task).await;
    }
}
