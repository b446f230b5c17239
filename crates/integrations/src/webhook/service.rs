//! What can be done with webhooks.

use super::deliveries::Deliveries;
use super::endpoints::Endpoints;
use super::heard::Keys;
use super::model::{Rotated, check_events, check_text};
use super::{Again, Algorithm, Attempt, Delivery, DeliveryState, Endpoint, EndpointPatch, NewEndpoint, SigningSecret, WebhookError};
use base::{DeliveryId, Invalid, Page, PageRequest, SiteId, Timestamp, WebhookId};
use sockets::Db;
use sockets::http_out::HttpOut;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, broadcast};

const MOST_PER_SITE: i64 = 100;
/// The delivery log is kept for so long.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// So is what was heard of a key, and longer than its numbers are.
const KEYS: Duration = Duration::from_secs(31 * 24 * 3600);

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
            old_secrets: Vec::new(),
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

    /// With its deliveries and their log. It hears nothing more from the beginning, and is gone when all of them are.
    pub async fn remove(&self, site: SiteId, id: WebhookId) -> Result<(), WebhookError> {
        self.with(site, id, |endpoint, _now| {
            endpoint.enabled = false;
            Ok(())
        })
        .await?;
        Deliveries::clear(&self.db, id).await?;
        let tx = self.db.begin().await?;
        if !Endpoints::remove(&tx, site, id).await? {
            return Err(WebhookError::Missing(id));
        }
        tx.commit().await?;
        // What was heard for it meanwhile.
        Deliveries::clear(&self.db, id).await?;
        self.tell(WebhookNews::Settled(id));
        Ok(())
    }

    /// Those that were disabled by themselves and that nobody saw to, of all sites.
    pub(super) async fn disabled(&self) -> Result<Vec<Endpoint>, WebhookError> {
        Ok(Endpoints::disabled(&self.db).await?)
    }

    /// A new secret, perhaps of another algorithm. Each old one signs beside it for a day, unless it should not.
    pub async fn rotate(&self, site: SiteId, id: WebhookId, algorithm: Option<Algorithm>, expire_old: bool) -> Result<Endpoint, WebhookError> {
        let rotated = self.with(site, id, |endpoint, now| {
            let fresh = SigningSecret::make(self.db.minter(), algorithm.unwrap_or(endpoint.secret.algorithm()));
            Ok(endpoint.rotate(fresh, expire_old, now)?)
        });
        let endpoint = rotated.await?;
        self.bell.notify_one();
        Ok(endpoint)
    }

    /// Only the newest secret signs from now on.
    pub async fn expire_secrets(&self, site: SiteId, id: WebhookId) -> Result<Endpoint, WebhookError> {
        let expired = self.with(site, id, |endpoint, now| {
            endpoint.expire(true, now);
            Ok(())
        });
        let endpoint = expired.await?;
        self.bell.notify_one();
        Ok(endpoint)
    }

    async fn with(
        &self,
        site: SiteId,
        id: WebhookId,
        change: impl FnOnce(&mut Endpoint, Timestamp) -> Result<(), WebhookError>,
    ) -> Result<Endpoint, WebhookError> {
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
        let attempts = Deliveries::attempts(&self.db, &delivery).await?;
        Ok((delivery, attempts))
    }

    /// What is sent by it.
    pub async fn body(&self, delivery: &Delivery) -> Result<String, WebhookError> {
        Ok(Deliveries::body(&self.db, delivery.event).await?)
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
        let count = Deliveries::all_again(&self.db, site, id, which).await?;
        self.bell.notify_one();
        Ok(count)
    }

    /// Clears the log of what is long done.
    pub async fn forget(&self) -> Result<u64, WebhookError> {
        let now = self.db.clock().now();
        Keys::forget(&self.db, now.minus(KEYS)).await?;
        Ok(Deliveries::forget(&self.db, now.minus(KEPT)).await?)
    }
}

impl From<Rotated> for WebhookError {
    fn from(Rotated(most): Rotated) -> Self {
        Self::TooManySecrets(most)
    }
}
