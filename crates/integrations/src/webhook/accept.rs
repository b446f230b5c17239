//! How an event becomes deliveries.

use super::consumer::queue;
use super::deliveries::Deliveries;
use super::endpoints::Endpoints;
use super::heard::{Keys, MOMENT, Turn};
use super::{Delivery, DeliveryState, Endpoint, Place, WebhookError, Webhooks};
use base::{DeliveryId, EventId, Invalid, SiteId, Timestamp, WebhookId};
use events::Inbox;
use events::catalog::{CATALOG, Entry};
use serde_json::{Value, json};
use sockets::{Envelope, Tx};

/// What a delivery tells of.
struct News<'a> {
    event: EventId,
    name: &'a str,
    place: Option<Place>,
    occurred: Timestamp,
    turn: Turn,
}

impl Webhooks {
    /// Sends the sample of the first event that the endpoint hears.
    pub async fn test(&self, site: SiteId, id: WebhookId) -> Result<Delivery, WebhookError> {
        let endpoint = self.get(site, id).await?;
        if !endpoint.enabled {
            return Err(WebhookError::Disabled);
        }
        let heard = |entry: &&Entry| endpoint.events.iter().any(|pattern| events::matches(pattern, entry.name));
        let entry = CATALOG.iter().find(heard).ok_or_else(|| Invalid::new("events", "the webhook hears no event that exists"))?;
        let mut sample = (entry.sample)();
        sample["SiteId"] = json!(site);
        let tx = self.db().begin().await?;
        let news = News { event: EventId(self.db().minter().uuid()), name: entry.name, place: None, occurred: tx.now(), turn: Turn::Now };
        let delivery = self.new_delivery(&tx, &endpoint, &news);
        Deliveries::keep_body(&tx, news.event, &body(entry.name, tx.now(), &sample)).await?;
        Deliveries::insert(&tx, &delivery).await?;
        tx.commit().await?;
        self.bell().notify_one();
        Ok(delivery)
    }

    fn new_delivery(&self, tx: &Tx, endpoint: &Endpoint, news: &News<'_>) -> Delivery {
        Delivery {
            id: DeliveryId(self.db().minter().uuid()),
            site: endpoint.site,
            webhook: endpoint.id,
            event: news.event,
            name: news.name.to_owned(),
            place: news.place.clone(),
            state: if endpoint.enabled { DeliveryState::Pending } else { DeliveryState::Held },
            tries: 0,
            attempts: 0,
            due_at: if news.turn == Turn::Early { tx.now().plus(MOMENT) } else { tx.now() },
            last_status: None,
            occurred: news.occurred,
            created: tx.now(),
        }
    }

    /// An event happened: one delivery for each endpoint that asked for it, kept for later when that is disabled. A second time
    /// changes nothing.
    pub(super) async fn accept(&self, envelope: &Envelope) -> Result<(), WebhookError> {
        let tx = self.db().begin().await?;
        if !Inbox::first(&tx, &queue(&envelope.name), envelope.id).await? {
            return Ok(());
        }
        let endpoints = Endpoints::all(&tx, envelope.site).await?;
        // Where nobody listens, nothing has to be in order.
        let turn = if endpoints.is_empty() { Turn::Now } else { Keys::hear(&tx, envelope).await? };
        let place = Place { key: envelope.key.clone(), epoch: envelope.key_epoch, seq: envelope.key_seq };
        let news = News { event: envelope.id, name: &envelope.name, place: Some(place), occurred: envelope.occurred_at, turn };
        let listening: Vec<&Endpoint> = endpoints.iter().filter(|endpoint| endpoint.hears(&envelope.name, &envelope.payload)).collect();
        if !listening.is_empty() {
            Deliveries::keep_body(&tx, envelope.id, &body(&envelope.name, envelope.occurred_at, &envelope.payload)).await?;
        }
        for endpoint in &listening {
            Deliveries::insert(&tx, &self.new_delivery(&tx, endpoint, &news)).await?;
        }
        if let Turn::Through(seq) = turn {
            let ids: Vec<WebhookId> = endpoints.iter().map(|endpoint| endpoint.id).collect();
            Deliveries::release(&tx, &ids, &envelope.key, envelope.key_epoch, seq).await?;
        }
        tx.commit().await?;
        if !listening.is_empty() || matches!(turn, Turn::Through(_)) {
            self.bell().notify_one();
        }
        Ok(())
    }
}

/// The payload as Standard Webhooks wants it.
fn body(name: &str, at: Timestamp, data: &Value) -> String {
    json!({ "type": name, "timestamp": at, "data": data }).to_string()
}
