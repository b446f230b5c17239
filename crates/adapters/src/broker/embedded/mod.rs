//! The embedded broker: queues as tables of the product's own database, on SQLite and on PostgreSQL.
//!
//! A claim hands out messages under a fresh number, the fence: renewing, acknowledging and giving back name it, so that who was
//! taken for dead can do no harm. A heartbeat keeps the leases of a live consumption. Acknowledgements of many handles are
//! committed together. Consumers of the same process are woken at once, those of other nodes by a short poll.

mod acks;
mod consumption;
mod schema;
mod store;

use acks::Acks;
use sockets::broker::{Broker, BrokerError, Capabilities, Consumption, Depth, Health, Ordering, Outgoing, PublishError, Receipt};
use sockets::{Db, Engine, StoreError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use store::Store;
use tokio::sync::Notify;

pub(super) use schema::migrations;

#[derive(Clone, Copy, Debug)]
pub struct EmbeddedOptions {
    /// A holder that was silent for so long is taken for dead. Nodes' clocks may differ by a fraction of it.
    pub lease: Duration,
    /// How soon a message from another node is seen at the latest.
    pub poll: Duration,
    /// Messages of one claim at most.
    pub claim: usize,
}

impl EmbeddedOptions {
    /// On SQLite there is no other node, so that the poll only looks for lapsed leases.
    pub fn of(engine: Engine) -> Self {
        let poll = match engine {
            Engine::Sqlite => Duration::from_secs(1),
            Engine::Postgres => Duration::from_millis(50),
        };
        Self { lease: Duration::from_secs(30), poll, claim: 500 }
    }
}

/// A handle; cheap to clone.
#[derive(Clone)]
pub struct EmbeddedBroker(Arc<Inner>);

struct Inner {
    name: String,
    /// Stands before the name of each queue in the tables.
    prefix: String,
    store: Store,
    options: EmbeddedOptions,
    queues: Mutex<HashMap<String, i64>>,
    bells: Mutex<HashMap<i64, Arc<Notify>>>,
    acks: Acks,
    watch: tokio::sync::OnceCell<()>,
}

const MAX_MESSAGE: usize = 16 * 1024 * 1024;

impl EmbeddedBroker {
    /// Inside a tokio runtime.
    pub fn new(db: Db) -> Self {
        let options = EmbeddedOptions::of(db.engine());
        Self::with(db, options)
    }

    pub fn with(db: Db, options: EmbeddedOptions) -> Self {
        Self::named("embedded", "", db, options)
    }

    pub fn named(name: &str, prefix: &str, db: Db, options: EmbeddedOptions) -> Self {
        let store = Store { db, lease: options.lease };
        let acks = Acks::start(store.clone());
        Self(Arc::new(Inner { name: name.into(), prefix: prefix.into(), store, options, queues: Mutex::default(), bells: Mutex::default(), acks, watch: tokio::sync::OnceCell::new() }))
    }
}

impl Inner {
    fn known(&self, queue: &str) -> Option<i64> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner).get(queue).copied()
    }

    /// The queue's number; asks the table about names that are new to this node.
    async fn number(&self, queue: &str) -> Result<Option<i64>, StoreError> {
        if let Some(number) = self.known(queue) {
            return Ok(Some(number));
        }
        let prefix = self.prefix.as_str();
        let all = self.store.queues().await?.into_iter();
        let all: HashMap<String, i64> = all.filter_map(|(name, number)| Some((name.strip_prefix(prefix)?.to_owned(), number))).collect();
        let number = all.get(queue).copied();
        *self.queues.lock().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(number)
    }

    async fn required(&self, queue: &str) -> Result<i64, BrokerError> {
        self.number(queue).await.map_err(unavailable)?.ok_or_else(|| BrokerError::NoQueue(queue.to_owned()))
    }

    fn bell(&self, queue: i64) -> Arc<Notify> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner).entry(queue).or_default().clone()
    }

    async fn insert(&self, rows: &[(i64, &Outgoing)]) -> Vec<Result<Receipt, PublishError>> {
        match self.store.insert(rows).await {
            Ok(()) => rows.iter().map(|_| Ok(Receipt::default())).collect(),
            // One row that the engine cannot take must not cost the others.
            Err(StoreError::Broken(_) | StoreError::Unreadable(_)) if rows.len() > 1 => {
                let mut outcomes = Vec::with_capacity(rows.len());
                for row in rows {
                    outcomes.push(self.store.insert(std::slice::from_ref(row)).await.map(|()| Receipt::default()).map_err(refusal));
                }
                outcomes
            }
            Err(err) => {
                let refusal = refusal(err);
                rows.iter().map(|_| Err(refusal.clone())).collect()
            }
        }
    }

    /// Looks for messages of other nodes and for lapsed leases, as long as the broker lives.
    fn start_watch(self: &Arc<Self>) {
        let broker: Weak<Self> = Arc::downgrade(self);
        let every = self.options.poll;
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                let Some(broker) = broker.upgrade() else { return };
                if let Err(err) = broker.look_round().await {
                    tracing::warn!(error = ?err, "the embedded broker could not look for waiting messages");
                }
            }
        });
    }

    async fn look_round(&self) -> Result<(), StoreError> {
        self.store.recover().await?;
        for queue in self.store.stirring().await? {
            self.bell(queue).notify_waiters();
        }
        Ok(())
    }
}

fn unavailable(err: StoreError) -> BrokerError {
    BrokerError::Unavailable(err.to_string())
}

/// A full disk is no word about the message: it passes.
fn refusal(err: StoreError) -> PublishError {
    match err {
        StoreError::Broken(_) | StoreError::Unreadable(_) => PublishError::Rejected(err.to_string()),
        _ => PublishError::Unknown(err.to_string()),
    }
}

#[async_trait::async_trait]
impl Broker for EmbeddedBroker {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { ordering: Ordering::PerKey, dedup: false, replay: false, delivery_count: true, max_message: MAX_MESSAGE }
    }

    async fn declare(&self, queue: &str) -> Result<(), BrokerError> {
        if self.0.known(queue).is_some() {
            return Ok(());
        }
        self.0.store.declare(&format!("{}{queue}", self.0.prefix)).await.map_err(unavailable)
    }

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<Receipt, PublishError>> {
        let mut outcomes: Vec<Option<Result<Receipt, PublishError>>> = vec![None; batch.len()];
        let (mut rows, mut places) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
        for (place, message) in batch.iter().enumerate() {
            if message.body.len() > MAX_MESSAGE {
                let why = format!("{} bytes are more than {MAX_MESSAGE}", message.body.len());
                outcomes[place] = Some(Err(PublishError::Rejected(why)));
                continue;
            }
            match self.0.number(&message.queue).await {
                Ok(Some(queue)) => {
                    rows.push((queue, message));
                    places.push(place);
                }
                Ok(None) => outcomes[place] = Some(Err(PublishError::Rejected(format!("there is no queue {:?}", message.queue)))),
                Err(err) => outcomes[place] = Some(Err(refusal(err))),
            }
        }
        if !rows.is_empty() {
            for (place, outcome) in places.iter().zip(self.0.insert(&rows).await) {
                outcomes[*place] = Some(outcome);
            }
            let mut rung: Vec<i64> = rows.iter().map(|(queue, _)| *queue).collect();
            rung.sort_unstable();
            rung.dedup();
            for queue in rung {
                self.0.bell(queue).notify_waiters();
            }
        }
        let silent = || Err(PublishError::Unknown("no answer".into()));
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(silent)).collect()
    }

    async fn consume(&self, queue: &str, credit: usize) -> Result<Box<dyn Consumption>, BrokerError> {
        let number = self.0.required(queue).await?;
        let broker = self.0.clone();
        self.0.watch.get_or_init(|| async move { broker.start_watch() }).await;
        Ok(consumption::open(&self.0, number, credit.max(1)))
    }

    async fn depth(&self, queue: &str) -> Result<Depth, BrokerError> {
        let number = self.0.required(queue).await?;
        self.0.store.depth(number).await.map_err(unavailable)
    }

    async fn health(&self) -> Health {
        match self.0.store.db.probe().await {
            Ok(()) => Health { ok: true, trouble: None },
            Err(err) => Health { ok: false, trouble: Some(err.to_string()) },
        }
    }
}
