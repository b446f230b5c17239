//! Events that were given up, with the causes: read, replayed, dropped.

use crate::sql::{Sql, get};
use base::{DeadLetterId, EventId, Fault, Kind, Page, PageRequest, SiteId, Timestamp};
use sea_orm::QueryResult;
use serde::{Deserialize, Serialize};
use sockets::broker::{Broker, Delivery, Outgoing, PublishError, ordering_key};
use sockets::{Db, Envelope, Route, StoreError};
use std::sync::Arc;
use thiserror::Error;

/// One failed try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    pub at: Timestamp,
    pub why: String,
}

/// Causes that are kept of one event: the first, and the last ones.
const MOST_CAUSES: usize = 20;

pub(crate) fn add_cause(causes: &mut Vec<Cause>, at: Timestamp, why: &str) {
    if causes.len() >= MOST_CAUSES {
        causes.remove(1);
    }
    causes.push(Cause { at, why: why.chars().take(1_000).collect() });
}

/// What is to be buried.
pub(crate) struct Letter {
    pub site: SiteId,
    pub consumer: String,
    pub name: String,
    pub event: EventId,
    pub ordering: String,
    pub body: String,
    pub attempts: u32,
    pub causes: Vec<Cause>,
    /// Of the first try; the time of burial when there was none.
    pub first_at: Option<Timestamp>,
}

impl Letter {
    pub fn of_delivery(delivery: &Delivery, envelope: Option<&Envelope>, consumer: &str, why: &str) -> Self {
        let body = String::from_utf8_lossy(&delivery.body).replace('\0', "\u{fffd}");
        let cause = Cause { at: Timestamp::default(), why: why.to_owned() };
        Self {
            // What cannot be read belongs to no site; only whoever runs the installation sees it.
            site: envelope.map_or(SiteId(0), |envelope| envelope.site),
            consumer: consumer.to_owned(),
            name: envelope.map_or_else(|| "unreadable".to_owned(), |envelope| envelope.name.clone()),
            event: envelope.map_or(EventId(uuid::Uuid::nil()), |envelope| envelope.id),
            ordering: envelope.map_or_else(|| delivery.key.to_string(), ordering_key),
            body,
            attempts: 0,
            causes: vec![cause],
            first_at: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetter {
    pub id: DeadLetterId,
    pub site: SiteId,
    /// The consumer that gave up, which is the name of its queue.
    pub consumer: String,
    pub name: String,
    pub event: EventId,
    /// The envelope; null when it could not be read.
    pub envelope: Option<Envelope>,
    pub attempts: i64,
    pub causes: Vec<Cause>,
    pub first_at: Timestamp,
    pub died_at: Timestamp,
}

#[derive(Debug, Error)]
pub enum DeadLetterError {
    #[error("dead letter {0} not found")]
    Missing(DeadLetterId),
    #[error("dead letter {0} cannot be read as an event, so that it cannot be replayed; drop it")]
    Unreadable(DeadLetterId),
    #[error("the event could not be given to its queue again; try later")]
    Publish(#[from] PublishError),
    #[error("storing dead letters failed")]
    Store(#[from] StoreError),
}

impl Fault for DeadLetterError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) => Kind::Missing,
            Self::Unreadable(_) => Kind::Conflict,
            Self::Publish(_) => Kind::Unavailable,
            Self::Store(err) => err.kind(),
        }
    }
}

#[derive(Clone)]
pub struct DeadLetters {
    db: Db,
    data: Arc<dyn Broker>,
}

impl DeadLetters {
    pub fn new(db: Db, data: Arc<dyn Broker>) -> Self {
        Self { db, data }
    }

    pub(crate) async fn bury(&self, letter: Letter) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        bury(&tx, letter).await?;
        tx.commit().await
    }

    /// Newest first.
    pub async fn list(&self, site: SiteId, consumer: Option<&str>, page: &PageRequest) -> Result<Page<DeadLetter>, DeadLetterError> {
        const LIST: Sql = Sql::same(
            "SELECT id, site, consumer, name, event, body, attempts, causes, first_at, died_at FROM event_dead_letters
             WHERE site = $1 AND id < $2 AND ($3 = '' OR consumer = $3) ORDER BY id DESC LIMIT $4",
        );
        let before = page.after.as_deref().and_then(|cursor| cursor.parse::<i64>().ok()).unwrap_or(i64::MAX);
        let values = vec![site.0.into(), before.into(), consumer.unwrap_or_default().into(), (i64::from(page.limit) + 1).into()];
        let rows = LIST.all(self.db.read(), values).await?;
        let letters = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(letters, page.limit, |letter| letter.id.to_string()))
    }

    pub async fn find(&self, site: SiteId, id: DeadLetterId) -> Result<DeadLetter, DeadLetterError> {
        const FIND: Sql = Sql::same(
            "SELECT id, site, consumer, name, event, body, attempts, causes, first_at, died_at FROM event_dead_letters
             WHERE site = $1 AND id = $2",
        );
        let row = FIND.one(self.db.read(), vec![site.0.into(), id.0.into()]).await?;
        Ok(read(&row.ok_or(DeadLetterError::Missing(id))?)?)
    }

    /// Gives the event to its consumer again, and takes the letter away. Should we die in between, it is there twice and handled once.
    pub async fn replay(&self, site: SiteId, id: DeadLetterId) -> Result<(), DeadLetterError> {
        let letter = self.find(site, id).await?;
        let mut envelope = letter.envelope.ok_or(DeadLetterError::Unreadable(id))?;
        envelope.route = Route::Replay(format!("dead-letter:{id}"));
        envelope.hops = 0;
        let outcome = self.data.publish(vec![Outgoing::new(letter.consumer.as_str(), &envelope)]).await;
        outcome.into_iter().next().unwrap_or_else(|| Err(PublishError::Unknown("no answer".into())))?;
        metrics::counter!("events_replayed_total", "consumer" => letter.consumer).increment(1);
        self.drop_one(site, id).await.map(|_| ()).or_else(|err| match err {
            // Somebody else was as quick.
            DeadLetterError::Missing(_) => Ok(()),
            other => Err(other),
        })
    }

    pub async fn drop_one(&self, site: SiteId, id: DeadLetterId) -> Result<(), DeadLetterError> {
        const DROP: Sql = Sql::same("DELETE FROM event_dead_letters WHERE site = $1 AND id = $2");
        let tx = self.db.begin().await?;
        let dropped = DROP.run(&tx.conn(), vec![site.0.into(), id.0.into()]).await?;
        tx.commit().await?;
        if dropped == 0 { Err(DeadLetterError::Missing(id)) } else { Ok(()) }
    }

    pub async fn count(&self) -> Result<i64, StoreError> {
        const COUNT: Sql = Sql::same("SELECT COUNT(*) AS n FROM event_dead_letters");
        COUNT.one(self.db.read(), vec![]).await?.map_or(Ok(0), |row| get(&row, "n"))
    }
}

pub(crate) async fn bury(tx: &sockets::Tx, letter: Letter) -> Result<(), StoreError> {
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
        envelope: serde_json::from_str(&body).ok(),
        attempts: get(row, "attempts")?,
        causes: serde_json::from_str(&causes).map_err(|_| unreadable("the causes"))?,
        first_at: Timestamp::from_millis(get(row, "first_at")?),
        died_at: Timestamp::from_millis(get(row, "died_at")?),
    })
}
