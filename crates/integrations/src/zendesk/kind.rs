use super::client::Client;
use super::consumer::KIND;
use super::settings::Settings;
use crate::connections::{Kind, Steps};
use base::{Invalid, SharedClock, SiteId};
use serde_json::Value;
use sockets::http_out::HttpOut;
use std::sync::Arc;

/// Zendesk in the list of what a site can be connected to.
#[derive(Clone)]
pub struct ZendeskKind {
    pub(super) client: Client,
    out: Arc<dyn HttpOut>,
}

impl ZendeskKind {
    pub fn new(out: Arc<dyn HttpOut>, clock: SharedClock) -> Self {
        Self { client: Client::new(out.clone(), clock), out }
    }
}

#[async_trait::async_trait]
impl Kind for ZendeskKind {
    fn name(&self) -> &'static str {
        KIND
    }

    fn secrets(&self) -> &'static [&'static str] {
        &["api_token", "oauth_token"]
    }

    fn destination(&self, settings: &Value) -> Value {
        settings["url"].clone()
    }

    fn check(&self, settings: &Value) -> Result<(), Invalid> {
        let settings = Settings::read(settings)?;
        self.out.vet(settings.base()).map_err(|err| Invalid::new("settings.url", err.to_string()))
    }

    async fn test(&self, site: SiteId, settings: &Value) -> Steps {
        let mut steps = Steps::default();
        let read = Settings::read(settings);
        let Some(settings) = steps.note("settings", read.map(|settings| (settings, "they are complete".to_owned()))) else { return steps };
        let account = self.client.on(site, &settings);
        let me = account.get("/users/me").await.map_err(|failed| failed.trouble.words().to_owned());
        let me = me.and_then(|answer| {
            let user = &answer.body["user"];
            // Whom Zendesk does not know it calls anonymous, with a friendly 200.
            let known = user["id"].as_i64().is_some();
            let role = user["role"].as_str().unwrap_or_default().to_owned();
            match (known, role.as_str()) {
                (true, "agent" | "admin") => Ok((answer.limit, format!("signed in as {} ({role})", user["name"].as_str().unwrap_or_default()))),
                (true, _) => Err(format!("the account's role is {role:?}; an agent or an administrator is needed")),
                (false, _) => Err("Zendesk does not know these credentials".to_owned()),
            }
        });
        let Some(limit) = steps.note("sign_in", me) else { return steps };
        steps.note("limits", Ok::<_, String>(((), limit.unwrap_or_else(|| "the interface answers".to_owned()))));
        let tickets = account.get("/tickets?page[size]=1").await.map_err(|failed| failed.trouble);
        if steps.note("tickets", tickets.map(|_| ((), "may be read".to_owned()))).is_none() {
            return steps;
        }
        if let Some(group) = settings.group_id {
            let found = account.get(&format!("/groups/{group}")).await.map_err(|failed| failed.trouble);
            steps.note("group", found.map(|answer| ((), answer.body["group"]["name"].as_str().unwrap_or_default().to_owned())));
        }
        steps
    }

    fn changed(&self, site: SiteId) {
        self.client.forget(site);
    }
}
