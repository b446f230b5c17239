use crate::house::{House, http};
use realtime::RealtimeOptions;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

#[tokio::test]
async fn poll_and_socket_agree() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    let topic = format!("chat:{chat}");
    let mut socket = house.visitor(chat.0, json!({ &topic: "0" })).await;
    for n in 0..7 {
        house.floor.say(chat, &n.to_string()).await;
    }
    let mut told = Vec::new();
    for _ in 0..7 {
        told.push(socket.next().await);
    }
    let answer = house.poll(chat.0, json!({ "cursors": { &topic: "0" }, "wait_ms": 5_000 })).await;
    assert_eq!(answer["frames"], Value::Array(told));
    assert!(answer["pace_ms"].as_u64().is_some());
}

#[tokio::test]
async fn a_poll_waits_until_there_is_news() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    let floor = house.floor.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        floor.say(chat, "1").await;
        floor.say(chat, "2").await;
    });
    let started = Instant::now();
    let answer = house.poll(chat.0, json!({ "cursors": { format!("chat:{chat}"): "0" }, "wait_ms": 9_000 })).await;
    assert!((200..3_000).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
    assert_eq!(answer["frames"].as_array().map(Vec::len), Some(2), "what comes together is answered together: {answer}");
    let empty = house.poll(chat.0, json!({ "cursors": { format!("chat:{chat}"): "2" }, "wait_ms": 50 })).await;
    assert_eq!(empty["frames"], json!([]));
}

#[tokio::test]
async fn a_poll_does_what_a_socket_does() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    let ops = json!([
        { "op": "say", "ref": "r1", "chat": chat, "client_id": Uuid::new_v4(), "text": "hello" },
        { "op": "say", "ref": "r2", "chat": chat, "client_id": Uuid::new_v4() },
        { "op": "dance", "ref": "r3" },
        { "op": "ping", "seqs": {} },
    ]);
    let answer = house.poll(chat.0, json!({ "cursors": { format!("chat:{chat}"): "0" }, "ops": ops, "wait_ms": 9_000 })).await;
    let frames = answer["frames"].as_array().expect("a list");
    let by = |re: &str| frames.iter().find(|frame| frame["re"] == re).expect("is answered");
    assert_eq!(by("r1")["ok"]["seq"], 1);
    assert_eq!((&by("r2")["problem"]["field"], &by("r2")["problem"]["status"]), (&json!("text"), &json!(400)));
    assert_eq!(by("r3")["problem"]["field"], "op");
    assert!(frames.iter().any(|frame| frame["t"] == "entry") && frames.iter().any(|frame| frame["t"] == "pong"));
}

#[tokio::test]
async fn what_heals_is_told_once() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    house.floor.healing.lock().expect("held briefly").push(r#"{"t":"state","position":2}"#.into());
    let first = house.poll(chat.0, json!({ "heard": "", "wait_ms": 9_000 })).await;
    assert_eq!(first["frames"], json!([{ "t": "state", "position": 2 }]), "at once");
    let second = house.poll(chat.0, json!({ "heard": first["heard"], "wait_ms": 50 })).await;
    assert_eq!(second["frames"], json!([]));
}

#[tokio::test]
async fn what_was_so_before_the_wait_is_told_before_what_happened_in_it() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    house.floor.healing.lock().expect("held briefly").push(r#"{"t":"state","status":"chatting"}"#.into());
    let floor = house.floor.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        floor.say(chat, "the end").await;
    });
    let answer = house.poll(chat.0, json!({ "cursors": { format!("chat:{chat}"): "0" }, "wait_ms": 9_000 })).await;
    let order: Vec<_> = answer["frames"].as_array().into_iter().flatten().map(|frame| &frame["t"]).collect();
    assert_eq!(order, ["state", "entry"], "{answer}");
}

#[tokio::test]
async fn a_poll_of_a_stranger_is_refused() {
    let house = House::open(RealtimeOptions::default()).await;
    let client = http();
    for (path, token) in [("/widget/poll", "sbv_forged"), ("/widget/poll", "sbk_x"), ("/v1/realtime/poll", "sbk_x")] {
        let url = format!("http://{}{path}", house.address);
        let status = client.post(url).bearer_auth(token).json(&json!({})).send().await.expect("is answered").status();
        assert_eq!(status, 401, "{path} {token}");
    }
    let url = format!("http://{}/v1/realtime/poll", house.address);
    for (cookie, status) in [("bob", 403), ("ada", 200)] {
        let ask = client.post(&url).header("cookie", format!("sb_session={cookie}")).json(&json!({ "cursors": { "desk": null } }));
        assert_eq!(ask.send().await.expect("is answered").status(), status);
    }
    let url = format!("http://{}/widget/poll", house.address);
    let token = format!("sbv_{}", Uuid::new_v4());
    for bad in [json!({ "more": 1 }), json!({ "cursors": { "desk": "x" } }), json!({ "ops": vec![json!({}); 33] })] {
        let status = client.post(&url).bearer_auth(&token).json(&bad).send().await.expect("is answered").status();
        assert_eq!(status, 400, "{bad}");
    }
}

#[tokio::test]
async fn what_stands_in_a_chat_is_told_to_a_socket_that_follows_it_and_keeps_no_poll_from_waiting() {
    let house = House::open(RealtimeOptions::default()).await;
    let chat = House::chat();
    let topic = format!("chat:{chat}");
    let marks = json!({ "t": "marks", "chat": chat });
    house.floor.standing.lock().expect("held briefly").push(marks.to_string().into());
    let mut socket = house.visitor(chat.0, json!({ &topic: "0" })).await;
    assert_eq!(socket.next().await, marks);
    let answer = house.poll(chat.0, json!({ "cursors": { &topic: "0" }, "wait_ms": 50 })).await;
    assert_eq!(answer["frames"], json!([]));
}
