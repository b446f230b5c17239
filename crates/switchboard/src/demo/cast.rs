//! The demo's staff: made once, then at their desks.

use super::script::{DEPARTMENTS, Line, PLAYERS, begun_with};
use anyhow::Context;
use serde_json::{Value, json};
use sim::{Agent, Door, SimError, Socket};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

/// The password of every player, so that a curious person can sign in as one of them.
pub const PASSWORD: &str = "demo-demo-demo";

/// Departments and users, and the latter at their consoles. For a house that has neither.
pub async fn hire(door: &Door, admin: &Agent) -> anyhow::Result<Vec<Agent>> {
    let mut departments = Vec::new();
    for (place, (name, description)) in DEPARTMENTS.into_iter().enumerate() {
        let body = json!({ "name": name, "description": description, "members": [], "is_default": place == 0 });
        let made = admin.post("/v1/departments", &body).await?;
        departments.push(made["id"].clone());
    }
    let roles = admin.get("/v1/roles").await?;
    let role = roles["items"].as_array().into_iter().flatten().find(|role| role["built_in"] == "agent").context("a role for agents")?;
    let mut agents = Vec::new();
    for player in &PLAYERS {
        let body = json!({
            "email": player.email, "name": player.name, "role_id": role["id"], "chat_limit": player.limit, "accepts_chats": true,
            "departments": player.departments.iter().map(|n| &departments[*n]).collect::<Vec<_>>(),
        });
        let made = admin.post("/v1/users", &body).await?;
        let token = made["link"].as_str().and_then(|link| link.rsplit('#').next()).context("an invitation")?;
        let agent = Agent::by_link(door, token).await?;
        agent.put("/v1/me/password", &json!({ "new": PASSWORD })).await?;
        agents.push(agent);
    }
    Ok(agents)
}

/// The ids of the departments, in the order of the script.
pub async fn departments(agent: &Agent) -> anyhow::Result<Vec<Value>> {
    let all = agent.get("/v1/departments").await?;
    let id_of = |name: &str| all["items"].as_array().into_iter().flatten().find(|item| item["name"] == name).map(|item| item["id"].clone());
    DEPARTMENTS.iter().map(|(name, _)| id_of(name).with_context(|| format!("a department {name}"))).collect()
}

pub async fn sign_in(door: &Door) -> anyhow::Result<Vec<Agent>> {
    let all = PLAYERS.iter().map(|player| Agent::by_password(door, player.email, PASSWORD));
    Ok(futures_util::future::try_join_all(all).await?)
}

/// Says a line of the script.
pub async fn say(agent: &Agent, chat: &str, line: Line) -> Result<Value, SimError> {
    match line.file {
        Some(file) => agent.show(chat, Uuid::new_v4(), file.name, file.media_type, file.bytes, line.text).await,
        None => agent.say(chat, Uuid::new_v4(), line.text).await,
    }
}

/// Sits at a desk for ever: answers the visitors who are given to this agent, at a person's pace.
pub async fn answer_all(agent: Agent, pause: Duration) {
    loop {
        if let Err(err) = sit(&agent, pause).await {
            tracing::debug!(%err, "a demo agent lost the server and tries again");
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

async fn sit(agent: &Agent, pause: Duration) -> Result<(), SimError> {
    let mut socket = agent.connect(&json!({ "desk": null })).await?;
    agent.go_online().await?;
    let mut followed = BTreeSet::new();
    loop {
        for card in running(agent).await? {
            let Some(chat) = card["id"].as_str() else { continue };
            if followed.insert(chat.to_owned()) {
                socket.send(&json!({ "op": "follow", "topic": format!("chat:{chat}"), "cursor": null })).await?;
            }
            if card["last"]["from"] == "visitor" {
                answer(agent, &mut socket, &card, chat, pause).await?;
            }
        }
        listen(&mut socket).await?;
    }
}

/// Waits for news, a second at most; the desk is looked at again either way.
async fn listen(socket: &mut Socket) -> Result<(), SimError> {
    match socket.next_within(Duration::from_secs(1)).await {
        Ok(_) => Ok(()),
        Err(SimError::Late(_)) => socket.send(&json!({ "op": "ping", "seqs": {} })).await,
        Err(err) => Err(err),
    }
}

async fn running(agent: &Agent) -> Result<Vec<Value>, SimError> {
    Ok(agent.get("/v1/desk").await?["chats"].as_array().cloned().unwrap_or_default())
}

async fn answer(agent: &Agent, socket: &mut Socket, card: &Value, chat: &str, pause: Duration) -> Result<(), SimError> {
    let said = agent.get(&format!("/v1/chats/{chat}/messages?after_seq=0&limit=200")).await?;
    let Some(line) = next_line(&said) else { return Ok(()) };
    socket.send(&json!({ "op": "read", "chat": chat, "seq": card["seq"] })).await?;
    socket.send(&json!({ "op": "typing", "chat": chat, "on": true, "text": null })).await?;
    tokio::time::sleep(pause).await;
    match say(agent, chat, line).await {
        // The visitor left, or somebody took the chat over, in the meantime.
        Err(SimError::Refused { status: 403 | 404 | 409, .. }) => Ok(()),
        done => done.map(drop),
    }
}

/// What is said to visitors who are in no script.
const TO_STRANGERS: [&str; 2] = [
    "您好,这里是演示商店,我是一位模拟客服。Hello! This is the demo shop, and I am a simulated agent.",
    "收到 👍 您可以在工作台里以客服身份亲自回复。Got it! In the console you can answer as an agent yourself.",
];

/// The agent's next line after what was said, if it is his turn.
fn next_line(said: &Value) -> Option<Line> {
    let messages = || said["items"].as_array().into_iter().flatten().filter(|entry| entry["kind"] == "message");
    let from = |who: &'static str| messages().filter(move |entry| entry["from"]["kind"] == who);
    let (asked, answered) = (from("visitor").count(), from("agent").count());
    let first = from("visitor").next()?["text"].as_str().unwrap_or_default();
    let line = match begun_with(first) {
        Some(scene) => scene.lines.get(answered * 2 + 1).copied(),
        None => TO_STRANGERS.get(answered).map(|text| Line { text, file: None }),
    };
    line.filter(|_| asked > answered)
}
