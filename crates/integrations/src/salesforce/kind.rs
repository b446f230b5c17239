use super::client::Client;
use super::consumer::KIND;
use super::describe::Descriptions;
use super::settings::Settings;
use crate::connections::{Kind, Steps};
use base::{Invalid, SiteId};
use serde_json::{Value, json};
use sockets::Db;
use sockets::http_out::HttpOut;
use std::sync::Arc;

/// Salesforce in the list of what a site can be connected to.
#[derive(Clone)]
pub struct SalesforceKind {
    pub(super) client: Client,
    pub(super) descriptions: Descriptions,
    out: Arc<dyn HttpOut>,
}

impl SalesforceKind {
    /// `db` keeps what Salesforce exchanges the refresh token for.
    pub fn new(out: Arc<dyn HttpOut>, db: Db) -> Self {
        Self { client: Client::new(out.clone(), db), descriptions: Descriptions::default(), out }
    }
}

#[async_trait::async_trait]
impl Kind for SalesforceKind {
    fn name(&self) -> &'static str {
        KIND
    }

    fn secrets(&self) -> &'static [&'static str] {
        &["client_secret", "private_key", "refresh_token"]
    }

    fn destination(&self, settings: &Value) -> Value {
        let audience = settings["audience"].as_str().filter(|audience| !audience.is_empty());
        json!([settings["login_url"], audience])
    }

    fn check(&self, settings: &Value) -> Result<(), Invalid> {
        let settings = Settings::read(settings)?;
        self.out.vet(settings.login()).map_err(|err| Invalid::new("settings.login_url", err.to_string()))
    }

    async fn test(&self, site: SiteId, settings: &Value) -> Steps {
        let mut steps = Steps::default();
        let read = Settings::read(settings);
        let Some(settings) = steps.note("settings", read.map(|settings| (settings, "they are complete".to_owned()))) else { return steps };
        let org = self.client.on(site, &settings);
        let signed_in = org.sign_in().await.map_err(|failed| failed.trouble);
        let signed_in = signed_in.map(|token| {
            let detail = format!("signed in at {}", token.instance);
            (token, detail)
        });
        if steps.note("sign_in", signed_in).is_none() {
            return steps;
        }
        let limits = org.get("/limits").await.map_err(|failed| failed.trouble);
        let limits = limits.map(|answer| ((), answer.limits.unwrap_or_else(|| "the interface answers".to_owned())));
        if steps.note("limits", limits).is_none() {
            return steps;
        }
        self.descriptions.forget(site);
        for (step, object) in [("case", "Case"), ("task", "Task"), ("contact", "Contact"), ("lead", "Lead")] {
            let known = self.descriptions.of(&org, object, self.client.now()).await.map_err(|failed| failed.trouble);
            let Some(known) = steps.note(step, known.map(|known| (known, "may be read".to_owned()))) else { return steps };
            let field = settings.external_id_field.as_str();
            if field.is_empty() || !matches!(object, "Case" | "Task") {
                continue;
            }
            let there = match known.field(field) {
                Some(found) if found.external_id && found.createable => Ok(((), format!("{object}.{field} tells one chat from another"))),
                Some(_) => Err(format!("{object}.{field} is no external id that we may write; make it one (unique text) or leave the setting empty")),
                None => Err(format!("{object} has no field {field}; add it (unique external id, text of 64) or leave the setting empty")),
            };
            if steps.note("external_id", there).is_none() {
                return steps;
            }
        }
        steps
    }

    fn changed(&self, site: SiteId) {
        self.client.forget(site);
        self.descriptions.forget(site);
    }
}
