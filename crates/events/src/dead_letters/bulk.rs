//! Many dead letters given back at a rate, as work that was put off: it goes on after any death, on whichever node is there.

use super::store::{self, LetterFilter, Sight};
use super::{DeadLetterError, DeadLetters};
use crate::consumer::Outcome;
use crate::held::Held;
use crate::later::{Does, Later};
use crate::pressure::{Level, Pressure};
use base::DeadLetterId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockets::{Db, StoreError};
use std::time::Duration;

const KIND: &str = "events.replay_dead_letters";
const STEP: Duration = Duration::from_secs(1);
/// So long it waits while too much waits elsewhere.
const PRESSED: Duration = Duration::from_secs(10);

/// How far a replay is.
#[derive(Clone, Serialize, Deserialize)]
struct Progress {
    sight: Sight,
    filter: LetterFilter,
    rate_per_s: u32,
    /// Letters up to this one are through.
    after: i64,
    /// Those that were there when it began.
    last: i64,
}

pub(super) async fn begin(db: &Db, sight: Sight, filter: &LetterFilter, rate_per_s: u32) -> Result<(), StoreError> {
    let tx = db.begin().await?;
    let progress = Progress { sight, filter: filter.clone(), rate_per_s: rate_per_s.clamp(1, 10_000), after: 0, last: store::last(&tx).await? };
    Later::at(&tx, tx.now(), KIND, &json!(progress)).await?;
    tx.commit().await
}

/// Takes one second's worth, and puts the rest off by a second.
pub(crate) struct ReplayLetters {
    pub letters: DeadLetters,
    pub pressure: Pressure,
}

impl ReplayLetters {
    async fn step(&self, mut progress: Progress) -> Result<(), DeadLetterError> {
        let db = &self.letters.db;
        // A queue for which copies wait gets no more beside them.
        let pressed = self.pressure.level() >= Level::Yellow || Held::waits(db, progress.filter.queue.as_deref()).await?;
        if !pressed {
            let most = i64::from(progress.rate_per_s);
            let ids = store::next(db, progress.sight, &progress.filter, progress.after, progress.last, most).await?;
            let ended = ids.is_empty();
            for id in ids {
                match self.letters.replay(progress.sight, DeadLetterId(id)).await {
                    Ok(()) | Err(DeadLetterError::Missing(_) | DeadLetterError::Unreadable(_) | DeadLetterError::NoEvent(_)) => progress.after = id,
                    Err(err) => return Err(err),
                }
            }
            if ended {
                return Ok(());
            }
        }
        let tx = db.begin().await?;
        Later::at(&tx, tx.now().plus(if pressed { PRESSED } else { STEP }), KIND, &json!(progress)).await?;
        Ok(tx.commit().await?)
    }
}

#[async_trait::async_trait]
impl Does for ReplayLetters {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn perform(&self, payload: &Value) -> Outcome {
        match Progress::deserialize(payload) {
            Ok(progress) => Outcome::of(self.step(progress).await),
            Err(err) => Outcome::give_up(err),
        }
    }
}
