//! The week before: some hundred chats and a dozen tickets, played in seconds on a clock that is moved.

use super::crowd::{Shop, say};
use super::office;
use super::script::{LETTERS, NOBODY_HERE, PEOPLE, PLAYERS, REFERRERS, Scene, WHOLESALE, scenes};
use super::street::{Known, Street};
use super::cast;
use crate::App;
use crate::config::Config;
use crate::serve::accept;
use anyhow::Context;
use base::{Clock, ManualClock, SystemClock, Timestamp};
use serde_json::{Value, json};
use sim::{Agent, Door};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const CHATS: u32 = 96;
const HOUR: Duration = Duration::from_secs(3_600);
const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Sessions end when they are not used for longer than this, with room to spare.
const SEEN_EVERY: usize = 4;

/// Plays it into the data of `config`, unless that was done before. `pages` is where the shop will be seen, `hooks` where it hears of
/// events. Answers who is known from then.
pub async fn play(mut config: Config, pages: &str, hooks: &str) -> anyhow::Result<Known> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let clock = Arc::new(ManualClock::at(SystemClock.now().minus(WEEK)));
    // Another number than the served node's, so that no id of the past meets one of the present.
    config.node.id = 1_023;
    config.root.public_url = Some(url.clone());
    let app = App::open_with(config, &url, clock.clone(), true).await?;
    let Some(link) = app.first_start().await? else { return Ok(Known::new()) };
    let (closing, connections) = (CancellationToken::new(), TaskTracker::new());
    // Nothing works behind the doors: to what the clock wakes, a person who pauses for a minute would be long gone.
    let serving = tokio::spawn(accept(listener, app.routes(), closing.clone(), connections));
    let played = tell(&url, &link, &clock, pages, hooks).await;
    app.modules.livechat.visitors.flush().await?;
    closing.cancel();
    app.modules.drain().await;
    serving.abort();
    played
}

/// What happened, in the order it did.
enum Act {
    Chat(usize),
    Opens(usize),
    Answers(usize, usize),
}

/// Everything of the week by its time, counted from the week's beginning.
fn acts() -> Vec<(Duration, Act)> {
    let chats = (0..CHATS).map(|n| (WEEK / (CHATS + 2) * n, Act::Chat(n as usize)));
    let mut all: Vec<(Duration, Act)> = chats.collect();
    for (n, letter) in LETTERS.iter().enumerate() {
        let opened = WEEK - HOUR * u32::try_from(letter.hours_ago).unwrap_or(0);
        all.push((opened, Act::Opens(n)));
        all.extend(letter.steps.iter().enumerate().map(|(k, step)| (opened + Duration::from_secs(step.after_minutes * 60), Act::Answers(n, k))));
    }
    all.sort_by_key(|(at, _)| *at);
    all
}

async fn tell(url: &str, link: &str, clock: &ManualClock, pages: &str, hooks: &str) -> anyhow::Result<Known> {
    let door = Door::new(url)?;
    let token = link.rsplit('#').next().context("a sign-in link")?;
    let admin = Agent::by_link(&door, token).await?;
    let agents = cast::hire(&door, &admin).await?;
    let departments = cast::departments(&admin).await?;
    office::furnish(&admin, hooks).await?;
    let shop = Shop { door, site: admin.site, widget: 1, pages: pages.into(), departments: departments.into(), street: Arc::new(Street::default()) };
    let mut stage = Stage { shop, clock, agents, known: Known::new(), tickets: vec![Value::Null; LETTERS.len()] };
    let began = clock.now();
    for (at, act) in acts() {
        clock.set(began.plus(at).max(clock.now()));
        match act {
            Act::Chat(n) => stage.chat(n).await.with_context(|| format!("chat {n} of the past"))?,
            Act::Opens(n) => stage.tickets[n] = office::open(&stage.agents[0], &stage.shop, &LETTERS[n]).await?["id"].clone(),
            Act::Answers(n, k) => {
                let step = &LETTERS[n].steps[k];
                office::answer(&stage.agents[step.player], &stage.tickets[n], step).await?;
            }
        }
    }
    Ok(stage.known)
}

struct Stage<'a> {
    shop: Shop,
    clock: &'a ManualClock,
    agents: Vec<Agent>,
    known: Known,
    /// Their numbers, in the order of the script.
    tickets: Vec<Value>,
}

impl Stage<'_> {
    async fn chat(&mut self, n: usize) -> anyhow::Result<()> {
        if n.is_multiple_of(SEEN_EVERY) {
            futures_util::future::try_join_all(self.agents.iter().map(|agent| agent.get("/v1/session"))).await?;
        }
        // Thirteen has no factor with forty, so that everybody comes before somebody comes again.
        let place = n * 13 % PEOPLE.len();
        let person = &PEOPLE[place];
        let page = self.shop.page(person, n, REFERRERS[n % REFERRERS.len()]);
        let visitor = self.shop.arrive(person, self.known.get(&place).cloned(), u8::try_from(place)?, &page).await?;
        self.known.insert(place, visitor.token().to_owned());
        if n % 17 == 9 {
            let (zh, en) = WHOLESALE[n % WHOLESALE.len()];
            let text = if person.speaks() == "zh" { zh } else { en };
            visitor.ask(&self.shop.form(person, NOBODY_HERE), Some(text)).await?;
            return Ok(());
        }
        let told = scenes(person.speaks());
        self.talk(&told[n * 5 % told.len()], n, &visitor, &self.shop.form(person, told[n * 5 % told.len()].department)).await
    }

    async fn talk(&self, scene: &Scene, n: usize, visitor: &sim::Visitor, form: &Value) -> anyhow::Result<()> {
        let able: Vec<usize> = (0..PLAYERS.len()).filter(|k| PLAYERS[*k].departments.contains(&scene.department)).collect();
        let agent = &self.agents[able[n % able.len()]];
        let desk = agent.connect(&json!({})).await?;
        agent.go_online().await?;
        let state = visitor.ask(form, Some(scene.lines[0].text)).await?;
        let chat = state["id"].as_str().with_context(|| format!("a chat in {state}"))?;
        if state["status"] == "waiting" {
            self.pass(9);
            agent.post(&format!("/v1/chats/{chat}/accept"), &json!({})).await?;
        }
        for (place, line) in scene.lines.iter().enumerate().skip(1) {
            self.pass(14 + (n as u64 * 13 + place as u64 * 29) % 60);
            if place % 2 == 1 {
                cast::say(agent, chat, *line).await?;
            } else {
                say(visitor, *line).await?;
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
