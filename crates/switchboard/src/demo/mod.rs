//! `switchboard demo`: the product with a play in it.
//!
//! A tea shop whose pages carry the widget, six agents, a week of chats that were, and visitors who come, ask and go. Everything
//! that happens goes over the public protocol; the past is played before the doors open, on a clock that is moved.

mod cast;
mod crowd;
mod past;
mod script;

pub use past::play as play_the_past;

use crowd::Shop;
use sim::Door;
use std::time::Duration;

/// The address of the administrator that a first start makes.
pub const ADMIN: &str = "admin@localhost";

/// How many visitors are on the shop's pages at a time.
const CROWD: usize = 14;

/// What a person takes to type an answer.
const TYPING: Duration = Duration::from_millis(2_500);

/// Lets agents and visitors act on the server at `url`, until the process ends.
pub async fn play(url: &str) -> anyhow::Result<()> {
    let door = Door::new(url)?;
    let agents = cast::sign_in(&door).await?;
    let site = agents.first().map_or(1, |agent| agent.site);
    for agent in agents {
        tokio::spawn(cast::answer_all(agent, TYPING));
    }
    let shop = Shop { door, site, widget: 1 };
    for _ in 0..CROWD {
        tokio::spawn(crowd::wander(shop.clone()));
    }
    Ok(())
}
