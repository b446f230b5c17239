use super::cache::Cache;
use super::model::{config_of, name_of};
use super::pages::PagesCache;
use super::store::WidgetStore;
use super::{NewWidget, Shown, Widget, WidgetConfig, WidgetPatch};
use base::{Fault, Invalid, Kind, Page, PageRequest, SiteId, WidgetId};
use sockets::{Db, StoreError};
use std::sync::Arc;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum WidgetError {
    #[error("widget {0} not found")]
    Missing(WidgetId),
    #[error("widget {0} was changed by somebody else at the same time; read it again and repeat your change")]
    Overtaken(WidgetId),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("storing widgets failed")]
    Store(#[from] StoreError),
}

impl Fault for WidgetError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) => Kind::Missing,
            Self::Overtaken(_) => Kind::Conflict,
            Self::Invalid(_) => Kind::Invalid,
            Self::Store(err) => err.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(err) => Some(&err.field),
            _ => None,
        }
    }
}

/// The widgets of all sites; cheap to clone.
#[derive(Clone)]
pub struct Widgets {
    pub(super) db: Db,
    cache: Arc<Cache>,
    pub(super) pages: Arc<PagesCache>,
}

impl Widgets {
    pub fn new(db: Db) -> Self {
        Self { db, cache: Arc::default(), pages: Arc::default() }
    }

    pub async fn list(&self, site: SiteId, page: &PageRequest) -> Result<Page<Widget>, WidgetError> {
        let after = match &page.after {
            None => None,
            Some(cursor) => Some(cursor.parse().map_err(|_| Invalid::new("after", "is no cursor of this list"))?),
        };
        let rows = WidgetStore::list(&self.db, site, after, page.limit + 1).await?;
        Ok(Page::cut(rows, page.limit, |widget| widget.id.to_string()))
    }

    pub async fn get(&self, site: SiteId, id: WidgetId) -> Result<Widget, WidgetError> {
        let found = WidgetStore::find(self.db.read(), site, id).await?;
        found.ok_or(WidgetError::Missing(id))
    }

    /// For visits: not older than two seconds, whoever changed it and on whichever node.
    pub async fn shown(&self, site: SiteId, id: WidgetId) -> Result<Arc<Shown>, WidgetError> {
        let key = (site, id);
        let known = match self.cache.get(key) {
            Some(known) => known,
            None => {
                let found = WidgetStore::find(self.db.read(), site, id).await?;
                let shown = found.map(|widget| Arc::new(Shown::new(widget)));
                self.cache.put(key, shown.clone());
                shown
            }
        };
        known.ok_or(WidgetError::Missing(id))
    }

    pub async fn create(&self, site: SiteId, new: NewWidget) -> Result<Widget, WidgetError> {
        let name = name_of(&new.name)?;
        let config = config_of(new.config.as_ref())?;
        let mut widget = self.fresh(site, name, new.enabled.unwrap_or(true), config);
        let tx = self.db.begin().await?;
        let id = WidgetStore::add(&tx, &widget, false).await?;
        tx.commit().await?;
        widget.id = id.ok_or_else(|| StoreError::Unreadable("the id of a new widget".into()))?;
        self.forget(site, widget.id);
        Ok(widget)
    }

    /// Sees to it that the site has a widget; to be called when a site is made, and at every start.
    pub async fn ensure_default(&self, site: SiteId) -> Result<(), WidgetError> {
        let tx = self.db.begin().await?;
        if !WidgetStore::any(&tx, site).await? {
            let widget = self.fresh(site, "Website".into(), true, WidgetConfig::default());
            WidgetStore::add(&tx, &widget, true).await?;
            tx.commit().await?;
            self.pages.forget();
        }
        Ok(())
    }

    pub async fn change(&self, site: SiteId, id: WidgetId, patch: WidgetPatch) -> Result<Widget, WidgetError> {
        let tx = self.db.begin().await?;
        let found = WidgetStore::find(&tx.conn(), site, id).await?;
        let mut widget = found.ok_or(WidgetError::Missing(id))?;
        let before = widget.version;
        if widget.change(patch, tx.now())? {
            if !WidgetStore::save(&tx, &widget, before).await? {
                return Err(WidgetError::Overtaken(id));
            }
            tx.commit().await?;
            self.forget(site, id);
        }
        Ok(widget)
    }

    /// Pages that still carry it show nothing from then on.
    pub async fn remove(&self, site: SiteId, id: WidgetId) -> Result<(), WidgetError> {
        let tx = self.db.begin().await?;
        if !WidgetStore::remove(&tx, site, id).await? {
            return Err(WidgetError::Missing(id));
        }
        tx.commit().await?;
        self.forget(site, id);
        Ok(())
    }

    fn forget(&self, site: SiteId, id: WidgetId) {
        self.cache.forget((site, id));
        self.pages.forget();
    }

    fn fresh(&self, site: SiteId, name: String, enabled: bool, config: WidgetConfig) -> Widget {
        let now = self.db.clock().now();
        Widget { id: WidgetId(0), site, name, enabled, config, version: 1, created: now, updated: now }
    }
}
