//! Typed ids: a chat id cannot be passed for a visitor id.

use crate::{Secret, SharedClock};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

macro_rules! number_id {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

macro_rules! uuid_id {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

number_id! {
    /// A tenant.
    SiteId,
    /// Somebody who signs in; an agent is a user who answers.
    UserId,
    /// A named set of permissions.
    RoleId,
    /// A group of agents that chats are routed to.
    DepartmentId,
    /// What decides how the chat looks for a set of pages.
    WidgetId,
    /// A key that a program signs in with.
    ApiKeyId,
    /// A signed-in browser.
    SessionId,
    /// An address that is told of events.
    WebhookId,
    /// Which queue hears of which events.
    SubscriptionId,
    /// An event that a consumer gave up on.
    DeadLetterId,
    /// Events sent again from the archive.
    ReplayId,
    /// A matter that somebody outside wants settled.
    TicketId,
    /// A saved way to look at the tickets.
    TicketViewId,
    /// A prepared answer with what it changes.
    TicketMacroId,
}

uuid_id! {
    /// A browser on a site that carries our widget.
    VisitorId,
    /// One live conversation.
    ChatId,
    /// A file that somebody sent.
    UploadId,
    /// A fact that was announced; the only key by which doubles are told.
    EventId,
    /// One event on its way to one webhook.
    DeliveryId,
}

/// A message or log line: 41 bits of milliseconds since 2020, 10 of node, 12 of sequence, so that ids sort by time.
/// Above 2^53, therefore a string in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub i64);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for MessageId {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for MessageId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// 2020-01-01T00:00:00Z in epoch milliseconds: 41 bits from here last until 2089.
const EPOCH_2020: i64 = 1_577_836_800_000;

/// Makes ids and secrets. One per process; `node` (0–1023) keeps the ids of two nodes apart.
#[derive(Clone)]
pub struct Minter {
    clock: SharedClock,
    node: i64,
    last: std::sync::Arc<AtomicI64>,
}

impl Minter {
    pub fn new(clock: SharedClock, node: u16) -> Self {
        Self { clock, node: i64::from(node) & 0x3ff, last: std::sync::Arc::default() }
    }

    /// A time-sorted UUID (version 7).
    pub fn uuid(&self) -> Uuid {
        let ms = self.clock.now().millis().max(0).unsigned_abs();
        uuid::Builder::from_unix_timestamp_millis(ms, &rand::random::<[u8; 10]>()).into_uuid()
    }

    /// Never goes back, even when the clock does; at more than 4 096 ids a millisecond it borrows from the next one.
    pub fn message(&self) -> MessageId {
        let tick = (self.clock.now().millis() - EPOCH_2020).max(0) << 12;
        let previous = self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(tick.max(last + 1)))
            .unwrap_or_else(|last| last);
        let stamp = tick.max(previous + 1);
        MessageId(((stamp >> 12) << 22) | (self.node << 12) | (stamp & 0xfff))
    }

    /// A secret of 256 random bits behind a prefix that tells what it opens (`sbk_`, `sbv_` …).
    pub fn secret(&self, prefix: &str) -> Secret {
        Secret::from_random(prefix, &rand::random::<[u8; 32]>())
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        std::array::from_fn(|_| rand::random())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ManualClock, Timestamp};
    use std::sync::Arc;

    #[test]
    fn message_ids_rise_when_the_clock_falls_back() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_800_000_000_000)));
        let minter = Minter::new(clock.clone(), 7);
        let before: Vec<_> = (0..5_000).map(|_| minter.message()).collect();
        clock.set(Timestamp::from_millis(1_700_000_000_000));
        let after = minter.message();
        assert!(before.is_sorted() && before.last() < Some(&after));
    }

    #[test]
    fn message_ids_are_strings_in_json() {
        let json = serde_json::to_string(&MessageId(9_007_199_254_740_993)).expect("a string");
        assert_eq!(json, "\"9007199254740993\"");
        assert_eq!(serde_json::from_str::<MessageId>(&json).expect("reads back").0, 9_007_199_254_740_993);
    }
}
