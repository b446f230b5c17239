//! The demo's visitors: they come, look around, some ask, and they go.

use super::script::{BROWSERS, PAGES, REFERRERS, SCENES, Scene};
use rand::RngExt;
use serde_json::{Value, json};
use sim::{Door, SimError, Visitor};
use std::time::Duration;
use uuid::Uuid;

/// Where the crowd goes.
#[derive(Clone)]
pub struct Shop {
    pub door: Door,
    pub site: i64,
    pub widget: i64,
}

impl Shop {
    fn page(&self, path: &str, title: &str, referrer: &str) -> Value {
        json!({ "url": format!("{}/demo{path}", self.door.base()), "title": title, "referrer": referrer })
    }
}

/// One visitor after another, for ever; each stays a minute or two.
pub async fn wander(shop: Shop) {
    loop {
        if let Err(err) = visit(&shop).await {
            tracing::debug!(%err, "a demo visitor could not stay");
        }
        nap(1..12).await;
    }
}

async fn nap(seconds: std::ops::Range<u64>) {
    let millis = rand::rng().random_range(seconds.start * 1_000..seconds.end * 1_000);
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

fn one_of<T>(list: &[T]) -> &T {
    &list[rand::rng().random_range(0..list.len())]
}

async fn visit(shop: &Shop) -> Result<(), SimError> {
    let scene = one_of(&SCENES);
    let chinese = scene.language.starts_with("zh");
    let (path, zh, en) = *one_of(&PAGES);
    let page = shop.page(path, if chinese { zh } else { en }, one_of::<&str>(&REFERRERS));
    let visitor = Visitor::arrive_as(&shop.door, shop.site, shop.widget, &page, scene.language, scene.time_zone, one_of::<&str>(&BROWSERS)).await?;
    let asks = rand::rng().random_bool(0.5);
    let pages = rand::rng().random_range(2..6);
    for _ in 0..pages {
        nap(4..14).await;
        visitor.heartbeat().await?;
        let (path, zh, en) = *one_of(&PAGES);
        visitor.go_to(&shop.page(path, if chinese { zh } else { en }, "")).await?;
    }
    if asks { talk(&visitor, scene).await } else { Ok(()) }
}

/// Plays the visitor's part of a scene: speaks, waits for each answer, ends, and rates.
async fn talk(visitor: &Visitor, scene: &Scene) -> Result<(), SimError> {
    let form = json!({ "name": scene.visitor, "email": scene.email });
    let state = visitor.ask(&form, Some(scene.lines[0])).await?;
    if state["status"] == "offline" {
        return Ok(());
    }
    for (place, line) in scene.lines.iter().enumerate().skip(2).step_by(2) {
        if !answered(visitor, place / 2).await? {
            break;
        }
        nap(2..7).await;
        visitor.say(Uuid::new_v4(), line).await?;
    }
    answered(visitor, scene.lines.len() / 2).await?;
    nap(2..7).await;
    visitor.end().await?;
    if let Some((grade, comment)) = scene.grade {
        visitor.rate(grade, comment).await?;
    }
    Ok(())
}

/// Waits until agents have said so many messages; gives up after two minutes.
async fn answered(visitor: &Visitor, times: usize) -> Result<bool, SimError> {
    for _ in 0..120 {
        let said = visitor.messages(0).await?;
        let entries = said["items"].as_array().cloned().unwrap_or_default();
        let count = entries.iter().filter(|e| e["kind"] == "message" && e["from"]["kind"] == "agent").count();
        if count >= times {
            return Ok(true);
        }
        if entries.iter().any(|e| e["kind"] == "ended") {
            return Ok(false);
        }
        visitor.heartbeat().await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(false)
}
