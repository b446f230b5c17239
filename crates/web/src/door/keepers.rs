use crate::Answer;
use async_trait::async_trait;
use base::{Caller, Digest, Secret, SessionId, SiteId, VisitorId};
use std::sync::Arc;

/// Who came in by the staff's entrance.
#[derive(Clone, Debug)]
pub struct StaffPass {
    pub caller: Caller,
    /// The console session, when it came by cookie.
    pub session: Option<SessionId>,
}

/// Knows sessions and API keys; `people` fills it. `site` is the one that the request names, if it names one; a site that the caller
/// has nothing to do with is an error of kind `Missing`.
#[async_trait]
pub trait StaffDoor: Send + Sync + 'static {
    async fn session(&self, cookie: &Digest, site: Option<SiteId>) -> Answer<Option<StaffPass>>;

    async fn api_key(&self, key: &Digest, site: Option<SiteId>) -> Answer<Option<StaffPass>>;
}

/// Knows visitors' tokens; `livechat` fills it.
#[async_trait]
pub trait VisitorDoor: Send + Sync + 'static {
    async fn visitor(&self, token: &Secret) -> Answer<Option<(SiteId, VisitorId)>>;
}

/// Who opens for whom.
#[derive(Clone)]
pub struct Doorkeepers {
    pub staff: Arc<dyn StaffDoor>,
    pub visitors: Arc<dyn VisitorDoor>,
}

impl Doorkeepers {
    /// Nobody comes in, until a keeper is given.
    pub fn nobody() -> Self {
        Self { staff: Arc::new(Nobody), visitors: Arc::new(Nobody) }
    }

    #[must_use]
    pub fn with_staff(self, staff: Arc<dyn StaffDoor>) -> Self {
        Self { staff, ..self }
    }

    #[must_use]
    pub fn with_visitors(self, visitors: Arc<dyn VisitorDoor>) -> Self {
        Self { visitors, ..self }
    }
}

/// The keeper who knows no one.
pub struct Nobody;

#[async_trait]
impl StaffDoor for Nobody {
    async fn session(&self, _: &Digest, _: Option<SiteId>) -> Answer<Option<StaffPass>> {
        Ok(None)
    }

    async fn api_key(&self, _: &Digest, _: Option<SiteId>) -> Answer<Option<StaffPass>> {
        Ok(None)
    }
}

#[async_trait]
impl VisitorDoor for Nobody {
    async fn visitor(&self, _: &Secret) -> Answer<Option<(SiteId, VisitorId)>> {
        Ok(None)
    }
}
