//! Calls to Salesforce: a token that is kept until it is refused, one fresh token and one repeat then.

use super::auth;
use super::refusal::{Failed, token_refused};
use super::settings::Settings;
use crate::outside::encoded;
use crate::connections::Trouble;
use base::{SharedClock, SiteId, Timestamp};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use sockets::http_out::{HttpOut, OutAnswer, OutRequest};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);
/// The description of a large object has megabytes.
const KEEP: usize = 16 * 1024 * 1024;

/// What a sign-in gave us.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Token {
    access: String,
    /// Where this organisation lives.
    pub instance: String,
}

/// The way to Salesforce for all sites; cheap to clone.
#[derive(Clone)]
pub(super) struct Client {
    out: Arc<dyn HttpOut>,
    clock: SharedClock,
    tokens: Arc<Mutex<HashMap<SiteId, Token>>>,
}

/// An answer that says yes.
pub(super) struct Answer {
    pub body: Value,
    pub limits: Option<String>,
}

impl Client {
    pub fn new(out: Arc<dyn HttpOut>, clock: SharedClock) -> Self {
        Self { out, clock, tokens: Arc::default() }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A connection of one site.
    pub fn on<'a>(&'a self, site: SiteId, settings: &'a Settings) -> Org<'a> {
        Org { client: self, site, settings }
    }

    pub fn forget(&self, site: SiteId) {
        self.tokens().remove(&site);
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, HashMap<SiteId, Token>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One organisation as one site sees it.
#[derive(Clone, Copy)]
pub(super) struct Org<'a> {
    client: &'a Client,
    pub site: SiteId,
    pub settings: &'a Settings,
}

impl Org<'_> {
    /// The token that is kept, or a fresh one.
    pub async fn token(&self) -> Result<Token, Failed> {
        let kept = self.client.tokens().get(&self.site).cloned();
        match kept {
            Some(token) => Ok(token),
            None => self.sign_in().await,
        }
    }

    pub async fn sign_in(&self) -> Result<Token, Failed> {
        let form = auth::form(self.settings, self.client.now()).map_err(|why| Failed::surely(Trouble::Account(why)))?;
        let mut request = OutRequest::post(format!("{}/services/oauth2/token", self.settings.login()), form);
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request.timeout = PATIENCE;
        // Nothing was changed over there, whatever came of it.
        let answer = self.client.out.send(request).await.map_err(|err| Failed { unsure: false, ..Failed::unanswered(&err) })?;
        if answer.status != 200 {
            return Err(token_refused(&answer, self.asked(&answer)));
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let (Some(access), Some(instance)) = (body["access_token"].as_str(), body["instance_url"].as_str()) else {
            return Err(Failed::surely(Trouble::Account("the answer to signing in holds no token".into())));
        };
        let token = Token { access: access.to_owned(), instance: instance.trim_end_matches('/').to_owned() };
        self.client.tokens().insert(self.site, token.clone());
        Ok(token)
    }

    /// A path below `/services/data/vNN.0`.
    pub fn path(&self, rest: &str) -> String {
        format!("/services/data/{}{rest}", self.settings.api_version)
    }

    pub async fn get(&self, rest: &str) -> Result<Answer, Failed> {
        self.call(Method::GET, rest, None).await
    }

    pub async fn post(&self, rest: &str, body: &Value) -> Result<Answer, Failed> {
        self.call(Method::POST, rest, Some(body)).await
    }

    /// The records that a query finds, up to its first page.
    pub async fn query(&self, soql: &str) -> Result<Vec<Value>, Failed> {
        let answer = self.get(&format!("/query?q={}", encoded(soql))).await?;
        Ok(answer.body["records"].as_array().cloned().unwrap_or_default())
    }

    pub async fn call(&self, method: Method, rest: &str, body: Option<&Value>) -> Result<Answer, Failed> {
        let token = self.token().await?;
        let refused = match self.send(&token, &method, rest, body).await {
            Err(refused) if refused.status == 401 => refused,
            other => return other,
        };
        // The session is over. Somebody else may have a new one by now; otherwise get one. Once: the second refusal is final.
        tracing::debug!(site = %self.site, why = %refused.trouble, "a session with Salesforce is over");
        let kept = self.client.tokens().get(&self.site).cloned().filter(|kept| *kept != token);
        let fresh = match kept {
            Some(fresh) => fresh,
            None => self.sign_in().await?,
        };
        let again = self.send(&fresh, &method, rest, body).await;
        if again.as_ref().is_err_and(|err| err.status == 401) {
            self.client.forget(self.site);
        }
        again
    }

    async fn send(&self, token: &Token, method: &Method, rest: &str, body: Option<&Value>) -> Result<Answer, Failed> {
        let mut headers = HeaderMap::new();
        let bearer = HeaderValue::from_str(&format!("Bearer {}", token.access));
        headers.insert(AUTHORIZATION, bearer.map_err(|_| Failed::surely(Trouble::Account("the token cannot be sent".into())))?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request = OutRequest {
            method: method.clone(),
            url: format!("{}{}", token.instance, self.path(rest)),
            headers,
            body: body.map(|body| Bytes::from(body.to_string())).unwrap_or_default(),
            timeout: PATIENCE,
            keep: KEEP,
        };
        let answer = self.client.out.send(request).await.map_err(|err| Failed::unanswered(&err))?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if (200..300).contains(&answer.status) {
            let limits = answer.headers.get("sforce-limit-info").and_then(|value| value.to_str().ok()).map(str::to_owned);
            return Ok(Answer { body, limits });
        }
        Err(Failed::answered(answer.status, &body, self.asked(&answer)))
    }

    fn asked(&self, answer: &OutAnswer) -> Option<Duration> {
        let text = answer.headers.get(RETRY_AFTER)?.to_str().ok()?;
        crate::outside::retry_after(text, self.client.now())
    }
}
