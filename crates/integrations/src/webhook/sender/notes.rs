//! Writes down how tries went, many in one commit, and how their endpoints stand after them.

use super::request::Tried;
use super::{Outgoing, Sender, Settled};
use crate::webhook::endpoints::Endpoints;
use crate::webhook::manner::wait_after;
use crate::webhook::model::PATIENCE;
use crate::webhook::tries::Try;
use crate::webhook::{DeliveryState, Endpoint, WebhookNews};
use base::WebhookId;
use sockets::{StoreError, Tx};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Tries in one commit at most.
const GROUP: usize = 1_024;

/// So many that came while the last ones were written say that more are coming, which are waited for this long: a commit for many costs
/// hardly more than one for a few, and takes a turn of the pen that others want.
const MANY: usize = 32;
const GATHER: Duration = Duration::from_millis(10);

/// A try with its verdict.
pub(super) struct Told {
    endpoint: Arc<Endpoint>,
    row: Try,
}

/// Between two tries to write down what cannot be.
const PAUSE: Duration = Duration::from_secs(1);

impl Told {
    pub fn of(sender: &Sender, outgoing: Outgoing, tried: Tried) -> Self {
        let Outgoing { due, endpoint } = outgoing;
        let now = sender.webhooks.db().clock().now();
        let status = tried.sent.status;
        let wait = wait_after(&endpoint.manner, due.tries + 1, status, tried.asked, &sender.chance);
        let (state, due_at) = match (status, wait) {
            (Some(200..300), _) => (DeliveryState::Delivered, now),
            (Some(410), _) | (_, None) => (DeliveryState::Failed, now),
            (_, Some(wait)) => (DeliveryState::Pending, now.plus(wait)),
        };
        let row = Try { delivery: due.id, state, due_at, sent: tried.sent };
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

pub(super) async fn write(sender: Arc<Sender>, mut heard: mpsc::Receiver<Told>, settle: mpsc::UnboundedSender<Vec<Settled>>) {
    let mut group = Vec::new();
    // Endpoints of which we noted that they fail.
    let mut failing: HashSet<WebhookId> = HashSet::new();
    while heard.recv_many(&mut group, GROUP).await > 0 {
        if group.len() >= MANY {
            tokio::time::sleep(GATHER).await;
            while group.len() < GROUP && let Ok(told) = heard.try_recv() {
                group.push(told);
            }
        }
        metrics::histogram!("webhook_notes_group_size").record(group.len() as f64);
        let disabled = store_surely(&sender, &group, &mut failing, || settle.is_closed()).await;
        disabled.into_iter().for_each(|endpoint| sender.webhooks.tell(WebhookNews::Disabled(Box::new(endpoint))));
        let settled = group.drain(..).map(|told| Settled { webhook: told.endpoint.id, delivery: told.row.delivery });
        // At the very end nobody listens any more.
        let _heard = settle.send(settled.collect());
    }
}

/// Nothing more is sent while this cannot be written down, and nothing twice; but not for ever: who holds the endpoints by then sends them
/// again, under the same ids.
async fn store_surely(sender: &Sender, group: &[Told], failing: &mut HashSet<WebhookId>, ends: impl Fn() -> bool) -> Vec<Endpoint> {
    let began = Instant::now();
    loop {
        match store(sender, group, failing).await {
            Ok(disabled) => return disabled,
            Err(err) if began.elapsed() < sender.holder.lease && !ends() => {
                tracing::warn!(error = ?err, tries = group.len(), "the outcome of webhook deliveries cannot be stored yet");
                tokio::time::sleep(PAUSE).await;
            }
            Err(err) => {
                tracing::error!(error = ?err, tries = group.len(), "the outcome of webhook deliveries could not be stored; they are sent again");
                return Vec::new();
            }
        }
    }
}

async fn store(sender: &Sender, group: &[Told], failing: &mut HashSet<WebhookId>) -> Result<Vec<Endpoint>, StoreError> {
    let tx = sender.webhooks.db().begin().await?;
    Try::note(&tx, group.iter().map(|told| &told.row)).await?;
    let mut standings: BTreeMap<WebhookId, (&Endpoint, Standing)> = BTreeMap::new();
    for Told { endpoint, row } in group {
        let (_, standing) = standings.entry(endpoint.id).or_insert_with(|| (endpoint, Standing::default()));
        match row.state {
            DeliveryState::Delivered => standing.worked = true,
            _ => {
                standing.gone |= row.sent.status == Some(410);
                let answer = row.sent.status.map(|status| format!("the last answer was {status}"));
                standing.failed = answer.or_else(|| row.sent.trouble.clone());
            }
        }
    }
    let (mut disabled, mut ills) = (Vec::new(), Vec::new());
    for (webhook, (endpoint, standing)) in standings {
        let ill = standing.failed.is_some() && !standing.worked;
        let was_ill = failing.contains(&webhook) || endpoint.failing_since.is_some();
        ills.push((webhook, ill));
        if ill || was_ill || standing.gone {
            disabled.extend(judge(&tx, endpoint, &standing).await?);
        }
    }
    tx.commit().await?;
    // Only now: what could not be stored is judged again by what was known before.
    for (webhook, ill) in ills {
        if ill {
            failing.insert(webhook);
        } else {
            failing.remove(&webhook);
        }
    }
    Ok(disabled)
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
