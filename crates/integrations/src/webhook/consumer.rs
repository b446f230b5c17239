//! What webhooks hear: every event, each on a queue of its own.

use super::Webhooks;
use events::catalog::CATALOG;
use events::{Hears, Listener, Outcome};
use sockets::Envelope;
use std::sync::Arc;

/// One listener for each event of the catalogue: `Chat.Ended` on `Chat.Ended.Webhook`, and so on.
pub fn listeners(webhooks: &Webhooks) -> Vec<Listener> {
    let hears: Arc<dyn Hears> = Arc::new(Hear(webhooks.clone()));
    CATALOG.iter().map(|entry| Listener::new(queue(entry.name), entry.name, hears.clone())).collect()
}

pub(super) fn queue(event: &str) -> String {
    format!("{event}.Webhook")
}

struct Hear(Webhooks);

#[async_trait::async_trait]
impl Hears for Hear {
    async fn hear(&self, envelope: &Envelope) -> Outcome {
        Outcome::of(self.0.accept(envelope).await)
    }
}
