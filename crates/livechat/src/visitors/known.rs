//! Whom this node heard of lately, so that a click costs no query.
//!
//! What is kept stays true for as long as it is used: a visit ends only by half an hour of silence, and who is in use was not silent.

use super::RunningRef;
use super::model::{Introduction, Visit, Visitor};
use super::recent::Recent;
use base::{Digest, SiteId, Timestamp, VisitorId, WidgetId};
use sockets::live::{LiveVisitor, PageSeen, VisitorStatus};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A sign of life is written to the row this often.
const WRITTEN: Duration = Duration::from_secs(5 * 60);

pub(super) struct Known {
    pub(super) site: SiteId,
    pub(super) id: VisitorId,
    pub(super) visit: Visit,
    visits: u32,
    changing: Mutex<Changing>,
}

struct Changing {
    name: Option<String>,
    email: Option<String>,
    heard: Timestamp,
    written: Timestamp,
    page: PageSeen,
    pages: u32,
    variables: BTreeMap<String, String>,
    widget: Option<WidgetId>,
}

impl Known {
    pub(super) fn new(visitor: &Visitor, visit: Visit, pages: u32) -> Self {
        let changing = Changing {
            name: visitor.name.clone(),
            email: visitor.email.clone(),
            heard: visitor.last_seen,
            written: visitor.last_seen,
            page: visit.landing.clone(),
            pages,
            variables: visit.variables.clone(),
            widget: visit.widget,
        };
        Self { site: visitor.site, id: visitor.id, visit, visits: visitor.visits, changing: Mutex::new(changing) }
    }

    fn changing(&self) -> MutexGuard<'_, Changing> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn last_heard(&self) -> Timestamp {
        self.changing().heard
    }

    /// True when the row should be told too. A clock that fell back is followed, or the silence would seem endless later.
    pub(super) fn heard(&self, now: Timestamp) -> bool {
        let mut changing = self.changing();
        changing.heard = now;
        let due = now.since(changing.written) >= WRITTEN || now < changing.written;
        if due {
            changing.written = now;
        }
        due
    }

    /// The widget that its page shows.
    pub(super) fn widget(&self) -> Option<WidgetId> {
        self.changing().widget
    }

    /// How many pages of this visit were seen with this one. The row is told by the page view.
    pub(super) fn saw(&self, page: PageSeen, widget: Option<WidgetId>, now: Timestamp) -> u32 {
        let mut changing = self.changing();
        changing.widget = widget.or(changing.widget);
        (changing.heard, changing.written) = (now, now);
        changing.page = page;
        changing.pages = changing.pages.saturating_add(1);
        changing.pages
    }

    /// Takes over what an older knowledge saw that the row does not say.
    pub(super) fn go_on_from(&self, older: &Self) {
        if older.visit.id != self.visit.id {
            return;
        }
        let (heard, page, pages, widget) = {
            let older = older.changing();
            (older.heard, older.page.clone(), older.pages, older.widget)
        };
        let mut changing = self.changing();
        changing.heard = heard;
        changing.page = page;
        changing.pages = changing.pages.max(pages);
        changing.widget = widget.or(changing.widget);
    }

    pub(super) fn set_variables(&self, all: BTreeMap<String, String>) {
        self.changing().variables = all;
    }

    pub(super) fn introduce(&self, said: &Introduction) {
        let mut changing = self.changing();
        if said.name.is_some() {
            changing.name.clone_from(&said.name);
        }
        if said.email.is_some() {
            changing.email.clone_from(&said.email);
        }
    }

    /// For a live store that does not know it.
    pub(super) fn live(&self, now: Timestamp, chat: Option<RunningRef>) -> LiveVisitor {
        let changing = self.changing();
        let visit = &self.visit;
        LiveVisitor {
            id: self.id,
            site: self.site,
            name: changing.name.clone(),
            email: changing.email.clone(),
            status: chat.map_or(VisitorStatus::Browsing, |chat| chat.status),
            page: changing.page.clone(),
            landing: visit.landing.url.clone(),
            referrer: visit.referrer.clone(),
            country: visit.place.country.clone(),
            city: visit.place.city.clone(),
            browser: visit.with.agent.browser.clone(),
            os: visit.with.agent.os.clone(),
            device: visit.with.agent.device.clone(),
            language: visit.with.language.clone(),
            time_zone: visit.with.time_zone.clone(),
            visits: self.visits,
            pages: changing.pages,
            since: visit.started,
            seen: now,
            chat: chat.map(|chat| chat.chat),
            agent: None,
            department: None,
            widget: changing.widget,
            segments: Vec::new(),
            variables: changing.variables.clone(),
            rev: 0,
        }
    }
}

/// Some twenty thousand visitors: more than one node serves at once.
const MOST: usize = 20_000;

pub(super) struct KnownVisitors {
    by_digest: Recent<String, VisitorId>,
    by_id: Recent<VisitorId, Arc<Known>>,
}

impl Default for KnownVisitors {
    fn default() -> Self {
        Self { by_digest: Recent::new(MOST), by_id: Recent::new(MOST) }
    }
}

impl KnownVisitors {
    pub(super) fn by_digest(&self, digest: &Digest) -> Option<Arc<Known>> {
        self.by_id(self.by_digest.get(&digest.0)?)
    }

    pub(super) fn by_id(&self, id: VisitorId) -> Option<Arc<Known>> {
        self.by_id.get(&id)
    }

    pub(super) fn put(&self, known: Known, digest: Option<Digest>) -> Arc<Known> {
        let known = Arc::new(known);
        if let Some(Digest(digest)) = digest {
            self.by_digest.put(digest, known.id);
        }
        self.by_id.put(known.id, known.clone());
        known
    }

    pub(super) fn forget(&self, known: &Known) {
        self.by_id.forget(&known.id);
    }
}
