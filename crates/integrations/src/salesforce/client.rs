//! Calls to Salesforce: a token that is kept until it is refused, one fresh token and one repeat then.

use super::auth;
use super::consumer::KIND;
use super::refusal::{Failed, token_refused};
use super::settings::{Flow, RefreshToken, Settings};
use crate::connections::{Trouble, exchange_secret, kept_secret};
use crate::outside::encoded;
use base::{Digest, SiteId, Timestamp};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use sockets::Db;
use sockets::http_out::{HttpOut, OutAnswer, OutRequest};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);
/// The description of a large object has megabytes.
const KEEP: usize = 16 * 1024 * 1024;

/// Its name among the settings, and in answers.
const REFRESH_TOKEN: &str = "refresh_token";

/// What a sign-in gave us.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Token {
    access: String,
    /// Where this organisation lives.
    pub instance: String,
}

/// Tokens by site, each with the fingerprint of the settings that it was got with: they may be saved anew on another node.
type Tokens = HashMap<SiteId, (Digest, Token)>;

/// The way to Salesforce for all sites; cheap to clone.
#[derive(Clone)]
pub(super) struct Client {
    out: Arc<dyn HttpOut>,
    db: Db,
    tokens: Arc<Mutex<Tokens>>,
    /// Of each site one signs in and the others wait for its token: a refresh token may be good for one time only.
    doors: Arc<Mutex<HashMap<SiteId, Door>>>,
}

type Door = Arc<tokio::sync::Mutex<()>>;

/// An answer that says yes.
pub(super) struct Answer {
    pub body: Value,
    pub limits: Option<String>,
}

impl Client {
    pub fn new(out: Arc<dyn HttpOut>, db: Db) -> Self {
        Self { out, db, tokens: Arc::default(), doors: Arc::default() }
    }

    pub fn now(&self) -> Timestamp {
        self.db.clock().now()
    }

    /// A connection of one site.
    pub fn on<'a>(&'a self, site: SiteId, settings: &'a Settings) -> Org<'a> {
        Org { client: self, site, settings }
    }

    pub fn forget(&self, site: SiteId) {
        self.tokens().remove(&site);
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn door(&self, site: SiteId) -> Door {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner).entry(site).or_default().clone()
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
        match self.kept() {
            Some(token) => Ok(token),
            None => self.fresh(None).await,
        }
    }

    fn kept(&self) -> Option<Token> {
        let tokens = self.client.tokens();
        let (with, token) = tokens.get(&self.site)?;
        (*with == self.settings.fingerprint()).then(|| token.clone())
    }

    /// Another token than the one that is over: somebody else may have it by now.
    async fn fresh(&self, over: Option<&Token>) -> Result<Token, Failed> {
        let door = self.client.door(self.site);
        let _turn = door.lock().await;
        match self.kept().filter(|kept| Some(kept) != over) {
            Some(token) => Ok(token),
            None => self.get_token().await,
        }
    }

    pub async fn sign_in(&self) -> Result<Token, Failed> {
        let door = self.client.door(self.site);
        let _turn = door.lock().await;
        self.get_token().await
    }

    async fn get_token(&self) -> Result<Token, Failed> {
        let refresh = self.refresh_token().await?;
        let failed = match self.ask_for_token(&refresh).await {
            Err(failed) if matches!(failed.trouble, Trouble::Account(_)) => failed,
            other => return other,
        };
        // Another node may have exchanged it while we asked.
        let newer = self.refresh_token().await?;
        if newer == refresh { Err(failed) } else { self.ask_for_token(&newer).await }
    }

    /// The newest that the one in our settings was exchanged for.
    async fn refresh_token(&self) -> Result<RefreshToken, Failed> {
        let ours = &self.settings.refresh_token;
        if self.settings.flow != Flow::RefreshToken {
            return Ok(ours.clone());
        }
        let kept = kept_secret(&self.client.db, self.site, KIND, REFRESH_TOKEN).await.map_err(|err| Failed::surely(err.into()))?;
        let kept = kept.and_then(|kept| serde_json::from_value::<RefreshToken>(kept).ok());
        Ok(kept.filter(|kept| kept.told() == ours.told()).unwrap_or_else(|| ours.clone()))
    }

    async fn ask_for_token(&self, refresh: &RefreshToken) -> Result<Token, Failed> {
        let form = auth::form(self.settings, refresh, self.client.now()).map_err(|why| Failed::surely(Trouble::Account(why)))?;
        let mut request = OutRequest::post(format!("{}/services/oauth2/token", self.settings.login()), form);
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request.timeout = PATIENCE;
        // Nothing was changed over there, whatever came of it.
        let answer = self.client.out.send(request).await.map_err(|err| Failed { unsure: false, ..Failed::unanswered(&err) })?;
        if answer.status != 200 {
            return Err(token_refused(&answer, self.asked(&answer)));
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if let Some(next) = body[REFRESH_TOKEN].as_str().filter(|next| self.settings.flow == Flow::RefreshToken && *next != refresh.token()) {
            self.exchange(refresh, next).await;
        }
        let (Some(access), Some(instance)) = (body["access_token"].as_str(), body["instance_url"].as_str()) else {
            return Err(Failed::surely(Trouble::Account("the answer to signing in holds no token".into())));
        };
        let token = Token { access: access.to_owned(), instance: instance.trim_end_matches('/').to_owned() };
        self.client.tokens().insert(self.site, (self.settings.fingerprint(), token.clone()));
        Ok(token)
    }

    async fn exchange(&self, old: &RefreshToken, next: &str) {
        let value = |token: &RefreshToken| serde_json::to_value(token).expect("a token is plain JSON");
        let kept = exchange_secret(&self.client.db, self.site, KIND, REFRESH_TOKEN, &value(old), value(&old.exchanged(next))).await;
        if let Err(err) = kept {
            // The session works all the same; the next sign-in will not.
            tracing::error!(site = %self.site, error = %err, "a new refresh token of Salesforce could not be kept");
        }
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
        // The session is over. Once: the second refusal is final.
        tracing::debug!(site = %self.site, why = %refused.trouble, "a session with Salesforce is over");
        let fresh = self.fresh(Some(&token)).await?;
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
