//! What a broker brings twice.

use crate::house::{House, Running, a_while, broker, until};
use base::EventId;
use events::sql::{Sql, get};
use events::{Brokers, EVENTS};
use sockets::broker::{Broker, Outgoing};
use std::sync::Arc;
use testkit::TestDb;

const COPIES: &str = "copies";

/// What the relay would carry, as it stands in the outbox.
async fn carried(house: &House) -> Outgoing {
    const ROW: Sql = Sql::same("SELECT event, ordering, body FROM event_outbox ORDER BY id DESC LIMIT 1");
    let row = ROW.one(house.db().read(), vec![]).await.unwrap().expect("it waits");
    let (event, ordering, body): (EventId, String, String) =
        (get::<String>(&row, "event").unwrap().parse().unwrap(), get(&row, "ordering").unwrap(), get(&row, "body").unwrap());
    Outgoing { queue: EVENTS.into(), id: event, key: ordering.into(), body: body.into() }
}

async fn count(broker: &Arc<dyn Broker>, queue: &str) -> u64 {
    broker.depth(queue).await.map_or(0, |depth| depth.messages)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_that_comes_while_the_row_is_still_to_be_removed_goes_out_once() {
    const NO_RELAY: Sql = Sql::same("INSERT INTO event_leases (name, holder, fence, leased_until) VALUES ('relay', 'nobody', 1, $1)");
    const LOCK: Sql = Sql::per_engine("SELECT 1 AS one", "SELECT id FROM event_outbox FOR UPDATE");
    let house = House::open().await;
    let (outside, inside) = (TestDb::open(&[adapters::broker::migrations]).await, TestDb::open(&[adapters::broker::migrations]).await);
    let (events, data) = (broker(&outside.db), broker(&inside.db));
    let pipeline = || house.pipeline("a").brokers(Brokers::new(events.clone(), events.clone(), data.clone()));
    let tx = house.db().begin().await.unwrap();
    NO_RELAY.run(&tx.conn(), vec![(tx.now().millis() + 20_000).into()]).await.unwrap();
    tx.commit().await.unwrap();
    pipeline().subscriptions().add("Test.*", COPIES, None, None).await.unwrap();
    let running = Running::start(pipeline());
    until("the event queue is there", || async { events.depth(EVENTS).await.is_ok() }).await;

    house.say("k", 0).await;
    let message = carried(&house).await;
    let pen = house.db().begin().await.unwrap();
    LOCK.all(&pen.conn(), vec![]).await.unwrap();
    for n in 0..3 {
        // As the relay packs it together with events of other keys, one of which orders the message.
        let packed = Outgoing { id: EventId(uuid::Uuid::new_v4()), key: format!("1/other-{n}").into(), ..message.clone() };
        events.publish(vec![packed]).await.pop().unwrap().unwrap();
        until("it is passed on", || async { count(&data, COPIES).await > 0 }).await;
        a_while().await;
        assert_eq!(count(&data, COPIES).await, 1);
    }
    drop(pen);
    until("nothing waits", || async { count(&events, EVENTS).await == 0 && events::outbox_depth(house.db()).await.unwrap().0 == 0 }).await;
    assert_eq!(count(&data, COPIES).await, 1);
    running.end().await;
}
