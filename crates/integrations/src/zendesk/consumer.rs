//! What Zendesk hears.

use super::Zendesk;
use crate::connections::{Effects, Story};
use events::catalog::{ChatEnded, OfflineMessage, Rating};
use events::{Consumer, Hears, Listener, Outcome, Retries};
use serde_json::Value;
use sockets::{Envelope, Event};
use std::sync::Arc;
use std::time::Duration;

pub(super) const KIND: &str = "zendesk";
/// Tries are counted by the connection, which knows which of them were one.
const NO_END: Retries = Retries { first: Duration::from_secs(5), factor: 2.0, longest: Duration::from_secs(300), tries: u32::MAX };

/// `Chat.Ended.Zendesk`, `OfflineMessage.Submit.Zendesk`, `Visitor.Rating.Zendesk`.
pub fn listeners(zendesk: &Zendesk) -> Vec<Listener> {
    let hears: Arc<dyn Hears> = Arc::new(Over(zendesk.clone()));
    let listener = |name: &str| {
        let listener = Listener::new(format!("{name}.Zendesk"), name, hears.clone());
        listener.retries(NO_END).concurrency(8).patience(Duration::from_secs(600))
    };
    let rated = Listener::of(Rated(zendesk.clone())).retries(NO_END).concurrency(8).patience(Duration::from_secs(600));
    vec![listener(ChatEnded::NAME), listener(OfflineMessage::NAME), rated]
}

/// A visitor rated a chat, perhaps after it became a ticket.
pub(super) struct Rated(pub Zendesk);

#[async_trait::async_trait]
impl Consumer for Rated {
    const NAME: &'static str = "Visitor.Rating.Zendesk";

    type Event = Rating;

    async fn handle(&self, rating: &Rating, envelope: &Envelope) -> Outcome {
        let (zendesk, at) = (&self.0, envelope.occurred_at);
        let work = |settings: Value, _effects| async move { zendesk.rate(rating, at, &settings).await };
        zendesk.connections().carry(KIND, envelope, Some(&rating.chat_guid), work).await
    }
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
