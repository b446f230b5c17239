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
use testkit::faulty::{FaultyBroker, Mood, Moods};
use tokio::process::{Child, Command};

pub const QUEUE: &str = "Fault.Said.Effects";
/// Its subscription is paused and resumed under load.
pub const FLIPPED: &str = "Fault.Said.Flipped";
const KEYS: i64 = 12;
/// Of what a node holds at the brokers and in its tables.
pub const LEASE: Duration = Duration::from_secs(2);

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

/// What the pipeline runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// SQLite, and brokers in databases of their own.
    Embedded,
    /// PostgreSQL; RabbitMQ is the main and the data broker, Kafka the remote one.
    Scaled,
}

/// The brokers by what they are for.
#[derive(Clone, Copy, Debug)]
pub enum Role {
    Main,
    Remote,
    Data,
}

const ROLES: [(Role, &str); 3] = [(Role::Main, "main"), (Role::Remote, "remote"), (Role::Data, "data")];
const SERVERS: [&str; 3] = ["SWITCHBOARD_TEST_POSTGRES", "SWITCHBOARD_TEST_RABBITMQ", "SWITCHBOARD_TEST_KAFKA"];
/// Where the address of the database stands for the nodes; without it, on embedded parts.
const DATABASE: &str = "database";
/// A broker that is told of a broken connection needs no longer to take back what hung on it.
const AT_ONCE: Duration = Duration::from_millis(700);
/// Events that one break may have heard twice: what a node had in hand and had not noted.
const IN_HAND: usize = 200;

/// What was announced and what came of it.
pub struct History {
    pub announced: Vec<checker::Said>,
    pub unsure: Vec<checker::Said>,
    pub effects: Vec<checker::Said>,
    pub flipped: Vec<checker::Said>,
    /// Events that a handler was given once more although it had done them.
    pub repeats: usize,
    /// As many as the breaks explain.
    pub repeats_at_most: usize,
}

/// Node processes on one database, with three brokers whose moods are set from here.
pub struct House {
    moods: [Moods; 3],
    breaks: usize,
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
    let url = std::fs::read_to_string(folder.join(DATABASE)).unwrap_or_else(|_| format!("sqlite:{}", folder.join("main.db").display()));
    let options = DbOptions { connections: 6, ..DbOptions::new(url) };
    Db::open(&options, outbox, clock, minter, "faults".into()).await.expect("the database opens")
}

/// A real one on scaled parts; else an embedded one in this database.
fn broker(role: Role, name: &str, folder: &Path, db: Db) -> Arc<dyn Broker> {
    if folder.join(DATABASE).exists() {
        let (kind, variable) = match role {
            Role::Main | Role::Data => (BrokerKind::Rabbitmq, SERVERS[1]),
            Role::Remote => (BrokerKind::Kafka, SERVERS[2]),
        };
        let config = BrokerConfig { name: name.to_owned(), prefix: prefix(folder), ..BrokerConfig::new(kind, std::env::var(variable).ok()) };
        return adapters::broker::open(&config, &db).expect("a broker as it was given");
    }
    let options = EmbeddedOptions { lease: LEASE, poll: Duration::from_millis(50), claim: 100 };
    Arc::new(EmbeddedBroker::with(db, options))
}

/// Before the names of this house's queues, on servers that it shares with others.
fn prefix(folder: &Path) -> String {
    format!("faults{}-", folder.file_name().map(|name| name.to_string_lossy().replace(['.', '_'], "")).unwrap_or_default())
}

/// Each in a database of its own where it needs one, with a mood that stands in a file.
pub async fn brokers(folder: &Path) -> Brokers {
    let mut made: Vec<Arc<dyn Broker>> = Vec::new();
    for (role, name) in ROLES {
        let clock = Arc::new(SystemClock);
        let minter = Minter::new(clock.clone(), u16::try_from(std::process::id() % 1_000).expect("small"));
        let options = DbOptions { connections: 4, ..DbOptions::new(format!("sqlite:{}", folder.join(format!("{name}-broker.db")).display())) };
        let db = Db::open(&options, Arc::new(NoNews::default()), clock, minter, "faults".into()).await.expect("a broker's database");
        db.migrate(&[adapters::broker::migrations]).await.expect("its tables");
        made.push(FaultyBroker::with(name, broker(role, name, folder, db), moods(folder, name)));
    }
    let [main, remote, data] = <[_; 3]>::try_from(made).unwrap_or_else(|_| unreachable!("three"));
    Brokers::new(main, remote, data)
}

fn moods(folder: &Path, name: &str) -> Moods {
    Moods::of_file(&folder.join(format!("{name}.mood")))
}

impl House {
    /// None on scaled parts that were not given.
    pub async fn open(parts: Parts, nodes: usize) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        if parts == Parts::Scaled {
            if SERVERS.iter().any(|server| std::env::var_os(server).is_none()) {
                return None;
            }
            std::fs::write(folder.path().join(DATABASE), testkit::fresh_postgres().await?).expect("the address is written");
        }
        let outbox = TableOutbox::new();
        let db = open_db(folder.path(), Arc::new(outbox)).await;
        db.migrate(&[events::migrations]).await.expect("the schema is made");
        let id = if parts == Parts::Scaled { "BIGSERIAL PRIMARY KEY" } else { "INTEGER PRIMARY KEY AUTOINCREMENT" };
        for table in [
            format!("CREATE TABLE history (id {id}, queue TEXT NOT NULL, said TEXT NOT NULL, n BIGINT NOT NULL)"),
            "CREATE TABLE heard (queue TEXT NOT NULL, event TEXT NOT NULL)".to_owned(),
        ] {
            sea_orm::ConnectionTrait::execute_unprepared(db.schema(), &table).await.expect("a table for the history");
        }
        let brokers = brokers(folder.path()).await;
        let moods = ROLES.map(|(_, name)| moods(folder.path(), name));
        let nodes: Vec<Option<Child>> = (0..nodes).map(|_| None).collect();
        let mut house = Self { moods, breaks: 0, db, brokers, nodes, announced: Vec::new(), unsure: Vec::new(), next: 0, folder };
        (0..house.nodes.len()).for_each(|node| house.start(node));
        Some(house)
    }

    pub fn set(&mut self, role: Role, mood: Mood) {
        self.breaks += 1;
        self.moods[role as usize].set(mood);
    }

    pub fn all_well(&mut self) {
        self.moods.iter().for_each(|moods| moods.set(Mood::Well));
    }

    /// Runs the shell command that this variable names, with these words behind it; false when there is none.
    pub async fn told(&mut self, variable: &str, words: &str) -> bool {
        let Ok(command) = std::env::var(variable) else { return false };
        self.breaks += 1;
        let done = Command::new("sh").arg("-c").arg(format!("{command} {words}")).stdout(Stdio::null()).stderr(Stdio::null()).status().await;
        assert!(done.is_ok_and(|status| status.success()), "{command} {words}");
        true
    }

    /// The process stands still, with all that it holds, and goes on as if nothing had been.
    pub async fn stand_still(&mut self, node: usize, span: Duration) {
        self.breaks += 1;
        let pid = self.nodes[node].as_ref().and_then(Child::id).expect("it runs").to_string();
        let signal = async |word: &str| {
            let sent = Command::new("kill").args([word, &pid]).status().await;
            assert!(sent.is_ok_and(|status| status.success()), "kill {word}");
        };
        signal("-STOP").await;
        self.say_for(span).await;
        signal("-CONT").await;
    }

    /// Where the relay publishes, once it is there; says on meanwhile.
    pub async fn until_publishing_to(&mut self, way: &str, within: Duration) {
        const COURSE: Sql = Sql::same("SELECT COUNT(*) AS n FROM event_nodes WHERE publishing_to = $1");
        let began = Instant::now();
        loop {
            let row = COURSE.one(self.db.read(), vec![way.into()]).await.expect("the nodes are read").expect("a count");
            if get::<i64>(&row, "n").expect("a number") > 0 {
                return;
            }
            assert!(began.elapsed() < within, "nobody publishes to {way} after {within:?}");
            self.say_for(Duration::from_millis(100)).await;
        }
    }

    /// A process of its own.
    pub fn start(&mut self, node: usize) {
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "pipeline::child::a_node_of_the_pipeline", "--ignored", "--nocapture"])
            .env("SWITCHBOARD_FAULT_FOLDER", self.folder.path())
            .env("SWITCHBOARD_FAULT_NODE", format!("node-{node}-{}", self.next))
            .stdout(Stdio::null())
            .stderr(self.log(node))
            .kill_on_drop(true)
            .spawn()
            .expect("this program starts itself");
        self.nodes[node] = Some(child);
    }

    fn log(&self, node: usize) -> Stdio {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join(format!("node-{node}.log")));
        log.map_or_else(|_| Stdio::null(), Stdio::from)
    }

    /// The last words of the nodes, for the report of a failure.
    fn last_words(&self) -> String {
        let tail = |node| {
            let log = std::fs::read_to_string(self.folder.path().join(format!("node-{node}.log"))).unwrap_or_default();
            let lines: Vec<&str> = log.lines().rev().take(20).collect();
            format!("node {node}:\n{}\n", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
        };
        (0..self.nodes.len()).map(tail).collect()
    }

    /// SIGKILL: no last words.
    pub async fn kill(&mut self, node: usize) {
        self.breaks += 1;
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

    /// Pauses or resumes the second subscription; tells whether it is active now.
    pub async fn flip(&self) -> Option<bool> {
        let subscriptions = Subscriptions::new(self.db.clone(), self.brokers.data.clone());
        let all = Sight { site: SiteId(1), all: true };
        let one = subscriptions.list(all).await.ok()?.into_iter().find(|one| &*one.queue == FLIPPED)?;
        let enabled = one.state == events::SubscriptionState::Paused;
        let patch = SubscriptionPatch { enabled: Some(enabled), ..SubscriptionPatch::default() };
        // A busy database may refuse; it is tried again at the next turn.
        subscriptions.change(all, one.id, patch).await.ok().map(|_| enabled)
    }

    /// Until every node applies the subscriptions as they are now.
    pub async fn until_applied(&self) {
        const BEHIND: Sql = Sql::same(
            "SELECT COUNT(*) AS n FROM event_nodes WHERE version < (SELECT version FROM event_versions WHERE name = 'subscriptions')",
        );
        self.until(BEHIND, "a node applies old subscriptions").await;
    }

    /// Until nothing waits in the outbox.
    pub async fn until_passed_on(&self) {
        self.until(Sql::same("SELECT COUNT(*) AS n FROM event_outbox"), "events are not passed on").await;
    }

    async fn until(&self, count: Sql, what: &str) {
        let began = Instant::now();
        while self.count(count).await.is_none_or(|count| count > 0) {
            assert!(began.elapsed() < Duration::from_secs(30), "{what} after half a minute");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn count(&self, count: Sql) -> Option<i64> {
        get(&count.one(self.db.read(), vec![]).await.ok()??, "n").ok()
    }

    /// What was announced so far.
    pub fn announced(&self) -> &[checker::Said] {
        &self.announced
    }

    /// Until so many dead letters lie there.
    pub async fn until_dead_letters(&self, wanted: i64) {
        let began = Instant::now();
        loop {
            let letters = self.count(Sql::same("SELECT COUNT(*) AS n FROM event_dead_letters")).await.unwrap_or_default();
            if letters == wanted {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{letters} dead letters, not {wanted}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lays what nobody can read, and what nobody can handle, at the head of every queue; tells how many dead letters that makes.
    pub async fn poison(&self) -> i64 {
        let Brokers { main, remote: Some(remote), data } = &self.brokers else { unreachable!("there are three") };
        let copies = [(main, events::EVENTS, 2), (remote, events::EVENTS, 2), (data, QUEUE, 1), (data, FLIPPED, 1)];
        let mut letters = 0;
        for (broker, queue, consumers) in copies {
            let message = Outgoing::new(queue, &self.bad());
            let rubbish = Outgoing { body: "{\"rubbish\":".into(), ..Outgoing::new(queue, &self.bad()) };
            let laid = broker.publish(vec![rubbish, message]);
            let told = tokio::time::timeout(Duration::from_secs(1), laid).await.unwrap_or_default();
            letters += if told.iter().all(Result::is_ok) { 1 + consumers } else { 0 };
        }
        letters
    }

    fn bad(&self) -> Envelope {
        Envelope {
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
        }
    }

    /// Waits until nothing is under way any more, in the hands of a node either: what a killed one had in hand is in its queue again.
    pub async fn settle(&mut self) -> History {
        loop {
            for node in 0..self.nodes.len() {
                if self.nodes[node].is_none() {
                    self.start(node);
                }
            }
            self.until_quiet().await;
            let before = self.breaks;
            for node in 0..self.nodes.len() {
                self.kill(node).await;
            }
            tokio::time::sleep(AT_ONCE).await;
            if self.is_quiet().await {
                // These kills ended the test and broke nothing.
                self.breaks = before;
                break;
            }
        }
        const REPEATS: Sql = Sql::same("SELECT COUNT(*) - (SELECT COUNT(*) FROM (SELECT DISTINCT queue, event FROM heard) d) AS n FROM heard");
        History {
            announced: std::mem::take(&mut self.announced),
            unsure: std::mem::take(&mut self.unsure),
            effects: self.effects(QUEUE).await,
            flipped: self.effects(FLIPPED).await,
            repeats: self.count(REPEATS).await.and_then(|count| usize::try_from(count).ok()).expect("the history is read"),
            repeats_at_most: self.breaks * IN_HAND,
        }
    }

    async fn until_quiet(&self) {
        let (began, patience) = (Instant::now(), Duration::from_secs(120) + super::span() / 2);
        while !self.is_quiet().await {
            if began.elapsed() > patience {
                panic!("things are still under way after {patience:?}: {}\n{}", self.left().await, self.last_words());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn left(&self) -> String {
        let outbox = self.count(Sql::same("SELECT COUNT(*) AS n FROM event_outbox")).await;
        let held = self.count(Sql::same("SELECT COUNT(*) AS n FROM event_held")).await;
        let parked = self.count(Sql::same("SELECT COUNT(*) AS n FROM event_parked")).await;
        let data = self.brokers.data.depth(QUEUE).await;
        format!("outbox {outbox:?}, held {held:?}, parked {parked:?}, data {data:?}")
    }

    async fn is_quiet(&self) -> bool {
        const WAITING: Sql =
            Sql::same("SELECT (SELECT COUNT(*) FROM event_outbox) + (SELECT COUNT(*) FROM event_held) + (SELECT COUNT(*) FROM event_parked) AS n");
        if self.count(WAITING).await != Some(0) {
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
