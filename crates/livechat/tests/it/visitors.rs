//! What a visitor's browser may count on.

use crate::visitors_house::{House, OTHER_SITE, SITE};
use base::{Secret, VisitorId};
use livechat::visitors::{Introduction, Sweep, SweepSettings};
use serde_json::{Value, json};
use std::time::Duration;
use web::{LimitSettings, Rate};

const MINUTE: Duration = Duration::from_secs(60);

fn created(house: &House) -> usize {
    house.test.announced().iter().filter(|name| *name == "VisitorCreated").count()
}

fn id_of(text: &str) -> VisitorId {
    text.parse().expect("a uuid")
}

#[tokio::test]
async fn a_new_visitor_is_told_all_it_needs_in_one_call() {
    let house = House::open().await;
    let reply = house.arrive(None).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(reply.token().starts_with("sbv_") && reply.token().len() == 68);
    let body = &reply.body;
    assert_eq!(body["widget"]["look"]["theme_color"], "#1456f0");
    assert_eq!(body["widget"]["version"], 1);
    assert_eq!(body["departments"], json!([{"id": 3, "name": "Sales", "online": true}]));
    assert_eq!((&body["online"], &body["chat"]), (&json!(true), &Value::Null));
    let pace = body["pace_ms"].as_u64().expect("a pace");
    assert!((17_000..=20_000).contains(&pace), "{pace}");

    let board = house.board().await;
    assert_eq!(board.len(), 1);
    let seen = &board[0];
    assert_eq!(seen["id"], json!(reply.id()));
    assert_eq!((&seen["browser"], &seen["os"], &seen["device"]), (&json!("Firefox 145"), &json!("Linux"), &json!("desktop")));
    assert_eq!((&seen["language"], &seen["time_zone"]), (&json!("zh-CN"), &json!("Asia/Shanghai")));
    assert_eq!((&seen["visits"], &seen["pages"], &seen["status"]), (&json!(1), &json!(1), &json!("browsing")));
    assert_eq!(seen["page"], json!({"url": "https://shop.example/", "title": "Shop"}));
    assert_eq!(seen["referrer"], "https://search.example/?q=shoes");
}

#[tokio::test]
async fn a_returning_visitor_is_recognised_and_announced_once() {
    let house = House::open().await;
    let first = house.arrive(None).await;
    let again = house.arrive(Some(&first.token())).await;
    assert_eq!((again.id(), again.token()), (first.id(), first.token()));
    assert_eq!(created(&house), 1);
    assert_eq!(house.board().await.len(), 1);

    // The header serves as well as the body.
    let headers = [("authorization", &*format!("Bearer {}", first.token())), ("origin", "https://shop.example")];
    let by_header = house.call("POST", "/widget/visits", &headers, Some(&house.visit(None))).await;
    assert_eq!(by_header.id(), first.id());
}

#[tokio::test]
async fn a_restarted_node_still_knows_whom_it_met() {
    let house = House::open().await;
    let first = house.arrive(None).await;
    house.visitors.flush().await.expect("written");
    let anew = livechat::visitors::Visitors::new(house.test.db.clone(), house.live.clone(), livechat::visitors::Geo::none());
    let caller = anew.whose(&Secret::from(first.token())).await.expect("answers").expect("known");
    assert_eq!(caller.site, SITE);
    let profile = anew.profile(SITE, id_of(&first.id())).await.expect("known");
    assert_eq!(profile.visit.with.agent.browser.as_deref(), Some("Firefox 145"));
    assert!(profile.live.is_some());
}

#[tokio::test]
async fn two_tabs_are_one_visitor_on_one_visit() {
    let house = House::open().await;
    let first = house.arrive(None).await;
    let token = first.token();
    let mut cart = house.visit(Some(&token));
    cart["page"] = json!({"url": "https://shop.example/cart", "title": "Cart"});
    let (left, right) = tokio::join!(house.arrive_with(&cart), house.arrive(Some(&token)));
    assert_eq!((left.id(), right.id()), (first.id(), first.id()));
    assert_eq!(left.body["session"], first.body["session"]);
    let detail = house.detail(&first.id()).await;
    assert_eq!((&detail["visitor"]["visits"], &detail["visitor"]["pages"]), (&json!(1), &json!(3)));
    assert_eq!(detail["pages"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn forged_and_odd_tokens_make_a_new_visitor_and_never_an_error() {
    let house = House::open().await;
    let real = house.arrive(None).await;
    let forged = format!("sbv_{}", "0".repeat(64));
    for token in ["", "sbv_", "nonsense", &forged, &"x".repeat(5_000), "sbv_\u{202e}商", "sbk_1"] {
        let reply = house.arrive(Some(token)).await;
        assert_eq!(reply.status, 200, "{token:.20}: {}", reply.body);
        assert!(reply.id() != real.id() && reply.token() != token, "{token:.20}");
    }
    assert_eq!(created(&house), 8);
    // Beyond the visit a forged token is refused.
    assert_eq!(house.send("POST", "/widget/heartbeat", &forged, &json!({})).await.problem().0, 401);
    assert_eq!(house.call("POST", "/widget/heartbeat", &[], Some(&json!({}))).await.problem().0, 401);
}

#[tokio::test]
async fn another_sites_token_makes_a_new_visitor_there() {
    let house = House::open().await;
    let here = house.arrive(None).await;
    let mut body = house.visit(Some(&here.token()));
    body["site"] = json!(OTHER_SITE.0);
    body["widget"] = json!(house.other_widget);
    let there = house.arrive_with(&body).await;
    assert_eq!(there.status, 200, "{}", there.body);
    assert_ne!(there.id(), here.id());
    assert_ne!(there.token(), here.token());
    assert_eq!(house.get(&format!("/v1/visitors/{}", here.id()), "sbk_2").await.problem().0, 404);
    assert_eq!(house.board().await.len(), 1);
}

#[tokio::test]
async fn unknown_widgets_and_those_of_other_sites_are_missing() {
    let house = House::open().await;
    for widget in [0, -1, 999, i64::MAX, house.other_widget] {
        let mut body = house.visit(None);
        body["widget"] = json!(widget);
        assert_eq!(house.arrive_with(&body).await.problem().0, 404, "{widget}");
    }
    let path = format!("/v1/widgets/{}", house.widget);
    assert_eq!(house.send("PATCH", &path, "sbk_1", &json!({"enabled": false})).await.status, 200);
    assert_eq!(house.arrive(None).await.problem(), (404, "missing", ""));
    assert_eq!(created(&house), 0);
}

#[tokio::test]
async fn a_page_that_may_not_show_the_widget_is_told_so() {
    let house = House::open().await;
    let path = format!("/v1/widgets/{}", house.widget);
    let allow = json!({"config": {"allowed_origins": ["https://*.shop.example", "http://localhost:3000"]}});
    assert_eq!(house.send("PATCH", &path, "sbk_1", &allow).await.status, 200);
    let from = async |name: &str, value: &str| {
        house.call("POST", "/widget/visits", &[(name, value)], Some(&house.visit(None))).await
    };
    for origin in ["https://evil.example", "https://shop.example", "null", "http://www.shop.example", "http://localhost:3001", "https://www.shop.example.evil.example"] {
        let reply = from("origin", origin).await;
        assert_eq!(reply.problem(), (403, "denied", ""), "{origin}");
        assert!(reply.body["detail"].as_str().is_some_and(|detail| detail.contains("allowed_origins")), "{}", reply.body);
    }
    assert_eq!(house.call("POST", "/widget/visits", &[], Some(&house.visit(None))).await.problem().0, 403);
    assert_eq!(created(&house), 0);
    for (name, value) in [
        ("origin", "https://www.shop.example"),
        ("origin", "http://localhost:3000"),
        ("referer", "https://www.shop.example/a/b?c"),
        // Our own pages: the preview and the demo shop.
        ("origin", "https://chat.example"),
    ] {
        assert_eq!(from(name, value).await.status, 200, "{value}");
    }
}

#[tokio::test]
async fn a_visit_ends_after_half_an_hour_of_silence() {
    let house = House::open().await;
    let first = house.arrive(None).await;
    let token = first.token();
    house.test.clock.advance(29 * MINUTE);
    let second = house.arrive(Some(&token)).await;
    assert_eq!(second.body["session"], first.body["session"]);
    house.test.clock.advance(31 * MINUTE);
    let beat = house.send("POST", "/widget/heartbeat", &token, &json!({})).await;
    assert_eq!(beat.problem(), (404, "missing", ""), "a heartbeat cannot tell what a visit must");
    let third = house.arrive(Some(&token)).await;
    assert_ne!(third.body["session"], first.body["session"]);
    assert_eq!(third.id(), first.id());
    assert_eq!(created(&house), 1);
    let detail = house.detail(&first.id()).await;
    assert_eq!(detail["visitor"]["visits"], 2);
    let pages: Vec<_> = detail["visits"].as_array().expect("visits").iter().map(|visit| visit["pages"].clone()).collect();
    assert_eq!(pages, [json!(1), json!(2)]);
}

#[tokio::test]
async fn heartbeats_keep_a_visit_alive_across_nodes() {
    let house = House::open().await;
    let first = house.arrive(None).await;
    for _ in 0..8 {
        house.test.clock.advance(6 * MINUTE);
        let beat = house.send("POST", "/widget/heartbeat", &first.token(), &json!({})).await;
        assert_eq!(beat.status, 200, "{}", beat.body);
    }
    house.visitors.flush().await.expect("written");
    // A node that never met it reads from the row that it is not silent.
    let anew = livechat::visitors::Visitors::new(house.test.db.clone(), house.live.clone(), livechat::visitors::Geo::none());
    let profile = anew.profile(SITE, id_of(&first.id())).await.expect("known");
    assert_eq!(profile.visitor.last_seen, house.test.db.clock().now());
    assert_eq!(profile.visitor.visits, 1);
}

#[tokio::test]
async fn a_clock_that_jumps_loses_nobody() {
    let house = House::open().await;
    let first = house.arrive(None).await;
    let token = first.token();
    house.test.clock.set(testkit::NOON.minus(Duration::from_secs(86_400)));
    let back = house.arrive(Some(&token)).await;
    assert_eq!((back.status.as_u16(), back.id()), (200, first.id()));
    assert_eq!(house.send("POST", "/widget/heartbeat", &token, &json!({})).await.status, 200);
    house.test.clock.set(testkit::NOON.plus(Duration::from_secs(10 * 86_400)));
    let later = house.arrive(Some(&token)).await;
    assert_eq!(later.id(), first.id());
    house.test.clock.set(testkit::NOON);
    assert_eq!(house.arrive(Some(&token)).await.id(), first.id());
    let detail = house.detail(&first.id()).await;
    assert_eq!(detail["pages"].as_array().map(Vec::len), Some(4));
    assert_eq!(created(&house), 1);
}

#[tokio::test]
async fn huge_and_odd_words_are_cut_and_cleaned() {
    let house = House::open().await;
    let mut body = house.visit(None);
    body["page"] = json!({
        "url": format!("https://shop.example/{}", "a".repeat(50_000)),
        "title": format!("Sale\u{202e}\u{7}\n{}", "商".repeat(20_000)),
        "referrer": "javascript:alert(1)",
    });
    body["language"] = json!("<script>");
    body["time_zone"] = json!("x".repeat(1_000));
    body["screen"] = json!("big");
    body["visitor_key"] = json!(" user-7\u{0008} ");
    let headers = [("origin", "https://shop.example"), ("user-agent", &*"Mozilla/5.0 (".repeat(400))];
    let reply = house.call("POST", "/widget/visits", &headers, Some(&body)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let seen = &house.board().await[0];
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    assert_eq!((length(&seen["page"]["url"]), length(&seen["page"]["title"])), (2_000, 300));
    assert!(seen["page"]["title"].as_str().is_some_and(|title| title.starts_with("Sale 商") && title.ends_with('…')));
    for field in ["referrer", "language", "time_zone"] {
        assert_eq!(seen[field], Value::Null, "{field}");
    }
    assert_eq!(seen["variables"], json!({"visitor_key": "user-7"}));
    let refused = [
        (json!({"site": 1}), "invalid"),
        (json!([]), "invalid"),
        (json!({"site": "1", "widget": 1, "page": {"url": ""}}), "invalid"),
    ];
    for (body, slug) in refused {
        assert_eq!(house.arrive_with(&body).await.problem().1, slug, "{body}");
    }
    let mut more = house.visit(None);
    more["page"]["shoe"] = json!(1);
    assert_eq!(house.arrive_with(&more).await.problem(), (400, "invalid", "page.shoe"));
}

#[tokio::test]
async fn pages_of_an_application_are_followed() {
    let house = House::open().await;
    let first = house.arrive(None).await;
    let page = json!({"page": {"url": "https://shop.example/#/cart", "title": "Cart", "referrer": "https://shop.example/"}});
    let reply = house.send("POST", "/widget/pages", &first.token(), &page).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!((reply.id(), &reply.body["widget"]["id"]), (first.id(), &json!(house.widget)));
    assert_eq!(house.board().await[0]["page"]["title"], "Cart");
    assert_eq!(house.board().await[0]["pages"], 2);
    let detail = house.detail(&first.id()).await;
    assert_eq!(detail["pages"][0]["url"], "https://shop.example/#/cart");
    assert_eq!(detail["chats"], json!([{"number": 7}]));
}

#[tokio::test]
async fn variables_reach_the_board_and_outlive_it() {
    let house = House::open().await;
    let first = house.arrive(None).await;
    let set = async |variables: Value| house.send("PUT", "/widget/variables", &first.token(), &json!({ "variables": variables })).await;
    assert_eq!(set(json!({"cart": 129.5, "vip": true, "old": "x"})).await.status, 200);
    assert_eq!(set(json!({"plan": "gold", "old": null})).await.status, 200);
    let all = json!({"cart": "129.5", "vip": "true", "plan": "gold"});
    assert_eq!(house.board().await[0]["variables"], all);
    assert_eq!(set(json!({"a": {"b": 1}})).await.problem(), (400, "invalid", "variables.a"));
    let many: Value = (0..51).map(|n| (n.to_string(), json!(n))).collect::<serde_json::Map<_, _>>().into();
    assert_eq!(set(many).await.problem(), (400, "invalid", "variables"));
    assert_eq!(set(json!("x")).await.problem().1, "invalid");

    house.live.remove_visitor(SITE, id_of(&first.id())).await.expect("removed");
    assert_eq!(house.detail(&first.id()).await["visitor"]["variables"], all);
    assert_eq!(house.send("POST", "/widget/heartbeat", &first.token(), &json!({})).await.status, 200);
    assert_eq!(house.board().await[0]["variables"], all, "a sign of life puts it back as it was");
}

#[tokio::test]
async fn who_introduced_themselves_is_known_by_name() {
    let house = House::open().await;
    let first = house.arrive(None).await;
    let said = Introduction { name: Some(" Ada\n\u{202e} ".into()), email: Some("ada@example.org".into()), phone: None };
    house.visitors.introduce(SITE, id_of(&first.id()), &said).await.expect("kept");
    assert_eq!(house.board().await[0]["name"], "Ada");
    house.live.remove_visitor(SITE, id_of(&first.id())).await.expect("removed");
    house.arrive(Some(&first.token())).await;
    assert_eq!(house.board().await[0]["name"], "Ada");
    assert_eq!(house.detail(&first.id()).await["email"], "ada@example.org");
}

#[tokio::test]
async fn a_running_chat_comes_back_with_the_page() {
    let house = House::open().await;
    let first = house.arrive(None).await;
    let chat = uuid::Uuid::new_v4().to_string();
    *house.neighbours.chat.lock().expect("unpoisoned") = Some(json!({"id": chat, "status": "chatting", "seq": 4}));
    house.live.remove_visitor(SITE, id_of(&first.id())).await.expect("removed");
    let again = house.arrive(Some(&first.token())).await;
    assert_eq!(again.body["chat"]["id"], json!(chat));
    let board = house.board().await;
    assert_eq!((&board[0]["chat"], &board[0]["status"]), (&json!(chat), &json!("chatting")));
    let waiting = house.get("/v1/visitors?status=waiting", "sbk_1").await;
    assert_eq!(waiting.body["items"], json!([]));
}

#[tokio::test]
async fn the_silent_are_swept_and_their_chats_end_after_a_grace() {
    let house = House::open().await;
    let first = house.arrive(None).await;
    let chat = uuid::Uuid::new_v4();
    *house.neighbours.chat.lock().expect("unpoisoned") = Some(json!({"id": chat, "status": "chatting"}));
    house.live.remove_visitor(SITE, id_of(&first.id())).await.expect("removed");
    house.arrive(Some(&first.token())).await;
    let steady = base::Steady::new(house.test.clock.clone());
    let mut sweep = Sweep::new(house.visitors.clone(), house.neighbours.clone(), SweepSettings::default(), steady);
    let left = || house.neighbours.left.lock().expect("unpoisoned").clone();

    house.test.clock.advance(Duration::from_secs(40));
    sweep.once().await.expect("swept");
    assert_eq!(house.board().await.len(), 1, "40 s are no silence");
    house.test.clock.advance(Duration::from_secs(10));
    sweep.once().await.expect("swept");
    assert!(house.board().await.is_empty() && left().is_empty());

    // It comes back in time: nothing ends.
    assert_eq!(house.send("POST", "/widget/heartbeat", &first.token(), &json!({})).await.status, 200);
    house.test.clock.advance(Duration::from_secs(40));
    house.send("POST", "/widget/heartbeat", &first.token(), &json!({})).await;
    house.test.clock.advance(Duration::from_secs(40));
    house.send("POST", "/widget/heartbeat", &first.token(), &json!({})).await;
    house.test.clock.advance(Duration::from_secs(44));
    sweep.once().await.expect("swept");
    assert!(left().is_empty());

    // The clock is set: nobody was silent for that long, and nobody's time runs out.
    house.test.clock.set(house.test.db.clock().now().plus(60 * MINUTE));
    sweep.once().await.expect("swept");
    assert_eq!((house.board().await.len(), left().len()), (1, 0));

    // It does not come back.
    let arrived = house.arrive(Some(&first.token())).await;
    assert_eq!(arrived.status, 200);
    house.test.clock.advance(Duration::from_secs(50));
    sweep.once().await.expect("swept");
    house.test.clock.advance(Duration::from_secs(121));
    sweep.once().await.expect("swept");
    sweep.once().await.expect("swept");
    assert_eq!(left(), [base::ChatId(chat)]);
}

#[tokio::test]
async fn the_board_is_searched_filtered_and_followed() {
    let house = House::open().await;
    let before = house.get("/v1/visitors", "sbk_1").await.body["cursor"].as_str().expect("a cursor").to_owned();
    for n in 0..5 {
        let mut body = house.visit(None);
        body["page"]["title"] = json!(format!("Shoes {n}"));
        house.arrive_with(&body).await;
    }
    let after = house.get("/v1/visitors?q=shoes%203", "sbk_1").await;
    assert_eq!(after.body["items"].as_array().map(Vec::len), Some(1), "{}", after.body);
    assert_ne!(after.body["cursor"].as_str(), Some(&*before));
    let part = house.get("/v1/visitors?limit=2&q=SHOES", "sbk_1").await;
    assert_eq!(part.body["items"].as_array().map(Vec::len), Some(2));
    let next = part.body["next"].as_str().expect("more").to_owned();
    let rest = house.get(&format!("/v1/visitors?after={next}"), "sbk_1").await;
    assert_eq!(rest.body["items"].as_array().map(Vec::len), Some(3));
    for (path, field) in [("/v1/visitors?status=sleeping", "status"), ("/v1/visitors?limit=0", "limit")] {
        assert_eq!(house.get(path, "sbk_1").await.problem(), (400, "invalid", field));
    }
    assert_eq!(house.get("/v1/visitors?after=nonsense", "sbk_1").await.status, 400);
    assert_eq!(house.get("/v1/visitors", "sbk_1_poor").await.problem().1, "denied");
    assert_eq!(house.get("/v1/visitors", "nobody").await.problem().1, "unauthenticated");
    assert_eq!(house.get("/v1/visitors", "sbk_2").await.body["items"], json!([]));
}

#[tokio::test]
async fn many_arrive_at_once_and_each_is_announced_once() {
    let house = House::open().await;
    let replies = futures_util::future::join_all((0..200).map(|_| house.arrive(None))).await;
    assert!(replies.iter().all(|reply| reply.status == 200));
    assert_eq!(created(&house), 200);
    house.visitors.flush().await.expect("written");
    assert_eq!(house.board().await.len(), 200);
}

#[tokio::test]
async fn new_visitors_of_one_address_are_counted_known_ones_are_not() {
    let limits = LimitSettings { new_visitor: Rate::new(2, 1), ..LimitSettings::off() };
    let house = House::with_limits(limits).await;
    let first = house.arrive(None).await;
    house.arrive(None).await;
    assert_eq!(house.arrive(None).await.problem().1, "too-many-requests");
    assert_eq!(house.arrive(Some(&first.token())).await.status, 200);
}
