//! What a form asks, from the visitor to those who hear of it.

use crate::chat_house::{House, SALES, SITE, new_chat, visitor};
use base::{Fault, UploadId};
use livechat::chat::{Chat, Ender, NewChat, Rating};
use serde_json::{Value, json};

fn told(house: &House, name: &str) -> Value {
    let mut news = house.test.news().into_iter().filter(|envelope| envelope.name == name);
    news.next_back().map(|envelope| envelope.payload).expect("it was announced")
}

async fn ask(house: &House, form: Value) -> Chat {
    house.node.queue.request(SITE, visitor(), new_chat(form, Some("hello"))).await.expect("asks")
}

/// A widget that asks for company, product and two things of its own.
async fn asking() -> House {
    let house = House::open().await;
    house.asks_before(json!({
        "enabled": true,
        "fields": [{ "key": "company", "required": true }, { "key": "product_service", "choices": ["Mills", "Looms"] }],
        "custom_fields": [
            { "id": 4, "name": "Order", "label": { "zh": "订单号" } },
            { "id": 9, "name": "Agreed", "kind": "checkbox", "required": true },
        ],
    })).await;
    house
}

fn filled_in() -> Value {
    json!({ "company": " Engines ", "product_service": "Looms", "custom_9": true, "custom_4": "A-17" })
}

fn answers() -> Value {
    json!([{ "Id": 4, "Name": "Order", "Value": "A-17" }, { "Id": 9, "Name": "Agreed", "Value": "true" }])
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_of_a_chat_carries_what_the_form_was_told() {
    let house = asking().await;
    house.agent(1, 5, &[SALES]).await;
    let chat = ask(&house, filled_in()).await;
    assert_eq!(told(&house, "ChatCreated")["CustomFields"], answers());
    house.node.chats.rate(SITE, chat.id, chat.visitor, Rating { grade: 5, comment: None }).await.expect("rates");
    assert_eq!(told(&house, "Visitor.Rating")["CustomFields"], answers());
    house.node.queue.end(SITE, chat.id, Ender::Visitor(chat.visitor)).await.expect("ends");
    let ended = told(&house, "Chat.Ended");
    assert_eq!((&ended["PreChatCompany"], &ended["PreChatProductService"]), (&json!("Engines"), &json!("Looms")));
    assert_eq!(ended["CustomFields"], answers());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_found_nobody_carries_what_the_form_was_told() {
    let house = asking().await;
    ask(&house, filled_in()).await;
    let message = told(&house, "OfflineMessage.Submit");
    assert_eq!((&message["VisitorCompany"], &message["ProductService"]), (&json!("Engines"), &json!("Looms")));
    assert_eq!(message["CustomFields"], answers());
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_see_the_answers_with_the_names_that_the_fields_had() {
    let house = asking().await;
    house.agent(1, 5, &[SALES]).await;
    let chat = ask(&house, filled_in()).await;
    house.asks_before(json!({ "custom_fields": [] })).await;
    let view = house.node.chats.view(&chat).await.expect("shown");
    assert_eq!(Value::Object(view.form.clone()), json!({ "company": "Engines", "product_service": "Looms", "message": "hello" }));
    let seen: Vec<_> = view.custom_fields.iter().map(|answer| (answer.name.as_str(), answer.value.as_str())).collect();
    assert_eq!(seen, [("Order", "A-17"), ("Agreed", "true")]);
    let shy = view.without_contact();
    assert!(shy.form.is_empty() && shy.custom_fields.is_empty(), "those who wait are shown without what they told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_lacks_an_answer_or_has_one_too_many_is_refused_with_its_field() {
    let house = asking().await;
    for (form, field) in [
        (json!({ "custom_9": true }), "form.company"),
        (json!({ "company": "Engines" }), "form.custom_9"),
        (json!({ "company": "Engines", "custom_9": true, "custom_5": "x" }), "form.custom_5"),
        (json!({ "company": "Engines", "custom_9": true, "product_service": "Wheels" }), "form.product_service"),
    ] {
        let refused = house.node.queue.request(SITE, visitor(), new_chat(form, None)).await.expect_err("refused");
        assert_eq!(refused.field(), Some(field));
    }
}

fn with_file(file: UploadId) -> NewChat {
    NewChat { attachment: Some(file), ..new_chat(json!({}), Some("see there")) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_file_left_with_a_message_stands_in_the_event_and_a_large_one_is_told_by_its_address() {
    let house = House::open().await;
    for (size, content) in [(3, "eHh4"), (256 * 1024 + 1, "")] {
        let guest = visitor();
        let file = house.town.send_ahead(guest, &vec![b'x'; size]);
        let chat = house.node.queue.request(SITE, guest, with_file(file)).await.expect("asks");
        let message = told(&house, "OfflineMessage.Submit");
        assert_eq!((&message["AttachmentName"], &message["AttachmentContent"]), (&json!("a.txt"), &json!(content)));
        assert_eq!((&message["AttachmentUid"], &message["AttachmentUrl"]), (&json!(file), &json!(format!("/f/{file}/x/a.txt"))));
        assert_eq!(told(&house, "Chat.Ended")["Attachments"][0]["Uid"], json!(file));
        assert_eq!(house.town.file(file).expect("there").chat, Some(chat.id), "it is this chat's from now on");
        let first = house.node.chats.entries(&chat, 0, 5).await.expect("reads").remove(0);
        assert_eq!(first.draft.upload.expect("shown").id, file);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_with_one_message_of_its_sender_alone() {
    let house = House::open().await;
    let sender = visitor();
    let file = house.town.send_ahead(sender, b"x");
    let stranger = house.node.queue.request(SITE, visitor(), with_file(file)).await.expect_err("refused");
    assert_eq!(stranger.field(), Some("attachment"));
    house.node.queue.request(SITE, sender, with_file(file)).await.expect("asks");
    let again = house.node.queue.request(SITE, sender, with_file(file)).await.expect_err("refused");
    assert_eq!(again.field(), Some("attachment"));
}
