use base::{EventId, SiteId, Timestamp};
use serde::{Deserialize, Serialize};

/// A fact that the product announces. Its fields are its published structure.
pub trait Event: Serialize + Send + Sync {
    /// The name on the wire, as the seeds spell it (`Chat.Ended`).
    const NAME: &'static str;
    /// Raised when a reader of the older structure could be misled.
    const VERSION: u16 = 1;

    fn site(&self) -> SiteId;

    /// Events of one key are heard in the order they were announced (a chat's guid, a visitor's id).
    fn key(&self) -> String;
}

/// Which way an event came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    #[default]
    Main,
    Remote,
    /// Sent again from the archive or the dead letters; the word names the replay.
    Replay(String),
}

/// An event with its papers, as it travels. `id` is the only key by which doubles are told, on every broker and to every receiver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    pub id: EventId,
    pub name: String,
    pub version: u16,
    pub site: SiteId,
    pub key: String,
    /// Raised when a key changes its way between brokers; with `key_seq` it orders the events of a key.
    #[serde(default)]
    pub key_epoch: i64,
    /// Gap-free per key, from 1, given in the transaction that made the event true.
    #[serde(default)]
    pub key_seq: i64,
    pub occurred_at: Timestamp,
    /// The node that announced it.
    pub producer: String,
    #[serde(default)]
    pub route: Route,
    /// How many distributors passed it on; a guard against circles.
    #[serde(default)]
    pub hops: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    pub payload: serde_json::Value,
}

impl Envelope {
    /// Reads the payload as the event it says it is.
    ///
    /// # Errors
    /// When the payload has not the structure of `E`.
    pub fn read<E: for<'de> Deserialize<'de>>(&self) -> Result<E, serde_json::Error> {
        E::deserialize(&self.payload)
    }
}
