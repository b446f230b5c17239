//! The demo's staff: made once, then at their desks.

use super::script::{DEPARTMENTS, PLAYERS, SCENES, Scene};
use anyhow::Context;
use serde_json::{Value, json};
use sim::{Agent, Door, Socket};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use uuid::Uuid;

/// The password of every player, so that a curious person can sign in as one of them.
pub const PASSWORD: &str = "demo-demo-demo";

/// Departments and users, unless an earlier run made them.
pub async fn hire(door: &Door, admin: &Agent) -> anyhow::Result<()> {
    let known = admin.get("/v1/departments").await?;
    if known["items"].as_array().is_some_and(|items| items.iter().any(|item| item["name"] == DEPARTMENTS[0].0)) {
        return Ok(());
    }
    let mut departments = Vec::new();
    for (place, (name, description)) in DEPARTMENTS.into_iter().enumerate() {
        // Who asks for nobody in particular comes to the first of them, where there is somebody.
        let body = json!({ "name": name, "description": description, "members": [], "is_default": place == 0 });
        let made = admin.post("/v1/departments", &body).await?;
        departments.push(made["id"].clone());
    }
    let roles = admin.get("/v1/roles").await?;
    let role = roles["items"].as_array().into_iter().flatten().find(|role| role["built_in"] == "agent").context("a role for agents")?;
    for player in &PLAYERS {
        let body = json!({
            "email": player.email, "name": player.name, "role_id": role["id"], "chat_limit": player.limit, "accepts_chats": true,
            "departments": player.departments.iter().map(|n| &departments[*n]).collect::<Vec<_>>(),
        });
        let made = admin.post("/v1/users", &body).await?;
        let token = made["link"].as_str().and_then(|link| link.rsplit('#').next()).context("an invitation")?;
        let agent = Agent::by_link(door, token).await?;
        agent.put("/v1/me/password", &json!({ "new": PASSWORD })).await?;
    }
    Ok(())
}

pub async fn sign_in(door: &Door) -> anyhow::Result<Vec<Agent>> {
    let mut agents = Vec::new();
    for player in &PLAYERS {
        agents.push(Agent::by_password(door, player.email, PASSWORD).await?);
    }
    Ok(agents)
}

pub fn scene_of(visitor: &str) -> Option<&'static Scene> {
    SCENES.iter().find(|scene| scene.visitor == visitor)
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

async fn sit(agent: &Agent, pause: Duration) -> Result<(), sim::SimError> {
    let mut socket = agent.connect(&json!({ "desk": null })).await?;
    agent.go_online().await?;
    let mut followed = BTreeSet::new();
    loop {
        for card in running(agent).await? {
            let Some(chat) = card["id"].as_str() else { continue };
            if followed.insert(chat.to_owned()) {
                socket.send(&json!({ "op": "follow", "topic": format!("chat:{chat}"), "cursor": null })).await?;
            }
            if card["last"]["from"] == "visitor" || card["last"]["from"]["kind"] == "visitor" {
                answer(agent, &mut socket, &card, chat, pause).await?;
            }
        }
        listen(&mut socket).await?;
    }
}

/// Waits for news, a second at most; the desk is looked at again either way.
async fn listen(socket: &mut Socket) -> Result<(), sim::SimError> {
    match socket.next_within(Duration::from_secs(1)).await {
        Ok(_) => Ok(()),
        Err(sim::SimError::Late(_)) => socket.send(&json!({ "op": "ping", "seqs": {} })).await,
        Err(err) => Err(err),
    }
}

async fn running(agent: &Agent) -> Result<Vec<Value>, sim::SimError> {
    Ok(agent.get("/v1/desk").await?["chats"].as_array().cloned().unwrap_or_default())
}

async fn answer(agent: &Agent, socket: &mut Socket, card: &Value, chat: &str, pause: Duration) -> Result<(), sim::SimError> {
    let said = agent.get(&format!("/v1/chats/{chat}/messages?after_seq=0&limit=200")).await?;
    let mut count = BTreeMap::new();
    for entry in said["items"].as_array().into_iter().flatten().filter(|entry| entry["kind"] == "message") {
        *count.entry(entry["from"]["kind"].as_str().unwrap_or_default()).or_insert(0_usize) += 1;
    }
    let (asked, answered) = (count.get("visitor").copied().unwrap_or(0), count.get("agent").copied().unwrap_or(0));
    let name = card["visitor"]["name"].as_str().unwrap_or_default();
    let line = match scene_of(name) {
        Some(scene) => scene.lines.get(answered * 2 + 1).copied(),
        None => [
            "您好,这里是演示商店,我是一位模拟客服。Hello! This is the demo shop, and I am a simulated agent.",
            "收到 👍 您可以在工作台里以客服身份亲自回复。Got it! In the console you can answer as an agent yourself.",
        ]
        .get(answered)
        .copied(),
    };
    let Some(line) = line.filter(|_| asked > answered) else { return Ok(()) };
    socket.send(&json!({ "op": "read", "chat": chat, "seq": card["seq"] })).await?;
    socket.send(&json!({ "op": "typing", "chat": chat, "on": true, "text": null })).await?;
    tokio::time::sleep(pause).await;
    agent.say(chat, Uuid::new_v4(), line).await?;
    Ok(())
}
