//! How a site sends e-mail.

use super::own::is_address;
use crate::connections::read_settings;
use base::{Invalid, Secret};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sockets::mailer::{MailServer, Security};

/// When the visitor gets the transcript of an ended chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transcripts {
    #[default]
    Never,
    /// When an agent answered.
    Answered,
    Always,
}

/// The site's own mail server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    pub host: String,
    pub port: u16,
    pub security: Security,
    #[serde(default)]
    pub user: String,
}

/// E-mail of a site. Everything has a default; without a server of its own a site uses the installation's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailSettings {
    /// The connection's own switch.
    #[serde(skip)]
    pub enabled: bool,
    pub server: Option<ServerSettings>,
    /// Who letters come from; empty is the installation's address and the site's name.
    pub from_name: String,
    pub from_address: String,
    pub transcripts: Transcripts,
    /// These get every transcript too.
    pub transcript_copies: Vec<String>,
    /// Tells the staff of off-line messages.
    pub offline_news: bool,
    /// Who is told; nobody named is the department's agents.
    pub offline_to: Vec<String>,
    /// Tells visitors that their off-line message arrived.
    pub offline_receipt: bool,
    /// `zh` or `en` for letters to the staff; empty is the site's first language.
    pub language: String,
}

impl Default for EmailSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            server: None,
            from_name: String::new(),
            from_address: String::new(),
            transcripts: Transcripts::Never,
            transcript_copies: Vec::new(),
            offline_news: true,
            offline_to: Vec::new(),
            offline_receipt: false,
            language: String::new(),
        }
    }
}

/// The setting that is never answered: the password of the site's server.
pub(super) const PASSWORD: &str = "password";

/// Settings as they are kept among the connections, and the password.
///
/// # Errors
/// Names the setting at fault.
pub(super) fn read(kept: &Value) -> Result<(EmailSettings, Option<Secret>), Invalid> {
    let mut plain = kept.clone();
    let password = plain.as_object_mut().and_then(|settings| settings.remove(PASSWORD));
    let password = password.and_then(|text| text.as_str().filter(|text| !text.is_empty()).map(|text| Secret::from(text.to_owned())));
    let settings: EmailSettings = read_settings(&plain)?;
    settings.check().map_err(|err| Invalid::new(format!("settings.{}", err.field), err.why))?;
    Ok((settings, password))
}

impl EmailSettings {
    /// # Errors
    /// The first field that cannot be taken.
    pub fn check(&self) -> Result<(), Invalid> {
        if let Some(server) = &self.server {
            let named = !server.host.is_empty() && server.host.len() <= 253 && !server.host.chars().any(|c| c.is_whitespace() || c.is_control() || c == '/');
            if !named {
                return Err(Invalid::new("server.host", "should be the name of a mail server, as smtp.example.com"));
            }
            if server.port == 0 {
                return Err(Invalid::new("server.port", "should be 1 to 65535; 465 for tls, 587 for starttls"));
            }
            if server.user.len() > 254 {
                return Err(Invalid::new("server.user", "has at most 254 characters"));
            }
        }
        if self.from_name.chars().count() > 100 {
            return Err(Invalid::new("from_name", "has at most 100 characters"));
        }
        if !self.from_address.is_empty() && !is_address(&self.from_address) {
            return Err(Invalid::new("from_address", "is not an e-mail address"));
        }
        check_list("transcript_copies", &self.transcript_copies)?;
        check_list("offline_to", &self.offline_to)?;
        if !matches!(self.language.as_str(), "" | "zh" | "en") {
            return Err(Invalid::new("language", "should be zh, en or empty"));
        }
        Ok(())
    }

    /// Held against what is newly told; what was saved before still sends.
    ///
    /// # Errors
    /// When the password would be told to everybody on the way.
    pub(super) fn check_secrecy(&self) -> Result<(), Invalid> {
        match &self.server {
            Some(server) if server.security == Security::Plain && !server.user.is_empty() => {
                Err(Invalid::new("settings.server.security", "should be tls or starttls: a password is not sent in the clear"))
            }
            _ => Ok(()),
        }
    }

    /// The site's own server, if it has one.
    pub(super) fn own_server(&self, password: Option<&Secret>) -> Option<MailServer> {
        let server = self.server.as_ref()?;
        let login = password.filter(|_| !server.user.is_empty()).map(|password| (server.user.clone(), password.clone()));
        Some(MailServer { host: server.host.clone(), port: server.port, security: server.security, login, trusted: false })
    }
}

fn check_list(field: &str, addresses: &[String]) -> Result<(), Invalid> {
    if addresses.len() > 20 {
        return Err(Invalid::new(field, "has at most 20 addresses"));
    }
    match addresses.iter().position(|address| !is_address(address)) {
        Some(at) => Err(Invalid::new(format!("{field}[{at}]"), "is not an e-mail address")),
        None => Ok(()),
    }
}
