//! Small words of HTTP that every module here speaks.

use base::Timestamp;
use std::time::Duration;

/// What an answer asks us to wait is honoured up to here.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// `Retry-After`, in seconds or as a date.
pub(crate) fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let span = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() => LONGEST,
        Err(_) => Timestamp::from(jiff::fmt::rfc2822::parse(text).ok()?.timestamp()).since(now),
    };
    Some(span.min(LONGEST))
}

/// As a part of an address or of a form.
pub(crate) fn encoded(text: &str) -> String {
    let mut coded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            coded.push(char::from(byte));
        } else {
            coded.push_str(&format!("%{byte:02X}"));
        }
    }
    coded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_a_day_is_the_longest() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let seconds = |text| retry_after(text, now).map(|span| span.as_secs());
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("Sat, 21 Nov 2026 12:05:00 GMT"), Some(300));
        assert_eq!(seconds("Sat, 21 Nov 2026 11:00:00 GMT"), Some(0));
        assert_eq!(seconds("9999999999"), Some(86_400));
        assert_eq!(seconds("99999999999999999999999"), Some(86_400));
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds(""), None);
    }

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(encoded("a b+c/é='"), "a%20b%2Bc%2F%C3%A9%3D%27");
    }
}
