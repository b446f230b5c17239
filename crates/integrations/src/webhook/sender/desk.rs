//! The sender's desk: sends off, looks for more, and hears what was written down.

use super::table::{Porter, Table};
use super::{Fetched, Landed, Outgoing, Sender, Settled, Told};
use sockets::StoreError;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tracing::Instrument;

/// The lanes, who is under way, and the look for more that is under way.
pub(super) struct Desk {
    sender: Arc<Sender>,
    told: mpsc::Sender<Told>,
    settled: mpsc::UnboundedReceiver<Vec<Settled>>,
    table: Arc<Table>,
    porters: JoinSet<()>,
    fetching: Option<JoinHandle<Result<Fetched, StoreError>>>,
    pub look: bool,
}

impl Desk {
    pub fn new(sender: Arc<Sender>, told: mpsc::Sender<Told>, settled: mpsc::UnboundedReceiver<Vec<Settled>>) -> Self {
        let table = Arc::new(Table::new(sender.webhooks.db().clock().clone(), sender.options));
        Self { sender, told, settled, table, porters: JoinSet::new(), fetching: None, look: true }
    }

    /// Until somebody came back, tries were written down, a look brought something or a lane wants something.
    pub async fn changed(&mut self) {
        tokio::select! {
            Some(back) = self.porters.join_next(), if !self.porters.is_empty() => came_back(back),
            Some(settled) = self.settled.recv() => self.table.settle(&settled),
            fetched = fetching(&mut self.fetching) => self.table.take(fetched),
            () = self.table.stirred.notified() => {}
        }
        while let Some(back) = self.porters.try_join_next() {
            came_back(back);
        }
    }

    /// Sends off what may go.
    pub fn send_off(&mut self) {
        for (porter, outgoing) in self.table.depart() {
            self.porters.spawn(carry(self.sender.clone(), porter, outgoing, self.told.clone()));
        }
    }

    /// Begins a look at the tables when something may be there and none is under way.
    pub fn look_for_more(&mut self) {
        if self.fetching.is_some() {
            return;
        }
        if let Some(ask) = self.table.begin_look(self.look, self.sender.holder.lease) {
            self.look = false;
            self.fetching = Some(tokio::spawn(self.sender.clone().fetch(ask)));
        }
    }

    /// Waits for what is in flight; what is not stays in the tables.
    pub async fn close(mut self) {
        self.table.close();
        self.settled.close();
        if let Some(handle) = self.fetching.take() {
            // It may be taking an endpoint just now, which is to be left again.
            let _fetched = handle.await;
        }
        while self.porters.join_next().await.is_some() {}
    }
}

/// Carries a delivery out, and those of its lane that may go after it, one after the other.
async fn carry(sender: Arc<Sender>, porter: Porter, outgoing: Outgoing, told: mpsc::Sender<Told>) {
    let mut next = Some((porter, outgoing));
    while let Some((porter, mut outgoing)) = next.take() {
        let webhook = outgoing.due.webhook;
        let span = tracing::info_span!("webhook", event = %outgoing.due.event, %webhook);
        let tried = sender.attempt(&mut outgoing).instrument(span).await;
        let landed = Landed { webhook, took: tried.sent.took, health: tried.health, rest: tried.rest() };
        if told.send(Told::of(&sender, outgoing, tried)).await.is_err() {
            tracing::warn!(%webhook, "the outcome of a webhook delivery could not be noted; it will be sent again");
        }
        next = porter.landed(&landed);
    }
}

fn came_back(back: Result<(), JoinError>) {
    if let Err(err) = back {
        tracing::error!(error = %err, "a webhook delivery broke off; it will be sent again");
    }
}

async fn fetching(under_way: &mut Option<JoinHandle<Result<Fetched, StoreError>>>) -> Fetched {
    let Some(handle) = under_way else { return std::future::pending().await };
    let went = handle.await;
    *under_way = None;
    match went {
        Ok(Ok(fetched)) => fetched,
        Ok(Err(err)) => {
            tracing::warn!(error = ?err, "webhook deliveries cannot be read");
            Fetched::default()
        }
        Err(err) => {
            tracing::error!(error = %err, "reading webhook deliveries broke off");
            Fetched::default()
        }
    }
}
