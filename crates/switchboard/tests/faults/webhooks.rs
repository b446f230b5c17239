//! Somebody who asks for deliveries to a webhook, and an endpoint that notes what came.

use crate::house::House;
use axum::http::{HeaderMap, StatusCode};
use serde_json::json;
use sim::Agent;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// The events of the requests that came, in their order.
type Came = Arc<Mutex<Vec<String>>>;

pub struct Deliveries {
    came: Came,
    stop: Arc<AtomicBool>,
    /// Events that were acknowledged.
    asker: JoinHandle<Vec<String>>,
    endpoint: JoinHandle<()>,
}

impl Deliveries {
    pub async fn begin(house: &House) -> Self {
        let (came, stop): (Came, Arc<AtomicBool>) = Default::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("it has an address"));
        let noted = came.clone();
        let hear = move |headers: HeaderMap| async move {
            let event = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
            noted.lock().expect("nobody panics with it").push(event);
            StatusCode::NO_CONTENT
        };
        let app = axum::Router::new().fallback(hear);
        let endpoint = tokio::spawn(async move { axum::serve(listener, app).await.expect("it serves") });
        let made = house.admin.post("/v1/webhooks", &json!({ "url": url, "events": ["Chat.Ended"] })).await.expect("a webhook");
        let asker = tokio::spawn(ask(house.admin.clone(), made["id"].as_i64().expect("its number"), stop.clone()));
        Self { came, stop, asker, endpoint }
    }

    /// Each acknowledged delivery arrived once, and nothing else did.
    pub async fn end_and_check(self) {
        self.stop.store(true, Ordering::SeqCst);
        let acknowledged = self.asker.await.expect("the asker ends");
        assert!(acknowledged.len() > 50, "too little was asked for to prove anything: {}", acknowledged.len());
        let came = || self.came.lock().expect("nobody panics with it").clone();
        let deadline = Instant::now() + Duration::from_secs(30);
        while came().len() < acknowledged.len() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // What would come twice comes soon.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let (came, wanted) = (came(), acknowledged.iter().collect::<HashSet<_>>());
        let once: HashSet<&String> = came.iter().collect();
        assert_eq!(once.len(), came.len(), "nothing comes twice");
        let lost: Vec<_> = wanted.difference(&once).collect();
        let phantoms: Vec<_> = once.difference(&wanted).collect();
        assert!(lost.is_empty() && phantoms.is_empty(), "lost: {lost:?}; never acknowledged: {phantoms:?}");
        self.endpoint.abort();
    }
}

async fn ask(admin: Agent, webhook: i64, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        if let Ok(made) = admin.post(&format!("/v1/webhooks/{webhook}/test"), &json!({})).await {
            acknowledged.push(made["event"].as_str().expect("an event").to_owned());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    acknowledged
}
