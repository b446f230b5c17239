//! Events that were given up, with the causes: read, replayed one or many at a rate, dropped.

mod bulk;
mod letter;
mod store;

pub(crate) use bulk::ReplayLetters;
pub(crate) use letter::{Letter, add_cause};
pub use letter::{Cause, DeadLetter};
pub use store::{LetterFilter, Sight};
pub(crate) use store::bury;

use crate::pressure::{Level, Pressure};
use base::{DeadLetterId, Fault, Kind, Page, PageRequest};
use sockets::broker::{Broker, Outgoing, PublishError};
use sockets::{Db, Route, StoreError};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum DeadLetterError {
    #[error("dead letter {0} not found")]
    Missing(DeadLetterId),
    #[error("dead letter {0} cannot be read as an event, so that it cannot be replayed; drop it")]
    Unreadable(DeadLetterId),
    #[error("dead letter {0} is work that was put off, not an event, and cannot be replayed; drop it")]
    NoEvent(DeadLetterId),
    #[error("too much waits already (level {}); replay many later, or one by one", .0.name())]
    Pressed(Level),
    #[error("the event could not be given to its queue again; try later")]
    Publish(#[from] PublishError),
    #[error("storing dead letters failed")]
    Store(#[from] StoreError),
}

impl Fault for DeadLetterError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) => Kind::Missing,
            Self::Unreadable(_) | Self::NoEvent(_) => Kind::Conflict,
            Self::Pressed(_) => Kind::TooMany,
            Self::Publish(_) => Kind::Unavailable,
            Self::Store(err) => err.kind(),
        }
    }
}

#[derive(Clone)]
pub struct DeadLetters {
    db: Db,
    data: Arc<dyn Broker>,
    pressure: Pressure,
}

/// How long one replayed event may take to be confirmed.
const PATIENCE: Duration = Duration::from_secs(10);

impl DeadLetters {
    pub fn new(db: Db, data: Arc<dyn Broker>) -> Self {
        Self { db, data, pressure: Pressure::default() }
    }

    /// Refuses bulk work while too much waits.
    #[must_use]
    pub fn pressure(self, pressure: Pressure) -> Self {
        Self { pressure, ..self }
    }

    pub(crate) async fn bury(&self, letter: Letter) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        bury(&tx, letter).await?;
        tx.commit().await
    }

    /// Newest first.
    pub async fn list(&self, sight: impl Into<Sight>, filter: &LetterFilter, page: &PageRequest) -> Result<Page<DeadLetter>, DeadLetterError> {
        let before = page.after.as_deref().and_then(|cursor| cursor.parse::<i64>().ok()).unwrap_or(i64::MAX);
        let letters = store::list(&self.db, sight.into(), filter, before, i64::from(page.limit) + 1).await?;
        Ok(Page::cut(letters, page.limit, |letter| letter.id.to_string()))
    }

    pub async fn find(&self, sight: impl Into<Sight>, id: DeadLetterId) -> Result<DeadLetter, DeadLetterError> {
        store::find(&self.db, sight.into(), id).await?.ok_or(DeadLetterError::Missing(id))
    }

    /// Gives the event to its consumer again, and takes the letter away. Should we die in between, it is there twice and handled once.
    pub async fn replay(&self, sight: impl Into<Sight>, id: DeadLetterId) -> Result<(), DeadLetterError> {
        let sight = sight.into();
        let letter = self.find(sight, id).await?;
        if letter.consumer.starts_with("later:") {
            return Err(DeadLetterError::NoEvent(id));
        }
        let mut envelope = letter.envelope.ok_or(DeadLetterError::Unreadable(id))?;
        envelope.route = Route::Replay(format!("dead-letter:{id}"));
        envelope.hops = 0;
        let silent = || Err(PublishError::Unknown("no answer".into()));
        let sent = self.data.publish(vec![Outgoing::new(letter.consumer.as_str(), &envelope)]);
        let outcome = tokio::time::timeout(PATIENCE, sent).await.unwrap_or_default();
        outcome.into_iter().next().unwrap_or_else(silent)?;
        metrics::counter!("events_replayed_total", "consumer" => letter.consumer).increment(1);
        // Gone already: somebody else was as quick.
        store::remove(&self.db, sight, id).await?;
        Ok(())
    }

    pub async fn drop_one(&self, sight: impl Into<Sight>, id: DeadLetterId) -> Result<(), DeadLetterError> {
        if store::remove(&self.db, sight.into(), id).await? { Ok(()) } else { Err(DeadLetterError::Missing(id)) }
    }

    /// How many the filter meets.
    pub async fn count_of(&self, sight: impl Into<Sight>, filter: &LetterFilter) -> Result<i64, DeadLetterError> {
        Ok(store::count(&self.db, sight.into(), filter, false).await?)
    }

    /// Begins to replay all that the filter meets now, so many a second, and tells how many there are. It goes on over restarts.
    /// What dies again meanwhile is not taken a second time, nor is what cannot be read.
    pub async fn replay_many(&self, sight: impl Into<Sight>, filter: &LetterFilter, rate_per_s: u32, dry_run: bool) -> Result<i64, DeadLetterError> {
        let sight = sight.into();
        let count = store::count(&self.db, sight, filter, true).await?;
        if dry_run || count == 0 {
            return Ok(count);
        }
        self.not_pressed()?;
        bulk::begin(&self.db, sight, filter, rate_per_s).await?;
        Ok(count)
    }

    /// Drops all that the filter meets, and tells how many.
    pub async fn drop_many(&self, sight: impl Into<Sight>, filter: &LetterFilter, dry_run: bool) -> Result<i64, DeadLetterError> {
        let sight = sight.into();
        if dry_run {
            return self.count_of(sight, filter).await;
        }
        self.not_pressed()?;
        Ok(store::remove_many(&self.db, sight, filter).await?)
    }

    fn not_pressed(&self) -> Result<(), DeadLetterError> {
        let level = self.pressure.level();
        if level >= Level::Orange { Err(DeadLetterError::Pressed(level)) } else { Ok(()) }
    }

    pub async fn count(&self) -> Result<i64, StoreError> {
        store::count_all(&self.db).await
    }
}
