//! What visits read: a widget as its pages see it, at most two seconds old.

use super::{Origin, Widget};
use base::{SiteId, WidgetId};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Asked for again at this age by one of those who come …
const STALE: Duration = Duration::from_secs(1);
/// … and by all of them at this one.
const DEAD: Duration = Duration::from_secs(2);
/// Made-up ids must not fill the memory.
const MOST: usize = 10_000;

/// A widget as the hot path needs it.
#[derive(Debug)]
pub struct Shown {
    pub widget: Widget,
    /// `{…config, id, version}` for the page.
    pub page: Map<String, Value>,
}

impl Shown {
    pub(super) fn new(widget: Widget) -> Self {
        let mut page = widget.config.for_page();
        page.insert("id".into(), widget.id.0.into());
        page.insert("version".into(), widget.version.into());
        Self { widget, page }
    }

    /// Whether a page of this origin may show it. An unknown origin may when no list was made.
    pub fn admits(&self, page: Option<&Origin>) -> bool {
        let allowed = &self.widget.config.allowed_origins;
        allowed.is_empty() || page.is_some_and(|page| allowed.iter().any(|one| one.covers(page)))
    }
}

type Key = (SiteId, WidgetId);

struct Entry {
    at: Instant,
    asked_again: bool,
    shown: Option<Arc<Shown>>,
}

#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<Key, Entry>>);

impl Cache {
    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known; the outer nothing means: go and look, then [`Cache::put`] it.
    pub(super) fn get(&self, key: Key) -> Option<Option<Arc<Shown>>> {
        let mut entries = self.entries();
        let entry = entries.get_mut(&key)?;
        let age = entry.at.elapsed();
        if age >= DEAD || (age >= STALE && !std::mem::replace(&mut entry.asked_again, true)) {
            return None;
        }
        Some(entry.shown.clone())
    }

    pub(super) fn put(&self, key: Key, shown: Option<Arc<Shown>>) {
        let mut entries = self.entries();
        if entries.len() >= MOST && !entries.contains_key(&key) {
            entries.retain(|_, entry| entry.at.elapsed() < DEAD);
            if entries.len() >= MOST {
                return;
            }
        }
        entries.insert(key, Entry { at: Instant::now(), asked_again: false, shown });
    }

    pub(super) fn forget(&self, key: Key) {
        self.entries().remove(&key);
    }
}
