//! Acknowledgements of many handles, committed together.

use super::store::Store;
use sockets::broker::AckError;
use std::collections::{HashMap, HashSet};
use tokio::sync::{mpsc, oneshot};

const MOST: usize = 500;

pub(super) struct Ack {
    pub id: i64,
    pub claim: i64,
    answer: oneshot::Sender<Result<(), AckError>>,
}

#[derive(Clone)]
pub(super) struct Acks(mpsc::Sender<Ack>);

impl Acks {
    /// The task ends when the last sender is gone.
    pub fn start(store: Store) -> Self {
        let (sender, mut waiting) = mpsc::channel::<Ack>(2 * MOST);
        tokio::spawn(async move {
            let mut group = Vec::with_capacity(MOST);
            while waiting.recv_many(&mut group, MOST).await > 0 {
                settle(&store, group.drain(..)).await;
            }
        });
        Self(sender)
    }

    pub async fn ack(&self, id: i64, claim: i64) -> Result<(), AckError> {
        let (answer, verdict) = oneshot::channel();
        let gone = || AckError::Unavailable("the broker was closed".into());
        self.0.send(Ack { id, claim, answer }).await.map_err(|_| gone())?;
        verdict.await.map_err(|_| gone())?
    }
}

async fn settle(store: &Store, group: impl Iterator<Item = Ack>) {
    let group: Vec<Ack> = group.collect();
    let mut by_claim: HashMap<i64, Vec<i64>> = HashMap::new();
    for ack in &group {
        by_claim.entry(ack.claim).or_default().push(ack.id);
    }
    let verdict = store.ack(&by_claim).await;
    let removed: Result<HashSet<i64>, AckError> =
        verdict.map(|ids| ids.into_iter().collect()).map_err(|err| AckError::Unavailable(err.to_string()));
    for ack in group {
        let answer = match &removed {
            Ok(ids) if ids.contains(&ack.id) => Ok(()),
            Ok(_) => Err(AckError::Stale),
            Err(err) => Err(err.clone()),
        };
        // Who no longer listens was cut off; the message is done all the same.
        let _gone = ack.answer.send(answer);
    }
}
