//! The door around small routes: panics, patience, places, other origins, the document.

use axum::body::Body;
use axum::routing::{get, post};
use axum::{Json, Router};
use base::Permission;
use http::{Request, Response, StatusCode};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use testkit::TestDb;
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{
    Agent, Door, DoorSettings, Doorkeepers, LimitSettings, Nonce, OriginPolicy, Rate, console_csp, doc, may, no_such_path, widget_cors,
};

async fn fitted(settings: DoorSettings, routes: Router) -> (TestDb, Router) {
    let test = TestDb::open(&[web::migrations]).await;
    let door = Door::new(test.db.clone(), settings, Doorkeepers::nobody());
    let router = door.fit(routes.fallback(no_such_path));
    (test, router)
}

async fn ask(router: &Router, request: Request<Body>) -> Response<Body> {
    router.clone().oneshot(request).await.expect("answers")
}

fn plain(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

async fn slug(response: Response<Body>) -> (u16, String) {
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    let body: Value = serde_json::from_slice(&bytes).expect("JSON");
    (status, body["type"].as_str().expect("a type").rsplit('/').next().expect("a word").to_owned())
}

async fn panics() {
    panic!("the password is 1234");
}

#[tokio::test]
async fn a_panic_is_our_mistake_and_no_more_is_told() {
    let (_test, router) = fitted(DoorSettings::default(), Router::new().route("/boom", get(panics))).await;
    let response = ask(&router, plain("/boom")).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("problems/broken") && !text.contains("1234"), "{text}");
    assert_eq!(slug(ask(&router, plain("/nowhere")).await).await, (404, "missing".into()));
}

#[tokio::test]
async fn patience_ends_but_for_slow_routes() {
    let settings = DoorSettings { patience: Duration::from_millis(20), ..DoorSettings::default() };
    let sleep = async || tokio::time::sleep(Duration::from_millis(100)).await;
    let routes = Router::new().route("/v1/work", get(sleep)).route("/widget/poll", get(sleep));
    let (_test, router) = fitted(settings, routes).await;
    let response = ask(&router, plain("/v1/work")).await;
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(slug(response).await, (503, "unavailable".into()));
    assert_eq!(ask(&router, plain("/widget/poll")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn more_than_there_are_places_for_are_sent_away() {
    let settings = DoorSettings { at_once: 1, ..DoorSettings::default() };
    let sleep = async || tokio::time::sleep(Duration::from_millis(100)).await;
    let (_test, router) = fitted(settings, Router::new().route("/work", get(sleep))).await;
    let (one, two) = tokio::join!(ask(&router, plain("/work")), ask(&router, plain("/work")));
    let mut all = [one.status().as_u16(), two.status().as_u16()];
    all.sort_unstable();
    assert_eq!(all, [200, 503]);
}

struct Shop;

#[async_trait::async_trait]
impl OriginPolicy for Shop {
    async fn allowed(&self, origin: &str) -> bool {
        origin == "https://shop.example"
    }
}

#[tokio::test]
async fn the_widget_may_be_asked_from_other_origins_without_cookies() {
    let limits = LimitSettings { address: Rate::new(1, 1), ..LimitSettings::default() };
    let routes = Router::new().route("/widget/visits", post(async || "ok")).route("/v1/users", get(async || "ok"));
    let (_test, router) = fitted(DoorSettings { limits, ..DoorSettings::default() }, routes).await;
    let router = widget_cors(router, Arc::new(Shop));
    let from_shop = |request: http::request::Builder| {
        let request = request.header("origin", "https://shop.example").header("access-control-request-method", "POST");
        request.body(Body::empty()).expect("a request")
    };
    let response = ask(&router, from_shop(Request::options("/widget/visits"))).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.headers()["access-control-allow-origin"], "https://shop.example");
    assert_eq!(response.headers()["access-control-max-age"], "86400");
    assert!(!response.headers().contains_key("access-control-allow-credentials"));
    // The second one is refused by the door itself, and the page can read that.
    for status in [200, 429] {
        let response = ask(&router, from_shop(Request::post("/widget/visits"))).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["access-control-allow-origin"], "https://shop.example");
    }
    let stranger = Request::options("/widget/visits").header("origin", "https://elsewhere.example").header("access-control-request-method", "POST");
    let response = ask(&router, stranger.body(Body::empty()).expect("a request")).await;
    assert!(!response.headers().contains_key("access-control-allow-origin"));
    let response = ask(&router, from_shop(Request::get("/v1/users"))).await;
    assert!(!response.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn a_key_of_nobody_does_not_keep_anything() {
    static DONE: AtomicU32 = AtomicU32::new(0);
    let count = async || Json(DONE.fetch_add(1, Ordering::SeqCst));
    let (_test, router) = fitted(DoorSettings::default(), Router::new().route("/count", post(count))).await;
    for _ in 0..2 {
        let call = Request::post("/count").header("idempotency-key", "k").body(Body::empty()).expect("a request");
        assert_eq!(ask(&router, call).await.status(), StatusCode::OK);
    }
    assert_eq!(DONE.load(Ordering::SeqCst), 2);
}

#[test]
fn the_consoles_policy_carries_its_nonce() {
    let clock = Arc::new(base::ManualClock::at(testkit::NOON));
    let nonce = Nonce::fresh(&base::Minter::new(clock, 1));
    let policy = console_csp(&nonce);
    let text = policy.to_str().expect("text");
    assert!(text.contains(&format!("script-src 'self' 'nonce-{nonce}'")) && !text.contains("unsafe"), "{text}");
}

/// Ends a thing.
#[utoipa::path(post, path = "/v1/things/{id}/end", params(("id" = i64, Path)), responses((status = 204)))]
async fn end_thing(_: Agent<may::ManageSite>) -> StatusCode {
    StatusCode::NO_CONTENT
}

#[test]
fn the_document_tells_who_may_and_how_it_fails() {
    let router = OpenApiRouter::new().routes(doc::needs(Permission::ManageSite, routes!(end_thing)));
    let (_, api) = doc::openapi("Test", "1", [router]);
    let api = serde_json::to_value(&api).expect("JSON");
    let operation = &api["paths"]["/v1/things/{id}/end"]["post"];
    assert_eq!(operation["x-access"], "manage_site");
    assert_eq!(operation["security"].as_array().map(Vec::len), Some(2));
    assert_eq!(operation["responses"]["404"]["$ref"], "#/components/responses/Missing");
    assert!(api["components"]["schemas"]["Problem"]["properties"]["type"].is_object(), "{api}");
    assert!(api["components"]["securitySchemes"]["session"].is_object());
}
