//! The way to the servers of Kafka: one client at a time, made again when it failed, and what is known of topics.

use super::gather::Waiting;
use super::{KafkaOptions, address};
use rskafka::BackoffConfig;
use rskafka::chrono::{DateTime, Utc};
use rskafka::client::controller::ControllerClient;
use rskafka::client::error::{Error, ProtocolError};
use rskafka::client::partition::{Compression, OffsetAt, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use rskafka::record::Record;
use sockets::broker::{BrokerError, Outgoing, PublishError};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

/// Records of one request at most, by their size before they are compressed, unless one alone is larger. The client leaves Nagle's
/// algorithm on and has a buffer of 8 KiB: what does not fit into it waits for the server's delayed acknowledgement, 40 ms.
const MOST_BYTES: usize = 32 * 1024;
/// Of one answer.
const READ_BYTES: i32 = 1_000_000;
/// What a record weighs besides key, body and header.
const OVERHEAD: usize = 128;
/// Bodies of a request that are larger together than this are compressed.
const WORTH_COMPRESSING: usize = 2_048;
/// After a failure nobody tries again for so long.
const REST: Duration = Duration::from_millis(300);
const ID: &str = "id";
/// How long a server may look for what is there already. Not zero: tansu would not look at all.
const SOON: i32 = 100;

pub(super) struct Cluster {
    pub options: KafkaOptions,
    state: Mutex<State>,
    making: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    client: Option<Arc<Client>>,
    topics: HashMap<String, Arc<Topic>>,
    /// When the last client failed, and why.
    failed: Option<(Instant, String)>,
    confirmed: Option<Instant>,
}

/// A topic that exists.
pub(super) struct Topic {
    pub name: String,
    /// What is to be published to it.
    pub waiting: Waiting,
    client: Arc<Client>,
    parts: Vec<Part>,
}

struct Part {
    number: i32,
    /// Its connection for everything but long waits.
    client: Mutex<Arc<OnceCell<Arc<PartitionClient>>>>,
    /// It failed and did not answer well since.
    failed: AtomicBool,
    /// Where the last request of this process begins and ends.
    last: Mutex<Option<(i64, i64)>>,
}

impl Part {
    fn new(number: i32) -> Self {
        Self { number, client: Mutex::default(), failed: AtomicBool::new(false), last: Mutex::default() }
    }
}

impl Topic {
    pub fn parts(&self) -> Vec<i32> {
        self.parts.iter().map(|part| part.number).collect()
    }

    /// The partition of a key. Never changes: order hangs on it.
    pub fn part_of(&self, key: &str) -> i32 {
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let place = (hash ^ (hash >> 32)) % self.parts.len().max(1) as u64;
        self.parts.get(place as usize).map_or(0, |part| part.number)
    }

    async fn part(&self, part: i32) -> Result<Arc<PartitionClient>, Error> {
        let Some(place) = self.place(part) else {
            return Err(Error::InvalidResponse(format!("there is no partition {part}")));
        };
        let cell = place.client.lock().unwrap_or_else(PoisonError::into_inner).clone();
        cell.get_or_try_init(|| async { self.open(part).await.map(Arc::new) }).await.cloned()
    }

    fn place(&self, part: i32) -> Option<&Part> {
        self.parts.iter().find(|place| place.number == part)
    }

    /// The partition answered.
    pub fn is_well(&self, part: i32) {
        if let Some(place) = self.place(part) {
            place.failed.store(false, Ordering::Relaxed);
        }
    }

    fn note_last(&self, part: i32, offsets: &[i64]) {
        if let (Some(place), Some(first), Some(last)) = (self.place(part), offsets.first(), offsets.last()) {
            *place.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((*first, last + 1));
        }
    }

    /// The end of the partition, when what the server tells is that of our last request.
    fn end_of_ours(&self, part: i32, told: i64) -> Option<i64> {
        let (first, end) = (*self.place(part)?.last.lock().unwrap_or_else(PoisonError::into_inner))?;
        (told == end || told == first + 1).then_some(end)
    }

    /// Forgets the partition's connection. True the first time since it answered: perhaps only its leader moved.
    fn forget_connection(&self, part: i32) -> bool {
        let Some(place) = self.place(part) else { return false };
        *place.client.lock().unwrap_or_else(PoisonError::into_inner) = Arc::default();
        !place.failed.swap(true, Ordering::Relaxed)
    }

    /// A connection of its own, to wait on.
    pub async fn open(&self, part: i32) -> Result<PartitionClient, Error> {
        self.client.partition_client(self.name.as_str(), part, UnknownTopicHandling::Error).await
    }
}

impl Cluster {
    pub fn new(options: KafkaOptions) -> Self {
        Self { options, state: Mutex::default(), making: tokio::sync::Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn last_confirm(&self) -> Option<Instant> {
        self.state().confirmed
    }

    async fn client(&self) -> Result<Arc<Client>, BrokerError> {
        let known = |state: &State| match (&state.client, &state.failed) {
            (Some(client), _) => Some(Ok(client.clone())),
            (None, Some((at, why))) if at.elapsed() < REST => Some(Err(BrokerError::Unavailable(why.clone()))),
            _ => None,
        };
        if let Some(known) = known(&self.state()) {
            return known;
        }
        let _only_one = self.making.lock().await;
        if let Some(known) = known(&self.state()) {
            return known;
        }
        let made = timeout(self.options.connect, self.builder()?.build()).await;
        let mut state = self.state();
        match made {
            Ok(Ok(client)) => {
                let client = Arc::new(client);
                *state = State { client: Some(client.clone()), confirmed: state.confirmed, ..State::default() };
                tracing::info!(broker = self.options.name, "connected to Kafka");
                Ok(client)
            }
            failed => {
                let why = failed.map_or_else(|_| format!("no connection within {:?}", self.options.connect), |err| err.map_or_else(|err| err.to_string(), |_| String::new()));
                state.failed = Some((Instant::now(), why.clone()));
                Err(BrokerError::Unavailable(why))
            }
        }
    }

    fn builder(&self) -> Result<ClientBuilder, BrokerError> {
        let to = address::read(&self.options.url)?;
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(50),
            max_backoff: Duration::from_millis(500),
            base: 2.0,
            // Sooner than we ourselves give up: then we are told why.
            deadline: Some(self.options.connect.min(self.options.confirm) / 2),
        };
        let mut builder = ClientBuilder::new(to.servers).client_id("switchboard").backoff_config(backoff);
        if to.tls {
            builder = builder.tls_config(Arc::new(address::tls(self.options.ca.as_deref())?));
        }
        if let Some(sasl) = to.sasl {
            builder = builder.sasl_config(sasl);
        }
        Ok(builder)
    }

    /// The partition's connection is made anew; when that fails too, everything that hangs on this client.
    pub fn failed(&self, topic: &Topic, part: i32, why: &str) {
        if topic.forget_connection(part) {
            tracing::warn!(broker = self.options.name, topic = topic.name, part, why, "the connection to a partition is made anew");
        } else {
            self.drop_client(&topic.client, why);
        }
    }

    fn drop_client(&self, client: &Arc<Client>, why: &str) {
        let mut state = self.state();
        if state.client.as_ref().is_some_and(|current| Arc::ptr_eq(current, client)) {
            tracing::warn!(broker = self.options.name, why, "the connection to Kafka is made anew");
            *state = State { failed: Some((Instant::now(), why.to_owned())), confirmed: state.confirmed, ..State::default() };
        }
    }

    pub fn forget_topic(&self, name: &str) {
        self.state().topics.remove(name);
    }

    /// A topic that exists. Asks for all of them, since the question for one may create it.
    pub async fn topic(&self, name: &str) -> Result<Option<Arc<Topic>>, BrokerError> {
        if let Some(topic) = self.state().topics.get(name) {
            return Ok(Some(topic.clone()));
        }
        let client = self.client().await?;
        let all = match timeout(self.options.answer, client.list_topics()).await {
            Ok(Ok(all)) => all,
            failed => {
                let why = failed.map_or_else(|_| "no list of topics in time".into(), |err| err.map_or_else(|err| err.to_string(), |_| String::new()));
                self.drop_client(&client, &why);
                return Err(BrokerError::Unavailable(why));
            }
        };
        let Some(found) = all.into_iter().find(|topic| topic.name == name) else { return Ok(None) };
        let parts = found.partitions.into_iter().map(Part::new).collect();
        let topic = Arc::new(Topic { name: name.to_owned(), waiting: Waiting::default(), client, parts });
        self.state().topics.insert(name.to_owned(), topic.clone());
        Ok(Some(topic))
    }

    /// Makes the topic; false when it was there.
    pub async fn create(&self, name: &str, partitions: u16) -> Result<bool, BrokerError> {
        let client = self.client().await?;
        let controller: ControllerClient = client.controller_client().map_err(|err| BrokerError::Unavailable(err.to_string()))?;
        let wait = i32::try_from(self.options.answer.as_millis()).unwrap_or(5_000);
        let made = timeout(self.options.answer, controller.create_topic(name, partitions.max(1).into(), self.options.replicas, wait)).await;
        match made {
            Ok(Ok(())) => Ok(true),
            Ok(Err(Error::ServerError { protocol_error: ProtocolError::TopicAlreadyExists, .. })) => Ok(false),
            Ok(Err(err @ Error::ServerError { protocol_error, .. })) if is_fatal(protocol_error) => Err(BrokerError::Fatal(err.to_string())),
            Ok(Err(err)) => {
                self.drop_client(&client, &err.to_string());
                Err(BrokerError::Unavailable(err.to_string()))
            }
            Err(_) => {
                self.drop_client(&client, "no answer in time");
                Err(BrokerError::Unavailable("the topic was not made in time".into()))
            }
        }
    }

    /// Stores messages of one partition in their order, each with its outcome: its offset, or why not.
    pub async fn produce(&self, topic: &Topic, part: i32, messages: &[&Outgoing], at: i64) -> Vec<Result<i64, PublishError>> {
        let mut outcomes = Vec::with_capacity(messages.len());
        for chunk in chunks(messages) {
            if matches!(outcomes.last(), Some(Err(PublishError::Unknown(_)))) {
                // What comes after something that is not certain would overtake its repetition.
                outcomes.extend(chunk.iter().map(|_| Err(PublishError::Unknown("an earlier message was not confirmed".into()))));
                continue;
            }
            match self.produce_chunk(topic, part, chunk, at).await {
                Ok(offsets) => outcomes.extend(offsets.into_iter().map(Ok)),
                Err(err) => outcomes.extend(chunk.iter().map(|_| Err(err.clone()))),
            }
        }
        outcomes
    }

    async fn produce_chunk(&self, topic: &Topic, part: i32, chunk: &[&Outgoing], at: i64) -> Result<Vec<i64>, PublishError> {
        let records = chunk.iter().map(|message| record(message, at)).collect();
        let work = async { topic.part(part).await?.produce(records, compression(chunk)).await };
        match timeout(self.options.confirm, work).await {
            Ok(Ok(offsets)) if offsets.len() == chunk.len() => {
                self.state().confirmed = Some(Instant::now());
                topic.is_well(part);
                topic.note_last(part, &offsets);
                Ok(offsets)
            }
            Ok(Ok(_)) => Err(PublishError::Unknown("not every message was confirmed".into())),
            Ok(Err(err)) => Err(self.refusal(topic, part, &err)),
            Err(_) => {
                self.failed(topic, part, "no confirm in time");
                Err(PublishError::Unknown("no confirm in time".into()))
            }
        }
    }

    fn refusal(&self, topic: &Topic, part: i32, err: &Error) -> PublishError {
        if let Error::ServerError { protocol_error, .. } = err {
            match protocol_error {
                ProtocolError::UnknownTopicOrPartition => {
                    self.forget_topic(&topic.name);
                    return PublishError::Rejected(err.to_string());
                }
                ProtocolError::MessageTooLarge | ProtocolError::RecordListTooLarge | ProtocolError::InvalidTopicException => {
                    return PublishError::Rejected(err.to_string());
                }
                fatal if is_fatal(*fatal) => return PublishError::Fatal(err.to_string()),
                _ => {}
            }
        }
        self.failed(topic, part, &err.to_string());
        PublishError::Unknown(err.to_string())
    }

    /// Where the partition begins and ends.
    pub async fn bounds(&self, topic: &Topic, part: i32) -> Result<(i64, i64), BrokerError> {
        let work = async {
            let client = topic.part(part).await?;
            let first = client.get_offset(OffsetAt::Earliest).await?;
            let told = client.get_offset(OffsetAt::Latest).await?;
            if told <= first {
                return Ok::<_, Error>((first, told));
            }
            if let Some(end) = topic.end_of_ours(part, told) {
                return Ok((first, end));
            }
            // Some servers (tansu 0.6) tell the first message of the last batch: look into it.
            let (records, _) = client.fetch_records(told - 1, 1..READ_BYTES, SOON).await?;
            let end = records.iter().map(|record| record.offset + 1).max().unwrap_or(told).max(told);
            Ok((first, end))
        };
        self.answer(topic, part, work).await
    }

    /// When the message at an offset, or the next one after it, was published.
    pub async fn published_at(&self, topic: &Topic, part: i32, offset: i64) -> Result<Option<i64>, BrokerError> {
        let work = async {
            let (records, _) = topic.part(part).await?.fetch_records(offset, 1..2, SOON).await?;
            Ok(records.first().map(|record| record.record.timestamp.timestamp_millis()))
        };
        self.answer(topic, part, work).await
    }

    async fn answer<T>(&self, topic: &Topic, part: i32, work: impl Future<Output = Result<T, Error>>) -> Result<T, BrokerError> {
        match timeout(self.options.answer, work).await {
            Ok(Ok(told)) => {
                topic.is_well(part);
                Ok(told)
            }
            Ok(Err(Error::ServerError { protocol_error: ProtocolError::UnknownTopicOrPartition, .. })) => {
                self.forget_topic(&topic.name);
                Err(BrokerError::NoQueue(topic.name.clone()))
            }
            Ok(Err(err)) => {
                self.failed(topic, part, &err.to_string());
                Err(BrokerError::Unavailable(err.to_string()))
            }
            Err(_) => {
                self.failed(topic, part, "no answer in time");
                Err(BrokerError::Unavailable("no answer in time".into()))
            }
        }
    }
}

fn is_fatal(error: ProtocolError) -> bool {
    matches!(
        error,
        ProtocolError::TopicAuthorizationFailed | ProtocolError::ClusterAuthorizationFailed | ProtocolError::InvalidPartitions | ProtocolError::InvalidTopicException
    )
}

fn record(message: &Outgoing, at: i64) -> Record {
    Record {
        key: Some(message.key.as_bytes().to_vec()),
        value: Some(message.body.to_vec()),
        headers: BTreeMap::from([(ID.to_owned(), message.id.to_string().into_bytes())]),
        timestamp: DateTime::<Utc>::from_timestamp_millis(at).unwrap_or_default(),
    }
}

/// Envelopes are JSON and shrink well: see [`MOST_BYTES`].
fn compression(messages: &[&Outgoing]) -> Compression {
    let bytes: usize = messages.iter().map(|message| message.body.len()).sum();
    if bytes > WORTH_COMPRESSING { Compression::Snappy } else { Compression::NoCompression }
}

/// As many as one request takes.
fn chunks<'a, 'b>(messages: &'a [&'b Outgoing]) -> Vec<&'a [&'b Outgoing]> {
    let (mut chunks, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (place, message) in messages.iter().enumerate() {
        let size = message.key.len() + message.body.len() + OVERHEAD;
        if place > start && bytes + size > MOST_BYTES {
            chunks.push(&messages[start..place]);
            (start, bytes) = (place, 0);
        }
        bytes += size;
    }
    if start < messages.len() {
        chunks.push(&messages[start..]);
    }
    chunks
}
