//! What became of one event at the webhooks that heard of it.

use super::Webhooks;
use super::consumer::queue;
use base::{EventId, SiteId, Timestamp, WebhookId};
use events::sql::{Sql, get};
use sea_orm::QueryResult;
use sockets::StoreError;

/// One delivery, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryTrace {
    pub webhook: WebhookId,
    /// The queue by which the event came.
    pub queue: String,
    /// `pending`, `delivered` or `failed`.
    pub state: String,
    pub attempts: i64,
    pub last_status: Option<i64>,
    /// Of the last try.
    pub at: Option<Timestamp>,
}

impl Webhooks {
    /// Deliveries of an event, whichever endpoints it went to.
    pub async fn traces(&self, site: SiteId, event: EventId) -> Result<Vec<DeliveryTrace>, StoreError> {
        const TRACES: Sql = Sql::same(
            "SELECT d.webhook, d.name, d.state, d.attempts, d.last_status,
               (SELECT MAX(a.at) FROM webhook_attempts a WHERE a.delivery = d.id) AS tried_at
             FROM webhook_deliveries d
             WHERE d.webhook IN (SELECT e.id FROM webhook_endpoints e WHERE e.site = $1) AND d.event = $2 ORDER BY d.id",
        );
        let rows = TRACES.all(self.db().read(), vec![site.0.into(), event.to_string().into()]).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &QueryResult) -> Result<DeliveryTrace, StoreError> {
    let (name, at): (String, Option<i64>) = (get(row, "name")?, get(row, "tried_at")?);
    Ok(DeliveryTrace {
        webhook: WebhookId(get(row, "webhook")?),
        queue: queue(&name),
        state: get(row, "state")?,
        attempts: get(row, "attempts")?,
        last_status: get(row, "last_status")?,
        at: at.map(Timestamp::from_millis),
    })
}
