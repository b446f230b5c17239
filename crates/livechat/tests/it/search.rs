//! What is found in chats, by whom, and when.

use crate::chat_house::{House, OTHER_SITE, SITE, message, speaker, visitor};
use base::{PageRequest, SiteId};
use futures_util::future::join_all;
use livechat::chat::{Chat, Ender, Filter, NewChat, NewMessage, Rating, Status};
use sea_orm::ConnectionTrait as _;
use sea_orm_migration::MigrationTrait;
use serde_json::json;
use testkit::TestDb;
use uuid::Uuid;

/// Somebody who finds nobody there and leaves a message.
async fn leave(house: &House, site: SiteId, name: &str, text: &str) -> Chat {
    let form = json!({ "name": name, "email": format!("{}@example.com", name.replace(' ', ".")) });
    let form = form.as_object().cloned().expect("an object");
    let new = NewChat { client_id: Uuid::new_v4(), form, message: Some(text.into()), attachment: None };
    house.node.queue.request(site, visitor(), new).await.expect("asks")
}

async fn index(house: &House) {
    while house.node.chats.index_some().await.expect("is indexed") {}
    let left = "SELECT number FROM chat WHERE NOT indexed AND status IN ('ended', 'offline')";
    let backend = house.test.db.read().get_database_backend();
    let left = house.test.db.read().query_all_raw(sea_orm::Statement::from_string(backend, left)).await.expect("reads");
    assert!(left.is_empty(), "{} chats were left out", left.len());
}

fn text(text: &str) -> Filter {
    Filter { text: Some(text.into()), ..Filter::default() }
}

async fn names_at(house: &House, site: SiteId, filter: &Filter) -> Vec<String> {
    let found = house.node.chats.past(site, filter, &PageRequest::default()).await.expect("finds");
    assert_eq!(found.next, None);
    found.items.into_iter().filter_map(|chat| chat.snapshot.name).collect()
}

async fn names(house: &House, sought: &str) -> Vec<String> {
    names_at(house, SITE, &text(sought)).await
}

/// The same before the words of the chats are kept, and after.
#[tokio::test(flavor = "multi_thread")]
async fn chats_are_found_by_their_words_in_any_language() {
    let house = House::open().await;
    leave(&house, SITE, "Ada Lovelace", "Where is my ORDER? A refund will do").await;
    leave(&house, SITE, "小明", "我的订单在哪里,用支付宝付的").await;
    leave(&house, SITE, "Bob", "100% sure_thing, 支、付 on order 订单").await;
    leave(&house, SITE, "Eve", "先支付 后付宝").await;
    for kept in [false, true] {
        if kept {
            index(&house).await;
        }
        for (sought, due) in [
            ("order", vec!["Bob", "Ada Lovelace"]),
            ("ＯＲＤＥＲ", vec!["Bob", "Ada Lovelace"]),
            ("refund order", vec!["Ada Lovelace"]),
            ("where refu", vec!["Ada Lovelace"]),
            ("refu where", vec![]),
            ("rder", vec![]),
            ("\"order refund\"", vec![]),
            ("\"a refund will\" order", vec!["Ada Lovelace"]),
            ("订单", vec!["Bob", "小明"]),
            ("付", vec!["Eve", "Bob", "小明"]),
            ("支付", vec!["Eve", "小明"]),
            ("支付宝", vec!["小明"]),
            ("哪里 支付宝", vec!["小明"]),
            ("order订单", vec!["Bob"]),
            ("小明", vec!["小明"]),
            ("lovelace", vec!["Ada Lovelace"]),
            ("Ada.Lovelace@example.com", vec!["Ada Lovelace"]),
            ("100%", vec!["Bob"]),
            ("sure_t", vec!["Bob"]),
            ("%%", vec![]),
            ("neverheard", vec![]),
        ] {
            assert_eq!(names(&house, sought).await, due, "{sought}, words kept: {kept}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_chat_is_found_before_it_ends_and_after() {
    let house = House::open().await;
    let (agent, guest, chat) = house.chatting().await;
    house.say(&chat, guest, "is the teapot hand-made").await.expect("said");
    let new = NewMessage { upload: Some(house.file(&chat, "Quote Ümlaut 发票.PDF")), text: None, ..message("") };
    house.node.chats.say(SITE, chat.id, speaker(agent), new).await.expect("said");
    let finds = async |sought: &str| {
        let found = house.node.chats.past(SITE, &text(sought), &PageRequest::default()).await.expect("finds");
        found.items.len() == 1
    };
    for running in [true, false] {
        for sought in ["teapot", "teapot quote", "ümlaut", "发票", "quote.pdf pdf"] {
            assert_eq!(finds(sought).await, sought != "quote.pdf pdf", "{sought}, running: {running}");
        }
        house.node.queue.end(SITE, chat.id, Ender::Visitor(guest)).await.expect("ended");
        index(&house).await;
    }
    house.node.chats.rate(SITE, chat.id, guest, Rating { grade: 5, comment: Some("splendid".into()) }).await.expect("rated");
    assert!(finds("splendid teapot").await, "what came after the end");
    index(&house).await;
    assert!(finds("splendid teapot").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_while_words_are_kept_is_kept_the_next_time() {
    let house = House::open().await;
    let (_, guest, chat) = house.chatting().await;
    house.say(&chat, guest, "first").await.expect("said");
    house.node.queue.end(SITE, chat.id, Ender::Visitor(guest)).await.expect("ended");
    let rate = |n: i32| house.node.chats.rate(SITE, chat.id, guest, Rating { grade: n % 5 + 1, comment: Some(format!("late{n}")) });
    for n in 0..20 {
        let (rated, indexed) = tokio::join!(rate(n), house.node.chats.index_some());
        rated.expect("rated");
        indexed.expect("indexed");
    }
    index(&house).await;
    assert_eq!(house.node.chats.past(SITE, &text("first late19"), &PageRequest::default()).await.expect("finds").items.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_finds_nothing() {
    let house = House::open().await;
    leave(&house, SITE, "Ada", "the teapot 茶壶").await;
    for _ in 0..2 {
        for sought in ["teapot", "teap", "茶壶", "ada", "\"the teapot\"", "t"] {
            assert!(names_at(&house, OTHER_SITE, &text(sought)).await.is_empty(), "{sought}");
            assert_eq!(names(&house, sought).await, ["Ada"], "{sought}");
        }
        index(&house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_filters_narrow_a_search() {
    let house = House::open().await;
    let left = leave(&house, SITE, "Ada", "teapot").await;
    let (agent, guest, chat) = house.chatting().await;
    house.say(&chat, guest, "teapot").await.expect("said");
    index(&house).await;
    let find = async |filter: Filter| {
        let found = house.node.chats.past(SITE, &Filter { text: Some("teapot".into()), ..filter }, &PageRequest::default()).await;
        found.expect("finds").items.into_iter().map(|chat| chat.id).collect::<Vec<_>>()
    };
    assert_eq!(find(Filter::default()).await, [chat.id, left.id]);
    assert_eq!(find(Filter { status: Some(Status::Offline), ..Filter::default() }).await, [left.id]);
    assert_eq!(find(Filter { agent: Some(agent), ..Filter::default() }).await, [chat.id]);
    assert_eq!(find(Filter { to: Some(left.requested_at), ..Filter::default() }).await, []);
    assert_eq!(find(Filter { seen_by: Some((agent, vec![])), ..Filter::default() }).await, [chat.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_search_leave_nothing_out_and_show_nothing_twice() {
    let house = House::open().await;
    join_all((0..620).map(|n| leave(&house, SITE, "Ada", if n % 40 == 7 { "rare one" } else { "one rare" }))).await;
    for kept in [false, true] {
        if kept {
            index(&house).await;
        }
        for (sought, due) in [("rare", 620), ("\"rare one\"", 16), ("on rare", 0), ("rare ad", 620), ("r", 620)] {
            let mut seen = Vec::new();
            let mut ask = PageRequest::first(200);
            loop {
                let page = house.node.chats.past(SITE, &text(sought), &ask).await.expect("finds");
                seen.extend(page.items.iter().map(|chat| chat.number));
                ask.after = page.next;
                if ask.after.is_none() {
                    break;
                }
            }
            assert_eq!(seen.len(), due, "{sought}, words kept: {kept}");
            assert!(seen.is_sorted_by(|one, two| one > two));
        }
    }
}

/// The schema as it was before words were kept.
fn before_words() -> Vec<Box<dyn MigrationTrait>> {
    livechat::migrations().into_iter().filter(|migration| migration.name() < "m20261130").collect()
}

async fn run(test: &TestDb, sql: &str, values: Vec<sea_orm::Value>) {
    let tx = test.db.begin().await.expect("begins");
    let statement = sea_orm::Statement::from_sql_and_values(tx.conn().get_database_backend(), sql, values);
    tx.conn().execute_raw(statement).await.expect("is written");
    tx.commit().await.expect("commits");
}

#[tokio::test(flavor = "multi_thread")]
async fn chats_from_before_words_were_kept_are_found_after_the_upgrade() {
    let test = TestDb::open(&[before_words]).await;
    let chat = "INSERT INTO chat (id, site, visitor, client_id, widget, agents, status, source, form, snapshot, people_folded, queued, requested_at, last_seq)
                VALUES ($1, 1, $2, $3, 1, '[]', 'ended', 'button', '{}', '{\"name\":\"Ada Lovelace\"}', 'ada lovelace', FALSE, 1, 1)";
    run(&test, chat, [(); 3].map(|()| Uuid::new_v4().into()).into()).await;
    let entry = "INSERT INTO chat_entry (id, chat, seq, at, kind, from_kind, text, folded) VALUES (1, 1, 1, 1, 'message', 'visitor', 'Old Teapot 茶壶', 'old teapot 茶壶')";
    run(&test, entry, vec![]).await;
    test.db.migrate(&[livechat::migrations]).await.expect("is brought up to date");
    let house = House::on(test).await;
    for _ in 0..2 {
        for sought in ["lovelace teapot", "茶壶"] {
            assert_eq!(names(&house, sought).await, ["Ada Lovelace"], "{sought}");
        }
        index(&house).await;
    }
}
