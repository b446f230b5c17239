use super::Breaker;
use base::{SiteId, Timestamp};
use serde_json::{Map, Value, json};
use std::fmt;

/// A site's connection to one system.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    pub site: SiteId,
    pub kind: &'static str,
    /// Settings were saved once.
    pub configured: bool,
    pub enabled: bool,
    /// With its secrets: not for anybody's eyes.
    pub settings: Value,
    pub breaker: Breaker,
    pub last_error: Option<String>,
    pub last_error_at: Option<Timestamp>,
    pub last_ok_at: Option<Timestamp>,
}

/// How it stands, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Off,
    Ok,
    /// The last try failed.
    Failing,
    /// It failed too often, or asked us to wait: nothing is sent for a while.
    Open,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Ok => "ok",
            Self::Failing => "failing",
            Self::Open => "open",
        })
    }
}

impl Connection {
    pub fn unset(site: SiteId, kind: &'static str) -> Self {
        Self {
            site,
            kind,
            configured: false,
            enabled: false,
            settings: json!({}),
            breaker: Breaker::default(),
            last_error: None,
            last_error_at: None,
            last_ok_at: None,
        }
    }

    pub fn state(&self) -> State {
        match (self.enabled, self.breaker.is_open(), self.breaker.failures) {
            (false, ..) => State::Off,
            (true, true, _) => State::Open,
            (true, false, 0) => State::Ok,
            (true, false, _) => State::Failing,
        }
    }

    /// The settings as they may be shown: of a secret only that it is there.
    pub fn shown(&self, secrets: &[&str]) -> Value {
        let mut shown = self.settings.as_object().cloned().unwrap_or_default();
        for secret in secrets {
            let set = shown.get(*secret).is_some_and(|value| !value.is_null());
            shown.insert((*secret).to_owned(), json!({ "set": set }));
        }
        Value::Object(shown)
    }

    /// The kept secrets that nobody told anew: left out, or `{"set": …}` as they were shown. `null` removes one.
    pub fn reused<'a>(&self, told: &Map<String, Value>, secrets: &[&'a str]) -> Vec<&'a str> {
        let untold = |secret: &str| told.get(secret).is_none_or(Value::is_object);
        let kept = |secret: &str| self.settings.get(secret).is_some_and(|kept| kept != "");
        secrets.iter().copied().filter(|secret| untold(secret) && kept(secret)).collect()
    }

    /// What somebody told, with the reused secrets.
    pub fn filled(&self, mut told: Map<String, Value>, secrets: &[&str]) -> Value {
        let reused = self.reused(&told, secrets);
        for secret in secrets {
            if told.get(*secret).is_some_and(Value::is_object) {
                told.remove(*secret);
            }
        }
        for secret in reused {
            told.insert(secret.to_owned(), self.settings[secret].clone());
        }
        told.retain(|_, value| !value.is_null());
        Value::Object(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Connection {
        Connection { settings: json!({ "url": "https://a", "token": "t0p" }), ..Connection::unset(SiteId(1), "zendesk") }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let shown = kept().shown(&["token", "other"]);
        assert_eq!(shown, json!({ "url": "https://a", "token": { "set": true }, "other": { "set": false } }));
    }

    #[test]
    fn a_secret_that_is_not_told_stays_and_null_removes_it() {
        let told = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        assert_eq!(kept().filled(told(r#"{"url":"https://b"}"#), &["token"]), json!({ "url": "https://b", "token": "t0p" }));
        assert_eq!(kept().filled(told(r#"{"token":{"set":true}}"#), &["token"]), json!({ "token": "t0p" }));
        assert_eq!(kept().filled(told(r#"{"token":null}"#), &["token"]), json!({}));
        assert_eq!(kept().filled(told(r#"{"token":"new"}"#), &["token"]), json!({ "token": "new" }));
    }
}
