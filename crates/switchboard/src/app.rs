//! The house, opened: parts, modules, routes, and what works behind them.

use crate::config::Config;
use crate::modules::Modules;
use crate::ops::{DiskWatch, Health, Metrics, refuse_when_full};
use crate::{assets, brokers, modules, ops};
use anyhow::Context;
use axum::{Router, middleware};
use base::{Minter, SharedClock, SystemClock};
use events::{Brokers, Notices, TableOutbox};
use secrecy::ExposeSecret;
use sockets::blob::Blob;
use sockets::http_out::HttpOut;
use sockets::live::LiveState;
use sockets::mailer::Mailer;
use sockets::{Db, DbOptions};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;
use web::{Door, DoorSettings, LimitSettings};

/// What fills the ports, chosen by the configuration.
#[derive(Clone)]
pub struct Parts {
    pub db: Db,
    pub outbox: TableOutbox,
    pub brokers: Brokers,
    pub notices: Notices,
    pub live: Arc<dyn LiveState>,
    pub blob: Arc<dyn Blob>,
    pub out: Arc<dyn HttpOut>,
    pub mailer: Arc<dyn Mailer>,
    pub disk: Arc<DiskWatch>,
    /// The address that people see, without a slash at its end.
    pub public_url: Arc<str>,
}

/// A node of the product, ready to be served.
pub struct App {
    pub config: Config,
    pub parts: Parts,
    pub modules: Modules,
    pub health: Arc<Health>,
    pub metrics: Metrics,
    pub openapi: OpenApi,
    routes: Router,
    stop: CancellationToken,
}

impl App {
    /// Opens the parts, brings the schema up to date, and puts the modules together. Nothing works yet: see [`App::work`].
    ///
    /// `public_url` is the address that is listened on, for when none is configured.
    pub async fn open(config: Config, public_url: &str) -> anyhow::Result<Self> {
        Self::open_with(config, public_url, Arc::new(SystemClock), false).await
    }

    /// With a clock of the caller's own, and with the pages of the demo shop.
    pub async fn open_with(config: Config, public_url: &str, clock: SharedClock, with_demo: bool) -> anyhow::Result<Self> {
        // A second call finds it installed, which is as well.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let metrics = Metrics::start();
        let parts = open_parts(&config, public_url, clock).await?;
        parts.db.migrate(modules::MIGRATIONS).await.context("the database schema could not be brought up to date")?;
        let modules = Modules::new(&config, &parts)?;
        let (routes, openapi) = modules::routes(&modules, &parts);
        let health = Arc::new(Health::new(parts.db.clone(), parts.live.clone(), parts.brokers.clone(), parts.disk.clone()));
        let document: Arc<str> = openapi.to_json().context("the OpenAPI document cannot be written")?.into();
        let door = Door::new(parts.db.clone(), door_settings(&config, &parts), modules.keepers());
        let routes = routes
            .layer(middleware::from_fn_with_state(parts.disk.clone(), refuse_when_full))
            .merge(assets::routes(with_demo))
            .merge(ops::health_routes(health.clone()))
            .merge(crate::assets::openapi_route(document))
            .fallback_service(assets::fallback(parts.db.minter().clone()));
        let routes = door.fit(routes);
        Ok(Self { config, parts, modules, health, metrics, openapi, routes, stop: CancellationToken::new() })
    }

    pub fn routes(&self) -> Router {
        self.routes.clone()
    }

    pub fn admin_routes(&self) -> Router {
        ops::admin_routes(self.health.clone(), self.metrics.clone())
    }

    /// Everything that goes on besides answering requests. It ends when the token of [`App::stopper`] is cancelled.
    pub fn work(&self) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let disk = self.parts.disk.clone();
        let metrics = self.metrics.clone();
        self.while_open(&mut tasks, async move { disk.run().await });
        self.while_open(&mut tasks, async move {
            loop {
                tokio::time::sleep(Duration::from_secs(5)).await;
                metrics.upkeep();
            }
        });
        self.modules.work(&self.parts, &self.config, &mut tasks, &self.stop);
        tasks
    }

    fn while_open(&self, tasks: &mut JoinSet<()>, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = work => {}
            }
        });
    }

    /// Cancelled when the node closes.
    pub fn stopper(&self) -> CancellationToken {
        self.stop.clone()
    }
}

async fn open_parts(config: &Config, public_url: &str, clock: SharedClock) -> anyhow::Result<Parts> {
    let data = &config.root.data;
    std::fs::create_dir_all(data).with_context(|| format!("the data folder {} cannot be made", data.display()))?;
    let outbox = TableOutbox::new();
    let minter = Minter::new(clock.clone(), config.node.id);
    let options = DbOptions { connections: config.database.connections, ..DbOptions::new(config.database_url()) };
    let db = Db::open(&options, Arc::new(outbox.clone()), clock, minter, config.node_name())
        .await
        .context("the database cannot be opened")?;
    let live = open_live(config, &db).await?;
    let brokers = brokers::open(config, &db).await?;
    let notices = Notices::new(db.clone());
    let blob = adapters::blob::folder(&config.blob_folder()).context("the folder of files cannot be opened")?;
    let out = adapters::http_out::ReqwestOut::new(adapters::http_out::OutOptions { allow_private: config.webhooks.allow_private })?;
    let mailer = Arc::new(adapters::mailer::SmtpMailer::new(mailer_options(config)?));
    let disk = Arc::new(DiskWatch::new(data.clone(), config.limits.free_disk_mib));
    let public_url = config.root.public_url.as_deref().unwrap_or(public_url).trim_end_matches('/').into();
    Ok(Parts { db, outbox, brokers, notices, live, blob, out: Arc::new(out), mailer, disk, public_url })
}

fn mailer_options(config: &Config) -> anyhow::Result<adapters::mailer::MailerOptions> {
    let authority = config.mail.authority.as_ref().map(|path| std::fs::read(path).with_context(|| format!("{} cannot be read", path.display())));
    Ok(adapters::mailer::MailerOptions {
        allow_private: config.mail.allow_private,
        authorities: authority.transpose()?.into_iter().collect(),
        hello: config.mail_from().map_or_else(|| "localhost".to_owned(), |from| from.domain().to_owned()),
        ..adapters::mailer::MailerOptions::default()
    })
}

async fn open_live(config: &Config, db: &Db) -> anyhow::Result<Arc<dyn LiveState>> {
    use adapters::live::{MemoryLive, RedisLive, RedisLiveOptions};
    Ok(match &config.redis.url {
        None => Arc::new(MemoryLive::new(db.clock().clone(), db.minter().clone())),
        Some(url) => {
            let options = RedisLiveOptions { prefix: config.redis.prefix.clone(), ..RedisLiveOptions::new(url.expose_secret()) };
            Arc::new(RedisLive::open(&options, db.clock().clone(), db.minter().clone()).await.context("Redis cannot be reached")?)
        }
    })
}

fn door_settings(config: &Config, parts: &Parts) -> DoorSettings {
    let given = &config.limits;
    let limits = if given.enabled {
        LimitSettings {
            sign_in_address: given.sign_in_address,
            sign_in_email: given.sign_in_email,
            new_visitor: given.new_visitor,
            visitor_write: given.visitor_write,
            user: given.user,
            api_key: given.api_key,
            address: given.address,
            site: given.site,
        }
    } else {
        LimitSettings::off()
    };
    let mut origins = config.root.origins.clone();
    origins.push(parts.public_url.to_string());
    DoorSettings {
        trusted_proxies: config.root.trusted_proxies.iter().map(|network| network.1).collect(),
        origins,
        secure: parts.public_url.starts_with("https://"),
        limits,
        patience: Duration::from_secs(given.request_seconds.into()),
        at_once: given.requests as usize,
        ..DoorSettings::default()
    }
}
