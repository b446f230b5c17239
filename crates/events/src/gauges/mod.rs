//! Looks after everything that waits: sets the level, tells the metrics, raises the alarms.

mod kept;
mod queues;

use crate::brokers::Brokers;
use crate::held::{Held, Most};
use crate::lease::Leases;
use crate::notices::{Alarm, Notices};
use crate::outbox::{TableOutbox, oldest_since};
use crate::pressure::{Level, RoomWatch, judge};
use crate::subscriptions::Subscriptions;
use queues::QueueWatch;
use serde_json::json;
use sockets::{Db, StoreError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// The level is looked at so often, the queues and brokers less.
const LEVEL: Duration = Duration::from_secs(1);
const QUEUES: Duration = Duration::from_secs(5);
/// A broker that takes longer to tell how it is does not answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// A level is left only after it was better for so long, so that it does not flicker.
const CALM: Duration = Duration::from_secs(5);

pub(crate) struct Gauges {
    pub db: Db,
    pub leases: Leases,
    pub brokers: Brokers,
    /// Those that this node empties.
    pub queues: Vec<String>,
    pub subscriptions: Subscriptions,
    pub held: Held,
    pub outbox: TableOutbox,
    pub notices: Notices,
    pub held_most: Most,
    pub room: Option<RoomWatch>,
}

impl Gauges {
    pub async fn run(self, stop: CancellationToken) {
        let (mut looked, mut better_since, mut watch, mut counted) = (Instant::now(), None, QueueWatch::default(), None);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LEVEL) => {}
            }
            if let Err(err) = self.look_at_level(&mut better_since).await {
                tracing::debug!(error = ?err, "how much waits is not known");
            }
            if looked.elapsed() >= QUEUES {
                // What each node would tell alike is told by one.
                let speaks = matches!(self.leases.hold("gauges").await, Ok(Some(_)));
                self.look_at_queues(speaks, &mut watch).await;
                self.look_at_brokers(speaks).await;
                if speaks && let Err(err) = self.look_at_kept(&mut counted).await {
                    tracing::debug!(error = ?err, "how many copies are kept is not known");
                }
                looked = Instant::now();
            }
        }
    }

    async fn look_at_level(&self, better_since: &mut Option<Instant>) -> Result<(), StoreError> {
        let now = self.db.clock().now();
        let age = oldest_since(&self.db).await?.map_or(Duration::ZERO, |at| now.since(at));
        let held = self.held.oldest().await?.map_or(Duration::ZERO, |at| now.since(at));
        metrics::gauge!("events_outbox_oldest_seconds").set(age.as_secs_f64());
        metrics::gauge!("events_held_oldest_seconds").set(held.as_secs_f64());
        let (level, why) = judge(age, self.room.as_ref().and_then(|room| room()));
        let pressure = self.outbox.pressure();
        let before = pressure.level();
        let after = match better_since {
            _ if level >= before => {
                *better_since = None;
                level
            }
            Some(since) if since.elapsed() >= CALM => {
                *better_since = None;
                level
            }
            Some(_) => before,
            None => {
                *better_since = Some(Instant::now());
                before
            }
        };
        pressure.set(after);
        metrics::gauge!("events_level").set(f64::from(after as u8));
        if after != before {
            self.tell_level(after, &why).await;
        }
        Ok(())
    }

    async fn tell_level(&self, level: Level, why: &[&str]) {
        tracing::warn!(level = level.name(), ?why, "the level changed");
        for other in Level::ALL.into_iter().filter(|other| *other != level) {
            self.notices.clear("level", other.name()).await;
        }
        if level != Level::Green {
            let data = json!({ "level": level, "why": why });
            self.notices.raise(&Alarm::new("level", level).about(level.name()).with(data)).await;
        }
    }

    async fn look_at_brokers(&self, speaks: bool) {
        for placed in self.brokers.placed() {
            let asked = tokio::time::timeout(PATIENCE, placed.broker.health()).await;
            let trouble = match asked {
                Ok(health) if health.ok => None,
                Ok(health) => Some(health.trouble.unwrap_or_else(|| "it is not well".to_owned())),
                Err(_) => Some("it does not answer in time".to_owned()),
            };
            let subject = format!("{} ({})", placed.broker.name(), placed.roles.join(", "));
            metrics::gauge!("events_broker_up", "broker" => subject.clone()).set(if trouble.is_none() { 1.0 } else { 0.0 });
            match trouble {
                Some(trouble) if speaks => {
                    let data = json!({ "broker": placed.broker.name(), "roles": placed.roles, "trouble": trouble });
                    self.notices.raise(&Alarm::new("broker_down", Level::Orange).about(subject).with(data)).await;
                }
                None if speaks => self.notices.clear("broker_down", &subject).await,
                _ => {}
            }
        }
    }
}
