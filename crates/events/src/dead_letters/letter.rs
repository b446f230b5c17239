use base::{DeadLetterId, EventId, SiteId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sockets::Envelope;
use sockets::broker::{Delivery, ordering_key};

/// One failed try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    pub at: Timestamp,
    pub why: String,
}

/// Causes that are kept of one event: the first, and the last ones.
const MOST_CAUSES: usize = 20;

pub(crate) fn add_cause(causes: &mut Vec<Cause>, at: Timestamp, why: &str) {
    if causes.len() >= MOST_CAUSES {
        causes.remove(1);
    }
    causes.push(Cause { at, why: why.chars().take(1_000).collect() });
}

/// What is to be buried.
pub(crate) struct Letter {
    pub site: SiteId,
    pub consumer: String,
    pub name: String,
    pub event: EventId,
    pub ordering: String,
    pub body: String,
    pub attempts: u32,
    pub causes: Vec<Cause>,
    /// Of the first try; the time of burial when there was none.
    pub first_at: Option<Timestamp>,
}

impl Letter {
    pub fn of_delivery(delivery: &Delivery, envelope: Option<&Envelope>, consumer: &str, why: &str) -> Self {
        let body = String::from_utf8_lossy(&delivery.body);
        let unread = Self::of_text(&body, &delivery.key, consumer, why);
        match envelope {
            None => unread,
            Some(envelope) => Self {
                site: envelope.site,
                name: envelope.name.clone(),
                event: envelope.id,
                ordering: ordering_key(envelope.site, &envelope.key),
                ..unread
            },
        }
    }

    /// What could not be read as an event. Its site is told by what can be read of it, or by its ordering key; what tells neither
    /// belongs to no site, and only whoever runs the installation sees it.
    pub fn of_text(body: &str, ordering: &str, consumer: &str, why: &str) -> Self {
        let body = body.replace('\0', "\u{fffd}");
        let read: Value = serde_json::from_str(&body).unwrap_or_default();
        let by_key = || ordering.split_once('/').and_then(|(site, _)| site.parse().ok());
        let site = read["site"].as_i64().or_else(by_key).unwrap_or(0);
        let event = read["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(EventId(uuid::Uuid::nil()));
        Self {
            site: SiteId(site),
            consumer: consumer.to_owned(),
            name: read["name"].as_str().unwrap_or("unreadable").to_owned(),
            event,
            ordering: ordering.to_owned(),
            body,
            attempts: 0,
            causes: vec![Cause { at: Timestamp::default(), why: why.to_owned() }],
            first_at: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetter {
    pub id: DeadLetterId,
    pub site: SiteId,
    /// The consumer that gave up, which is the name of its queue.
    pub consumer: String,
    pub name: String,
    pub event: EventId,
    pub ordering: String,
    /// The envelope; none when it could not be read.
    pub envelope: Option<Envelope>,
    /// As it came.
    pub body: String,
    pub attempts: i64,
    pub causes: Vec<Cause>,
    pub first_at: Timestamp,
    pub died_at: Timestamp,
}

impl DeadLetter {
    /// The key of the event (a chat's or a visitor's id).
    pub fn key(&self) -> Option<&str> {
        match &self.envelope {
            Some(envelope) => Some(&envelope.key),
            None => self.ordering.split_once('/').map(|(_, key)| key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_gets_the_site_that_can_be_told() {
        for (body, ordering, site) in [
            ("{\"site\":7,\"name\":\"Chat.Ended\"}", "", 7),
            ("{\"rubbish\":", "7/chat", 7),
            ("{\"rubbish\":", "chat", 0),
            ("{\"site\":\"x\"}", "3/k", 3),
        ] {
            assert_eq!(Letter::of_text(body, ordering, "Q", "no").site, SiteId(site), "{body} {ordering}");
        }
    }
}
