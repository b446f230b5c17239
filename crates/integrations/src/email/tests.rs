use super::*;
use crate::tests::{House, SITE, letter_to};
use base::{PageRequest, SiteId};
use events::catalog::{ChatEnded, CustomField, OfflineMessage, RouteToType};
use events::{Does, Outcome};
use serde_json::json;
use sockets::mailer::MailError;

mod sink;

fn ended() -> ChatEnded {
    ChatEnded {
        chat_id: "019aa8d4-3c3e-7d51-9d5e-0d2b6a1f0c11".into(),
        site_id: SITE.0,
        pre_chat_name: "Ada <b>".into(),
        pre_chat_email: "ada@mail.example".into(),
        content: "2026-11-21T12:00:00.000Z Ada: <script>hello</script>\n2026-11-21T12:00:05.000Z Lin: 你好\n".into(),
        visitor_message_num: 1,
        agent_message_num: 1,
        request_time: testkit::NOON,
        ..ChatEnded::default()
    }
}

fn offline() -> OfflineMessage {
    OfflineMessage {
        source_chat_id: "019aa8d4-3c3e-7d51-9d5e-0d2b6a1f0c12".into(),
        site_id: SITE.0,
        visitor_name: "Ada".into(),
        visitor_email: "ada@mail.example".into(),
        route_to_type: RouteToType::Department,
        route_to_id: 2,
        content: "Where is my order?".into(),
        custom_fields: vec![CustomField { id: 9, name: "Agreed".into(), value: "true".into() }],
        attachment_name: "order.txt".into(),
        language: "en-GB".into(),
        ..OfflineMessage::default()
    }
}

async fn always(house: &House) {
    let settings = EmailSettings { transcripts: Transcripts::Always, ..EmailSettings::default() };
    house.set(settings).await;
}

#[tokio::test]
async fn the_transcript_goes_to_the_visitor_once_however_often_the_event_comes() {
    let house = House::open().await;
    always(&house).await;
    let envelope = house.envelope(&ended());
    for _ in 0..3 {
        assert_eq!(house.hear("Chat.Ended.Email", &envelope).await, Outcome::Done);
    }
    // The same chat told by another event is the same letter.
    assert_eq!(house.hear("Chat.Ended.Email", &house.envelope(&ended())).await, Outcome::Done);
    house.post().await;
    let got = house.mailbox.got();
    assert_eq!(got.len(), 1);
    let mail = &got[0];
    assert_eq!(mail.to.email, "ada@mail.example");
    assert!(mail.text.contains("Lin: 你好") && mail.text.contains("<script>"));
    let html = mail.html.as_ref().unwrap();
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script>"));
    assert!(mail.headers.contains(&("Auto-Submitted".into(), "auto-generated".into())));
    assert!(mail.id.ends_with("@chat.example"));
}

#[tokio::test]
async fn a_transcript_that_a_visitor_asks_for_goes_to_the_address_that_he_gives_and_not_without_end() {
    let house = House::open().await;
    let chat = base::ChatId(uuid::Uuid::from_u128(7));
    let asked = |to: &str| AskedTranscript { chat, to: to.into(), language: "zh-CN".into(), began: testkit::NOON, said: ended().content };
    let wrong = house.emails.send_asked(SITE, asked("ada@mail.example\r\nBcc: x@y.example")).await.unwrap_err();
    assert_eq!(base::Fault::field(&wrong), Some("email"));
    for to in ["ada@mial.example", "ada@mail.example", "ada@mail.example"] {
        house.emails.send_asked(SITE, asked(to)).await.unwrap();
    }
    let more = house.emails.send_asked(SITE, asked("victim@mail.example")).await.unwrap_err();
    assert_eq!(base::Fault::kind(&more), base::Kind::TooMany);
    house.post().await;
    let got = house.mailbox.got();
    assert_eq!(got.iter().map(|mail| mail.to.email.as_str()).collect::<Vec<_>>(), ["ada@mial.example", "ada@mail.example", "ada@mail.example"]);
    assert!(got[0].text.contains("Lin: 你好") && got[0].subject.contains("对话记录"));
    assert!(house.emails.any(SITE).await.unwrap());
    house.no_server().await;
    assert!(!house.emails.any(SITE).await.unwrap());
    let off = AskedTranscript { chat: base::ChatId(uuid::Uuid::from_u128(8)), ..asked("ada@mail.example") };
    assert_eq!(base::Fault::kind(&house.emails.send_asked(SITE, off).await.unwrap_err()), base::Kind::Conflict);
}

#[tokio::test]
async fn nothing_is_written_when_the_site_does_not_say_so() {
    let house = House::open().await;
    house.hear("Chat.Ended.Email", &house.envelope(&ended())).await;
    house.post().await;
    assert!(house.mailbox.got().is_empty());
}

#[tokio::test]
async fn the_agents_of_the_department_hear_of_an_offline_message() {
    let house = House::open().await;
    house.hear("OfflineMessage.Submit.Email", &house.envelope(&offline())).await;
    house.post().await;
    let mut to: Vec<String> = house.mailbox.got().iter().map(|mail| mail.to.email.clone()).collect();
    to.sort();
    assert_eq!(to, ["lin@shop.example", "wu@shop.example"]);
    let mail = &house.mailbox.got()[0];
    assert!(mail.subject.contains("Ada") && mail.text.contains("> Where is my order?"));
    assert!(mail.text.contains("Agreed: ✓") && mail.text.contains("order.txt"));
    assert!(mail.headers.iter().any(|(name, value)| name == "List-Id" && value == "<messages.chat.example>"));
}

#[tokio::test]
async fn the_visitor_gets_a_receipt_that_nobody_can_answer() {
    let house = House::open().await;
    let settings = EmailSettings { offline_news: false, offline_receipt: true, ..EmailSettings::default() };
    house.set(settings).await;
    house.hear("OfflineMessage.Submit.Email", &house.envelope(&offline())).await;
    house.post().await;
    let got = house.mailbox.got();
    assert_eq!((got.len(), got[0].bounces_to.clone()), (1, None));
    assert!(got[0].headers.contains(&("Auto-Submitted".into(), "auto-replied".into())));
    assert!(got[0].subject.starts_with("Shop has"));
}

#[tokio::test]
async fn a_letter_to_ourselves_and_a_flood_are_held() {
    let house = House::open().await;
    let own = house.put(letter_to("Desk+x@Chat.example", "own", Automatic::No)).await;
    assert!(matches!(own, Put::Held(_)));
    for number in 0..30 {
        assert!(matches!(house.put(letter_to("ada@mail.example", &format!("n{number}"), Automatic::Generated)).await, Put::Written(_)));
    }
    assert!(matches!(house.put(letter_to("ada@mail.example", "more", Automatic::Generated)).await, Put::Held(_)));
    assert!(matches!(house.put(letter_to("ada@mail.example", "by hand", Automatic::No)).await, Put::Written(_)));
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_again_and_one_that_refuses_for_good_is_not() {
    let house = House::open().await;
    house.mailbox.say([MailError::Deferred("451 later".into()), MailError::Unreachable("no route".into())]);
    house.put(letter_to("ada@mail.example", "a", Automatic::No)).await;
    house.post().await;
    assert_eq!(house.log().await[0].attempts, 1);
    assert_eq!(house.log().await[0].state, LetterState::Pending);
    house.later(30).await;
    house.later(90).await;
    assert_eq!((house.mailbox.got().len(), house.log().await[0].state), (1, LetterState::Sent));
    house.mailbox.say([MailError::Refused("550 no such user".into())]);
    house.put(letter_to("bob@mail.example", "b", Automatic::No)).await;
    house.post().await;
    house.later(100_000).await;
    let log = house.log().await;
    assert_eq!((log[0].state, log[0].attempts), (LetterState::Failed, 1));
    assert!(log[0].trouble.as_ref().unwrap().contains("550"));
}

#[tokio::test]
async fn one_sites_wrong_password_does_not_stop_another_sites_mail() {
    let house = House::open().await;
    let own = |user: &str| {
        let server = json!({ "host": "smtp.relay.example", "port": 587, "security": "starttls", "user": user });
        json!({ "server": server, "from_address": format!("{user}@relay.example"), "password": "s3cret" }).as_object().unwrap().clone()
    };
    house.connections.save(SITE, "email", true, own("shop")).await.unwrap();
    house.connections.save(SiteId(2), "email", true, own("other")).await.unwrap();
    house.mailbox.lock_out("shop");
    for number in 0..12 {
        house.put(letter_to("ada@mail.example", &format!("n{number}"), Automatic::No)).await;
    }
    house.post().await;
    let tried: Vec<u32> = house.log().await.iter().map(|letter| letter.attempts).collect();
    assert_eq!(tried.iter().sum::<u32>(), 5, "after a few failures the account is left alone, and no tries are used up: {tried:?}");
    house.put_on(SiteId(2), letter_to("bob@mail.example", "b", Automatic::No)).await;
    house.post().await;
    assert_eq!(house.mailbox.got().len(), 1, "the other site's account is in order");
}

#[tokio::test]
async fn the_files_of_a_letter_are_read_only_once_there_is_a_place_to_send_it_from() {
    let house = House::open().await;
    let card = house.keep_file("invoice.pdf").await;
    let file = FileRef { id: card.id, name: card.name, media_type: card.media_type };
    house.mailbox.fill(true);
    house.put(NewLetter { files: vec![file], ..letter_to("ada@mail.example", "a", Automatic::No) }).await;
    house.post().await;
    house.later(10).await;
    assert_eq!(house.desk.reads(), 0);
    house.mailbox.fill(false);
    house.later(10).await;
    assert_eq!((house.desk.reads(), house.mailbox.got()[0].files.len()), (1, 1));
}

#[tokio::test]
async fn a_letter_is_given_up_after_the_last_try() {
    let house = House::open().await;
    house.mailbox.say(std::iter::repeat_n(MailError::Deferred("451".into()), 20));
    house.put(letter_to("ada@mail.example", "a", Automatic::No)).await;
    house.post().await;
    for _ in 0..15 {
        house.later(100_000).await;
    }
    let log = house.log().await;
    assert_eq!((log[0].state, log[0].attempts), (LetterState::Failed, 12));
}

#[tokio::test]
async fn a_letter_that_was_given_up_raises_an_alarm_and_is_sent_again_by_hand_as_the_same_letter() {
    let house = House::open().await;
    house.mailbox.say([MailError::Refused("550 mailbox full".into())]);
    house.put(letter_to("ada@mail.example", "a", Automatic::No)).await;
    house.post().await;
    let given_up = house.log().await.remove(0);
    let alarms = house.alarms().await;
    assert_eq!((alarms[0].kind.as_str(), alarms[0].site, alarms[0].data["to"].as_str()), ("letter_given_up", Some(SITE), Some("ada@mail.example")));
    assert_eq!(base::Fault::kind(&house.emails.resend(SiteId(2), given_up.id).await.unwrap_err()), base::Kind::Missing);
    let again = house.emails.resend(SITE, given_up.id).await.unwrap();
    assert_eq!((again.state, again.attempts, again.trouble), (LetterState::Pending, 0, None));
    assert_eq!(base::Fault::kind(&house.emails.resend(SITE, given_up.id).await.unwrap_err()), base::Kind::Conflict);
    house.post().await;
    assert_eq!(house.mailbox.got()[0].id, given_up.message_id);
    assert_eq!(house.log().await[0].state, LetterState::Sent);
    assert!(house.alarms().await.is_empty(), "letters pass again");
}

#[tokio::test]
async fn carrying_a_letter_twice_sends_it_once() {
    let house = House::open().await;
    let Put::Written(id) = house.put(letter_to("ada@mail.example", "a", Automatic::No)).await else { panic!("is written") };
    let carry = house.carry();
    for _ in 0..2 {
        assert_eq!(carry.perform(&json!({ "letter": id })).await, Outcome::Done);
    }
    assert_eq!(house.mailbox.got().len(), 1);
}

#[tokio::test]
async fn settings_are_checked_tested_and_their_password_is_never_answered() {
    let house = House::open().await;
    let told = |settings: serde_json::Value| settings.as_object().unwrap().clone();
    for (wrong, field) in [
        (json!({ "from_address": "a@b.example\r\nBcc: x@y.example" }), "settings.from_address"),
        (json!({ "server": { "host": "", "port": 587, "security": "starttls" } }), "settings.server.host"),
        (json!({ "server": { "host": "a", "port": 587, "security": "maybe" } }), "settings.server.security"),
        (json!({ "server": { "host": "a", "port": 25, "security": "plain", "user": "desk" }, "password": "x" }), "settings.server.security"),
        (json!({ "transcripts": "sometimes" }), "settings.transcripts"),
        (json!({ "offline_to": ["x"] }), "settings.offline_to[0]"),
    ] {
        let refused = house.connections.save(SITE, "email", true, told(wrong)).await.unwrap_err();
        assert_eq!(base::Fault::field(&refused), Some(field));
    }
    let server = json!({ "host": "smtp.shop.example", "port": 587, "security": "starttls", "user": "desk" });
    let settings = json!({ "server": server, "from_address": "help@shop.example", "password": "s3cret" });
    let (_, shown) = house.connections.save(SITE, "email", true, told(settings)).await.unwrap();
    assert_eq!(shown["password"], json!({ "set": true }));
    assert!(house.connections.test(SITE, "email").await.unwrap().ok());
    house.mailbox.say([MailError::Account("535 no".into())]);
    let steps = house.connections.test(SITE, "email").await.unwrap();
    assert_eq!(steps.0.iter().map(|step| (step.name, step.ok)).collect::<Vec<_>>(), [("settings", true), ("connect", false)]);
    house.put(letter_to("ada@mail.example", "a", Automatic::No)).await;
    house.post().await;
    assert_eq!(house.mailbox.got()[0].from.email, "help@shop.example");
}

#[tokio::test]
async fn a_mail_password_does_not_follow_to_another_server() {
    let house = House::open().await;
    let told = |settings: serde_json::Value| settings.as_object().unwrap().clone();
    let server = json!({ "host": "smtp.shop.example", "port": 587, "security": "starttls", "user": "desk" });
    house.connections.save(SITE, "email", true, told(json!({ "server": server, "password": "s3cret" }))).await.unwrap();
    for (part, value) in [("host", json!("smtp.eve.example")), ("port", json!(2525)), ("security", json!("tls")), ("user", json!("eve"))] {
        let mut moved = server.clone();
        moved[part] = value;
        let refused = house.connections.save(SITE, "email", true, told(json!({ "server": moved }))).await.unwrap_err();
        assert_eq!(base::Fault::field(&refused), Some("settings.password"), "{part}");
    }
    house.connections.save(SITE, "email", true, told(json!({ "server": server, "from_name": "Shop" }))).await.unwrap();
    // Without a server of its own the password goes nowhere, and does not come along to the next one either.
    house.connections.save(SITE, "email", true, told(json!({ "server": null }))).await.unwrap();
    let next = json!({ "server": { "host": "smtp.eve.example", "port": 587, "security": "starttls", "user": "desk" } });
    assert!(house.connections.save(SITE, "email", true, told(next)).await.is_err());
}

#[tokio::test]
async fn a_site_sees_its_own_letters_alone() {
    let house = House::open().await;
    house.put(letter_to("ada@mail.example", "a", Automatic::No)).await;
    let other = house.emails.log(SiteId(2), &PageRequest::default()).await.unwrap();
    assert!(other.items.is_empty());
    assert_eq!(house.log().await.len(), 1);
}
