//! Which pages may carry any widget at all: what is asked before a visit says which one.

use super::store::WidgetStore;
use super::{Origin, Widgets};
use base::WidgetId;
use sockets::StoreError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use web::OriginPolicy;

/// Asked for again at this age by one of those who come …
const STALE: Duration = Duration::from_secs(5);
/// … and by all of them at this one.
const DEAD: Duration = Duration::from_secs(10);
const AT_ONCE: u64 = 500;

/// The pages of all widgets of the house.
#[derive(Debug, Default, PartialEq, Eq)]
struct Pages {
    /// There is a widget for which no list was made.
    any: bool,
    origins: Vec<Origin>,
}

impl Pages {
    fn admit(&self, page: &Origin) -> bool {
        self.any || self.origins.iter().any(|one| one.covers(page))
    }

    /// Notes the pages of one more widget; false when it makes no difference which others there are.
    fn note(&mut self, allowed: Vec<Origin>) -> bool {
        self.any |= allowed.is_empty();
        for origin in allowed {
            if !self.origins.contains(&origin) {
                self.origins.push(origin);
            }
        }
        !self.any
    }
}

struct Entry {
    at: Instant,
    asked_again: bool,
    pages: Arc<Pages>,
}

#[derive(Default)]
pub(super) struct PagesCache(Mutex<Option<Entry>>);

impl PagesCache {
    fn entry(&self) -> MutexGuard<'_, Option<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self) -> Option<Arc<Pages>> {
        let mut entry = self.entry();
        let entry = entry.as_mut()?;
        let age = entry.at.elapsed();
        if age >= DEAD || (age >= STALE && !std::mem::replace(&mut entry.asked_again, true)) {
            return None;
        }
        Some(entry.pages.clone())
    }

    fn put(&self, pages: Arc<Pages>) {
        *self.entry() = Some(Entry { at: Instant::now(), asked_again: false, pages });
    }

    pub(super) fn forget(&self) {
        *self.entry() = None;
    }
}

impl Widgets {
    async fn pages(&self) -> Result<Arc<Pages>, StoreError> {
        if let Some(known) = self.pages.get() {
            return Ok(known);
        }
        let mut pages = Pages::default();
        let mut after = WidgetId(0);
        loop {
            let some = WidgetStore::allowed_origins(&self.db, after, AT_ONCE).await?;
            let last = some.last().map(|(id, _)| *id);
            // One that cannot be read cannot be shown either.
            let more = some.into_iter().filter_map(|(_, allowed)| allowed).all(|allowed| pages.note(allowed));
            match last.filter(|_| more) {
                Some(last) => after = last,
                None => break,
            }
        }
        let pages = Arc::new(pages);
        self.pages.put(pages.clone());
        Ok(pages)
    }
}

#[async_trait::async_trait]
impl OriginPolicy for Widgets {
    async fn allowed(&self, origin: &str) -> bool {
        match self.pages().await {
            Ok(pages) => pages.any || Origin::of_address(origin).is_some_and(|origin| pages.admit(&origin)),
            Err(err) => {
                tracing::warn!(error = %err, "which pages carry widgets cannot be read; none may read an answer now");
                false
            }
        }
    }
}
