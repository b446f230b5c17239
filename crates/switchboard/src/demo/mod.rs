//! `switchboard demo`: the product with a play in it.
//!
//! A tea shop whose pages carry the widget, six agents, a week of chats and tickets that were, and visitors who come, ask, wait, send
//! pictures and go. Everything that happens goes over the public protocol; the past is played before the doors open, on a clock that is
//! moved. Nothing of it needs a network: the visitors' towns come from a small map of its own, and the webhooks lead to the shop itself.

mod cast;
mod crowd;
mod office;
mod past;
mod script;
mod street;

pub use past::play as play_the_past;
pub use street::Known;

use crate::config::{Config, NetworkText};
use anyhow::Context;
use crowd::Shop;
use sim::Door;
use std::sync::Arc;
use std::time::Duration;
use street::Street;

/// The address of the administrator that a first start makes.
pub const ADMIN: &str = "admin@localhost";

/// How many visitors are on the shop's pages at a time.
const CROWD: usize = 28;
/// How many of the first ones ask at once, so that there is something to see.
const EAGER: usize = 18;

/// What a person takes to type an answer.
const TYPING: Duration = Duration::from_millis(3_200);

/// Documentation addresses, by town; made with `mmdb_writer`.
const PLACES: &[u8] = include_bytes!("files/places.mmdb");

/// What the play needs besides the defaults: the whole crowd comes from this machine, and tells from where; webhooks lead to it.
pub fn prepare(config: &mut Config) -> anyhow::Result<()> {
    config.limits.enabled = false;
    config.webhooks.allow_private = true;
    for here in ["127.0.0.1", "::1"] {
        let network = here.parse().map_err(anyhow::Error::msg)?;
        config.root.trusted_proxies.push(NetworkText(here.to_owned(), network));
    }
    if config.geoip.file.is_none() {
        let file = config.root.data.join("places.mmdb");
        std::fs::create_dir_all(&config.root.data).and_then(|()| std::fs::write(&file, PLACES)).context("the demo's map cannot be written")?;
        config.geoip.file = Some(file);
    }
    Ok(())
}

/// Where the demo's webhooks lead, at the server's own address.
pub fn hooks(url: &str) -> String {
    format!("{url}/demo/hooks")
}

/// Lets agents and visitors act on the server at `url`, until the process ends. `pages` is where people see the shop.
pub async fn play(url: &str, pages: &str, known: Known) -> anyhow::Result<()> {
    let door = Door::new(url)?;
    let agents = cast::sign_in(&door).await?;
    let first = agents.first().context("an agent")?.clone();
    let departments = cast::departments(&first).await?;
    for agent in agents {
        tokio::spawn(cast::answer_all(agent, TYPING));
    }
    let street = Arc::new(Street::with(known));
    let shop = Shop { door, site: first.site, widget: 1, pages: pages.into(), departments: departments.into(), street };
    for n in 0..CROWD {
        tokio::spawn(crowd::wander(shop.clone(), n < EAGER));
    }
    tokio::spawn(office::tend(first));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::App;
    use crate::serve::accept;
    use base::SystemClock;
    use serde_json::Value;
    use sim::Agent;
    use std::collections::BTreeSet;
    use tokio_util::sync::CancellationToken;
    use tokio_util::task::TaskTracker;

    fn words(list: &Value, of: impl Fn(&Value) -> &Value) -> BTreeSet<String> {
        list["items"].as_array().into_iter().flatten().filter_map(|one| of(one).as_str().map(str::to_owned)).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_past_has_pages_that_open_towns_files_tickets_and_webhooks() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config::default();
        config.root.data = folder.path().to_owned();
        prepare(&mut config).expect("is prepared");
        let known = play_the_past(config.clone(), "https://shop.example", "http://127.0.0.1:9/demo/hooks").await.expect("is played");
        assert_eq!(known.len(), script::PEOPLE.len());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let app = App::open_with(config, &url, Arc::new(SystemClock), true).await.expect("opens");
        let link = app.link_for(ADMIN).await.expect("a link");
        let closing = CancellationToken::new();
        tokio::spawn(accept(listener, app.routes(), closing.clone(), TaskTracker::new()));
        let door = Door::new(&url).expect("a client");
        let admin = Agent::by_link(&door, link.rsplit('#').next().expect("a token")).await.expect("signs in");
        let chats = admin.get("/v1/chats?limit=200").await.expect("chats");
        assert_eq!(words(&chats, |chat| &chat["status"]), ["ended", "offline"].map(str::to_owned).into());
        assert!(words(&chats, |chat| &chat["visitor"]["page"]["url"]).iter().all(|url| url.starts_with("https://shop.example/demo/")));
        assert!(words(&chats, |chat| &chat["visitor"]["country"]).len() > 8);
        assert_eq!(words(&chats, |chat| &chat["department"]["name"]).len(), script::DEPARTMENTS.len());
        let tickets = admin.get("/v1/tickets?limit=100").await.expect("tickets");
        let states = ["new", "on_hold", "open", "pending", "solved"].map(str::to_owned).into();
        assert_eq!(words(&tickets, |ticket| &ticket["status"]), states);
        assert_eq!(words(&admin.get("/v1/webhooks").await.expect("webhooks"), |hook| &hook["url"]).len(), 2);
        let mut files = 0;
        for id in words(&chats, |chat| &chat["id"]) {
            let said = admin.get(&format!("/v1/chats/{id}/messages")).await.expect("messages");
            files += words(&said, |entry| &entry["upload"]["name"]).len();
        }
        assert!(files > 5, "{files} files");
        closing.cancel();
    }
}
