//! A test's whole house: a fresh database, a clock that the test moves, and the contract suites of the ports.
//!
//! `SWITCHBOARD_TEST_POSTGRES` (a URL with the right to create databases) and `SWITCHBOARD_TEST_REDIS` turn every test that asks
//! for [`TestDb`] or [`redis_url`] to the scaled parts; without them all runs on the embedded ones. `SWITCHBOARD_TEST_RABBITMQ` and
//! `SWITCHBOARD_TEST_KAFKA` are the brokers for the tests of their adapters, which have nothing to prove without them.

pub mod blob_suite;
pub mod broker_suite;
mod db;
pub mod faulty;
pub mod live_suite;
pub mod kafka_server;
mod mailbox;
pub mod proxy;

pub use db::{NoNews, TestDb, fresh_postgres};
pub use mailbox::Mailbox;

/// The Redis to test against, if one was given.
pub fn redis_url() -> Option<String> {
    std::env::var("SWITCHBOARD_TEST_REDIS").ok()
}

/// The RabbitMQ to test against, if one was given.
pub fn rabbitmq_url() -> Option<String> {
    std::env::var("SWITCHBOARD_TEST_RABBITMQ").ok()
}

/// The same by TLS, and the authority (PEM) that vouches for it, if one was given.
pub fn rabbitmq_by_tls() -> Option<(String, String)> {
    by_tls("SWITCHBOARD_TEST_RABBITMQ_TLS")
}

/// A Kafka that speaks TLS, and the authority (PEM) that vouches for it, if one was given.
pub fn kafka_by_tls() -> Option<(String, String)> {
    by_tls("SWITCHBOARD_TEST_KAFKA_TLS")
}

fn by_tls(variable: &str) -> Option<(String, String)> {
    let url = std::env::var(variable).ok().filter(|url| !url.is_empty())?;
    let authority = std::env::var(format!("{variable}_CA")).ok()?;
    Some((url, std::fs::read_to_string(authority).expect("the authority's certificate")))
}

/// The Kafka to test against, if one was given.
pub fn kafka_url() -> Option<String> {
    std::env::var("SWITCHBOARD_TEST_KAFKA").ok()
}

/// A time that tests start from: 2026-11-21T12:00:00Z, a Saturday.
pub const NOON: base::Timestamp = base::Timestamp::from_millis(1_795_262_400_000);
