//! The headers of a request, as Standard Webhooks 1.0 wants them. They are the same whether it is sent or shown later.

use base::{EventId, Timestamp};

pub(super) const SIGNATURE: &str = "webhook-signature";

/// `webhook-id` is the event's and stays the same over all tries; the timestamp, in seconds, is of the try.
pub(super) fn headers(event: EventId, at: Timestamp, number: u32, signature: &str) -> [(&'static str, String); 5] {
    [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", event.to_string()),
        ("webhook-timestamp", seconds(at).to_string()),
        (SIGNATURE, signature.to_owned()),
        ("webhook-attempt", number.to_string()),
    ]
}

/// As they are signed.
pub(super) const fn seconds(at: Timestamp) -> i64 {
    at.millis().div_euclid(1_000)
}
