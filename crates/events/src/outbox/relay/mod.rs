//! Carries outbox rows to an event broker: the main one, or the remote one while that is down or silent.
//!
//! One node at a time, under a lease; several batches under way at once; many small events in one message. A row may go out twice,
//! never none: it leaves the outbox only when the distributor passed it on. The same rows go out by the other broker, under the same
//! ids, when the one that confirmed them is left; the distributor tells the doubles by the rows that are gone.

mod pilot;
mod window;

pub use pilot::Steering;

use super::rows::{Waiting, left, oldest, oldest_of_each_site, sites};
use super::Freed;
use crate::brokers::{Brokers, Way};
use crate::dead_letters::{self, Letter};
use crate::lease::Leases;
use crate::notices::{Alarm, Notices};
use crate::outbox::TableOutbox;
use crate::pressure::{Course, Level};
use crate::queues::Tally;
use crate::{EVENTS, pipeline::Pace};
use base::{EventId, SiteId};
use pilot::{Pilot, Went};
use serde::Deserialize;
use sockets::broker::{Broker, Outgoing, PublishError, Receipt, ordering_key};
use sockets::{Db, Engine};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use window::Window;

const LEASE: &str = "relay";
/// Batches under way at once.
const ABREAST: usize = 4;
/// Events under way at most: sent and not passed on. The rest waits in the outbox.
const WINDOW: usize = 8_192;
/// On PostgreSQL a row may become visible after later ones: so many rows are looked at again, and all of them now and then.
const SLACK: i64 = 2_000;
const ALL_AGAIN: Duration = Duration::from_secs(2);
/// A message of many events holds so many bytes at most.
const BUNDLE_BYTES: usize = 256 * 1024;
/// How often our lease is looked at while we hold it.
const LEASE_LOOK: Duration = Duration::from_secs(1);
/// How often rows that other nodes passed on are looked for while there is room in the window, and how long a row was confirmed by
/// then: what this node passes on is known before.
const LEFT_LOOK: Duration = Duration::from_secs(1);
const SETTLED: Duration = Duration::from_millis(500);

pub(crate) struct Relay {
    pub db: Db,
    pub brokers: Brokers,
    pub outbox: TableOutbox,
    pub leases: Leases,
    pub notices: Notices,
    pub course: Course,
    pub tally: Tally,
    pub pace: Pace,
}

/// A batch that came back.
struct Answer {
    way: Way,
    rows: Vec<Waiting>,
    /// For each row; none when the broker said nothing in time.
    outcomes: Option<Vec<Result<Receipt, PublishError>>>,
}

/// What one holder of the lease knows.
struct Watch {
    pilot: Pilot,
    window: Window,
    sending: JoinSet<Answer>,
    /// Looks at a main broker that was left; they must not keep the other one waiting.
    probing: JoinSet<bool>,
    rest_until: Option<Instant>,
    pause: Duration,
    last: Looks,
    /// The last batch was small: the next one waits until that is back, so that few become many.
    small: bool,
}

/// When this and that was looked at last.
struct Looks {
    lease: Instant,
    round: Instant,
    left: Instant,
    probe: Instant,
    lost: Instant,
    all: Instant,
}

impl Watch {
    /// Until the next round, or until a rest is over.
    fn rest(&self, idle: Duration) -> Duration {
        let round = idle.saturating_sub(self.last.round.elapsed());
        self.rest_until.map_or(round, |until| until.saturating_duration_since(Instant::now()).min(round))
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Relay {
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.leases.hold(LEASE).await {
                Ok(Some(_)) => self.carry(&stop).await,
                Ok(None) => {}
                Err(err) => tracing::warn!(error = ?err, "the relay cannot see its lease"),
            }
            self.course.set(None);
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(self.pace.idle) => {}
            }
        }
        self.leases.let_go(LEASE).await;
    }

    /// As long as the lease is ours.
    async fn carry(&self, stop: &CancellationToken) {
        let now = Instant::now();
        let mut watch = Watch {
            pilot: Pilot::new(self.brokers.remote.is_some(), self.pace.steering),
            window: Window::default(),
            sending: JoinSet::new(),
            probing: JoinSet::new(),
            rest_until: None,
            pause: FIRST_PAUSE,
            last: Looks { lease: now, round: now, left: now, probe: now, lost: now, all: now },
            small: false,
        };
        self.course.set(Some(Way::Main));
        self.declare(Way::Main).await;
        let (bell, freed) = (self.outbox.bell(), self.outbox.freed());
        while !stop.is_cancelled() {
            if watch.last.lease.elapsed() >= LEASE_LOOK.min(self.leases.span() / 4) {
                match self.leases.hold(LEASE).await {
                    Ok(Some(_)) => watch.last.lease = Instant::now(),
                    // When it cannot be read we go on until it must have lapsed: a double does no harm.
                    Err(_) if watch.last.lease.elapsed() < self.leases.span() => {}
                    Ok(None) | Err(_) => return,
                }
            }
            // By the clock and not when nothing else happens: under load something always does.
            if watch.last.round.elapsed() >= self.pace.idle {
                watch.last.round = Instant::now();
                self.look_round(&mut watch).await;
            }
            self.send_more(&mut watch).await;
            let rest = watch.rest(self.pace.idle);
            tokio::select! {
                () = stop.cancelled() => {}
                Some(back) = watch.sending.join_next(), if !watch.sending.is_empty() => match back {
                    Ok(answer) => self.settle(answer, &mut watch).await,
                    Err(err) => {
                        tracing::error!(error = %err, "a batch of the relay broke");
                        watch.window.clear();
                    }
                },
                Some(looked) = watch.probing.join_next(), if !watch.probing.is_empty() => {
                    if let Some(turned) = watch.pilot.probed(looked.unwrap_or(false), Instant::now()) {
                        self.turned(turned, &mut watch).await;
                    }
                }
                () = bell.notified(), if watch.rest_until.is_none() => {}
                () = freed.bell.notified() => {}
                () = tokio::time::sleep(rest) => {}
            }
            Self::forget_freed(&freed, &mut watch);
        }
        // What is under way comes to an end; its rows are passed on or go out again.
        let rest = async { while watch.sending.join_next().await.is_some() {} };
        let _unanswered = tokio::time::timeout(Duration::from_secs(2), rest).await;
    }

    fn forget_freed(freed: &Freed, watch: &mut Watch) {
        for id in freed.take() {
            watch.window.take(id);
        }
    }

    async fn send_more(&self, watch: &mut Watch) {
        if watch.rest_until.is_some_and(|until| until > Instant::now()) {
            return;
        }
        watch.rest_until = None;
        if watch.last.all.elapsed() >= ALL_AGAIN {
            watch.last.all = Instant::now();
            watch.window.look_again();
        }
        while watch.sending.len() < if watch.small { 1 } else { ABREAST } && watch.window.len() < WINDOW {
            let rows = match self.next(&mut watch.window).await {
                Ok(rows) => rows,
                Err(err) => {
                    tracing::warn!(error = ?err, "the outbox cannot be read");
                    watch.rest_until = Some(Instant::now() + self.pace.idle);
                    return;
                }
            };
            if rows.is_empty() {
                return;
            }
            watch.small = rows.len() < self.pace.bundle;
            let way = watch.pilot.way();
            for row in &rows {
                watch.window.put(row.id, row.site, way);
            }
            let (broker, patience) = (self.brokers.on(way).clone(), self.pace.steering.confirm);
            let (messages, lengths) = pack(&rows, self.pace.bundle);
            watch.sending.spawn(async move {
                let told = tokio::time::timeout(patience, broker.publish(messages)).await.ok();
                Answer { way, outcomes: told.map(|told| spread(told, &lengths)), rows }
            });
        }
    }

    /// The next rows to send: the oldest; and when there are more than fit, of each site its share.
    async fn next(&self, window: &mut Window) -> Result<Vec<Waiting>, sockets::StoreError> {
        let room = WINDOW.saturating_sub(window.len());
        // The more waits, the larger the batches.
        let most = if self.outbox.pressure().level() >= Level::Yellow { self.pace.batch * 2 } else { self.pace.batch };
        let most = most.min(i64::try_from(room).unwrap_or(i64::MAX)).max(1);
        let (from, away) = window.edge();
        let (rows, more) = oldest(&self.db, from, &away, most).await?;
        let count = if more { sites(&self.db, most).await? } else { 1 };
        if count < 2 {
            let slack = if self.db.engine() == Engine::Postgres { SLACK } else { 0 };
            if let Some(last) = rows.last() {
                window.seen_to(last.id - slack);
            }
            return Ok(rows);
        }
        let greedy = window.greedy(WINDOW / 2);
        oldest_of_each_site(&self.db, &window.ids(), (most / count).max(1), most, &greedy).await
    }

    async fn settle(&self, answer: Answer, watch: &mut Watch) {
        let now = Instant::now();
        let Answer { way, rows, outcomes } = answer;
        let went = match &outcomes {
            None => Went::Silent,
            Some(told) if told.iter().all(Result::is_ok) => Went::Well,
            Some(_) => Went::Badly,
        };
        let mut sent = 0_u64;
        for (place, row) in rows.iter().enumerate() {
            match outcomes.as_ref().map(|told| &told[place]) {
                // Late news of a broker that was left: the row goes out by the other one.
                Some(Ok(_)) if way == watch.pilot.way() => {
                    sent += 1;
                    watch.window.confirm(row.id, way, now);
                }
                Some(Err(err)) => {
                    self.count_failure(way, err);
                    watch.window.give_back(row.id);
                }
                _ => watch.window.give_back(row.id),
            }
        }
        metrics::counter!("events_relayed_total", "broker" => way.name()).increment(sent);
        self.tally.came(&EVENTS.into(), sent);
        if went == Went::Well {
            watch.pause = FIRST_PAUSE;
        } else {
            let why = match outcomes.iter().flatten().find_map(|told| told.as_ref().err()) {
                Some(err) => err.to_string(),
                None => format!("no answer in {:?}", self.pace.steering.confirm),
            };
            tracing::warn!(broker = self.brokers.on(way).name(), way = way.name(), error = why, rows = rows.len() as u64 - sent, "events stay in the outbox");
            watch.rest_until = Some(now + watch.pause);
            watch.pause = (watch.pause * 2).min(LONGEST_PAUSE);
            self.bury_giants(way, &rows, watch).await;
            if matches!(outcomes.iter().flatten().find_map(|told| told.as_ref().err()), Some(PublishError::Rejected(_))) {
                self.declare(way).await;
            }
        }
        if let Some(turned) = watch.pilot.heard(way, went, now) {
            self.turned(turned, watch).await;
        }
    }

    fn count_failure(&self, way: Way, err: &PublishError) {
        let kind = match err {
            PublishError::Rejected(_) => "rejected",
            PublishError::Unknown(_) => "unknown",
            PublishError::Fatal(_) => "fatal",
        };
        metrics::counter!("events_relay_failed_total", "kind" => kind, "broker" => way.name()).increment(1);
    }

    /// What is larger than the broker's largest message would never go out, and is put aside.
    async fn bury_giants(&self, way: Way, rows: &[Waiting], watch: &mut Watch) {
        let most = self.brokers.on(way).capabilities().max_message;
        for row in rows.iter().filter(|row| row.body.len() > most) {
            let why = format!("{} bytes are more than the event broker takes ({most})", row.body.len());
            let letter = Letter::of_text(&String::from_utf8_lossy(&row.body), &address(row).ordering(), EVENTS, &why);
            let buried = async {
                let tx = self.db.begin().await?;
                dead_letters::bury(&tx, letter).await?;
                super::remove(&tx, &[row.id]).await?;
                tx.commit().await
            };
            match buried.await {
                Ok(()) => watch.window.take(row.id),
                Err(err) => tracing::error!(error = ?err, "an event that is too large could not be put aside"),
            }
        }
    }

    async fn declare(&self, way: Way) {
        let broker = self.brokers.on(way);
        let declared = tokio::time::timeout(self.pace.steering.confirm, broker.declare(EVENTS)).await;
        match declared {
            Ok(Ok(())) => {}
            Ok(Err(err)) => tracing::warn!(broker = broker.name(), error = %err, "the event queue cannot be declared"),
            Err(_) => tracing::warn!(broker = broker.name(), "the event queue cannot be declared: no answer"),
        }
    }

    async fn turned(&self, way: Way, watch: &mut Watch) {
        let again = if way == Way::Remote { watch.window.forsake(Way::Main) } else { 0 };
        tracing::warn!(way = way.name(), again, "the relay takes the other event broker");
        metrics::counter!("events_relay_turns_total", "to" => way.name()).increment(1);
        self.course.set(Some(way));
        watch.rest_until = None;
        watch.last.probe = Instant::now();
        self.declare(way).await;
        let main = self.brokers.main.name().to_owned();
        match way {
            Way::Remote => self.notices.raise(&Alarm::new("main_broker_left", Level::Orange).about(main)).await,
            Way::Main => self.notices.clear("main_broker_left", &main).await,
        }
    }

    /// What nobody rings for: rows that other nodes passed on, a main broker that is well again, events that a broker lost.
    async fn look_round(&self, watch: &mut Watch) {
        if watch.last.left.elapsed() >= LEFT_LOOK || watch.window.len() > WINDOW / 2 {
            watch.last.left = Instant::now();
            self.look_for_passed_on(&mut watch.window).await;
        }
        if watch.pilot.wants_probe() && watch.probing.is_empty() && watch.last.probe.elapsed() >= self.pace.steering.probe {
            watch.last.probe = Instant::now();
            watch.probing.spawn(is_well(self.brokers.main.clone(), self.pace.steering.confirm));
        }
        if watch.last.lost.elapsed() >= self.pace.steering.lost_after / 4 {
            watch.last.lost = Instant::now();
            for (way, _) in self.brokers.sources() {
                self.look_for_lost(way, watch).await;
            }
        }
    }

    /// Rows that other nodes passed on leave the window.
    async fn look_for_passed_on(&self, window: &mut Window) {
        let ids = window.confirmed_for(SETTLED, Instant::now());
        if ids.is_empty() {
            return;
        }
        match left(&self.db, &ids).await {
            Ok(left) => ids.iter().filter(|id| !left.contains(id)).for_each(|id| window.take(*id)),
            Err(err) => tracing::warn!(error = ?err, "the outbox cannot be read"),
        }
    }

    /// Confirmed long ago and still not passed on: when the broker is well and keeps events, the distributor is behind. Otherwise it
    /// lost them, or cannot give them out, and they go out again.
    async fn look_for_lost(&self, way: Way, watch: &mut Watch) {
        let (span, now) = (self.pace.steering.lost_after, Instant::now());
        let overdue = watch.window.overdue(way, span, now);
        if overdue.is_empty() {
            return;
        }
        let very_late: HashSet<i64> = watch.window.overdue(way, span * 30, now).into_iter().collect();
        let broker = self.brokers.on(way);
        let depth = tokio::time::timeout(self.pace.steering.confirm, broker.depth(EVENTS)).await;
        let keeps_them = matches!(&depth, Ok(Ok(depth)) if depth.messages > 0) && is_well(broker.clone(), self.pace.steering.confirm).await;
        let again: Vec<i64> = if keeps_them { overdue.into_iter().filter(|id| very_late.contains(id)).collect() } else { overdue };
        if again.is_empty() {
            return;
        }
        tracing::warn!(broker = broker.name(), events = again.len(), "confirmed events were not passed on; they go out again");
        metrics::counter!("events_relay_again_total", "broker" => way.name()).increment(again.len() as u64);
        again.iter().for_each(|id| watch.window.give_back(*id));
    }
}

/// It answers, and takes what would be there anyway.
async fn is_well(broker: Arc<dyn Broker>, patience: Duration) -> bool {
    let look = async { broker.health().await.ok && broker.declare(EVENTS).await.is_ok() };
    tokio::time::timeout(patience, look).await.unwrap_or(false)
}

/// One message for each row, or many rows in one; tells how many rows each message has.
fn pack(rows: &[Waiting], most: usize) -> (Vec<Outgoing>, Vec<usize>) {
    let (mut messages, mut lengths) = (Vec::new(), Vec::new());
    let mut rest = rows;
    while let Some(first) = rest.first() {
        let (mut count, mut bytes) = (1, first.body.len());
        while count < most.max(1) && rest.get(count).is_some_and(|next| bytes + next.body.len() <= BUNDLE_BYTES) {
            bytes += rest[count].body.len();
            count += 1;
        }
        let (bundle, after) = rest.split_at(count);
        messages.push(message(bundle));
        lengths.push(count);
        rest = after;
    }
    (messages, lengths)
}

/// What of an envelope is needed on the way.
#[derive(Deserialize)]
struct Address<'a> {
    id: EventId,
    site: SiteId,
    #[serde(borrow)]
    key: Cow<'a, str>,
}

impl Address<'_> {
    fn ordering(&self) -> String {
        ordering_key(self.site, &self.key)
    }
}

fn address(row: &Waiting) -> Address<'_> {
    // What is no envelope is found out by who reads it.
    serde_json::from_slice(&row.body).unwrap_or_else(|_| Address { id: EventId(uuid::Uuid::nil()), site: row.site, key: Cow::Borrowed("") })
}

fn message(rows: &[Waiting]) -> Outgoing {
    let first = address(&rows[0]);
    if let [only] = rows {
        return Outgoing { queue: EVENTS.into(), id: first.id, key: first.ordering().into(), body: only.body.clone() };
    }
    let mut body = Vec::with_capacity(rows.iter().map(|row| row.body.len() + 1).sum::<usize>() + 2);
    for (place, row) in rows.iter().enumerate() {
        body.push(if place == 0 { b'[' } else { b',' });
        body.extend_from_slice(&row.body);
    }
    body.push(b']');
    // A bundle has no order to keep: the outbox knows it.
    Outgoing { queue: EVENTS.into(), id: first.id, key: first.id.to_string().into(), body: body.into() }
}

/// The outcome of a message is that of each of its rows.
fn spread(told: Vec<Result<Receipt, PublishError>>, lengths: &[usize]) -> Vec<Result<Receipt, PublishError>> {
    let silent = || Err(PublishError::Unknown("no answer".into()));
    let mut told = told.into_iter();
    lengths
        .iter()
        .flat_map(|length| {
            let outcome = told.next().unwrap_or_else(silent);
            std::iter::repeat_n(outcome, *length)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, bytes: usize) -> Waiting {
        let event = EventId(uuid::Uuid::from_u128(id.unsigned_abs().into()));
        let mut body = format!(r#"{{"id":"{event}","site":1,"key":"k","payload":""}}"#);
        body.insert_str(body.len() - 2, &"x".repeat(bytes.saturating_sub(body.len())));
        Waiting { id, site: SiteId(1), body: body.into() }
    }

    #[test]
    fn small_events_travel_together_and_large_ones_alone() {
        let rows: Vec<Waiting> = (1..=5).map(|id| row(id, 10)).chain([row(6, BUNDLE_BYTES)]).chain((7..=8).map(|id| row(id, 10))).collect();
        let (messages, lengths) = pack(&rows, 3);
        assert_eq!(lengths, [3, 2, 1, 2]);
        let many: Vec<serde_json::Value> = serde_json::from_slice(&messages[0].body).expect("a list");
        assert_eq!(many.len(), 3);
        assert_eq!((&*messages[2].key, messages[2].body.len()), ("1/k", BUNDLE_BYTES));
        let told = vec![Ok(Receipt::default()), Err(PublishError::Rejected("no".into())), Ok(Receipt::default())];
        let spread: Vec<bool> = spread(told, &lengths).iter().map(Result::is_ok).collect();
        assert_eq!(spread, [true, true, true, false, false, true, false, false]);
    }
}
