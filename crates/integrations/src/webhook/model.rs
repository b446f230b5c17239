use super::{Algorithm, SigningSecret};
use base::{DeliveryId, EventId, Invalid, SiteId, Timestamp, WebhookId};
use events::Filter;
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
    /// Still signs beside the new one until then.
    pub old_secret: Option<(SigningSecret, Timestamp)>,
    pub created: Timestamp,
    pub updated: Timestamp,
}

/// How an endpoint wants to be told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manner {
    /// Only events whose payload it lets through.
    pub filter: Option<Filter>,
    /// Requests a second at most, of each node.
    pub rate_per_s: Option<u32>,
    /// Seconds between tries; after the last one it is given up.
    pub schedule: Option<Vec<u32>>,
    /// Requests under way at the same time, of each node.
    pub max_in_flight: Option<u32>,
}

/// What changes of it; `Some(None)` goes back to what everybody has.
#[derive(Clone, Debug, Default)]
pub struct MannerPatch {
    pub filter: Option<Option<Filter>>,
    pub rate_per_s: Option<Option<u32>>,
    pub schedule: Option<Option<Vec<u32>>>,
    pub max_in_flight: Option<Option<u32>>,
}

impl Manner {
    pub fn change(&mut self, patch: MannerPatch) {
        fn put<T>(place: &mut T, told: Option<T>) {
            if let Some(told) = told {
                *place = told;
            }
        }
        put(&mut self.filter, patch.filter);
        put(&mut self.rate_per_s, patch.rate_per_s);
        put(&mut self.schedule, patch.schedule);
        put(&mut self.max_in_flight, patch.max_in_flight);
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        let within = |field: &str, told: Option<u32>, most: u32| match told {
            Some(number) if !(1..=most).contains(&number) => Err(Invalid::new(field, format!("should be 1 to {most}"))),
            _ => Ok(()),
        };
        within("rate_per_s", self.rate_per_s, 10_000)?;
        within("max_in_flight", self.max_in_flight, 64)?;
        let schedule = self.schedule.as_deref().unwrap_or_default();
        if schedule.len() > 20 {
            return Err(Invalid::new("schedule", "has at most 20 waits"));
        }
        for (place, wait) in schedule.iter().enumerate() {
            within(&format!("schedule[{place}]"), Some(*wait), 86_400)?;
        }
        Ok(())
    }

    pub fn in_flight(&self) -> usize {
        self.max_in_flight.map_or(IN_FLIGHT, |most| usize::try_from(most).unwrap_or(IN_FLIGHT))
    }

    /// The wait after try number `tries` (from 1) failed; none after the last.
    fn wait(&self, tries: u32) -> Option<Duration> {
        let place = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
        match &self.schedule {
            Some(own) => own.get(place).map(|seconds| Duration::from_secs(u64::from(*seconds))),
            None => SCHEDULE.get(place).copied(),
        }
    }
}

/// Requests under way to an endpoint that says nothing of it.
const IN_FLIGHT: usize = 8;

impl Endpoint {
    /// Whether it is enabled or not.
    pub fn hears(&self, event: &str, payload: &Value) -> bool {
        self.events.iter().any(|pattern| events::matches(pattern, event)) && self.manner.filter.as_ref().is_none_or(|filter| filter.lets(payload))
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

/// The shortest wait after an answer that says "too much".
const THROTTLED: Duration = Duration::from_secs(60);
/// An endpoint for which nothing worked for so long is disabled.
pub(super) const PATIENCE: Duration = Duration::from_secs(5 * 24 * 3600);

/// The wait after try number `tries` (from 1) failed; none after the last.
pub(super) fn wait_after(manner: &Manner, tries: u32, status: Option<i64>, asked: Option<Duration>, chance: &events::Chance) -> Option<Duration> {
    let mut wait = events::jittered(manner.wait(tries)?, chance);
    if matches!(status, Some(429 | 502 | 504)) {
        wait = wait.max(events::jittered(THROTTLED, chance));
    }
    Some(asked.map_or(wait, |asked| wait.max(asked)))
}

/// Which deliveries are sent again together.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// None: all that are over.
    pub state: Option<DeliveryState>,
    /// By when their event happened.
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}
