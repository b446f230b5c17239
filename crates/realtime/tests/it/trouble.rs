use crate::house::{DESK, House};
use realtime::RealtimeOptions;
use serde_json::json;
use sockets::live::LiveState;
use std::time::Duration;
use tokio_tungstenite::tungstenite::{self, Message};
use uuid::Uuid;

#[tokio::test]
async fn a_slow_client_is_cut_and_resumes_and_hurts_nobody() {
    let house = House::open(RealtimeOptions { queue: 32, ..RealtimeOptions::default() }).await;
    let chat = House::chat();
    let topic = format!("chat:{chat}");
    let mut slow = house.visitor(chat.0, json!({ &topic: "0" })).await;
    let mut quick = house.agent(json!({ &topic: "0" })).await;
    let long = "x".repeat(60_000);
    let mut sent = 0;
    // More than any socket's buffers hold, while the slow one reads nothing.
    while house.hub.open_sockets() == 2 && sent < 2_000 {
        sent = house.floor.say(chat, &long).await;
        assert_eq!(quick.numbers(1).await, [sent], "the others hear everything at once");
    }
    assert_eq!(house.hub.open_sockets(), 1, "the slow one was let go");
    let (got, code) = slow.closed().await;
    assert_eq!(code, 4429);
    let got = got as u64;
    assert!(got < sent, "{got} of {sent}");
    let mut back = house.visitor(chat.0, json!({ &topic: got.to_string() })).await;
    assert_eq!(back.numbers((sent - got) as usize).await, (got + 1..=sent).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_late_greeting_is_not_waited_for() {
    let house = House::open(RealtimeOptions { patience: Duration::from_millis(100), ..RealtimeOptions::default() }).await;
    let mut client = house.dial("/ws/visitor", &[]).await.expect("connects");
    assert_eq!(client.closed().await, (0, 4408));
}

#[tokio::test]
async fn a_page_of_another_origin_opens_no_agents_socket() {
    let house = House::open(RealtimeOptions::default()).await;
    let status = |refused: Result<_, tungstenite::Error>| match refused {
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => 101,
    };
    let cookie = ("cookie", "sb_session=ada");
    assert_eq!(status(house.dial("/ws/agent", &[cookie, ("origin", "https://evil.example")]).await), 403);
    assert_eq!(status(house.dial("/ws/agent", &[("cookie", "sb_session=forged")]).await), 401);
    assert_eq!(status(house.dial("/ws/agent", &[]).await), 401);
    assert_eq!(status(house.dial("/ws/agent", &[cookie]).await), 101);
    assert_eq!(status(house.dial("/ws/visitor", &[("origin", "https://shop.example")]).await), 101);
}

#[tokio::test]
async fn who_may_not_enter_is_told_why() {
    let house = House::open(RealtimeOptions::default()).await;
    for (path, cookie, hello, code) in [
        ("/ws/visitor", "", json!({ "op": "hello", "token": "sbv_forged" }), 4401),
        ("/ws/visitor", "", json!({ "op": "hello" }), 4401),
        ("/ws/visitor", "", json!({ "op": "ping" }), 4401),
        ("/ws/agent", "sb_session=bob", json!({ "op": "hello" }), 4403),
        ("/ws/agent", "sb_session=ada", json!({ "op": "hello", "site": 2 }), 4403),
    ] {
        let mut client = house.dial(path, &[("cookie", cookie)]).await.expect("connects");
        client.send(hello.clone()).await;
        assert_eq!(client.closed().await.1, code, "{hello}");
    }
}

#[tokio::test]
async fn a_revoked_session_loses_its_socket_with_the_next_ping() {
    let house = House::open(RealtimeOptions::default()).await;
    let mut client = house.agent(json!({})).await;
    *house.keeper.ada.lock().expect("held briefly") = None;
    client.send(json!({ "op": "ping", "seqs": {} })).await;
    assert_eq!(client.closed().await.1, 4401);
}

#[tokio::test]
async fn who_may_do_something_else_by_now_comes_in_anew() {
    let house = House::open(RealtimeOptions::default()).await;
    let mut client = house.agent(json!({})).await;
    *house.keeper.ada.lock().expect("held briefly") = Some([base::Permission::ViewVisitors].into());
    client.send(json!({ "op": "ping", "seqs": {} })).await;
    assert_eq!(client.closed().await.1, 1012);
}

#[tokio::test]
async fn anothers_chat_is_not_there() {
    let house = House::open(RealtimeOptions::default()).await;
    let (mine, other) = (House::chat(), House::chat());
    house.floor.say(other, "secret").await;
    let mut visitor = house.visitor(mine.0, json!({ format!("chat:{other}"): "0", "desk": null, "nonsense": null })).await;
    for _ in 0..3 {
        assert_eq!(visitor.next().await["t"], "problem");
    }
    visitor.send(json!({ "op": "ping", "seqs": { other.to_string(): 0 } })).await;
    assert_eq!(visitor.next().await["t"], "pong");
    house.floor.say(other, "secret").await;
    visitor.silent().await;
}

#[tokio::test]
async fn nonsense_is_answered_and_survived() {
    let house = House::open(RealtimeOptions::default()).await;
    let mut visitor = house.visitor(Uuid::new_v4(), json!({})).await;
    let deep = "[".repeat(10_000);
    for bad in ["", "{", "[]", "null", "{\"op\":\"say\",\"more\":1}", "{\"op\":\"hello\"}", &deep] {
        visitor.send_raw(Message::text(bad)).await;
        let frame = visitor.next().await;
        assert_eq!(frame["problem"]["status"], 400, "{bad:.40}: {frame}");
    }
    visitor.send_raw(Message::binary(vec![1])).await;
    assert_eq!(visitor.closed().await.1, 1003);
    let mut visitor = house.visitor(Uuid::new_v4(), json!({})).await;
    visitor.send_raw(Message::text("x".repeat(70_000))).await;
    visitor.closed().await;
    house.visitor(Uuid::new_v4(), json!({})).await;
}

#[tokio::test]
async fn who_says_too_much_is_slowed_then_cut() {
    let house = House::open(RealtimeOptions { rate: (1.0, 3.0), ..RealtimeOptions::default() }).await;
    let mut visitor = house.visitor(Uuid::new_v4(), json!({})).await;
    for _ in 0..5 {
        visitor.send(json!({ "op": "ping" })).await;
    }
    let mut frames = Vec::new();
    for _ in 0..5 {
        frames.push(visitor.next().await);
    }
    assert_eq!(frames[0]["t"], "pong");
    assert_eq!(frames[4]["problem"]["status"], 429);
    for _ in 0..210 {
        visitor.send(json!({ "op": "typing", "chat": Uuid::new_v4(), "on": true })).await;
    }
    assert_eq!(visitor.closed().await.1, 4429);
}

#[tokio::test]
async fn a_node_that_leaves_sends_everybody_elsewhere() {
    let house = House::open(RealtimeOptions::default()).await;
    let mut one = house.agent(json!({})).await;
    let mut two = house.agent(json!({})).await;
    let hub = house.hub.clone();
    let drained = tokio::spawn(async move { hub.drain(Duration::from_millis(400)).await });
    let mut after = [one.next().await, two.next().await].map(|frame| {
        assert_eq!(frame["t"], "move");
        frame["after_ms"].as_u64().expect("a time")
    });
    after.sort_unstable();
    assert_eq!(after, [0, 200], "not all at once");
    house.live.publish(&DESK, r#"{"kind":"notice","data":1}"#.into()).await.expect("is told");
    assert_eq!(one.next().await["t"], "event", "until then all goes on");
    assert!(house.dial("/ws/visitor", &[]).await.is_err(), "and nobody new comes in");
    drop(one);
    assert_eq!(two.closed().await.1, 1012);
    drained.await.expect("no panic");
    assert_eq!(house.hub.open_sockets(), 0);
}
