//! The Kafka adapter keeps the promises of its port, over two nodes with one database, on whichever engine the run was given.

use adapters::broker::{KafkaBroker, KafkaOptions};
use std::sync::Arc;
use std::time::Duration;
use testkit::TestDb;
use testkit::broker_suite::{House, Tells, a_message_passes, nothing_passes};

async fn house() -> Option<House> {
    let url = testkit::kafka_url()?;
    let test = TestDb::open(&[adapters::broker::migrations]).await;
    let prefix = format!("t{}.", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    let options = KafkaOptions {
        prefix,
        partitions: 3,
        lease: Duration::from_secs(30),
        look: Duration::from_millis(50),
        ..KafkaOptions::new(url)
    };
    let broker = |db: &sockets::Db, options: KafkaOptions| Arc::new(KafkaBroker::open(options, db).expect("an address"));
    let (db, clock) = (test.db.clone(), test.clock.clone());
    Some(House {
        one: broker(&db, options.clone()),
        two: broker(&db, options.clone()),
        again: Box::new(move || broker(&db, options.clone())),
        lapse: Box::new(move || base::ManualClock::advance(&clock, Duration::from_secs(31))),
        tells: Tells { age: true, held_elsewhere: false },
        keep: Box::new(test),
    })
}

testkit::broker_suite!(house);

/// By TLS, with the trust that is given.
async fn by_tls(ca: impl FnOnce(String) -> Option<String>) -> Option<(TestDb, KafkaBroker)> {
    let (url, authority) = testkit::kafka_by_tls()?;
    let test = TestDb::open(&[adapters::broker::migrations]).await;
    let prefix = format!("s{}.", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    let options = KafkaOptions { prefix, partitions: 1, ca: ca(authority), connect: Duration::from_secs(2), ..KafkaOptions::new(url) };
    let broker = KafkaBroker::open(options, &test.db).expect("an address");
    Some((test, broker))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_a_trusted_authority_is_spoken_to_by_tls() {
    let Some((_test, broker)) = by_tls(Some).await else {
        eprintln!("skipped: no Kafka speaks TLS here");
        return;
    };
    a_message_passes(&broker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_authority_nobody_trusts_is_told_nothing() {
    let Some((_test, broker)) = by_tls(|_| None).await else {
        eprintln!("skipped: no Kafka speaks TLS here");
        return;
    };
    nothing_passes(&broker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_there_is_no_connection_is_told() {
    let test = TestDb::open(&[adapters::broker::migrations]).await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let broker = KafkaBroker::open(KafkaOptions::new(nobody.to_string()), &test.db).expect("an address");
    let trouble = sockets::broker::Broker::health(&broker).await.trouble.expect("nobody answers");
    assert!(trouble.contains("refused"), "{trouble}");
}
