use adapters::broker::{EmbeddedBroker, EmbeddedOptions};
use base::{EventId, SiteId};
use events::{Hears, Listener, Outcome, Pace, Pipeline, Retries, TableOutbox};
use serde::{Deserialize, Serialize};
use sockets::broker::Broker;
use sockets::{Db, Envelope, Event, Route};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use testkit::TestDb;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Said {
    pub key: String,
    pub n: i64,
}

impl Event for Said {
    const NAME: &'static str = "Test.Said";

    fn site(&self) -> SiteId {
        SiteId(1)
    }

    fn key(&self) -> String {
        self.key.clone()
    }
}

/// An envelope as the distributor would pass it on.
pub fn envelope(key: &str, n: i64) -> Envelope {
    Envelope {
        id: EventId(uuid::Uuid::new_v4()),
        name: Said::NAME.into(),
        version: 1,
        site: SiteId(1),
        key: key.into(),
        key_epoch: 1,
        key_seq: n,
        occurred_at: testkit::NOON,
        producer: "test".into(),
        route: Route::Main,
        hops: 1,
        traceparent: None,
        payload: serde_json::to_value(Said { key: key.into(), n }).unwrap(),
    }
}

pub struct House {
    pub test: TestDb,
    pub outbox: TableOutbox,
    pub broker: Arc<dyn Broker>,
}

pub const QUEUE: &str = "Test.Said.Ear";

impl House {
    pub async fn open() -> Self {
        let outbox = TableOutbox::new();
        let test = TestDb::with_outbox(&[events::migrations, adapters::broker::migrations], Arc::new(outbox.clone())).await;
        let broker = broker(&test.db);
        Self { test, outbox, broker }
    }

    pub fn db(&self) -> &Db {
        &self.test.db
    }

    pub fn pipeline(&self, node: &str) -> Pipeline {
        let quick = Duration::from_millis(20);
        let pace = Pace { batch: 500, idle: quick, subscriptions: quick, ..Pace::default() };
        Pipeline::new(self.db().clone(), self.outbox.clone(), self.broker.clone(), node).pace(pace).chance(Arc::new(|| 0.5))
    }

    /// A pipeline at work with one consumer.
    pub fn listen(&self, node: &str, hears: Arc<dyn Hears>) -> Running {
        Running::start(self.pipeline(node).consumers(vec![listener(hears)]))
    }

    pub async fn say(&self, key: &str, n: i64) {
        let mut tx = self.db().begin().await.unwrap();
        tx.announce(Said { key: key.into(), n });
        tx.commit().await.unwrap();
    }
}

pub fn broker(db: &Db) -> Arc<dyn Broker> {
    let options = EmbeddedOptions { lease: Duration::from_secs(30), poll: Duration::from_millis(20), claim: 500 };
    Arc::new(EmbeddedBroker::with(db.clone(), options))
}

pub fn listener(hears: Arc<dyn Hears>) -> Listener {
    let retries = Retries { first: Duration::from_secs(1), factor: 3.0, longest: Duration::from_secs(3600), tries: 5 };
    Listener::new(QUEUE, Said::NAME, hears).retries(retries)
}

/// A pipeline at work.
pub struct Running {
    pub stop: CancellationToken,
    pub task: JoinHandle<()>,
}

impl Running {
    pub fn start(pipeline: Pipeline) -> Self {
        let stop = CancellationToken::new();
        let token = stop.clone();
        let task = tokio::spawn(async move { pipeline.run(token).await.expect("the pipeline starts") });
        Self { stop, task }
    }

    pub async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(15), self.task).await.expect("it ends in time").expect("without panic");
    }

    /// As by kill -9, as far as one process can play it.
    pub async fn kill(self) {
        self.task.abort();
        let _killed = self.task.await;
    }
}

type Answers = dyn Fn(&Said) -> Outcome + Send + Sync;

/// Hears, remembers, and answers as it is told.
pub struct Ear {
    pub heard: Mutex<Vec<Said>>,
    answers: Box<Answers>,
}

impl Ear {
    pub fn new(answers: impl Fn(&Said) -> Outcome + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { heard: Mutex::default(), answers: Box::new(answers) })
    }

    pub fn content() -> Arc<Self> {
        Self::new(|_| Outcome::Done)
    }

    pub fn numbers(&self, key: &str) -> Vec<i64> {
        self.heard.lock().unwrap().iter().filter(|said| said.key == key).map(|said| said.n).collect()
    }

    pub fn count(&self) -> usize {
        self.heard.lock().unwrap().len()
    }
}

#[async_trait::async_trait]
impl Hears for Ear {
    async fn hear(&self, envelope: &Envelope) -> Outcome {
        let said: Said = envelope.read().expect("what was said");
        self.heard.lock().unwrap().push(said.clone());
        (self.answers)(&said)
    }
}

/// Waits until it is so, at most a while.
pub async fn until<F: Future<Output = bool>>(what: &str, mut so: impl FnMut() -> F) {
    let began = Instant::now();
    while !so().await {
        assert!(began.elapsed() < Duration::from_secs(20), "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub async fn a_while() {
    tokio::time::sleep(Duration::from_millis(300)).await;
}
