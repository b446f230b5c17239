//! Writes down how tries went, many in one commit, and how their endpoints stand after them.

use super::request::Tried;
use super::{Claimed, Sender};
use crate::webhook::endpoints::Endpoints;
use crate::webhook::manner::wait_after;
use crate::webhook::model::PATIENCE;
use crate::webhook::tries::Try;
use crate::webhook::{DeliveryState, Endpoint, WebhookNews};
use base::WebhookId;
use sockets::{StoreError, Tx};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use tokio::sync::mpsc;

const GROUP: usize = 256;

/// A try with its verdict.
pub(super) struct Told {
    endpoint: Arc<Endpoint>,
    row: Try,
}

impl Told {
    pub fn of(sender: &Sender, claimed: Claimed, tried: Tried) -> Self {
        let Claimed { delivery, claim, endpoint, .. } = claimed;
        let now = sender.webhooks.db().clock().now();
        let status = tried.attempt.status;
        let wait = wait_after(&endpoint.manner, delivery.tries + 1, status, tried.asked, &sender.chance);
        let (state, due_at) = match (status, wait) {
            (Some(200..300), _) => (DeliveryState::Delivered, now),
            (Some(410), _) | (_, None) => (DeliveryState::Failed, now),
            (_, Some(wait)) => (DeliveryState::Pending, now.plus(wait)),
        };
        let row = Try { delivery: delivery.id, claim, state, due_at, attempt: tried.attempt };
        Self { endpoint, row }
    }
}

/// What a group of tries says of one endpoint.
#[derive(Default)]
struct Standing {
    worked: bool,
    gone: bool,
    /// What the last failure said.
    failed: Option<String>,
}

pub(super) async fn write(sender: Arc<Sender>, mut heard: mpsc::Receiver<Told>) {
    let mut group = Vec::new();
    // Endpoints of which we noted that they fail.
    let mut failing: HashSet<WebhookId> = HashSet::new();
    while heard.recv_many(&mut group, GROUP).await > 0 {
        metrics::histogram!("webhook_notes_group_size").record(group.len() as f64);
        match store(&sender, std::mem::take(&mut group), &mut failing).await {
            Ok(after) => {
                after.disabled.into_iter().for_each(|endpoint| sender.webhooks.tell(WebhookNews::Disabled(Box::new(endpoint))));
                if after.freed_others {
                    sender.webhooks.bell().notify_one();
                }
            }
            // The claims lapse and they are sent again, under the same ids.
            Err(err) => tracing::warn!(error = ?err, "the outcome of webhook deliveries could not be stored"),
        }
    }
}

/// What follows from tries that were noted.
struct After {
    disabled: Vec<Endpoint>,
    /// Something waited for one of them, and may go now.
    freed_others: bool,
}

async fn store(sender: &Sender, group: Vec<Told>, failing: &mut HashSet<WebhookId>) -> Result<After, StoreError> {
    let mut known: BTreeMap<WebhookId, Arc<Endpoint>> = BTreeMap::new();
    let mut rows = Vec::with_capacity(group.len());
    for told in group {
        known.insert(told.endpoint.id, told.endpoint.clone());
        rows.push((told.endpoint.id, told.row));
    }
    let (ids, rows): (Vec<WebhookId>, Vec<Try>) = rows.into_iter().unzip();
    let tx = sender.webhooks.db().begin().await?;
    let ours = Try::note(&tx, &rows).await?;
    let mut standings: BTreeMap<WebhookId, Standing> = BTreeMap::new();
    for (webhook, row) in ids.iter().zip(&rows).filter(|(_, row)| ours.contains(&row.delivery)) {
        let standing = standings.entry(*webhook).or_default();
        match row.state {
            DeliveryState::Delivered => standing.worked = true,
            _ => {
                standing.gone |= row.attempt.status == Some(410);
                let answer = row.attempt.status.map(|status| format!("the last answer was {status}"));
                standing.failed = answer.or_else(|| row.attempt.trouble.clone());
            }
        }
    }
    let mut disabled = Vec::new();
    for (webhook, standing) in standings {
        let ill = standing.failed.is_some() && !standing.worked;
        let was_ill = failing.contains(&webhook) || known.get(&webhook).is_some_and(|endpoint| endpoint.failing_since.is_some());
        if ill {
            failing.insert(webhook);
        } else {
            failing.remove(&webhook);
        }
        if let Some(endpoint) = known.get(&webhook).filter(|_| ill || was_ill || standing.gone) {
            disabled.extend(judge(&tx, endpoint, &standing).await?);
        }
    }
    let freed_others = Try::freed_others(&tx, &rows).await?;
    tx.commit().await?;
    Ok(After { disabled, freed_others })
}

/// How the endpoint stands now; what failed for too long, or is gone, is disabled.
async fn judge(tx: &Tx, endpoint: &Endpoint, standing: &Standing) -> Result<Option<Endpoint>, StoreError> {
    let Some(mut fresh) = Endpoints::find(tx, endpoint.site, endpoint.id).await? else { return Ok(None) };
    let now = tx.now();
    if standing.worked {
        fresh.failing_since = None;
    }
    let last = standing.failed.as_deref().unwrap_or_default();
    let since = if standing.worked { now } else { *fresh.failing_since.get_or_insert(now) };
    let reason = match standing.gone {
        true => Some(("gone", "it answered 410: it is gone for good".to_owned())),
        false if now.since(since) >= PATIENCE => Some(("failing", format!("nothing worked since {since}; {last}"))),
        false => None,
    };
    let disabled = reason.filter(|_| fresh.enabled).map(|(reason, why)| {
        tracing::warn!(webhook = %fresh.id, site = %fresh.site, reason, "a webhook was disabled");
        metrics::counter!("webhook_disabled_total", "reason" => reason).increment(1);
        fresh.enabled = false;
        fresh.disabled_reason = Some(reason.to_owned());
        fresh.disabled_why = Some(why);
    });
    Endpoints::save(tx, &fresh).await?;
    Ok(disabled.map(|()| fresh))
}
