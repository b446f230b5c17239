//! The embedded broker keeps the promises of its port, on whichever engine the run was given.

use adapters::broker::{EmbeddedBroker, EmbeddedOptions};
use std::sync::Arc;
use std::time::Duration;
use testkit::TestDb;
use testkit::broker_suite::{House, Tells};

async fn house() -> Option<House> {
    let test = TestDb::open(&[adapters::broker::migrations]).await;
    let options = EmbeddedOptions { lease: Duration::from_secs(30), poll: Duration::from_millis(20), claim: 500 };
    let broker = move |db: &sockets::Db| Arc::new(EmbeddedBroker::with(db.clone(), options));
    let (clock, db) = (test.clock.clone(), test.db.clone());
    Some(House {
        one: broker(&test.db),
        two: broker(&test.db),
        again: Box::new(move || broker(&db)),
        lapse: Box::new(move || base::ManualClock::advance(&clock, Duration::from_secs(31))),
        tells: Tells::default(),
        keep: Box::new(test),
    })
}

testkit::broker_suite!(house);
