//! From a request's papers to a pass, once a request.

use super::{Door, StaffPass};
use crate::{Answer, Bucket, Problem, SESSION_COOKIE, same_origin};
use axum::extract::ConnectInfo;
use base::{Actor, Caller, Digest, Secret, SiteId};
use http::request::Parts;
use http::{HeaderMap, Method, header};
use std::net::SocketAddr;

/// Kept among the request's extensions, so that one look-up and one count serve all who ask.
#[derive(Clone)]
struct VisitorPass(Caller);

impl Door {
    /// The staff's entrance: API key or cookie.
    pub(crate) async fn staff(&self, parts: &mut Parts) -> Answer<StaffPass> {
        if let Some(pass) = parts.extensions.get::<StaffPass>() {
            return Ok(pass.clone());
        }
        let site = wanted_site(&parts.headers)?;
        let found = match bearer(&parts.headers) {
            Some(key) if key.starts_with("sbk_") => self.keepers.staff.api_key(&Digest::of(key), site).await?,
            Some(_) => None,
            None => match cookie(&parts.headers) {
                Some(value) => {
                    same_origin::check_write(parts, &self.settings.origins)?;
                    self.keepers.staff.session(&Digest::of(value), site).await?
                }
                None => None,
            },
        };
        let pass = found.ok_or_else(Problem::unauthenticated)?;
        match pass.caller.actor {
            Actor::ApiKey(key) => self.limits.check(Bucket::ApiKey, &key.to_string())?,
            Actor::User(user) => self.limits.check(Bucket::User, &user.to_string())?,
            Actor::Visitor(_) | Actor::System => {}
        }
        self.welcome(&pass.caller)?;
        parts.extensions.insert(pass.clone());
        Ok(pass)
    }

    /// The visitors' entrance: their token. None when no token was sent.
    pub(crate) async fn visitor(&self, parts: &mut Parts) -> Answer<Option<Caller>> {
        if let Some(VisitorPass(caller)) = parts.extensions.get::<VisitorPass>() {
            return Ok(Some(caller.clone()));
        }
        let Some(token) = bearer(&parts.headers) else { return Ok(None) };
        if !token.starts_with("sbv_") {
            return Err(Problem::unauthenticated());
        }
        let found = self.keepers.visitors.visitor(&Secret::from(token.to_owned())).await?;
        let (site, visitor) = found.ok_or_else(Problem::unauthenticated)?;
        if parts.method != Method::GET {
            self.limits.check(Bucket::VisitorWrite, &visitor.to_string())?;
        }
        let caller = Caller::visitor(site, visitor);
        self.welcome(&caller)?;
        parts.extensions.insert(VisitorPass(caller.clone()));
        Ok(Some(caller))
    }

    /// Whoever it is, if anybody: for those who only want to tell callers apart.
    pub(crate) async fn anybody(&self, parts: &mut Parts) -> Option<Caller> {
        if bearer(&parts.headers).is_some_and(|token| token.starts_with("sbv_")) {
            return self.visitor(parts).await.ok().flatten();
        }
        self.staff(parts).await.ok().map(|pass| pass.caller)
    }

    pub(crate) fn is_secure(&self, parts: &Parts) -> bool {
        let proxies = &self.settings.trusted_proxies;
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
        let believed = peer.is_some_and(|peer| proxies.iter().any(|network| network.holds(peer)));
        let told = parts.headers.get("x-forwarded-proto").is_some_and(|value| value == "https");
        self.settings.secure || (believed && told)
    }

    fn welcome(&self, caller: &Caller) -> Answer<()> {
        let span = tracing::Span::current();
        span.record("site", caller.site.0);
        span.record("caller", tracing::field::debug(caller.actor));
        self.limits.check(Bucket::Site, &caller.site.to_string())
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    Some(if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { "" })
}

pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == SESSION_COOKIE && !value.is_empty())
        .map(|(_, value)| value)
}

fn wanted_site(headers: &HeaderMap) -> Answer<Option<SiteId>> {
    let Some(value) = headers.get("switchboard-site") else { return Ok(None) };
    let site = value.to_str().ok().and_then(|text| text.parse().ok());
    site.map(Some).ok_or_else(|| Problem::invalid("Switchboard-Site", "should be the number of a site"))
}
