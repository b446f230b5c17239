//! Mail servers by SMTP: a few kept connections to each, time limits, TLS by rustls, and none in the private network unless trusted.

use crate::http_out::is_global;
use base::Digest;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{self, Attachment, MultiPart, SinglePart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use sockets::mailer::{Mail, MailError, MailPlace, MailServer, Mailbox, Mailer, Security};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

#[derive(Clone, Debug)]
pub struct MailerOptions {
    /// Servers in the private network may be used by sites too.
    pub allow_private: bool,
    /// Certificates (PEM) of further authorities to believe.
    pub authorities: Vec<Vec<u8>>,
    /// How we name ourselves to servers.
    pub hello: String,
    /// Connections to one server.
    pub per_server: usize,
    /// For one command and its answer.
    pub patience: Duration,
}

impl Default for MailerOptions {
    fn default() -> Self {
        Self { allow_private: false, authorities: Vec::new(), hello: "localhost".into(), per_server: 4, patience: Duration::from_secs(20) }
    }
}

/// Servers whose connections are kept.
const MOST_SERVERS: usize = 256;
/// A whole exchange takes no longer than so many commands may.
const EXCHANGE: u32 = 4;

type Transport = AsyncSmtpTransport<Tokio1Executor>;

#[derive(Clone)]
struct Lane {
    transport: Transport,
    places: Arc<Semaphore>,
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    host: String,
    at: SocketAddr,
    security: Security,
    login: Option<(String, String)>,
}

pub struct SmtpMailer {
    options: MailerOptions,
    lanes: Mutex<HashMap<Key, Lane>>,
}

impl SmtpMailer {
    pub fn new(options: MailerOptions) -> Self {
        Self { options, lanes: Mutex::default() }
    }

    /// The name is looked up here and only an address that passed is connected to.
    async fn resolve(&self, server: &MailServer) -> Result<SocketAddr, MailError> {
        let looked = tokio::time::timeout(self.options.patience, tokio::net::lookup_host((server.host.as_str(), server.port))).await;
        let found: Vec<SocketAddr> = match looked {
            Ok(Ok(found)) => found.collect(),
            Ok(Err(err)) => return Err(MailError::Unreachable(format!("{}: {err}", server.host))),
            Err(_) => return Err(MailError::Unreachable(format!("{}: the name is not answered", server.host))),
        };
        let free = server.trusted || self.options.allow_private;
        match found.iter().find(|at| free || is_global(at.ip())) {
            Some(at) => Ok(*at),
            None if found.is_empty() => Err(MailError::Unreachable(format!("{} has no address", server.host))),
            None => Err(MailError::Invalid(format!(
                "{} is in a private network; such mail servers are not used unless the configuration allows it (mail.allow_private)",
                server.host
            ))),
        }
    }

    async fn lane(&self, server: &MailServer) -> Result<Lane, MailError> {
        let at = self.resolve(server).await?;
        let login = server.login.as_ref().map(|(user, password)| (user.clone(), Digest::of(password.reveal()).0));
        let key = Key { host: server.host.clone(), at, security: server.security, login };
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(&key) {
            return Ok(lane.clone());
        }
        if lanes.len() >= MOST_SERVERS {
            lanes.clear();
        }
        let lane = Lane { transport: self.transport(server, at)?, places: Arc::new(Semaphore::new(self.options.per_server)) };
        lanes.insert(key, lane.clone());
        Ok(lane)
    }

    fn transport(&self, server: &MailServer, at: SocketAddr) -> Result<Transport, MailError> {
        let tls = match server.security {
            Security::Tls => Tls::Wrapper(self.tls(server)?),
            Security::StartTls => Tls::Required(self.tls(server)?),
            Security::Plain => Tls::None,
        };
        let pool = PoolConfig::new().max_size(u32::try_from(self.options.per_server).unwrap_or(4)).idle_timeout(Duration::from_secs(30));
        let mut builder = Transport::builder_dangerous(at.ip().to_string())
            .port(at.port())
            .tls(tls)
            .timeout(Some(self.options.patience))
            .hello_name(ClientId::Domain(self.options.hello.clone()))
            .pool_config(pool);
        if let Some((user, password)) = &server.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.reveal().to_owned()));
        }
        Ok(builder.build())
    }

    fn tls(&self, server: &MailServer) -> Result<TlsParameters, MailError> {
        let broken = |err: lettre::transport::smtp::Error| MailError::Invalid(format!("TLS to {}: {}", server.host, chain(&err)));
        let mut parameters = TlsParameters::builder(server.host.clone());
        for pem in &self.options.authorities {
            parameters = parameters.add_root_certificate(Certificate::from_pem(pem).map_err(broken)?);
        }
        parameters.build_rustls().map_err(broken)
    }

    fn limit(&self) -> Duration {
        self.options.patience * EXCHANGE
    }
}

#[async_trait::async_trait]
impl Mailer for SmtpMailer {
    async fn hold(&self, server: &MailServer) -> Result<Box<dyn MailPlace>, MailError> {
        let lane = self.lane(server).await?;
        let place = lane.places.try_acquire_owned().map_err(|_| MailError::Busy)?;
        Ok(Box::new(Held { transport: lane.transport, limit: self.limit(), _place: place }))
    }

    async fn probe(&self, server: &MailServer) -> Result<(), MailError> {
        let lane = self.lane(server).await?;
        let alive = within(self.limit(), lane.transport.test_connection()).await?;
        if alive { Ok(()) } else { Err(MailError::Unreachable("the connection does not hold".into())) }
    }
}

struct Held {
    transport: Transport,
    limit: Duration,
    _place: OwnedSemaphorePermit,
}

#[async_trait::async_trait]
impl MailPlace for Held {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let sent = within(self.limit, self.transport.send(write(mail)?)).await;
        metrics::counter!("mail_sent_total", "outcome" => outcome(&sent)).increment(1);
        sent.map(drop)
    }
}

async fn within<T>(limit: Duration, exchange: impl Future<Output = Result<T, lettre::transport::smtp::Error>>) -> Result<T, MailError> {
    match tokio::time::timeout(limit, exchange).await {
        Ok(done) => done.map_err(|err| told(&err)),
        Err(_) => Err(MailError::Unreachable(format!("nothing came of it within {} s", limit.as_secs()))),
    }
}

fn outcome<T>(sent: &Result<T, MailError>) -> &'static str {
    match sent {
        Ok(_) => "sent",
        Err(MailError::Refused(_) | MailError::Invalid(_)) => "refused",
        Err(MailError::Deferred(_) | MailError::Busy) => "deferred",
        Err(MailError::Account(_)) => "account",
        Err(MailError::Unreachable(_)) => "unreachable",
    }
}

fn told(err: &lettre::transport::smtp::Error) -> MailError {
    let words = chain(err);
    let code = err.status().map(u16::from);
    match code {
        // Authentication: wrong, too weak, required, expired.
        Some(530 | 534 | 535 | 538) => MailError::Account(words),
        Some(421 | 454) => MailError::Deferred(words),
        _ if err.is_permanent() => MailError::Refused(words),
        _ if err.is_transient() => MailError::Deferred(words),
        _ if err.is_client() => MailError::Account(words),
        _ => MailError::Unreachable(words),
    }
}

fn chain(err: &dyn std::error::Error) -> String {
    let mut words = err.to_string();
    let mut next = err.source();
    while let Some(cause) = next {
        words = format!("{words}: {cause}");
        next = cause.source();
    }
    words.chars().take(500).collect()
}

fn wrong(what: &str, err: impl std::fmt::Display) -> MailError {
    MailError::Invalid(format!("the message cannot be written: {what}: {err}"))
}

fn address(of: &str) -> Result<Address, MailError> {
    of.parse().map_err(|err| wrong(&format!("{of:?} is no address"), err))
}

/// Control characters in a name would begin another header.
fn tidy(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn mailbox(of: &Mailbox) -> Result<message::Mailbox, MailError> {
    let name = Some(tidy(&of.name)).filter(|name| !name.is_empty());
    Ok(message::Mailbox::new(name, address(&of.email)?))
}

fn write(mail: &Mail) -> Result<Message, MailError> {
    let millis = u64::try_from(mail.date.millis()).unwrap_or(0);
    let bounces = mail.bounces_to.as_deref().map(address).transpose()?;
    let envelope = Envelope::new(bounces, vec![address(&mail.to.email)?]).map_err(|err| wrong("its envelope", err))?;
    let mut builder = Message::builder()
        .message_id(Some(format!("<{}>", tidy(&mail.id))))
        .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
        .from(mailbox(&mail.from)?)
        .to(mailbox(&mail.to)?)
        .subject(tidy(&mail.subject))
        .envelope(envelope);
    if let Some(reply) = &mail.reply_to {
        builder = builder.reply_to(message::Mailbox::new(None, address(reply)?));
    }
    if let Some(id) = &mail.in_reply_to {
        builder = builder.in_reply_to(format!("<{}>", tidy(id)));
    }
    if !mail.references.is_empty() {
        builder = builder.references(mail.references.iter().map(|id| format!("<{}>", tidy(id))).collect::<Vec<_>>().join(" "));
    }
    for (name, value) in &mail.headers {
        let name = HeaderName::new_from_ascii(name.clone()).map_err(|err| wrong(name, err))?;
        builder = builder.raw_header(HeaderValue::new(name, tidy(value)));
    }
    let plain = SinglePart::plain(mail.text.clone());
    let words = match &mail.html {
        Some(html) => MultiPart::alternative().singlepart(plain).singlepart(SinglePart::html(html.clone())),
        None => MultiPart::mixed().singlepart(plain),
    };
    let whole = if mail.files.is_empty() {
        words
    } else {
        let mut whole = MultiPart::mixed().multipart(words);
        for file in &mail.files {
            let kind = ContentType::parse(&file.media_type).map_err(|err| wrong(&file.name, err))?;
            whole = whole.singlepart(Attachment::new(tidy(&file.name)).body(file.bytes.to_vec(), kind));
        }
        whole
    };
    builder.multipart(whole).map_err(|err| wrong("its parts", err))
}
