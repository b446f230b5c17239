use super::WidgetConfig;
use base::{Invalid, SiteId, Timestamp, WidgetId};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub struct Widget {
    pub id: WidgetId,
    pub site: SiteId,
    pub name: String,
    /// A widget that is switched off shows nothing.
    pub enabled: bool,
    pub config: WidgetConfig,
    /// Rises by one with each change.
    pub version: i64,
    pub created: Timestamp,
    pub updated: Timestamp,
}

/// A widget to be made.
#[derive(Clone, Debug, Default)]
pub struct NewWidget {
    pub name: String,
    pub enabled: Option<bool>,
    /// What differs from the defaults.
    pub config: Option<Value>,
}

/// What to change; what is not given stays.
#[derive(Clone, Debug, Default)]
pub struct WidgetPatch {
    pub name: Option<String>,
    pub enabled: Option<bool>,
    /// Merged into what is set (RFC 7396): `null` brings a default back.
    pub config: Option<Value>,
}

const LONGEST_NAME: usize = 100;

impl Widget {
    /// Takes the change and tells whether anything is different now.
    pub fn change(&mut self, patch: WidgetPatch, now: Timestamp) -> Result<bool, Invalid> {
        let before = (self.name.clone(), self.enabled, self.config.clone());
        if let Some(name) = patch.name {
            self.name = name_of(&name)?;
        }
        self.enabled = patch.enabled.unwrap_or(self.enabled);
        if let Some(change) = &patch.config {
            self.config = self.config.changed(change).map_err(in_config)?;
        }
        let changed = before != (self.name.clone(), self.enabled, self.config.clone());
        if changed {
            self.version += 1;
            self.updated = now;
        }
        Ok(changed)
    }
}

/// A name as it is kept: one line of 1–100 characters.
pub(super) fn name_of(text: &str) -> Result<String, Invalid> {
    let name = base::text::line(text);
    match name.chars().count() {
        0 => Err(Invalid::new("name", "must not be empty")),
        length if length > LONGEST_NAME => Err(Invalid::new("name", format!("is longer than {LONGEST_NAME} characters"))),
        _ => Ok(name),
    }
}

pub(super) fn config_of(set: Option<&Value>) -> Result<WidgetConfig, Invalid> {
    WidgetConfig::read(set.unwrap_or(&Value::Null)).map_err(in_config)
}

/// The path as the caller of the API sees it.
fn in_config(err: Invalid) -> Invalid {
    let field = if err.field.is_empty() { "config".to_owned() } else { format!("config.{}", err.field) };
    Invalid { field, why: err.why }
}
