//! E-mail and tickets, put together: what they lean on, what they hear, what wakes them, where mail comes in.

use crate::app::Parts;
use crate::config::Config;
use crate::office::House;
use anyhow::Context;
use base::{SiteId, Timestamp};
use content::media::Uploads;
use events::{Does, Job, Listener, Notices, chance};
use integrations::connections::{Connections, Kind};
use integrations::email::{self, AskedTranscript, Carry, EmailError, Emails, ForgetLetters, HouseMail, MailConnection};
use integrations::ticket::{self, CloseSolved, Inbound, MailDoor, MailDoorOptions, Tickets, TicketsDeps, WatchClocks, certificate, hook_routes};
use livechat::chat::{Chat, ChatError, Letters};
use people::identity::Identity;
use rustls::ServerConfig;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

/// E-mail and tickets.
#[derive(Clone)]
pub struct Post {
    pub emails: Emails,
    pub tickets: Tickets,
    inbound: Inbound,
    listen: Option<SocketAddr>,
    options: MailDoorOptions,
    /// The files of the certificate and its key.
    certificate: Option<(PathBuf, PathBuf)>,
}

/// E-mail as one of the systems that a site can be connected to.
pub fn mail_connection(config: &Config, parts: &Parts) -> Arc<dyn Kind> {
    Arc::new(MailConnection { mailer: parts.mailer.clone(), house: house_mail(config) })
}

fn house_mail(config: &Config) -> HouseMail {
    HouseMail { server: config.mail_server(), from: config.mail_from() }
}

impl Post {
    pub fn new(config: &Config, parts: &Parts, identity: &Identity, uploads: &Uploads, connections: &Connections) -> Self {
        let house = Arc::new(House { identity: identity.clone(), uploads: uploads.clone() });
        let db = parts.db.clone();
        let emails = Emails::new(db.clone(), parts.mailer.clone(), connections.clone(), house.clone(), house.clone(), house_mail(config));
        let tickets = Tickets::new(TicketsDeps {
            db,
            emails: emails.clone(),
            office: house.clone(),
            files: house,
            live: parts.live.clone(),
            public_url: parts.public_url.clone(),
        });
        let name = config.mail_from().map_or_else(|| "switchboard".to_owned(), |from| from.domain().to_owned());
        let largest = config.mail.max_mib as usize * 1024 * 1024;
        let certificate = config.mail.certificate.clone().zip(config.mail.certificate_key.clone());
        let options = MailDoorOptions { name, largest, ..MailDoorOptions::default() };
        Self { inbound: Inbound::new(tickets.clone()), emails, tickets, listen: config.mail.listen, options, certificate }
    }

    pub fn listeners(&self) -> Vec<Listener> {
        email::listeners(&self.emails).into_iter().chain(ticket::listeners(&self.tickets)).collect()
    }

    pub fn jobs(&self) -> Vec<Arc<dyn Job>> {
        vec![
            Arc::new(ForgetLetters(self.emails.clone())),
            Arc::new(WatchClocks(self.tickets.clone())),
            Arc::new(CloseSolved(self.tickets.clone())),
        ]
    }

    /// Sends transcripts to visitors who ask for them.
    pub fn letters(&self) -> Arc<dyn Letters> {
        Arc::new(VisitorLetters { emails: self.emails.clone(), known: Mutex::default() })
    }

    /// Who does the work that was put off.
    pub fn later(&self, notices: &Notices) -> Vec<Arc<dyn Does>> {
        vec![Arc::new(Carry::new(self.emails.clone(), chance(), notices.clone()))]
    }

    pub fn routes(&self) -> OpenApiRouter {
        email::routes(self.emails.clone())
            .merge(ticket::routes(self.tickets.clone()))
            .merge(hook_routes(self.inbound.clone(), self.options.largest))
    }

    /// Takes mail in, where the configuration says so, until `stop`.
    pub async fn take_mail(self, stop: CancellationToken) {
        let Some(at) = self.listen else { return };
        let options = match self.certificate.as_ref().map(read_certificate).transpose() {
            Ok(tls) => MailDoorOptions { tls, ..self.options },
            Err(err) => return tracing::error!(error = ?err, "no mail comes in"),
        };
        match TcpListener::bind(at).await.with_context(|| format!("mail cannot be listened for on {at}")) {
            Ok(listener) => {
                tracing::info!(%at, encrypts = options.tls.is_some(), "mail is taken by SMTP");
                MailDoor::new(self.inbound, options).run(listener, stop).await;
            }
            Err(err) => tracing::error!(error = ?err, "no mail comes in"),
        }
    }
}

fn read_certificate((chain, key): &(PathBuf, PathBuf)) -> anyhow::Result<Arc<ServerConfig>> {
    let read = |path: &PathBuf| std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
    certificate(&read(chain)?, &read(key)?).map_err(anyhow::Error::msg)
}

/// Fills [`Letters`]. Whether a site sends any is asked for each time a visitor is told of his chat, so it is remembered for a moment.
struct VisitorLetters {
    emails: Emails,
    known: Mutex<HashMap<SiteId, (Timestamp, bool)>>,
}

const REMEMBERED: Duration = Duration::from_secs(30);

#[async_trait::async_trait]
impl Letters for VisitorLetters {
    async fn any(&self, site: SiteId) -> bool {
        let now = self.emails.now();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&site).copied();
        if let Some((_, any)) = known.filter(|(at, _)| now.since(*at) < REMEMBERED) {
            return any;
        }
        let any = self.emails.any(site).await.unwrap_or(false);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(site, (now, any));
        any
    }

    async fn transcript(&self, chat: &Chat, said: String, to: &str) -> Result<(), ChatError> {
        let language = chat.snapshot.language.clone().unwrap_or_default();
        let asked = AskedTranscript { chat: chat.id, to: to.to_owned(), language, began: chat.requested_at, said };
        self.emails.send_asked(chat.site, asked).await.map_err(|err| match err {
            EmailError::Invalid(invalid) => invalid.into(),
            other => ChatError::elsewhere(&other),
        })
    }
}
