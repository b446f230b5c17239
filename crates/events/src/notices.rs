//! Alarms of the post room, for people: raised once, kept until they are over, told to every desk.

use crate::pressure::Level;
use crate::sql::{Sql, get};
use base::{SiteId, Timestamp};
use sea_orm::QueryResult;
use serde_json::{Value, json};
use sockets::{Db, StoreError};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::broadcast;

/// What is to be told.
#[derive(Clone, Debug)]
pub struct Alarm {
    pub kind: &'static str,
    /// Which broker, queue or endpoint; an alarm is raised once for each.
    pub subject: String,
    pub level: Level,
    /// Of this site alone; none: of the installation.
    pub site: Option<SiteId>,
    pub data: Value,
}

impl Alarm {
    pub fn new(kind: &'static str, level: Level) -> Self {
        Self { kind, subject: String::new(), level, site: None, data: json!({}) }
    }

    #[must_use]
    pub fn about(self, subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), ..self }
    }

    #[must_use]
    pub fn of(self, site: SiteId) -> Self {
        Self { site: Some(site), ..self }
    }

    #[must_use]
    pub fn with(self, data: Value) -> Self {
        Self { data, ..self }
    }
}

/// An alarm as it was raised.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub id: i64,
    pub kind: String,
    pub subject: String,
    pub level: Level,
    pub site: Option<SiteId>,
    pub data: Value,
    pub since: Timestamp,
    /// None while it lasts.
    pub until: Option<Timestamp>,
}

/// Where alarms are kept; cheap to clone.
#[derive(Clone)]
pub struct Notices {
    db: Db,
    news: broadcast::Sender<Notice>,
}

/// How many a list shows.
const SHOWN: i64 = 200;

impl Notices {
    pub fn new(db: Db) -> Self {
        Self { db, news: broadcast::Sender::new(64) }
    }

    /// Hears of alarms that this node raises and ends.
    pub fn hear(&self) -> broadcast::Receiver<Notice> {
        self.news.subscribe()
    }

    /// Raises it, unless it is raised. Trouble with storing it is logged: an alarm must not stop what raised it.
    pub async fn raise(&self, alarm: &Alarm) {
        match self.try_raise(alarm).await {
            Ok(Some(notice)) => {
                tracing::warn!(kind = alarm.kind, subject = alarm.subject, level = alarm.level.name(), "an alarm was raised");
                // Nobody may listen.
                let _heard = self.news.send(notice);
            }
            Ok(None) => {}
            Err(err) => tracing::warn!(error = ?err, kind = alarm.kind, "an alarm could not be noted"),
        }
    }

    async fn try_raise(&self, alarm: &Alarm) -> Result<Option<Notice>, StoreError> {
        const RAISE: Sql = Sql::same(
            "INSERT INTO event_notices (kind, subject, level, site, data, since) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (kind, subject) WHERE until IS NULL DO NOTHING
             RETURNING id, kind, subject, level, site, data, since, until",
        );
        let tx = self.db.begin().await?;
        let values = vec![
            alarm.kind.into(),
            alarm.subject.as_str().into(),
            alarm.level.name().into(),
            alarm.site.map(|site| site.0).into(),
            alarm.data.to_string().into(),
            tx.now().millis().into(),
        ];
        let row = RAISE.one(&tx.conn(), values).await?;
        tx.commit().await?;
        row.as_ref().map(read).transpose()
    }

    /// It is over. When it was not raised nothing happens.
    pub async fn clear(&self, kind: &str, subject: &str) {
        match self.try_clear(kind, subject).await {
            Ok(Some(notice)) => {
                tracing::info!(kind, subject, "an alarm is over");
                let _heard = self.news.send(notice);
            }
            Ok(None) => {}
            Err(err) => tracing::warn!(error = ?err, kind, "the end of an alarm could not be noted"),
        }
    }

    async fn try_clear(&self, kind: &str, subject: &str) -> Result<Option<Notice>, StoreError> {
        const OPEN: Sql = Sql::same("SELECT 1 AS one FROM event_notices WHERE kind = $1 AND subject = $2 AND until IS NULL");
        const CLEAR: Sql = Sql::same(
            "UPDATE event_notices SET until = $3 WHERE kind = $1 AND subject = $2 AND until IS NULL
             RETURNING id, kind, subject, level, site, data, since, until",
        );
        if OPEN.one(self.db.read(), vec![kind.into(), subject.into()]).await?.is_none() {
            return Ok(None);
        }
        let tx = self.db.begin().await?;
        let row = CLEAR.one(&tx.conn(), vec![kind.into(), subject.into(), tx.now().millis().into()]).await?;
        tx.commit().await?;
        row.as_ref().map(read).transpose()
    }

    /// Of this kind those about other subjects are over.
    pub(crate) async fn only(&self, kind: &str, subjects: &HashSet<String>) -> Result<(), StoreError> {
        const LASTING: Sql = Sql::same("SELECT subject FROM event_notices WHERE kind = $1 AND until IS NULL");
        for row in LASTING.all(self.db.read(), vec![kind.into()]).await? {
            let subject: String = get(&row, "subject")?;
            if !subjects.contains(&subject) {
                self.clear(kind, &subject).await;
            }
        }
        Ok(())
    }

    /// Those that last and those of the last days, of the installation and of this site; the lasting first, then the newest.
    pub async fn list(&self, site: SiteId) -> Result<Vec<Notice>, StoreError> {
        const LIST: Sql = Sql::same(
            "SELECT id, kind, subject, level, site, data, since, until FROM event_notices WHERE site IS NULL OR site = $1
             ORDER BY CASE WHEN until IS NULL THEN 0 ELSE 1 END, id DESC LIMIT $2",
        );
        let rows = LIST.all(self.db.read(), vec![site.0.into(), SHOWN.into()]).await?;
        rows.iter().map(read).collect()
    }

    pub(crate) async fn forget(db: &Db, kept: Duration) -> Result<(), StoreError> {
        const FORGET: Sql = Sql::same("DELETE FROM event_notices WHERE until < $1");
        let tx = db.begin().await?;
        FORGET.run(&tx.conn(), vec![tx.now().minus(kept).millis().into()]).await?;
        tx.commit().await
    }
}

fn read(row: &QueryResult) -> Result<Notice, StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable(format!("{what} of a notice"));
    let (level, data): (String, String) = (get(row, "level")?, get(row, "data")?);
    let (site, until): (Option<i64>, Option<i64>) = (get(row, "site")?, get(row, "until")?);
    Ok(Notice {
        id: get(row, "id")?,
        kind: get(row, "kind")?,
        subject: get(row, "subject")?,
        level: Level::read(&level).ok_or_else(|| unreadable("the level"))?,
        site: site.map(SiteId),
        data: serde_json::from_str(&data).map_err(|_| unreadable("the data"))?,
        since: Timestamp::from_millis(get(row, "since")?),
        until: until.map(Timestamp::from_millis),
    })
}
