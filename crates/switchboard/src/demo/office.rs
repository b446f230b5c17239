//! The demo's office: who hears of events, promises and prepared answers, and the tickets.

use super::crowd::Shop;
use super::script::{Letter, MACROS, PEOPLE, Step};
use serde_json::{Value, json};
use sim::{Agent, SimError};
use std::time::Duration;
use uuid::Uuid;

/// How often somebody looks after the tickets.
const ROUND: Duration = Duration::from_secs(40);
/// New ones that are left for whoever looks at the demo.
const LEFT_NEW: usize = 3;

/// Webhooks to the shop's own other systems (below `hooks`), what is promised for tickets, views and macros.
pub async fn furnish(admin: &Agent, hooks: &str) -> Result<(), SimError> {
    let crm = json!({ "url": format!("{hooks}/crm"), "events": ["Chat.Ended", "OfflineMessage.Submit"], "description": "CRM" });
    let stock = json!({ "url": format!("{hooks}/quality"), "events": ["Visitor.Rating"], "description": "质检 · quality" });
    for hook in [crm, stock] {
        admin.post("/v1/webhooks", &hook).await?;
    }
    let promise = |priority: &str, first: u32, resolve: u32| {
        json!({ "priority": priority, "first_reply_minutes": first, "next_reply_minutes": first * 2, "resolve_minutes": resolve })
    };
    let sla = [promise("urgent", 30, 480), promise("high", 120, 1_440), promise("normal", 480, 4_320)];
    admin.put("/v1/ticket-settings", &json!({ "sla": sla })).await?;
    for (name, text, status) in MACROS {
        admin.post("/v1/ticket-macros", &json!({ "name": name, "text": text, "actions": { "status": status } })).await?;
    }
    let view = json!({ "name": "破损 · Damage", "filter": { "tag": "damage" }, "sort": "updated", "shared": true });
    admin.post("/v1/ticket-views", &view).await.map(drop)
}

pub async fn open(agent: &Agent, shop: &Shop, letter: &Letter) -> Result<Value, SimError> {
    let person = &PEOPLE[letter.person];
    let ticket = json!({
        "subject": letter.subject, "requester": { "name": person.name, "email": person.email }, "text": letter.text, "priority": letter.priority,
        "department": shop.departments[letter.department], "tags": letter.tags, "language": person.language,
    });
    agent.post("/v1/tickets", &ticket).await
}

/// The first who answers takes it.
pub async fn answer(agent: &Agent, ticket: &Value, step: &Step) -> Result<(), SimError> {
    let path = format!("/v1/tickets/{ticket}");
    if agent.get(&path).await?["assignee"].is_null() {
        let me = agent.get("/v1/session").await?["user"]["id"].clone();
        agent.patch(&path, &json!({ "assignee": me })).await?;
    }
    let entry = json!({ "client_id": Uuid::new_v4(), "text": step.text, "public": step.public, "status": step.status });
    agent.post(&format!("{path}/entries"), &entry).await.map(drop)
}

const REPLIES: [(&str, &str, &str); 3] = [
    ("感谢来信!价目表已发到您的邮箱,起订量二十件,交期约三周。", "Thank you! The price list is on its way: twenty pieces at least, about three weeks.", "pending"),
    ("样品明天寄出,收到后告诉我们您的想法。", "Two samples leave tomorrow; tell us what you think when they are there.", "pending"),
    ("已经为您备注并转给窑上,订单确认书随后发出。", "Noted and passed on to the kiln; the confirmation of your order follows.", "solved"),
];

/// Answers new tickets for ever, one a round, and leaves the last few alone.
pub async fn tend(agent: Agent) {
    for round in 0.. {
        tokio::time::sleep(ROUND).await;
        if let Err(err) = answer_oldest(&agent, round).await {
            tracing::debug!(%err, "a demo agent could not look after the tickets");
        }
    }
}

async fn answer_oldest(agent: &Agent, round: usize) -> Result<(), SimError> {
    let new = agent.get("/v1/tickets?status=new&sort=created&limit=100").await?;
    let new = new["items"].as_array().cloned().unwrap_or_default();
    let oldest = new.iter().filter(|ticket| ticket["source"] == "offline").min_by_key(|ticket| ticket["number"].as_i64());
    let Some(ticket) = oldest.filter(|_| new.len() > LEFT_NEW) else { return Ok(()) };
    let whole = agent.get(&format!("/v1/tickets/{}", ticket["id"])).await?;
    let (zh, en, status) = REPLIES[round % REPLIES.len()];
    let text = if whole["language"].as_str().is_some_and(|language| language.starts_with("zh")) { zh } else { en };
    answer(agent, &ticket["id"], &Step { after_minutes: 0, player: 0, public: true, text, status }).await
}
