//! The visitors' book: who is who, and the verbs that change a row.

use super::known::{Known, KnownVisitors};
use super::model::{Browser, Introduction, Page, PageView, Visit, VisitId, Visitor, is_over, set_variables};
use super::store::VisitorStore;
use super::trail::Trail;
use super::{Geo, VisitorError};
use base::{Caller, Secret, SiteId, Timestamp, VisitorId, WidgetId};
use events::catalog::{CustomVariable, VisitorCreated};
use serde_json::Value;
use sockets::live::{LiveError, LiveState, LiveVisitor, VisitorPatch, VisitorStatus};
use sockets::{Db, StoreError};
use std::collections::{BTreeMap, HashMap};
use std::future::ready;
use std::sync::Arc;

/// The visitors of all sites; cheap to clone.
#[derive(Clone)]
pub struct Visitors {
    pub(super) db: Db,
    pub(super) live: Arc<dyn LiveState>,
    geo: Geo,
    known: Arc<KnownVisitors>,
    pub(super) trail: Trail,
}

/// What a browser brings when it comes.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    pub page: Page,
    pub with: Browser,
    pub widget: Option<WidgetId>,
    pub variables: BTreeMap<String, String>,
}

/// Whom a browser turned out to be.
#[derive(Clone)]
pub struct Identified {
    pub(super) known: Arc<Known>,
    /// Given to a new visitor, once.
    pub token: Option<Secret>,
    /// A visit began with this call.
    begins: bool,
}

impl Identified {
    pub(super) fn present(known: Arc<Known>) -> Self {
        Self { known, token: None, begins: false }
    }

    pub fn site(&self) -> SiteId {
        self.known.site
    }

    pub fn visitor(&self) -> VisitorId {
        self.known.id
    }

    pub fn visit(&self) -> VisitId {
        self.known.visit.id
    }

    /// It was never here before.
    pub fn is_new(&self) -> bool {
        self.token.is_some()
    }
}

/// Everything that is known of a visitor.
#[derive(Clone, Debug)]
pub struct Profile {
    pub visitor: Visitor,
    /// The latest visit.
    pub visit: Visit,
    /// As it is on the site now; nothing when it is not.
    pub live: Option<LiveVisitor>,
}

impl Visitors {
    pub fn new(db: Db, live: Arc<dyn LiveState>, geo: Geo) -> Self {
        Self { trail: Trail::new(db.clone()), known: Arc::default(), db, live, geo }
    }

    /// Writes page views and signs of life in batches, for ever. To be stopped by dropping it, and then by a last [`Visitors::flush`].
    pub async fn write_trail(self) {
        self.trail.run().await;
    }

    /// Writes at once what waits to be written.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.trail.flush().await
    }

    /// Whose token this is, on whichever site; nobody's when it is unknown or forged.
    pub async fn whose(&self, token: &Secret) -> Result<Option<Caller>, StoreError> {
        let known = self.known_by(token).await?;
        Ok(known.map(|known| Caller::visitor(known.site, known.id)))
    }

    pub(super) async fn known_by(&self, token: &Secret) -> Result<Option<Arc<Known>>, StoreError> {
        if !looks_real(token) {
            return Ok(None);
        }
        let digest = token.digest();
        if let Some(known) = self.known.by_digest(&digest) {
            return Ok(Some(known));
        }
        match VisitorStore::by_digest(&self.db, &digest).await? {
            Some(visitor) => Ok(Some(self.known.put(self.with_visit(visitor).await?, Some(digest)))),
            None => Ok(None),
        }
    }

    pub(super) async fn known(&self, site: SiteId, id: VisitorId) -> Result<Arc<Known>, VisitorError> {
        if let Some(known) = self.known.by_id(id).filter(|known| known.site == site) {
            return Ok(known);
        }
        Ok(self.known.put(self.read(site, id).await?, None))
    }

    async fn read(&self, site: SiteId, id: VisitorId) -> Result<Known, VisitorError> {
        let visitor = VisitorStore::find(&self.db, site, id).await?.ok_or(VisitorError::Missing(id))?;
        Ok(self.with_visit(visitor).await?)
    }

    async fn with_visit(&self, visitor: Visitor) -> Result<Known, StoreError> {
        let found = VisitorStore::visit(&self.db, visitor.site, visitor.visit).await?;
        let visit = found.ok_or_else(|| StoreError::Unreadable(format!("the latest visit of visitor {}", visitor.id)))?;
        let pages = VisitorStore::page_counts(&self.db, visitor.id, &[visit.id]).await?;
        let pages = pages.get(&visit.id).copied().unwrap_or(0);
        Ok(Known::new(&visitor, visit, pages))
    }

    /// Whose browser this is on this site, as the token tells; an unknown, forged or other site's token is as good as none.
    pub async fn recognise(&self, site: SiteId, token: Option<&Secret>) -> Result<Option<Identified>, VisitorError> {
        let Some(token) = token else { return Ok(None) };
        let known = self.known_by(token).await?.filter(|known| known.site == site);
        Ok(known.map(Identified::present))
    }

    /// Makes a new visitor of somebody whom nobody recognised. One transaction: visitor, visit, and the news.
    pub async fn welcome(&self, site: SiteId, arrival: Arrival) -> Result<Identified, VisitorError> {
        let (token, now) = (self.db.minter().secret("sbv_"), self.db.clock().now());
        let digest = token.digest();
        let id = VisitorId(self.db.minter().uuid());
        let mut visit = self.visit(site, id, arrival, now);
        let mut visitor = Visitor {
            id,
            site,
            name: None,
            email: None,
            phone: None,
            first_seen: now,
            last_seen: now,
            visits: 1,
            visit: visit.id,
        };
        let mut tx = self.db.begin().await?;
        visit.id = VisitorStore::add(&tx, &visitor, &digest, &visit).await?;
        visitor.visit = visit.id;
        tx.announce(created(&visit));
        tx.commit().await?;
        let known = self.known.put(Known::new(&visitor, visit, 0), Some(digest));
        Ok(Identified { known, token: Some(token), begins: true })
    }

    /// Goes on with the visit, or begins another one after a long silence.
    pub async fn welcome_back(&self, who: Identified, arrival: Arrival) -> Result<Identified, VisitorError> {
        let now = self.db.clock().now();
        let known = who.known;
        if !is_over(known.last_heard(), now) {
            return Ok(Identified::present(known));
        }
        let (site, id) = (known.site, known.id);
        // Another node may have heard of it meanwhile.
        let visitor = VisitorStore::find(&self.db, site, id).await?.ok_or(VisitorError::Missing(id))?;
        if !is_over(visitor.last_seen, now) {
            let known = self.known.put(self.with_visit(visitor).await?, None);
            return Ok(Identified::present(known));
        }
        let mut next = self.visit(site, id, arrival, now);
        let tx = self.db.begin().await?;
        let Some(visit) = VisitorStore::begin_visit(&tx, visitor.visit, &next).await? else {
            drop(tx);
            self.known.forget(&known);
            return Ok(Identified::present(self.known(site, id).await?));
        };
        tx.commit().await?;
        next.id = visit;
        let visitor = Visitor { visits: visitor.visits.saturating_add(1), visit, last_seen: now, ..visitor };
        Ok(Identified { known: self.known.put(Known::new(&visitor, next, 0), None), token: None, begins: true })
    }

    fn visit(&self, site: SiteId, visitor: VisitorId, arrival: Arrival, now: Timestamp) -> Visit {
        let place = arrival.with.address.map(|address| self.geo.find(address)).unwrap_or_default();
        Visit {
            id: VisitId(0),
            visitor,
            site,
            widget: arrival.widget,
            started: now,
            last_seen: now,
            landing: arrival.page.seen,
            referrer: arrival.page.referrer,
            with: arrival.with,
            place,
            variables: arrival.variables,
        }
    }

    /// Notes that the visitor looks at a page, and tells the board. `chat` is its running one, if it has one.
    pub(super) async fn look_at(&self, who: &Identified, page: &Page, widget: Option<WidgetId>, chat: Option<RunningRef>) {
        let (known, now) = (&who.known, self.db.clock().now());
        let pages = known.saw(page.seen.clone(), widget, now);
        self.trail.saw(PageView {
            id: self.db.minter().message().0,
            visit: known.visit.id,
            visitor: known.id,
            site: known.site,
            at: now,
            page: page.seen.clone(),
        });
        if who.begins {
            if let Err(err) = self.live.create_visitor(known.live(now, chat)).await {
                tracing::debug!(error = %err, "the live store did not hear of a visitor");
            }
            return;
        }
        let patch = VisitorPatch {
            page: Some(page.seen.clone()),
            pages: Some(pages),
            seen: Some(now),
            widget: widget.map(Some),
            ..VisitorPatch::default()
        };
        self.tell(known, patch, ready(chat)).await;
    }

    /// A sign of life.
    pub(super) async fn hear(&self, known: &Known, chat: impl Future<Output = Option<RunningRef>> + Send) -> bool {
        let now = self.db.clock().now();
        if known.heard(now) {
            self.trail.heard(known.id, known.visit.id);
        }
        self.tell(known, VisitorPatch::seen(now), chat).await
    }

    /// Changes what the live store knows, or tells it who this is. When the store is away the visit goes on: the next sign of life
    /// makes up for it. False when it is away.
    /// `chat`, its running one, is asked for only when the store must be told who this is.
    pub(super) async fn tell(&self, known: &Known, patch: VisitorPatch, chat: impl Future<Output = Option<RunningRef>> + Send) -> bool {
        let told = match self.live.update_visitor(known.site, known.id, patch).await {
            Err(LiveError::Missing(_)) => self.create_anew(known, chat.await).await,
            other => other.map(drop).map_err(VisitorError::from),
        };
        told.inspect_err(|err| tracing::debug!(error = %err, "the live store did not hear of a visitor")).is_ok()
    }

    /// The row knows best what to say: another node may have heard a name or variables.
    async fn create_anew(&self, known: &Known, chat: Option<RunningRef>) -> Result<(), VisitorError> {
        let fresh = self.read(known.site, known.id).await?;
        fresh.go_on_from(known);
        let fresh = self.known.put(fresh, None);
        self.live.create_visitor(fresh.live(self.db.clock().now(), chat)).await?;
        Ok(())
    }

    /// Says again that the visitor is here, after the live store forgot: for chats that are running. It is swept like any other if it
    /// is silent.
    pub async fn put_back(&self, site: SiteId, id: VisitorId, chat: Option<RunningRef>) -> Result<(), VisitorError> {
        let known = self.known(site, id).await?;
        self.create_anew(&known, chat).await
    }

    /// Sets the page's variables of the present visit; answers with all of them.
    pub async fn set_variables(&self, site: SiteId, id: VisitorId, news: &BTreeMap<String, Value>) -> Result<BTreeMap<String, String>, VisitorError> {
        let known = self.known(site, id).await?;
        let visit = known.visit.id;
        let tx = self.db.begin().await?;
        let mut all = VisitorStore::variables(&tx, site, visit).await?.ok_or(VisitorError::Missing(id))?;
        let before = all.clone();
        set_variables(&mut all, news)?;
        if all != before {
            VisitorStore::save_variables(&tx, site, visit, &all).await?;
            tx.commit().await?;
        }
        known.set_variables(all.clone());
        Ok(all)
    }

    /// Keeps what somebody says of themselves, on the row and on the board.
    pub async fn introduce(&self, site: SiteId, id: VisitorId, said: &Introduction) -> Result<(), VisitorError> {
        let said = said.tidied();
        if said == Introduction::default() {
            return Ok(());
        }
        let known = self.known(site, id).await?;
        let tx = self.db.begin().await?;
        if !VisitorStore::introduce(&tx, site, id, &said).await? {
            return Err(VisitorError::Missing(id));
        }
        tx.commit().await?;
        known.introduce(&said);
        let patch = VisitorPatch { name: said.name.map(Some), email: said.email.map(Some), ..Default::default() };
        // Who is not on the board just now is put there, with the new name, by its next sign of life.
        match self.live.update_visitor(site, id, patch).await {
            Ok(_) | Err(LiveError::Missing(_)) => {}
            Err(err) => tracing::debug!(error = %err, "the live store did not hear of a name"),
        }
        Ok(())
    }

    /// The row of somebody who was swept from the board says when it was here last.
    pub(super) fn note_gone(&self, id: VisitorId) {
        if let Some(known) = self.known.by_id(id) {
            self.trail.heard(id, known.visit.id);
        }
    }

    /// The visitor goes: it leaves the board at once.
    pub async fn leave(&self, site: SiteId, id: VisitorId) -> Result<(), VisitorError> {
        self.live.remove_visitor(site, id).await?;
        Ok(())
    }

    pub async fn profile(&self, site: SiteId, id: VisitorId) -> Result<Profile, VisitorError> {
        self.profiles(site, &[id]).await?.remove(&id).ok_or(VisitorError::Missing(id))
    }

    /// Of those who exist on this site. Without the live store they count as not here.
    pub async fn profiles(&self, site: SiteId, ids: &[VisitorId]) -> Result<HashMap<VisitorId, Profile>, VisitorError> {
        let visitors = VisitorStore::find_all(&self.db, site, ids).await?;
        let visits: Vec<_> = visitors.iter().map(|visitor| visitor.visit).collect();
        let mut visits = VisitorStore::visits(&self.db, site, &visits).await?;
        let mut live = self.live_ones(site, ids).await;
        let profiles = visitors.into_iter().filter_map(|visitor| {
            let visit = visits.remove(&visitor.visit)?;
            let live = live.remove(&visitor.id);
            Some((visitor.id, Profile { visitor, visit, live }))
        });
        Ok(profiles.collect())
    }

    async fn live_ones(&self, site: SiteId, ids: &[VisitorId]) -> HashMap<VisitorId, LiveVisitor> {
        use sockets::live::{LiveQuery, VisitorFilter};
        let mut found = HashMap::new();
        for part in ids.chunks(LiveQuery::MAX as usize) {
            let filter = VisitorFilter { ids: part.to_vec(), ..Default::default() };
            match self.live.get_visitors(site, &filter, &LiveQuery::default()).await {
                Ok(page) => found.extend(page.items.into_iter().map(|visitor| (visitor.id, visitor))),
                Err(err) => tracing::debug!(error = %err, "the live store does not say who is here"),
            }
        }
        found
    }

    pub(super) async fn visits_of(&self, site: SiteId, id: VisitorId) -> Result<Vec<(Visit, u32)>, StoreError> {
        let visits = VisitorStore::visits_of(&self.db, site, id, 50).await?;
        let ids: Vec<_> = visits.iter().map(|visit| visit.id).collect();
        let pages = VisitorStore::page_counts(&self.db, id, &ids).await?;
        let counted = |visit: Visit| (pages.get(&visit.id).copied().unwrap_or(0), visit);
        Ok(visits.into_iter().map(counted).map(|(pages, visit)| (visit, pages)).collect())
    }

    pub(super) async fn pages_of(&self, site: SiteId, id: VisitorId) -> Result<Vec<PageView>, StoreError> {
        VisitorStore::pages_of(&self.db, site, id, 200).await
    }
}

/// A running chat, as the board shows it beside its visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunningRef {
    pub chat: base::ChatId,
    pub status: VisitorStatus,
}

/// Spares the database the tokens that we cannot have made.
fn looks_real(token: &Secret) -> bool {
    let hex = token.reveal().strip_prefix("sbv_").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn created(visit: &Visit) -> VisitorCreated {
    let (with, agent) = (visit.with.clone(), visit.with.agent.clone());
    let variable = |(name, value): (&String, &String)| CustomVariable {
        name: name.clone(),
        value: value.clone(),
        url: visit.landing.url.clone(),
        ..CustomVariable::default()
    };
    VisitorCreated {
        visitor_id: visit.visitor.to_string(),
        site_id: visit.site.0,
        session_id: visit.id.0,
        widget_id: visit.widget.map_or(0, |widget| widget.0),
        time: visit.started,
        country: visit.place.country.clone().unwrap_or_default(),
        city: visit.place.city.clone().unwrap_or_default(),
        time_zone: with.time_zone.unwrap_or_default(),
        language: with.language.unwrap_or_default(),
        browser: agent.browser.unwrap_or_default(),
        operating_system: agent.os.unwrap_or_default(),
        device: agent.device.unwrap_or_default(),
        referrer: visit.referrer.clone().unwrap_or_default(),
        landing_page_title: visit.landing.title.clone(),
        landing_page_url: visit.landing.url.clone(),
        custom_variables: visit.variables.iter().map(variable).collect(),
        ..VisitorCreated::default()
    }
}
