use crate::connections::{check_template, read_settings};
use base::{Digest, Invalid};
use events::catalog::PurposeChatEnd;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How we sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Flow {
    JwtBearer,
    ClientCredentials,
    RefreshToken,
}

/// A refresh token: as somebody told it, or as Salesforce exchanged it since.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum RefreshToken {
    Told(String),
    Exchanged { token: String, told: String },
}

impl Default for RefreshToken {
    fn default() -> Self {
        Self::Told(String::new())
    }
}

impl RefreshToken {
    pub fn token(&self) -> &str {
        match self {
            Self::Told(token) | Self::Exchanged { token, .. } => token,
        }
    }

    /// The digest of the one that was told: the same however often it is exchanged.
    pub fn told(&self) -> String {
        match self {
            Self::Told(token) => Digest::of(token).0,
            Self::Exchanged { told, .. } => told.clone(),
        }
    }

    pub fn exchanged(&self, token: &str) -> Self {
        Self::Exchanged { token: token.to_owned(), told: self.told() }
    }
}

/// A field and what goes in; `{{name}}` and its like are filled in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldTemplate {
    pub name: String,
    pub value: String,
}

/// A site's settings. No `Debug`: it holds secrets.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// `https://login.salesforce.com`, or the site's own domain there.
    pub login_url: String,
    pub flow: Flow,
    pub client_id: String,
    #[serde(default)]
    pub client_secret: String,
    #[serde(default)]
    pub username: String,
    /// PEM of the key whose certificate the connected app knows.
    #[serde(default)]
    pub private_key: String,
    #[serde(default)]
    pub refresh_token: RefreshToken,
    /// Who the assertion is for, when it is not the login address.
    #[serde(default)]
    pub audience: String,
    #[serde(default = "version")]
    pub api_version: String,
    /// A unique text field that somebody added to Case and Task for the chat's guid; without one the subject carries it.
    #[serde(default)]
    pub external_id_field: String,
    #[serde(default)]
    pub purpose: PurposeChatEnd,
    #[serde(default)]
    pub offline_purpose: PurposeChatEnd,
    #[serde(default)]
    pub cases: Vec<FieldTemplate>,
    #[serde(default)]
    pub tasks: Vec<FieldTemplate>,
    #[serde(default)]
    pub leads: Vec<FieldTemplate>,
    #[serde(default)]
    pub create_contact: Vec<FieldTemplate>,
    #[serde(default)]
    pub update_contact: Vec<FieldTemplate>,
    /// Saves a contact or lead although a rule calls it a duplicate; otherwise the one that is there is taken.
    #[serde(default)]
    pub allow_duplicates: bool,
    #[serde(default = "yes")]
    pub match_before_chat: bool,
}

fn version() -> String {
    "v62.0".to_owned()
}

fn yes() -> bool {
    true
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
        needs("login_url", &self.login_url)?;
        needs("client_id", &self.client_id)?;
        match self.flow {
            Flow::JwtBearer => {
                needs("username", &self.username)?;
                needs("private_key", &self.private_key)?;
                super::auth::key_of(&self.private_key).map_err(|why| Invalid::new("settings.private_key", why))?;
            }
            Flow::ClientCredentials => needs("client_secret", &self.client_secret)?,
            Flow::RefreshToken => needs("refresh_token", self.refresh_token.token())?,
        }
        let version = self.api_version.strip_prefix('v').and_then(|number| number.strip_suffix(".0"));
        if version.is_none_or(|number| number.parse::<u16>().is_err()) {
            return Err(Invalid::new("settings.api_version", "is a version such as v62.0"));
        }
        if !self.external_id_field.is_empty() && !is_name(&self.external_id_field) {
            return Err(Invalid::new("settings.external_id_field", "is the API name of a field, such as Switchboard_Chat_Id__c"));
        }
        let lists = [
            ("cases", &self.cases),
            ("tasks", &self.tasks),
            ("leads", &self.leads),
            ("create_contact", &self.create_contact),
            ("update_contact", &self.update_contact),
        ];
        for (list, fields) in lists {
            for (place, field) in fields.iter().enumerate() {
                if !is_name(&field.name) {
                    return Err(Invalid::new(format!("settings.{list}[{place}].name"), "is the API name of a field"));
                }
                check_template(&format!("settings.{list}[{place}].value"), &field.value)?;
            }
        }
        Ok(())
    }

    pub fn login(&self) -> &str {
        self.login_url.trim().trim_end_matches('/')
    }

    /// Whatever was learnt with other settings of these is not true of them. A refresh token counts as the one that was told.
    pub fn fingerprint(&self) -> Digest {
        let refresh = self.refresh_token.told();
        let flow = format!("{:?}", self.flow);
        let parts = [self.login(), self.audience(), &flow, &self.client_id, &self.username, &self.client_secret, &self.private_key, &refresh];
        Digest::of(&parts.map(|part| format!("{}:{part}", part.len())).concat())
    }

    pub fn audience(&self) -> &str {
        if self.audience.is_empty() { self.login() } else { &self.audience }
    }
}

/// Letters, digits and underscores: it goes into queries and paths as it is.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 80 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
