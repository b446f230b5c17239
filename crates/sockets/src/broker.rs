//! The port to whatever carries events: named queues that keep what they were given until it is acknowledged.
//!
//! The promises, each a case of the contract suite in `testkit`:
//! - `publish` answers for every message by itself. `Ok` means stored durably in a queue that exists; a message for a queue that
//!   nobody declared is `Rejected`, never swallowed.
//! - Messages of one key leave one queue in the order in which they were published, and while one of them is held by a consumption
//!   none of the same key is given to another.
//! - Within one call of `publish` no message overtakes a failed one: when a message is not `Ok`, no later one of the same key and queue
//!   is, so that sending those again keeps the order.
//! - What is not acknowledged comes again: when its consumption ends, or when its holder fell silent.
//! - An acknowledgement may be given twice. One that comes too late, after the message went to somebody else, says so loudly.
//! - Nothing is delayed or given up here: retries and dead letters are kept by `events`, the same for all brokers.

use crate::Envelope;
use base::{EventId, SiteId};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// One message for one queue. The body is encoded once and shared by all queues that get a copy.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub queue: Arc<str>,
    /// The message id on every broker.
    pub id: EventId,
    /// The ordering key: site and key of the event.
    pub key: Arc<str>,
    pub body: Bytes,
}

impl Outgoing {
    pub fn new(queue: impl Into<Arc<str>>, envelope: &Envelope) -> Self {
        let body = serde_json::to_vec(envelope).expect("an envelope is plain JSON").into();
        Self { queue: queue.into(), id: envelope.id, key: ordering_key(envelope.site, &envelope.key).into(), body }
    }

    /// The same message for another queue.
    pub fn copy_to(&self, queue: impl Into<Arc<str>>) -> Self {
        Self { queue: queue.into(), ..self.clone() }
    }
}

/// What orders an event among others; two sites never share a line.
pub fn ordering_key(site: SiteId, key: &str) -> String {
    format!("{site}/{key}")
}

/// The broker's word that it keeps the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Its number in the queue, where the broker tells it.
    pub position: Option<i64>,
}

#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PublishError {
    /// Certainly not stored.
    #[error("the broker refused the message: {0}")]
    Rejected(String),
    /// Perhaps stored: send it again under the same id.
    #[error("the broker did not confirm the message: {0}")]
    Unknown(String),
    /// No repetition will help before somebody changes the configuration.
    #[error("the broker cannot be used as it is configured: {0}")]
    Fatal(String),
}

#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BrokerError {
    #[error("the broker does not answer: {0}")]
    Unavailable(String),
    #[error("there is no queue {0:?}; declare it first")]
    NoQueue(String),
    #[error("the broker cannot be used as it is configured: {0}")]
    Fatal(String),
}

#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AckError {
    /// The message belongs to somebody else by now, or waits to be given out again.
    #[error("the delivery is stale: the message was given back to its queue")]
    Stale,
    #[error("the broker does not answer: {0}")]
    Unavailable(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordering {
    PerKey,
    Queue,
    None,
}

/// What a broker can do by itself; the contract suite asks accordingly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    pub ordering: Ordering,
    /// A second message of the same id is dropped.
    pub dedup: bool,
    /// Messages can be read again after they were acknowledged.
    pub replay: bool,
    /// Deliveries are counted.
    pub delivery_count: bool,
    /// Bytes of a body at most.
    pub max_message: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Waiting and held.
    pub messages: u64,
    /// Given out and not yet acknowledged.
    pub held: u64,
    pub oldest_age: Option<Duration>,
}

/// Not "the socket is open" but "something was confirmed".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    pub ok: bool,
    /// Why not, in a sentence.
    pub trouble: Option<String>,
}

#[async_trait::async_trait]
pub trait Broker: Send + Sync + 'static {
    /// What logs and the console call it.
    fn name(&self) -> &str;

    fn capabilities(&self) -> Capabilities;

    /// Makes the queue unless it is there. Durable.
    async fn declare(&self, queue: &str) -> Result<(), BrokerError>;

    /// One outcome for each message, in the order given.
    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<Receipt, PublishError>>;

    /// Starts to take from a queue; at most `credit` messages are held unacknowledged.
    async fn consume(&self, queue: &str, credit: usize) -> Result<Box<dyn Consumption>, BrokerError>;

    async fn depth(&self, queue: &str) -> Result<Depth, BrokerError>;

    async fn health(&self) -> Health;
}

/// A consumer's hold on a queue. Dropping it gives back what was not acknowledged.
#[async_trait::async_trait]
pub trait Consumption: Send {
    /// Waits for the next messages, at least one. Nothing is lost when the wait is cut off.
    async fn next(&mut self) -> Result<Vec<Delivery>, BrokerError>;
}

/// A message in the hands of a consumer.
#[derive(Clone)]
pub struct Delivery {
    pub key: Arc<str>,
    pub body: Bytes,
    /// It was given out before.
    pub redelivered: bool,
    /// How often it was given out, this time included, where the broker counts.
    pub count: Option<u32>,
    pub handle: Handle,
}

impl Delivery {
    /// # Errors
    /// When the body is no envelope: foreign or broken, for the dead letters.
    pub fn envelope(&self) -> Result<Envelope, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

/// The right to say that a message is done.
#[derive(Clone)]
pub struct Handle(Arc<dyn Held>);

impl Handle {
    pub fn new(held: Arc<dyn Held>) -> Self {
        Self(held)
    }

    /// The message is done and leaves the queue. A second time changes nothing.
    pub async fn ack(&self) -> Result<(), AckError> {
        self.0.ack().await
    }

    /// Gives the message back at once, and with it all later ones of its key that were given out together, so that order holds.
    pub async fn release(&self) -> Result<(), AckError> {
        self.0.release().await
    }
}

/// An adapter's side of a [`Handle`].
#[async_trait::async_trait]
pub trait Held: Send + Sync {
    async fn ack(&self) -> Result<(), AckError>;
    async fn release(&self) -> Result<(), AckError>;
}
