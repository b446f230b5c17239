//! Publishing with confirms: what several callers give at the same time goes out as one window, and each message gets its own
//! outcome.
//!
//! RabbitMQ confirms a message that fits no queue like any other; it only returns it before. The client hands a returned message to
//! whichever confirm comes next, so we look into all confirms of a window and match what came back by its id. That is exact because
//! a channel carries one window at a time; more channels carry more windows.

use super::link::{Line, Link};
use base::Timestamp;
use futures_util::poll;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, PublisherConfirm};
use sockets::broker::{BrokerError, Outgoing, PublishError, Receipt};
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

pub(super) const KEY: &str = "x-key";
pub(super) const AT: &str = "x-at";

/// Windows that are under way at once.
const LANES: usize = 4;
/// A window takes no more callers when it has so many messages or bytes.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 8 * 1024 * 1024;

pub(super) type Outcome = Result<Receipt, PublishError>;

struct Job {
    batch: Vec<Outgoing>,
    at: Timestamp,
    answer: oneshot::Sender<Vec<Outcome>>,
}

/// Names in a job are those on the broker, with the prefix.
pub(super) struct Publisher {
    lanes: Vec<mpsc::Sender<Job>>,
    turn: AtomicUsize,
    confirmed: Arc<Mutex<Option<Instant>>>,
}

impl Publisher {
    pub fn start(link: &Link, within: Duration) -> Self {
        let confirmed: Arc<Mutex<Option<Instant>>> = Arc::default();
        let lanes = (0..LANES).map(|_| {
            let (sender, jobs) = mpsc::channel(64);
            let lane = Lane { link: link.clone(), within, channel: None, confirmed: confirmed.clone() };
            tokio::spawn(lane.run(jobs));
            sender
        });
        Self { lanes: lanes.collect(), turn: AtomicUsize::new(0), confirmed }
    }

    /// When the broker last confirmed a message.
    pub fn last_confirm(&self) -> Option<Instant> {
        *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn publish(&self, batch: Vec<Outgoing>, at: Timestamp) -> Vec<Outcome> {
        let count = batch.len();
        let (answer, outcomes) = oneshot::channel();
        let lane = self.turn.fetch_add(1, Ordering::Relaxed) % self.lanes.len();
        let unknown = || vec![Err(PublishError::Unknown("the broker was closed".into())); count];
        if self.lanes[lane].send(Job { batch, at, answer }).await.is_err() {
            return unknown();
        }
        outcomes.await.unwrap_or_else(|_| unknown())
    }
}

struct Lane {
    link: Link,
    within: Duration,
    channel: Option<(Arc<Line>, Channel)>,
    confirmed: Arc<Mutex<Option<Instant>>>,
}

impl Lane {
    /// The task ends when the publisher is gone.
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.recv().await {
            let mut window = vec![first];
            while !is_full(&window) && let Ok(next) = jobs.try_recv() {
                window.push(next);
            }
            let messages: Vec<(&Outgoing, Timestamp)> = window.iter().flat_map(|job| job.batch.iter().map(|message| (message, job.at))).collect();
            let mut outcomes = Vec::with_capacity(messages.len());
            for part in parts(&messages) {
                let uncertain = outcomes.iter().any(|outcome| matches!(outcome, Err(PublishError::Unknown(_))));
                if uncertain {
                    // What comes after something that is not certain would overtake its repetition.
                    outcomes.extend(part.iter().map(|_| Err(PublishError::Unknown("an earlier message was not confirmed".into()))));
                } else {
                    outcomes.extend(self.send(part).await);
                }
            }
            let mut outcomes = outcomes.into_iter();
            for job in window {
                let share = outcomes.by_ref().take(job.batch.len()).collect();
                // Who no longer listens was cut off.
                let _gone = job.answer.send(share);
            }
        }
    }

    /// One window. Whatever happens, every message gets an outcome within the time.
    async fn send(&mut self, messages: &[(&Outgoing, Timestamp)]) -> Vec<Outcome> {
        let unknown = |why: String| vec![Err(PublishError::Unknown(why)); messages.len()];
        let (line, channel) = match self.ready().await {
            Ok(ready) => ready,
            Err(why) => return unknown(why),
        };
        let until = Instant::now() + self.within;
        let mut confirms: Vec<Result<Confirmation, String>> = Vec::with_capacity(messages.len());
        let waiting = write(&channel, messages, until).await;
        let mut clean = true;
        for confirm in waiting {
            let confirm = match confirm {
                Ok(confirm) => wait(&line, confirm, until).await,
                Err(why) => Err(why),
            };
            clean &= confirm.is_ok();
            confirms.push(confirm);
        }
        if clean {
            *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        } else {
            // What comes late on this channel must not be taken for the next window's.
            self.channel = None;
        }
        judge(messages, confirms)
    }

    /// The channel of this lane on the connection that stands.
    async fn ready(&mut self) -> Result<(Arc<Line>, Channel), String> {
        let line = self.link.line_now().await.map_err(|err| err.to_string())?;
        if let Some(why) = line.blocked() {
            return Err(format!("RabbitMQ takes no messages: {why}"));
        }
        if let Some((on, channel)) = &self.channel
            && Arc::ptr_eq(on, &line)
            && channel.status().connected()
        {
            return Ok((line, channel.clone()));
        }
        let channel = line.channel(self.within).await?;
        match timeout(self.within, channel.confirm_select(ConfirmSelectOptions::default())).await {
            Ok(Ok(())) => {}
            Ok(Err(err)) => return Err(err.to_string()),
            Err(_) => return Err("confirms could not be asked for in time".into()),
        }
        self.channel = Some((line.clone(), channel.clone()));
        Ok((line, channel))
    }
}

fn is_full(window: &[Job]) -> bool {
    let messages = || window.iter().flat_map(|job| &job.batch);
    messages().count() >= MOST || messages().map(|message| message.body.len()).sum::<usize>() >= MOST_BYTES
}

/// A batch may be larger than a window.
fn parts<'a, 'b>(messages: &'a [(&'b Outgoing, Timestamp)]) -> Vec<&'a [(&'b Outgoing, Timestamp)]> {
    let (mut parts, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, (message, _)) in messages.iter().enumerate() {
        if at > start && (at - start >= 2 * MOST || bytes + message.body.len() > 2 * MOST_BYTES) {
            parts.push(&messages[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += message.body.len();
    }
    parts.push(&messages[start..]);
    parts
}

/// Writes them in order, all before the first answer is waited for.
async fn write(channel: &Channel, messages: &[(&Outgoing, Timestamp)], until: Instant) -> Vec<Result<PublisherConfirm, String>> {
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let mut writing = Vec::with_capacity(messages.len());
    for (message, at) in messages {
        let queue = ShortString::from(&*message.queue);
        let mut publish = Box::pin(channel.basic_publish("".into(), queue, options, &message.body, properties(message, *at)));
        // The first look puts the message in line.
        let looked = poll!(&mut publish);
        writing.push((publish, looked));
    }
    let mut written = Vec::with_capacity(writing.len());
    for (publish, looked) in writing {
        let confirm = match looked {
            Poll::Ready(confirm) => Ok(confirm),
            Poll::Pending => tokio::time::timeout_at(until, publish).await,
        };
        written.push(match confirm {
            Ok(Ok(confirm)) => Ok(confirm),
            Ok(Err(err)) => Err(err.to_string()),
            Err(_) => Err("it could not be sent in time".into()),
        });
    }
    written
}

fn properties(message: &Outgoing, at: Timestamp) -> BasicProperties {
    let mut headers = FieldTable::default();
    headers.insert(KEY.into(), AMQPValue::LongString(message.key.as_bytes().to_vec().into()));
    headers.insert(AT.into(), AMQPValue::LongLongInt(at.millis()));
    BasicProperties::default()
        .with_message_id(message.id.to_string().into())
        .with_delivery_mode(2)
        .with_content_type("application/json".into())
        .with_headers(headers)
}

async fn wait(line: &Line, confirm: PublisherConfirm, until: Instant) -> Result<Confirmation, String> {
    tokio::select! {
        biased;
        confirm = confirm => confirm.map_err(|err| err.to_string()),
        () = line.down.cancelled() => Err("the connection was lost".into()),
        () = tokio::time::sleep_until(until) => Err("no confirm in time".into()),
        () = blocked_for_long(line) => Err("RabbitMQ takes no messages: its memory or disk is short".into()),
    }
}

/// What was read before the alarm is still confirmed.
async fn blocked_for_long(line: &Line) {
    line.until_blocked().await;
    tokio::time::sleep(Duration::from_millis(250)).await;
}

fn judge(messages: &[(&Outgoing, Timestamp)], confirms: Vec<Result<Confirmation, String>>) -> Vec<Outcome> {
    let mut returned: HashSet<(String, String)> = HashSet::new();
    let mut outcomes = Vec::with_capacity(messages.len());
    for confirm in confirms {
        outcomes.push(match confirm {
            Ok(confirmation) => {
                let acked = confirmation.is_ack();
                if let Some(back) = confirmation.take_message() {
                    let id = back.delivery.properties.message_id().as_ref().map(ToString::to_string).unwrap_or_default();
                    returned.insert((id, back.delivery.routing_key.to_string()));
                }
                // Refused by some of its replicas, perhaps not by all.
                if acked { Ok(Receipt::default()) } else { Err(PublishError::Unknown("RabbitMQ could not take it".into())) }
            }
            Err(why) => Err(PublishError::Unknown(why)),
        });
    }
    if !returned.is_empty() {
        for ((message, _), outcome) in messages.iter().zip(&mut outcomes) {
            if returned.contains(&(message.id.to_string(), message.queue.to_string())) {
                *outcome = Err(no_queue(&message.queue));
            }
        }
    }
    outcomes
}

pub(super) fn no_queue(queue: &str) -> PublishError {
    PublishError::Rejected(BrokerError::NoQueue(queue.to_owned()).to_string())
}
