use super::{Lab, SITE, body, heard};
use base::UserId;
use sockets::live::{AgentFilter, ChatFilter, Cursor, LiveChat, LiveQuery, LiveVisitor, Topic, VisitorFilter};
use std::time::Duration;

const DESK: Topic = Topic::Desk(SITE);

pub async fn a_gap_follows_loss(lab: &Lab) {
    let old = lab.live.publish(&DESK, body("x")).await.expect("is told");
    (lab.lose)().await;
    assert!(lab.live.since(&DESK, old).await.expect("is read").is_err());
    for _ in 0..3 {
        lab.live.publish(&DESK, body("y")).await.expect("is told");
    }
    let gap = lab.live.since(&DESK, old).await.expect("is read").expect_err("a number of the old life means nothing now");
    assert_ne!(gap.head.epoch, old.epoch);
    assert_eq!(lab.other.since(&DESK, Cursor { seq: 0, ..gap.head }).await.expect("is read").map(|entries| entries.len()), Ok(3));
}

pub async fn owners_are_told_of_loss(lab: &Lab) {
    let (mut here, mut there) = (lab.live.epochs(), lab.other.epochs());
    lab.live.publish(&DESK, body("x")).await.expect("is told");
    // A store that looks from time to time must have looked once.
    tokio::time::sleep(Duration::from_millis(700)).await;
    here.mark_unchanged();
    there.mark_unchanged();
    (lab.lose)().await;
    for epochs in [&mut here, &mut there] {
        tokio::time::timeout(Duration::from_secs(3), epochs.changed()).await.expect("is told soon").expect("is open");
    }
}

pub async fn what_is_said_again_after_loss_is_as_before(lab: &Lab) {
    let visitor = lab.live.create_visitor(lab.visitor()).await.expect("is put");
    let chat = lab.live.create_chat(lab.chat_of(1)).await.expect("is put");
    lab.live.create_agent(lab.agent(1)).await.expect("is put");
    let find_agent = AgentFilter::one(UserId(1));
    let agent = lab.live.get_agents(SITE, &find_agent).await.expect("is read").pop().expect("is here");
    (lab.lose)().await;
    assert_eq!(lab.live.get_agents(SITE, &AgentFilter::default()).await, Ok(Vec::new()));
    let again = lab.other.create_visitor(visitor.clone()).await.expect("is put");
    assert!(again.rev > visitor.rev, "a revision never comes twice");
    assert_eq!(LiveVisitor { rev: visitor.rev, ..again }, visitor);
    lab.live.create_agent(agent.clone()).await.expect("is put");
    lab.live.create_chat(chat.clone()).await.expect("is put");
    assert_eq!(lab.load(1).await, 1);
    let filter = ChatFilter { agent: Some(UserId(1)), ..ChatFilter::default() };
    assert_eq!(lab.live.get_chats(SITE, &filter, &LiveQuery::default()).await.expect("is read").items.len(), 1);
    let found = lab.live.get_visitors(SITE, &VisitorFilter::default(), &LiveQuery::default()).await.expect("is read");
    assert_eq!(found.items.len(), 1);
}

pub async fn a_chat_goes_on_after_loss(lab: &Lab) {
    let chat = lab.live.create_chat(lab.chat()).await.expect("is put");
    for seq in 1..=3 {
        lab.live.send_chat_message(SITE, chat.id, seq, body("x")).await.expect("is sent");
    }
    (lab.lose)().await;
    lab.live.create_chat(LiveChat { last_seq: 3, ..chat.clone() }).await.expect("is said again from SQL");
    let mut changes = lab.other.changes();
    assert!(!lab.live.send_chat_message(SITE, chat.id, 3, body("x")).await.expect("is a double"));
    assert!(lab.live.send_chat_message(SITE, chat.id, 4, body("x")).await.expect("is sent"));
    assert_eq!(heard(&mut changes, Topic::Chat(SITE, chat.id)).await.cursor, Some(Cursor::durable(4)));
    assert!(lab.live.get_chat_messages(SITE, chat.id, 2).await.expect("is read").is_err(), "that is SQL's to say");
    assert_eq!(lab.live.get_chat_messages(SITE, chat.id, 3).await.expect("is read").map(|entries| entries.len()), Ok(1));
}
