//! The alarm of a webhook that was disabled by itself.

use super::{Endpoint, WebhookError, WebhookNews, Webhooks};
use base::Fault;
use events::{Alarm, Level, Notices};
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

const DISABLED: &str = "endpoint_disabled";
/// What was told to nobody, because a node went down or another one did it, is found by looking.
const LOOK: Duration = Duration::from_secs(60);

/// Raises an alarm when a webhook was disabled by itself, and ends it when somebody saw to it.
pub async fn raise_alarms(webhooks: Webhooks, notices: Notices) {
    let mut news = webhooks.hear();
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            _ = look.tick() => compare(&webhooks, &notices).await,
            heard = news.recv() => match heard {
                Ok(WebhookNews::Disabled(endpoint)) => notices.raise(&alarm(&endpoint)).await,
                Ok(WebhookNews::Settled(webhook)) => notices.clear(DISABLED, &webhook.to_string()).await,
                Err(RecvError::Lagged(_)) => look.reset_immediately(),
                Err(RecvError::Closed) => return,
            },
        }
    }
}

fn alarm(endpoint: &Endpoint) -> Alarm {
    let data = json!({ "webhook": endpoint.id, "url": endpoint.url, "reason": endpoint.disabled_reason, "why": endpoint.disabled_why });
    Alarm::new(DISABLED, Level::Yellow).about(endpoint.id.to_string()).of(endpoint.site).with(data)
}

/// Raises and ends alarms so that they say what the rows say.
pub(super) async fn compare(webhooks: &Webhooks, notices: &Notices) {
    if let Err(err) = try_compare(webhooks, notices).await {
        tracing::warn!(error = ?err, kind = ?err.kind(), "disabled webhooks cannot be read; trying again");
    }
}

async fn try_compare(webhooks: &Webhooks, notices: &Notices) -> Result<(), WebhookError> {
    let raised: HashSet<String> = notices.raised(DISABLED).await?.into_iter().collect();
    let disabled = webhooks.disabled().await?;
    for endpoint in disabled.iter().filter(|endpoint| !raised.contains(&endpoint.id.to_string())) {
        notices.raise(&alarm(endpoint)).await;
    }
    let still: HashSet<String> = disabled.iter().map(|endpoint| endpoint.id.to_string()).collect();
    for over in raised.difference(&still) {
        notices.clear(DISABLED, over).await;
    }
    Ok(())
}
