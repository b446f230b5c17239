//! The one place where the post room is put together.

use crate::brokers::Brokers;
use crate::consumer::{Listener, Parked, ParkedWatch, Runner};
use crate::dead_letters::{DeadLetters, ReplayLetters};
use crate::distributor::{Distributor, watch};
use crate::gauges::Gauges;
use crate::held::{Held, Most};
use crate::job::{BadSchedule, Job, Jobs, Plans};
use crate::later::{Does, LaterRunner};
use crate::lease::Leases;
use crate::notices::Notices;
use crate::outbox::{Relay, Steering, TableOutbox};
use crate::pressure::{Course, RoomWatch};
use crate::queues::{Pauses, Queues, Tally};
use crate::retry::{Chance, Retries, chance};
use crate::subscriptions::{Subscriptions, keep};
use crate::tidying;
use arc_swap::ArcSwap;
use sockets::broker::{AckError, Broker, Handle};
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
    /// Events in one message of the event queue at most.
    pub bundle: usize,
    /// Between two looks at what other nodes or the clock may have brought.
    pub idle: Duration,
    /// Between two looks at the version of the subscriptions, and at what is paused.
    pub subscriptions: Duration,
    /// Leases of the relay, of jobs and of parked events.
    pub lease: Duration,
    /// A data queue with so many messages is full; what comes for it waits in a table.
    pub deep: u64,
    /// When the relay leaves a broker and comes back.
    pub steering: Steering,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            batch: 1_000,
            bundle: 64,
            idle: Duration::from_millis(200),
            subscriptions: Duration::from_secs(1),
            lease: Duration::from_secs(15),
            deep: 2_000,
            steering: Steering::default(),
        }
    }
}

#[derive(Debug, Error)]
pub enum PipelineError {
    #[error("the subscriptions could not be stored")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Schedule(#[from] BadSchedule),
}

/// Outbox → relay → event queue → distributor → data queues → consumers; and the clock's work beside it.
pub struct Pipeline {
    db: Db,
    outbox: TableOutbox,
    brokers: Brokers,
    node: String,
    pace: Pace,
    chance: Chance,
    notices: Notices,
    room: Option<RoomWatch>,
    listeners: Vec<Listener>,
    jobs: Vec<Arc<dyn Job>>,
    plans: Vec<Arc<dyn Plans>>,
    later: Vec<Arc<dyn Does>>,
    distributes: bool,
    held_most: Most,
}

impl Pipeline {
    /// One broker for everything. `node` tells this process from others that share the database.
    pub fn new(db: Db, outbox: TableOutbox, broker: Arc<dyn Broker>, node: impl Into<String>) -> Self {
        let notices = Notices::new(db.clone());
        Self {
            db,
            outbox,
            brokers: Brokers::one(broker),
            node: node.into(),
            pace: Pace::default(),
            chance: chance(),
            notices,
            room: None,
            listeners: Vec::new(),
            jobs: Vec::new(),
            plans: Vec::new(),
            later: Vec::new(),
            distributes: true,
            held_most: Most::default(),
        }
    }

    /// Brokers of their own for the event queues and the data queues.
    #[must_use]
    pub fn brokers(self, brokers: Brokers) -> Self {
        Self { brokers, ..self }
    }

    /// A broker of its own for the data queues.
    #[must_use]
    pub fn data_broker(mut self, data: Arc<dyn Broker>) -> Self {
        self.brokers.data = data;
        self
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

    /// Jobs that come and go, as those of sites do.
    #[must_use]
    pub fn plans(mut self, plans: Vec<Arc<dyn Plans>>) -> Self {
        self.plans.extend(plans);
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

    /// Where alarms go; others may raise theirs there too.
    #[must_use]
    pub fn notices(self, notices: Notices) -> Self {
        Self { notices, ..self }
    }

    /// So many copies wait for a queue, and so long, before the subscriptions of people that lead to it are paused.
    #[must_use]
    pub fn holds_at_most(self, copies: i64, longest: Duration) -> Self {
        Self { held_most: Most { copies, longest }, ..self }
    }

    /// Somebody who knows how much room the disk has.
    #[must_use]
    pub fn room(self, room: RoomWatch) -> Self {
        Self { room: Some(room), ..self }
    }

    /// Consumers alone: relay and distributor run on other nodes.
    #[must_use]
    pub fn without_distributing(self) -> Self {
        Self { distributes: false, ..self }
    }

    pub fn dead_letters(&self) -> DeadLetters {
        DeadLetters::new(self.db.clone(), self.brokers.data.clone()).pressure(self.outbox.pressure())
    }

    pub fn subscriptions(&self) -> Subscriptions {
        Subscriptions::new(self.db.clone(), self.brokers.data.clone())
    }

    pub fn queues(&self) -> Queues {
        let queues = Queues::new(self.db.clone(), self.brokers.clone(), self.outbox.pressure());
        match &self.room {
            Some(room) => queues.room(room.clone()),
            None => queues,
        }
    }

    /// Notes what the code hears, then works until told to stop. Brokers that do not answer are waited for.
    ///
    /// # Errors
    /// Only at the start; later troubles are waited out.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), PipelineError> {
        let leases = Leases::new(self.db.clone(), self.node.as_str(), self.pace.lease);
        let mut jobs = std::mem::take(&mut self.jobs);
        jobs.extend(tidying::jobs(&self.db));
        let jobs = Jobs::new(self.db.clone(), leases.clone(), self.chance.clone(), jobs)?.plans(self.plans.clone());
        let defaults: Vec<(String, String)> = self.listeners.iter().map(|one| (one.pattern.clone(), one.queue.clone())).collect();
        self.subscriptions().declare(&defaults).await?;
        let mut tasks = JoinSet::new();
        let (pauses, tally) = (Pauses::default(), Tally::default());
        pauses.look(&self.db).await;
        tasks.spawn(jobs.run(self.pace.idle, stop.clone()));
        tasks.spawn(self.later_runner().run(stop.clone()));
        tasks.spawn(self.gauges(leases.clone()).run(stop.clone()));
        tasks.spawn(pauses.clone().watch(self.db.clone(), self.pace.subscriptions, stop.clone()));
        tasks.spawn(tally.clone().tell(self.db.clone(), self.node.clone(), stop.clone()));
        if self.distributes {
            self.distribute(leases, &tally, &mut tasks, &stop).await?;
        }
        let mut parked = ParkedWatch { db: self.db.clone(), bells: Vec::new() };
        for listener in self.listeners.clone() {
            let runner = self.runner(listener, &pauses, &tally);
            parked.bells.push((runner.listener.queue.clone(), runner.bell.clone()));
            tasks.spawn(runner.run(stop.clone()));
        }
        tasks.spawn(parked.run(self.pace.idle, stop.clone()));
        while let Some(ended) = tasks.join_next().await {
            if let Err(err) = ended {
                tracing::error!(error = %err, "a part of the post room broke");
            }
        }
        Ok(())
    }

    async fn distribute(&self, leases: Leases, tally: &Tally, tasks: &mut JoinSet<()>, stop: &CancellationToken) -> Result<(), PipelineError> {
        let course = Course::default();
        let relay = Relay {
            db: self.db.clone(),
            brokers: self.brokers.clone(),
            outbox: self.outbox.clone(),
            leases: leases.clone(),
            notices: self.notices.clone(),
            course: course.clone(),
            tally: tally.clone(),
            pace: self.pace,
        };
        tasks.spawn(relay.run(stop.clone()));
        let (subscriptions, every) = (self.subscriptions(), self.pace.subscriptions);
        let snapshot = Arc::new(ArcSwap::from_pointee(subscriptions.snapshot().await?));
        tasks.spawn(keep(subscriptions.clone(), leases.clone(), every, stop.clone()));
        tasks.spawn(watch(subscriptions, snapshot.clone(), course, self.node.clone(), every, stop.clone()));
        let held = Held::new(self.db.clone(), self.brokers.data.clone(), &self.pace);
        tasks.spawn(held.clone().feed(leases, tally.clone(), self.pace.idle, stop.clone()));
        let distributor = Distributor {
            db: self.db.clone(),
            sources: self.brokers.sources(),
            data: self.brokers.data.clone(),
            outbox: self.outbox.clone(),
            snapshot,
            dead: self.dead_letters(),
            held,
            tally: tally.clone(),
            pace: self.pace,
        };
        tasks.spawn(distributor.run(stop.clone()));
        Ok(())
    }

    fn gauges(&self, leases: Leases) -> Gauges {
        Gauges {
            db: self.db.clone(),
            leases,
            brokers: self.brokers.clone(),
            queues: self.listeners.iter().map(|listener| listener.queue.clone()).collect(),
            subscriptions: self.subscriptions(),
            held: Held::new(self.db.clone(), self.brokers.data.clone(), &self.pace),
            outbox: self.outbox.clone(),
            notices: self.notices.clone(),
            held_most: self.held_most,
            room: self.room.clone(),
        }
    }

    fn later_runner(&self) -> LaterRunner {
        let letters = ReplayLetters { letters: self.dead_letters(), pressure: self.outbox.pressure() };
        let own: Arc<dyn Does> = Arc::new(letters);
        LaterRunner {
            db: self.db.clone(),
            hands: self.later.iter().chain([&own]).map(|hand| (hand.kind(), hand.clone())).collect(),
            lease: self.pace.lease,
            chance: self.chance.clone(),
            retries: Retries::default(),
            pace: self.pace,
        }
    }

    fn runner(&self, listener: Listener, pauses: &Pauses, tally: &Tally) -> Runner {
        Runner {
            db: self.db.clone(),
            broker: self.brokers.data.clone(),
            parked: Parked { db: self.db.clone(), consumer: listener.queue.clone(), lease: self.pace.lease },
            dead: self.dead_letters(),
            chance: self.chance.clone(),
            pauses: pauses.clone(),
            tally: tally.clone(),
            pace: self.pace,
            bell: Arc::default(),
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

/// Says that a message is done. When the broker cannot be reached just now, it is told again behind the caller's back until it hears, or
/// until the message went to somebody else: otherwise its key would be held for ever.
pub(crate) async fn acknowledge(handle: &Handle, stop: &CancellationToken) -> Result<(), AckError> {
    let told = handle.ack().await;
    if matches!(told, Err(AckError::Unavailable(_))) {
        let (handle, stop) = (handle.clone(), stop.clone());
        tokio::spawn(async move {
            let mut pause = Duration::from_millis(50);
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(2)),
                }
                if !matches!(handle.ack().await, Err(AckError::Unavailable(_))) {
                    return;
                }
            }
        });
    }
    told
}
