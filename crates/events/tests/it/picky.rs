//! A broker that refuses, or says nothing of, what it is told to, queue by queue, around one that works.

use sockets::broker::{Broker, BrokerError, Capabilities, Consumption, Depth, Health, Outgoing, PublishError, Receipt};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

pub struct Picky {
    inner: Arc<dyn Broker>,
    refused: Mutex<HashMap<String, PublishError>>,
    silent: Mutex<HashSet<String>>,
    gives_out: AtomicBool,
    max_message: AtomicUsize,
}

impl Picky {
    pub fn around(inner: Arc<dyn Broker>) -> Arc<Self> {
        let max_message = AtomicUsize::new(inner.capabilities().max_message);
        Arc::new(Self { inner, refused: Mutex::default(), silent: Mutex::default(), gives_out: AtomicBool::new(true), max_message })
    }

    pub fn refuse(&self, queue: &str, how: PublishError) {
        self.refused.lock().unwrap().insert(queue.into(), how);
    }

    /// From now on nobody hears anything of this queue.
    pub fn fall_silent(&self, queue: &str) {
        self.silent.lock().unwrap().insert(queue.into());
    }

    async fn hear(&self, queue: &str) {
        if self.silent.lock().unwrap().contains(queue) {
            std::future::pending::<()>().await;
        }
    }

    pub fn accept(&self, queue: &str) {
        self.refused.lock().unwrap().remove(queue);
    }

    /// From now on it takes messages and gives none out.
    pub fn give_nothing_out(&self) {
        self.gives_out.store(false, Ordering::SeqCst);
    }

    pub fn take_at_most(&self, bytes: usize) {
        self.max_message.store(bytes, Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl Broker for Picky {
    fn name(&self) -> &str {
        "picky"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { max_message: self.max_message.load(Ordering::SeqCst), ..self.inner.capabilities() }
    }

    async fn declare(&self, queue: &str) -> Result<(), BrokerError> {
        self.inner.declare(queue).await
    }

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<Receipt, PublishError>> {
        for message in &batch {
            self.hear(&message.queue).await;
        }
        let refused = self.refused.lock().unwrap().clone();
        let good = batch.iter().filter(|message| !refused.contains_key(&*message.queue)).cloned().collect();
        let mut stored = self.inner.publish(good).await.into_iter();
        let outcome = |message: &Outgoing| match refused.get(&*message.queue) {
            Some(how) => Err(how.clone()),
            None => stored.next().expect("an outcome for each message"),
        };
        batch.iter().map(outcome).collect()
    }

    async fn consume(&self, queue: &str, credit: usize) -> Result<Box<dyn Consumption>, BrokerError> {
        if self.gives_out.load(Ordering::SeqCst) {
            return self.inner.consume(queue, credit).await;
        }
        Err(BrokerError::Unavailable("it gives nothing out".into()))
    }

    async fn depth(&self, queue: &str) -> Result<Depth, BrokerError> {
        self.hear(queue).await;
        self.inner.depth(queue).await
    }

    async fn health(&self) -> Health {
        self.inner.health().await
    }
}
