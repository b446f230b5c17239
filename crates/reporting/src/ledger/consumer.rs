use super::Ledger;
use events::{Hears, Listener, Outcome};
use sockets::Envelope;
use std::sync::Arc;
use std::time::Duration;

/// The archive's own queue.
pub const QUEUE: &str = "Persistence";

/// Keys kept at the same time; their events go into one commit.
const AT_ONCE: usize = 256;

/// Hears every event of every site, of whatever type.
pub fn listener(ledger: &Ledger) -> Listener {
    Listener::new(QUEUE, "*", Arc::new(Keep(ledger.clone()))).concurrency(AT_ONCE).patience(Duration::from_secs(30))
}

struct Keep(Ledger);

#[async_trait::async_trait]
impl Hears for Keep {
    async fn hear(&self, envelope: &Envelope) -> Outcome {
        self.0.keep(envelope).await
    }
}
