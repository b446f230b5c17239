use super::inbound::{InboundError, Received, reference};
use super::model::*;
use super::service::{Asked, NewMacro, NewView};
use super::store::{Filter, MacroActions, Settings, Sort};
use super::*;
use crate::tests::{House, LIN, SITE, WU};
use adapters::live::MemoryLive;
use base::{Actor, Caller, Fault, Kind, PageRequest, Permission, SiteId, TicketId};
use events::Outcome;
use events::catalog::{ChatEnded, CustomField, MissedChatStatus, OfflineMessage, RouteToType};
use serde_json::json;
use sockets::Envelope;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

mod clocks;
mod door;
mod mail;

pub struct Desk {
    pub house: House,
    pub tickets: Tickets,
    pub inbound: Inbound,
}

pub fn agent() -> Caller {
    Caller::new(SITE, Actor::User(LIN), [Permission::AnswerTickets].into())
}

pub fn leader() -> Caller {
    Caller::new(SITE, Actor::User(WU), [Permission::AnswerTickets, Permission::ManageTickets].into())
}

pub fn asked(subject: &str) -> Asked {
    Asked {
        subject: subject.into(),
        requester: Requester { name: "Ada".into(), email: "ada@mail.example".into() },
        text: "Where is my order?".into(),
        priority: None,
        assignee: None,
        department: None,
        tags: Vec::new(),
        uploads: Vec::new(),
        language: None,
        by_staff: false,
    }
}

pub fn said(text: &str, public: bool) -> NewEntry {
    NewEntry { client_id: Uuid::new_v4(), text: text.into(), public, uploads: Vec::new(), macro_id: None, status: None }
}

impl Desk {
    pub async fn open() -> Self {
        let house = House::open().await;
        let live = Arc::new(MemoryLive::new(house.test.db.clock().clone(), house.test.db.minter().clone()));
        let tickets = Tickets::new(TicketsDeps {
            db: house.test.db.clone(),
            emails: house.emails.clone(),
            office: house.desk.clone(),
            files: house.desk.clone(),
            live,
            public_url: "https://desk.example".into(),
        });
        Self { inbound: Inbound::new(tickets.clone()), house, tickets }
    }

    /// With the address at which the site receives.
    pub async fn with(settings: TicketSettings) -> Self {
        let desk = Self::open().await;
        desk.tickets.set(SITE, settings).await.unwrap();
        desk
    }

    pub async fn ticket(&self, subject: &str) -> Ticket {
        self.tickets.create(&agent(), asked(subject)).await.unwrap()
    }

    pub async fn entries(&self, id: TicketId) -> Vec<Entry> {
        self.tickets.entries(SITE, id, 0, 200).await.unwrap().0
    }

    pub async fn found(&self, filter: Filter) -> Vec<i64> {
        let page = self.tickets.list(&agent(), &filter, Sort::Created, &PageRequest::default()).await.unwrap();
        page.items.iter().map(|ticket| ticket.number).collect()
    }

    pub async fn hear(&self, queue: &str, envelope: &Envelope) -> Outcome {
        let listener = listeners(&self.tickets).into_iter().find(|listener| listener.queue() == queue).expect("that queue");
        listener.hears().hear(envelope).await
    }

    pub async fn secret(&self) -> String {
        Settings::find(self.house.test.db.read(), SITE).await.unwrap().unwrap().secret
    }
}

fn message() -> OfflineMessage {
    OfflineMessage {
        source_chat_id: "019aa8d4-3c3e-7d51-9d5e-0d2b6a1f0c12".into(),
        site_id: SITE.0,
        visitor_name: "小明".into(),
        visitor_email: "ming@mail.example".into(),
        visitor_phone: "123".into(),
        product_service: "织机".into(),
        custom_fields: vec![CustomField { id: 4, name: "订单号".into(), value: "A-17".into() }],
        language: "zh-CN".into(),
        route_to_type: RouteToType::Department,
        route_to_id: 2,
        title: "订单在哪里？".into(),
        content: "订单在哪里？\n第二行".into(),
        attachment_name: "a.txt".into(),
        attachment_content: "aGVsbG8=".into(),
        ..OfflineMessage::default()
    }
}

#[tokio::test]
async fn an_offline_message_becomes_one_ticket_however_often_it_is_told_of() {
    let desk = Desk::open().await;
    let envelope = desk.house.envelope(&message());
    for _ in 0..3 {
        assert_eq!(desk.hear("OfflineMessage.Submit.Ticket", &envelope).await, Outcome::Done);
    }
    // Told of by another event, it is still the same chat.
    assert_eq!(desk.hear("OfflineMessage.Submit.Ticket", &desk.house.envelope(&message())).await, Outcome::Done);
    assert_eq!(desk.found(Filter::default()).await, [1]);
    let page = desk.tickets.list(&agent(), &Filter::default(), Sort::Updated, &PageRequest::default()).await.unwrap();
    let ticket = &page.items[0];
    assert_eq!((ticket.source, ticket.status, ticket.department.map(|id| id.0)), (Source::Offline, Status::New, Some(2)));
    assert_eq!((ticket.subject.as_str(), ticket.requester.email.as_str()), ("订单在哪里？", "ming@mail.example"));
    assert!(ticket.unread);
    let entries = desk.entries(ticket.id).await;
    assert!(entries[0].text.starts_with("订单在哪里？\n第二行") && entries[0].text.ends_with("\n\n电话: 123\n产品或服务: 织机\n订单号: A-17"));
    assert_eq!(entries[0].uploads[0].name, "a.txt");
    desk.house.post().await;
    let got = desk.house.mailbox.got();
    assert_eq!(got.len(), 1, "the visitor is told the number; of the message itself the staff hears as such");
    assert!(got[0].subject.starts_with("[#1]") && got[0].text.contains("工单号为 #1"));
    assert_eq!(got[0].bounces_to, None);
}

#[tokio::test]
async fn an_ended_chat_becomes_a_ticket_when_the_settings_say_so() {
    let chat = ChatEnded {
        chat_id: "019aa8d4-3c3e-7d51-9d5e-0d2b6a1f0c11".into(),
        site_id: SITE.0,
        agent_ids: vec![LIN.0],
        pre_chat_name: "Ada".into(),
        pre_chat_email: "not an address".into(),
        pre_chat_company: "Engines".into(),
        custom_fields: vec![CustomField { id: 9, name: "Agreed".into(), value: "true".into() }],
        content: "2026-11-21T12:00:00.000Z Ada: My printer burns\n".into(),
        visitor_message_num: 1,
        agent_message_num: 1,
        ..ChatEnded::default()
    };
    let desk = Desk::open().await;
    desk.hear("Chat.Ended.Ticket", &desk.house.envelope(&chat)).await;
    assert!(desk.found(Filter::default()).await.is_empty());
    desk.tickets.set(SITE, TicketSettings { from_chats: true, ..TicketSettings::default() }).await.unwrap();
    let left = ChatEnded { missed_chat_status: MissedChatStatus::OfflineMessage, ..chat.clone() };
    let silent = ChatEnded { visitor_message_num: 0, ..chat.clone() };
    for other in [left, silent] {
        desk.hear("Chat.Ended.Ticket", &desk.house.envelope(&other)).await;
    }
    assert!(desk.found(Filter::default()).await.is_empty());
    desk.hear("Chat.Ended.Ticket", &desk.house.envelope(&chat)).await;
    let page = desk.tickets.list(&agent(), &Filter::default(), Sort::Updated, &PageRequest::default()).await.unwrap();
    let ticket = &page.items[0];
    assert_eq!((ticket.subject.as_str(), ticket.assignee, ticket.status), ("My printer burns", Some(LIN), Status::Open));
    assert_eq!(ticket.requester.email, "");
    let entries = desk.entries(ticket.id).await;
    assert!(entries[0].text.ends_with("My printer burns\n\nCompany: Engines\nAgreed: ✓"), "{:?}", entries[0].text);
}

#[tokio::test]
async fn a_file_of_ours_that_was_left_goes_to_the_ticket_as_it_is() {
    let desk = Desk::open().await;
    let words = bytes::Bytes::from_static(b"hello");
    let kept = desk.tickets.deps.files.keep(SITE, crate::office::Bearer::Outside, "big.txt", None, words).await.unwrap();
    let left = OfflineMessage { attachment_name: "big.txt".into(), attachment_content: String::new(), attachment_uid: kept.id.to_string(), ..message() };
    desk.hear("OfflineMessage.Submit.Ticket", &desk.house.envelope(&left)).await;
    let page = desk.tickets.list(&agent(), &Filter::default(), Sort::Updated, &PageRequest::default()).await.unwrap();
    assert_eq!(desk.entries(page.items[0].id).await[0].uploads, [kept]);
}

#[tokio::test]
async fn a_reply_goes_out_once_and_its_client_id_answers_again() {
    let desk = Desk::open().await;
    let ticket = desk.ticket("Order 17").await;
    let new = said("It is on its way", true);
    let first = desk.tickets.say(&agent(), ticket.id, new.clone()).await.unwrap();
    let again = desk.tickets.say(&agent(), ticket.id, new).await.unwrap();
    assert_eq!((first.seq, first.id), (again.seq, again.id));
    desk.tickets.say(&agent(), ticket.id, said("He sounds angry", false)).await.unwrap();
    desk.house.post().await;
    let to_ada: Vec<_> = desk.house.mailbox.got().into_iter().filter(|mail| mail.to.email == "ada@mail.example").collect();
    assert_eq!(to_ada.len(), 1);
    let mail = &to_ada[0];
    assert!(mail.text.starts_with("It is on its way") && !mail.text.contains("angry"));
    assert_eq!((mail.from.name.as_str(), mail.subject.as_str()), ("Lin", "Re: Order 17"));
    assert!(mail.headers.is_empty(), "a person wrote it: {:?}", mail.headers);
    let ticket = desk.tickets.get(SITE, ticket.id).await.unwrap();
    assert_eq!((ticket.status, ticket.unread), (Status::Open, false));
    let kinds: Vec<EntryKind> = desk.entries(ticket.id).await.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [EntryKind::Public, EntryKind::Public, EntryKind::Change, EntryKind::Note]);
}

#[tokio::test]
async fn every_change_stands_in_the_conversation_with_who_made_it() {
    let desk = Desk::open().await;
    let ticket = desk.ticket("Order 17").await;
    let patch = TicketPatch { priority: Some(Priority::Urgent), assignee: Some(Some(WU)), tags: Some(vec![" VIP".into(), "vip".into()]), ..TicketPatch::default() };
    desk.tickets.change(&agent(), ticket.id, patch.clone()).await.unwrap();
    desk.tickets.change(&agent(), ticket.id, patch).await.unwrap();
    let entries = desk.entries(ticket.id).await;
    assert_eq!(entries.len(), 2, "what changes nothing is not noted");
    assert_eq!(entries[1].author, Author::Agent { id: LIN, name: "Lin".into() });
    let changed: Vec<(&str, &serde_json::Value)> = entries[1].changes.iter().map(|change| (change.field.as_str(), &change.to)).collect();
    assert_eq!(changed, [("assignee", &json!(4)), ("tags", &json!(["vip"])), ("priority", &json!("urgent")), ("status", &json!("open"))]);
    desk.house.post().await;
    assert!(desk.house.mailbox.got().iter().any(|mail| mail.to.email == "wu@shop.example" && mail.subject.contains("yours")));
}

#[tokio::test]
async fn a_closed_ticket_changes_no_more() {
    let desk = Desk::open().await;
    let ticket = desk.ticket("Order 17").await;
    let to = |status| TicketPatch { status: Some(status), ..TicketPatch::default() };
    let back = desk.tickets.change(&agent(), ticket.id, to(Status::Open)).await.unwrap();
    assert_eq!(back.status, Status::Open);
    assert_eq!(desk.tickets.change(&agent(), ticket.id, to(Status::New)).await.unwrap_err().field(), Some("status"));
    desk.tickets.change(&agent(), ticket.id, to(Status::Closed)).await.unwrap();
    assert_eq!(desk.tickets.change(&agent(), ticket.id, to(Status::Open)).await.unwrap_err().kind(), Kind::Conflict);
    assert_eq!(desk.tickets.say(&agent(), ticket.id, said("too late", true)).await.unwrap_err().kind(), Kind::Conflict);
}

#[tokio::test]
async fn what_was_solved_is_closed_after_its_days() {
    let desk = Desk::open().await;
    let ticket = desk.ticket("Order 17").await;
    desk.tickets.change(&agent(), ticket.id, TicketPatch { status: Some(Status::Solved), ..TicketPatch::default() }).await.unwrap();
    desk.house.test.clock.advance(Duration::from_secs(6 * 86_400));
    desk.tickets.close_solved().await.unwrap();
    assert_eq!(desk.tickets.get(SITE, ticket.id).await.unwrap().status, Status::Solved);
    desk.house.test.clock.advance(Duration::from_secs(86_400));
    desk.tickets.close_solved().await.unwrap();
    assert_eq!(desk.tickets.get(SITE, ticket.id).await.unwrap().status, Status::Closed);
}

#[tokio::test]
async fn lists_filter_search_and_turn_pages() {
    let desk = Desk::open().await;
    let mut more = asked("Refund 100%");
    (more.priority, more.tags, more.assignee) = (Some(Priority::High), vec!["Money".into()], Some(LIN));
    desk.ticket("Order 17").await;
    desk.tickets.create(&agent(), more).await.unwrap();
    let third = desk.ticket("发票").await;
    desk.tickets.say(&agent(), third.id, said("PDF_attached", false)).await.unwrap();
    let with = |change: fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        filter
    };
    assert_eq!(desk.found(Filter::default()).await, [1, 2, 3]);
    assert_eq!(desk.found(with(|f| f.status = vec![Status::Open])).await, [2]);
    assert_eq!(desk.found(with(|f| f.status = vec![Status::New, Status::Open])).await.len(), 3);
    assert_eq!(desk.found(with(|f| f.priority = vec![Priority::High])).await, [2]);
    assert_eq!(desk.found(with(|f| f.assignee = Some("me".into()))).await, [2]);
    assert_eq!(desk.found(with(|f| f.assignee = Some("none".into()))).await, [1, 3]);
    assert_eq!(desk.found(with(|f| f.tag = Some("money".into()))).await, [2]);
    assert!(desk.found(with(|f| f.tag = Some("mon".into()))).await.is_empty());
    assert_eq!(desk.found(with(|f| f.q = Some("100%".into()))).await, [2]);
    assert_eq!(desk.found(with(|f| f.q = Some("发票".into()))).await, [3]);
    assert_eq!(desk.found(with(|f| f.q = Some("pdf_att".into()))).await, [3], "in the conversation, in small letters too");
    assert!(desk.found(with(|f| f.q = Some("pdfXatt".into()))).await.is_empty(), "a sign of the pattern is only itself");
    assert_eq!(desk.found(with(|f| f.q = Some("#2".into()))).await, [2]);
    for sort in [Sort::Updated, Sort::Created, Sort::Priority, Sort::Due] {
        let (mut seen, mut page) = (Vec::new(), PageRequest::first(1));
        loop {
            let found = desk.tickets.list(&agent(), &Filter::default(), sort, &page).await.unwrap();
            seen.extend(found.items.iter().map(|ticket| ticket.number));
            let Some(next) = found.next else { break };
            page.after = Some(next);
        }
        seen.sort_unstable();
        assert_eq!(seen, [1, 2, 3], "{sort:?}");
    }
}

#[tokio::test]
async fn saved_views_are_ones_own_or_shared_and_count() {
    let desk = Desk::open().await;
    desk.ticket("Order 17").await;
    let new = |shared| NewView { name: "New".into(), filter: Filter { status: vec![Status::New], ..Filter::default() }, sort: Sort::Due, shared };
    assert_eq!(desk.tickets.new_view(&agent(), new(true)).await.unwrap_err().kind(), Kind::Denied);
    let own = desk.tickets.new_view(&agent(), new(false)).await.unwrap();
    let shared = desk.tickets.new_view(&leader(), new(true)).await.unwrap();
    let seen = desk.tickets.views(&agent()).await.unwrap();
    assert_eq!(seen.iter().map(|(view, count)| (view.id, *count)).collect::<Vec<_>>(), [(own.id, 1), (shared.id, 1)]);
    assert_eq!(desk.tickets.view(&leader(), own.id).await.unwrap_err().kind(), Kind::Missing);
    assert_eq!(desk.tickets.remove_view(&agent(), shared.id).await.unwrap_err().kind(), Kind::Denied);
    desk.tickets.remove_view(&leader(), shared.id).await.unwrap();
    assert_eq!(desk.tickets.views(&agent()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_macro_answers_and_changes_at_once() {
    let desk = Desk::open().await;
    let ticket = desk.ticket("Order 17").await;
    let actions = MacroActions { status: Some(Status::Pending), priority: Some(Priority::Low), assignee: Some(WU.0), tags_add: vec!["shipping".into()] };
    let one = desk.tickets.new_macro(SITE, NewMacro { name: "Shipped".into(), text: "On its way.".into(), actions }).await.unwrap();
    let new = NewEntry { macro_id: Some(one.id), ..said("", true) };
    let entry = desk.tickets.say(&agent(), ticket.id, new).await.unwrap();
    assert_eq!(entry.text, "On its way.");
    let ticket = desk.tickets.get(SITE, ticket.id).await.unwrap();
    assert_eq!((ticket.status, ticket.priority, ticket.assignee), (Status::Pending, Priority::Low, Some(WU)));
    assert_eq!(ticket.tags, ["shipping"]);
    let stranger = NewMacro { name: "x".into(), text: String::new(), actions: MacroActions { assignee: Some(77), ..MacroActions::default() } };
    assert_eq!(desk.tickets.new_macro(SITE, stranger).await.unwrap_err().field(), Some("actions.assignee"));
}

#[tokio::test]
async fn another_site_does_not_see_it() {
    let desk = Desk::open().await;
    let ticket = desk.ticket("Order 17").await;
    let view = desk.tickets.new_view(&leader(), NewView { name: "All".into(), filter: Filter::default(), sort: Sort::Updated, shared: true }).await.unwrap();
    let one = desk.tickets.new_macro(SITE, NewMacro { name: "x".into(), text: "y".into(), actions: MacroActions::default() }).await.unwrap();
    let other = Caller::new(SiteId(2), Actor::User(base::UserId(9)), Permission::ALL.into_iter().collect());
    for missing in [
        desk.tickets.get(other.site, ticket.id).await.map(drop),
        desk.tickets.entries(other.site, ticket.id, 0, 10).await.map(drop),
        desk.tickets.change(&other, ticket.id, TicketPatch::default()).await.map(drop),
        desk.tickets.say(&other, ticket.id, said("x", false)).await.map(drop),
        desk.tickets.seen(other.site, ticket.id).await,
        desk.tickets.view(&other, view.id).await.map(drop),
        desk.tickets.get_macro(other.site, one.id).await.map(drop),
        desk.tickets.remove_macro(other.site, one.id).await,
    ] {
        assert_eq!(missing.unwrap_err().kind(), Kind::Missing);
    }
    let page = desk.tickets.list(&other, &Filter::default(), Sort::Updated, &PageRequest::default()).await.unwrap();
    assert!(page.items.is_empty());
    // Each site counts for itself, and none takes the address of another.
    let theirs = desk.tickets.create(&other, asked("Theirs")).await.unwrap();
    assert_eq!(theirs.number, 1);
    let inbox = TicketSettings { inbound_address: Some("help@shop.example".into()), ..TicketSettings::default() };
    desk.tickets.set(SITE, inbox.clone()).await.unwrap();
    assert_eq!(desk.tickets.set(SiteId(2), inbox).await.unwrap_err().field(), Some("inbound_address"));
    let wrong = Asked { assignee: Some(base::UserId(77)), ..asked("x") };
    assert_eq!(desk.tickets.create(&agent(), wrong).await.unwrap_err().field(), Some("assignee"));
}

#[tokio::test]
async fn without_a_mail_server_the_reply_stands_and_says_that_it_was_not_sent() {
    let desk = Desk::open().await;
    desk.house.no_server().await;
    let ticket = desk.ticket("Order 17").await;
    let entry = desk.tickets.say(&agent(), ticket.id, said("hello", true)).await.unwrap();
    assert_eq!(entry.letter, None);
}
