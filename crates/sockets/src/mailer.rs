//! The port to mail servers: one message handed over, and what the server said of it.

use base::{Fault, Kind, Secret, Timestamp};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// How the way to the server is kept private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte (port 465).
    Tls,
    /// TLS before anything is told (port 587); a server that does not offer it is not used.
    StartTls,
    /// In the clear: for a relay on the same machine or in a closed network.
    Plain,
}

/// A server that takes our mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub login: Option<(String, Secret)>,
    /// Named by the configuration of the installation, not by a site: it may stand in the private network.
    pub trusted: bool,
}

/// A name and an address; the name may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    pub name: String,
    pub email: String,
}

impl Mailbox {
    pub fn new(name: impl Into<String>, email: impl Into<String>) -> Self {
        Self { name: name.into(), email: email.into() }
    }

    /// What follows the `@`.
    pub fn domain(&self) -> &str {
        self.email.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() { f.write_str(&self.email) } else { write!(f, "{} <{}>", self.name, self.email) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFile {
    pub name: String,
    pub media_type: String,
    pub bytes: Bytes,
}

/// One message to one person. Ids stand without angle brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub id: String,
    pub date: Timestamp,
    pub from: Mailbox,
    pub reply_to: Option<String>,
    pub to: Mailbox,
    /// Who hears when it cannot be delivered; nobody for what must never be answered.
    pub bounces_to: Option<String>,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
    /// Further headers, as `Auto-Submitted`.
    pub headers: Vec<(String, String)>,
    pub files: Vec<MailFile>,
}

#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MailError {
    /// The server will never take this message.
    #[error("the mail server refused the message for good: {0}")]
    Refused(String),
    /// It may take it later.
    #[error("the mail server asks to try again: {0}")]
    Deferred(String),
    /// Our account there is not in order; no message will pass until it is.
    #[error("the mail server does not take our account: {0}")]
    Account(String),
    /// Whether it got the message is not known; the same id tells a second copy.
    #[error("the mail server does not answer: {0}")]
    Unreachable(String),
    /// All connections to this server are in use.
    #[error("the mail server is busy with our other messages")]
    Busy,
    /// It cannot be written as a message, or its server must not be called.
    #[error("{0}")]
    Invalid(String),
}

impl Fault for MailError {
    fn kind(&self) -> Kind {
        match self {
            Self::Refused(_) | Self::Invalid(_) => Kind::Invalid,
            Self::Deferred(_) | Self::Unreachable(_) | Self::Busy | Self::Account(_) => Kind::Unavailable,
        }
    }
}

/// Hands messages over to servers.
#[async_trait::async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// A place among the connections to this server: whoever has one sends at once, and only then needs the whole message at hand.
    async fn hold(&self, server: &MailServer) -> Result<Box<dyn MailPlace>, MailError>;

    async fn send(&self, server: &MailServer, mail: &Mail) -> Result<(), MailError> {
        self.hold(server).await?.send(mail).await
    }

    /// Connects and signs in, and sends nothing.
    async fn probe(&self, server: &MailServer) -> Result<(), MailError>;
}

/// A connection to a server that is ours until this is dropped.
#[async_trait::async_trait]
pub trait MailPlace: Send + Sync {
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}
