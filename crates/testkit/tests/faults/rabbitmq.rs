use crate::history::{self, Q, a_silence_is_found_and_passes, again_until_confirmed, check, message, nothing_is_confirmed};
use crate::told;
use adapters::broker::{RabbitBroker, RabbitOptions};
use sockets::broker::{Broker, PublishError};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use testkit::TestDb;
use testkit::proxy::{Proxy, Wire};
use tokio::time::{Instant, sleep, timeout};

const CTL: &str = "SWITCHBOARD_TEST_RABBITMQ_CTL";
const RESTART: &str = "SWITCHBOARD_TEST_RABBITMQ_RESTART";

struct House {
    test: TestDb,
    options: RabbitOptions,
    /// In front of the server.
    wire: Proxy,
    /// The address through the wire.
    through: String,
}

async fn house() -> Option<House> {
    let url = testkit::rabbitmq_url()?;
    let test = TestDb::open(&[adapters::broker::migrations]).await;
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (server, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (who, server) = server.rsplit_once('@').map_or(("", server), |(who, server)| (who, server));
    let wire = Proxy::to(server).await;
    let at = if who.is_empty() { "" } else { "@" };
    let through = format!("{scheme}://{who}{at}{}/{path}", wire.address());
    let prefix = format!("f{}.", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    Some(House { test, options: RabbitOptions { prefix, ..RabbitOptions::new(url) }, wire, through })
}

impl House {
    fn broker(&self) -> Arc<dyn Broker> {
        self.open(self.options.clone())
    }

    fn through_the_wire(&self) -> Arc<dyn Broker> {
        self.open(RabbitOptions { url: self.through.clone(), confirm: Duration::from_secs(2), ..self.options.clone() })
    }

    fn open(&self, options: RabbitOptions) -> Arc<dyn Broker> {
        Arc::new(RabbitBroker::open(options, &self.test.db).expect("an address"))
    }
}

/// As [`history::published_under`]; besides, only what was uncertain may come twice.
async fn published_under(broker: Arc<dyn Broker>, reader: impl FnOnce() -> Arc<dyn Broker>, trouble: impl Future<Output = ()>) {
    let (history, doubled) = history::published_under(broker, reader, trouble).await;
    let unknown = history.unknown.load(Ordering::SeqCst);
    assert!(doubled <= unknown, "{doubled} came twice, and only {unknown} were uncertain");
}

/// Closes every connection a hundred times, in the server itself: a command for each would take longer than the pauses.
const CLOSE_A_HUNDRED_TIMES: &str = "eval 'lists:foreach(fun(_) -> \
    [catch rabbit_networking:close_connection(Pid, \"round\") || Pid <- rabbit_networking:local_connections()], timer:sleep(150) \
    end, lists:seq(1, 100)).'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_the_broker_closes_a_hundred_times_lose_nothing_that_was_confirmed() {
    let Some(house) = house().await else { return };
    published_under(house.broker(), || house.broker(), async {
        told(CTL, CLOSE_A_HUNDRED_TIMES).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wire_that_is_cut_fifty_times_loses_nothing_that_was_confirmed() {
    let Some(house) = house().await else { return };
    published_under(house.through_the_wire(), || house.broker(), async {
        for _ in 0..50 {
            sleep(Duration::from_millis(150)).await;
            house.wire.cut();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confirms_that_get_lost_are_unknown_and_what_is_sent_again_is_there() {
    let Some(house) = house().await else { return };
    let broker = house.through_the_wire();
    broker.declare(Q).await.expect("declared");
    // The publisher takes its channels by turns; each is open by then, as opening one needs an answer.
    for n in 0..4 {
        broker.publish(vec![message(0, n)]).await.pop().expect("an outcome").expect("stored");
    }
    house.wire.set(Wire::Deaf);
    nothing_is_confirmed(&broker, 4..14).await;
    // The server has them all; only its word was lost.
    let stored = house.broker().depth(Q).await.expect("the server answers").messages;
    assert_eq!(stored, 14, "stored although nothing was confirmed");
    house.wire.set(Wire::Open);
    house.wire.cut();
    again_until_confirmed(&broker, 4..14, Duration::from_secs(20)).await;
    let doubled = check(&house.broker(), &HashMap::from([(0, 14)])).await;
    assert!(doubled >= 1, "what was sent again is there twice, under the same ids");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wire_that_goes_still_is_found_within_fifteen_seconds() {
    let Some(house) = house().await else { return };
    let broker = house.through_the_wire();
    a_silence_is_found_and_passes(&broker, &house.wire, Duration::from_secs(15)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_memory_alarm_is_an_error_and_not_a_hang_and_passes() {
    let Some(house) = house().await else { return };
    let broker = house.broker();
    broker.declare(Q).await.expect("declared");
    again_until_confirmed(&broker, 0..10, Duration::from_secs(5)).await;
    let mut queue = broker.consume(Q, 5).await.expect("consumes");
    let held = timeout(Duration::from_secs(10), queue.next()).await.expect("in time").expect("delivered");
    if !told(CTL, "set_vm_memory_high_watermark 0.0000001").await {
        return;
    }
    let mut refused = 0;
    let until = Instant::now() + Duration::from_secs(30);
    while refused < 5 {
        assert!(Instant::now() < until, "the alarm was not felt");
        let began = Instant::now();
        let outcome = broker.publish(vec![message(0, 10)]).await.pop().expect("an outcome");
        assert!(began.elapsed() < Duration::from_secs(7), "a publisher hung for {:?}", began.elapsed());
        if let Err(err) = outcome {
            assert!(matches!(err, PublishError::Unknown(_)), "{err:?}");
            refused += 1;
        } else {
            sleep(Duration::from_millis(200)).await;
        }
    }
    sleep(Duration::from_secs(6)).await;
    assert!(!broker.health().await.ok, "a broker that takes nothing is not well");
    let acks = timeout(Duration::from_secs(10), futures_util::future::join_all(held.iter().map(|delivery| delivery.handle.ack()))).await;
    acks.expect("acknowledging goes on").into_iter().for_each(|ack| ack.expect("acknowledged"));
    assert!(told(CTL, "set_vm_memory_high_watermark 0.6").await);
    again_until_confirmed(&broker, 11..12, Duration::from_secs(20)).await;
    assert!(broker.health().await.ok);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_killed_and_started_again_has_everything_that_was_confirmed() {
    let Some(house) = house().await else { return };
    if std::env::var(RESTART).is_err() {
        return;
    }
    published_under(house.broker(), || house.broker(), async {
        sleep(Duration::from_secs(1)).await;
        assert!(told(RESTART, "").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_vanishes_refuses_and_is_there_again_when_declared() {
    let Some(house) = house().await else { return };
    let broker = house.broker();
    broker.declare(Q).await.expect("declared");
    let mut queue = broker.consume(Q, 10).await.expect("consumes");
    if !told(CTL, &format!("delete_queue {}{Q}", house.options.prefix)).await {
        return;
    }
    let outcome = broker.publish(vec![message(0, 0)]).await.pop().expect("an outcome");
    assert!(matches!(outcome, Err(PublishError::Rejected(_))), "{outcome:?}");
    timeout(Duration::from_secs(20), queue.next()).await.expect("it is told").err().expect("there is no queue");
    broker.declare(Q).await.expect("declared again");
    again_until_confirmed(&broker, 0..1, Duration::from_secs(5)).await;
    loop {
        match timeout(Duration::from_secs(20), queue.next()).await.expect("consuming came back") {
            Ok(batch) => return assert_eq!(&batch[0].body[..], b"0"),
            Err(err) => eprintln!("still {err}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_away_at_the_start_answers_at_once_and_is_found_later() {
    let Some(house) = house().await else { return };
    house.wire.set(Wire::Closed);
    let broker = house.through_the_wire();
    let began = Instant::now();
    assert!(broker.declare(Q).await.is_err());
    for n in 0..5 {
        assert!(matches!(broker.publish(vec![message(0, n)]).await[..], [Err(PublishError::Unknown(_))]));
    }
    assert!(!broker.health().await.ok);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    house.wire.set(Wire::Open);
    let until = Instant::now() + Duration::from_secs(40);
    while broker.declare(Q).await.is_err() {
        assert!(Instant::now() < until, "it was not found");
        sleep(Duration::from_millis(100)).await;
    }
    again_until_confirmed(&broker, 0..5, Duration::from_secs(5)).await;
    check(&broker, &HashMap::from([(0, 5)])).await;
}
