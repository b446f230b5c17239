use super::{Audience, Cursor, Topic};
use std::sync::Arc;
use tokio::sync::broadcast;

/// Something to be told to those who follow the topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub topic: Topic,
    /// Its place in the log; none when it is told once and kept nowhere.
    pub cursor: Option<Cursor>,
    pub audience: Audience,
    pub body: Arc<str>,
}

#[derive(Clone, Debug)]
pub enum Change {
    Published(Arc<Published>),
    /// Some may have been missed: read every followed log again from where it was.
    Missed,
}

/// What this node is to tell. Falling behind is not an error: it is told as [`Change::Missed`].
pub struct Changes(broadcast::Receiver<Change>);

impl Changes {
    pub fn new(receiver: broadcast::Receiver<Change>) -> Self {
        Self(receiver)
    }

    /// The next change; nothing once the store is closed.
    pub async fn next(&mut self) -> Option<Change> {
        match self.0.recv().await {
            Ok(change) => Some(change),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Change::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// What is there already, without waiting.
    pub fn ready(&mut self) -> Option<Change> {
        match self.0.try_recv() {
            Ok(change) => Some(change),
            Err(broadcast::error::TryRecvError::Lagged(_)) => Some(Change::Missed),
            Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed) => None,
        }
    }
}
