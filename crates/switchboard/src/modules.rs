//! The modules of the house, one line each: tables, routes, what hears events, what works by itself.

use crate::app::Parts;
use crate::config::Config;
use axum::Router;
use content::media::{self, Uploads};
use events::Pipeline;
use people::identity::{FirstStart, Identity, NewSite};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use web::{Doorkeepers, doc};

/// Tables, each list owned by its module.
pub const MIGRATIONS: &[sockets::Migrations] = &[
    web::migrations,
    events::migrations,
    adapters::broker::migrations,
    people::migrations,
    content::migrations,
];

/// The services that the roof and its tools speak to.
#[derive(Clone)]
pub struct Modules {
    pub identity: Identity,
    pub uploads: Uploads,
}

impl Modules {
    pub fn new(_config: &Config, parts: &Parts) -> anyhow::Result<Self> {
        let identity = Identity::new(parts.db.clone());
        let uploads = Uploads::new(parts.db.clone(), parts.blob.clone());
        Ok(Self { identity, uploads })
    }

    /// Who opens the door for whom.
    pub fn keepers(&self) -> Doorkeepers {
        Doorkeepers::nobody().with_staff(Arc::new(self.identity.clone()))
    }

    /// Routes that are no part of the API's document: sockets.
    pub fn plain_routes(&self) -> Router {
        Router::new()
    }

    /// What goes on besides answering requests, until `stop`.
    pub fn work(&self, parts: &Parts, config: &Config, tasks: &mut JoinSet<()>, stop: &CancellationToken) {
        let pipeline = Pipeline::new(parts.db.clone(), parts.outbox.clone(), parts.broker.clone(), config.node_name());
        let stopped = stop.clone();
        tasks.spawn(async move {
            if let Err(err) = pipeline.run(stopped).await {
                tracing::error!(error = ?err, "events are not carried");
            }
        });
    }

    /// Tells those who are connected to go elsewhere.
    pub async fn drain(&self) {}

    /// On an empty installation: a site, its administrator, and the link that lets this person in, once.
    pub async fn first_start(&self, parts: &Parts) -> anyhow::Result<Option<String>> {
        let chinese = crate::config::speaks_chinese();
        let site = NewSite {
            name: if chinese { "我的网站" } else { "My website" }.to_owned(),
            time_zone: jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned(),
            languages: if chinese { ["zh", "en"] } else { ["en", "zh"] }.map(str::to_owned).to_vec(),
        };
        let name = if chinese { "管理员" } else { "Administrator" };
        let first = FirstStart { email: "admin@localhost".to_owned(), name: name.to_owned(), site };
        let link = self.identity.first_start(first).await?;
        Ok(link.map(|secret| link_with(parts, &secret)))
    }
}

fn link_with(parts: &Parts, secret: &base::Secret) -> String {
    // Behind the hash: browsers do not send it, so it stands in no log.
    format!("{}/link#{}", parts.public_url, secret.reveal())
}

/// All routes with their document.
pub fn routes(modules: &Modules) -> (Router, OpenApi) {
    let all: Vec<OpenApiRouter> = vec![modules.identity.routes(), media::routes(modules.uploads.clone())];
    doc::openapi("Switchboard", env!("CARGO_PKG_VERSION"), all)
}

impl Modules {
    /// A fresh one-time link for the user with this address, on whatever site.
    pub async fn link_for(&self, parts: &Parts, email: &str) -> anyhow::Result<String> {
        let wanted = email.trim();
        let mut sites = base::PageRequest::first(base::PageRequest::MAX);
        loop {
            let page = self.identity.sites.list(&sites).await?;
            for site in &page.items {
                let caller = base::Caller { superadmin: true, ..base::Caller::system(site.id) };
                if let Some(link) = self.link_on(parts, &caller, wanted).await? {
                    return Ok(link);
                }
            }
            match page.next {
                Some(next) => sites.after = Some(next),
                None => anyhow::bail!("there is no user with the address {wanted}"),
            }
        }
    }

    async fn link_on(&self, parts: &Parts, caller: &base::Caller, email: &str) -> anyhow::Result<Option<String>> {
        let mut users = base::PageRequest::first(base::PageRequest::MAX);
        loop {
            let page = self.identity.users.list(caller, &users).await?;
            if let Some(user) = page.items.iter().find(|user| user.email.eq_ignore_ascii_case(email)) {
                let (secret, _) = self.identity.users.new_link(caller, user.id).await?;
                return Ok(Some(link_with(parts, &secret)));
            }
            match page.next {
                Some(next) => users.after = Some(next),
                None => return Ok(None),
            }
        }
    }
}
