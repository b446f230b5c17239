//! How people come in for the first time, or again after they lost their password: by a link that works once.

use crate::App;
use crate::chores;
use base::{Caller, PageRequest, Secret};
use people::identity::{FirstStart, NewSite};

impl App {
    /// On an empty installation: a site with a widget, its administrator, and the link that lets this person in, once.
    pub async fn first_start(&self) -> anyhow::Result<Option<String>> {
        let chinese = crate::config::speaks_chinese();
        let site = NewSite {
            name: if chinese { "我的网站" } else { "My website" }.to_owned(),
            time_zone: jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned(),
            languages: if chinese { ["zh", "en"] } else { ["en", "zh"] }.map(str::to_owned).to_vec(),
        };
        let name = if chinese { "管理员" } else { "Administrator" };
        let first = FirstStart { email: "admin@localhost".to_owned(), name: name.to_owned(), site };
        let link = self.modules.identity.first_start(first).await?;
        chores::widgets_for_sites(&self.modules).await?;
        Ok(link.map(|secret| self.link_with(&secret)))
    }

    /// A fresh one-time link for the user with this address, on whatever site.
    pub async fn link_for(&self, email: &str) -> anyhow::Result<String> {
        let wanted = email.trim();
        let mut sites = PageRequest::first(PageRequest::MAX);
        loop {
            let page = self.modules.identity.sites.list(&sites).await?;
            for site in &page.items {
                let caller = Caller { superadmin: true, ..Caller::system(site.id) };
                if let Some(link) = self.link_on(&caller, wanted).await? {
                    return Ok(link);
                }
            }
            match page.next {
                Some(next) => sites.after = Some(next),
                None => anyhow::bail!("there is no user with the address {wanted}"),
            }
        }
    }

    async fn link_on(&self, caller: &Caller, email: &str) -> anyhow::Result<Option<String>> {
        let mut users = PageRequest::first(PageRequest::MAX);
        loop {
            let page = self.modules.identity.users.list(caller, &users).await?;
            if let Some(user) = page.items.iter().find(|user| user.email.eq_ignore_ascii_case(email)) {
                let (secret, _) = self.modules.identity.users.new_link(caller, user.id).await?;
                return Ok(Some(self.link_with(&secret)));
            }
            match page.next {
                Some(next) => users.after = Some(next),
                None => return Ok(None),
            }
        }
    }

    fn link_with(&self, secret: &Secret) -> String {
        // Behind the hash: browsers do not send it, so it stands in no log.
        format!("{}/link#{}", self.parts.public_url, secret.reveal())
    }
}
