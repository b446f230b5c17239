//! One connection to RabbitMQ that is made again for as long as anybody wants it.
//!
//! The client's own recovery is off: it is young, and what it does with half a batch of confirms is not ours to decide. Here a lost
//! connection simply ends everything that hung on it; the next one starts anew.

use super::{RabbitOptions, jittered};
use base::Minter;
use futures_util::StreamExt;
use lapin::options::BasicQosOptions;
use lapin::tcp::OwnedTLSConfig;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties, Event};
use sockets::broker::BrokerError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long somebody who asks waits for a connection that is being made.
const PATIENCE: Duration = Duration::from_secs(1);
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A connection that lasted so long was a good one: the next is made without a long pause.
const LASTED: Duration = Duration::from_secs(1);

/// A connection that stands, until `down`.
pub(super) struct Line {
    connection: Connection,
    pub down: CancellationToken,
    /// Why the broker takes no messages: its memory or disk is short.
    blocked: watch::Receiver<Option<String>>,
}

impl Line {
    pub fn blocked(&self) -> Option<String> {
        self.blocked.borrow().clone()
    }

    /// Ends when the broker takes no messages any more.
    pub async fn until_blocked(&self) {
        let mut blocked = self.blocked.clone();
        if blocked.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    pub async fn channel(&self, within: Duration) -> Result<Channel, String> {
        match timeout(within, self.connection.create_channel()).await {
            Ok(channel) => channel.map_err(|err| err.to_string()),
            Err(_) => Err(format!("no channel within {within:?}")),
        }
    }
}

/// A handle; the connection ends with the last one.
#[derive(Clone)]
pub(super) struct Link {
    shared: Arc<Shared>,
    _stop: Arc<DropGuard>,
}

struct Shared {
    /// What logs call it: `main, publishing`.
    what: String,
    options: RabbitOptions,
    minter: Minter,
    live: watch::Sender<Option<Arc<Line>>>,
    /// Why there is no connection; none while the first is being made.
    trouble: Mutex<Option<String>>,
}

impl Link {
    pub fn open(what: String, options: RabbitOptions, minter: Minter) -> Self {
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared { what, options, minter, live: watch::Sender::new(None), trouble: Mutex::default() });
        tokio::spawn(shared.clone().keep(stop.clone()));
        Self { shared, _stop: Arc::new(stop.drop_guard()) }
    }

    /// The connection, after a short wait while it is being made again.
    pub async fn line(&self) -> Result<Arc<Line>, BrokerError> {
        let mut live = self.shared.live.subscribe();
        let made = timeout(PATIENCE, live.wait_for(Option::is_some)).await;
        match made {
            Ok(Ok(line)) => line.clone().ok_or_else(|| self.away()),
            _ => Err(self.away()),
        }
    }

    /// The connection at once: who publishes may want to go elsewhere. Waits only while the very first is being made.
    pub async fn line_now(&self) -> Result<Arc<Line>, BrokerError> {
        let line = self.shared.live.borrow().clone();
        match line {
            Some(line) => Ok(line),
            None if self.trouble().is_none() => self.line().await,
            None => Err(self.away()),
        }
    }

    fn away(&self) -> BrokerError {
        BrokerError::Unavailable(self.trouble().unwrap_or_else(|| "the first connection is being made".into()))
    }

    pub fn trouble(&self) -> Option<String> {
        self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Shared {
    fn set_trouble(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    async fn keep(self: Arc<Self>, stop: CancellationToken) {
        let mut pause = SHORTEST_PAUSE;
        while !stop.is_cancelled() {
            let began = Instant::now();
            let why = tokio::select! {
                () = stop.cancelled() => return,
                ended = self.one_life(&stop) => ended,
            };
            self.set_trouble(Some(why.clone()));
            self.live.send_replace(None);
            if stop.is_cancelled() {
                return;
            }
            if began.elapsed() > LASTED {
                pause = SHORTEST_PAUSE;
            }
            tracing::warn!(link = self.what, why, "no connection to RabbitMQ; it will be made again");
            metrics::counter!("broker_connections_lost_total", "broker" => self.options.name.clone()).increment(1);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(jittered(&self.minter, pause)) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
    }

    /// Connects, watches, and tells why it ended.
    async fn one_life(&self, stop: &CancellationToken) -> String {
        let connection = match timeout(self.options.answer, self.connect()).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(err)) => return err.to_string(),
            Err(_) => return format!("no connection within {:?}", self.options.answer),
        };
        let (blocking, blocked) = watch::channel(None);
        let line = Arc::new(Line { connection, down: CancellationToken::new(), blocked });
        self.set_trouble(None);
        self.live.send_replace(Some(line.clone()));
        tracing::info!(link = self.what, "connected to RabbitMQ");
        let why = tokio::select! {
            () = stop.cancelled() => "no longer needed".to_owned(),
            why = self.watch(&line, &blocking) => why,
        };
        self.live.send_replace(None);
        line.down.cancel();
        // A connection that hangs must not hold us up.
        tokio::spawn(async move {
            let _ended = timeout(Duration::from_secs(2), line.connection.close(200, "bye".into())).await;
        });
        why
    }

    async fn connect(&self) -> Result<Connection, lapin::Error> {
        let mut uri: AMQPUri = self.options.url.parse().map_err(|err: String| std::io::Error::other(err))?;
        // Twice this without a word from the other side ends the connection.
        uri.query.heartbeat = Some(u16::try_from(self.options.heartbeat.as_secs()).unwrap_or(5).max(1));
        let properties = ConnectionProperties::default().with_connection_name(self.what.as_str().into());
        let tls = OwnedTLSConfig { identity: None, cert_chain: self.options.ca.clone() };
        Connection::connect_uri_with_config(uri, properties, tls, lapin::runtime::default_runtime()?).await
    }

    /// Until the connection is lost or stays silent. A blocked one answers nothing on purpose, and only its heartbeats count.
    async fn watch(&self, line: &Line, blocking: &watch::Sender<Option<String>>) -> String {
        let mut events = Box::pin(line.connection.events_listener());
        let pulse = match line.channel(self.options.answer).await {
            Ok(channel) => channel,
            Err(why) => return why,
        };
        let mut look = tokio::time::interval(Duration::from_millis(500));
        let mut next_pulse = Instant::now() + self.options.pulse;
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(Event::ConnectionBlocked(why)) => {
                        tracing::warn!(link = self.what, why, "RabbitMQ takes no messages");
                        blocking.send_replace(Some(why));
                    }
                    Some(Event::ConnectionUnblocked) => {
                        tracing::info!(link = self.what, "RabbitMQ takes messages again");
                        blocking.send_replace(None);
                    }
                    Some(Event::Error(err)) if !line.connection.status().connected() => return err.to_string(),
                    Some(_) => {}
                    None => return "the connection ended".into(),
                },
                _ = look.tick() => {
                    if !line.connection.status().connected() {
                        return "the connection ended".into();
                    }
                    if Instant::now() < next_pulse || blocking.borrow().is_some() {
                        continue;
                    }
                    if let Err(why) = self.beat(&pulse).await && blocking.borrow().is_none() {
                        return why;
                    }
                    next_pulse = Instant::now() + self.options.pulse;
                }
            }
        }
    }

    /// A question that costs the broker nothing.
    async fn beat(&self, pulse: &Channel) -> Result<(), String> {
        match timeout(self.options.answer, pulse.basic_qos(1, BasicQosOptions::default())).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(err)) => Err(err.to_string()),
            Err(_) => Err(format!("no answer within {:?}", self.options.answer)),
        }
    }
}
