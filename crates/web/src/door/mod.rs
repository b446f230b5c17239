//! What all requests share, and the order of what they pass on their way in.

mod keepers;
mod layers;
mod passage;

pub use keepers::{Doorkeepers, Nobody, StaffDoor, StaffPass, VisitorDoor};

use crate::{Answer, Idempotency, LimitSettings, Limits, Network, Problem};
use axum::{Extension, Router, middleware};
use http::Extensions;
use sockets::Db;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How the door is set.
#[derive(Clone, Debug)]
pub struct DoorSettings {
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<Network>,
    /// The console's own origins besides the `Host` of the request (`https://desk.example`).
    pub origins: Vec<String>,
    /// The public address is https: cookies are `Secure`, browsers are told to stay with https.
    pub secure: bool,
    pub limits: LimitSettings,
    /// How long a request may take.
    pub patience: Duration,
    /// Ends of route templates that may take longer, as uploads on a bad line and long-polls do.
    pub slow: Vec<(String, Duration)>,
    /// Requests served at once; more are sent away with 503. Slow routes are not counted.
    pub at_once: usize,
}

impl Default for DoorSettings {
    fn default() -> Self {
        let slow = [("/uploads", 600), ("/poll", 90)];
        Self {
            trusted_proxies: Vec::new(),
            origins: Vec::new(),
            secure: false,
            limits: LimitSettings::default(),
            patience: Duration::from_secs(30),
            slow: slow.map(|(end, seconds)| (end.to_owned(), Duration::from_secs(seconds))).into(),
            at_once: 4_096,
        }
    }
}

/// Stands in front of all routes; extractors find it among the request's extensions.
pub struct Door {
    pub settings: DoorSettings,
    pub keepers: Doorkeepers,
    pub limits: Limits,
    pub idempotency: Idempotency,
    pub(crate) places: Semaphore,
    pub(crate) minter: base::Minter,
}

impl Door {
    pub fn new(db: Db, settings: DoorSettings, keepers: Doorkeepers) -> Arc<Self> {
        Arc::new(Self {
            limits: Limits::new(&settings.limits),
            places: Semaphore::new(settings.at_once),
            minter: db.minter().clone(),
            idempotency: Idempotency::new(db),
            settings,
            keepers,
        })
    }

    pub(crate) fn of(extensions: &Extensions) -> Answer<Arc<Self>> {
        extensions.get::<Arc<Self>>().cloned().ok_or_else(|| {
            tracing::error!("a route is served without the door in front of it");
            Problem::new(base::Kind::Broken, "something went wrong on our side; tell us the request id")
        })
    }

    /// Puts the door in front of routes (and of their fallback). From outside in: request id, log and metrics · panics · headers ·
    /// places and time · addresses · idempotency · the route.
    pub fn fit(self: &Arc<Self>, routes: Router) -> Router {
        let door = || self.clone();
        routes
            .layer(middleware::from_fn_with_state(door(), crate::idempotency::once))
            .layer(middleware::from_fn_with_state(door(), layers::address))
            .layer(middleware::from_fn_with_state(door(), layers::places_and_time))
            .layer(middleware::from_fn_with_state(door(), crate::headers::secure))
            .layer(middleware::from_fn(layers::methods))
            .layer(middleware::from_fn(layers::panics))
            .layer(middleware::from_fn_with_state(door(), layers::record))
            .layer(Extension(door()))
    }
}

/// A fallback for paths that nobody serves.
pub async fn no_such_path() -> Problem {
    Problem::missing("there is nothing at this path")
}
