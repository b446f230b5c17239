use base::{Invalid, SiteId};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One sort of system to connect to.
#[async_trait::async_trait]
pub trait Kind: Send + Sync + 'static {
    /// As in the API's path: `salesforce`.
    fn name(&self) -> &'static str;

    /// The settings that are never answered.
    fn secrets(&self) -> &'static [&'static str];

    /// Where the secrets of these settings are sent; `null` when they are sent nowhere. Secrets do not follow to another place.
    fn destination(&self, settings: &Value) -> Value;

    /// Can these settings be worked with? They are whole: kept secrets are filled in.
    ///
    /// # Errors
    /// Names the setting at fault.
    fn check(&self, settings: &Value) -> Result<(), Invalid>;

    /// Tries the connection without changing anything over there, as far as it gets.
    async fn test(&self, site: SiteId, settings: &Value) -> Steps;

    /// The site's settings are others now: what was kept because of the old ones is forgotten.
    fn changed(&self, _site: SiteId) {}
}

/// One step of a test, by a name that the console translates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub name: &'static str,
    pub ok: bool,
    pub detail: String,
}

/// The steps of a test; after one that failed no other is tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps(pub Vec<Step>);

impl Steps {
    /// Notes how a step went; its fruit when it went well.
    pub fn note<T, E: std::fmt::Display>(&mut self, name: &'static str, went: Result<(T, String), E>) -> Option<T> {
        let (fruit, ok, detail) = match went {
            Ok((fruit, detail)) => (Some(fruit), true, detail),
            Err(err) => (None, false, err.to_string()),
        };
        self.0.push(Step { name, ok, detail });
        fruit
    }

    pub fn ok(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|step| step.ok)
    }
}

/// Settings as a kind's own structure, which refuses what it does not know.
///
/// # Errors
/// Names the setting at fault (`settings.login_url`).
pub fn read_settings<T: DeserializeOwned>(settings: &Value) -> Result<T, Invalid> {
    serde_path_to_error::deserialize(settings).map_err(|err| {
        let path = err.path().to_string();
        let field = if path == "." { "settings".to_owned() } else { format!("settings.{path}") };
        Invalid::new(field, err.into_inner().to_string())
    })
}
