//! A post room with a ledger, and ears that hear what a test wants to know.

use adapters::broker::{EmbeddedBroker, EmbeddedOptions};
use base::{EventId, PageRequest, SiteId, Timestamp};
use events::catalog::VisitLog;
use events::{Hears, Listener, Outcome, Pace, Pipeline, Retries, Subscriptions, TableOutbox};
use reporting::ledger::{EventFilter, Kept, Ledger, NewReplay, ReplayFilter, Replays, Trail, listener};
use sockets::broker::Broker;
use sockets::{Db, Envelope, Route};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use testkit::TestDb;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub const SITE: SiteId = SiteId(1);
pub const OTHER_SITE: SiteId = SiteId(2);
pub const EAR: &str = "Visit.Log.Ear";

pub struct House {
    pub test: TestDb,
    pub outbox: TableOutbox,
    pub broker: Arc<dyn Broker>,
    pub ledger: Ledger,
    pub replays: Replays,
}

impl House {
    pub async fn open() -> Self {
        Self::with_trails(Vec::new()).await
    }

    pub async fn with_trails(trails: Vec<Arc<dyn Trail>>) -> Self {
        let outbox = TableOutbox::new();
        let tables: &[sockets::Migrations] = &[web::migrations, events::migrations, adapters::broker::migrations, reporting::migrations];
        let test = TestDb::with_outbox(tables, Arc::new(outbox.clone())).await;
        let options = EmbeddedOptions { lease: Duration::from_secs(30), poll: Duration::from_millis(20), claim: 500 };
        let broker: Arc<dyn Broker> = Arc::new(EmbeddedBroker::with(test.db.clone(), options));
        let ledger = Ledger::open(test.db.clone(), Subscriptions::new(test.db.clone(), broker.clone()), trails);
        let replays = Replays::new(ledger.clone(), broker.clone());
        Self { test, outbox, broker, ledger, replays }
    }

    pub fn db(&self) -> &Db {
        &self.test.db
    }

    /// The pipeline with the ledger and these ears.
    pub fn work(&self, ears: Vec<Listener>) -> Running {
        let quick = Duration::from_millis(20);
        let pace = Pace { batch: 500, idle: quick, subscriptions: quick, ..Pace::default() };
        let pipeline = Pipeline::new(self.db().clone(), self.outbox.clone(), self.broker.clone(), "test").pace(pace).chance(Arc::new(|| 0.5));
        let stop = CancellationToken::new();
        let (pipeline, token) = (pipeline.consumers(vec![listener(&self.ledger)]).consumers(ears), stop.clone());
        let task = tokio::spawn(async move { pipeline.run(token).await.expect("the pipeline starts") });
        Running { stop, task }
    }

    /// Announces that so many visits began; `n` tells one event from another.
    pub async fn visits(&self, site: SiteId, widget: i64, numbers: impl IntoIterator<Item = i64>) {
        let mut tx = self.db().begin().await.expect("begins");
        for n in numbers {
            tx.announce(VisitLog { site_id: site.0, campaign_id: widget, visit_count: n });
        }
        tx.commit().await.expect("commits");
    }

    pub async fn all(&self, site: SiteId) -> Vec<Kept> {
        let (mut all, mut page) = (Vec::new(), PageRequest::first(200));
        loop {
            let found = self.ledger.list(site, &EventFilter::default(), &page).await.expect("lists");
            all.extend(found.items);
            match found.next {
                Some(next) => page.after = Some(next),
                None => return all,
            }
        }
    }

    pub async fn archived(&self, site: SiteId, count: usize) -> Vec<Kept> {
        until("the events are archived", || async { self.all(site).await.len() >= count }).await;
        self.all(site).await
    }

    pub async fn handled(&self, queue: &str) {
        until("the queue is empty", || async { self.broker.depth(queue).await.expect("answers").messages == 0 }).await;
    }

    pub fn now(&self) -> Timestamp {
        self.db().clock().now()
    }

    /// All visits of the last day to the ear.
    pub fn new_replay(&self, rate: u32) -> NewReplay {
        let day = Duration::from_secs(24 * 3600);
        let (from, to) = (self.now().minus(day), self.now().plus(day));
        let filter = ReplayFilter { types: vec!["Visit.Log".into()], key: None, from, to };
        NewReplay { filter, queues: vec![EAR.into()], rate, force: false, started_by: "user:1".into() }
    }
}

pub struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(15), self.task).await.expect("it ends in time").expect("without panic");
    }
}

type Answers = dyn Fn(&VisitLog) -> Outcome + Send + Sync;

/// Hears visits and remembers them.
pub struct Ear {
    pub heard: Mutex<Vec<(EventId, i64, Route)>>,
    answers: Box<Answers>,
}

impl Ear {
    pub fn new(answers: impl Fn(&VisitLog) -> Outcome + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { heard: Mutex::default(), answers: Box::new(answers) })
    }

    pub fn content() -> Arc<Self> {
        Self::new(|_| Outcome::Done)
    }

    pub fn listener(self: &Arc<Self>) -> Listener {
        let retries = Retries { first: Duration::from_secs(60), factor: 2.0, longest: Duration::from_secs(3600), tries: 5 };
        Listener::new(EAR, "Visit.*", self.clone()).retries(retries)
    }

    pub fn numbers(&self) -> Vec<i64> {
        self.heard.lock().expect("unpoisoned").iter().map(|(_, n, _)| *n).collect()
    }

    pub fn count(&self) -> usize {
        self.heard.lock().expect("unpoisoned").len()
    }
}

#[async_trait::async_trait]
impl Hears for Ear {
    async fn hear(&self, envelope: &Envelope) -> Outcome {
        let visit: VisitLog = envelope.read().expect("a visit");
        self.heard.lock().expect("unpoisoned").push((envelope.id, visit.visit_count, envelope.route.clone()));
        (self.answers)(&visit)
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
