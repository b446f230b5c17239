use super::checker;
use adapters::broker::{BrokerConfig, BrokerKind, EmbeddedBroker, EmbeddedOptions};
use base::{Minter, SiteId, SystemClock};
use events::sql::{Sql, get};
use events::{Brokers, Sight, SubscriptionPatch, Subscriptions, TableOutbox};
use serde::{Deserialize, Serialize};
use sockets::broker::{Broker, Outgoing};
use sockets::{Db, DbOptions, Envelope, Event, Outbox, Route};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::NoNews;
use testkit::faulty::{FaultyBroker, Moods};
use tokio::process::{Child, Command};

pub const QUEUE: &str = "Fault.Said.Effects";
/// Its subscription is paused and resumed under load.
pub const FLIPPED: &str = "Fault.Said.Flipped";
const KEYS: i64 = 12;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Said {
    pub key: String,
    pub n: i64,
}

impl Event for Said {
    const NAME: &'static str = "Fault.Said";

    fn site(&self) -> SiteId {
        SiteId(1)
    }

    fn key(&self) -> String {
        self.key.clone()
    }
}

/// What was announced and what came of it.
pub struct History {
    pub announced: Vec<checker::Said>,
    pub unsure: Vec<checker::Said>,
    pub effects: Vec<checker::Said>,
    pub flipped: Vec<checker::Said>,
}

/// Node processes on one database, with three brokers whose moods are set from here.
pub struct House {
    pub main: Moods,
    pub remote: Moods,
    pub data: Moods,
    db: Db,
    brokers: Brokers,
    nodes: Vec<Option<Child>>,
    announced: Vec<checker::Said>,
    unsure: Vec<checker::Said>,
    next: i64,
    folder: tempfile::TempDir,
}

pub async fn open_db(folder: &Path, outbox: Arc<dyn Outbox>) -> Db {
    let clock = Arc::new(SystemClock);
    let minter = Minter::new(clock.clone(), u16::try_from(std::process::id() % 1_000).expect("small"));
    let url = std::fs::read_to_string(folder.join("database")).unwrap_or_else(|_| format!("sqlite:{}", folder.join("main.db").display()));
    let options = DbOptions { connections: 6, ..DbOptions::new(url) };
    Db::open(&options, outbox, clock, minter, "faults".into()).await.expect("the database opens")
}

/// A real one for main and remote where `./test` started some; else an embedded one in this database.
fn broker(name: &str, folder: &Path, db: Db) -> Arc<dyn Broker> {
    let real = match name {
        "main" => Some((BrokerKind::Rabbitmq, "SWITCHBOARD_TEST_RABBITMQ")),
        "remote" => Some((BrokerKind::Kafka, "SWITCHBOARD_TEST_KAFKA")),
        _ => None,
    };
    if let Some((kind, url)) = real.and_then(|(kind, variable)| Some((kind, std::env::var(variable).ok()?))) {
        let prefix = format!("faults{}-", folder.file_name().map(|name| name.to_string_lossy().replace(['.', '_'], "")).unwrap_or_default());
        let config = BrokerConfig { name: name.to_owned(), prefix, ..BrokerConfig::new(kind, Some(url)) };
        return adapters::broker::open(&config, &db).expect("a broker as it was given");
    }
    let options = EmbeddedOptions { lease: Duration::from_secs(2), poll: Duration::from_millis(50), claim: 100 };
    Arc::new(EmbeddedBroker::with(db, options))
}

/// Each in a database of its own where it needs one, with a mood that stands in a file.
pub async fn brokers(folder: &Path) -> Brokers {
    let mut made: Vec<Arc<dyn Broker>> = Vec::new();
    for name in ["main", "remote", "data"] {
        let clock = Arc::new(SystemClock);
        let minter = Minter::new(clock.clone(), u16::try_from(std::process::id() % 1_000).expect("small"));
        let options = DbOptions { connections: 4, ..DbOptions::new(format!("sqlite:{}", folder.join(format!("{name}-broker.db")).display())) };
        let db = Db::open(&options, Arc::new(NoNews::default()), clock, minter, "faults".into()).await.expect("a broker's database");
        db.migrate(&[adapters::broker::migrations]).await.expect("its tables");
        let moods = Moods::of_file(&folder.join(format!("{name}.mood")));
        made.push(FaultyBroker::with(name, broker(name, folder, db), moods));
    }
    let [main, remote, data] = <[_; 3]>::try_from(made).unwrap_or_else(|_| unreachable!("three"));
    Brokers::new(main, remote, data)
}

impl House {
    pub async fn open(nodes: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let outbox = TableOutbox::new();
        let db = open_db(folder.path(), Arc::new(outbox)).await;
        db.migrate(&[events::migrations]).await.expect("the schema is made");
        let id = "INTEGER PRIMARY KEY AUTOINCREMENT";
        let create = format!("CREATE TABLE history (id {id}, queue TEXT NOT NULL, said TEXT NOT NULL, n BIGINT NOT NULL)");
        sea_orm::ConnectionTrait::execute_unprepared(db.schema(), &create).await.expect("a table for the history");
        let brokers = brokers(folder.path()).await;
        let moods = |name: &str| Moods::of_file(&folder.path().join(format!("{name}.mood")));
        let (main, remote, data) = (moods("main"), moods("remote"), moods("data"));
        let nodes: Vec<Option<Child>> = (0..nodes).map(|_| None).collect();
        let mut house = Self { main, remote, data, db, brokers, nodes, announced: Vec::new(), unsure: Vec::new(), next: 0, folder };
        (0..house.nodes.len()).for_each(|node| house.start(node));
        house
    }

    /// A process of its own.
    pub fn start(&mut self, node: usize) {
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "pipeline::child::a_node_of_the_pipeline", "--ignored", "--nocapture"])
            .env("SWITCHBOARD_FAULT_FOLDER", self.folder.path())
            .env("SWITCHBOARD_FAULT_NODE", format!("node-{node}-{}", self.next))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("this program starts itself");
        self.nodes[node] = Some(child);
    }

    /// SIGKILL: no last words.
    pub async fn kill(&mut self, node: usize) {
        if let Some(mut child) = self.nodes[node].take() {
            child.kill().await.expect("it dies");
        }
    }

    /// Announces on all keys, one transaction after the other.
    pub async fn say_for(&mut self, span: Duration) {
        let began = Instant::now();
        while began.elapsed() < span {
            let n = self.next;
            self.next += 1;
            let said: Vec<checker::Said> = (0..KEYS).map(|key| (format!("k{key}"), n)).collect();
            let announced = async {
                let mut tx = self.db.begin().await?;
                for (key, n) in &said {
                    tx.announce(Said { key: key.clone(), n: *n });
                }
                tx.commit().await
            };
            match announced.await {
                Ok(()) => self.announced.extend(said),
                Err(_) => self.unsure.extend(said),
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// Pauses or resumes the second subscription.
    pub async fn flip(&self) {
        let subscriptions = Subscriptions::new(self.db.clone(), self.brokers.data.clone());
        let all = Sight { site: SiteId(1), all: true };
        let Ok(known) = subscriptions.list(all).await else { return };
        let Some(one) = known.into_iter().find(|one| &*one.queue == FLIPPED) else { return };
        let enabled = one.state == events::SubscriptionState::Paused;
        let patch = SubscriptionPatch { enabled: Some(enabled), ..SubscriptionPatch::default() };
        // A busy database may refuse; it is tried again at the next turn.
        let _refused = subscriptions.change(all, one.id, patch).await;
    }

    /// Lays what nobody can read, or handle, at the head of the queues.
    pub async fn poison(&self) {
        let bad = Envelope {
            id: base::EventId(uuid::Uuid::new_v4()),
            name: Said::NAME.into(),
            version: 1,
            site: SiteId(1),
            key: "k1".into(),
            key_epoch: 1,
            key_seq: 1,
            occurred_at: self.db.clock().now(),
            producer: "poison".into(),
            route: Route::Main,
            hops: 0,
            traceparent: None,
            payload: serde_json::json!({ "key": "k1", "n": -1 }),
        };
        for (broker, queue) in [(&self.brokers.main, events::EVENTS), (&self.brokers.data, QUEUE)] {
            let message = Outgoing::new(queue, &bad);
            let rubbish = Outgoing { body: "{\"rubbish\":".into(), ..message.clone() };
            let laid = broker.publish(vec![rubbish, message]);
            let _refused_or_late = tokio::time::timeout(Duration::from_secs(1), laid).await;
        }
    }

    /// Waits until nothing is under way any more.
    pub async fn settle(&mut self) -> History {
        for node in 0..self.nodes.len() {
            if self.nodes[node].is_none() {
                self.start(node);
            }
        }
        let began = Instant::now();
        while !self.is_quiet().await {
            assert!(began.elapsed() < Duration::from_secs(120), "things are still under way after two minutes: {}", self.told().await);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        for node in 0..self.nodes.len() {
            self.kill(node).await;
        }
        History {
            announced: std::mem::take(&mut self.announced),
            unsure: std::mem::take(&mut self.unsure),
            effects: self.effects(QUEUE).await,
            flipped: self.effects(FLIPPED).await,
        }
    }

    async fn told(&self) -> String {
        let count = async |table: &str| {
            let sql = format!("SELECT COUNT(*) AS n FROM {table}");
            let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, sql);
            let row = sea_orm::ConnectionTrait::query_one_raw(self.db.read(), statement).await.ok().flatten();
            row.and_then(|row| get::<i64>(&row, "n").ok()).unwrap_or(-1)
        };
        let data = self.brokers.data.depth(QUEUE).await;
        format!("outbox {}, held {}, parked {}, data {data:?}", count("event_outbox").await, count("event_held").await, count("event_parked").await)
    }

    async fn is_quiet(&self) -> bool {
        const WAITING: Sql =
            Sql::same("SELECT (SELECT COUNT(*) FROM event_outbox) + (SELECT COUNT(*) FROM event_held) + (SELECT COUNT(*) FROM event_parked) AS n");
        let Ok(Some(row)) = WAITING.one(self.db.read(), vec![]).await else { return false };
        if get::<i64>(&row, "n").unwrap_or(1) > 0 {
            return false;
        }
        for queue in [QUEUE, FLIPPED] {
            if !self.brokers.data.depth(queue).await.is_ok_and(|depth| depth.messages == 0) {
                return false;
            }
        }
        true
    }

    async fn effects(&self, queue: &str) -> Vec<checker::Said> {
        const EFFECTS: Sql = Sql::same("SELECT said, n FROM history WHERE queue = $1 ORDER BY id");
        let rows = EFFECTS.all(self.db.read(), vec![queue.into()]).await.expect("the history is read");
        rows.iter().map(|row| (get(row, "said").expect("a key"), get(row, "n").expect("a number"))).collect()
    }
}
