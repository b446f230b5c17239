//! What can be done with connections.

use super::log::{self, LogEntry};
use super::{Connection, ConnectionError, Kind, Steps, store};
use base::{Invalid, Page, PageRequest, SiteId};
use events::{Chance, Fence, Job, Outcome, Schedule};
use serde_json::{Map, Value};
use sockets::Db;
use std::sync::Arc;
use std::time::Duration;

/// The log is kept for so long.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3_600);

/// The connections of all sites; cheap to clone.
#[derive(Clone)]
pub struct Connections {
    db: Db,
    kinds: Arc<[Arc<dyn Kind>]>,
    chance: Chance,
}

impl Connections {
    /// `kinds` is the whole list of what can be connected to.
    pub fn new(db: Db, chance: Chance, kinds: Vec<Arc<dyn Kind>>) -> Self {
        Self { db, kinds: kinds.into(), chance }
    }

    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    pub(super) fn chance(&self) -> &Chance {
        &self.chance
    }

    fn kind(&self, name: &str) -> Result<&dyn Kind, ConnectionError> {
        let found = self.kinds.iter().find(|kind| kind.name() == name);
        found.map(Arc::as_ref).ok_or_else(|| ConnectionError::Missing(name.to_owned()))
    }

    /// Every kind, whether it is set up or not.
    pub async fn list(&self, site: SiteId) -> Result<Vec<Connection>, ConnectionError> {
        let mut all = Vec::new();
        for kind in self.kinds.iter() {
            all.push(store::find(self.db.read(), site, kind.name()).await?);
        }
        Ok(all)
    }

    /// The connection, with its settings as they may be shown.
    pub async fn get(&self, site: SiteId, name: &str) -> Result<(Connection, Value), ConnectionError> {
        let kind = self.kind(name)?;
        let connection = store::find(self.db.read(), site, kind.name()).await?;
        let shown = connection.shown(kind.secrets());
        Ok((connection, shown))
    }

    /// The site's settings with their secrets, for the kind's own code; none when it is not enabled.
    pub async fn settings(&self, site: SiteId, name: &str) -> Result<Option<Value>, ConnectionError> {
        let kind = self.kind(name)?;
        let connection = store::find(self.db.read(), site, kind.name()).await?;
        Ok(connection.enabled.then_some(connection.settings))
    }

    /// Saves settings; the breaker begins anew. Secrets that are not told stay, unless they would be sent to another place.
    pub async fn save(&self, site: SiteId, name: &str, enabled: bool, told: Map<String, Value>) -> Result<(Connection, Value), ConnectionError> {
        let kind = self.kind(name)?;
        let tx = self.db.begin().await?;
        let before = store::hold(&tx, site, kind.name()).await?;
        let reused = before.reused(&told, kind.secrets());
        let settings = before.filled(told, kind.secrets());
        kind.check(&settings)?;
        let to = kind.destination(&settings);
        if let Some(secret) = reused.first().filter(|_| !to.is_null() && to != kind.destination(&before.settings)) {
            return Err(Invalid::new(format!("settings.{secret}"), "must be given again: the destination changed").into());
        }
        let mut after = Connection { enabled, settings, ..before };
        after.breaker.succeeded();
        store::save_settings(&tx, &after).await?;
        store::save_health(&tx, &after).await?;
        tx.commit().await?;
        kind.changed(site);
        self.get(site, name).await
    }

    /// Tries the connection with the saved settings, enabled or not.
    pub async fn test(&self, site: SiteId, name: &str) -> Result<Steps, ConnectionError> {
        let kind = self.kind(name)?;
        let connection = store::find(self.db.read(), site, kind.name()).await?;
        if !connection.configured {
            return Err(ConnectionError::Unset(name.to_owned()));
        }
        let steps = kind.test(site, &connection.settings).await;
        if steps.ok() && connection.breaker.is_open() {
            // Somebody mended it and looked: what waits need not wait on.
            let tx = self.db.begin().await?;
            let mut fresh = store::hold(&tx, site, kind.name()).await?;
            fresh.breaker.succeeded();
            fresh.last_ok_at = Some(tx.now());
            store::save_health(&tx, &fresh).await?;
            tx.commit().await?;
        }
        Ok(steps)
    }

    pub async fn log(&self, site: SiteId, name: &str, state: Option<&str>, page: &PageRequest) -> Result<Page<LogEntry>, ConnectionError> {
        let kind = self.kind(name)?;
        Ok(log::list(&self.db, site, kind.name(), state, page).await?)
    }

    /// Clears the log of what is long done.
    pub async fn forget(&self) -> Result<u64, ConnectionError> {
        Ok(log::forget(&self.db, self.db.clock().now().minus(KEPT)).await?)
    }
}

/// Clears the log of connections.
pub struct ForgetLog(pub Connections);

#[async_trait::async_trait]
impl Job for ForgetLog {
    fn name(&self) -> String {
        "connections.forget".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(6 * 3_600))
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        Outcome::of(self.0.forget().await.map(drop))
    }
}
