use super::{Algorithm, Manner, MannerPatch, SigningSecret};
use base::{DeliveryId, EventId, Invalid, SiteId, Timestamp, WebhookId};
use events::catalog::CATALOG;
use serde_json::Value;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// An address that is told of events.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    pub id: WebhookId,
    pub site: SiteId,
    pub url: String,
    /// Names (`Chat.Ended`), families (`Chat.*`), or `*`.
    pub events: Vec<String>,
    pub description: String,
    pub enabled: bool,
    /// Why it was disabled by itself: `gone` (the address answered 410) or `failing` (nothing worked for days).
    pub disabled_reason: Option<String>,
    /// The same in a sentence, with the last thing that was heard of it.
    pub disabled_why: Option<String>,
    pub manner: Manner,
    /// Nothing worked since.
    pub failing_since: Option<Timestamp>,
    pub secret: SigningSecret,
    /// Those before it, the newest first; each still signs until its end.
    pub old_secrets: Vec<(SigningSecret, Timestamp)>,
    pub created: Timestamp,
    pub updated: Timestamp,
}

/// Old secrets in force at most: each makes the header of signatures longer.
const OLD_SECRETS: usize = 8;
/// A rotated secret signs on for so long.
const OLD_SECRET: Duration = Duration::from_secs(24 * 3600);

impl Endpoint {
    /// Whether it is enabled or not.
    pub fn hears(&self, event: &str, payload: &Value) -> bool {
        self.events.iter().any(|pattern| events::matches(pattern, event)) && self.manner.filter.as_ref().is_none_or(|filter| filter.lets(payload))
    }

    /// The secrets to sign with, the newest first.
    pub fn secrets(&self, now: Timestamp) -> Vec<SigningSecret> {
        let old = self.old_secrets.iter().filter(|(_, until)| *until > now).map(|(secret, _)| secret.clone());
        std::iter::once(self.secret.clone()).chain(old).collect()
    }

    /// Signs by a fresh secret from now on. Those before it sign on, each until its own end, or no longer when they leaked.
    pub(super) fn rotate(&mut self, fresh: SigningSecret, expire_old: bool, now: Timestamp) -> Result<(), Rotated> {
        self.expire(expire_old, now);
        let old = std::mem::replace(&mut self.secret, fresh);
        if expire_old {
            return Ok(());
        }
        if self.old_secrets.len() >= OLD_SECRETS {
            return Err(Rotated(OLD_SECRETS));
        }
        self.old_secrets.insert(0, (old, now.plus(OLD_SECRET)));
        Ok(())
    }

    /// Forgets the secrets whose end has come, or all but the newest.
    pub(super) fn expire(&mut self, all: bool, now: Timestamp) {
        self.old_secrets.retain(|(_, until)| !all && *until > now);
    }
}

/// So many old secrets sign already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rotated(pub usize);

#[derive(Clone, Debug)]
pub struct NewEndpoint {
    pub url: String,
    pub events: Vec<String>,
    pub description: String,
    pub enabled: bool,
    pub algorithm: Algorithm,
    pub manner: Manner,
}

#[derive(Clone, Debug, Default)]
pub struct EndpointPatch {
    pub manner: MannerPatch,
    pub url: Option<String>,
    pub events: Option<Vec<String>>,
    pub description: Option<String>,
    pub enabled: Option<bool>,
}

/// Every pattern must meet an event that exists.
pub(super) fn check_events(patterns: &[String]) -> Result<(), Invalid> {
    if patterns.is_empty() {
        return Err(Invalid::new("events", "name at least one event, or \"*\" for all"));
    }
    for (place, pattern) in patterns.iter().enumerate() {
        if !CATALOG.iter().any(|entry| events::matches(pattern, entry.name)) {
            return Err(Invalid::new(format!("events[{place}]"), format!("there is no event {pattern:?}; GET /v1/events/types lists them")));
        }
    }
    Ok(())
}

pub(super) fn check_text(field: &str, text: &str, most: usize) -> Result<(), Invalid> {
    if text.contains('\0') {
        return Err(Invalid::new(field, "must not hold the NUL character"));
    }
    if text.chars().count() > most {
        return Err(Invalid::new(field, format!("has at most {most} characters")));
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It will be tried (again).
    Pending,
    Delivered,
    /// Given up; it can be sent again by hand.
    Failed,
    /// It happened while the endpoint was disabled; it can be sent by hand.
    Held,
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Held => "held",
        })
    }
}

impl FromStr for DeliveryState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "pending" => Ok(Self::Pending),
            "delivered" => Ok(Self::Delivered),
            "failed" => Ok(Self::Failed),
            "held" => Ok(Self::Held),
            _ => Err("should be pending, delivered, failed or held".into()),
        }
    }
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub site: SiteId,
    pub webhook: WebhookId,
    pub event: EventId,
    pub name: String,
    /// Where it stands among the deliveries of its key; none: it waits for nobody.
    pub place: Option<Place>,
    pub state: DeliveryState,
    /// Tries of this series; sending again by hand begins a new one.
    pub tries: u32,
    /// Tries in all.
    pub attempts: u32,
    pub due_at: Timestamp,
    pub last_status: Option<i64>,
    /// When the event happened.
    pub occurred: Timestamp,
    pub created: Timestamp,
}

/// The place of an event among those of its key (a chat's guid, a visitor's id).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub key: String,
    pub epoch: i64,
    pub seq: i64,
}

/// One try, as it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub number: u32,
    pub at: Timestamp,
    pub took: Duration,
    pub url: String,
    pub request_headers: Vec<(String, String)>,
    /// None when there was no answer.
    pub status: Option<i64>,
    pub trouble: Option<String>,
    pub response_headers: Vec<(String, String)>,
    pub response_body: String,
}

/// An endpoint for which nothing worked for so long is disabled.
pub(super) const PATIENCE: Duration = Duration::from_secs(5 * 24 * 3600);

/// Which deliveries are sent again together.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// None: all that are over.
    pub state: Option<DeliveryState>,
    /// By when their event happened.
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}
