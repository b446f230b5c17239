//! Those who hear of events: each with a queue of its own, retries, dead letters.
//!
//! An event is handled at least once. Who must not do it twice even across a crash puts [`Inbox::first`] into the transaction of the
//! effect; everybody else is spared the usual doubles by the runner, which notes what was done.

mod inbox;
mod parked;
mod places;
mod retrying;
mod runner;

pub use inbox::Inbox;
pub(crate) use parked::{Parked, ParkedWatch, next_due};
pub(crate) use runner::Runner;

use crate::retry::Retries;
use serde::de::DeserializeOwned;
use sockets::{Envelope, Event};
use std::sync::Arc;
use std::time::Duration;

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Again later: after this time, or after the usual one. Says why.
    Retry(String, Option<Duration>),
    /// Never again; to the dead letters. Says why.
    GiveUp(String),
}

impl Outcome {
    pub fn retry(why: impl ToString) -> Self {
        Self::Retry(why.to_string(), None)
    }

    pub fn give_up(why: impl ToString) -> Self {
        Self::GiveUp(why.to_string())
    }

    /// By the kind of a fault: what may pass by itself is tried again, the rest is given up.
    pub fn of<E: base::Fault>(result: Result<(), E>) -> Self {
        use base::Kind::{Full, TooMany, Unavailable};
        match result {
            Ok(()) => Self::Done,
            Err(err) if matches!(err.kind(), Unavailable | Full | TooMany) => Self::retry(chain(&err)),
            Err(err) => Self::GiveUp(chain(&err)),
        }
    }
}

fn chain(err: &dyn std::error::Error) -> String {
    let mut words = err.to_string();
    let mut next = err.source();
    while let Some(cause) = next {
        words = format!("{words}: {cause}");
        next = cause.source();
    }
    words
}

/// Hears one kind of event. Handling twice must do no harm.
#[async_trait::async_trait]
pub trait Consumer: Send + Sync + 'static {
    /// Its name, which is also the name of its queue (`Chat.Ended.Salesforce`).
    const NAME: &'static str;

    type Event: Event + DeserializeOwned;

    async fn handle(&self, event: &Self::Event, envelope: &Envelope) -> Outcome;
}

/// Hears events as they travel, whatever their kind.
#[async_trait::async_trait]
pub trait Hears: Send + Sync + 'static {
    async fn hear(&self, envelope: &Envelope) -> Outcome;
}

struct Typed<C>(C);

#[async_trait::async_trait]
impl<C: Consumer> Hears for Typed<C> {
    async fn hear(&self, envelope: &Envelope) -> Outcome {
        match crate::catalog::read::<C::Event>(&envelope.payload) {
            Ok(event) => self.0.handle(&event, envelope).await,
            Err(err) => Outcome::GiveUp(format!("the payload is no {}: {err}", C::Event::NAME)),
        }
    }
}

/// A consumer in the pipeline's list: which queue it empties, what that queue is subscribed to by default, and how it works.
#[derive(Clone)]
pub struct Listener {
    pub(crate) queue: String,
    pub(crate) pattern: String,
    pub(crate) hears: Arc<dyn Hears>,
    pub(crate) concurrency: usize,
    pub(crate) retries: Retries,
    pub(crate) patience: Duration,
}

impl Listener {
    pub fn of<C: Consumer>(consumer: C) -> Self {
        Self::new(C::NAME, C::Event::NAME, Arc::new(Typed(consumer)))
    }

    /// `pattern` is a name, `Chat.*` or `*`.
    pub fn new(queue: impl Into<String>, pattern: impl Into<String>, hears: Arc<dyn Hears>) -> Self {
        Self {
            queue: queue.into(),
            pattern: pattern.into(),
            hears,
            concurrency: 16,
            retries: Retries::default(),
            patience: Duration::from_secs(60),
        }
    }

    /// Keys of one site handled at the same time; a quarter more are kept for other sites.
    #[must_use]
    pub fn concurrency(self, concurrency: usize) -> Self {
        Self { concurrency: concurrency.max(1), ..self }
    }

    #[must_use]
    pub fn retries(self, retries: Retries) -> Self {
        Self { retries, ..self }
    }

    /// How long one handling may take.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub fn queue(&self) -> &str {
        &self.queue
    }

    /// Who handles its events: for tests that hand them over themselves.
    pub fn hears(&self) -> Arc<dyn Hears> {
        self.hears.clone()
    }
}
