use crate::house::{DESK, House, SITE};
use realtime::RealtimeOptions;
use serde_json::json;
use sockets::live::{LiveState, Topic};
use uuid::Uuid;

#[tokio::test]
async fn what_is_said_reaches_both_sides_once_and_in_order() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    let topic = format!("chat:{chat}");
    let mut visitor = house.visitor(chat.0, json!({ &topic: "0" })).await;
    let mut agent = house.agent(json!({ &topic: "0" })).await;
    visitor.send(json!({ "op": "say", "ref": "r1", "chat": chat, "client_id": Uuid::new_v4(), "text": "你好" })).await;
    let (mut answered, mut heard) = (false, false);
    for _ in 0..2 {
        let frame = visitor.next().await;
        answered |= frame["re"] == "r1" && frame["ok"]["seq"] == 1;
        heard |= frame["entry"]["text"] == "你好";
    }
    assert!(answered && heard);
    for n in 2..=20 {
        house.floor.say(chat, &n.to_string()).await;
    }
    assert_eq!(visitor.numbers(19).await, (2..=20).collect::<Vec<_>>());
    assert_eq!(agent.numbers(20).await, (1..=20).collect::<Vec<_>>());
    visitor.silent().await;
}

#[tokio::test]
async fn a_resumed_socket_gets_exactly_what_it_missed() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    for n in 1..=250 {
        house.floor.say(chat, &n.to_string()).await;
    }
    let head = house.live.head(&DESK).await.expect("is read");
    for n in 1..=5 {
        house.live.publish(&DESK, format!(r#"{{"kind":"notice","data":{n}}}"#).into()).await.expect("is told");
    }
    let mut visitor = house.visitor(chat.0, json!({ format!("chat:{chat}"): "13" })).await;
    assert_eq!(visitor.numbers(237).await, (14..=250).collect::<Vec<_>>());
    house.floor.say(chat, "new").await;
    assert_eq!(visitor.numbers(1).await, [251]);
    let mut agent = house.agent(json!({ "desk": head })).await;
    for n in 1..=5 {
        let frame = agent.next().await;
        assert_eq!((&frame["kind"], &frame["data"]), (&json!("notice"), &json!(n)));
        assert_eq!(frame["n"], format!("{}.{}", head.epoch, head.seq + n));
    }
    agent.silent().await;
}

#[tokio::test]
async fn resuming_while_others_talk_loses_and_doubles_nothing() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    let floor = house.floor.clone();
    let talk = tokio::spawn(async move {
        for n in 0..600 {
            floor.say(chat, "x").await;
            if n % 10 == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        }
    });
    let mut seen = 0_u64;
    while seen < 600 {
        let mut visitor = house.visitor(chat.0, json!({ format!("chat:{chat}"): seen.to_string() })).await;
        let part = 40.min(600 - seen);
        assert_eq!(visitor.numbers(part as usize).await, (seen + 1..=seen + part).collect::<Vec<_>>());
        seen += part;
    }
    talk.await.expect("no panic");
}

#[tokio::test]
async fn two_tabs_both_hear_and_are_counted() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    let topic = format!("chat:{chat}");
    let mut one = house.visitor(chat.0, json!({ &topic: null })).await;
    let mut two = house.visitor(chat.0, json!({ &topic: null })).await;
    house.floor.say(chat, "x").await;
    assert_eq!((one.numbers(1).await, two.numbers(1).await), (vec![1], vec![1]));
    assert_eq!(*house.floor.opened.lock().expect("held briefly"), [1, 2]);
    drop(one);
    drop(two);
    while house.floor.left.lock().expect("held briefly").len() < 2 {
        tokio::task::yield_now().await;
    }
    let mut left = house.floor.left.lock().expect("held briefly").clone();
    left.sort_unstable();
    assert_eq!((left, house.hub.open_sockets()), (vec![0, 1], 0));
}

#[tokio::test]
async fn what_is_for_agents_is_not_told_to_the_visitor() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    let topic = format!("chat:{chat}");
    let mut visitor = house.visitor(chat.0, json!({ &topic: "0" })).await;
    let mut agent = house.agent(json!({ &topic: "0" })).await;
    visitor.send(json!({ "op": "typing", "chat": chat, "on": true, "text": "dra" })).await;
    assert_eq!(agent.next().await["t"], "typing");
    visitor.silent().await;
    agent.send(json!({ "op": "typing", "chat": chat, "on": true })).await;
    assert_eq!(visitor.next().await["t"], "typing");
    agent.silent().await;
}

#[tokio::test]
async fn a_chat_is_followed_and_left_at_any_time() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    let topic = format!("chat:{chat}");
    let mut agent = house.agent(json!({})).await;
    house.floor.say(chat, "before").await;
    agent.send(json!({ "op": "follow", "topic": &topic, "cursor": "0" })).await;
    assert_eq!(agent.numbers(1).await, [1]);
    agent.send(json!({ "op": "unfollow", "topic": &topic })).await;
    agent.send(json!({ "op": "ping" })).await;
    assert_eq!(agent.next().await["t"], "pong");
    house.floor.say(chat, "unheard").await;
    agent.silent().await;
    agent.send(json!({ "op": "follow", "topic": &topic, "cursor": null })).await;
    agent.send(json!({ "op": "ping" })).await;
    assert_eq!(agent.next().await["t"], "pong", "without a cursor nothing is told again");
    house.floor.say(chat, "heard").await;
    assert_eq!(agent.numbers(1).await, [3]);
}

#[tokio::test]
async fn a_ping_brings_what_was_never_told() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    let mut visitor = house.visitor(chat.0, json!({ format!("chat:{chat}"): "0" })).await;
    house.floor.store(chat, "durable, but the store of live state was away");
    visitor.silent().await;
    visitor.send(json!({ "op": "ping", "seqs": { chat.to_string(): 0 } })).await;
    assert_eq!(visitor.next().await["t"], "pong");
    assert_eq!(visitor.numbers(1).await, [1]);
}

#[tokio::test]
async fn a_hole_is_filled_before_anything_is_told() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    let mut visitor = house.visitor(chat.0, json!({ format!("chat:{chat}"): "0" })).await;
    house.floor.say(chat, "1").await;
    house.floor.store(chat, "2: committed by a node that died before it could tell");
    house.floor.say(chat, "3").await;
    assert_eq!(visitor.numbers(3).await, [1, 2, 3]);
}

#[tokio::test]
async fn after_a_loss_lists_are_loaded_again_and_chats_go_on() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    let topic = Topic::Chat(SITE, chat);
    let mut agent = house.agent(json!({ topic.to_string(): "0" })).await;
    house.live.publish(&DESK, r#"{"kind":"notice","data":1}"#.into()).await.expect("is told");
    assert_eq!(agent.next().await["t"], "event");
    house.floor.store(chat, "said during the outage");
    house.live.forget();
    let frames = [agent.next().await, agent.next().await];
    let reload = frames.iter().find(|frame| frame["t"] == "reload").expect("the desk starts anew");
    assert!(frames.iter().any(|frame| frame["t"] == "entry" && frame["n"] == "1"), "the chat is read from SQL: {frames:?}");
    let next = house.live.publish(&DESK, r#"{"kind":"notice","data":2}"#.into()).await.expect("is told");
    let frame = agent.next().await;
    assert_eq!((&frame["n"], &frame["data"]), (&json!(next), &json!(2)), "from {reload}");
}
