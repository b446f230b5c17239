use super::consumer::QUEUE;
use super::error::LedgerError;
use super::model::{EventFilter, Kept, Step, Trail};
use super::store::events as table;
use super::writer::Writer;
use base::{EventId, Invalid, Page, PageRequest, SiteId, Timestamp};
use events::path::{self, Mark};
use events::{Outcome, Subscriptions, matches};
use sockets::{Db, Envelope, Route};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every event of every site; cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    pub(super) db: Db,
    writer: Writer,
    pub(super) subscriptions: Subscriptions,
    trails: Arc<[Arc<dyn Trail>]>,
}

impl Ledger {
    /// Starts the task that writes; it ends with the last clone.
    pub fn open(db: Db, subscriptions: Subscriptions, trails: Vec<Arc<dyn Trail>>) -> Self {
        let writer = Writer::open(db.clone());
        Self { db, writer, subscriptions, trails: trails.into() }
    }

    pub(super) async fn keep(&self, envelope: &Envelope) -> Outcome {
        self.writer.keep(&self.db, envelope).await
    }

    /// Newest first.
    pub async fn list(&self, site: SiteId, filter: &EventFilter, page: &PageRequest) -> Result<Page<Kept>, LedgerError> {
        if let Some(id) = filter.id {
            let found = table::find(self.db.read(), site, id).await?.map(|(kept, _)| kept);
            return Ok(Page { items: found.into_iter().filter(|kept| fits(filter, kept)).collect(), next: None });
        }
        let below = page.after.as_deref().map_or(Ok((i64::MAX, i64::MAX)), cursor)?;
        let types = match &filter.r#type {
            Some(pattern) if pattern.ends_with('*') => Some(self.types(site, std::slice::from_ref(pattern)).await?),
            Some(name) => Some(vec![name.clone()]),
            None => None,
        };
        let most = i64::from(page.limit) + 1;
        let rows = table::list(self.db.read(), site, filter, types.as_deref(), below, most).await?;
        Ok(Page::cut(rows, page.limit, |kept| format!("{}.{}", kept.at.millis(), kept.place)))
    }

    /// Types that the site has had events of and that one of the patterns means; all of them without a pattern.
    pub(super) async fn types(&self, site: SiteId, patterns: &[String]) -> Result<Vec<String>, LedgerError> {
        let mut types = table::types(self.db.read(), site).await?;
        types.retain(|name| patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, name)));
        Ok(types)
    }

    /// The event as it travelled, and the way it took. Which queues are subscribed is told as of now; queues that it left a mark in
    /// are told in any case.
    pub async fn find(&self, site: SiteId, id: EventId) -> Result<(Kept, Envelope, Vec<Step>), LedgerError> {
        let (kept, envelope) = table::find(self.db.read(), site, id).await?.ok_or(LedgerError::Missing(id))?;
        let mut steps = vec![announced(&envelope), archived(&kept)];
        steps.extend(self.way(&envelope).await?);
        for trail in self.trails.iter() {
            for delivered in trail.of(site, id).await? {
                steps.push(Step {
                    step: "delivered",
                    queue: Some(delivered.queue),
                    at: delivered.at,
                    attempts: Some(delivered.attempts),
                    detail: Some(delivered.detail),
                });
            }
        }
        Ok((kept, envelope, steps))
    }

    async fn way(&self, envelope: &Envelope) -> Result<Vec<Step>, LedgerError> {
        let snapshot = self.subscriptions.snapshot().await?;
        let mut queues: BTreeMap<String, Option<String>> = BTreeMap::new();
        for one in &snapshot.subscriptions {
            if wants(one, envelope) {
                queues.insert(one.queue.to_string(), Some(format!("{} #{}", one.pattern, one.id)));
            }
        }
        queues.remove(QUEUE);
        let names: Vec<&str> = queues.keys().map(String::as_str).collect();
        let mut marks = path::marks(&self.db, envelope, &names).await?;
        marks.retain(|(queue, _)| queue != QUEUE);
        for (queue, _) in &marks {
            queues.entry(queue.clone()).or_default();
        }
        let mut steps = Vec::new();
        for (queue, subscription) in queues {
            steps.push(Step { step: "copied", queue: Some(queue.clone()), at: None, attempts: None, detail: subscription });
            steps.extend(marks.iter().filter(|(of, _)| *of == queue).map(|(queue, mark)| marked(queue, mark)));
        }
        Ok(steps)
    }
}

pub(super) fn wants(one: &events::Subscription, envelope: &Envelope) -> bool {
    matches(&one.pattern, &envelope.name)
        && one.site.is_none_or(|site| site == envelope.site)
        && one.filter.as_ref().is_none_or(|filter| filter.lets(&envelope.payload))
}

fn fits(filter: &EventFilter, kept: &Kept) -> bool {
    filter.r#type.as_ref().is_none_or(|pattern| matches(pattern, &kept.name))
        && filter.key.as_ref().is_none_or(|key| *key == kept.key)
        && filter.from.is_none_or(|from| kept.at >= from)
        && filter.to.is_none_or(|to| kept.at < to)
}

fn cursor(text: &str) -> Result<(i64, i64), Invalid> {
    let read = || {
        let (at, place) = text.split_once('.')?;
        Some((at.parse().ok()?, place.parse().ok()?))
    };
    read().ok_or_else(|| Invalid::new("after", "is no cursor of this list"))
}

fn announced(envelope: &Envelope) -> Step {
    let route = match &envelope.route {
        Route::Main => "main".to_owned(),
        Route::Remote => "remote".to_owned(),
        Route::Replay(name) => name.clone(),
    };
    let detail = format!("{} · {route} · {}.{}", envelope.producer, envelope.key_epoch, envelope.key_seq);
    Step { step: "announced", queue: None, at: Some(envelope.occurred_at), attempts: None, detail: Some(detail) }
}

fn archived(kept: &Kept) -> Step {
    Step { step: "archived", queue: Some(QUEUE.to_owned()), at: Some(kept.archived_at), attempts: None, detail: None }
}

fn marked(queue: &str, mark: &Mark) -> Step {
    let step = |step: &'static str, at: Timestamp, attempts: Option<i64>, last: Option<&events::Cause>| Step {
        step,
        queue: Some(queue.to_owned()),
        at: Some(at),
        attempts,
        detail: last.map(|cause| cause.why.clone()),
    };
    match mark {
        Mark::Handled { at } => step("handled", *at, None, None),
        Mark::Parked { attempts, due_at, last } => step("retried", *due_at, Some(*attempts), last.as_ref()),
        Mark::Dead { attempts, at, last } => step("dead", *at, Some(*attempts), last.as_ref()),
    }
}
