//! What can be done with webhooks.

use super::consumer::queue;
use super::deliveries::Deliveries;
use super::endpoints::Endpoints;
use super::model::{check_events, check_text};
use super::{Again, Algorithm, Attempt, Delivery, DeliveryState, Endpoint, EndpointPatch, NewEndpoint, SigningSecret, WebhookError};
use base::{DeliveryId, EventId, Invalid, Page, PageRequest, SiteId, Timestamp, WebhookId};
use events::Inbox;
use events::catalog::{CATALOG, Entry};
use serde_json::{Value, json};
use sockets::http_out::HttpOut;
use sockets::{Db, Envelope, Tx};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, broadcast};

const MOST_PER_SITE: i64 = 100;
/// A rotated secret signs on for so long.
const OLD_SECRET: Duration = Duration::from_secs(24 * 3600);
/// The delivery log is kept for so long.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// The webhooks of all sites; cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    db: Db,
    out: Arc<dyn HttpOut>,
    bell: Arc<Notify>,
    news: broadcast::Sender<WebhookNews>,
}

/// What people should be told of.
#[derive(Clone, Debug)]
pub enum WebhookNews {
    /// It was disabled by itself, for the reason that it holds.
    Disabled(Box<Endpoint>),
    /// Somebody enabled it again, or removed it.
    Settled(WebhookId),
}

impl Webhooks {
    pub fn new(db: Db, out: Arc<dyn HttpOut>) -> Self {
        Self { db, out, bell: Arc::default(), news: broadcast::Sender::new(64) }
    }

    /// Hears what happens to endpoints on this node.
    pub fn hear(&self) -> broadcast::Receiver<WebhookNews> {
        self.news.subscribe()
    }

    pub(super) fn tell(&self, news: WebhookNews) {
        // Nobody may listen.
        let _heard = self.news.send(news);
    }

    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    pub(super) fn out(&self) -> &Arc<dyn HttpOut> {
        &self.out
    }

    pub(super) fn bell(&self) -> &Arc<Notify> {
        &self.bell
    }

    fn check_url(&self, url: &str) -> Result<(), Invalid> {
        check_text("url", url, 2_048)?;
        self.out.vet(url).map_err(|err| Invalid::new("url", err.to_string()))
    }

    pub async fn list(&self, site: SiteId, page: &PageRequest) -> Result<Page<Endpoint>, WebhookError> {
        Ok(Endpoints::list(&self.db, site, page).await?)
    }

    pub async fn get(&self, site: SiteId, id: WebhookId) -> Result<Endpoint, WebhookError> {
        Endpoints::look_up(&self.db, site, id).await?.ok_or(WebhookError::Missing(id))
    }

    pub async fn create(&self, site: SiteId, new: NewEndpoint) -> Result<Endpoint, WebhookError> {
        self.check_url(&new.url)?;
        check_events(&new.events)?;
        check_text("description", &new.description, 500)?;
        new.manner.check()?;
        let tx = self.db.begin().await?;
        if Endpoints::count(&tx, site).await? >= MOST_PER_SITE {
            return Err(WebhookError::TooMany(MOST_PER_SITE));
        }
        let mut endpoint = Endpoint {
            id: WebhookId(0),
            site,
            url: new.url,
            events: new.events,
            description: new.description,
            enabled: new.enabled,
            disabled_reason: None,
            disabled_why: None,
            manner: new.manner,
            failing_since: None,
            secret: SigningSecret::make(self.db.minter(), new.algorithm),
            old_secret: None,
            created: tx.now(),
            updated: tx.now(),
        };
        endpoint.id = Endpoints::insert(&tx, &endpoint).await?;
        tx.commit().await?;
        Ok(endpoint)
    }

    pub async fn change(&self, site: SiteId, id: WebhookId, patch: EndpointPatch) -> Result<Endpoint, WebhookError> {
        if let Some(url) = &patch.url {
            self.check_url(url)?;
        }
        if let Some(events) = &patch.events {
            check_events(events)?;
        }
        if let Some(description) = &patch.description {
            check_text("description", description, 500)?;
        }
        let endpoint = self
            .with(site, id, |endpoint, _now| {
                endpoint.manner.change(patch.manner);
                endpoint.manner.check()?;
                endpoint.url = patch.url.unwrap_or(std::mem::take(&mut endpoint.url));
                endpoint.events = patch.events.unwrap_or(std::mem::take(&mut endpoint.events));
                endpoint.description = patch.description.unwrap_or(std::mem::take(&mut endpoint.description));
                if let Some(enabled) = patch.enabled {
                    endpoint.enabled = enabled;
                    // Whoever enables it again gives it a fresh start.
                    (endpoint.disabled_reason, endpoint.disabled_why, endpoint.failing_since) = (None, None, None);
                }
                Ok(())
            })
            .await?;
        if endpoint.enabled {
            self.tell(WebhookNews::Settled(id));
        }
        self.bell.notify_one();
        Ok(endpoint)
    }

    pub async fn remove(&self, site: SiteId, id: WebhookId) -> Result<(), WebhookError> {
        let tx = self.db.begin().await?;
        if !Endpoints::remove(&tx, site, id).await? {
            return Err(WebhookError::Missing(id));
        }
        tx.commit().await?;
        self.tell(WebhookNews::Settled(id));
        Ok(())
    }

    /// A new secret, perhaps of another algorithm; the old one signs beside it for a day.
    pub async fn rotate(&self, site: SiteId, id: WebhookId, algorithm: Option<Algorithm>) -> Result<Endpoint, WebhookError> {
        self.with(site, id, |endpoint, now| {
            let fresh = SigningSecret::make(self.db.minter(), algorithm.unwrap_or(endpoint.secret.algorithm()));
            let old = std::mem::replace(&mut endpoint.secret, fresh);
            endpoint.old_secret = Some((old, now.plus(OLD_SECRET)));
            Ok(())
        })
        .await
    }

    async fn with(&self, site: SiteId, id: WebhookId, change: impl FnOnce(&mut Endpoint, Timestamp) -> Result<(), Invalid>) -> Result<Endpoint, WebhookError> {
        let tx = self.db.begin().await?;
        let mut endpoint = Endpoints::find(&tx, site, id).await?.ok_or(WebhookError::Missing(id))?;
        change(&mut endpoint, tx.now())?;
        endpoint.updated = tx.now();
        Endpoints::save(&tx, &endpoint).await?;
        tx.commit().await?;
        Ok(endpoint)
    }

    pub async fn deliveries(
        &self,
        site: SiteId,
        id: WebhookId,
        state: Option<DeliveryState>,
        page: &PageRequest,
    ) -> Result<Page<Delivery>, WebhookError> {
        self.get(site, id).await?;
        Ok(Deliveries::list(&self.db, site, id, state, page).await?)
    }

    pub async fn delivery(&self, site: SiteId, id: DeliveryId) -> Result<(Delivery, Vec<Attempt>), WebhookError> {
        let delivery = Deliveries::find(&self.db, site, id).await?.ok_or(WebhookError::NoDelivery(id))?;
        Ok((delivery, Deliveries::attempts(&self.db, id).await?))
    }

    /// Sends it again, under the same `webhook-id`.
    pub async fn resend(&self, site: SiteId, id: DeliveryId) -> Result<Delivery, WebhookError> {
        let (delivery, _) = self.delivery(site, id).await?;
        if !self.get(site, delivery.webhook).await?.enabled {
            return Err(WebhookError::Disabled);
        }
        let tx = self.db.begin().await?;
        Deliveries::again(&tx, site, id).await?;
        tx.commit().await?;
        self.bell.notify_one();
        self.delivery(site, id).await.map(|(delivery, _)| delivery)
    }

    /// Sends many again, each under its own `webhook-id`; tells how many. A dry run only counts.
    pub async fn resend_all(&self, site: SiteId, id: WebhookId, which: &Again, dry_run: bool) -> Result<u64, WebhookError> {
        let endpoint = self.get(site, id).await?;
        if dry_run {
            return Ok(Deliveries::count(&self.db, site, id, which).await?);
        }
        if !endpoint.enabled {
            return Err(WebhookError::Disabled);
        }
        let tx = self.db.begin().await?;
        let count = Deliveries::all_again(&tx, site, id, which).await?;
        tx.commit().await?;
        self.bell.notify_one();
        Ok(count)
    }

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
        let tx = self.db.begin().await?;
        let event = EventId(self.db.minter().uuid());
        let delivery = self.new_delivery(&tx, &endpoint, event, entry.name, body(entry.name, tx.now(), &sample));
        Deliveries::insert(&tx, &delivery).await?;
        tx.commit().await?;
        self.bell.notify_one();
        Ok(delivery)
    }

    fn new_delivery(&self, tx: &Tx, endpoint: &Endpoint, event: EventId, name: &str, body: String) -> Delivery {
        Delivery {
            id: DeliveryId(self.db.minter().uuid()),
            site: endpoint.site,
            webhook: endpoint.id,
            event,
            name: name.to_owned(),
            body,
            state: if endpoint.enabled { DeliveryState::Pending } else { DeliveryState::Held },
            tries: 0,
            attempts: 0,
            due_at: tx.now(),
            last_status: None,
            created: tx.now(),
        }
    }

    /// An event happened: one delivery for each endpoint that asked for it, kept for later when that is disabled. A second time
    /// changes nothing.
    pub(super) async fn accept(&self, envelope: &Envelope) -> Result<(), WebhookError> {
        let tx = self.db.begin().await?;
        if !Inbox::first(&tx, &queue(&envelope.name), envelope.id).await? {
            return Ok(());
        }
        let mut text = None;
        for endpoint in Endpoints::all(&tx, envelope.site).await? {
            if endpoint.hears(&envelope.name, &envelope.payload) {
                let text = text.get_or_insert_with(|| body(&envelope.name, envelope.occurred_at, &envelope.payload));
                let delivery = self.new_delivery(&tx, &endpoint, envelope.id, &envelope.name, text.clone());
                Deliveries::insert(&tx, &delivery).await?;
            }
        }
        tx.commit().await?;
        if text.is_some() {
            self.bell.notify_one();
        }
        Ok(())
    }

    /// Clears the log of what is long done.
    pub async fn forget(&self) -> Result<u64, WebhookError> {
        Ok(Deliveries::forget(&self.db, self.db.clock().now().minus(KEPT)).await?)
    }
}

/// The payload as Standard Webhooks wants it.
fn body(name: &str, at: Timestamp, data: &Value) -> String {
    json!({ "type": name, "timestamp": at, "data": data }).to_string()
}
