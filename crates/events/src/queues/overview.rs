use super::pauses::paused;
use super::tally::Tally;
use crate::brokers::Brokers;
use crate::distributor::{NodeState, nodes};
use crate::held::Held;
use crate::outbox::depth;
use crate::pressure::{Level, Pressure, RoomWatch, judge};
use crate::sql::{Sql, get};
use crate::subscriptions::Subscriptions;
use crate::{EVENTS, dead_letters::Sight};
use base::{Fault, Kind};
use futures_util::future::join_all;
use sockets::broker::{Broker, Depth, Health};
use sockets::{Db, StoreError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// A broker that takes longer to tell how it is does not answer.
const PATIENCE: Duration = Duration::from_millis(1_500);

#[derive(Clone, Debug)]
pub struct BrokerState {
    pub name: String,
    pub roles: Vec<&'static str>,
    pub health: Health,
}

#[derive(Clone, Debug)]
pub struct OutboxState {
    pub waiting: i64,
    pub oldest_age: Option<Duration>,
    pub publishing_to: Option<String>,
}

#[derive(Clone, Debug)]
pub struct QueueState {
    pub queue: String,
    pub is_event_queue: bool,
    pub broker: String,
    /// None when the broker does not tell.
    pub depth: Option<Depth>,
    /// Copies that wait in the table because the queue is full.
    pub kept: i64,
    pub in_per_s: f64,
    pub out_per_s: f64,
    pub parked: i64,
    pub dead_letters: i64,
    pub paused: bool,
}

/// Everything that waits anywhere.
#[derive(Clone, Debug)]
pub struct Overview {
    pub level: Level,
    pub why: Vec<&'static str>,
    pub brokers: Vec<BrokerState>,
    pub outbox: OutboxState,
    pub queues: Vec<QueueState>,
    /// The version of the subscriptions that all nodes should apply.
    pub wanted: i64,
    pub nodes: Vec<NodeState>,
}

#[derive(Debug, Error)]
pub enum QueueError {
    #[error("there is no data queue {0:?}; the event queue itself cannot be paused")]
    Missing(String),
    #[error("the state of the queues cannot be read or changed")]
    Store(#[from] StoreError),
}

impl Fault for QueueError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) => Kind::Missing,
            Self::Store(err) => err.kind(),
        }
    }
}

/// The queues of all brokers; cheap to clone.
#[derive(Clone)]
pub struct Queues {
    db: Db,
    brokers: Brokers,
    subscriptions: Subscriptions,
    pressure: Pressure,
    room: Option<RoomWatch>,
}

impl Queues {
    pub fn new(db: Db, brokers: Brokers, pressure: Pressure) -> Self {
        let subscriptions = Subscriptions::new(db.clone(), brokers.data.clone());
        Self { db, brokers, subscriptions, pressure, room: None }
    }

    /// With somebody who knows how much room the disk has.
    #[must_use]
    pub fn room(self, room: RoomWatch) -> Self {
        Self { room: Some(room), ..self }
    }

    /// The level of this node.
    pub fn level(&self) -> Level {
        self.pressure.level()
    }

    pub async fn overview(&self, sight: Sight) -> Result<Overview, QueueError> {
        let db = &self.db;
        let (waiting, oldest) = depth(db).await?;
        let oldest_age = oldest.map(|at| db.clock().now().since(at));
        let kept = Held::counts(db).await?;
        let (level, why) = judge(oldest_age.unwrap_or_default(), self.room.as_ref().and_then(|room| room()));
        let nodes = nodes(db).await?;
        let publishing_to = nodes.iter().find_map(|node| node.publishing_to.clone());
        Ok(Overview {
            level: level.max(self.pressure.level()),
            why,
            brokers: self.brokers().await,
            outbox: OutboxState { waiting, oldest_age, publishing_to },
            queues: self.queues(sight, &kept).await?,
            wanted: self.subscriptions.version().await?,
            nodes,
        })
    }

    async fn brokers(&self) -> Vec<BrokerState> {
        let placed = self.brokers.placed();
        let asked = placed.iter().map(|placed| async {
            let silent = || Health { ok: false, trouble: Some("does not answer in time".to_owned()) };
            let health = tokio::time::timeout(PATIENCE, placed.broker.health()).await.unwrap_or_else(|_| silent());
            BrokerState { name: placed.broker.name().to_owned(), roles: placed.roles.clone(), health }
        });
        join_all(asked).await
    }

    async fn queues(&self, sight: Sight, kept: &HashMap<String, i64>) -> Result<Vec<QueueState>, StoreError> {
        let names = self.subscriptions.queues().await?;
        let resting = paused(&self.db).await?;
        let rates = Tally::rates(&self.db).await?;
        let (parked, dead) = (self.parked(sight).await?, self.dead(sight).await?);
        let events = self.brokers.sources().into_iter().map(|(_, broker)| (EVENTS.to_owned(), broker, true));
        let data = names.into_iter().map(|name| (name, self.brokers.data.clone(), false));
        let asked = events.chain(data).map(|(queue, broker, is_event_queue)| async move {
            let depth = ask_depth(&broker, &queue).await;
            (queue, broker.name().to_owned(), is_event_queue, depth)
        });
        let number = |counts: &HashMap<String, i64>, queue: &str| counts.get(queue).copied().unwrap_or_default();
        let state = |(queue, broker, is_event_queue, depth): (String, String, bool, Option<Depth>)| {
            let (in_per_s, out_per_s) = rates.get(&queue).copied().unwrap_or_default();
            let (kept, parked, dead_letters) = (number(kept, &queue), number(&parked, &queue), number(&dead, &queue));
            let paused = !is_event_queue && resting.contains(&queue);
            QueueState { queue, is_event_queue, broker, depth, kept, in_per_s, out_per_s, parked, dead_letters, paused }
        };
        Ok(join_all(asked).await.into_iter().map(state).collect())
    }

    async fn parked(&self, sight: Sight) -> Result<HashMap<String, i64>, StoreError> {
        const PARKED: Sql = Sql::same("SELECT consumer, COUNT(*) AS n FROM event_parked WHERE $1 = 1 OR ordering LIKE $2 GROUP BY consumer");
        let values = vec![i64::from(sight.all).into(), format!("{}/%", sight.site).into()];
        counts(&PARKED.all(self.db.read(), values).await?)
    }

    async fn dead(&self, sight: Sight) -> Result<HashMap<String, i64>, StoreError> {
        const DEAD: Sql = Sql::same("SELECT consumer, COUNT(*) AS n FROM event_dead_letters WHERE $1 = 1 OR site = $2 GROUP BY consumer");
        counts(&DEAD.all(self.db.read(), vec![i64::from(sight.all).into(), sight.site.0.into()]).await?)
    }

    /// A paused queue is not emptied; what comes for it waits.
    pub async fn pause(&self, queue: &str, pause: bool) -> Result<(), QueueError> {
        const PAUSE: Sql = Sql::same(
            "INSERT INTO event_queues (name, paused, changed_at) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET paused = excluded.paused, changed_at = excluded.changed_at",
        );
        if !self.subscriptions.queues().await?.iter().any(|known| known == queue) {
            return Err(QueueError::Missing(queue.to_owned()));
        }
        let tx = self.db.begin().await?;
        PAUSE.run(&tx.conn(), vec![queue.into(), i64::from(pause).into(), tx.now().millis().into()]).await?;
        Ok(tx.commit().await?)
    }
}

async fn ask_depth(broker: &Arc<dyn Broker>, queue: &str) -> Option<Depth> {
    tokio::time::timeout(PATIENCE, broker.depth(queue)).await.ok()?.ok()
}

fn counts(rows: &[sea_orm::QueryResult]) -> Result<HashMap<String, i64>, StoreError> {
    rows.iter().map(|row| Ok((get(row, "consumer")?, get(row, "n")?))).collect()
}
