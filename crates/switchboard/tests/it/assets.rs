//! The console's page, the loader, and the reference page.

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn the_consoles_page_answers_its_own_paths_with_a_fresh_number() {
    let house = TestApp::open().await;
    let first = house.anybody("GET", "/chats/some-chat", None).await;
    let second = house.anybody("GET", "/", None).await;
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(first.headers["content-type"], "text/html; charset=utf-8");
    if first.text.contains("csp-nonce") {
        let policy = first.headers["content-security-policy"].to_str().expect("is text");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a number");
        assert!(first.text.contains(&format!("content=\"{nonce}\"")), "the page carries the number of its policy");
        assert_ne!(first.headers["content-security-policy"], second.headers["content-security-policy"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loader_may_be_used_by_every_page() {
    let house = TestApp::open().await;
    let loader = house.anybody("GET", "/w.js", None).await;
    assert_eq!(loader.status, 200);
    assert_eq!(loader.headers["access-control-allow-origin"], "*");
    assert_eq!(loader.headers["cross-origin-resource-policy"], "cross-origin");
    assert_eq!(loader.headers["content-type"], "text/javascript; charset=utf-8");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_page_loads_nothing_from_elsewhere() {
    let house = TestApp::open().await;
    for path in ["/docs/api", "/docs/api/page.js", "/docs/api/page.css"] {
        let page = house.anybody("GET", path, None).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.text.contains("http://") && !page.text.contains("https://"), "{path} names another host");
    }
    assert_eq!(house.anybody("GET", "/v1/openapi.json", None).await.json()["openapi"], "3.1.0");
    assert_eq!(house.anybody("GET", "/demo/", None).await.status, 404, "the shop is there in demo mode alone");
}
