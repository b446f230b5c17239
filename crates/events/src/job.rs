//! Work that the clock wakes, on one node at a time. Runs that were missed are caught up once.

use crate::consumer::Outcome;
use crate::lease::{Fence, Leases};
use crate::retry::{Chance, Retries};
use crate::sql::{Sql, get};
use base::Timestamp;
use croner::Cron;
use futures_util::FutureExt;
use jiff::tz::TimeZone;
use sockets::{Db, StoreError};
use std::collections::HashMap;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// When a job runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// A cron pattern (`0 3 * * *`) in a time zone: `UTC`, or a site's (`Asia/Shanghai`).
    Cron { pattern: &'static str, zone: String },
    Every(Duration),
}

/// Work woken by the clock. Doing it twice must do no harm: a node may die after the work and before it is noted.
#[async_trait::async_trait]
pub trait Job: Send + Sync + 'static {
    /// Unique over the house; a job of one site carries the site in its name.
    fn name(&self) -> String;

    fn schedule(&self) -> Schedule;

    /// The fence rises with each change of node.
    async fn run(&self, fence: Fence) -> Outcome;
}

/// Jobs that come and go, and whose times change, as those of sites do.
#[async_trait::async_trait]
pub trait Plans: Send + Sync + 'static {
    /// Those that there are now.
    async fn jobs(&self) -> Result<Vec<Arc<dyn Job>>, Box<dyn Error + Send + Sync>>;
}

#[derive(Debug, thiserror::Error)]
#[error("the schedule of job {name:?} cannot be read: {why}")]
pub struct BadSchedule {
    name: String,
    why: String,
}

enum Rhythm {
    Cron(Box<Cron>, TimeZone),
    Every(Duration),
}

struct Planned {
    job: Arc<dyn Job>,
    name: String,
    rhythm: Rhythm,
}

/// A clock that was so far ahead has been set right since; less is a difference between nodes.
const AHEAD: Duration = Duration::from_secs(60);

/// After so many looks plans are read again, and so often their jobs are looked at: there may be one for each site.
const SELDOM: u32 = 100;

pub(crate) struct Jobs {
    db: Db,
    leases: Leases,
    chance: Chance,
    planned: Vec<Arc<Planned>>,
    plans: Vec<Arc<dyn Plans>>,
}

/// Jobs of plans that are kept: when each runs, and what ends it.
type Kept = HashMap<String, (Schedule, CancellationToken)>;

struct State {
    last_due: Timestamp,
    retry_at: Option<Timestamp>,
    failures: i64,
}

impl State {
    fn is_ahead(&self, now: Timestamp) -> bool {
        self.last_due > now.plus(AHEAD)
    }
}

impl Jobs {
    pub fn new(db: Db, leases: Leases, chance: Chance, jobs: Vec<Arc<dyn Job>>) -> Result<Self, BadSchedule> {
        let planned = jobs.into_iter().map(|job| plan(job).map(Arc::new)).collect::<Result<_, _>>()?;
        Ok(Self { db, leases, chance, planned, plans: Vec::new() })
    }

    #[must_use]
    pub fn plans(self, plans: Vec<Arc<dyn Plans>>) -> Self {
        Self { plans, ..self }
    }

    pub async fn run(self, look: Duration, stop: CancellationToken) {
        let jobs = Arc::new(self);
        let mut running = JoinSet::new();
        for planned in &jobs.planned {
            running.spawn(jobs.clone().keep(planned.clone(), look, stop.clone()));
        }
        let mut kept = Kept::new();
        while !jobs.plans.is_empty() && !stop.is_cancelled() {
            jobs.follow_plans(&mut kept, look * SELDOM, &mut running, &stop).await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(look * SELDOM) => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Begins with jobs that are new, and ends with those that are gone or have other times now.
    async fn follow_plans(self: &Arc<Self>, kept: &mut Kept, look: Duration, running: &mut JoinSet<()>, stop: &CancellationToken) {
        let mut wanted: HashMap<String, Arc<dyn Job>> = HashMap::new();
        for plans in &self.plans {
            match plans.jobs().await {
                Ok(jobs) => wanted.extend(jobs.into_iter().map(|job| (job.name(), job))),
                // Then everything stays as it is.
                Err(err) => return tracing::warn!(error = %err, "which jobs there are cannot be read"),
            }
        }
        kept.retain(|name, (schedule, ends)| {
            let stays = wanted.get(name).is_some_and(|job| job.schedule() == *schedule);
            if !stays {
                ends.cancel();
            }
            stays
        });
        wanted.retain(|name, _| !kept.contains_key(name));
        for (name, job) in wanted {
            let (schedule, ends) = (job.schedule(), stop.child_token());
            match plan(job) {
                Ok(planned) => drop(running.spawn(self.clone().keep(Arc::new(planned), look, ends.clone()))),
                Err(err) => tracing::error!(error = %err, "a job is left out"),
            }
            kept.insert(name, (schedule, ends));
        }
        while running.try_join_next().is_some() {}
    }

    async fn keep(self: Arc<Self>, planned: Arc<Planned>, look: Duration, stop: CancellationToken) {
        let mut known: Option<State> = None;
        for looks in 0_u32.. {
            if stop.is_cancelled() {
                return;
            }
            // Other nodes only put the time off: while nothing is due by what is known, nothing has to be read but now and then.
            let now = self.db.clock().now();
            let rests = known.as_ref().is_some_and(|state| !state.is_ahead(now) && due(&planned, state, now).is_none());
            if !rests || looks.is_multiple_of(SELDOM) {
                known = self.look_at(&planned, &stop).await.unwrap_or_else(|err| {
                    tracing::warn!(job = planned.name, error = ?err, "a job's state cannot be read or written");
                    None
                });
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(look) => {}
            }
        }
    }

    /// Runs it when its time has come. How it stands, unless that has just changed or is about to.
    async fn look_at(&self, planned: &Planned, stop: &CancellationToken) -> Result<Option<State>, StoreError> {
        let now = self.db.clock().now();
        let Some(state) = self.state(&planned.name).await? else {
            self.begin(&planned.name, now).await?;
            return Ok(None);
        };
        if state.is_ahead(now) {
            self.count_from_now(planned, &state, now).await?;
            return Ok(None);
        }
        if due(planned, &state, now).is_none() {
            return Ok(Some(state));
        }
        let lease = format!("job:{}", planned.name);
        let Some(fence) = self.leases.hold(&lease).await? else { return Ok(None) };
        // Somebody else may have run it while we reached for the lease.
        if let Some(state) = self.state(&planned.name).await?
            && let Some(slot) = due(planned, &state, self.db.clock().now())
        {
            let outcome = self.perform(planned, &lease, fence, stop).await;
            self.note(planned, &state, slot, outcome).await?;
        }
        self.leases.let_go(&lease).await;
        Ok(None)
    }

    /// Runs it while renewing the lease; when that is lost, the run is broken off.
    async fn perform(&self, planned: &Planned, lease: &str, fence: Fence, stop: &CancellationToken) -> Option<Outcome> {
        let work = AssertUnwindSafe(planned.job.run(fence)).catch_unwind();
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => {
                    metrics::counter!("jobs_run_total", "job" => planned.name.clone()).increment(1);
                    return Some(done.unwrap_or_else(|_| Outcome::retry("the job panicked")));
                }
                () = stop.cancelled() => return None,
                () = tokio::time::sleep(self.leases.span() / 3) => {
                    if let Ok(held) = self.leases.hold(lease).await && held != Some(fence) {
                        tracing::warn!(job = planned.name, "a job lost its lease and was broken off");
                        return None;
                    }
                }
            }
        }
    }

    async fn state(&self, name: &str) -> Result<Option<State>, StoreError> {
        const STATE: Sql = Sql::same("SELECT last_due, retry_at, failures FROM event_jobs WHERE name = $1");
        let Some(row) = STATE.one(self.db.read(), vec![name.into()]).await? else { return Ok(None) };
        let retry_at: Option<i64> = get(&row, "retry_at")?;
        Ok(Some(State {
            last_due: Timestamp::from_millis(get(&row, "last_due")?),
            retry_at: retry_at.map(Timestamp::from_millis),
            failures: get(&row, "failures")?,
        }))
    }

    async fn begin(&self, name: &str, now: Timestamp) -> Result<(), StoreError> {
        const BEGIN: Sql = Sql::same("INSERT INTO event_jobs (name, last_due) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING");
        let tx = self.db.begin().await?;
        BEGIN.run(&tx.conn(), vec![name.into(), now.millis().into()]).await?;
        tx.commit().await
    }

    /// The clock ran ahead when the job was last noted, and was set right since: without this it would be silent until then.
    async fn count_from_now(&self, planned: &Planned, state: &State, now: Timestamp) -> Result<(), StoreError> {
        const RESET: Sql = Sql::same("UPDATE event_jobs SET last_due = $3, retry_at = NULL WHERE name = $1 AND last_due = $2");
        tracing::warn!(job = planned.name, noted = %state.last_due, %now, "the clock was set back; the job counts from now");
        let tx = self.db.begin().await?;
        RESET.run(&tx.conn(), vec![planned.name.as_str().into(), state.last_due.millis().into(), now.millis().into()]).await?;
        tx.commit().await
    }

    async fn note(&self, planned: &Planned, state: &State, slot: Timestamp, outcome: Option<Outcome>) -> Result<(), StoreError> {
        const NOTE: Sql = Sql::same(
            "UPDATE event_jobs SET last_due = $3, retry_at = $4, failures = $5, trouble = $6, finished_at = $7
             WHERE name = $1 AND last_due = $2",
        );
        let now = self.db.clock().now();
        let (last_due, retry_at, failures, trouble) = match outcome {
            None => return Ok(()),
            Some(Outcome::Done) => (slot, None, 0, None),
            Some(Outcome::Retry(why, after)) => {
                let attempt = u32::try_from(state.failures + 1).unwrap_or(u32::MAX);
                let wait = after.unwrap_or_else(|| Retries::default().after(attempt, &self.chance));
                tracing::warn!(job = planned.name, why, again_in = ?wait, "a job failed");
                (state.last_due, Some(now.plus(wait)), state.failures + 1, Some(why))
            }
            Some(Outcome::GiveUp(why)) => {
                tracing::error!(job = planned.name, why, "a job gave up until its next time");
                (slot, None, 0, Some(why))
            }
        };
        let tx = self.db.begin().await?;
        let values = vec![
            planned.name.as_str().into(),
            state.last_due.millis().into(),
            last_due.millis().into(),
            retry_at.map(Timestamp::millis).into(),
            failures.into(),
            trouble.into(),
            now.millis().into(),
        ];
        NOTE.run(&tx.conn(), values).await?;
        tx.commit().await
    }
}

fn plan(job: Arc<dyn Job>) -> Result<Planned, BadSchedule> {
    let name = job.name();
    let bad = |why: String| BadSchedule { name: name.clone(), why };
    let rhythm = match job.schedule() {
        Schedule::Every(span) if span.is_zero() => return Err(bad("it never rests".into())),
        Schedule::Every(span) => Rhythm::Every(span),
        Schedule::Cron { pattern, zone } => {
            let cron: Cron = pattern.parse().map_err(|err: croner::errors::CronError| bad(err.to_string()))?;
            let zone = TimeZone::get(&zone).map_err(|err| bad(err.to_string()))?;
            Rhythm::Cron(Box::new(cron), zone)
        }
    };
    Ok(Planned { job, name, rhythm })
}

/// The time to note as run, when the job is due: the latest one, so that ten missed runs are one.
fn due(planned: &Planned, state: &State, now: Timestamp) -> Option<Timestamp> {
    let last = state.last_due;
    let waits = state.retry_at.is_some_and(|at| at > now && at <= now.plus(Retries::default().longest * 2));
    if waits {
        return None;
    }
    match &planned.rhythm {
        Rhythm::Every(span) => (last.plus(*span) <= now).then(|| {
            let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX).max(1);
            Timestamp::from_millis(last.millis() + (now.millis() - last.millis()) / span * span)
        }),
        Rhythm::Cron(cron, zone) => {
            let next = cron.find_next_occurrence(&last.to_jiff().to_zoned(zone.clone()), false).ok()?;
            (Timestamp::from(next.timestamp()) <= now).then(|| {
                let latest = cron.find_previous_occurrence(&now.to_jiff().to_zoned(zone.clone()), true);
                latest.map_or(now, |latest| latest.timestamp().into())
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Daily;

    #[async_trait::async_trait]
    impl Job for Daily {
        fn name(&self) -> String {
            "daily".into()
        }

        fn schedule(&self) -> Schedule {
            Schedule::Cron { pattern: "0 3 * * *", zone: "Asia/Shanghai".into() }
        }

        async fn run(&self, _fence: Fence) -> Outcome {
            Outcome::Done
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn after(last_due: &str, now: &str) -> Option<Timestamp> {
        let planned = plan(Arc::new(Daily)).unwrap();
        due(&planned, &State { last_due: at(last_due), retry_at: None, failures: 0 }, at(now))
    }

    #[test]
    fn cron_runs_in_the_zone_it_names() {
        assert_eq!(after("2026-11-20T20:00:00Z", "2026-11-21T18:59:59Z"), None);
        assert_eq!(after("2026-11-20T20:00:00Z", "2026-11-21T19:00:00Z"), Some(at("2026-11-21T19:00:00Z")));
    }

    #[test]
    fn a_week_of_missed_runs_is_caught_up_once() {
        assert_eq!(after("2026-11-10T19:00:00Z", "2026-11-17T22:00:00Z"), Some(at("2026-11-17T19:00:00Z")));
        assert_eq!(after("2026-11-17T19:00:00Z", "2026-11-17T22:00:00Z"), None);
    }
}
