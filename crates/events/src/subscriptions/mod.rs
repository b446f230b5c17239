//! Which queue hears of which events. Rows in the database; every distributor keeps a snapshot and swaps it when the version rises.
//!
//! A subscription begins as `declaring`, becomes `active` when its queue is there (or `failed` with the reason, and is tried again),
//! rests as `paused`, and ends as `draining`: nothing new is copied, what is in the queue may be heard, then it is `drained`.

mod filter;
mod service;
mod store;

pub use filter::Filter;
pub use service::{NewSubscription, SubscriptionError, SubscriptionPatch, Subscriptions};
pub(crate) use service::keep;

use base::{SiteId, SubscriptionId, Timestamp};
use serde_json::Value;
use sockets::Envelope;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionState {
    /// Its queue is not there yet.
    Declaring,
    Active,
    Paused,
    /// It was removed; what is in its queue may be heard.
    Draining,
    Drained,
    /// Its queue cannot be declared; it is tried again.
    Failed,
}

impl SubscriptionState {
    const ALL: [Self; 6] = [Self::Declaring, Self::Active, Self::Paused, Self::Draining, Self::Drained, Self::Failed];

    pub const fn wire(self) -> &'static str {
        match self {
            Self::Declaring => "declaring",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Draining => "draining",
            Self::Drained => "drained",
            Self::Failed => "failed",
        }
    }

    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.wire() == text)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    pub id: SubscriptionId,
    /// A name (`Chat.Ended`), all of a family (`Chat.*`), or all (`*`).
    pub pattern: String,
    pub queue: Arc<str>,
    /// Of this site alone.
    pub site: Option<SiteId>,
    pub filter: Option<Filter>,
    /// Declared by the code: it can be paused but not removed.
    pub built_in: bool,
    pub state: SubscriptionState,
    /// Why it failed.
    pub trouble: Option<String>,
    /// The version of the whole at which it changed last.
    pub version: i64,
    pub updated_at: Timestamp,
}

impl Subscription {
    fn wants(&self, name: &str, site: SiteId, payload: impl FnOnce() -> Value) -> bool {
        matches(&self.pattern, name)
            && self.site.is_none_or(|own| own == site)
            && self.filter.as_ref().is_none_or(|filter| filter.is_empty() || filter.lets(&payload()))
    }
}

pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(front) => name.starts_with(front),
        None => pattern == name,
    }
}

/// All active subscriptions at one version.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub version: i64,
    pub subscriptions: Vec<Subscription>,
}

impl Snapshot {
    /// Every queue once, however many subscriptions lead to it.
    pub fn queues_of(&self, envelope: &Envelope) -> Vec<Arc<str>> {
        self.queues_for(&envelope.name, envelope.site, || envelope.payload.clone())
    }

    /// The payload is read only when a filter asks.
    pub(crate) fn queues_for(&self, name: &str, site: SiteId, payload: impl Fn() -> Value) -> Vec<Arc<str>> {
        let wanting = self.subscriptions.iter().filter(|subscription| subscription.wants(name, site, &payload));
        let mut queues: Vec<Arc<str>> = wanting.map(|one| one.queue.clone()).collect();
        queues.sort_unstable();
        queues.dedup();
        queues
    }
}
