use super::{NewSite, Site, SitePatch, store};
use crate::identity::{IdentityError, input};
use base::{Caller, Invalid, Page, PageRequest, SiteId};
use sockets::{Db, StoreError};

pub struct Sites {
    db: Db,
}

impl Sites {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// All sites of the installation, for those who stand above them, and for jobs that go from site to site.
    pub async fn list(&self, ask: &PageRequest) -> Result<Page<Site>, IdentityError> {
        let after = input::cursor(ask)?;
        let rows = store::after(self.db.read(), after, u64::from(ask.limit) + 1).await?;
        Ok(Page::cut(rows, ask.limit, |site| site.id.to_string()))
    }

    /// By id alone: for other modules, which know that the id is right.
    pub async fn get(&self, id: SiteId) -> Result<Option<Site>, StoreError> {
        store::find(self.db.read(), id).await
    }

    pub async fn find(&self, caller: &Caller, id: SiteId) -> Result<Site, IdentityError> {
        must_be_own(caller, id)?;
        self.get(id).await?.ok_or_else(|| missing(id))
    }

    pub async fn change(&self, caller: &Caller, id: SiteId, patch: SitePatch) -> Result<Site, IdentityError> {
        must_be_own(caller, id)?;
        let tx = self.db.begin().await?;
        let mut site = store::find(&tx.conn(), id).await?.ok_or_else(|| missing(id))?;
        if let Some(name) = patch.name {
            site.name = input::name("name", &name)?;
        }
        if let Some(zone) = patch.time_zone {
            site.time_zone = input::time_zone(&zone)?;
        }
        if let Some(languages) = patch.languages {
            site.languages = check_languages(languages)?;
        }
        store::save(&tx, &site).await?;
        tx.commit().await?;
        Ok(site)
    }
}

impl NewSite {
    pub(in crate::identity) fn checked(self) -> Result<Self, Invalid> {
        Ok(Self {
            name: input::name("name", &self.name)?,
            time_zone: input::time_zone(&self.time_zone)?,
            languages: check_languages(self.languages)?,
        })
    }
}

fn check_languages(languages: Vec<String>) -> Result<Vec<String>, Invalid> {
    if languages.is_empty() || languages.len() > input::LANGUAGES.len() {
        return Err(Invalid::new("languages", "should be a list of zh, en or both"));
    }
    for (at, language) in languages.iter().enumerate() {
        input::language(&format!("languages[{at}]"), language)?;
        if languages[..at].contains(language) {
            return Err(Invalid::new(format!("languages[{at}]"), "stands there twice"));
        }
    }
    Ok(languages)
}

fn must_be_own(caller: &Caller, id: SiteId) -> Result<(), IdentityError> {
    if caller.site == id || caller.superadmin { Ok(()) } else { Err(missing(id)) }
}

fn missing(id: SiteId) -> IdentityError {
    IdentityError::Missing(format!("site {id}"))
}
