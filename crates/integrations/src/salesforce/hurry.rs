//! Who asks for a chat is looked up while they wait.

use super::Salesforce;
use super::consumer::KIND;
use super::matching;
use super::settings::Settings;
use crate::connections::Trouble;
use base::{ChatId, SiteId};
use serde_json::Value;
use std::time::Duration;

/// The visitor waits: what is not known by then is looked up once the chat has begun.
const AT_ONCE: Duration = Duration::from_millis(1_200);

impl Salesforce {
    /// Looks up whoever asks for this chat and keeps what is found for the desk. It never fails, takes no longer than a moment, and
    /// no time at all while Salesforce is slow or being left alone; then [`ChatCreated`](events::catalog::ChatCreated) has it done.
    pub async fn match_now(&self, site: SiteId, chat: ChatId, email: &str) {
        let Some(settings) = self.connections().settings_at_once(site, KIND).await else { return };
        if self.hurry.wait(&site, self.now()).is_some() {
            return;
        }
        let went = tokio::time::timeout(AT_ONCE, self.match_kept(site, &chat.to_string(), email, &settings)).await;
        let in_time = !matches!(went, Err(_) | Ok(Err(Trouble::Failing(..))));
        self.hurry.note(&site, in_time, self.now());
        match went {
            Ok(Ok(())) => {}
            Ok(Err(trouble)) => tracing::debug!(%site, %chat, %trouble, "whoever asks could not be looked up"),
            Err(_) => tracing::debug!(%site, %chat, "Salesforce did not say in time who asks"),
        }
    }

    async fn match_kept(&self, site: SiteId, chat: &str, email: &str, settings: &Value) -> Result<(), Trouble> {
        let settings = Settings::read(settings).map_err(|err| Trouble::Account(err.to_string()))?;
        if !settings.match_before_chat {
            return Ok(());
        }
        let matched = matching::look_up(&self.client.on(site, &settings), email).await.map_err(|failed| failed.trouble)?;
        Ok(matching::keep(&self.db, site, chat, &matched).await?)
    }
}
