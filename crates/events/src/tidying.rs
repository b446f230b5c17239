//! What the post room clears away by itself.

use crate::consumer::{Inbox, Outcome};
use crate::job::{Job, Schedule};
use crate::lease::Fence;
use crate::notices::Notices;
use crate::outbox::forget_keys;
use sockets::Db;
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Longer than any outage or replay.
const INBOX: Duration = Duration::from_secs(14 * 24 * 3600);
/// Alarms that are over.
const NOTICES: Duration = Duration::from_secs(30 * 24 * 3600);
/// A key that comes back later begins a new epoch.
const KEYS: Duration = Duration::from_secs(30 * 24 * 3600);

pub(crate) fn jobs(db: &Db) -> Vec<Arc<dyn Job>> {
    vec![Arc::new(Forget(db.clone()))]
}

/// Forgets handled events and counters of keys that nobody asks for any more.
struct Forget(Db);

#[async_trait::async_trait]
impl Job for Forget {
    fn name(&self) -> String {
        "events.forget".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(DAY)
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        let now = self.0.clock().now();
        let forgotten = async {
            Inbox::forget(&self.0, now.minus(INBOX)).await?;
            Notices::forget(&self.0, NOTICES).await?;
            forget_keys(&self.0, now.minus(KEYS)).await
        };
        Outcome::of(forgotten.await.map(|_| ()))
    }
}
