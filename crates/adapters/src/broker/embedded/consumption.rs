//! One consumer's hold on a queue: a task claims as far as the credit goes and keeps the leases alive.

use super::Inner;
use sockets::broker::{AckError, BrokerError, Consumption, Delivery, Handle, Held};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

struct Hold {
    broker: Arc<Inner>,
    queue: i64,
    credit: usize,
    /// Message → claim, of everything given out and not yet acknowledged.
    held: Mutex<HashMap<i64, i64>>,
    /// Rung when the credit grows.
    freed: Notify,
}

struct Open {
    deliveries: mpsc::Receiver<Result<Vec<Delivery>, BrokerError>>,
    _stop: DropGuard,
}

pub(super) fn open(broker: &Arc<Inner>, queue: i64, credit: usize) -> Box<dyn Consumption> {
    let hold = Arc::new(Hold { broker: broker.clone(), queue, credit, held: Mutex::default(), freed: Notify::new() });
    let (sender, deliveries) = mpsc::channel(1);
    let stop = CancellationToken::new();
    tokio::spawn(hold.clone().heartbeat(stop.clone()));
    tokio::spawn(hold.pump(sender, stop.clone()));
    Box::new(Open { deliveries, _stop: stop.drop_guard() })
}

#[async_trait::async_trait]
impl Consumption for Open {
    async fn next(&mut self) -> Result<Vec<Delivery>, BrokerError> {
        self.deliveries.recv().await.unwrap_or_else(|| Err(BrokerError::Unavailable("the consumption ended".into())))
    }
}

impl Hold {
    fn held(&self) -> MutexGuard<'_, HashMap<i64, i64>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn claims(&self) -> Vec<i64> {
        let mut claims: Vec<i64> = self.held().values().copied().collect();
        claims.sort_unstable();
        claims.dedup();
        claims
    }

    /// Unless we hold the message anew under another claim.
    fn let_go(&self, id: i64, claim: i64) {
        let mut held = self.held();
        if held.get(&id) == Some(&claim) {
            held.remove(&id);
        }
        drop(held);
        self.freed.notify_one();
    }

    async fn pump(self: Arc<Self>, to: mpsc::Sender<Result<Vec<Delivery>, BrokerError>>, stop: CancellationToken) {
        let bell = self.broker.bell(self.queue);
        loop {
            // Listen before looking, or a message that comes in between is overheard.
            let rung = bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            let answer = self.claim().await;
            let pause = match answer {
                Ok(batch) if batch.is_empty() => None,
                Err(BrokerError::Unavailable(why)) => {
                    tracing::warn!(why, "the embedded broker cannot claim; it will try again");
                    Some(self.broker.options.poll)
                }
                other => {
                    tokio::select! {
                        () = stop.cancelled() => break,
                        sent = to.send(other) => if sent.is_err() { break },
                    }
                    continue;
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = rung => {}
                () = self.freed.notified() => {}
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            }
        }
        self.give_back().await;
    }

    async fn claim(self: &Arc<Self>) -> Result<Vec<Delivery>, BrokerError> {
        let room = self.credit.saturating_sub(self.held().len()).min(self.broker.options.claim);
        if room == 0 {
            return Ok(Vec::new());
        }
        let claim = i64::from_le_bytes(self.broker.store.db.minter().bytes()) & i64::MAX;
        let claimed = self.broker.store.claim(self.queue, claim, room as u64).await.map_err(super::unavailable)?;
        self.held().extend(claimed.iter().map(|message| (message.id, claim)));
        let deliver = |message: super::store::Claimed| {
            let held = OneHeld { id: message.id, claim, hold: self.clone(), done: AtomicBool::new(false) };
            Delivery {
                key: message.key.into(),
                body: message.body,
                redelivered: message.deliveries > 1,
                count: Some(message.deliveries),
                handle: Handle::new(Arc::new(held)),
            }
        };
        Ok(claimed.into_iter().map(deliver).collect())
    }

    /// Renews at a third of the lease, so that two renewals may fail.
    async fn heartbeat(self: Arc<Self>, stop: CancellationToken) {
        let every = self.broker.options.lease / 3;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(every) => {}
            }
            let claims = self.claims();
            if claims.is_empty() {
                continue;
            }
            if let Err(err) = self.broker.store.renew(&claims).await {
                tracing::warn!(error = ?err, "leases could not be renewed; the messages may be given to others");
            }
        }
    }

    async fn give_back(&self) {
        let claims = self.claims();
        if claims.is_empty() {
            return;
        }
        if let Err(err) = self.broker.store.release_all(&claims).await {
            tracing::warn!(error = ?err, "messages could not be given back; their leases will lapse");
        }
        self.held().clear();
        self.broker.bell(self.queue).notify_waiters();
    }
}

struct OneHeld {
    id: i64,
    claim: i64,
    hold: Arc<Hold>,
    done: AtomicBool,
}

#[async_trait::async_trait]
impl Held for OneHeld {
    async fn ack(&self) -> Result<(), AckError> {
        if self.done.load(Ordering::SeqCst) {
            return Ok(());
        }
        let answer = self.hold.broker.acks.ack(self.id, self.claim).await;
        match &answer {
            Ok(()) => self.done.store(true, Ordering::SeqCst),
            Err(AckError::Stale) => {}
            Err(AckError::Unavailable(_)) => return answer,
        }
        self.hold.let_go(self.id, self.claim);
        // A later message of the same key may go to whoever waits.
        self.hold.broker.bell(self.hold.queue).notify_waiters();
        answer
    }

    async fn release(&self) -> Result<(), AckError> {
        let back = self.hold.broker.store.release(self.claim, self.id).await.map_err(|err| AckError::Unavailable(err.to_string()))?;
        if back.is_empty() {
            return Err(AckError::Stale);
        }
        for id in back {
            self.hold.let_go(id, self.claim);
        }
        self.hold.broker.bell(self.hold.queue).notify_waiters();
        Ok(())
    }
}
