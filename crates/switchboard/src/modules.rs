//! The modules of the house, one line each: tables, routes, what hears events, what the clock wakes, what works by itself.

use crate::app::Parts;
use crate::chores;
use crate::config::Config;
use crate::connected::Connected;
use crate::ops::GuardedFloor;
use crate::post::Post;
use crate::trails::WebhookTrail;
use axum::Router;
use content::media::{self, Uploads};
use events::{Job, Listener, Pipeline, Subscriptions, chance};
use integrations::webhook::{ForgetDeliveries, Sender, SenderOptions, Webhooks};
use integrations::{console, webhook};
use livechat::visitors::{Geo, SweepSettings};
use livechat::{Deps, Livechat, Patience};
use people::identity::Identity;
use realtime::{Hub, RealtimeOptions};
use reporting::ledger::{self, Ledger, LedgerRooms, ReplayJob, Replays, Retention};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use web::{Doorkeepers, Idempotency, OriginPolicy, doc, widget_cors};

/// Tables, each list owned by its module.
pub const MIGRATIONS: &[sockets::Migrations] = &[
    web::migrations,
    events::migrations,
    adapters::broker::migrations,
    people::migrations,
    content::migrations,
    integrations::migrations,
    reporting::migrations,
    livechat::migrations,
];

/// How long sockets have to move elsewhere.
const MOVE: Duration = Duration::from_secs(3);

/// The services that the roof and its tools speak to.
#[derive(Clone)]
pub struct Modules {
    pub identity: Identity,
    pub uploads: Uploads,
    pub webhooks: Webhooks,
    pub connected: Connected,
    pub post: Post,
    pub livechat: Livechat,
    pub hub: Arc<Hub>,
    pub ledger: LedgerRooms,
    idempotency: Idempotency,
}

impl Modules {
    pub fn new(config: &Config, parts: &Parts) -> anyhow::Result<Self> {
        let db = &parts.db;
        let identity = Identity::new(db.clone(), config.session_spans());
        let uploads = Uploads::new(db.clone(), parts.blob.clone());
        let webhooks = Webhooks::new(db.clone(), parts.out.clone());
        let connected = Connected::new(config, parts, &uploads);
        let post = Post::new(config, parts, &identity, &uploads, &connected.connections);
        let ledger = Ledger::open(db.clone(), Subscriptions::new(db.clone(), parts.brokers.data.clone()), vec![Arc::new(WebhookTrail(webhooks.clone()))]);
        let replays = Replays::new(ledger.clone(), parts.brokers.data.clone());
        let ledger = LedgerRooms { ledger, replays, retention: Retention::new(db.clone(), config.archive.days) };
        let livechat = livechat::open(Deps {
            db: db.clone(),
            live: parts.live.clone(),
            identity: identity.clone(),
            uploads: uploads.clone(),
            matcher: connected.matcher(),
            letters: post.letters(),
            geo: config.geoip.file.as_deref().map_or_else(|| Ok(Geo::none()), Geo::open)?,
            public: config.root.public_url.as_ref().map(|_| parts.public_url.to_string()),
            node: config.node_name(),
            patience: Patience::default(),
            sweep: SweepSettings::default(),
            storage_full: parts.disk.changes(),
        });
        let floor = Arc::new(GuardedFloor::new(livechat.floor(), parts.disk.clone()));
        let hub = Hub::new(parts.live.clone(), floor, RealtimeOptions::default());
        let idempotency = Idempotency::new(db.clone());
        Ok(Self { identity, uploads, webhooks, connected, post, livechat, hub, ledger, idempotency })
    }

    /// Who opens the door for whom.
    pub fn keepers(&self) -> Doorkeepers {
        let staff = Arc::new(self.identity.clone());
        let visitors = Arc::new(self.livechat.visitors.clone());
        Doorkeepers::nobody().with_staff(staff).with_visitors(visitors)
    }

    /// What hears events.
    fn listeners(&self) -> Vec<Listener> {
        let mut listeners = webhook::listeners(&self.webhooks);
        listeners.extend(self.connected.listeners());
        listeners.extend(self.post.listeners());
        listeners.push(ledger::listener(&self.ledger.ledger));
        listeners
    }

    /// What the clock wakes.
    fn jobs(&self) -> Vec<Arc<dyn Job>> {
        let mut jobs = self.livechat.jobs();
        jobs.push(Arc::new(ForgetDeliveries(self.webhooks.clone())));
        jobs.extend(self.connected.jobs());
        jobs.extend(self.post.jobs());
        jobs.push(Arc::new(ReplayJob(self.ledger.replays.clone())));
        jobs.push(Arc::new(chores::ForgetKeys(self.idempotency.clone())));
        jobs.push(Arc::new(chores::ForgetSessions(self.identity.clone())));
        jobs.push(Arc::new(chores::WidgetForEachSite(self.clone())));
        jobs
    }

    /// What goes on besides answering requests, until `stop`.
    pub fn work(&self, parts: &Parts, config: &Config, tasks: &mut JoinSet<()>, stop: &CancellationToken) {
        let disk = parts.disk.clone();
        let pipeline = Pipeline::new(parts.db.clone(), parts.outbox.clone(), parts.brokers.main.clone(), config.node_name())
            .brokers(parts.brokers.clone())
            .notices(parts.notices.clone())
            .room(Arc::new(move || disk.room()))
            .consumers(self.listeners())
            .jobs(self.jobs())
            .plans(vec![Arc::new(chores::ForgetAtNight { identity: self.identity.clone(), retention: self.ledger.retention.clone() })])
            .later(self.post.later(&parts.notices));
        let sender = Sender::new(self.webhooks.clone(), config.node_name(), chance(), SenderOptions::default());
        let stopped = stop.clone();
        tasks.spawn(async move {
            if let Err(err) = pipeline.run(stopped).await {
                tracing::error!(error = ?err, "events are not carried");
            }
        });
        tasks.spawn(sender.run(stop.clone()));
        tasks.spawn(self.post.clone().take_mail(stop.clone()));
        until(stop, tasks, self.hub.clone().run());
        until(stop, tasks, self.livechat.clone().tend());
        until(stop, tasks, chores::tell_of_full_disk(self.clone(), parts.clone()));
        until(stop, tasks, chores::tell_notices(self.clone(), parts.clone()));
        until(stop, tasks, webhook::raise_alarms(self.webhooks.clone(), parts.notices.clone()));
    }

    /// Tells those who are connected to go elsewhere.
    pub async fn drain(&self) {
        self.hub.drain(MOVE).await;
    }
}

/// Work that holds nothing and may be dropped.
fn until(stop: &CancellationToken, tasks: &mut JoinSet<()>, work: impl Future<Output = ()> + Send + 'static) {
    let stop = stop.clone();
    tasks.spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = work => {}
        }
    });
}

/// All routes with their document.
pub fn routes(modules: &Modules, parts: &Parts) -> (Router, OpenApi) {
    let disk = parts.disk.clone();
    let post = console::Post::new(&parts.db, &parts.brokers, &parts.outbox, &parts.notices, Arc::new(move || disk.room()));
    let origins = modules.livechat.origins();
    let all: Vec<OpenApiRouter> = vec![
        modules.identity.routes(),
        modules.livechat.console_routes(),
        cross_origin(modules.livechat.widget_routes(), &origins),
        cross_origin(realtime::routes(modules.hub.clone()), &origins),
        media::routes(modules.uploads.clone()),
        webhook::routes(modules.webhooks.clone()),
        modules.connected.routes(),
        modules.post.routes(),
        console::routes(post),
        ledger::routes(modules.ledger.clone()),
    ];
    doc::openapi("Switchboard", env!("CARGO_PKG_VERSION"), all)
}

/// For pages of other origins that carry a widget. Which page may carry which widget is decided by the visit.
fn cross_origin(routes: OpenApiRouter, origins: &Arc<dyn OriginPolicy>) -> OpenApiRouter {
    let (router, document) = routes.split_for_parts();
    let mut wrapped = OpenApiRouter::from(widget_cors(router, origins.clone()));
    *wrapped.get_openapi_mut() = document;
    wrapped
}
