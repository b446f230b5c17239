use super::super::error::LedgerError;
use super::super::model::{Replay, ReplayState};
use super::super::service::wants;
use super::super::store::{events as table, replays};
use super::Replays;
use base::{EventId, ReplayId};
use events::{Fence, Job, Outcome, Schedule, Subscription, path};
use sockets::broker::{Outgoing, PublishError};
use sockets::{Envelope, Route};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// Events of one batch at most; a quarter of a second's worth when that is less.
const BATCH: u32 = 500;
/// A queue that holds so many is given no more for now: news come first.
const DEEP: u64 = 5_000;
/// Before the next look at a queue that is full or a broker that is away.
const LATER: Duration = Duration::from_secs(1);
/// Refusals in a row before a replay has failed.
const MOST_REFUSALS: u32 = 10;

/// What a turn led to.
enum Turn {
    /// So many events went out.
    Sent(u32),
    /// The queues or the broker want a rest.
    Rest,
    Refused(String),
    Over,
}

/// Works on all replays that run, until none does.
pub struct ReplayJob(pub Replays);

#[async_trait::async_trait]
impl Job for ReplayJob {
    fn name(&self) -> String {
        "ledger.replay".to_owned()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(1))
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        Outcome::of(self.0.work().await)
    }
}

impl Replays {
    /// Sends until no replay runs any more, each at its own pace.
    pub async fn work(&self) -> Result<(), LedgerError> {
        let mut plans: HashMap<ReplayId, (Instant, u32)> = HashMap::new();
        loop {
            let running = replays::running(&self.ledger.db).await?;
            if running.is_empty() {
                return Ok(());
            }
            let mut next = Instant::now() + LATER;
            for replay in running {
                let plan = plans.entry(replay.id).or_insert((Instant::now(), 0));
                if plan.0 <= Instant::now() {
                    let turn = self.turn(&replay).await?;
                    *plan = self.plan(&replay, turn, plan.1).await?;
                }
                next = next.min(plan.0);
            }
            tokio::time::sleep_until(next.into()).await;
        }
    }

    /// When its next turn is, and how often it was refused in a row.
    async fn plan(&self, replay: &Replay, turn: Turn, refusals: u32) -> Result<(Instant, u32), LedgerError> {
        let now = Instant::now();
        Ok(match turn {
            Turn::Sent(events) => (now + Duration::from_secs_f64(f64::from(events) / f64::from(replay.rate)), 0),
            Turn::Over => (now, 0),
            Turn::Rest => (now + LATER, refusals),
            Turn::Refused(why) if refusals + 1 >= MOST_REFUSALS => {
                tracing::error!(replay = replay.id.0, why, "a replay failed");
                self.end(replay, ReplayState::Failed, Some(&why)).await?;
                (now, 0)
            }
            Turn::Refused(why) => {
                tracing::warn!(replay = replay.id.0, why, "events of a replay were refused; trying again");
                (now + LATER, refusals + 1)
            }
        })
    }

    async fn end(&self, replay: &Replay, state: ReplayState, trouble: Option<&str>) -> Result<(), LedgerError> {
        let tx = self.ledger.db.begin().await?;
        replays::end(&tx, replay.site, replay.id, state, trouble).await?;
        Ok(tx.commit().await?)
    }

    async fn turn(&self, replay: &Replay) -> Result<Turn, LedgerError> {
        for queue in &replay.queues {
            match self.data.depth(queue).await {
                Ok(depth) if depth.messages < DEEP => {}
                Ok(_) => return Ok(Turn::Rest),
                Err(err) => {
                    tracing::warn!(replay = replay.id.0, queue, error = %err, "a replay waits for its queue");
                    return Ok(Turn::Rest);
                }
            }
        }
        let to = self.to(replay.site, &replay.queues).await?;
        let types = self.types(replay.site, &replay.filter, &to).await?;
        let most = (replay.rate / 4).clamp(1, BATCH);
        let ways = (replay.place, replay.upto);
        let rows = table::next(self.ledger.db.read(), replay.site, &replay.filter, &types, ways, i64::from(most)).await?;
        let Some(last) = rows.last().map(|(place, _)| *place) else {
            self.end(replay, ReplayState::Done, None).await?;
            return Ok(Turn::Over);
        };
        let sent = rows.len() as u32;
        let copies = copies_of(replay, rows.into_iter().map(|(_, envelope)| envelope), &to);
        if replay.force {
            self.let_forget(&copies).await?;
        }
        if let Some(turn) = self.publish(copies).await {
            return Ok(turn);
        }
        // Cancelled meanwhile, or somebody else went on: the next look tells.
        replays::advance(&self.ledger.db, replay, last, i64::from(sent)).await?;
        metrics::counter!("ledger_replayed_total").increment(u64::from(sent));
        Ok(Turn::Sent(sent))
    }

    /// None when every copy is confirmed. Otherwise the whole batch goes out again, under the same ids.
    async fn publish(&self, copies: Vec<Outgoing>) -> Option<Turn> {
        if copies.is_empty() {
            return None;
        }
        let err = self.data.publish(copies).await.into_iter().find_map(Result::err)?;
        Some(match err {
            PublishError::Unknown(_) => Turn::Rest,
            PublishError::Rejected(_) | PublishError::Fatal(_) => Turn::Refused(err.to_string()),
        })
    }

    async fn let_forget(&self, copies: &[Outgoing]) -> Result<(), LedgerError> {
        let mut by_queue: BTreeMap<&str, Vec<EventId>> = BTreeMap::new();
        for copy in copies {
            by_queue.entry(&copy.queue).or_default().push(copy.id);
        }
        let tx = self.ledger.db.begin().await?;
        for (queue, events) in by_queue {
            path::unnote(&tx, queue, &events).await?;
        }
        Ok(tx.commit().await?)
    }
}

fn copies_of(replay: &Replay, envelopes: impl Iterator<Item = Envelope>, to: &[Subscription]) -> Vec<Outgoing> {
    let mut copies = Vec::new();
    for mut envelope in envelopes {
        let mut queues: Vec<_> = to.iter().filter(|one| wants(one, &envelope)).map(|one| one.queue.clone()).collect();
        queues.sort_unstable();
        queues.dedup();
        let Some(first) = queues.first() else { continue };
        envelope.route = Route::Replay(format!("archive:{}", replay.id));
        envelope.hops = 1;
        let copy = Outgoing::new(first.clone(), &envelope);
        copies.extend(queues.iter().map(|queue| copy.copy_to(queue.clone())));
    }
    copies
}
