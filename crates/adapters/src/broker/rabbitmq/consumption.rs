//! One consumer's hold on a queue. A task keeps a channel of its own on the consuming connection and makes it again when it is lost;
//! what was in hand is then stale, because the broker gives it out again.
//!
//! RabbitMQ's prefetch is the credit: what waits here for its key counts as held there. A release never goes back to the broker,
//! which would put the message behind others of its key on some versions; it goes out from the desk once more.

use super::link::Line;
use super::publisher::{AT, KEY};
use super::{Inner, jittered};
use crate::broker::desk::{Desk, Item, Ticket};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, poll};
use lapin::message::Delivery as Raw;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Consumer};
use sockets::broker::{AckError, BrokerError, Consumption, Delivery, Handle, Held};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Acknowledgements that share one question to the broker.
const MOST_ACKS: usize = 500;
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A channel that lasted so long was a good one.
const LASTED: Duration = Duration::from_secs(1);

#[derive(Clone)]
struct Message {
    key: Arc<str>,
    body: Bytes,
    tag: u64,
    redelivered: bool,
    count: u32,
    at: Option<i64>,
}

impl Item for Message {
    fn key(&self) -> &Arc<str> {
        &self.key
    }
}

#[derive(Default)]
struct State {
    desk: Desk<Message>,
    /// Of the next message; never used twice, whatever becomes of connections.
    place: u64,
    /// To the channel's acknowledger, while there is a channel.
    acks: Option<mpsc::Sender<Ack>>,
}

pub(super) struct Hold {
    broker: Arc<Inner>,
    /// With the prefix.
    queue: String,
    credit: u16,
    state: Mutex<State>,
    /// Rung when something may go out that could not before.
    freed: Notify,
}

struct Ack {
    ticket: Ticket,
    answer: oneshot::Sender<Result<(), AckError>>,
}

struct Open {
    deliveries: mpsc::Receiver<Result<Vec<Delivery>, BrokerError>>,
    hold: Arc<Hold>,
    _stop: DropGuard,
}

impl Drop for Open {
    fn drop(&mut self) {
        // From now on every handle is stale, even before the channel is closed.
        self.hold.forget();
    }
}

#[async_trait::async_trait]
impl Consumption for Open {
    async fn next(&mut self) -> Result<Vec<Delivery>, BrokerError> {
        self.deliveries.recv().await.unwrap_or_else(|| Err(BrokerError::Unavailable("the consumption ended".into())))
    }
}

pub(super) fn open(broker: &Arc<Inner>, queue: String, credit: usize) -> (Arc<Hold>, Box<dyn Consumption>) {
    let credit = u16::try_from(credit.max(1)).unwrap_or(u16::MAX);
    let hold = Arc::new(Hold { broker: broker.clone(), queue, credit, state: Mutex::default(), freed: Notify::new() });
    let (sender, deliveries) = mpsc::channel(1);
    let stop = CancellationToken::new();
    tokio::spawn(hold.clone().keep(sender, stop.clone()));
    (hold.clone(), Box::new(Open { deliveries, hold, _stop: stop.drop_guard() }))
}

impl Hold {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self) {
        let mut state = self.state();
        state.desk.clear();
        state.acks = None;
    }

    /// Held by the broker for us; in hand; when the oldest of them was published.
    pub fn load(&self) -> (usize, usize, Option<i64>) {
        let state = self.state();
        (state.desk.len(), state.desk.held(), state.desk.items().filter_map(|message| message.at).min())
    }

    /// Consumes until told to stop, over as many connections as it takes.
    async fn keep(self: Arc<Self>, to: mpsc::Sender<Result<Vec<Delivery>, BrokerError>>, stop: CancellationToken) {
        let mut pause = SHORTEST_PAUSE;
        loop {
            let began = Instant::now();
            let ended = tokio::select! {
                () = stop.cancelled() => return,
                line = self.broker.consuming.line() => match line {
                    Ok(line) => self.session(&line, &to, &stop).await,
                    Err(err) => Err(err),
                },
            };
            self.forget();
            if began.elapsed() > LASTED {
                pause = SHORTEST_PAUSE;
            }
            match ended {
                Ok(()) => return,
                Err(err @ (BrokerError::NoQueue(_) | BrokerError::Fatal(_))) => {
                    // The queue went away under us: whoever consumes knows whether to declare it.
                    let _gone = to.send(Err(err)).await;
                }
                Err(err) => tracing::debug!(queue = self.queue, error = %err, "a consumption starts anew"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(jittered(&self.broker.minter, pause)) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
    }

    /// The life of one channel. `Ok` when told to stop.
    async fn session(self: &Arc<Self>, line: &Line, to: &mpsc::Sender<Result<Vec<Delivery>, BrokerError>>, stop: &CancellationToken) -> Result<(), BrokerError> {
        let (channel, mut consumer) = self.subscribe(line).await?;
        let (acks, waiting) = mpsc::channel(2 * MOST_ACKS);
        self.state().acks = Some(acks);
        let acknowledger = tokio::spawn(self.clone().acknowledge(channel.clone(), waiting));
        let ended = self.serve(line, &mut consumer, to, stop).await;
        self.forget();
        acknowledger.abort();
        let _closed = timeout(self.broker.options.answer, channel.close(200, "bye".into())).await;
        ended
    }

    async fn subscribe(&self, line: &Line) -> Result<(Channel, Consumer), BrokerError> {
        let within = self.broker.options.answer;
        let channel = line.channel(within).await.map_err(BrokerError::Unavailable)?;
        let work = async {
            channel.basic_qos(self.credit, BasicQosOptions::default()).await?;
            channel.basic_consume(self.queue.as_str().into(), "".into(), BasicConsumeOptions::default(), FieldTable::default()).await
        };
        let consumer = match timeout(within, work).await {
            Ok(consumer) => consumer.map_err(|err| super::refusal(&err, &self.queue))?,
            Err(_) => return Err(BrokerError::Unavailable(format!("no answer within {within:?}"))),
        };
        Ok((channel, consumer))
    }

    async fn serve(
        self: &Arc<Self>,
        line: &Line,
        consumer: &mut Consumer,
        to: &mpsc::Sender<Result<Vec<Delivery>, BrokerError>>,
        stop: &CancellationToken,
    ) -> Result<(), BrokerError> {
        loop {
            let ready = self.state().desk.any_ready();
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = line.down.cancelled() => return Err(BrokerError::Unavailable("the connection was lost".into())),
                raw = consumer.next() => {
                    let mut next = Some(raw);
                    // What is here already goes along in the same batch.
                    while let Some(raw) = next {
                        match raw {
                            Some(Ok(raw)) => self.arrive(raw),
                            Some(Err(err)) => return Err(BrokerError::Unavailable(err.to_string())),
                            None => return Err(BrokerError::Unavailable("the broker ended the consumption".into())),
                        }
                        next = consumer.next().now_or_never();
                    }
                }
                place = to.reserve(), if ready => match place {
                    Ok(place) => {
                        let batch = self.hand_out();
                        if !batch.is_empty() {
                            place.send(Ok(batch));
                        }
                    }
                    Err(_) => return Ok(()),
                },
                () = self.freed.notified() => {}
            }
        }
    }

    fn arrive(&self, raw: Raw) {
        let headers = raw.properties.headers().as_ref();
        let header = |name: &str| headers.and_then(|headers| headers.inner().get(name));
        let key: Arc<str> = match header(KEY) {
            Some(AMQPValue::LongString(key)) => String::from_utf8_lossy(key.as_bytes()).into(),
            // Foreign, for the dead letters: all of these are one line.
            _ => "".into(),
        };
        let before = header("x-delivery-count").and_then(whole).and_then(|count| u32::try_from(count).ok());
        let message = Message {
            key,
            tag: raw.delivery_tag,
            redelivered: raw.redelivered,
            count: before.unwrap_or(u32::from(raw.redelivered)) + 1,
            at: header(AT).and_then(whole),
            body: raw.data.into(),
        };
        let mut state = self.state();
        let place = state.place;
        state.place += 1;
        state.desk.arrive(place, message);
    }

    fn hand_out(self: &Arc<Self>) -> Vec<Delivery> {
        let deliver = |(ticket, message): (Ticket, Message)| Delivery {
            key: message.key,
            body: message.body,
            redelivered: message.redelivered || ticket.turn > 0,
            count: Some(message.count + ticket.turn),
            handle: Handle::new(Arc::new(OneHeld { ticket, hold: self.clone(), done: AtomicBool::new(false) })),
        };
        self.state().desk.hand_out().into_iter().map(deliver).collect()
    }

    /// Sends acknowledgements in groups. A group is answered when the broker answered a question that came after it on the same
    /// channel, because an acknowledgement itself has no answer.
    async fn acknowledge(self: Arc<Self>, channel: Channel, mut waiting: mpsc::Receiver<Ack>) {
        let mut group = Vec::with_capacity(MOST_ACKS);
        while waiting.recv_many(&mut group, MOST_ACKS).await > 0 {
            let good: Vec<(Ack, u64)> = {
                let state = self.state();
                let mut good = Vec::with_capacity(group.len());
                for ack in group.drain(..) {
                    match state.desk.held_item(ack.ticket) {
                        Some(message) => good.push((ack, message.tag)),
                        None => drop(ack.answer.send(Err(AckError::Stale))),
                    }
                }
                good
            };
            let sent = timeout(self.broker.options.answer, self.send_acks(&channel, good.iter().map(|(_, tag)| *tag).collect())).await;
            let verdict = match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(err)) => Err(AckError::Unavailable(err.to_string())),
                Err(_) => Err(AckError::Unavailable("no answer in time".into())),
            };
            for (ack, _) in good {
                if verdict.is_ok() {
                    self.state().desk.done(ack.ticket);
                }
                // Who no longer listens was cut off; the message is done all the same.
                let _gone = ack.answer.send(verdict.clone());
            }
            self.freed.notify_one();
        }
    }

    async fn send_acks(&self, channel: &Channel, tags: BTreeSet<u64>) -> Result<(), lapin::Error> {
        let (multiple, single) = self.prefix(&tags);
        let acks = multiple.into_iter().map(|tag| (tag, true)).chain(single.into_iter().map(|tag| (tag, false)));
        let mut writing = Vec::new();
        for (tag, multiple) in acks {
            let mut ack = Box::pin(channel.basic_ack(tag, BasicAckOptions { multiple }));
            // The first look puts it in line.
            match poll!(&mut ack) {
                std::task::Poll::Ready(done) => done?,
                std::task::Poll::Pending => writing.push(ack),
            }
        }
        for ack in writing {
            ack.await?;
        }
        channel.basic_qos(self.credit, BasicQosOptions::default()).await
    }

    /// One acknowledgement may cover all tags below which nothing else is open.
    fn prefix(&self, tags: &BTreeSet<u64>) -> (Option<u64>, Vec<u64>) {
        let state = self.state();
        let open = state.desk.items().map(|message| message.tag).filter(|tag| !tags.contains(tag)).min().unwrap_or(u64::MAX);
        let covered = tags.range(..open).next_back().copied();
        (covered, tags.range(open..).copied().collect())
    }
}

fn whole(value: &AMQPValue) -> Option<i64> {
    Some(match value {
        AMQPValue::ShortShortInt(n) => i64::from(*n),
        AMQPValue::ShortShortUInt(n) => i64::from(*n),
        AMQPValue::ShortInt(n) => i64::from(*n),
        AMQPValue::ShortUInt(n) => i64::from(*n),
        AMQPValue::LongInt(n) => i64::from(*n),
        AMQPValue::LongUInt(n) => i64::from(*n),
        AMQPValue::LongLongInt(n) => *n,
        _ => return None,
    })
}

struct OneHeld {
    ticket: Ticket,
    hold: Arc<Hold>,
    done: AtomicBool,
}

#[async_trait::async_trait]
impl Held for OneHeld {
    async fn ack(&self) -> Result<(), AckError> {
        if self.done.load(Ordering::SeqCst) {
            return Ok(());
        }
        let acks = {
            let state = self.hold.state();
            if !state.desk.holds(self.ticket) {
                return Err(AckError::Stale);
            }
            state.acks.clone().ok_or(AckError::Stale)?
        };
        let (answer, verdict) = oneshot::channel();
        let lost = |_| AckError::Unavailable("the connection was lost; the message may come again".into());
        acks.send(Ack { ticket: self.ticket, answer }).await.map_err(|_| AckError::Stale)?;
        drop(acks);
        let verdict = verdict.await.map_err(lost)?;
        if verdict.is_ok() {
            self.done.store(true, Ordering::SeqCst);
        }
        verdict
    }

    async fn release(&self) -> Result<(), AckError> {
        if !self.hold.state().desk.give_back(self.ticket) {
            return Err(AckError::Stale);
        }
        self.hold.freed.notify_one();
        Ok(())
    }
}
