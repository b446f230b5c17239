//! What other systems are told of agents, queues and visits.

use crate::chat_house::{House, SALES, SITE, SUPPORT, new_chat, visitor};
use crate::visitors_house;
use base::UserId;
use livechat::Patience;
use livechat::chat::Rating;
use livechat::floor::{House as Floor, QueueLog, Repair, StatusWatch};
use livechat::visitors::VisitTally;
use serde_json::{Value, json};
use sockets::live::AgentStatus;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn told(test: &testkit::TestDb, name: &str) -> Vec<Value> {
    test.news().into_iter().filter(|envelope| envelope.name == name).map(|envelope| envelope.payload).collect()
}

fn statuses(house: &House) -> Vec<i64> {
    told(&house.test, "AgentStatus.Log").iter().map(|log| log["Status"].as_i64().expect("a number")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_told_once_each_time_it_changes() {
    let house = House::open().await;
    let agent = house.agent(1, 5, &[SALES]).await;
    let desk = &house.node.desk;
    desk.set_status(SITE, agent, AgentStatus::Online, Some("again".into())).await.expect("the same");
    desk.set_status(SITE, agent, AgentStatus::Away, None).await.expect("away");
    desk.enter(SITE, agent, 2).await.expect("another screen");
    desk.set_status(SITE, agent, AgentStatus::Offline, None).await.expect("off-line");
    desk.set_status(SITE, agent, AgentStatus::Offline, None).await.expect("the same");
    assert_eq!(statuses(&house), [1, 2, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_came_does_not_go() {
    let house = House::open().await;
    house.node.desk.set_status(SITE, UserId(9), AgentStatus::Offline, None).await.expect("chosen");
    assert!(statuses(&house).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_whose_screens_stay_dark_is_told_to_be_gone_and_to_be_back() {
    let house = House::open().await;
    let agent = house.agent(1, 5, &[SALES]).await;
    let repair = Repair { house: Floor::new(house.node.desk.clone()), patience: Patience::default() };
    let watch = StatusWatch(repair);
    watch.once().await.expect("runs");
    house.node.desk.leave(SITE, agent, 0).await;
    house.test.clock.advance(MINUTE);
    watch.once().await.expect("runs");
    assert_eq!(statuses(&house), [1]);
    house.test.clock.advance(2 * MINUTE);
    watch.once().await.expect("runs");
    watch.once().await.expect("runs");
    assert_eq!(statuses(&house), [1, 0]);
    house.node.desk.enter(SITE, agent, 1).await.expect("back");
    assert_eq!(statuses(&house), [1, 0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_wait_are_counted_until_nobody_does() {
    let house = House::open().await;
    let agent = house.agent(1, 1, &[SALES]).await;
    house.agent(2, 1, &[SUPPORT]).await;
    let chats = [house.ask(visitor(), Some(SALES)).await, house.ask(visitor(), Some(SALES)).await, house.ask(visitor(), Some(SALES)).await];
    let log = QueueLog::new(house.node.chats.clone());
    log.once().await.expect("runs");
    let first = told(&house.test, "ChatQueue.Log");
    assert_eq!(first.len(), 1);
    assert_eq!((&first[0]["Messages"][0]["DepartmentId"], &first[0]["Messages"][0]["NumberOfQueue"]), (&json!(SALES), &json!(2)));
    house.node.desk.set_status(SITE, agent, AgentStatus::Away, None).await.expect("away");
    for chat in &chats {
        house.node.queue.end(SITE, chat.id, livechat::chat::Ender::Visitor(chat.visitor)).await.expect("ends");
    }
    log.once().await.expect("runs");
    log.once().await.expect("runs");
    let all = told(&house.test, "ChatQueue.Log");
    assert_eq!(all.len(), 2, "zero is told once");
    assert_eq!(all[1]["Messages"][0]["NumberOfQueue"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rating_is_told_when_it_is_given_and_when_it_changes() {
    let house = House::open().await;
    let (_, guest, chat) = house.chatting().await;
    for (grade, comment) in [(5, "good"), (5, "good"), (2, "no")] {
        let rating = Rating { grade, comment: Some(comment.into()) };
        house.node.chats.rate(SITE, chat.id, guest, rating).await.expect("rates");
    }
    let ratings = told(&house.test, "Visitor.Rating");
    assert_eq!(ratings.iter().map(|rating| rating["RatingGrade"].as_i64()).collect::<Vec<_>>(), [Some(5), Some(2)]);
    assert_eq!((&ratings[1]["ChatGuid"], &ratings[1]["ChatId"]), (&json!(chat.id), &json!(chat.number)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_found_nobody_is_told_with_who_left_it() {
    let house = House::open().await;
    let text = "Please call me\nI am in until five";
    let chat = house.node.queue.request(SITE, visitor(), new_chat(json!({}), Some(text))).await.expect("asks");
    let messages = told(&house.test, "OfflineMessage.Submit");
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!((&message["SourceChatId"], &message["VisitorId"]), (&json!(chat.id), &json!(chat.visitor)));
    assert_eq!((&message["Title"], &message["Content"]), (&json!("Please call me"), &json!(text)));
    assert_eq!((&message["Language"], &message["CampaignId"]), (&json!("zh-CN"), &json!(chat.widget)));
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_are_counted_once_by_widget() {
    let house = visitors_house::House::open().await;
    let tally = VisitTally(house.visitors.clone());
    tally.once().await.expect("begins");
    for _ in 0..3 {
        house.arrive(None).await;
    }
    house.test.clock.advance(2 * MINUTE);
    for _ in 0..3 {
        tally.once().await.expect("counts");
    }
    house.arrive(None).await;
    house.test.clock.advance(2 * MINUTE);
    tally.once().await.expect("counts");
    let counts = told(&house.test, "Visit.Log");
    assert_eq!(counts.iter().map(|log| log["VisitCount"].as_i64()).collect::<Vec<_>>(), [Some(3), Some(1)]);
    assert!(counts.iter().all(|log| log["CampaignId"] == house.widget && log["SiteId"] == 1));
}
