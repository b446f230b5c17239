use crate::connections::{check_template, read_settings};
use base::Invalid;
use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Auth {
    /// An agent's e-mail address and an API token.
    Token,
    /// An OAuth access token.
    Oauth,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomTemplate {
    pub id: i64,
    pub value: String,
}

/// A site's settings. No `Debug`: it holds secrets.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// `https://acme.zendesk.com`.
    pub url: String,
    pub auth: Auth,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub api_token: String,
    #[serde(default)]
    pub oauth_token: String,
    #[serde(default = "subject")]
    pub subject: String,
    #[serde(default)]
    pub tags: Vec<String>,
    /// `urgent`, `high`, `normal`, `low`; empty leaves it to Zendesk.
    #[serde(default)]
    pub priority: String,
    #[serde(default)]
    pub group_id: Option<i64>,
    #[serde(default)]
    pub brand_id: Option<i64>,
    #[serde(default)]
    pub ticket_form_id: Option<i64>,
    #[serde(default)]
    pub custom_fields: Vec<CustomTemplate>,
    /// The requester sees the transcript, and Zendesk's triggers may mail it to them.
    #[serde(default)]
    pub public_transcript: bool,
}

fn subject() -> String {
    "{{subject}}".to_owned()
}

impl Settings {
    pub fn read(settings: &Value) -> Result<Self, Invalid> {
        let read: Self = read_settings(settings)?;
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Result<(), Invalid> {
        let needs = |field: &str, value: &str| {
            if value.trim().is_empty() { Err(Invalid::new(format!("settings.{field}"), "is needed for this way of signing in")) } else { Ok(()) }
        };
        needs("url", &self.url)?;
        match self.auth {
            Auth::Token => {
                needs("email", &self.email)?;
                needs("api_token", &self.api_token)?;
            }
            Auth::Oauth => needs("oauth_token", &self.oauth_token)?,
        }
        if !matches!(self.priority.as_str(), "" | "urgent" | "high" | "normal" | "low") {
            return Err(Invalid::new("settings.priority", "should be urgent, high, normal, low or empty"));
        }
        if let Some(place) = self.tags.iter().position(|tag| tag.is_empty() || tag.contains(char::is_whitespace)) {
            return Err(Invalid::new(format!("settings.tags[{place}]"), "is a word without spaces"));
        }
        check_template("settings.subject", &self.subject)?;
        for (place, field) in self.custom_fields.iter().enumerate() {
            check_template(&format!("settings.custom_fields[{place}].value"), &field.value)?;
        }
        Ok(())
    }

    pub fn base(&self) -> &str {
        self.url.trim().trim_end_matches('/')
    }
}
