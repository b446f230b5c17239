use crate::history::{Q, a_silence_is_found_and_passes, again_until_confirmed, check, message, nothing_is_confirmed, published_under};
use crate::told;
use adapters::broker::{KafkaBroker, KafkaOptions};
use sockets::broker::{Broker, BrokerError, PublishError};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use testkit::TestDb;
use testkit::kafka_server::KafkaServer;
use testkit::proxy::{Proxy, Wire};
use tokio::time::{Instant, sleep, timeout};

const RESTART: &str = "SWITCHBOARD_TEST_KAFKA_RESTART";

fn options(url: &str) -> KafkaOptions {
    let prefix = format!("f{}.", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    KafkaOptions { prefix, partitions: 3, look: Duration::from_millis(50), ..KafkaOptions::new(url) }
}

async fn published(broker: &Arc<dyn Broker>, numbers: std::ops::Range<u64>) {
    for outcome in broker.publish(numbers.map(|n| message(0, n)).collect()).await {
        outcome.expect("stored");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_at_the_start_answers_at_once_and_is_found_later() {
    let Some(url) = testkit::kafka_url() else { return };
    let test = TestDb::open(&[adapters::broker::migrations]).await;
    let wire = Proxy::to(&url).await;
    wire.set(Wire::Closed);
    let broker: Arc<dyn Broker> = Arc::new(KafkaBroker::open(options(&wire.address().to_string()), &test.db).expect("an address"));
    let began = Instant::now();
    for n in 0..5 {
        assert!(matches!(broker.publish(vec![message(0, n)]).await[..], [Err(PublishError::Unknown(_))]));
    }
    assert!(!broker.health().await.ok);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    wire.set(Wire::Open);
    let until = Instant::now() + Duration::from_secs(20);
    while broker.declare(Q).await.is_err() {
        assert!(Instant::now() < until, "it was not found");
        sleep(Duration::from_millis(100)).await;
    }
    published(&broker, 0..5).await;
    check(&broker, &HashMap::from([(0, 5)])).await;
}

/// The server of the tests keeps its topics in memory, so that a restart is the loss of all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_that_vanish_begin_anew_when_they_are_declared_and_are_read_from_their_start() {
    let Some(url) = testkit::kafka_url() else { return };
    if std::env::var(RESTART).is_err() {
        return;
    }
    let test = TestDb::open(&[adapters::broker::migrations]).await;
    let broker: Arc<dyn Broker> = Arc::new(KafkaBroker::open(options(&url), &test.db).expect("an address"));
    broker.declare(Q).await.expect("declared");
    published(&broker, 0..30).await;
    check(&broker, &HashMap::from([(0, 30)])).await;
    let mut queue = broker.consume(Q, 10).await.expect("consumes");
    assert!(told(RESTART, "").await);
    let until = Instant::now() + Duration::from_secs(20);
    while broker.declare(Q).await.is_err() || broker.publish((0..5).map(|n| message(0, n)).collect()).await.iter().any(Result::is_err) {
        assert!(Instant::now() < until, "it was not found again");
        sleep(Duration::from_millis(100)).await;
    }
    let mut seen = HashSet::new();
    while seen.len() < 5 {
        match timeout(Duration::from_secs(20), queue.next()).await.expect("consuming came back") {
            Ok(batch) => {
                for delivery in &batch {
                    seen.insert(delivery.body.clone());
                    // Stale when the partition is begun anew under it; then it comes again.
                    let _told = delivery.handle.ack().await;
                }
            }
            Err(err) => assert!(matches!(err, BrokerError::NoQueue(_)), "{err}"),
        }
    }
}

/// A server behind a wire, and a node that uses it.
struct Wired {
    server: KafkaServer,
    broker: Arc<dyn Broker>,
    _test: TestDb,
}

async fn wired() -> Option<Wired> {
    let server = KafkaServer::start().await?;
    let test = TestDb::open(&[adapters::broker::migrations]).await;
    let options = KafkaOptions { confirm: Duration::from_secs(2), answer: Duration::from_secs(2), ..options(&server.wire.address().to_string()) };
    let broker: Arc<dyn Broker> = Arc::new(KafkaBroker::open(options, &test.db).expect("an address"));
    // A server listens before it answers.
    let answers = async {
        while !broker.health().await.ok {
            sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), answers).await.expect("the server answers");
    Some(Wired { server, broker, _test: test })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wire_that_is_cut_a_hundred_times_loses_nothing_that_was_confirmed() {
    let Some(Wired { server, broker, _test }) = wired().await else { return };
    // The client repeats a request by itself, so that things come twice of which nobody was uncertain.
    published_under(broker.clone(), || broker, async {
        for _ in 0..100 {
            sleep(Duration::from_millis(150)).await;
            server.wire.cut();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confirms_that_get_lost_are_unknown_and_what_is_sent_again_is_there() {
    let Some(Wired { server, broker, _test }) = wired().await else { return };
    broker.declare(Q).await.expect("declared");
    again_until_confirmed(&broker, 0..4, Duration::from_secs(5)).await;
    server.wire.set(Wire::Deaf);
    nothing_is_confirmed(&broker, 4..14).await;
    server.wire.set(Wire::Open);
    server.wire.cut();
    again_until_confirmed(&broker, 4..14, Duration::from_secs(20)).await;
    let doubled = check(&broker, &HashMap::from([(0, 14)])).await;
    assert!(doubled >= 1, "what was sent again is there twice, under the same ids");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wire_that_goes_still_is_found_and_consuming_comes_back() {
    let Some(Wired { server, broker, _test }) = wired().await else { return };
    a_silence_is_found_and_passes(&broker, &server.wire, Duration::ZERO).await;
}
