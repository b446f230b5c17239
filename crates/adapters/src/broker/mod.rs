//! What carries events, chosen by the configuration: [`open`] answers with the broker of one role (main, remote or data).
//!
//! Three kinds: tables of a database (`embedded`), RabbitMQ and Kafka. [`open`] never waits for a server: a broker that is away
//! at the start answers `Unavailable` and `Unknown` until it is back, so that the relay can go to the remote one. Whoever opens
//! several brokers gives each a `name` (for the console and the logs); two of the same kind and address need different prefixes.

mod desk;
mod embedded;
mod kafka;
mod rabbitmq;

pub use embedded::{EmbeddedBroker, EmbeddedOptions};
pub use kafka::{KafkaBroker, KafkaOptions};
pub use rabbitmq::{RabbitBroker, RabbitOptions};

use serde::Deserialize;
use sockets::Db;
use sockets::broker::{Broker, BrokerError};
use std::path::PathBuf;
use std::sync::Arc;

/// Tables of the embedded broker, and of those that keep their place in a queue in the database.
pub fn migrations() -> Vec<Box<dyn sea_orm_migration::MigrationTrait>> {
    let mut all = embedded::migrations();
    all.extend(kafka::migrations());
    all
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BrokerKind {
    #[default]
    Embedded,
    Rabbitmq,
    Kafka,
}

impl BrokerKind {
    /// As the configuration spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Rabbitmq => "rabbitmq",
            Self::Kafka => "kafka",
        }
    }
}

/// How to reach one broker.
#[derive(Clone, Debug)]
pub struct BrokerConfig {
    /// What logs and the console call it.
    pub name: String,
    pub kind: BrokerKind,
    /// `amqp://user:word@host:5672/vhost` or `amqps://…`; `host:9092,host:9092`, `kafka://…` or `kafkas://user:word@…` (TLS, SASL
    /// PLAIN; `?sasl=scram-sha-512` behind the servers for SCRAM). The embedded broker lives in the product's own database and has none.
    pub url: Option<String>,
    /// Stands before the name of each queue, so that installations may share a broker.
    pub prefix: String,
    /// Certificates (PEM) to trust besides those of the web.
    pub ca_file: Option<PathBuf>,
    /// Of a new Kafka topic. The number of an existing one is never changed: keys would move.
    pub partitions: u16,
}

impl BrokerConfig {
    pub fn new(kind: BrokerKind, url: Option<String>) -> Self {
        Self { name: kind.as_str().into(), kind, url, prefix: String::new(), ca_file: None, partitions: 8 }
    }
}

impl BrokerConfig {
    fn url(&self) -> Result<&str, BrokerError> {
        let missing = || BrokerError::Fatal(format!("the {} broker {:?} has no url", self.kind.as_str(), self.name));
        self.url.as_deref().filter(|url| !url.is_empty()).ok_or_else(missing)
    }

    fn ca(&self) -> Result<Option<String>, BrokerError> {
        let Some(file) = &self.ca_file else { return Ok(None) };
        let unread = |err| BrokerError::Fatal(format!("the certificates in {} cannot be read: {err}", file.display()));
        std::fs::read_to_string(file).map(Some).map_err(unread)
    }
}

/// The broker that the configuration asks for, inside a tokio runtime. Does not wait for its server.
///
/// # Errors
/// When it can never work as it is configured.
pub fn open(config: &BrokerConfig, db: &Db) -> Result<Arc<dyn Broker>, BrokerError> {
    let (name, prefix) = (config.name.clone(), config.prefix.clone());
    Ok(match config.kind {
        BrokerKind::Embedded => Arc::new(EmbeddedBroker::named(&name, &prefix, db.clone(), EmbeddedOptions::of(db.engine()))),
        BrokerKind::Rabbitmq => {
            Arc::new(RabbitBroker::open(RabbitOptions { name, prefix, ca: config.ca()?, ..RabbitOptions::new(config.url()?) }, db)?)
        }
        BrokerKind::Kafka => {
            let options = KafkaOptions { name, prefix, ca: config.ca()?, partitions: config.partitions, ..KafkaOptions::new(config.url()?) };
            Arc::new(KafkaBroker::open(options, db)?)
        }
    })
}
