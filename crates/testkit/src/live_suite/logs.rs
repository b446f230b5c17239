use super::{Lab, SITE, body, heard, json};
use base::{ChatId, SiteId, UserId};
use sockets::live::{
    AgentPatch, AgentStatus, Audience, Change, Cursor, Gap, LOG_KEEPS, LiveError, LiveVisitor, Logged, PageSeen, Topic, VisitorPatch,
};
use std::time::Duration;
use uuid::Uuid;

const DESK: Topic = Topic::Desk(SITE);
const BOARD: Topic = Topic::Visitors(SITE);

async fn since(lab: &Lab, topic: Topic, after: Cursor) -> Result<Vec<Logged>, Gap> {
    lab.live.since(&topic, after).await.expect("is read")
}

async fn send(lab: &Lab, chat: ChatId, seq: u64) -> bool {
    lab.live.send_chat_message(SITE, chat, seq, body(&seq.to_string())).await.expect("is sent")
}

fn numbers(entries: Vec<Logged>) -> Vec<u64> {
    entries.into_iter().map(|entry| entry.cursor.seq).collect()
}

pub async fn the_board_hears_of_coming_change_and_going(lab: &Lab) {
    let mut changes = lab.live.changes();
    let visitor = lab.live.create_visitor(LiveVisitor { email: Some("ada@example.com".into()), ..lab.visitor() }).await.expect("is put");
    let came = json(&heard(&mut changes, BOARD).await.body);
    assert_eq!((&came["kind"], &came["data"]["id"]), (&"visitor_upsert".into(), &visitor.id.to_string().into()));
    assert_eq!(came["data"]["since"], visitor.since.to_string());
    assert_eq!(came["data"]["chat"], serde_json::Value::Null);
    assert_eq!(came["data"].as_object().map(serde_json::Map::len), Some(sockets::live::BOARD_FIELDS.len()), "no address of a person");
    let page = PageSeen { url: "https://shop.example/cart".into(), title: "购物车".into() };
    let patch = VisitorPatch { page: Some(page), ..VisitorPatch::default() };
    lab.live.update_visitor(SITE, visitor.id, patch).await.expect("is changed");
    assert_eq!(json(&heard(&mut changes, BOARD).await.body)["data"]["page"]["title"], "购物车");
    lab.live.remove_visitor(SITE, visitor.id).await.expect("is removed");
    let gone = serde_json::json!({ "kind": "visitor_gone", "data": { "id": visitor.id } });
    assert_eq!(json(&heard(&mut changes, BOARD).await.body), gone);
}

pub async fn the_board_hears_nothing_of_heartbeats(lab: &Lab) {
    let visitor = lab.live.create_visitor(lab.visitor()).await.expect("is put");
    let head = lab.live.head(&BOARD).await.expect("is read");
    let later = visitor.seen.plus(Duration::from_secs(9));
    lab.live.update_visitor(SITE, visitor.id, VisitorPatch::seen(later)).await.expect("is heard");
    lab.live.create_visitor(LiveVisitor { seen: later, ..visitor }).await.expect("is put again");
    assert_eq!(lab.live.head(&BOARD).await, Ok(head));
}

pub async fn the_desk_hears_of_colleagues(lab: &Lab) {
    let mut changes = lab.live.changes();
    lab.live.create_agent(lab.agent(1)).await.expect("is put");
    let came = json(&heard(&mut changes, DESK).await.body);
    let data = serde_json::json!({ "id": 1, "name": "Agent 1", "status": "online", "load": 0, "limit": 3 });
    assert_eq!(came, serde_json::json!({ "kind": "colleague", "data": data }));
    lab.live.update_agent(SITE, UserId(1), AgentPatch::seen(lab.agent(1).seen)).await.expect("a heartbeat is not told");
    lab.live.create_chat(lab.chat_of(1)).await.expect("a load is not told by itself: as many would hear of it as work here");
    let patch = AgentPatch { status: Some(AgentStatus::Away), ..AgentPatch::default() };
    lab.live.update_agent(SITE, UserId(1), patch).await.expect("is changed");
    let away = json(&heard(&mut changes, DESK).await.body);
    assert_eq!((&away["data"]["status"], &away["data"]["load"]), (&"away".into(), &1.into()));
    lab.live.remove_agent(SITE, UserId(1)).await.expect("is removed");
    assert_eq!(json(&heard(&mut changes, DESK).await.body)["data"]["status"], "offline");
}

pub async fn numbers_rise_without_a_hole(lab: &Lab) {
    let head = lab.live.head(&DESK).await.expect("is read");
    assert!(head.epoch > 0);
    for seq in head.seq + 1..head.seq + 6 {
        assert_eq!(lab.live.publish(&DESK, body("x")).await, Ok(Cursor { seq, ..head }));
    }
    assert_eq!(lab.live.head(&DESK).await, Ok(Cursor { seq: head.seq + 5, ..head }));
}

pub async fn another_node_hears_it_too(lab: &Lab) {
    let (mut here, mut there) = (lab.live.changes(), lab.other.changes());
    let cursor = lab.live.publish(&DESK, body("总机")).await.expect("is told");
    let (here, there) = (heard(&mut here, DESK).await, heard(&mut there, DESK).await);
    assert_eq!((here.cursor, &here.body), (Some(cursor), &body("总机")));
    assert_eq!(here, there);
}

pub async fn an_entry_told_twice_is_heard_once(lab: &Lab) {
    let chat = lab.live.create_chat(lab.chat()).await.expect("is put").id;
    let mut changes = lab.other.changes();
    assert!(send(lab, chat, 1).await);
    assert!(!send(lab, chat, 1).await);
    assert!(send(lab, chat, 2).await);
    for seq in [1, 2] {
        assert_eq!(heard(&mut changes, Topic::Chat(SITE, chat)).await.cursor, Some(Cursor::durable(seq)));
    }
}

pub async fn a_late_entry_is_not_told(lab: &Lab) {
    let chat = lab.live.create_chat(lab.chat()).await.expect("is put").id;
    assert!(send(lab, chat, 2).await);
    assert!(!send(lab, chat, 1).await, "order holds; the hole is filled from SQL");
    let known = lab.live.get_chats(SITE, &sockets::live::ChatFilter::one(chat), &Default::default()).await.expect("is read");
    assert_eq!(known.items[0].last_seq, 2);
}

pub async fn a_hole_is_a_gap(lab: &Lab) {
    let chat = lab.live.create_chat(lab.chat()).await.expect("is put").id;
    for seq in [1, 2, 4] {
        send(lab, chat, seq).await;
    }
    let read = async |after| lab.live.get_chat_messages(SITE, chat, after).await.expect("is read");
    assert_eq!(read(1).await, Err(Gap { head: Cursor::durable(4) }));
    assert_eq!(numbers(read(3).await.expect("complete")), [4]);
    assert_eq!(read(4).await, Ok(Vec::new()));
}

pub async fn what_is_told_once_is_kept_nowhere(lab: &Lab) {
    let head = lab.live.head(&DESK).await.expect("is read");
    let mut changes = lab.other.changes();
    let typing: std::sync::Arc<str> = r#"{"t":"typing","on":true,"text":"两\n行"}"#.into();
    lab.live.publish_ephemeral(&DESK, Audience::Agents, typing.clone()).await.expect("is told");
    let told = heard(&mut changes, DESK).await;
    assert_eq!((told.cursor, told.audience, &told.body), (None, Audience::Agents, &typing));
    assert_eq!(lab.live.head(&DESK).await, Ok(head));
}

pub async fn a_log_is_read_from_any_number(lab: &Lab) {
    let head = lab.live.head(&DESK).await.expect("is read");
    for n in 1..=5 {
        lab.live.publish(&DESK, body(&n.to_string())).await.expect("is told");
    }
    for n in 0..=5 {
        let entries = since(lab, DESK, Cursor { seq: head.seq + n, ..head }).await.expect("complete");
        assert_eq!(entries.len() as u64, 5 - n);
        assert!(entries.iter().zip(n + 1..).all(|(entry, n)| entry.body == body(&n.to_string())));
    }
}

pub async fn a_log_keeps_a_thousand(lab: &Lab) {
    let head = lab.live.head(&DESK).await.expect("is read");
    let all = LOG_KEEPS as u64 + 700;
    for _ in 0..all {
        lab.live.publish(&DESK, body("x")).await.expect("is told");
    }
    let last = Cursor { seq: head.seq + all, ..head };
    assert_eq!(since(lab, DESK, head).await, Err(Gap { head: last }), "too old");
    let kept = since(lab, DESK, Cursor { seq: last.seq - LOG_KEEPS as u64, ..head }).await.expect("complete");
    assert_eq!(kept.len(), LOG_KEEPS);
}

pub async fn logs_do_not_meet(lab: &Lab) {
    let other = Topic::Desk(SiteId(8));
    let (mine, theirs) = (lab.live.head(&BOARD).await, lab.live.head(&other).await);
    lab.live.publish(&DESK, body("x")).await.expect("is told");
    assert_eq!(lab.live.head(&BOARD).await, mine);
    assert_eq!(lab.live.head(&other).await, theirs);
}

pub async fn a_cursor_of_another_life_is_a_gap(lab: &Lab) {
    let head = lab.live.publish(&DESK, body("x")).await.expect("is told");
    for epoch in [0, head.epoch - 1, head.epoch + 1] {
        assert_eq!(since(lab, DESK, Cursor { epoch, seq: 0 }).await, Err(Gap { head }));
    }
}

pub async fn a_cursor_from_the_future_is_a_gap(lab: &Lab) {
    let head = lab.live.publish(&DESK, body("x")).await.expect("is told");
    assert_eq!(since(lab, DESK, Cursor { seq: head.seq + 1, ..head }).await, Err(Gap { head }));
}

pub async fn only_sql_numbers_a_chat(lab: &Lab) {
    let refused = lab.live.publish(&Topic::Chat(SITE, ChatId(Uuid::new_v4())), body("x")).await;
    assert!(matches!(refused, Err(LiveError::Invalid(_))), "{refused:?}");
}

pub async fn writers_at_once_make_one_order(lab: &Lab) {
    let head = lab.live.head(&DESK).await.expect("is read");
    let mut changes = lab.other.changes();
    let writers = (0..8).map(|n| {
        let node = if n % 2 == 0 { lab.live.clone() } else { lab.other.clone() };
        tokio::spawn(async move {
            for m in 0..25 {
                node.publish(&DESK, body(&format!("{n}.{m}"))).await.expect("is told");
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("no panic");
    }
    let kept = since(lab, DESK, head).await.expect("complete");
    assert_eq!(numbers(kept.clone()), (head.seq + 1..=head.seq + 200).collect::<Vec<_>>());
    for entry in kept {
        let told = heard(&mut changes, DESK).await;
        assert_eq!((told.cursor, &told.body), (Some(entry.cursor), &entry.body), "told in the order of the log");
    }
}

pub async fn a_removed_chat_forgets_its_log(lab: &Lab) {
    let chat = lab.live.create_chat(lab.chat()).await.expect("is put").id;
    send(lab, chat, 1).await;
    lab.live.remove_chat(SITE, chat).await.expect("is removed");
    assert!(lab.live.get_chat_messages(SITE, chat, 0).await.expect("is read").is_err(), "ask SQL");
    let mut changes = lab.live.changes();
    assert!(send(lab, chat, 2).await, "what comes after the end is told all the same");
    heard(&mut changes, Topic::Chat(SITE, chat)).await;
}

pub async fn an_agents_own_log_needs_no_agent(lab: &Lab) {
    let head = lab.live.head(&Topic::Agent(SITE, UserId(5))).await.expect("is read");
    let mut changes = lab.live.changes();
    lab.live.send_agent_message(SITE, UserId(5), body("x")).await.expect("is told");
    heard(&mut changes, Topic::Agent(SITE, UserId(5))).await;
    assert_eq!(lab.live.get_agent_messages(SITE, UserId(5), head).await.expect("is read").map(|entries| entries.len()), Ok(1));
    assert!(matches!(changes.ready(), None | Some(Change::Missed)));
}
