//! What people may call themselves and others.

use base::text::{is_blank, is_unseen, plain};
use base::{Invalid, PageRequest};

/// An e-mail address as it was typed, and folded for comparing: two that differ only in case are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Email {
    pub shown: String,
    pub key: String,
}

impl Email {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("email", "should be an e-mail address");
        let shown = text.trim();
        let (local, domain) = shown.rsplit_once('@').ok_or_else(wrong)?;
        let odd = |c: char| c.is_whitespace() || is_unseen(c) || "<>\",;".contains(c);
        if local.is_empty() || domain.is_empty() || shown.len() > 254 || shown.contains(odd) || local.contains('@') {
            return Err(wrong());
        }
        Ok(Self { shown: shown.to_owned(), key: Self::fold(shown) })
    }

    pub fn fold(text: &str) -> String {
        text.trim().to_lowercase()
    }
}

/// A name of one line. What turns or hides is refused, so that no name can look like another.
pub(super) fn name(field: &str, text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let length = text.chars().count();
    if is_blank(text) {
        return Err(Invalid::new(field, "is empty"));
    }
    if length > 100 {
        return Err(Invalid::new(field, "has more than 100 characters"));
    }
    if plain(text) != text {
        return Err(Invalid::new(field, "holds characters that cannot be seen"));
    }
    Ok(text.to_owned())
}

pub(super) fn text(field: &str, text: &str, most: usize) -> Result<String, Invalid> {
    if text.chars().count() > most {
        return Err(Invalid::new(field, format!("has more than {most} characters")));
    }
    Ok(text.trim().to_owned())
}

pub(super) fn time_zone(text: &str) -> Result<String, Invalid> {
    let known = jiff::tz::TimeZone::get(text).ok();
    let name = known.as_ref().and_then(|zone| zone.iana_name());
    name.map(str::to_owned).ok_or_else(|| Invalid::new("time_zone", "should be a time zone like Asia/Shanghai"))
}

pub(super) const LANGUAGES: [&str; 2] = ["zh", "en"];

pub(super) fn language(field: &str, text: &str) -> Result<String, Invalid> {
    if LANGUAGES.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(Invalid::new(field, "should be zh or en"))
}

/// Long enough to resist guessing, short enough to hash.
pub(super) fn new_password(text: &str, email: &str) -> Result<(), Invalid> {
    let why = match text.chars().count() {
        0..10 => "should have at least 10 characters",
        257.. => "should have at most 256 characters",
        _ if text.to_lowercase().contains(&Email::fold(email)) => "should not hold your e-mail address",
        _ if text.chars().all(|c| text.starts_with(c)) => "should not be one character again and again",
        _ => return Ok(()),
    };
    Err(Invalid::new("new", why))
}

/// Lists here go by id; the cursor is the last id of the page before.
pub(super) fn cursor(ask: &PageRequest) -> Result<i64, Invalid> {
    let read = |text: &str| text.parse().map_err(|_| Invalid::new("after", "is no cursor of this list"));
    ask.after.as_deref().map_or(Ok(0), read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_case() {
        let email = Email::parse(" Ada@Example.ORG ").expect("an address");
        assert_eq!((email.shown.as_str(), email.key.as_str()), ("Ada@Example.ORG", "ada@example.org"));
        for wrong in ["", "ada", "@x", "ada@", "a b@x", "a@b@c", "ada\u{202e}@x.org", "<ada@x.org>"] {
            assert!(Email::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn names_that_deceive_are_refused() {
        assert_eq!(name("name", "  林小雨 ").as_deref(), Ok("林小雨"));
        for wrong in ["nimda\u{202e}", "ad\u{200d}min", "\u{200b}", "\u{3164}"] {
            assert!(name("name", wrong).is_err(), "{wrong:?}");
        }
        assert!(name("name", " \t ").is_err());
    }

    #[test]
    fn time_zones_are_known_without_a_database_on_the_machine() {
        assert_eq!(time_zone("Asia/Shanghai").as_deref(), Ok("Asia/Shanghai"));
        assert!(time_zone("Mars/Olympus").is_err());
    }

    #[test]
    fn weak_passwords_are_refused() {
        for weak in ["short", "aaaaaaaaaaaa", "ada@x.org1", &"x1".repeat(200)] {
            assert!(new_password(weak, "Ada@x.org").is_err(), "{weak}");
        }
        assert!(new_password("correct horse", "ada@x.org").is_ok());
    }
}
