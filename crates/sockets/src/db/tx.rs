use super::group::Pen;
use super::{Inner, Lane, StoreError};
use crate::{Envelope, Event, Route};
use base::{EventId, Timestamp};
use sea_orm::{DatabaseExecutor, DatabaseTransaction, TransactionTrait};
use std::sync::Arc;

/// A transaction with the news it will announce. Dropped without `commit`, it never was.
pub struct Tx {
    hand: Hand,
    inner: Arc<Inner>,
    news: Vec<Envelope>,
}

enum Hand {
    Sqlite(Pen),
    Postgres(DatabaseTransaction),
}

impl Tx {
    pub(super) async fn begin(inner: Arc<Inner>) -> Result<Self, StoreError> {
        let hand = match &inner.lane {
            Lane::Sqlite { writer, .. } => Hand::Sqlite(writer.take().await?),
            Lane::Postgres(pool) => Hand::Postgres(pool.begin().await?),
        };
        Ok(Self { hand, inner, news: Vec::new() })
    }

    pub fn conn(&self) -> DatabaseExecutor<'_> {
        match &self.hand {
            Hand::Sqlite(pen) => pen.connection().into(),
            Hand::Postgres(tx) => tx.into(),
        }
    }

    pub fn engine(&self) -> super::Engine {
        match &self.hand {
            Hand::Sqlite(_) => super::Engine::Sqlite,
            Hand::Postgres(_) => super::Engine::Postgres,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Stages a fact: it will be told if and only if this transaction commits.
    pub fn announce<E: Event>(&mut self, event: E) {
        let payload = serde_json::to_value(&event).expect("events are plain structures with string keys");
        self.news.push(Envelope {
            id: EventId(self.inner.minter.uuid()),
            name: E::NAME.to_owned(),
            version: E::VERSION,
            site: event.site(),
            key: event.key(),
            key_epoch: 0,
            key_seq: 0,
            occurred_at: self.inner.clock.now(),
            producer: self.inner.producer.clone(),
            route: Route::Main,
            hops: 0,
            traceparent: None,
            payload,
        });
    }

    /// Makes rows and news durable together.
    ///
    /// # Errors
    /// Nothing of the transaction was kept, unless the connection died in the very moment of the commit.
    pub async fn commit(self) -> Result<(), StoreError> {
        if self.news.iter().any(|envelope| envelope.key.contains('\0')) {
            // PostgreSQL's text cannot hold it; and here it must not pull down those that are committed with us.
            return Err(StoreError::Unreadable("the key of an event holds a zero byte".into()));
        }
        match self.hand {
            Hand::Sqlite(pen) => pen.commit(self.news).await,
            Hand::Postgres(tx) if self.news.is_empty() => Ok(tx.commit().await?),
            Hand::Postgres(tx) => {
                self.inner.outbox.write((&tx).into(), self.news).await?;
                tx.commit().await?;
                self.inner.outbox.wake();
                Ok(())
            }
        }
    }
}
