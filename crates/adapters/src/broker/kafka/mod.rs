//! Kafka: a topic for each queue, a key always in the same partition, and our own book of who reads which partition how far.
//!
//! - `publish` waits for all replicas (`acks=all`). A topic that nobody declared is `Rejected`: we look into the list of topics, and
//!   never ask for one by name, which could create it.
//! - Partitions are leased in the product's database (`broker_places`), and what was acknowledged stands in the same row, in any
//!   order, so that nothing acknowledged comes again when a partition moves. Kafka's own groups commit one number a partition and
//!   would forget what was done above it (docs/decisions/005).
//! - Order is kept per key. Keys of one partition go to one consumption at a time, so the port calls it `Ordering::Queue`.
//! - Kafka counts no deliveries and ages nothing for us: `events` counts, and retention must be longer than the longest outage.

mod address;
mod cluster;
mod consumption;
mod gather;
mod names;
mod places;
mod progress;
mod reader;
mod schema;
mod sharing;

use cluster::{Cluster, Topic};
use consumption::Hold;
use places::Places;
use progress::Progress;
use sockets::Db;
use sockets::broker::{Broker, BrokerError, Capabilities, Consumption, Depth, Health, Ordering, Outgoing, PublishError, Receipt};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

pub(super) use schema::migrations;

#[derive(Clone, Debug)]
pub struct KafkaOptions {
    pub name: String,
    /// Stands before the name of each topic.
    pub prefix: String,
    /// `host:9092,host:9092`, `kafka://…`, `kafkas://user:word@…`
    pub url: String,
    /// Certificates (PEM) to trust besides those of the web.
    pub ca: Option<String>,
    /// Of a new topic. More mean more consumers at once; they are never changed afterwards.
    pub partitions: u16,
    /// Of a new topic; -1 is what the server thinks right.
    pub replicas: i16,
    pub connect: Duration,
    /// What is not confirmed for so long is `Unknown`.
    pub confirm: Duration,
    /// How long the server may take for any other answer.
    pub answer: Duration,
    /// A holder of partitions that was silent for so long is taken for dead.
    pub lease: Duration,
    /// How often to look for partitions to take or to give.
    pub look: Duration,
    /// Messages wait for so long after the last ones left, to leave together with others.
    pub linger: Duration,
    /// How long a read waits at the server for something new.
    pub wait: Duration,
    /// The same where something came a moment ago.
    pub brisk_wait: Duration,
    /// Between two reads of a server that does not wait.
    pub pause: Duration,
}

impl KafkaOptions {
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            name: "kafka".into(),
            prefix: String::new(),
            url: url.into(),
            ca: None,
            partitions: 8,
            replicas: -1,
            connect: Duration::from_secs(3),
            confirm: Duration::from_secs(5),
            answer: Duration::from_secs(5),
            lease: Duration::from_secs(15),
            look: Duration::from_millis(500),
            linger: Duration::from_millis(10),
            wait: Duration::from_millis(500),
            brisk_wait: Duration::from_millis(20),
            pause: Duration::from_millis(20),
        }
    }
}

/// Under the 1 MiB that a server takes by default, with key and header.
const MAX_MESSAGE: usize = 900_000;
/// A confirm of this age is proof enough that the broker is well.
const FRESH: Duration = Duration::from_secs(5);
const PROBE: &str = "Switchboard.Probe";

pub struct KafkaBroker(Arc<Inner>);

struct Inner {
    options: KafkaOptions,
    db: Db,
    cluster: Cluster,
    holds: Mutex<HashMap<String, Vec<Weak<Hold>>>>,
}

impl KafkaBroker {
    /// Inside a tokio runtime. Connects when it is asked for something.
    ///
    /// # Errors
    /// When the address or the certificates are none.
    pub fn open(options: KafkaOptions, db: &Db) -> Result<Self, BrokerError> {
        address::read(&options.url)?;
        address::tls(options.ca.as_deref())?;
        let cluster = Cluster::new(options.clone());
        Ok(Self(Arc::new(Inner { options, db: db.clone(), cluster, holds: Mutex::default() })))
    }
}

impl Inner {
    fn topic_name(&self, queue: &str) -> String {
        names::topic(&self.options.prefix, queue)
    }

    fn places(&self, topic: &str) -> Places {
        Places { db: self.db.clone(), lease: self.options.lease, topic: topic.into() }
    }

    async fn topic_of(&self, queue: &str) -> Result<Arc<Topic>, BrokerError> {
        self.cluster.topic(&self.topic_name(queue)).await?.ok_or_else(|| BrokerError::NoQueue(queue.to_owned()))
    }

    async fn declare(&self, queue: &str) -> Result<(), BrokerError> {
        let name = self.topic_name(queue);
        let places = self.places(&name);
        // The server's word, not what we remember of it.
        self.cluster.forget_topic(&name);
        if self.cluster.topic(&name).await?.is_none() && self.cluster.create(&name, self.options.partitions).await? {
            places.begin_anew().await.map_err(unavailable)?;
        }
        // A server may need a moment until it knows of its own topic.
        for _ in 0..50 {
            if let Some(topic) = self.cluster.topic(&name).await? {
                return places.make(&topic.parts()).await.map_err(unavailable);
            }
            tokio::time::sleep(self.options.pause).await;
        }
        Err(BrokerError::Unavailable(format!("the topic {name:?} was made and is not there yet")))
    }

    /// Outcomes of messages that belong to one topic, in their order.
    async fn publish_to(self: &Arc<Self>, queue: &str, messages: Vec<Outgoing>) -> Vec<Result<Receipt, PublishError>> {
        let err = match self.topic_of(queue).await {
            Ok(topic) => {
                let receipt = |offset: i64| Receipt { position: Some(offset) };
                return self.publish_gathered(&topic, messages).await.into_iter().map(|outcome| outcome.map(receipt)).collect();
            }
            Err(err @ BrokerError::NoQueue(_)) => PublishError::Rejected(err.to_string()),
            Err(BrokerError::Fatal(why)) => PublishError::Fatal(why),
            Err(BrokerError::Unavailable(why)) => PublishError::Unknown(why),
        };
        vec![Err(err); messages.len()]
    }

    /// How many of a partition are not acknowledged, and when the oldest of them was published.
    async fn open_in(&self, topic: &Topic, part: i32, progress: &Progress) -> Result<(u64, Option<i64>), BrokerError> {
        let (first, end) = self.cluster.bounds(topic, part).await?;
        let next = progress.next().max(first);
        let open = end - next - progress.count_above();
        if open <= 0 {
            return Ok((0, None));
        }
        Ok((open.unsigned_abs(), self.cluster.published_at(topic, part, next).await?))
    }

    fn held(&self, queue: &str) -> usize {
        let mut all = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(holds) = all.get_mut(queue) else { return 0 };
        holds.retain(|hold| hold.strong_count() > 0);
        holds.iter().filter_map(Weak::upgrade).map(|hold| hold.held()).sum()
    }

    /// Stores a message nobody reads, for want of fresher proof.
    async fn probe(&self) -> Result<(), String> {
        if self.cluster.last_confirm().is_some_and(|at| at.elapsed() < FRESH) {
            return Ok(());
        }
        let name = self.topic_name(PROBE);
        let topic = match self.cluster.topic(&name).await.map_err(|err| err.to_string())? {
            Some(topic) => topic,
            None => {
                self.cluster.create(&name, 1).await.map_err(|err| err.to_string())?;
                self.cluster.topic(&name).await.map_err(|err| err.to_string())?.ok_or("the topic for probes was made and is not there yet")?
            }
        };
        let id = base::EventId(self.db.minter().uuid());
        let probe = Outgoing { queue: PROBE.into(), id, key: PROBE.into(), body: "{}".into() };
        let at = self.db.clock().now().millis();
        let outcome = self.cluster.produce(&topic, topic.part_of(PROBE), &[&probe], at).await.pop();
        outcome.map_or(Ok(()), |outcome| outcome.map(|_| ()).map_err(|err| err.to_string()))
    }
}

fn unavailable(err: sockets::StoreError) -> BrokerError {
    BrokerError::Unavailable(err.to_string())
}

#[async_trait::async_trait]
impl Broker for KafkaBroker {
    fn name(&self) -> &str {
        &self.0.options.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { ordering: Ordering::Queue, dedup: false, replay: false, delivery_count: false, max_message: MAX_MESSAGE }
    }

    async fn declare(&self, queue: &str) -> Result<(), BrokerError> {
        self.0.declare(queue).await
    }

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<Receipt, PublishError>> {
        let mut outcomes: Vec<Option<Result<Receipt, PublishError>>> = vec![None; batch.len()];
        let mut by_queue: BTreeMap<Arc<str>, (Vec<usize>, Vec<Outgoing>)> = BTreeMap::new();
        for (place, message) in batch.into_iter().enumerate() {
            if message.body.len() > MAX_MESSAGE {
                outcomes[place] = Some(Err(PublishError::Rejected(format!("{} bytes are more than {MAX_MESSAGE}", message.body.len()))));
            } else {
                let (places, messages) = by_queue.entry(message.queue.clone()).or_default();
                places.push(place);
                messages.push(message);
            }
        }
        let published = by_queue.into_iter().map(|(queue, (places, messages))| async move { (places, self.0.publish_to(&queue, messages).await) });
        for (places, told) in futures_util::future::join_all(published).await {
            for (place, outcome) in places.into_iter().zip(told) {
                outcomes[place] = Some(outcome);
            }
        }
        let silent = || Err(PublishError::Unknown("no answer".into()));
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(silent)).collect()
    }

    async fn consume(&self, queue: &str, credit: usize) -> Result<Box<dyn Consumption>, BrokerError> {
        let topic = self.0.topic_of(queue).await?;
        let places = self.0.places(&topic.name);
        places.make(&topic.parts()).await.map_err(unavailable)?;
        let (hold, consumption) = consumption::open(&self.0, queue, places, credit);
        let mut all = self.0.holds.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(queue.to_owned()).or_default().push(Arc::downgrade(&hold));
        Ok(consumption)
    }

    /// What all nodes have not acknowledged; in hand is what this node holds.
    async fn depth(&self, queue: &str) -> Result<Depth, BrokerError> {
        let topic = self.0.topic_of(queue).await?;
        let mut depth = Depth { held: self.0.held(queue) as u64, ..Depth::default() };
        let mut oldest: Option<i64> = None;
        let places = self.0.places(&topic.name).all().await.map_err(unavailable)?;
        let parts = places.iter().map(|place| self.0.open_in(&topic, place.part, &place.progress));
        for part in futures_util::future::join_all(parts).await {
            let (open, at) = part?;
            depth.messages += open;
            oldest = oldest.into_iter().chain(at).min();
        }
        depth.oldest_age = oldest.map(|at| self.0.db.clock().now().since(base::Timestamp::from_millis(at)));
        Ok(depth)
    }

    async fn health(&self) -> Health {
        let trouble = self.0.probe().await.err();
        Health { ok: trouble.is_none(), trouble }
    }
}
