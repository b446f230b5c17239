//! The week before: some hundred chats, played in seconds on a clock that is moved.

use super::cast::{self, hire};
use super::script::{BROWSERS, DEPARTMENTS, PLAYERS, REFERRERS, SCENES, Scene};
use crate::App;
use crate::config::Config;
use crate::serve::accept;
use anyhow::Context;
use base::{Clock, ManualClock, SystemClock, Timestamp};
use serde_json::{Value, json};
use sim::{Agent, Door, Visitor};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

const CHATS: u32 = 98;
const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Plays it into the data of `config`, unless that was done before.
pub async fn play(mut config: Config) -> anyhow::Result<()> {
    config.limits.enabled = false;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let clock = Arc::new(ManualClock::at(SystemClock.now().minus(WEEK)));
    // Another number than the served node's, so that no id of the past meets one of the present.
    config.node.id = 1_023;
    config.root.public_url = Some(url.clone());
    let app = App::open_with(config, &url, clock.clone(), true).await?;
    let Some(link) = app.first_start().await? else { return Ok(()) };
    let (closing, connections) = (CancellationToken::new(), TaskTracker::new());
    // Nothing works behind the doors: to what the clock wakes, a person who pauses for a minute would be long gone.
    let serving = tokio::spawn(accept(listener, app.routes(), closing.clone(), connections));
    let played = tell(&url, &link, &clock).await;
    app.modules.livechat.visitors.flush().await?;
    closing.cancel();
    app.modules.drain().await;
    serving.abort();
    played
}

async fn tell(url: &str, link: &str, clock: &ManualClock) -> anyhow::Result<()> {
    let door = Door::new(url)?;
    let token = link.rsplit('#').next().context("a sign-in link")?;
    let admin = Agent::by_link(&door, token).await?;
    hire(&door, &admin).await?;
    let shop = Stage { door: door.clone(), clock, departments: departments(&admin).await? };
    let step = WEEK / (CHATS + 2);
    let began = clock.now();
    for n in 0..CHATS {
        clock.set(began.plus(step * n).max(clock.now()));
        let scene = &SCENES[n as usize * 7 % SCENES.len()];
        // Now and then nobody was there.
        let nobody = n % 17 == 9;
        shop.play(scene, admin.site, n as usize, nobody).await.with_context(|| format!("chat {n} of the past"))?;
    }
    Ok(())
}

async fn departments(admin: &Agent) -> anyhow::Result<Vec<Value>> {
    let all = admin.get("/v1/departments").await?;
    let id_of = |name: &str| all["items"].as_array().into_iter().flatten().find(|item| item["name"] == name).map(|item| item["id"].clone());
    DEPARTMENTS.iter().map(|(name, _)| id_of(name).with_context(|| format!("a department {name}"))).collect()
}

struct Stage<'a> {
    door: Door,
    clock: &'a ManualClock,
    departments: Vec<Value>,
}

impl Stage<'_> {
    async fn play(&self, scene: &Scene, site: i64, n: usize, nobody: bool) -> anyhow::Result<()> {
        let able: Vec<usize> = (0..PLAYERS.len()).filter(|k| PLAYERS[*k].departments.contains(&scene.department)).collect();
        let page = json!({
            "url": format!("{}/demo{}", self.door.base(), scene.page.0), "title": scene.page.1, "referrer": REFERRERS[n % REFERRERS.len()],
        });
        let browser = BROWSERS[n % BROWSERS.len()];
        let visitor = Visitor::arrive_as(&self.door, site, 1, &page, scene.language, scene.time_zone, browser).await?;
        let form = json!({ "name": scene.visitor, "email": scene.email, "department": self.departments[scene.department] });
        if nobody {
            visitor.ask(&form, Some(scene.lines[0])).await?;
            return Ok(());
        }
        // Signed in anew each time: between two chats lie hours.
        let agent = Agent::by_password(&self.door, PLAYERS[able[n % able.len()]].email, cast::PASSWORD).await?;
        let desk = agent.connect(&json!({})).await?;
        agent.go_online().await?;
        let state = visitor.ask(&form, Some(scene.lines[0])).await?;
        let chat = state["id"].as_str().with_context(|| format!("a chat in {state}"))?;
        if state["status"] == "waiting" {
            self.pass(9);
            agent.post(&format!("/v1/chats/{chat}/accept"), &json!({})).await?;
        }
        for (place, line) in scene.lines.iter().enumerate().skip(1) {
            self.pass(14 + (n as u64 * 13 + place as u64 * 29) % 60);
            if place % 2 == 1 {
                agent.say(chat, Uuid::new_v4(), line).await?;
            } else {
                visitor.say(Uuid::new_v4(), line).await?;
            }
        }
        self.pass(20);
        if n % 5 == 2 {
            agent.post(&format!("/v1/chats/{chat}/end"), &json!({})).await?;
        } else {
            visitor.end().await?;
        }
        if let Some((grade, comment)) = scene.grade.filter(|_| n % 4 != 3) {
            visitor.rate(grade, comment).await?;
        }
        agent.put("/v1/desk/status", &json!({ "status": "offline" })).await?;
        drop(desk);
        Ok(())
    }

    fn pass(&self, seconds: u64) {
        let now: Timestamp = self.clock.now();
        self.clock.set(now.plus(Duration::from_secs(seconds)));
    }
}
