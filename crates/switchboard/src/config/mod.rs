//! Configuration: defaults < a TOML file < the environment.
//!
//! Every key stands once, in `keys.rs`, with its type, default and words; the reader, `config print` and the documentation are made
//! from that table. An unknown key is refused with its place and the nearest name. The environment is read here and nowhere else.

mod check;
mod docs;
mod keys;
mod layers;
mod mail;
mod setting;

pub(crate) use check::NoNews;
pub use check::check;
pub use docs::document;
pub use keys::{Config, Key};
pub use setting::{BrokerAddress, LogFormat, NetworkText};

use layers::Layers;
use people::identity::SessionSpans;
use secrecy::ExposeSecret;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Browsers keep no cookie for longer.
const MOST_DAYS: u32 = 400;

/// What is wrong with a configuration, one line a fault.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct ConfigError(pub Vec<String>);

/// Reads the layers. Without a file: defaults and environment.
pub fn load(file: Option<&Path>) -> Result<Config, ConfigError> {
    load_from(file, environment())
}

/// With an environment of the caller's own.
pub fn load_from(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Result<Config, ConfigError> {
    let mut layers = Layers::default();
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .map_err(|err| ConfigError(vec![format!("{} cannot be read: {err}", path.display())]))?;
        layers.add_file(&path.display().to_string(), &text);
    }
    layers.add_environment(environment);
    let config = Config::read(&mut layers);
    layers.finish()?;
    config.consistent().map_err(ConfigError)?;
    Ok(config)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn environment() -> Vec<(String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}

/// Does the terminal's language say so?
pub fn speaks_chinese() -> bool {
    let environment = environment();
    let of = |name: &str| environment.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str());
    of("LC_ALL").or_else(|| of("LC_MESSAGES")).or_else(|| of("LANG")).is_some_and(|language| language.starts_with("zh"))
}

impl Config {
    /// Where the database is: the URL that was given, or the file in the data folder.
    pub fn database_url(&self) -> String {
        match &self.database.url {
            Some(url) => url.expose_secret().to_owned(),
            None => format!("sqlite:{}", self.root.data.join("switchboard.db").display()),
        }
    }

    pub fn is_embedded(&self) -> bool {
        self.database_url().starts_with("sqlite:")
    }

    pub fn blob_folder(&self) -> PathBuf {
        self.blob.folder.clone().unwrap_or_else(|| self.root.data.join("blobs"))
    }

    /// The name of this node in events and logs.
    pub fn node_name(&self) -> String {
        self.node.name.clone().unwrap_or_else(|| format!("node-{}", self.node.id))
    }

    pub fn session_spans(&self) -> SessionSpans {
        let hours = |hours: u32| Duration::from_secs(u64::from(hours) * 3_600);
        SessionSpans { idle: hours(self.sessions.idle_hours), longest: hours(24 * self.sessions.longest_days) }
    }

    fn consistent(&self) -> Result<(), Vec<String>> {
        let mut faults = self.mail_faults();
        if self.node.id > 1023 {
            faults.push(format!("node.id: should be 0 to 1023, not {}", self.node.id));
        }
        if !self.is_embedded() && !self.database_url().starts_with("postgres") {
            faults.push("database.url: should begin with postgres:// or sqlite:".to_owned());
        }
        if let Some(url) = &self.root.public_url
            && !url.starts_with("https://")
            && !url.starts_with("http://")
        {
            faults.push(format!("public_url: should begin with https:// or http://, not {url:?}"));
        }
        if self.brokers.prefix.len() > 50 || !self.brokers.prefix.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) {
            faults.push("brokers.prefix: should be at most 50 letters, digits, dots and dashes".to_owned());
        }
        for (key, span, most) in [("idle_hours", self.sessions.idle_hours, 24 * MOST_DAYS), ("longest_days", self.sessions.longest_days, MOST_DAYS)] {
            if !(1..=most).contains(&span) {
                faults.push(format!("sessions.{key}: should be 1 to {most}, not {span}"));
            }
        }
        if self.brokers.kafka_partitions == 0 {
            faults.push("brokers.kafka_partitions: should be at least 1".to_owned());
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}
