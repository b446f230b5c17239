//! RabbitMQ: durable quorum queues on the default exchange, one active consumer each.
//!
//! - Two connections, one to publish and one to consume, so that a broker that stops reading what is published (memory or disk
//!   alarm) still takes acknowledgements. Both are made again for ever.
//! - `publish` is mandatory, persistent and confirmed; what RabbitMQ does not confirm in time is `Unknown`.
//! - Order: each queue has a single active consumer (`x-single-active-consumer`), wherever it runs; another consumption stands by
//!   and takes over when the first ends. That is what keeps two nodes from holding one key at the same time; RabbitMQ knows no
//!   finer lock. So a queue is worked on by one node at a time, and different queues by different nodes.
//! - Poison is counted by `events`; the queue's own limit of deliveries is set so high that RabbitMQ never drops anything.

mod consumption;
mod link;
mod publisher;

use base::Minter;
use consumption::Hold;
use lapin::{Channel, ErrorKind};
use lapin::options::QueueDeclareOptions;
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::uri::AMQPUri;
use link::{Line, Link};
use publisher::{Outcome, Publisher};
use sockets::Db;
use sockets::broker::{Broker, BrokerError, Capabilities, Consumption, Depth, Health, Ordering, Outgoing, PublishError, Receipt};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::time::{Instant, timeout};

#[derive(Clone, Debug)]
pub struct RabbitOptions {
    pub name: String,
    /// Stands before the name of each queue.
    pub prefix: String,
    /// `amqp://…` or `amqps://…`
    pub url: String,
    /// Certificates (PEM) to trust besides those of the web.
    pub ca: Option<String>,
    /// What is not confirmed for so long is `Unknown`.
    pub confirm: Duration,
    /// How long the broker may take for any other answer.
    pub answer: Duration,
    /// A connection that is silent for twice as long is given up.
    pub heartbeat: Duration,
    /// How often a connection is asked for a sign of life.
    pub pulse: Duration,
}

impl RabbitOptions {
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            name: "rabbitmq".into(),
            prefix: String::new(),
            url: url.into(),
            ca: None,
            confirm: Duration::from_secs(5),
            answer: Duration::from_secs(5),
            heartbeat: Duration::from_secs(5),
            pulse: Duration::from_secs(4),
        }
    }
}

/// What RabbitMQ 4 takes by default.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// A confirm of this age is proof enough that the broker is well.
const FRESH: Duration = Duration::from_secs(5);
/// Holds one message: the last question whether messages are stored.
const PROBE: &str = "Switchboard.Probe";

pub struct RabbitBroker(Arc<Inner>);

struct Inner {
    options: RabbitOptions,
    db: Db,
    minter: Minter,
    consuming: Link,
    publisher: Publisher,
    /// The channel of the last question that was answered.
    asking: Mutex<Option<(Arc<Line>, Channel)>>,
    holds: Mutex<HashMap<String, Vec<Weak<Hold>>>>,
}

impl RabbitBroker {
    /// Inside a tokio runtime. Connects in the background.
    ///
    /// # Errors
    /// When the address is none.
    pub fn open(options: RabbitOptions, db: &Db) -> Result<Self, BrokerError> {
        options.url.parse::<AMQPUri>().map_err(|why| BrokerError::Fatal(format!("the address of RabbitMQ is not like amqp://user:word@host:5672/vhost: {why}")))?;
        let minter = db.minter().clone();
        let link = |what: &str| Link::open(format!("switchboard {}, {what}", options.name), options.clone(), minter.clone());
        let (consuming, publishing) = (link("consuming"), link("publishing"));
        let publisher = Publisher::start(&publishing, options.confirm);
        let inner = Inner { db: db.clone(), minter: minter.clone(), consuming, publisher, asking: Mutex::default(), holds: Mutex::default(), options };
        Ok(Self(Arc::new(inner)))
    }
}

impl Inner {
    fn full_name(&self, queue: &str) -> String {
        format!("{}{queue}", self.options.prefix)
    }

    /// Asks on a channel that nobody else uses: a refusal closes it. One that was answered well serves the next question.
    async fn ask_about(&self, queue: &str, options: QueueDeclareOptions) -> Result<lapin::Queue, BrokerError> {
        let full = self.full_name(queue);
        let name = ShortString::try_new(full.as_str()).map_err(|err| BrokerError::Fatal(format!("the queue's name is too long: {err}")))?;
        let within = self.options.answer;
        let line = self.consuming.line().await?;
        let known = self.spare_channel().take().filter(|(on, channel)| Arc::ptr_eq(on, &line) && channel.status().connected());
        let channel = match known {
            Some((_, channel)) => channel,
            None => line.channel(within).await.map_err(BrokerError::Unavailable)?,
        };
        let answer = timeout(within, channel.queue_declare(name, options, arguments(queue))).await;
        let told = match answer {
            Ok(Ok(told)) => told,
            Ok(Err(err)) => return Err(refusal(&err, queue)),
            Err(_) => return Err(BrokerError::Unavailable(format!("no answer within {within:?}"))),
        };
        let spare = self.spare_channel().replace((line, channel));
        if let Some((_, channel)) = spare {
            let _closed = timeout(within, channel.close(200, "bye".into())).await;
        }
        Ok(told)
    }

    fn spare_channel(&self) -> MutexGuard<'_, Option<(Arc<Line>, Channel)>> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn declare(&self, queue: &str) -> Result<(), BrokerError> {
        self.ask_about(queue, QueueDeclareOptions::durable()).await.map(|_told| ())
    }

    fn holds_of(&self, queue: &str) -> Vec<Arc<Hold>> {
        let mut all = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(holds) = all.get_mut(queue) else { return Vec::new() };
        holds.retain(|hold| hold.strong_count() > 0);
        holds.iter().filter_map(Weak::upgrade).collect()
    }

    async fn store(&self, batch: Vec<Outgoing>) -> Vec<Outcome> {
        self.publisher.publish(batch, self.db.clock().now()).await
    }

    /// Stores a message nobody reads, for want of fresher proof.
    async fn probe(&self) -> Result<(), String> {
        if self.publisher.last_confirm().is_some_and(|at| at.elapsed() < FRESH) {
            return Ok(());
        }
        let id = base::EventId(self.minter.uuid());
        let probe = || Outgoing { queue: self.full_name(PROBE).into(), id, key: PROBE.into(), body: "{}".into() };
        let began = Instant::now();
        loop {
            match self.store(vec![probe()]).await.pop() {
                Some(Err(PublishError::Rejected(_))) if began.elapsed() < FRESH => self.declare(PROBE).await.map_err(|err| err.to_string())?,
                Some(Err(err)) => return Err(err.to_string()),
                Some(Ok(_)) | None => return Ok(()),
            }
        }
    }
}

fn arguments(queue: &str) -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    if queue == PROBE {
        arguments.insert("x-max-length".into(), AMQPValue::LongInt(1));
    } else {
        arguments.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
        // RabbitMQ 4 drops a message after 20 deliveries unless told otherwise.
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(1_000_000_000));
    }
    arguments
}

/// Not found and not as declared are told from everything that may pass.
fn refusal(err: &lapin::Error, queue: &str) -> BrokerError {
    if let ErrorKind::ProtocolError(told) = err.kind()
        && let AMQPErrorKind::Soft(soft) = told.kind()
    {
        match soft {
            AMQPSoftError::NOTFOUND => return BrokerError::NoQueue(queue.to_owned()),
            AMQPSoftError::PRECONDITIONFAILED | AMQPSoftError::ACCESSREFUSED => return BrokerError::Fatal(err.to_string()),
            _ => {}
        }
    }
    BrokerError::Unavailable(err.to_string())
}

/// Between half of the pause and all of it, so that many do not come back in step.
fn jittered(minter: &Minter, pause: Duration) -> Duration {
    let chance = u64::from_le_bytes(minter.bytes()) % 1_000;
    pause / 2 + pause.mul_f64(chance as f64 / 2_000.0)
}

#[async_trait::async_trait]
impl Broker for RabbitBroker {
    fn name(&self) -> &str {
        &self.0.options.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { ordering: Ordering::Queue, dedup: false, replay: false, delivery_count: true, max_message: MAX_MESSAGE }
    }

    async fn declare(&self, queue: &str) -> Result<(), BrokerError> {
        self.0.declare(queue).await
    }

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<Receipt, PublishError>> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; batch.len()];
        let (mut good, mut places) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
        for (place, message) in batch.into_iter().enumerate() {
            let full = self.0.full_name(&message.queue);
            if message.body.len() > MAX_MESSAGE {
                outcomes[place] = Some(Err(PublishError::Rejected(format!("{} bytes are more than {MAX_MESSAGE}", message.body.len()))));
            } else if ShortString::try_new(full.as_str()).is_err() {
                outcomes[place] = Some(Err(publisher::no_queue(&message.queue)));
            } else {
                good.push(Outgoing { queue: full.into(), ..message });
                places.push(place);
            }
        }
        if !good.is_empty() {
            for (place, outcome) in places.into_iter().zip(self.0.store(good).await) {
                outcomes[place] = Some(outcome);
            }
        }
        let silent = || Err(PublishError::Unknown("no answer".into()));
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(silent)).collect()
    }

    async fn consume(&self, queue: &str, credit: usize) -> Result<Box<dyn Consumption>, BrokerError> {
        self.0.ask_about(queue, QueueDeclareOptions::durable().passive()).await?;
        let (hold, consumption) = consumption::open(&self.0, self.0.full_name(queue), credit);
        let mut all = self.0.holds.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(queue.to_owned()).or_default().push(Arc::downgrade(&hold));
        Ok(consumption)
    }

    /// RabbitMQ tells what waits; what other nodes hold it does not tell over this protocol.
    async fn depth(&self, queue: &str) -> Result<Depth, BrokerError> {
        let waiting = self.0.ask_about(queue, QueueDeclareOptions::durable().passive()).await?.message_count();
        let mut depth = Depth { messages: waiting.into(), ..Depth::default() };
        let mut oldest: Option<i64> = None;
        for hold in self.0.holds_of(queue) {
            let (messages, held, at) = hold.load();
            depth.messages += messages as u64;
            depth.held += held as u64;
            oldest = oldest.into_iter().chain(at).min();
        }
        depth.oldest_age = oldest.map(|at| self.0.db.clock().now().since(base::Timestamp::from_millis(at)));
        Ok(depth)
    }

    async fn health(&self) -> Health {
        let trouble = match (self.0.consuming.trouble(), self.0.probe().await) {
            (Some(why), _) | (None, Err(why)) => Some(why),
            (None, Ok(())) => None,
        };
        Health { ok: trouble.is_none(), trouble }
    }
}
