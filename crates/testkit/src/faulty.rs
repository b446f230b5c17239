//! A broker that fails on demand, around one that works.

use sockets::broker::{
    AckError, Broker, BrokerError, Capabilities, Consumption, Delivery, Depth, Handle, Health, Held, Outgoing, PublishError, Receipt,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// How the broker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// Nobody answers at its address.
    Off,
    /// The line is open and nothing ever comes back.
    Silent,
    /// What is published is stored, but its confirmation is lost on the way.
    LosesConfirms,
}

const MOODS: [(Mood, &str); 4] = [(Mood::Well, "well"), (Mood::Off, "off"), (Mood::Silent, "silent"), (Mood::LosesConfirms, "loses-confirms")];

/// How often the mood is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Where the mood comes from.
#[derive(Clone)]
enum Source {
    Here(Arc<AtomicU8>),
    /// A file that another process writes.
    File(PathBuf),
}

/// Sets the mood.
#[derive(Clone)]
pub struct Moods(Source);

impl Moods {
    pub fn set(&self, mood: Mood) {
        match &self.0 {
            Source::Here(now) => now.store(mood as u8, Ordering::SeqCst),
            Source::File(path) => {
                let word = MOODS.iter().find(|(known, _)| *known == mood).map_or("well", |(_, word)| word);
                std::fs::write(path, word).expect("the mood is written");
            }
        }
    }

    /// As told by a file; well while there is none.
    pub fn of_file(path: &Path) -> Self {
        Self(Source::File(path.to_owned()))
    }

    fn get(&self) -> Mood {
        match &self.0 {
            Source::Here(now) => MOODS[usize::from(now.load(Ordering::SeqCst)) % MOODS.len()].0,
            Source::File(path) => {
                let word = std::fs::read_to_string(path).unwrap_or_default();
                MOODS.iter().find(|(_, known)| *known == word.trim()).map_or(Mood::Well, |(mood, _)| *mood)
            }
        }
    }

    /// Ends when a line to the broker breaks: at once when it is off; a line that fell silent is found broken when that ends.
    async fn gone(&self) {
        loop {
            match self.get() {
                Mood::Off => return,
                Mood::Silent => return self.silence().await,
                Mood::Well | Mood::LosesConfirms => tokio::time::sleep(LOOK).await,
            }
        }
    }

    async fn silence(&self) {
        while self.get() == Mood::Silent {
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn reach(&self) -> Result<(), BrokerError> {
        let gone = |why: &str| Err(BrokerError::Unavailable(why.into()));
        match self.get() {
            Mood::Off => gone("it was switched off"),
            Mood::Silent => {
                self.silence().await;
                gone("the line was lost")
            }
            Mood::Well | Mood::LosesConfirms => Ok(()),
        }
    }
}

pub struct FaultyBroker {
    name: String,
    inner: Arc<dyn Broker>,
    moods: Moods,
}

impl FaultyBroker {
    pub fn around(name: &str, inner: Arc<dyn Broker>) -> (Arc<Self>, Moods) {
        let moods = Moods(Source::Here(Arc::new(AtomicU8::new(Mood::Well as u8))));
        (Self::with(name, inner, moods.clone()), moods)
    }

    pub fn with(name: &str, inner: Arc<dyn Broker>, moods: Moods) -> Arc<Self> {
        Arc::new(Self { name: name.to_owned(), inner, moods })
    }
}

#[async_trait::async_trait]
impl Broker for FaultyBroker {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn declare(&self, queue: &str) -> Result<(), BrokerError> {
        self.moods.reach().await?;
        self.inner.declare(queue).await
    }

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<Receipt, PublishError>> {
        let count = batch.len();
        let unknown = |why: &str| (0..count).map(|_| Err(PublishError::Unknown(why.into()))).collect();
        if self.moods.reach().await.is_err() {
            return unknown("it was switched off");
        }
        let told = self.inner.publish(batch).await;
        match self.moods.get() {
            Mood::Well => told,
            Mood::Silent => {
                self.moods.silence().await;
                unknown("the line was lost")
            }
            Mood::Off => unknown("it was switched off meanwhile"),
            Mood::LosesConfirms => unknown("the confirmation was lost"),
        }
    }

    async fn consume(&self, queue: &str, credit: usize) -> Result<Box<dyn Consumption>, BrokerError> {
        self.moods.reach().await?;
        let inner = self.inner.consume(queue, credit).await?;
        Ok(Box::new(FaultyConsumption { inner, moods: self.moods.clone() }))
    }

    async fn depth(&self, queue: &str) -> Result<Depth, BrokerError> {
        self.moods.reach().await?;
        self.inner.depth(queue).await
    }

    async fn health(&self) -> Health {
        match self.moods.reach().await {
            Ok(()) => self.inner.health().await,
            Err(err) => Health { ok: false, trouble: Some(err.to_string()) },
        }
    }
}

struct FaultyConsumption {
    inner: Box<dyn Consumption>,
    moods: Moods,
}

#[async_trait::async_trait]
impl Consumption for FaultyConsumption {
    async fn next(&mut self) -> Result<Vec<Delivery>, BrokerError> {
        self.moods.reach().await?;
        let batch = tokio::select! {
            batch = self.inner.next() => batch?,
            () = self.moods.gone() => return Err(BrokerError::Unavailable("the line was lost".into())),
        };
        let wrap = |delivery: Delivery| {
            let held = FaultyHeld { inner: delivery.handle.clone(), moods: self.moods.clone() };
            Delivery { handle: Handle::new(Arc::new(held)), ..delivery }
        };
        Ok(batch.into_iter().map(wrap).collect())
    }
}

struct FaultyHeld {
    inner: Handle,
    moods: Moods,
}

#[async_trait::async_trait]
impl Held for FaultyHeld {
    async fn ack(&self) -> Result<(), AckError> {
        if self.moods.get() == Mood::Well { self.inner.ack().await } else { Err(AckError::Unavailable("the line is down".into())) }
    }

    async fn release(&self) -> Result<(), AckError> {
        if self.moods.get() == Mood::Well { self.inner.release().await } else { Err(AckError::Unavailable("the line is down".into())) }
    }
}
