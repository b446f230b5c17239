//! Of one chat, and whose turn it is.

use super::super::due::{Due, Wanted};
use super::super::hold::Holder;
use super::*;

impl House {
    /// Hears of every kind of event.
    async fn all_ears(&self, manner: MannerPatch) -> Endpoint {
        let endpoint = self.endpoint("/in").await;
        let patch = EndpointPatch { events: Some(vec!["*".into()]), manner, ..Default::default() };
        self.webhooks.change(SITE, endpoint.id, patch).await.unwrap()
    }

    /// A chat of its own, whose delivery shows that the sender has looked since.
    async fn look(&self) -> EventId {
        let event = self.happen().await;
        self.until("a look", async || self.heard().await.contains(&event.to_string())).await;
        event
    }

    /// Ids of events in the order of their requests.
    async fn heard(&self) -> Vec<String> {
        self.requests("/in").await.iter().map(|request| header(request, "webhook-id")).collect()
    }

    async fn accept(&self, envelope: &Envelope) -> String {
        self.webhooks.accept(envelope).await.unwrap();
        envelope.id.to_string()
    }

    async fn fails_once(&self) {
        Mock::given(any()).respond_with(ResponseTemplate::new(500)).up_to_n_times(1).mount(&self.server).await;
        self.answers("/in", 200).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_chat_does_not_overtake_its_beginning_that_is_tried_again() {
    let house = House::open().await;
    house.fails_once().await;
    let endpoint = house.all_ears(MannerPatch::default()).await;
    let began = house.accept(&of_chat("a", "ChatCreated", 1)).await;
    house.tried(endpoint.id, 1).await;
    let ended = house.accept(&of_chat("a", "Chat.Ended", 2)).await;
    let another = house.look().await.to_string();
    assert_eq!(house.heard().await, [began.clone(), another.clone()]);
    house.test.clock.advance(Duration::from_secs(5));
    house.until("both arrive", async || house.heard().await.len() == 4).await;
    assert_eq!(house.heard().await, [began.clone(), another, began, ended]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_for_long_holds_later_events_of_its_chat_back_no_longer() {
    let house = House::open().await;
    house.fails_once().await;
    let manner = MannerPatch { schedule: Some(Some(vec![600])), hold_back_s: Some(Some(60)), ..Default::default() };
    let endpoint = house.all_ears(manner).await;
    let began = house.accept(&of_chat("a", "ChatCreated", 1)).await;
    house.tried(endpoint.id, 1).await;
    let ended = house.accept(&of_chat("a", "Chat.Ended", 2)).await;
    house.test.clock.advance(Duration::from_secs(59));
    house.look().await;
    assert!(!house.heard().await.contains(&ended));
    house.test.clock.advance(Duration::from_secs(1));
    house.until("it passes", async || house.heard().await.contains(&ended)).await;
    house.test.clock.advance(Duration::from_secs(540));
    house.until("the first one too", async || house.heard().await.iter().filter(|id| **id == began).count() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_chat_that_come_by_different_queues_in_the_wrong_order_arrive_in_the_right_one() {
    let house = House::open().await;
    house.answers("/in", 200).await;
    house.all_ears(MannerPatch::default()).await;
    let (created, started, ended) = (of_chat("a", "ChatCreated", 1), of_chat("a", "Visitor.Rating", 2), of_chat("a", "Chat.Ended", 3));
    let third = house.accept(&ended).await;
    house.look().await;
    assert!(!house.heard().await.contains(&third));
    let first = house.accept(&created).await;
    let second = house.accept(&started).await;
    house.until("all arrive", async || house.heard().await.len() == 4).await;
    assert_eq!(house.heard().await[1..], [first, second, third]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_never_comes_is_waited_for_only_for_a_moment() {
    let house = House::open().await;
    house.answers("/in", 200).await;
    house.all_ears(MannerPatch::default()).await;
    let second = house.accept(&of_chat("a", "Chat.Ended", 2)).await;
    house.look().await;
    assert!(!house.heard().await.contains(&second));
    house.test.clock.advance(Duration::from_secs(5));
    house.until("it goes", async || house.heard().await.contains(&second)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_events_of_many_chats_arrive_in_the_order_of_each() {
    let house = House::without_sender().await;
    house.answers("/in", 200).await;
    house.all_ears(MannerPatch::default()).await;
    let mut wanted: Vec<Vec<String>> = vec![Vec::new(); 5];
    for seq in 1..=8 {
        for (place, chat) in wanted.iter_mut().enumerate() {
            chat.push(house.accept(&of_chat(&place.to_string(), "Chat.Ended", seq)).await);
        }
    }
    house.send();
    house.until("all arrive", async || house.heard().await.len() == 40).await;
    let heard = house.heard().await;
    for chat in wanted {
        let came: Vec<&String> = heard.iter().filter(|id| chat.contains(id)).collect();
        assert_eq!(came, chat.iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn of_one_chat_one_delivery_is_due_at_a_time_and_others_do_not_wait_for_it() {
    let house = House::without_sender().await;
    let endpoint = house.all_ears(MannerPatch::default()).await;
    for seq in 1..=3 {
        house.accept(&of_chat("a", "Chat.Ended", seq)).await;
    }
    house.accept(&of_chat("b", "Chat.Ended", 1)).await;
    for _ in 0..2 {
        house.webhooks.test(SITE, endpoint.id).await.unwrap();
    }
    let due = async |in_hand| {
        let wanted = Wanted { webhook: endpoint.id, room: 100, hold_back: Duration::ZERO, in_hand };
        Due::of(&house.test.db, &wanted, house.now()).await.unwrap().0
    };
    let first = due(Vec::new()).await;
    let mut keys: Vec<_> = first.iter().map(|due| due.key.as_deref()).collect();
    keys.sort_unstable();
    assert_eq!(keys, [None, None, Some("a"), Some("b")]);
    assert_eq!(due(first.iter().map(|due| due.id).collect()).await, []);
}

#[tokio::test]
async fn an_endpoint_is_served_by_one_node_at_a_time() {
    let house = House::without_sender().await;
    let endpoint = house.endpoint("/in").await;
    house.happen().await;
    let db = &house.test.db;
    let [one, other] = ["a", "b"].map(|node| Holder { node: node.into(), lease: Duration::from_secs(9) });
    let waits = async |holder: &Holder| holder.waiting(db, house.now()).await.unwrap().contains(&endpoint.id);
    let takes = async |holder: &Holder| holder.hold(db, &[endpoint.id].into()).await.unwrap().contains_key(&endpoint.id);
    assert!(waits(&other).await);
    assert_eq!((takes(&one).await, takes(&other).await), (true, false));
    assert_eq!((waits(&one).await, waits(&other).await), (true, false));
    // Who keeps it has it for longer.
    house.test.clock.advance(Duration::from_secs(6));
    assert!(takes(&one).await);
    house.test.clock.advance(Duration::from_secs(6));
    assert!(!takes(&other).await);
    one.leave(db).await.unwrap();
    assert_eq!((takes(&other).await, takes(&one).await), (true, false));
    // Who died without a word loses it when its time is over.
    house.test.clock.advance(Duration::from_secs(10));
    assert!(takes(&one).await);
}
