//! Small work that belongs to the house as a whole: what is forgotten in time, and what all sites must be told.

use crate::app::Parts;
use crate::modules::Modules;
use base::{PageRequest, SiteId};
use events::{Fence, Job, Outcome, Plans, Schedule};
use people::identity::Identity;
use reporting::ledger::{ForgetEvents, Retention};
use serde_json::json;
use sockets::live::Topic;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use web::Idempotency;

const HOUR: Duration = Duration::from_secs(3600);

/// Answers kept for idempotency keys, after a day.
pub struct ForgetKeys(pub Idempotency);

#[async_trait::async_trait]
impl Job for ForgetKeys {
    fn name(&self) -> String {
        "web.forget_keys".to_owned()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(HOUR)
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        Outcome::of(self.0.sweep().await.map(drop))
    }
}

/// Sessions and one-time links that are over.
pub struct ForgetSessions(pub Identity);

#[async_trait::async_trait]
impl Job for ForgetSessions {
    fn name(&self) -> String {
        "identity.forget".to_owned()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(HOUR)
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        Outcome::of(self.0.sweep().await.map(drop))
    }
}

/// The archive forgets by night, each site's in its own zone: a site that is made or moves to another zone has its job soon.
pub struct ForgetAtNight {
    pub identity: Identity,
    pub retention: Retention,
}

#[async_trait::async_trait]
impl Plans for ForgetAtNight {
    async fn jobs(&self) -> Result<Vec<Arc<dyn Job>>, Box<dyn Error + Send + Sync>> {
        let mut jobs: Vec<Arc<dyn Job>> = Vec::new();
        for site in self.retention.sites().await? {
            // Of a site that is gone the rest is forgotten too.
            let zone = self.identity.sites.get(site).await?.map_or_else(|| "UTC".to_owned(), |site| site.time_zone);
            jobs.push(Arc::new(ForgetEvents { retention: self.retention.clone(), site, zone }));
        }
        Ok(jobs)
    }
}

/// A site that was made since has no widget yet.
pub struct WidgetForEachSite(pub Modules);

#[async_trait::async_trait]
impl Job for WidgetForEachSite {
    fn name(&self) -> String {
        "livechat.first_widgets".to_owned()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(5))
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        match widgets_for_sites(&self.0).await {
            Ok(()) => Outcome::Done,
            Err(err) => Outcome::retry(err),
        }
    }
}

/// Sees to it that every site has a widget.
pub async fn widgets_for_sites(modules: &Modules) -> anyhow::Result<()> {
    for site in sites(&modules.identity).await? {
        modules.livechat.widgets.ensure_default(site).await?;
    }
    Ok(())
}

async fn sites(identity: &Identity) -> anyhow::Result<Vec<SiteId>> {
    let mut all = Vec::new();
    let mut ask = PageRequest::first(PageRequest::MAX);
    loop {
        let page = identity.sites.list(&ask).await?;
        all.extend(page.items.iter().map(|site| site.id));
        match page.next {
            Some(next) => ask.after = Some(next),
            None => return Ok(all),
        }
    }
}

/// Puts a notice on every desk when the disk runs full, and another when there is room again.
pub async fn tell_of_full_disk(modules: Modules, parts: Parts) {
    let mut changes = parts.disk.changes();
    let mut told = false;
    loop {
        let full = *changes.borrow_and_update();
        if full != told {
            told = full;
            let body = json!({ "kind": "notice", "data": { "what": "storage_full", "on": full } }).to_string();
            for site in sites(&modules.identity).await.unwrap_or_default() {
                if let Err(err) = parts.live.publish(&Topic::Desk(site), body.as_str().into()).await {
                    tracing::warn!(error = %err, %site, "a notice could not be told");
                }
            }
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// Puts the alarms of the post room that this node raises and ends on the desks of those they concern.
pub async fn tell_notices(modules: Modules, parts: Parts) {
    let mut news = parts.notices.hear();
    loop {
        let notice = match news.recv().await {
            Ok(notice) => notice,
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        let data = json!({ "what": notice.kind, "on": notice.until.is_none(), "level": notice.level, "data": notice.data });
        let body = json!({ "kind": "notice", "data": data }).to_string();
        let told = match notice.site {
            Some(site) => vec![site],
            None => sites(&modules.identity).await.unwrap_or_default(),
        };
        for site in told {
            if let Err(err) = parts.live.publish(&Topic::Desk(site), body.as_str().into()).await {
                tracing::debug!(error = %err, %site, "a notice could not be told");
            }
        }
    }
}
