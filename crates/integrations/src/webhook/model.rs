use super::SigningSecret;
use base::{DeliveryId, EventId, Invalid, SiteId, Timestamp, WebhookId};
use events::catalog::CATALOG;
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
    /// Nothing worked since.
    pub failing_since: Option<Timestamp>,
    pub secret: SigningSecret,
    /// Still signs beside the new one until then.
    pub old_secret: Option<(SigningSecret, Timestamp)>,
    pub created: Timestamp,
    pub updated: Timestamp,
}

impl Endpoint {
    pub fn wants(&self, event: &str) -> bool {
        self.enabled && self.events.iter().any(|pattern| events::matches(pattern, event))
    }

    /// The secrets to sign with, the newest first.
    pub fn secrets(&self, now: Timestamp) -> Vec<SigningSecret> {
        let old = self.old_secret.as_ref().filter(|(_, until)| *until > now).map(|(secret, _)| secret.clone());
        std::iter::once(self.secret.clone()).chain(old).collect()
    }
}

#[derive(Clone, Debug)]
pub struct NewEndpoint {
    pub url: String,
    pub events: Vec<String>,
    pub description: String,
    pub enabled: bool,
}

#[derive(Clone, Debug, Default)]
pub struct EndpointPatch {
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
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
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
            _ => Err("should be pending, delivered or failed".into()),
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
    pub body: String,
    pub state: DeliveryState,
    /// Tries of this series; sending again by hand begins a new one.
    pub tries: u32,
    /// Tries in all.
    pub attempts: u32,
    pub due_at: Timestamp,
    pub last_status: Option<i64>,
    pub created: Timestamp,
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

/// The waits between tries, as Standard Webhooks suggests: ten tries in 75 hours.
pub(super) const SCHEDULE: [Duration; 9] = {
    const fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }
    [
        Duration::from_secs(5),
        minutes(5),
        minutes(30),
        minutes(120),
        minutes(300),
        minutes(600),
        minutes(840),
        minutes(1_200),
        minutes(1_440),
    ]
};

/// What an endpoint's answer asks us to wait is honoured up to here.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 3600);
/// The shortest wait after an answer that says "too much".
const THROTTLED: Duration = Duration::from_secs(60);
/// An endpoint for which nothing worked for so long is disabled.
pub(super) const PATIENCE: Duration = Duration::from_secs(5 * 24 * 3600);

/// The wait after try number `tries` (from 1) failed; none after the last.
pub(super) fn wait_after(tries: u32, status: Option<i64>, asked: Option<Duration>, chance: &events::Chance) -> Option<Duration> {
    let plain = SCHEDULE.get(usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX))?;
    let mut wait = events::jittered(*plain, chance);
    if matches!(status, Some(429 | 502 | 504)) {
        wait = wait.max(events::jittered(THROTTLED, chance));
    }
    Some(asked.map_or(wait, |asked| wait.max(asked.min(LONGEST_ASKED))))
}
