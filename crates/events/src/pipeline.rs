//! The one place where the post room is put together.

use crate::consumer::{Listener, Parked, Runner, next_due};
use crate::dead_letters::DeadLetters;
use crate::distributor::Distributor;
use crate::job::{BadSchedule, Job, Jobs};
use crate::later::{Does, LaterRunner};
use crate::lease::Leases;
use crate::outbox::{Relay, TableOutbox, depth};
use crate::retry::{Chance, Retries, chance};
use crate::subscriptions::Subscriptions;
use crate::{EVENTS, tidying};
use arc_swap::ArcSwap;
use sockets::broker::{Broker, BrokerError};
use sockets::{Db, StoreError};
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often to look when nobody rings, and how much to take at once.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Events of one batch at most.
    pub batch: i64,
    /// Between two looks at what other nodes or the clock may have brought.
    pub idle: Duration,
    /// Between two looks at the version of the subscriptions.
    pub subscriptions: Duration,
    /// Leases of the relay, of jobs and of parked events.
    pub lease: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            batch: 1_000,
            idle: Duration::from_millis(200),
            subscriptions: Duration::from_secs(1),
            lease: Duration::from_secs(15),
        }
    }
}

#[derive(Debug, Error)]
pub enum PipelineError {
    #[error("a queue could not be declared")]
    Broker(#[from] BrokerError),
    #[error("the subscriptions could not be stored")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Schedule(#[from] BadSchedule),
}

/// Outbox → relay → event queue → distributor → data queues → consumers; and the clock's work beside it.
pub struct Pipeline {
    db: Db,
    outbox: TableOutbox,
    events: Arc<dyn Broker>,
    data: Arc<dyn Broker>,
    node: String,
    pace: Pace,
    chance: Chance,
    listeners: Vec<Listener>,
    jobs: Vec<Arc<dyn Job>>,
    later: Vec<Arc<dyn Does>>,
    distributes: bool,
}

impl Pipeline {
    /// `node` tells this process from others that share the database.
    pub fn new(db: Db, outbox: TableOutbox, broker: Arc<dyn Broker>, node: impl Into<String>) -> Self {
        Self {
            db,
            outbox,
            events: broker.clone(),
            data: broker,
            node: node.into(),
            pace: Pace::default(),
            chance: chance(),
            listeners: Vec::new(),
            jobs: Vec::new(),
            later: Vec::new(),
            distributes: true,
        }
    }

    /// A broker of its own for the data queues.
    #[must_use]
    pub fn data_broker(self, data: Arc<dyn Broker>) -> Self {
        Self { data, ..self }
    }

    #[must_use]
    pub fn consumers(mut self, listeners: Vec<Listener>) -> Self {
        self.listeners.extend(listeners);
        self
    }

    #[must_use]
    pub fn jobs(mut self, jobs: Vec<Arc<dyn Job>>) -> Self {
        self.jobs.extend(jobs);
        self
    }

    /// Who does the work that was put off.
    #[must_use]
    pub fn later(mut self, hands: Vec<Arc<dyn Does>>) -> Self {
        self.later.extend(hands);
        self
    }

    #[must_use]
    pub fn pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    #[must_use]
    pub fn chance(self, chance: Chance) -> Self {
        Self { chance, ..self }
    }

    /// Consumers alone: relay and distributor run on other nodes.
    #[must_use]
    pub fn without_distributing(self) -> Self {
        Self { distributes: false, ..self }
    }

    pub fn dead_letters(&self) -> DeadLetters {
        DeadLetters::new(self.db.clone(), self.data.clone())
    }

    pub fn subscriptions(&self) -> Subscriptions {
        Subscriptions::new(self.db.clone())
    }

    /// Declares what the code hears, then works until told to stop.
    ///
    /// # Errors
    /// Only at the start; later troubles are waited out.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), PipelineError> {
        self.declare().await?;
        let leases = Leases::new(self.db.clone(), self.node.as_str(), self.pace.lease);
        let mut jobs = std::mem::take(&mut self.jobs);
        jobs.extend(tidying::jobs(&self.db));
        let jobs = Jobs::new(self.db.clone(), leases.clone(), self.chance.clone(), jobs)?;
        let mut tasks = JoinSet::new();
        tasks.spawn(jobs.run(self.pace.idle, stop.clone()));
        tasks.spawn(self.later_runner().run(stop.clone()));
        tasks.spawn(gauges(self.db.clone(), self.data.clone(), self.queues(), stop.clone()));
        if self.distributes {
            self.distribute(leases, &mut tasks, &stop).await?;
        }
        for listener in self.listeners.clone() {
            tasks.spawn(self.runner(listener).run(stop.clone()));
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(err) = ended {
                tracing::error!(error = %err, "a part of the post room broke");
            }
        }
        Ok(())
    }

    async fn declare(&self) -> Result<(), PipelineError> {
        self.events.declare(EVENTS).await?;
        let defaults: Vec<(String, String)> =
            self.listeners.iter().map(|listener| (listener.pattern.clone(), listener.queue.clone())).collect();
        for (_, queue) in &defaults {
            self.data.declare(queue).await?;
        }
        self.subscriptions().declare(&defaults).await?;
        Ok(())
    }

    async fn distribute(&self, leases: Leases, tasks: &mut JoinSet<()>, stop: &CancellationToken) -> Result<(), PipelineError> {
        let bell = self.outbox.bell();
        let relay = Relay { db: self.db.clone(), broker: self.events.clone(), leases, bell, pace: self.pace };
        tasks.spawn(relay.run(stop.clone()));
        let subscriptions = self.subscriptions();
        let snapshot = Arc::new(ArcSwap::from_pointee(subscriptions.snapshot().await?));
        tasks.spawn(Distributor::watch(subscriptions, snapshot.clone(), self.pace.subscriptions, stop.clone()));
        let distributor = Distributor {
            source: self.events.clone(),
            data: self.data.clone(),
            snapshot,
            dead: self.dead_letters(),
            pace: self.pace,
        };
        tasks.spawn(distributor.run(stop.clone()));
        Ok(())
    }

    fn queues(&self) -> Vec<String> {
        self.listeners.iter().map(|listener| listener.queue.clone()).collect()
    }

    fn later_runner(&self) -> LaterRunner {
        LaterRunner {
            db: self.db.clone(),
            hands: self.later.iter().map(|hand| (hand.kind(), hand.clone())).collect(),
            lease: self.pace.lease,
            chance: self.chance.clone(),
            retries: Retries::default(),
            pace: self.pace,
        }
    }

    fn runner(&self, listener: Listener) -> Runner {
        Runner {
            db: self.db.clone(),
            broker: self.data.clone(),
            parked: Parked { db: self.db.clone(), consumer: listener.queue.clone(), lease: self.pace.lease },
            dead: self.dead_letters(),
            chance: self.chance.clone(),
            pace: self.pace,
            listener,
        }
    }
}

/// Tries until it works or everything stops.
pub(crate) async fn stubborn<T, E: Display, F: Future<Output = Result<T, E>>>(stop: &CancellationToken, mut work: impl FnMut() -> F) -> Option<T> {
    let mut pause = Duration::from_millis(50);
    loop {
        match work().await {
            Ok(value) => return Some(value),
            Err(err) => tracing::warn!(error = %err, "it did not work; trying again"),
        }
        if stop.is_cancelled() {
            return None;
        }
        tokio::select! {
            () = stop.cancelled() => return None,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(2)),
        }
    }
}

/// What the metrics page tells of waiting things.
async fn gauges(db: Db, data: Arc<dyn Broker>, queues: Vec<String>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
        }
        if let Ok((waiting, oldest)) = depth(&db).await {
            let age = oldest.map_or(Duration::ZERO, |at| db.clock().now().since(at));
            metrics::gauge!("events_outbox_waiting").set(waiting as f64);
            metrics::gauge!("events_outbox_oldest_seconds").set(age.as_secs_f64());
        }
        for queue in &queues {
            if let Ok(depth) = data.depth(queue).await {
                metrics::gauge!("events_queue_depth", "queue" => queue.clone()).set(depth.messages as f64);
                metrics::gauge!("events_queue_oldest_seconds", "queue" => queue.clone())
                    .set(depth.oldest_age.unwrap_or_default().as_secs_f64());
            }
            if let Ok(Some(due)) = next_due(&db, queue).await {
                let late = db.clock().now().since(due);
                metrics::gauge!("events_parked_late_seconds", "queue" => queue.clone()).set(late.as_secs_f64());
            }
        }
    }
}
