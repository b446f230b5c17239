//! An event as it passes through: its papers are read, its payload only when a filter asks.

use base::{EventId, SiteId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use sockets::Route;
use sockets::broker::Delivery;
use std::sync::Arc;

/// As [`sockets::Envelope`], with the payload as it came.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sealed {
    pub id: EventId,
    pub name: String,
    pub version: u16,
    pub site: SiteId,
    pub key: String,
    #[serde(default)]
    pub key_epoch: i64,
    #[serde(default)]
    pub key_seq: i64,
    pub occurred_at: Timestamp,
    pub producer: String,
    #[serde(default)]
    pub route: Route,
    #[serde(default)]
    pub hops: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    pub payload: Box<RawValue>,
}

impl Sealed {
    /// What orders it among others; as [`sockets::broker::ordering_key`].
    pub fn ordering(&self) -> Arc<str> {
        format!("{}/{}", self.site, self.key).into()
    }

    pub fn payload(&self) -> Value {
        serde_json::from_str(self.payload.get()).unwrap_or_default()
    }
}

/// The events of a message: one, or a list.
pub(super) fn open(delivery: &Delivery) -> Result<Vec<Sealed>, serde_json::Error> {
    let first = delivery.body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') { serde_json::from_slice(&delivery.body) } else { serde_json::from_slice(&delivery.body).map(|one| vec![one]) }
}
