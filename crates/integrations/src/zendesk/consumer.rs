//! What Zendesk hears.

use super::Zendesk;
use crate::connections::{Effects, Story};
use events::catalog::{ChatEnded, OfflineMessage};
use events::{Hears, Listener, Outcome, Retries};
use serde_json::Value;
use sockets::{Envelope, Event};
use std::sync::Arc;
use std::time::Duration;

pub(super) const KIND: &str = "zendesk";
/// Tries are counted by the connection, which knows which of them were one.
const NO_END: Retries = Retries { first: Duration::from_secs(5), factor: 2.0, longest: Duration::from_secs(300), tries: u32::MAX };

/// `Chat.Ended.Zendesk` and `OfflineMessage.Submit.Zendesk`.
pub fn listeners(zendesk: &Zendesk) -> Vec<Listener> {
    let hears: Arc<dyn Hears> = Arc::new(Over(zendesk.clone()));
    let listener = |name: &str| {
        let listener = Listener::new(format!("{name}.Zendesk"), name, hears.clone());
        listener.retries(NO_END).concurrency(8).patience(Duration::from_secs(600))
    };
    vec![listener(ChatEnded::NAME), listener(OfflineMessage::NAME)]
}

pub(super) struct Over(pub Zendesk);

#[async_trait::async_trait]
impl Hears for Over {
    async fn hear(&self, envelope: &Envelope) -> Outcome {
        let story = match Story::of(envelope) {
            Ok(Some(story)) => story,
            Ok(None) => return Outcome::Done,
            Err(err) => return Outcome::GiveUp(format!("the payload cannot be read: {err}")),
        };
        let (zendesk, told) = (&self.0, &story);
        let work = |settings: Value, effects: Effects| async move { zendesk.tell(told, &settings, &effects).await };
        zendesk.connections().carry(KIND, envelope, Some(&story.chat), work).await
    }
}
