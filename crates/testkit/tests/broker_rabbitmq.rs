//! The RabbitMQ adapter keeps the promises of its port, over two nodes, one of which can be cut off.

use adapters::broker::{RabbitBroker, RabbitOptions};
use std::sync::Arc;
use std::time::Duration;
use testkit::TestDb;
use testkit::broker_suite::{House, Tells, a_message_passes, nothing_passes};
use testkit::proxy::Proxy;

fn server_of(url: &str) -> (&str, &str, &str) {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (server, path) = rest.split_once('/').unwrap_or((rest, ""));
    let at = server.rfind('@').map_or(0, |at| at + 1);
    (&url[..scheme.len() + 3 + at], &server[at..], path)
}

async fn house() -> Option<House> {
    let url = testkit::rabbitmq_url()?;
    let test = TestDb::open(&[adapters::broker::migrations]).await;
    let (front, server, path) = server_of(&url);
    let wire = Arc::new(Proxy::to(server).await);
    let through = format!("{front}{}/{path}", wire.address());
    let prefix = format!("t{}.", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    let options = RabbitOptions { prefix, ..RabbitOptions::new(&url) };
    let broker = |db: &sockets::Db, options: RabbitOptions| Arc::new(RabbitBroker::open(options, db).expect("an address"));
    let db = test.db.clone();
    Some(House {
        one: broker(&db, RabbitOptions { url: through, ..options.clone() }),
        two: broker(&db, options.clone()),
        again: Box::new(move || broker(&db, options.clone())),
        lapse: {
            let wire = wire.clone();
            Box::new(move || wire.cut())
        },
        tells: Tells { age: false, held_elsewhere: false },
        keep: Box::new((test, wire)),
    })
}

testkit::broker_suite!(house);

/// A queue of the test's own, by TLS.
async fn by_tls(ca: impl FnOnce(String) -> Option<String>) -> Option<(TestDb, RabbitBroker)> {
    let (url, authority) = testkit::rabbitmq_by_tls()?;
    let test = TestDb::open(&[adapters::broker::migrations]).await;
    let prefix = format!("s{}.", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    let options = RabbitOptions { prefix, ca: ca(authority), answer: Duration::from_secs(3), ..RabbitOptions::new(url) };
    let broker = RabbitBroker::open(options, &test.db).expect("an address");
    Some((test, broker))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_shows_a_certificate_of_a_trusted_authority_is_spoken_to_by_tls() {
    let Some((_test, broker)) = by_tls(Some).await else {
        eprintln!("skipped: no RabbitMQ speaks TLS here");
        return;
    };
    a_message_passes(&broker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_authority_nobody_trusts_is_told_nothing() {
    let Some((_test, broker)) = by_tls(|_| None).await else {
        eprintln!("skipped: no RabbitMQ speaks TLS here");
        return;
    };
    nothing_passes(&broker).await;
}
