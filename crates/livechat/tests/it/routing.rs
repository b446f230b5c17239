//! Who gets which chat, with real tables and real presence.

use crate::chat_house::{House, SALES, SITE, SUPPORT, ask_at, visitor};
use base::{Clock as _, Fault, Kind, UserId};
use futures_util::future::join_all;
use livechat::chat::{Chat, Ender, EndedBy, Hand, NewChat, Status, Target};
use serde_json::json;
use sockets::live::AgentStatus;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use uuid::Uuid;

const MINUTE: Duration = Duration::from_secs(60);

async fn now(house: &House, chat: &Chat) -> Chat {
    house.node.chats.get(SITE, chat.id).await.expect("there")
}

async fn loads(house: &House) -> HashMap<UserId, usize> {
    let mut loads = HashMap::new();
    for agent in house.node.chats.chatting(SITE, None).await.expect("lists").iter().filter_map(|chat| chat.agent) {
        *loads.entry(agent).or_default() += 1;
    }
    loads
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_never_overfill_an_agent_nor_give_a_chat_twice() {
    let house = House::open().await;
    let other = house.second_node().await;
    for id in 1..=4 {
        house.agent(id, 3, &[SALES]).await;
    }
    let asks = (0..30).map(|n| {
        let (one, two) = (&house.node, &other);
        async move { ask_at(if n % 2 == 0 { one } else { two }, visitor(), None).await }
    });
    let chats = join_all(asks).await;
    assert_eq!(loads(&house).await, (1..=4).map(|id| (UserId(id), 3)).collect());
    // Every end makes one place, and whoever waits longest gets it, from whichever node.
    let running = house.node.chats.chatting(SITE, None).await.expect("lists");
    let ends = running.iter().enumerate().map(|(n, chat)| {
        let queue = if n % 2 == 0 { &house.node.queue } else { &other.queue };
        async move { queue.end(SITE, chat.id, Ender::House(EndedBy::Idle)).await.expect("ends") }
    });
    join_all(ends).await;
    assert_eq!(loads(&house).await, (1..=4).map(|id| (UserId(id), 3)).collect());
    assert_eq!(house.node.chats.waiting(SITE).await.expect("lists").len(), 6);
    for chat in chats {
        let joined = house.node.chats.entries(&now(&house, &chat).await, 0, 100).await.expect("reads");
        let joined = joined.iter().filter(|entry| entry.draft.kind == livechat::chat::EntryKind::Joined).count();
        assert!(joined <= 1, "given {joined} times");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_tells_places_and_estimates_and_is_served_in_order() {
    let house = House::open().await;
    let agent = house.agent(1, 1, &[SALES]).await;
    let first = house.ask(visitor(), Some(SALES)).await;
    house.test.clock.advance(6 * MINUTE);
    house.node.desk.hear(SITE, agent).await.expect("lives");
    let second = house.ask(visitor(), Some(SALES)).await;
    house.test.clock.advance(Duration::from_secs(1));
    let third = house.ask(visitor(), Some(SALES)).await;
    let state = house.node.queue.state(&third).await.expect("a state");
    assert_eq!((state.status, state.position, state.estimated_wait_s), (Status::Waiting, Some(2), None));
    house.node.queue.end(SITE, first.id, Ender::Agent(Hand { agent, any: false })).await.expect("ends");
    assert_eq!(now(&house, &second).await.agent, Some(agent));
    let state = house.node.queue.state(&now(&house, &third).await).await.expect("a state");
    assert_eq!(state.position, Some(1));
    assert!(now(&house, &second).await.queued);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_ahead_turns_nobody_away() {
    let house = House::open().await;
    let agent = house.agent(1, 5, &[SALES]).await;
    house.ask(visitor(), Some(SALES)).await;
    house.test.clock.set(house.test.clock.now().plus(60 * MINUTE));
    assert_eq!(house.ask(visitor(), Some(SALES)).await.agent, Some(agent));
    house.test.clock.advance(2 * MINUTE);
    assert_eq!(house.ask(visitor(), Some(SALES)).await.status, Status::Offline, "silence after it counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn departments_keep_to_themselves() {
    let house = House::open().await;
    house.agent(1, 5, &[SALES]).await;
    let agent = house.agent(2, 5, &[SUPPORT]).await;
    let chat = house.ask(visitor(), Some(SUPPORT)).await;
    assert_eq!(chat.agent, Some(agent));
    house.node.desk.set_status(SITE, agent, AgentStatus::Away, None).await.expect("goes away");
    let turned_away = house.ask(visitor(), Some(SUPPORT)).await;
    assert_eq!(turned_away.status, Status::Offline);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_who_comes_or_has_room_again_is_given_what_waits() {
    let house = House::open().await;
    let busy = house.agent(1, 0, &[SALES]).await;
    let chat = house.ask(visitor(), Some(SALES)).await;
    assert_eq!(chat.status, Status::Waiting);
    let fresh = house.agent(2, 1, &[SALES]).await;
    assert_eq!(now(&house, &chat).await.agent, Some(fresh));
    let waiting = house.ask(visitor(), Some(SALES)).await;
    let taken = house.node.queue.accept(SITE, waiting.id, busy).await.expect("picked by hand");
    assert_eq!(taken.agent, Some(busy));
    let late = house.node.queue.accept(SITE, waiting.id, fresh).await.expect_err("too late");
    assert_eq!(late.kind(), Kind::Conflict);
    house.node.queue.accept(SITE, waiting.id, busy).await.expect("twice is once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_handed_over_and_says_so() {
    let house = House::open().await;
    let one = house.agent(1, 5, &[SALES]).await;
    let chat = house.ask(visitor(), Some(SALES)).await;
    let two = house.agent(2, 1, &[SUPPORT]).await;
    let stranger = Hand { agent: two, any: false };
    let refused = house.node.queue.transfer(SITE, chat.id, stranger, Target::Agent(two)).await.expect_err("not his");
    assert_eq!(refused.kind(), Kind::Denied);
    let chat = house.node.queue.transfer(SITE, chat.id, Hand { agent: one, any: false }, Target::Agent(two)).await.expect("handed");
    assert_eq!((chat.agent, chat.agents.clone()), (Some(two), vec![one, two]));
    let chat = house.node.queue.transfer(SITE, chat.id, Hand { agent: two, any: false }, Target::Department(SALES)).await.expect("handed");
    assert_eq!((chat.agent, chat.department), (Some(one), Some(SALES)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chats_of_an_agent_who_is_gone_wait_again_and_go_to_another() {
    let house = House::open().await;
    let one = house.agent(1, 5, &[SALES]).await;
    let chat = house.ask(visitor(), Some(SALES)).await;
    house.node.desk.leave(SITE, one, 0).await;
    house.test.clock.advance(3 * MINUTE);
    assert_eq!(house.node.queue.release(SITE, one).await.expect("released"), 1);
    assert_eq!(now(&house, &chat).await.status, Status::Waiting);
    let two = house.agent(2, 5, &[SALES]).await;
    assert_eq!(now(&house, &chat).await.agent, Some(two));
}

fn with_email(email: &str) -> NewChat {
    let form = json!({ "email": email }).as_object().cloned().expect("an object");
    NewChat { client_id: Uuid::new_v4(), form, message: None, attachment: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_with_an_address_is_looked_up_before_anybody_gets_the_chat() {
    let house = House::open().await;
    house.agent(1, 5, &[SALES]).await;
    let chat = house.node.queue.request(SITE, visitor(), with_email("ada@mail.example")).await.expect("asks");
    house.ask(visitor(), None).await;
    assert_eq!(*house.town.looked_up.lock().expect("unpoisoned"), [(chat.id, "ada@mail.example".to_owned(), 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_that_hangs_costs_the_visitor_no_more_than_its_deadline() {
    let house = House::open().await;
    house.agent(1, 5, &[SALES]).await;
    house.town.mute.store(true, Ordering::SeqCst);
    let asked = Instant::now();
    let chat = house.node.queue.request(SITE, visitor(), with_email("ada@mail.example")).await.expect("asks");
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
    assert_eq!(chat.status, Status::Chatting);
    // Nobody is there: a message is left, and nothing is waited for.
    let nobody = House::open().await;
    nobody.town.mute.store(true, Ordering::SeqCst);
    let asked = Instant::now();
    nobody.node.queue.request(SITE, visitor(), with_email("ada@mail.example")).await.expect("asks");
    assert!(asked.elapsed() < Duration::from_millis(1_400), "{:?}", asked.elapsed());
}
