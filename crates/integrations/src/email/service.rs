//! What can be done with e-mail.

use super::account::Account;
use super::outbox::{FLOOD, Outbox};
use super::own::{bare, same_mailbox};
use super::{Automatic, EmailError, EmailSettings, Letter, LetterState, NewLetter, Put};
use crate::connections::{Breakers, ConnectionError, Connections};
use crate::office::{Files, Office};
use base::{Invalid, Page, PageRequest, Secret, SiteId, Timestamp};
use events::Later;
use serde_json::json;
use sha2::{Digest, Sha256};
use sockets::mailer::{MailServer, Mailbox, Mailer};
use sockets::{Db, StoreError, Tx};
use std::sync::Arc;
use std::time::Duration;

/// The kind of the delayed work that carries a letter.
pub(super) const SEND: &str = "email.send";
/// The log of letters is kept for so long.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// What the installation gives to all sites.
#[derive(Clone, Debug, Default)]
pub struct HouseMail {
    pub server: Option<MailServer>,
    pub from: Option<Mailbox>,
}

/// How a site sends: through which server, and as whom.
pub(super) struct Way {
    pub server: MailServer,
    pub from: Mailbox,
}

impl HouseMail {
    /// None: the site sends no e-mail.
    pub(super) fn way(&self, settings: &EmailSettings, password: Option<&Secret>) -> Option<Way> {
        if !settings.enabled {
            return None;
        }
        let server = settings.own_server(password).or_else(|| self.server.clone())?;
        let own = Some(settings.from_address.as_str()).filter(|address| !address.is_empty());
        let email = own.map(str::to_owned).or_else(|| self.from.as_ref().map(|from| from.email.clone()))?;
        let house_name = self.from.as_ref().map(|from| from.name.clone()).unwrap_or_default();
        let name = if settings.from_name.is_empty() { house_name } else { settings.from_name.clone() };
        Some(Way { server, from: Mailbox::new(name, email) })
    }
}

/// The e-mail of all sites; cheap to clone.
#[derive(Clone)]
pub struct Emails {
    pub(super) db: Db,
    pub(super) mailer: Arc<dyn Mailer>,
    pub(super) office: Arc<dyn Office>,
    pub(super) files: Arc<dyn Files>,
    pub(super) breakers: Arc<Breakers<Account>>,
    connections: Connections,
    house: Arc<HouseMail>,
}

impl Emails {
    /// `connections` keeps the settings of sites, as those of the kind [`MailConnection`](super::MailConnection).
    pub fn new(
        db: Db,
        mailer: Arc<dyn Mailer>,
        connections: Connections,
        office: Arc<dyn Office>,
        files: Arc<dyn Files>,
        house: HouseMail,
    ) -> Self {
        Self { db, mailer, office, files, breakers: Arc::default(), connections, house: Arc::new(house) }
    }

    /// The settings of a site and the password of its server. Without any the site uses what the installation has.
    pub(super) async fn settings(&self, site: SiteId) -> Result<(EmailSettings, Option<Secret>), StoreError> {
        let (connection, _) = self.connections.get(site, super::KIND).await.map_err(|err| match err {
            ConnectionError::Store(err) => err,
            other => StoreError::Unreadable(other.to_string()),
        })?;
        if !connection.configured {
            return Ok((EmailSettings::default(), None));
        }
        let read = super::settings::read(&connection.settings).map_err(|err| StoreError::Unreadable(err.to_string()))?;
        Ok((EmailSettings { enabled: connection.enabled, ..read.0 }, read.1))
    }

    /// The one address at which a site receives.
    pub(crate) async fn set_inbox(&self, tx: &Tx, site: SiteId, address: Option<&str>) -> Result<(), EmailError> {
        if Outbox::set_inbox(tx, site, address.map(bare).as_deref()).await? {
            return Ok(());
        }
        Err(Invalid::new("inbound_address", "another site receives at this address").into())
    }

    /// Whose mail comes to this address, whatever stands behind a `+`.
    pub(crate) async fn site_of(&self, address: &str) -> Result<Option<SiteId>, StoreError> {
        Outbox::site_of(&self.db, &bare(address)).await
    }

    /// Is it an address that the site itself sends from or receives at?
    pub(crate) async fn is_own(&self, site: SiteId, address: &str) -> Result<bool, StoreError> {
        let (settings, _) = self.settings(site).await?;
        let mut own = Outbox::inboxes(self.db.read(), site).await?;
        own.push(settings.from_address);
        own.extend(self.house.from.as_ref().map(|from| from.email.clone()));
        Ok(own.iter().any(|one| same_mailbox(one, address)))
    }

    pub fn now(&self) -> Timestamp {
        self.db.clock().now()
    }

    /// None: the site sends no e-mail.
    pub(super) fn way(&self, settings: &EmailSettings, password: Option<&Secret>) -> Option<Way> {
        self.house.way(settings, password)
    }

    /// Writes a letter down in the caller's transaction; it goes out once that is committed.
    pub async fn put(&self, tx: &Tx, site: SiteId, letter: &NewLetter) -> Result<Put, StoreError> {
        let (settings, password) = self.settings(site).await?;
        let Some(way) = self.way(&settings, password.as_ref()) else { return Ok(Put::Off) };
        let inboxes = Outbox::inboxes(&tx.conn(), site).await?;
        let held = self.why_held(tx, site, &way, &inboxes, letter).await?;
        let local = letter.message_id.clone().unwrap_or_else(|| local_id(site, &letter.key));
        let message_id = format!("{local}@{}", way.from.domain());
        // Where the site receives at the sender's own domain, what cannot be delivered comes back to where it is read.
        let reads = inboxes.into_iter().find(|inbox| inbox.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(way.from.domain())));
        let letter = &NewLetter { bounces_to: letter.bounces_to.clone().or(reads), ..letter.clone() };
        let Some(id) = Outbox::insert(tx, site, &message_id, letter, held).await? else { return Ok(Put::Before) };
        if held.is_some() {
            tracing::warn!(%site, reason = letter.reason, held, "a letter is not sent");
            return Ok(Put::Held(id));
        }
        Later::at(tx, tx.now(), SEND, &json!({ "letter": id })).await?;
        Ok(Put::Written(id))
    }

    async fn why_held(&self, tx: &Tx, site: SiteId, way: &Way, inboxes: &[String], letter: &NewLetter) -> Result<Option<&'static str>, StoreError> {
        let own = inboxes.iter().chain([&way.from.email]).any(|own| same_mailbox(own, &letter.to.email));
        if own {
            return Ok(Some("it would go to an address of our own"));
        }
        if letter.automatic == Automatic::No {
            return Ok(None);
        }
        let since = tx.now().minus(Duration::from_secs(3600));
        let many = Outbox::count_since(tx, site, &letter.to.email, since).await? >= FLOOD;
        Ok(many.then_some("too many automatic letters to this address within an hour"))
    }

    /// What was and will be sent, the newest first.
    pub async fn log(&self, site: SiteId, page: &PageRequest) -> Result<Page<Letter>, EmailError> {
        Ok(Outbox::list(&self.db, site, page).await?)
    }

    /// Sends a letter that was given up once more, from its first try on. Its Message-ID stays: should it have arrived after all, the
    /// second copy is told as one.
    pub async fn resend(&self, site: SiteId, id: i64) -> Result<Letter, EmailError> {
        let found = Outbox::find(&self.db, id).await?.filter(|letter| letter.site == site);
        found.ok_or(EmailError::Missing(id))?;
        let tx = self.db.begin().await?;
        if !Outbox::take_up(&tx, site, id).await? {
            return Err(EmailError::NotGivenUp(id));
        }
        Later::at(&tx, tx.now(), SEND, &json!({ "letter": id })).await?;
        tx.commit().await?;
        Outbox::find(&self.db, id).await?.ok_or(EmailError::Missing(id))
    }

    /// A mail server says that a letter of ours, known by its Message-ID, could not be delivered. What is not ours changes nothing.
    pub(crate) async fn came_back(&self, tx: &Tx, site: SiteId, message_id: &str, why: &str) -> Result<(), StoreError> {
        let why = if why.is_empty() { "it came back" } else { why };
        if Outbox::came_back(tx, site, message_id, why).await? {
            tracing::info!(%site, message_id, why, "a letter came back");
        }
        Ok(())
    }

    /// How these letters stand, by their numbers.
    pub(crate) async fn states(&self, site: SiteId, ids: &[i64]) -> Result<Vec<(i64, LetterState, Option<String>)>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Outbox::states(&self.db, site, ids).await
    }

    /// Clears the log of what is long done.
    pub async fn forget(&self) -> Result<u64, EmailError> {
        Ok(Outbox::forget(&self.db, self.db.clock().now().minus(KEPT)).await?)
    }
}

/// The same for the same reason, so that a second copy is told as one.
fn local_id(site: SiteId, key: &str) -> String {
    let digest = Sha256::digest(format!("{site}\n{key}").as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
