//! What became of an event outside the queues, as the ledger asks for it.

use base::{EventId, SiteId};
use integrations::webhook::Webhooks;
use reporting::ledger::{Delivered, Trail};
use sockets::StoreError;

pub struct WebhookTrail(pub Webhooks);

#[async_trait::async_trait]
impl Trail for WebhookTrail {
    async fn of(&self, site: SiteId, event: EventId) -> Result<Vec<Delivered>, StoreError> {
        let traces = self.0.traces(site, event).await?;
        let delivered = |trace: integrations::webhook::DeliveryTrace| {
            let status = trace.last_status.map(|status| format!(" · HTTP {status}")).unwrap_or_default();
            let detail = format!("webhook #{} · {}{status}", trace.webhook, trace.state);
            Delivered { queue: trace.queue, at: trace.at, attempts: trace.attempts, detail }
        };
        Ok(traces.into_iter().map(delivered).collect())
    }
}
