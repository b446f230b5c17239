//! Who may call, as a type in the handler's signature.

use crate::{Answer, Door, Grant, Problem};
use axum::extract::FromRequestParts;
use base::{Actor, Caller, SessionId, UserId, VisitorId};
use http::request::Parts;
use std::marker::PhantomData;
use std::ops::Deref;

/// The cookie of the console.
pub const SESSION_COOKIE: &str = "sb_session";

macro_rules! derefs_to_caller {
    ($($name:ident $(<$param:ident: $bound:ident>)?),*) => {$(
        impl$(<$param: $bound>)? Deref for $name$(<$param>)? {
            type Target = Caller;
            fn deref(&self) -> &Caller {
                &self.0
            }
        }
    )*};
}

derefs_to_caller!(Agent<P: Grant>, Staff, SignedIn, Superadmin, Visitor);

/// A user or an API key with permission `P` on the site of the request.
#[derive(Clone, Debug)]
pub struct Agent<P: Grant>(pub Caller, pub PhantomData<P>);

impl<S: Send + Sync, P: Grant> FromRequestParts<S> for Agent<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let caller = Door::of(&parts.extensions)?.staff(parts).await?.caller;
        if !caller.may(P::PERMISSION) {
            return Err(Problem::denied(format!("this needs the permission {}", P::PERMISSION)));
        }
        Ok(Self(caller, PhantomData))
    }
}

/// A user or an API key of the site, whatever they may.
#[derive(Clone, Debug)]
pub struct Staff(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        Ok(Self(Door::of(&parts.extensions)?.staff(parts).await?.caller))
    }
}

/// A user with a console session: for what concerns the person, not the site.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Caller, pub UserId, pub SessionId);

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let pass = Door::of(&parts.extensions)?.staff(parts).await?;
        match (pass.caller.actor, pass.session) {
            (Actor::User(user), Some(session)) => Ok(Self(pass.caller, user, session)),
            _ => Err(Problem::denied("this is for people who signed in, not for API keys")),
        }
    }
}

/// Somebody who stands above all sites.
#[derive(Clone, Debug)]
pub struct Superadmin(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for Superadmin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let caller = Door::of(&parts.extensions)?.staff(parts).await?.caller;
        if !caller.superadmin {
            return Err(Problem::denied("this is for the administrators of the installation"));
        }
        Ok(Self(caller))
    }
}

/// A visitor, by the token of the widget.
#[derive(Clone, Debug)]
pub struct Visitor(pub Caller, pub VisitorId);

/// A visitor, or somebody who has no token yet. A forged or expired token is still refused.
#[derive(Clone, Debug)]
pub struct OptionalVisitor(pub Option<Visitor>);

impl<S: Send + Sync> FromRequestParts<S> for OptionalVisitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let found = Door::of(&parts.extensions)?.visitor(parts).await?;
        Ok(Self(found.and_then(|caller| match caller.actor {
            Actor::Visitor(visitor) => Some(Visitor(caller, visitor)),
            _ => None,
        })))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let OptionalVisitor(found) = OptionalVisitor::from_request_parts(parts, state).await?;
        found.ok_or_else(Problem::unauthenticated)
    }
}

/// Does the browser speak https to us, itself or through a trusted proxy?
#[derive(Clone, Copy, Debug)]
pub struct Secure(pub bool);

impl<S: Send + Sync> FromRequestParts<S> for Secure {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        Ok(Self(Door::of(&parts.extensions)?.is_secure(parts)))
    }
}

/// The header value that gives a browser its session, or with `None` takes it away.
pub fn session_cookie(session: Option<(&base::Secret, std::time::Duration)>, Secure(secure): Secure) -> String {
    let flags = if secure { "; Secure" } else { "" };
    let (value, age) = session.map_or(("", 0), |(secret, age)| (secret.reveal(), age.as_secs()));
    format!("{SESSION_COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{flags}")
}
