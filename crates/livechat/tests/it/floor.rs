//! What the clock does, and what comes back after the live store has forgotten.

use crate::chat_house::{House, SALES, SITE, visitor};
use livechat::Patience;
use livechat::chat::{EndedBy, Ender, Rating, Status};
use livechat::floor::{House as Floor, IdleChats, Repair};
use livechat::visitors::RunningChat as _;
use sockets::live::{ChatFilter, LiveQuery};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn repair(house: &House) -> Repair {
    Repair { house: Floor::new(house.node.desk.clone()), patience: Patience::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_chat_is_ended_after_the_time_its_widget_allows() {
    let house = House::open().await;
    let (_, guest, chat) = house.chatting().await;
    let idle = IdleChats(Floor::new(house.node.desk.clone()));
    house.test.clock.advance(20 * MINUTE);
    house.say(&chat, guest, "still here").await.expect("said");
    house.test.clock.advance(20 * MINUTE);
    idle.once().await.expect("runs");
    assert_eq!(house.node.chats.get(SITE, chat.id).await.expect("there").status, Status::Chatting);
    house.test.clock.advance(11 * MINUTE);
    idle.once().await.expect("runs");
    let over = house.node.chats.get(SITE, chat.id).await.expect("there");
    assert_eq!((over.status, over.ended_by), (Status::Ended, Some(EndedBy::Idle)));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_agent_who_stays_away_loses_his_chats() {
    let house = House::open().await;
    let agent = house.agent(1, 5, &[SALES]).await;
    let chat = house.ask(visitor(), Some(SALES)).await;
    let repair = repair(&house);
    house.node.desk.leave(SITE, agent, 0).await;
    house.test.clock.advance(MINUTE);
    repair.once().await.expect("runs");
    assert_eq!(house.node.chats.get(SITE, chat.id).await.expect("there").agent, Some(agent));
    house.test.clock.advance(2 * MINUTE);
    repair.once().await.expect("runs");
    assert_eq!(house.node.chats.get(SITE, chat.id).await.expect("there").status, Status::Waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_ahead_ends_no_chat_and_takes_none_away() {
    let house = House::open().await;
    let (agent, _, chat) = house.chatting().await;
    let floor = Floor::new(house.node.desk.clone());
    let (idle, repair) = (IdleChats(floor.clone()), Repair { house: floor, patience: Patience::default() });
    house.test.clock.set(testkit::NOON.plus(300 * MINUTE));
    for _ in 0..2 {
        idle.once().await.expect("runs");
        repair.once().await.expect("runs");
        house.test.clock.advance(MINUTE);
    }
    let kept = house.node.chats.get(SITE, chat.id).await.expect("there");
    assert_eq!((kept.status, kept.agent), (Status::Chatting, Some(agent)));
    house.test.clock.advance(MINUTE);
    repair.once().await.expect("runs");
    assert_eq!(house.node.chats.get(SITE, chat.id).await.expect("there").status, Status::Waiting, "silence after it counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_chat_ends_in_its_time_after_a_clock_was_set() {
    let house = House::open().await;
    let (agent, _, chat) = house.chatting().await;
    let idle = IdleChats(Floor::new(house.node.desk.clone()));
    house.test.clock.set(testkit::NOON.plus(300 * MINUTE));
    idle.once().await.expect("runs");
    house.test.clock.advance(31 * MINUTE);
    house.node.desk.hear(SITE, agent).await.expect("lives");
    idle.once().await.expect("runs");
    assert_eq!(house.node.chats.get(SITE, chat.id).await.expect("there").status, Status::Ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn running_chats_are_told_again_to_a_store_that_forgot() {
    let house = House::open().await;
    let (agent, _, chat) = house.chatting().await;
    for _ in 0..50 {
        if house.live.remove_chat(SITE, chat.id).await.expect("answers").is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    repair(&house).rebuild().await.expect("rebuilds");
    for _ in 0..50 {
        let found = house.live.get_chats(SITE, &ChatFilter::one(chat.id), &LiveQuery::default()).await.expect("answers");
        if found.items.first().is_some_and(|found| found.agent == Some(agent)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the chat was not told again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_chat_is_shown_until_it_is_rated_or_old() {
    let house = House::open().await;
    let floor = Floor::new(house.node.desk.clone());
    house.agent(1, 50, &[SALES]).await;
    let (keen, slow) = (visitor(), visitor());
    for guest in [keen, slow] {
        let chat = house.ask(guest, None).await;
        assert_eq!(floor.state_for(SITE, guest).await.expect("runs")["status"], "chatting");
        house.node.queue.end(SITE, chat.id, Ender::Visitor(guest)).await.expect("ends");
        let shown = floor.state_for(SITE, guest).await.expect("may be rated");
        assert_eq!((&shown["status"], &shown["can_rate"]), (&"ended".into(), &true.into()));
        if guest == keen {
            let rating = Rating { grade: 5, comment: None };
            house.node.chats.rate(SITE, chat.id, guest, rating).await.expect("rated");
            assert_eq!(floor.state_for(SITE, guest).await, None);
        }
    }
    house.test.clock.advance(31 * MINUTE);
    assert_eq!(floor.state_for(SITE, slow).await, None);
}
