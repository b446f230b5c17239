//! The way of an event to another system, the same for every kind: breaker, tries, log.

use super::log::{self, Line};
use super::{Connection, Connections, Effects, Pass, store};
use base::{EventId, SiteId};
use events::{Outcome, Retries};
use serde_json::Value;
use sockets::{Db, Envelope, StoreError};
use std::time::Duration;

/// What was done, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    pub what: &'static str,
    pub detail: String,
}

impl Done {
    pub fn new(what: &'static str, detail: impl Into<String>) -> Self {
        Self { what, detail: detail.into() }
    }
}

/// Why it was not done, and so what comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The destination does not answer or has a fault of its own: again later; too often opens the breaker.
    Failing(String, Option<Duration>),
    /// Something over there is in use just now: again soon.
    Busy(String),
    /// The destination asked us to wait, all of us: the breaker opens so long, and no try is used up.
    Throttled(String, Duration),
    /// The account does not work until somebody mends it: the breaker opens, and no try is used up.
    Account(String),
    /// It will never work as it is: to the dead letters.
    Refused(String),
}

impl Trouble {
    pub fn words(&self) -> &str {
        match self {
            Self::Failing(why, _) | Self::Busy(why) | Self::Throttled(why, _) | Self::Account(why) | Self::Refused(why) => why,
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words())
    }
}

impl From<StoreError> for Trouble {
    fn from(err: StoreError) -> Self {
        Self::Busy(format!("our own database: {err}"))
    }
}

/// Tries of one event: 2 s, 6 s, 18 s … an hour apart, the last after about eight hours.
const RETRIES: Retries = Retries { first: Duration::from_secs(2), factor: 3.0, longest: Duration::from_secs(3_600), tries: 14 };
/// A broken account is looked at again after this.
const ACCOUNT: Duration = Duration::from_secs(300);

impl Connections {
    /// Does `work` for an event with the site's settings. Sites without the connection, or with it disabled, have nothing to do.
    pub async fn carry<F, W>(&self, kind: &'static str, envelope: &Envelope, chat: Option<&str>, work: W) -> Outcome
    where
        W: FnOnce(Value, Effects) -> F,
        F: Future<Output = Result<Done, Trouble>>,
    {
        match self.carry_on(kind, envelope, chat, work).await {
            Ok(outcome) => outcome,
            Err(err) => Outcome::retry(err),
        }
    }

    async fn carry_on<F, W>(&self, kind: &'static str, envelope: &Envelope, chat: Option<&str>, work: W) -> Result<Outcome, StoreError>
    where
        W: FnOnce(Value, Effects) -> F,
        F: Future<Output = Result<Done, Trouble>>,
    {
        let connection = store::find(self.db().read(), envelope.site, kind).await?;
        if !connection.enabled {
            return Ok(Outcome::Done);
        }
        let before = log::attempts(self.db(), kind, envelope.id).await?;
        let about = About { db: self.db(), site: envelope.site, kind, event: envelope.id, chat, before };
        if let Some(wait) = self.let_through(&connection).await? {
            let why = connection.last_error.as_deref().unwrap_or("the destination failed too often");
            about.log("retrying", "waiting", why, before).await?;
            let span = events::jittered(wait, self.chance()).max(wait);
            return Ok(Outcome::Retry(format!("waiting for the destination: {why}"), Some(span)));
        }
        let effects = Effects::new(self.db().clone(), kind, envelope.id);
        let went = work(connection.settings, effects).await;
        let outcome = if went.is_ok() { "done" } else { "failed" };
        metrics::counter!("integration_events_total", "kind" => kind, "outcome" => outcome).increment(1);
        self.note(&about, went).await
    }

    /// How long to wait, if at all. Who passes first through an open breaker has it written down, so that nobody else does.
    async fn let_through(&self, connection: &Connection) -> Result<Option<Duration>, StoreError> {
        match connection.breaker.pass(self.db().clock().now()) {
            Pass::Go => return Ok(None),
            Pass::Wait(span) => return Ok(Some(span)),
            Pass::Probe => {}
        }
        let tx = self.db().begin().await?;
        let mut fresh = store::hold(&tx, connection.site, connection.kind).await?;
        let pass = fresh.breaker.pass(tx.now());
        if pass == Pass::Probe {
            fresh.breaker.probe(tx.now());
            store::save_health(&tx, &fresh).await?;
            tx.commit().await?;
        }
        Ok(match pass {
            Pass::Wait(span) => Some(span),
            Pass::Go | Pass::Probe => None,
        })
    }

    async fn note(&self, about: &About<'_>, went: Result<Done, Trouble>) -> Result<Outcome, StoreError> {
        let tries = about.before + 1;
        let tx = self.db().begin().await?;
        let mut connection = store::hold(&tx, about.site, about.kind).await?;
        let now = tx.now();
        let (line, attempts, outcome) = match went {
            Ok(done) => {
                connection.breaker.succeeded();
                connection.last_ok_at = Some(now);
                store::save_health(&tx, &connection).await?;
                let line = ("done", done.what, done.detail);
                log::write(&tx, about.line(line.0, line.1, &line.2, tries)).await?;
                tx.commit().await?;
                return Ok(Outcome::Done);
            }
            Err(Trouble::Failing(why, asked)) => {
                connection.breaker.failed(now);
                let wait = RETRIES.after(tries, self.chance()).max(asked.unwrap_or_default());
                (("failing", why), tries, Some(wait))
            }
            Err(Trouble::Busy(why)) => (("busy", why), tries, Some(RETRIES.after(tries, self.chance()))),
            Err(Trouble::Throttled(why, span)) => {
                connection.breaker.open(now, span);
                (("throttled", why), about.before, Some(events::jittered(span, self.chance()).max(span)))
            }
            Err(Trouble::Account(why)) => {
                connection.breaker.open(now, ACCOUNT);
                (("account", why), about.before, Some(ACCOUNT))
            }
            Err(Trouble::Refused(why)) => (("refused", why), tries, None),
        };
        let (what, why) = line;
        if what == "refused" {
            // The destination answered: that this event is not to its taste says nothing against it.
            connection.breaker.succeeded();
        }
        (connection.last_error, connection.last_error_at) = (Some(why.clone()), Some(now));
        store::save_health(&tx, &connection).await?;
        let wait = outcome.filter(|_| attempts < RETRIES.tries);
        log::write(&tx, about.line(if wait.is_some() { "retrying" } else { "failed" }, what, &why, attempts)).await?;
        tx.commit().await?;
        tracing::info!(kind = about.kind, site = %about.site, event = %about.event, what, why, "an event did not reach a connected system");
        Ok(wait.map_or_else(|| Outcome::GiveUp(why.clone()), |wait| Outcome::Retry(why.clone(), Some(wait))))
    }
}

/// Which event it is about, for the log.
struct About<'a> {
    db: &'a Db,
    site: SiteId,
    kind: &'static str,
    event: EventId,
    chat: Option<&'a str>,
    before: u32,
}

impl About<'_> {
    fn line<'a>(&'a self, state: &'static str, what: &'a str, detail: &'a str, attempts: u32) -> Line<'a> {
        Line { site: self.site, kind: self.kind, event: self.event, chat: self.chat, state, what, detail, attempts }
    }

    async fn log(&self, state: &'static str, what: &str, detail: &str, attempts: u32) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        log::write(&tx, self.line(state, what, detail, attempts)).await?;
        tx.commit().await
    }
}
