use base::{ChatId, SiteId, UserId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// A log that can be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Entries of one chat, numbered by SQL.
    Chat(SiteId, ChatId),
    /// What concerns one agent alone.
    Agent(SiteId, UserId),
    /// What concerns all agents of a site: queue, colleagues, chats.
    Desk(SiteId),
    /// The visitors who are on a site.
    Visitors(SiteId),
}

impl Topic {
    pub fn site(&self) -> SiteId {
        match self {
            Self::Chat(site, _) | Self::Agent(site, _) | Self::Desk(site) | Self::Visitors(site) => *site,
        }
    }

    /// Numbered by SQL, not by the live store.
    pub fn is_durable(&self) -> bool {
        matches!(self, Self::Chat(..))
    }

    /// Reads the name that a client of this site uses (`chat:<uuid>`, `agent:<id>`, `desk`, `visitors`).
    pub fn of_site(site: SiteId, name: &str) -> Option<Self> {
        match name.split_once(':') {
            None if name == "desk" => Some(Self::Desk(site)),
            None if name == "visitors" => Some(Self::Visitors(site)),
            Some(("chat", id)) => Some(Self::Chat(site, id.parse().ok()?)),
            Some(("agent", id)) => Some(Self::Agent(site, id.parse().ok()?)),
            _ => None,
        }
    }
}

/// The name inside its site, as clients write it.
impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chat(_, chat) => write!(f, "chat:{chat}"),
            Self::Agent(_, agent) => write!(f, "agent:{agent}"),
            Self::Desk(_) => f.write_str("desk"),
            Self::Visitors(_) => f.write_str("visitors"),
        }
    }
}

/// A place in a log: everything up to and with `seq` was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// Which life of the log; 0 for a chat, whose numbers outlive everything.
    pub epoch: u64,
    pub seq: u64,
}

impl Cursor {
    pub const fn durable(seq: u64) -> Self {
        Self { epoch: 0, seq }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.epoch {
            0 => write!(f, "{}", self.seq),
            epoch => write!(f, "{epoch}.{}", self.seq),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a cursor is given back as it was received, like 13 or 4711.13")]
pub struct BadCursor;

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (epoch, seq) = text.split_once('.').unwrap_or(("0", text));
        let number = |digits: &str| digits.parse().map_err(|_| BadCursor);
        Ok(Self { epoch: number(epoch)?, seq: number(seq)? })
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One entry of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    pub cursor: Cursor,
    pub body: Arc<str>,
}

/// The log cannot say what came after that cursor; load the snapshot (or ask SQL) and go on from `head`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the log does not reach back that far; load the list again and follow from {head}")]
pub struct Gap {
    pub head: Cursor,
}

/// Who among the followers is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Audience {
    #[default]
    Everybody,
    Agents,
    Visitors,
}

impl Audience {
    pub fn includes_agents(self) -> bool {
        self != Self::Visitors
    }

    pub fn includes_visitors(self) -> bool {
        self != Self::Agents
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_written() {
        for (text, cursor) in [("13", Cursor::durable(13)), ("4711.0", Cursor { epoch: 4711, seq: 0 })] {
            assert_eq!(text.parse(), Ok(cursor));
            assert_eq!(cursor.to_string(), text);
        }
        for bad in ["", ".", "1.", "x", "-1", "1.2.3"] {
            assert_eq!(bad.parse::<Cursor>(), Err(BadCursor), "{bad:?}");
        }
    }

    #[test]
    fn a_topic_reads_back_from_its_name_within_its_site() {
        let site = SiteId(7);
        for topic in [Topic::Chat(site, ChatId(uuid::Uuid::max())), Topic::Agent(site, UserId(3)), Topic::Desk(site), Topic::Visitors(site)] {
            assert_eq!(Topic::of_site(site, &topic.to_string()), Some(topic));
        }
        for bad in ["", "chat", "chat:", "chat:1", "desk:1", "board"] {
            assert_eq!(Topic::of_site(site, bad), None, "{bad:?}");
        }
    }
}
