//! What Salesforce hears.

use super::Salesforce;
use crate::connections::{Done, Story, Trouble};
use events::catalog::{ChatCreated, ChatEnded, OfflineMessage};
use events::{Consumer, Hears, Listener, Outcome, Retries};
use sockets::{Envelope, Event};
use std::sync::Arc;
use std::time::Duration;

pub(super) const KIND: &str = "salesforce";
/// After this nobody needs to know any more who asks.
const STALE: Duration = Duration::from_secs(600);
/// Tries are counted by the connection, which knows which of them were one.
const NO_END: Retries = Retries { first: Duration::from_secs(5), factor: 2.0, longest: Duration::from_secs(300), tries: u32::MAX };

/// `ChatCreated.Salesforce`, `Chat.Ended.Salesforce`, `OfflineMessage.Submit.Salesforce`.
pub fn listeners(salesforce: &Salesforce) -> Vec<Listener> {
    let over: Arc<dyn Hears> = Arc::new(Over(salesforce.clone()));
    let listener = |name: &str| Listener::new(format!("{name}.Salesforce"), name, over.clone());
    let all = [Listener::of(Asked(salesforce.clone())), listener(ChatEnded::NAME), listener(OfflineMessage::NAME)];
    all.map(|listener| listener.retries(NO_END).concurrency(8).patience(Duration::from_secs(300))).into()
}

/// Somebody asks for a chat.
pub(super) struct Asked(pub Salesforce);

#[async_trait::async_trait]
impl Consumer for Asked {
    const NAME: &'static str = "ChatCreated.Salesforce";

    type Event = ChatCreated;

    async fn handle(&self, chat: &ChatCreated, envelope: &Envelope) -> Outcome {
        if chat.visitor_email.trim().is_empty() || self.0.now().since(envelope.occurred_at) > STALE {
            return Outcome::Done;
        }
        let work = |settings, _effects| async move { self.0.look_up(chat, &settings).await };
        self.0.connections().carry(KIND, envelope, Some(&chat.chat_id), work).await
    }
}

/// A chat is over, or a message was left.
pub(super) struct Over(pub Salesforce);

#[async_trait::async_trait]
impl Hears for Over {
    async fn hear(&self, envelope: &Envelope) -> Outcome {
        let story = match Story::of(envelope) {
            Ok(Some(story)) => story,
            Ok(None) => return Outcome::Done,
            Err(err) => return Outcome::GiveUp(format!("the payload cannot be read: {err}")),
        };
        let work = |settings, effects| async { told(&self.0, &story, settings, effects).await };
        self.0.connections().carry(KIND, envelope, Some(&story.chat), work).await
    }
}

async fn told(
    salesforce: &Salesforce,
    story: &Story,
    settings: serde_json::Value,
    effects: crate::connections::Effects,
) -> Result<Done, Trouble> {
    salesforce.tell(story, &settings, &effects).await
}
