//! The systems outside that a site can be connected to, put together: the list of them, and what they need of the rest of the house.

use crate::app::Parts;
use crate::config::Config;
use crate::post::mail_connection;
use base::{ChatId, SiteId, UploadId};
use content::media::Uploads;
use events::{Job, Listener, chance};
use futures_util::TryStreamExt;
use integrations::connections::{self, Connections, FetchedFile, Files, ForgetLog, Kind};
use integrations::salesforce::{self, ForgetMatches, Salesforce, SalesforceKind};
use integrations::zendesk::{self, Zendesk, ZendeskKind};
use livechat::chat::Matcher;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

/// Connections and the consumers behind them; cheap to clone.
#[derive(Clone)]
pub struct Connected {
    pub connections: Connections,
    salesforce: Salesforce,
    zendesk: Zendesk,
}

impl Connected {
    pub fn new(config: &Config, parts: &Parts, uploads: &Uploads) -> Self {
        let db = &parts.db;
        let files = Arc::new(SentFiles(uploads.clone()));
        let salesforce = SalesforceKind::new(parts.out.clone(), db.clone());
        let zendesk = ZendeskKind::new(parts.out.clone(), db.clock().clone());
        // The whole list of what a site can be connected to.
        let kinds: Vec<Arc<dyn Kind>> = vec![mail_connection(config, parts), Arc::new(salesforce.clone()), Arc::new(zendesk.clone())];
        let connections = Connections::new(db.clone(), chance(), kinds);
        Self {
            salesforce: Salesforce::new(db.clone(), connections.clone(), &salesforce, files.clone()),
            zendesk: Zendesk::new(connections.clone(), &zendesk, files),
            connections,
        }
    }

    /// Who finds out who asks for a chat.
    pub fn matcher(&self) -> Arc<dyn Matcher> {
        Arc::new(CrmMatcher(self.salesforce.clone()))
    }

    pub fn listeners(&self) -> Vec<Listener> {
        [salesforce::listeners(&self.salesforce), zendesk::listeners(&self.zendesk)].concat()
    }

    pub fn jobs(&self) -> Vec<Arc<dyn Job>> {
        vec![Arc::new(ForgetLog(self.connections.clone())), Arc::new(ForgetMatches(self.salesforce.clone()))]
    }

    pub fn routes(&self) -> OpenApiRouter {
        connections::routes(self.connections.clone()).merge(salesforce::routes(self.salesforce.clone()))
    }
}

/// Looks up in Salesforce who asks for a chat.
struct CrmMatcher(Salesforce);

#[async_trait::async_trait]
impl Matcher for CrmMatcher {
    async fn look_up(&self, site: SiteId, chat: ChatId, email: &str) {
        self.0.match_now(site, chat, email).await;
    }
}

/// What people sent in chats, for systems that want it too.
struct SentFiles(Uploads);

#[async_trait::async_trait]
impl Files for SentFiles {
    async fn fetch(&self, site: SiteId, id: UploadId, most: u64) -> Result<Option<FetchedFile>, String> {
        let found = self.0.find(site, id).await.map_err(|err| err.to_string())?;
        let Some(upload) = found.filter(|upload| upload.size <= most) else { return Ok(None) };
        let stream = self.0.open(&upload, None).await.map_err(|err| err.to_string())?;
        let bytes = stream.try_fold(Vec::new(), |mut all, piece| async move {
            all.extend_from_slice(&piece);
            Ok(all)
        });
        let bytes = bytes.await.map_err(|err| err.to_string())?;
        Ok(Some(FetchedFile { name: upload.name, media_type: upload.media_type, bytes: bytes.into() }))
    }
}
