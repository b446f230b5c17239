//! What an agent has before him, and what he may not see.

use crate::chat_house::{House, SALES, SITE, SUPPORT, caller, visitor};
use base::Permission::{AnswerChats, ViewAllChats, ViewHistory};
use base::UserId;
use livechat::chat::{Ender, Status};
use sockets::live::{AgentStatus, Topic};

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_shows_my_chats_and_the_queue_of_my_departments() {
    let house = House::open().await;
    let one = house.agent(1, 1, &[SALES]).await;
    let two = house.agent(2, 1, &[SUPPORT]).await;
    let mine = house.ask(visitor(), Some(SALES)).await;
    let queued = house.ask(visitor(), Some(SALES)).await;
    let desk = house.node.desk.snapshot(&caller(one, &[AnswerChats])).await.expect("a desk");
    assert_eq!(desk.chats.iter().map(|chat| chat.id).collect::<Vec<_>>(), [mine.id]);
    assert_eq!(desk.queue.iter().map(|chat| chat.id).collect::<Vec<_>>(), [queued.id]);
    assert_eq!((desk.me.status, desk.me.load, desk.me.chat_limit), (AgentStatus::Online, 1, 1));
    assert_eq!(desk.colleagues.len(), 1);
    let others = house.node.desk.snapshot(&caller(two, &[AnswerChats])).await.expect("a desk");
    assert!(others.chats.is_empty() && others.queue.is_empty());
    let leader = house.node.desk.snapshot(&caller(two, &[AnswerChats, ViewAllChats])).await.expect("a desk");
    assert_eq!(leader.queue.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_may_not_see_is_not_there() {
    let house = House::open().await;
    let one = house.agent(1, 1, &[SALES]).await;
    let two = house.agent(2, 1, &[SUPPORT]).await;
    let guest = visitor();
    let chat = house.ask(guest, Some(SALES)).await;
    let sees = |who: UserId, may: Vec<base::Permission>, chat: livechat::chat::Chat| {
        let desk = house.node.desk.clone();
        async move { desk.sight(&caller(who, &may)).await.expect("a sight").sees(&chat) }
    };
    assert!(sees(one, vec![AnswerChats], chat.clone()).await);
    assert!(!sees(two, vec![AnswerChats, ViewHistory], chat.clone()).await);
    assert!(sees(two, vec![ViewAllChats], chat.clone()).await);
    let over = house.node.queue.end(SITE, chat.id, Ender::Visitor(guest)).await.expect("ends");
    assert_eq!(over.status, Status::Ended);
    assert!(!sees(two, vec![AnswerChats, ViewHistory], over).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_survives_a_reload_and_the_loss_of_the_live_store() {
    let house = House::open().await;
    let one = house.agent(1, 1, &[SALES]).await;
    house.node.desk.leave(SITE, one, 0).await;
    house.live.remove_agent(SITE, one).await.expect("forgotten");
    house.node.desk.enter(SITE, one, 1).await.expect("back");
    let desk = house.node.desk.snapshot(&caller(one, &[AnswerChats])).await.expect("a desk");
    assert_eq!(desk.me.status, AgentStatus::Online);
    let chat = house.ask(visitor(), Some(SALES)).await;
    assert_eq!(chat.agent, Some(one));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_told_of_a_chat_in_his_own_log_and_all_of_the_queue() {
    let house = House::open().await;
    let one = house.agent(1, 1, &[SALES]).await;
    let desk = house.node.desk.snapshot(&caller(one, &[AnswerChats])).await.expect("a desk");
    let own = desk.cursors[&format!("agent:{one}")].parse().expect("a cursor");
    let all = desk.cursor.parse().expect("a cursor");
    let mine = house.ask(visitor(), Some(SALES)).await;
    house.ask(visitor(), Some(SALES)).await;
    let (mut told, mut queue) = (String::new(), String::new());
    for _ in 0..100 {
        let news = |logged: Vec<sockets::live::Logged>| logged.iter().map(|one| one.body.to_string()).collect::<String>();
        told = house.live.since(&Topic::Agent(SITE, one), own).await.expect("answers").map(news).expect("no gap");
        queue = house.live.since(&Topic::Desk(SITE), all).await.expect("answers").map(news).expect("no gap");
        if told.contains("chat_assigned") && queue.contains("\"queue\"") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(told.contains("chat_assigned") && told.contains(&mine.id.to_string()), "{told}");
    assert!(queue.contains("\"kind\":\"queue\""), "{queue}");
}
