//! The table of dead letters.

use super::letter::{DeadLetter, Letter};
use crate::sql::{Sql, get};
use base::{DeadLetterId, SiteId, Timestamp};
use sea_orm::{QueryResult, Value};
use serde::{Deserialize, Serialize};
use sockets::{Db, StoreError, Tx};

/// Whose rows are seen: those of a site; or, by who runs the installation, those of the site and those of no site or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    pub site: SiteId,
    /// Of the whole installation.
    pub all: bool,
}

impl From<SiteId> for Sight {
    fn from(site: SiteId) -> Self {
        Self { site, all: false }
    }
}

/// Which letters are meant; what is not given is not asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LetterFilter {
    pub queue: Option<String>,
    /// The name of the event.
    pub name: Option<String>,
    /// Died at or after this.
    pub from: Option<Timestamp>,
    /// Died before this.
    pub to: Option<Timestamp>,
}

/// `$1` site, `$2` also of no site, `$3` queue, `$4` name, `$5` from, `$6` to.
macro_rules! met {
    ($before:literal, $after:literal) => {
        Sql::same(concat!(
            $before,
            " FROM event_dead_letters WHERE (site = $1 OR ($2 = 1 AND site = 0)) AND ($3 = '' OR consumer = $3) AND ($4 = '' OR name = $4)
               AND died_at >= $5 AND died_at < $6 ",
            $after
        ))
    };
}

macro_rules! columns {
    () => {
        "SELECT id, site, consumer, name, event, ordering, body, attempts, causes, first_at, died_at"
    };
}

fn asked(sight: Sight, filter: &LetterFilter) -> Vec<Value> {
    vec![
        sight.site.0.into(),
        i64::from(sight.all).into(),
        filter.queue.clone().unwrap_or_default().into(),
        filter.name.clone().unwrap_or_default().into(),
        filter.from.map_or(i64::MIN, Timestamp::millis).into(),
        filter.to.map_or(i64::MAX, Timestamp::millis).into(),
    ]
}

pub(super) async fn list(db: &Db, sight: Sight, filter: &LetterFilter, before: i64, most: i64) -> Result<Vec<DeadLetter>, StoreError> {
    const LIST: Sql = Sql::same(concat!(
        columns!(),
        " FROM event_dead_letters WHERE (site = $1 OR ($2 = 1 AND site = 0)) AND ($3 = '' OR consumer = $3) AND ($4 = '' OR name = $4)
           AND died_at >= $5 AND died_at < $6 AND id < $7 ORDER BY id DESC LIMIT $8"
    ));
    let mut values = asked(sight, filter);
    values.extend([before.into(), most.into()]);
    LIST.all(db.read(), values).await?.iter().map(read).collect()
}

/// The next ones of a bulk replay, the oldest first: with an event in them, above `after` and up to `last`.
pub(super) async fn next(db: &Db, sight: Sight, filter: &LetterFilter, after: i64, last: i64, most: i64) -> Result<Vec<i64>, StoreError> {
    const NEXT: Sql = met!("SELECT id", "AND consumer NOT LIKE 'later:%' AND id > $7 AND id <= $8 ORDER BY id LIMIT $9");
    let mut values = asked(sight, filter);
    values.extend([after.into(), last.into(), most.into()]);
    NEXT.all(db.read(), values).await?.iter().map(|row| get(row, "id")).collect()
}

pub(super) async fn last(tx: &Tx) -> Result<i64, StoreError> {
    const LAST: Sql = Sql::same("SELECT COALESCE(MAX(id), 0) AS last FROM event_dead_letters");
    LAST.one(&tx.conn(), vec![]).await?.map_or(Ok(0), |row| get(&row, "last"))
}

pub(super) async fn count(db: &Db, sight: Sight, filter: &LetterFilter, events_only: bool) -> Result<i64, StoreError> {
    const COUNT: Sql = met!("SELECT COUNT(*) AS n", "AND ($7 = 0 OR consumer NOT LIKE 'later:%')");
    let mut values = asked(sight, filter);
    values.push(i64::from(events_only).into());
    COUNT.one(db.read(), values).await?.map_or(Ok(0), |row| get(&row, "n"))
}

pub(super) async fn count_all(db: &Db) -> Result<i64, StoreError> {
    const COUNT: Sql = Sql::same("SELECT COUNT(*) AS n FROM event_dead_letters");
    COUNT.one(db.read(), vec![]).await?.map_or(Ok(0), |row| get(&row, "n"))
}

pub(super) async fn find(db: &Db, sight: Sight, id: DeadLetterId) -> Result<Option<DeadLetter>, StoreError> {
    const FIND: Sql = Sql::same(concat!(columns!(), " FROM event_dead_letters WHERE id = $1 AND (site = $2 OR ($3 = 1 AND site = 0))"));
    let row = FIND.one(db.read(), vec![id.0.into(), sight.site.0.into(), i64::from(sight.all).into()]).await?;
    row.as_ref().map(read).transpose()
}

pub(super) async fn remove(db: &Db, sight: Sight, id: DeadLetterId) -> Result<bool, StoreError> {
    const REMOVE: Sql = Sql::same("DELETE FROM event_dead_letters WHERE id = $1 AND (site = $2 OR ($3 = 1 AND site = 0))");
    let tx = db.begin().await?;
    let removed = REMOVE.run(&tx.conn(), vec![id.0.into(), sight.site.0.into(), i64::from(sight.all).into()]).await?;
    tx.commit().await?;
    Ok(removed > 0)
}

pub(super) async fn remove_many(db: &Db, sight: Sight, filter: &LetterFilter) -> Result<i64, StoreError> {
    const REMOVE: Sql = met!("DELETE", "");
    let tx = db.begin().await?;
    let removed = REMOVE.run(&tx.conn(), asked(sight, filter)).await?;
    tx.commit().await?;
    Ok(i64::try_from(removed).unwrap_or(i64::MAX))
}

pub(crate) async fn bury(tx: &Tx, letter: Letter) -> Result<(), StoreError> {
    const BURY: Sql = Sql::same(
        "INSERT INTO event_dead_letters (site, consumer, name, event, ordering, body, attempts, causes, first_at, died_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    );
    let now = tx.now();
    let mut causes = letter.causes;
    for cause in causes.iter_mut().filter(|cause| cause.at == Timestamp::default()) {
        cause.at = now;
    }
    tracing::error!(consumer = letter.consumer, event = %letter.event, name = letter.name, why = causes.last().map(|cause| &*cause.why), "an event was given up");
    metrics::counter!("events_dead_total", "consumer" => letter.consumer.clone()).increment(1);
    let values = vec![
        letter.site.0.into(),
        letter.consumer.into(),
        letter.name.into(),
        letter.event.to_string().into(),
        letter.ordering.into(),
        letter.body.into(),
        i64::from(letter.attempts).into(),
        serde_json::to_string(&causes).expect("causes are plain JSON").into(),
        letter.first_at.unwrap_or(now).millis().into(),
        now.millis().into(),
    ];
    BURY.run(&tx.conn(), values).await?;
    Ok(())
}

fn read(row: &QueryResult) -> Result<DeadLetter, StoreError> {
    let (event, body, causes): (String, String, String) = (get(row, "event")?, get(row, "body")?, get(row, "causes")?);
    let unreadable = |what: &str| StoreError::Unreadable(format!("{what} of a dead letter"));
    Ok(DeadLetter {
        id: DeadLetterId(get(row, "id")?),
        site: SiteId(get(row, "site")?),
        consumer: get(row, "consumer")?,
        name: get(row, "name")?,
        event: event.parse().map_err(|_| unreadable("the event id"))?,
        ordering: get(row, "ordering")?,
        envelope: serde_json::from_str(&body).ok(),
        body,
        attempts: get(row, "attempts")?,
        causes: serde_json::from_str(&causes).map_err(|_| unreadable("the causes"))?,
        first_at: Timestamp::from_millis(get(row, "first_at")?),
        died_at: Timestamp::from_millis(get(row, "died_at")?),
    })
}
