//! The embedded broker keeps the promises of its port, on whichever engine the run was given.

use adapters::broker::{EmbeddedBroker, EmbeddedOptions};
use std::sync::Arc;
use std::time::Duration;
use testkit::TestDb;
use testkit::broker_suite::House;

async fn house() -> House {
    let test = TestDb::open(&[adapters::broker::migrations]).await;
    let options = EmbeddedOptions { lease: Duration::from_secs(30), poll: Duration::from_millis(20), claim: 500 };
    let broker = |db: &sockets::Db| Arc::new(EmbeddedBroker::with(db.clone(), options));
    let clock = test.clock.clone();
    House {
        one: broker(&test.db),
        two: broker(&test.db),
        lapse: Box::new(move || base::ManualClock::advance(&clock, Duration::from_secs(31))),
        keep: Box::new(test),
    }
}

testkit::broker_suite!(house);
