//! What those who talk may count on.

use crate::chat_house::{House, OTHER_SITE, SITE, message, new_chat, speaker, visitor};
use base::{ChatId, Fault, Kind, PageRequest, UserId};
use futures_util::future::join_all;
use livechat::chat::{Chat, Ender, EntryKind, Filter, Mark, NewMessage, Rating, Side, Speaker, Status};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

async fn texts(house: &House, chat: &Chat) -> Vec<String> {
    let entries = house.node.chats.entries(chat, 0, 500).await.expect("reads");
    entries.into_iter().filter_map(|entry| entry.draft.text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_asked_for_answered_ended_rated_and_announced() {
    let house = House::open().await;
    let (agent, guest, chat) = house.chatting().await;
    assert_eq!((chat.status, chat.agent), (Status::Chatting, Some(agent)));
    house.say(&chat, guest, "你好 <b>hi</b>").await.expect("said");
    house.node.chats.say(SITE, chat.id, speaker(agent), message("Good morning")).await.expect("answered");
    let ended = house.node.queue.end(SITE, chat.id, Ender::Visitor(guest)).await.expect("ended");
    assert_eq!((ended.status, ended.visitor_messages, ended.agent_messages), (Status::Ended, 1, 1));
    house.node.queue.end(SITE, chat.id, Ender::Visitor(guest)).await.expect("ending twice is ending once");
    let rated = house.node.chats.rate(SITE, chat.id, guest, Rating { grade: 5, comment: None }).await.expect("rated");
    assert_eq!(rated.rating.map(|rating| rating.grade), Some(5));
    let kinds: Vec<_> = house.node.chats.entries(&chat, 0, 50).await.expect("reads").iter().map(|e| (e.seq, e.draft.kind)).collect();
    let due = [EntryKind::Joined, EntryKind::Message, EntryKind::Message, EntryKind::Ended, EntryKind::Rated];
    assert_eq!(kinds, due.into_iter().enumerate().map(|(n, kind)| (n as i64 + 1, kind)).collect::<Vec<_>>());
    assert_eq!(house.test.announced(), ["AgentStatus.Log", "ChatCreated", "Chat.Ended", "Visitor.Rating"]);
    assert_eq!(texts(&house, &chat).await, ["你好 <b>hi</b>", "Good morning"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_nobody_is_there_the_message_is_kept() {
    let house = House::open().await;
    let new = new_chat(json!({}), Some("call me"));
    let chat = house.node.queue.request(SITE, visitor(), new).await.expect("asks");
    assert_eq!((chat.status, chat.missed_status()), (Status::Offline, 3));
    assert_eq!(texts(&house, &chat).await, ["call me"]);
    assert_eq!(house.test.announced(), ["ChatCreated", "OfflineMessage.Submit", "Chat.Ended"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_and_two_tabs_ask_once() {
    let house = House::open().await;
    house.agent(1, 5, &[]).await;
    let guest = visitor();
    let asks = (0..8).map(|_| house.ask(guest, None));
    let chats = join_all(asks).await;
    assert!(chats.iter().all(|chat| chat.id == chats[0].id));
    let list = house.node.chats.past(SITE, &Filter::default(), &PageRequest::default()).await.expect("lists");
    assert_eq!(list.items.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_from_two_tabs_stands_once() {
    let house = House::open().await;
    let (_, guest, chat) = house.chatting().await;
    let new = message("once");
    let says = (0..10).map(|_| house.node.chats.say(SITE, chat.id, Speaker::Visitor(guest), new.clone()));
    let said: Vec<_> = join_all(says).await.into_iter().map(|said| said.expect("said")).collect();
    assert!(said.iter().all(|one| one.entry == said[0].entry));
    assert_eq!(said.iter().filter(|one| !one.again).count(), 1);
    assert_eq!(texts(&house, &chat).await, ["once"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_off_before_the_answer_is_said_again_and_stands_once() {
    let house = House::open().await;
    let (_, guest, chat) = house.chatting().await;
    for n in 0..20_u64 {
        let new = message(&format!("m{n}"));
        let chats = house.node.chats.clone();
        let (id, again) = (chat.id, new.clone());
        let cut = tokio::spawn(async move { chats.say(SITE, id, Speaker::Visitor(guest), again).await });
        tokio::time::sleep(Duration::from_millis(n % 5)).await;
        cut.abort();
        house.node.chats.say(SITE, chat.id, Speaker::Visitor(guest), new).await.expect("said again");
    }
    let due: Vec<_> = (0..20).map(|n| format!("m{n}")).collect();
    assert_eq!(texts(&house, &chat).await, due);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_many_chats_keep_their_order_without_holes_on_two_nodes() {
    let house = House::open().await;
    let other = house.second_node().await;
    house.agent(1, 100, &[]).await;
    let talks = (0..10).map(|n| {
        let (house, other) = (&house, &other);
        async move {
            let guest = visitor();
            let chat = house.ask(guest, None).await;
            for m in 0..20 {
                let chats = if (n + m) % 2 == 0 { &house.node.chats } else { &other.chats };
                chats.say(SITE, chat.id, Speaker::Visitor(guest), message(&m.to_string())).await.expect("said");
            }
            let entries = house.node.chats.entries(&chat, 0, 500).await.expect("reads");
            assert!(entries.iter().enumerate().all(|(place, entry)| entry.seq == place as i64 + 1));
            let said: Vec<_> = entries.into_iter().filter_map(|entry| entry.draft.text).collect();
            assert_eq!(said, (0..20).map(|m| m.to_string()).collect::<Vec<_>>());
        }
    });
    join_all(talks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_message_does_not_spoil_the_batch() {
    let house = House::open().await;
    let (agent, guest, chat) = house.chatting().await;
    let chats = &house.node.chats;
    let (good, nowhere, stranger, foreign, unasked) = tokio::join!(
        chats.say(SITE, chat.id, Speaker::Visitor(guest), message("good")),
        chats.say(SITE, ChatId(Uuid::new_v4()), Speaker::Visitor(guest), message("nowhere")),
        chats.say(SITE, chat.id, Speaker::Visitor(visitor()), message("stranger")),
        chats.say(OTHER_SITE, chat.id, speaker(agent), message("other site")),
        chats.say(SITE, chat.id, speaker(UserId(99)), message("not mine")),
    );
    good.expect("said");
    let kind = |refused: Result<livechat::chat::Said, livechat::chat::ChatError>| refused.expect_err("refused").kind();
    assert_eq!([kind(nowhere), kind(stranger), kind(foreign)], [Kind::Missing; 3]);
    assert_eq!(kind(unasked), Kind::Denied);
    assert_eq!(texts(&house, &chat).await, ["good"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_endless_and_late_words_are_refused() {
    let house = House::open().await;
    let (_, guest, chat) = house.chatting().await;
    let chats = &house.node.chats;
    let say = |text: &str| chats.say(SITE, chat.id, Speaker::Visitor(guest), message(text));
    assert_eq!(say(" \n\0").await.expect_err("empty").kind(), Kind::Invalid);
    assert_eq!(say(&"字".repeat(1_000_000)).await.expect_err("endless").kind(), Kind::TooLarge);
    say(&"字".repeat(10_000)).await.expect("just fits");
    let odd = "\u{202e}RTL\u{200b} 👩‍👩‍👧 ' \" \\ %_ {\"json\":[1]} \0end";
    say(odd).await.expect("odd is fine");
    assert_eq!(texts(&house, &chat).await[1], odd.replace('\0', ""));
    let kept = message("before the end");
    chats.say(SITE, chat.id, Speaker::Visitor(guest), kept.clone()).await.expect("said");
    house.node.queue.end(SITE, chat.id, Ender::Visitor(guest)).await.expect("ended");
    assert_eq!(say("late").await.expect_err("late").kind(), Kind::Conflict);
    // What was kept before the end is answered again all the same.
    assert!(chats.say(SITE, chat.id, Speaker::Visitor(guest), kept).await.expect("answered").again);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_chat_is_not_there() {
    let house = House::open().await;
    let (_, guest, chat) = house.chatting().await;
    let chats = &house.node.chats;
    assert_eq!(chats.get(OTHER_SITE, chat.id).await.expect_err("hidden").kind(), Kind::Missing);
    assert_eq!(chats.of_visitor(SITE, visitor(), chat.id).await.expect_err("hidden").kind(), Kind::Missing);
    assert_eq!(house.node.queue.end(OTHER_SITE, chat.id, Ender::Visitor(guest)).await.expect_err("hidden").kind(), Kind::Missing);
    assert_eq!(house.node.queue.accept(OTHER_SITE, chat.id, UserId(1)).await.expect_err("hidden").kind(), Kind::Missing);
    let list = chats.past(OTHER_SITE, &Filter::default(), &PageRequest::default()).await.expect("lists");
    assert!(list.items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_paged_newest_first() {
    let house = House::open().await;
    let (one, two, three) = (house.ask(visitor(), None).await, house.ask(visitor(), None).await, house.ask(visitor(), None).await);
    let first = house.node.chats.past(SITE, &Filter::default(), &PageRequest::first(2)).await.expect("lists");
    assert_eq!(first.items.iter().map(|chat| chat.id).collect::<Vec<_>>(), [three.id, two.id]);
    let rest = PageRequest { after: first.next, limit: 2 };
    let rest = house.node.chats.past(SITE, &Filter::default(), &rest).await.expect("lists");
    assert_eq!((rest.items[0].id, rest.items.len(), rest.next), (one.id, 1, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_only_rise_and_only_by_those_concerned() {
    let house = House::open().await;
    let (agent, guest, chat) = house.chatting().await;
    house.say(&chat, guest, "one").await.expect("said");
    let chats = &house.node.chats;
    chats.mark(SITE, chat.id, Side::Agent(agent), Mark { delivered: 2, read: 1 });
    chats.mark(SITE, chat.id, Side::Agent(agent), Mark { delivered: 1, read: 99 });
    chats.mark(SITE, chat.id, Side::Agent(UserId(77)), Mark { delivered: 99, read: 99 });
    chats.mark(OTHER_SITE, chat.id, Side::Visitor(guest), Mark { delivered: 99, read: 99 });
    let mut marks = chat.marks;
    for _ in 0..100 {
        marks = chats.get(SITE, chat.id).await.expect("there").marks;
        if marks.agent.read == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((marks.agent, marks.visitor), (Mark { delivered: 2, read: 2 }, Mark { delivered: 2, read: 2 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_needs_words_or_a_file() {
    let house = House::open().await;
    let (_, guest, chat) = house.chatting().await;
    let none = NewMessage { client_id: Uuid::new_v4(), text: None, upload: Some(base::UploadId(Uuid::new_v4())) };
    let refused = house.node.chats.say(SITE, chat.id, Speaker::Visitor(guest), none).await.expect_err("refused");
    assert_eq!(refused.field(), Some("upload"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_has_his_own_chat_sent_once_it_is_over() {
    let house = House::open().await;
    let (_, guest, chat) = house.chatting().await;
    house.say(&chat, guest, "Keep this").await.expect("kept");
    let ask = |who| house.node.chats.mail_transcript(SITE, chat.id, who, " ada@mail.example ");
    assert_eq!(ask(guest).await.expect_err("it goes on").kind(), Kind::Denied);
    house.node.queue.end(SITE, chat.id, Ender::Visitor(guest)).await.expect("ends");
    assert_eq!(ask(visitor()).await.expect_err("not his").kind(), Kind::Missing);
    ask(guest).await.expect("sent");
    let sent = house.town.letters.lock().expect("unpoisoned").clone();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].0 == "ada@mail.example" && sent[0].1.contains("Keep this"), "{sent:?}");
}
