//! Which broker fills which role, by the configuration alone.

use crate::config::{BrokerAddress, Config, NoNews};
use adapters::broker::{BrokerConfig, BrokerKind};
use anyhow::Context;
use events::Brokers;
use sockets::broker::Broker;
use sockets::{Db, DbOptions};
use std::sync::Arc;

/// Two roles with one address share one broker. A broker that is away at the start is waited for; one that can never work as it is
/// configured is refused.
pub async fn open(config: &Config, db: &Db) -> anyhow::Result<Brokers> {
    let roles = [("main", &config.brokers.main), ("remote", &config.brokers.remote), ("data", &config.brokers.data)];
    let mut opened: Vec<(&str, Arc<dyn Broker>)> = Vec::new();
    for (role, address) in roles {
        let known = opened.iter().find(|(known, _)| *known == address.reveal()).map(|(_, broker)| broker.clone());
        let broker = match known {
            Some(broker) => broker,
            None => open_one(config, role, address, db).await.with_context(|| format!("the {role} broker (brokers.{role}) cannot be opened"))?,
        };
        opened.push((address.reveal(), broker));
    }
    let brokers: Vec<Arc<dyn Broker>> = opened.into_iter().map(|(_, broker)| broker).collect();
    let [main, remote, data] = <[Arc<dyn Broker>; 3]>::try_from(brokers).unwrap_or_else(|_| unreachable!("three roles, three brokers"));
    Ok(Brokers::new(main, remote, data))
}

pub(crate) async fn open_one(config: &Config, role: &str, address: &BrokerAddress, db: &Db) -> anyhow::Result<Arc<dyn Broker>> {
    let url = address.reveal();
    let kind = match url.split(':').next().unwrap_or_default() {
        "amqp" | "amqps" => BrokerKind::Rabbitmq,
        "kafka" | "kafkas" => BrokerKind::Kafka,
        _ => BrokerKind::Embedded,
    };
    let given = &config.brokers;
    let settings = BrokerConfig {
        name: if kind == BrokerKind::Embedded && address.is_embedded() { "embedded".to_owned() } else { format!("{} ({role})", kind.as_str()) },
        kind,
        url: (kind != BrokerKind::Embedded).then(|| url.to_owned()),
        prefix: given.prefix.clone(),
        ca_file: given.ca_file.clone(),
        partitions: given.kafka_partitions,
    };
    if kind == BrokerKind::Embedded && !address.is_embedded() {
        let options = DbOptions { connections: config.database.connections, ..DbOptions::new(url) };
        let elsewhere = Db::open(&options, Arc::new(NoNews), db.clock().clone(), db.minter().clone(), config.node_name()).await?;
        elsewhere.migrate(&[adapters::broker::migrations]).await.context("its tables could not be made")?;
        return Ok(adapters::broker::open(&settings, &elsewhere)?);
    }
    Ok(adapters::broker::open(&settings, db)?)
}
