//! More chats than a desk shows: none of them is forgotten.

use crate::chat_house::{House, SALES, SITE, SUPPORT, visitor};
use base::{ChatId, UserId};
use livechat::Patience;
use livechat::chat::{Chat, Status};
use livechat::floor::{House as Floor, IdleChats, Repair};
use livechat::widgets::{NewWidget, Widgets};
use serde_json::json;
use sockets::Engine;
use sockets::live::{AgentFilter, Change, ChatFilter, ChatStatus, LiveQuery, Topic};
use std::time::Duration;

const MANY: usize = 600;
const MINUTE: Duration = Duration::from_secs(60);

/// Copies of a chat, as if as many visitors had one; `changed` are columns that differ from it.
async fn copies(house: &House, of: &Chat, changed: &[(&str, i64)]) {
    let columns = "id, visitor, client_id, site, widget, department, agent, agents, status, source, form, snapshot, people_folded, \
                   queued, requested_at, started_at, priority";
    let uuid = match house.test.db.engine() {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "gen_random_uuid()",
    };
    let value = |column: &str| match (column, changed.iter().find(|(name, _)| *name == column)) {
        (_, Some((_, value))) => value.to_string(),
        ("id" | "visitor" | "client_id", None) => uuid.to_owned(),
        _ => column.to_owned(),
    };
    let values: Vec<_> = columns.split(", ").map(value).collect();
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY}) \
         INSERT INTO chat ({columns}) SELECT {} FROM chat, n WHERE number = {}",
        values.join(", "),
        of.number
    );
    let tx = house.test.db.begin().await.expect("begins");
    sea_orm::ConnectionTrait::execute_unprepared(&tx.conn(), &sql).await.expect("copied");
    tx.commit().await.expect("kept");
}

fn repair(house: &House) -> Repair {
    Repair { house: Floor::new(house.node.desk.clone()), patience: Patience::default() }
}

async fn status(house: &House, chat: ChatId) -> Status {
    house.node.chats.get(SITE, chat).await.expect("there").status
}

async fn load(house: &House, agent: UserId) -> u32 {
    house.live.get_agents(SITE, &AgentFilter::one(agent)).await.expect("answers").first().map_or(0, |agent| agent.load)
}

async fn known_waiting(house: &House) -> usize {
    let waiting = ChatFilter { status: Some(ChatStatus::Waiting), ..ChatFilter::default() };
    house.live.get_chats(SITE, &waiting, &LiveQuery::default()).await.expect("answers").items.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_forgot_is_told_of_every_chat() {
    let house = House::open().await;
    let agent = house.agent(1, 1, &[SALES]).await;
    let running = house.ask(visitor(), Some(SALES)).await;
    let waiting = house.ask(visitor(), Some(SALES)).await;
    copies(&house, &running, &[]).await;
    copies(&house, &waiting, &[]).await;
    repair(&house).rebuild().await.expect("rebuilds");
    let everybody = (u32::try_from(MANY).expect("small") + 1, MANY + 1);
    for _ in 0..500 {
        if (load(&house, agent).await, known_waiting(&house).await) == everybody {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} are being answered and {} wait, as far as is known", load(&house, agent).await, known_waiting(&house).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_chats_of_one_who_is_gone_wait_again() {
    let house = House::open().await;
    let gone = house.agent(1, 1, &[SALES]).await;
    let old = house.ask(visitor(), Some(SALES)).await;
    let busy = house.agent(2, 1, &[SUPPORT]).await;
    let new = house.ask(visitor(), Some(SUPPORT)).await;
    copies(&house, &new, &[]).await;
    house.node.desk.leave(SITE, gone, 0).await;
    house.test.clock.advance(3 * MINUTE);
    house.node.desk.hear(SITE, busy).await.expect("lives");
    repair(&house).once().await.expect("runs");
    assert_eq!(status(&house, old.id).await, Status::Waiting);
    assert_eq!(house.node.chats.held_by(SITE, busy).await.expect("lists").len(), MANY + 1, "nobody of many is left out");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chats_of_a_patient_widget_do_not_hold_up_the_idle_end_of_others() {
    let house = House::open().await;
    house.agent(1, 2, &[SALES]).await;
    let patient = NewWidget { name: "patient".into(), enabled: None, config: Some(json!({ "idle_end_minutes": 1440 })) };
    let patient = Widgets::new(house.test.db.clone()).create(SITE, patient).await.expect("made");
    let chat = house.ask(visitor(), Some(SALES)).await;
    let long_ago = chat.requested_at.minus(60 * MINUTE).millis();
    let old = [("agent", 99), ("widget", patient.id.0), ("requested_at", long_ago), ("started_at", long_ago)];
    copies(&house, &chat, &old).await;
    let chat = house.ask(visitor(), Some(SALES)).await;
    house.test.clock.advance(31 * MINUTE);
    IdleChats(Floor::new(house.node.desk.clone())).once().await.expect("runs");
    assert_eq!(status(&house, chat.id).await, Status::Ended);
    assert_eq!(house.node.chats.running(SITE).await.expect("lists").len(), MANY);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stands_behind_hundreds_is_told_that_the_queue_moved() {
    let house = House::open().await;
    house.agent(1, 0, &[SALES]).await;
    let first = house.ask(visitor(), Some(SALES)).await;
    copies(&house, &first, &[]).await;
    house.test.clock.advance(MINUTE);
    let mut changes = house.live.changes();
    let last = house.ask(visitor(), Some(SALES)).await;
    let told = async {
        while let Some(change) = changes.next().await {
            let Change::Published(told) = change else { continue };
            let frame: serde_json::Value = serde_json::from_str(&told.body).expect("a frame");
            if told.topic == Topic::Chat(SITE, last.id) && frame["state"]["position"] == json!(MANY + 2) {
                return;
            }
        }
        panic!("the store was closed");
    };
    tokio::time::timeout(Duration::from_secs(20), told).await.expect("told his place");
}
