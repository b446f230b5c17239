//! The demo's visitors: they come, look around, some ask, and they go. Many come again.

use super::script::{BROWSERS, Line, NOBODY_HERE, PAGES, Person, REFERRERS, WHOLESALE};
use super::street::{Part, Present, Street, Turn};
use rand::RngExt;
use serde_json::{Value, json};
use sim::{Browser, Door, SimError, Visitor};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Who has not been answered for so long goes.
const PATIENCE: u32 = 240;

/// Where the crowd goes.
#[derive(Clone)]
pub struct Shop {
    pub door: Door,
    pub site: i64,
    pub widget: i64,
    /// The address of the shop's pages, as people see it.
    pub pages: Arc<str>,
    /// In the order of the script.
    pub departments: Arc<[Value]>,
    pub street: Arc<Street>,
}

impl Shop {
    /// The page at a place of the script.
    pub fn page(&self, person: &Person, place: usize, referrer: &str) -> Value {
        let (path, zh, en) = PAGES[place % PAGES.len()];
        let title = if person.speaks() == "zh" { zh } else { en };
        json!({ "url": format!("{}/demo{path}", self.pages), "title": title, "referrer": referrer })
    }

    fn any_page(&self, person: &Person, referrer: &str) -> Value {
        self.page(person, rand::rng().random_range(0..PAGES.len()), referrer)
    }

    /// What is asked of whoever wants a chat.
    pub fn form(&self, person: &Person, department: usize) -> Value {
        json!({ "name": person.name, "email": person.email, "department": self.departments[department] })
    }

    pub async fn arrive(&self, person: &Person, token: Option<String>, house: u8, page: &Value) -> Result<Visitor, SimError> {
        let browser = Browser {
            language: person.language.to_owned(),
            time_zone: person.town.time_zone.to_owned(),
            user_agent: BROWSERS[usize::from(house) % BROWSERS.len()].to_owned(),
            address: Some(person.town.address(house)),
            token,
        };
        Visitor::arrive_as(&self.door, self.site, self.widget, page, &browser).await
    }
}

/// One visitor after another, for ever; each stays a minute or two. The first one is `eager` to ask.
pub async fn wander(shop: Shop, mut eager: bool) {
    loop {
        if let Some(present) = shop.street.come()
            && let Err(err) = visit(&shop, &present, eager).await
        {
            tracing::debug!(%err, "a demo visitor could not stay");
        }
        eager = false;
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

async fn visit(shop: &Shop, present: &Present<'_>, eager: bool) -> Result<(), SimError> {
    let person = present.person();
    // The same browser at the same address each time.
    let house = u8::try_from(present.place).unwrap_or_default();
    let page = shop.any_page(person, one_of::<&str>(&REFERRERS));
    let visitor = shop.arrive(person, present.token(), house, &page).await?;
    present.keep(visitor.token());
    let mut left = rand::rng().random_range(2..6);
    while left > 0 {
        nap(if eager { 0..2 } else { 3..10 }).await;
        match shop.street.turn(person.speaks()) {
            Turn::Ask(part) => return talk(shop, &visitor, person, part).await,
            Turn::Write => return write(shop, &visitor, person).await,
            Turn::Browse if eager => {}
            Turn::Browse => left -= 1,
        }
        visitor.heartbeat().await?;
        if !eager {
            visitor.go_to(&shop.any_page(person, "")).await?;
        } else if rand::rng().random_bool(0.1) {
            return Ok(());
        }
    }
    Ok(())
}

async fn write(shop: &Shop, visitor: &Visitor, person: &Person) -> Result<(), SimError> {
    let (zh, en) = *one_of(&WHOLESALE);
    let text = if person.speaks() == "zh" { zh } else { en };
    visitor.ask(&shop.form(person, NOBODY_HERE), Some(text)).await.map(drop)
}

/// Says a line of the script.
pub async fn say(visitor: &Visitor, line: Line) -> Result<Value, SimError> {
    match line.file {
        Some(file) => visitor.show(Uuid::new_v4(), file.name, file.media_type, file.bytes, line.text).await,
        None => visitor.say(Uuid::new_v4(), line.text).await,
    }
}

/// Plays the visitor's part of a scene: speaks, waits for each answer, ends, and rates.
async fn talk(shop: &Shop, visitor: &Visitor, person: &Person, mut part: Part<'_>) -> Result<(), SimError> {
    let scene = part.scene;
    let state = visitor.ask(&shop.form(person, scene.department), Some(scene.lines[0].text)).await?;
    if state["status"] == "offline" {
        return Ok(());
    }
    for (place, line) in scene.lines.iter().enumerate().skip(2).step_by(2) {
        if !answered(visitor, place / 2, &mut part).await? {
            break;
        }
        nap(3..9).await;
        say(visitor, *line).await?;
    }
    answered(visitor, scene.lines.len() / 2, &mut part).await?;
    nap(3..9).await;
    visitor.end().await?;
    if let Some((grade, comment)) = scene.grade {
        visitor.rate(grade, comment).await?;
    }
    Ok(())
}

/// Waits until agents have said so many messages; false when the chat is over or patience is.
async fn answered(visitor: &Visitor, times: usize, part: &mut Part<'_>) -> Result<bool, SimError> {
    for second in 0..PATIENCE {
        let said = visitor.messages(0).await?;
        let entries = said["items"].as_array().cloned().unwrap_or_default();
        if entries.iter().any(|entry| entry["kind"] == "joined") {
            part.was_taken();
        }
        let count = entries.iter().filter(|e| e["kind"] == "message" && e["from"]["kind"] == "agent").count();
        if count >= times {
            return Ok(true);
        }
        if entries.iter().any(|e| e["kind"] == "ended") {
            return Ok(false);
        }
        if second % 10 == 9 {
            visitor.heartbeat().await?;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(false)
}
