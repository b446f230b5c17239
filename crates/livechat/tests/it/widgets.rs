//! What the console may count on when it sets widgets up.

use crate::visitors_house::{House, OTHER_SITE, SITE};
use base::{SiteId, WidgetId};
use livechat::widgets::{WidgetPatch, Widgets};
use serde_json::{Value, json};
use web::OriginPolicy as _;

#[tokio::test]
async fn each_site_has_one_widget_however_often_it_is_asked_for() {
    let house = House::open().await;
    let site = SiteId(40);
    let asks = (0..8).map(|_| house.widgets.ensure_default(site));
    for asked in futures_util::future::join_all(asks).await {
        asked.expect("made or there");
    }
    let page = house.widgets.list(site, &base::PageRequest::default()).await.expect("listed");
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn pages_are_let_in_that_may_carry_some_widget_of_some_site() {
    let house = House::open().await;
    let widgets = Widgets::new(house.test.db.clone());
    let (mine, other) = (only_widget(&widgets, SITE).await, only_widget(&widgets, OTHER_SITE).await);
    let list = async |site, widget, origins: Value| {
        let config = Some(json!({ "allowed_origins": origins }));
        widgets.change(site, widget, WidgetPatch { config, ..WidgetPatch::default() }).await.expect("changes");
    };
    assert!(widgets.allowed("https://anywhere.example").await, "nobody made a list");
    list(SITE, mine, json!(["https://shop.example"])).await;
    assert!(widgets.allowed("https://anywhere.example").await, "one of them has none");
    list(OTHER_SITE, other, json!(["https://*.club.example", "http://localhost:3000"])).await;
    for (page, let_in) in [
        ("https://shop.example", true),
        ("https://www.club.example", true),
        ("http://localhost:3000", true),
        ("http://localhost", false),
        ("https://anywhere.example", false),
        ("null", false),
    ] {
        assert_eq!(widgets.allowed(page).await, let_in, "{page}");
    }
    list(SITE, mine, Value::Null).await;
    assert!(widgets.allowed("https://anywhere.example").await);
}

async fn only_widget(widgets: &Widgets, site: SiteId) -> WidgetId {
    widgets.list(site, &base::PageRequest::default()).await.expect("listed").items[0].id
}

#[tokio::test]
async fn a_widget_is_made_shown_changed_and_removed() {
    let house = House::open().await;
    let made = house.send("POST", "/v1/widgets", "sbk_1", &json!({"name": " Shop ", "config": {"look": {"theme_color": "#ABC"}}})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.body["id"].as_i64().expect("an id");
    assert_eq!((&made.body["name"], &made.body["version"]), (&json!("Shop"), &json!(1)));
    assert_eq!(made.body["config"]["look"]["theme_color"], "#aabbcc");
    assert_eq!(made.body["config"]["texts"]["en"]["send"], "Send", "the console sees every text");
    let snippet = format!(r#"<script async src="http://chat.example/w.js" data-site="1" data-widget="{id}"></script>"#);
    assert_eq!(made.body["snippet"], json!(snippet));

    let path = format!("/v1/widgets/{id}");
    let patch = json!({"config": {"texts": {"zh": {"title": "客服"}}, "hide_when_offline": true}});
    let changed = house.send("PATCH", &path, "sbk_1", &patch).await;
    assert_eq!((changed.status.as_u16(), &changed.body["version"]), (200, &json!(2)), "{}", changed.body);
    assert_eq!(changed.body["config"]["look"]["theme_color"], "#aabbcc", "what was not named stays");
    let same = house.send("PATCH", &path, "sbk_1", &patch).await;
    assert_eq!(same.body["version"], 2, "no change, no version");
    // What the console read it may send back whole.
    let whole = house.send("PATCH", &path, "sbk_1", &json!({"config": changed.body["config"]})).await;
    assert_eq!((whole.status.as_u16(), &whole.body["version"]), (200, &json!(2)), "{}", whole.body);

    assert_eq!(house.call("DELETE", &path, &[("authorization", "Bearer sbk_1")], None).await.status, 204);
    assert_eq!(house.get(&path, "sbk_1").await.problem().0, 404);
}

#[tokio::test]
async fn mistakes_name_their_field() {
    let house = House::open().await;
    let cases = [
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(101)}), "name"),
        (json!({"name": 7}), "name"),
        (json!({"name": "a", "colour": 1}), "colour"),
        (json!({"name": "a", "config": 7}), "config"),
        (json!({"name": "a", "config": {"look": {"radius": 99}}}), "config.look.radius"),
        (json!({"name": "a", "config": {"look": {"glow": 1}}}), "config.look.glow"),
        (json!({"name": "a", "config": {"pre_chat": {"fields": [{"key": "shoe"}]}}}), "config.pre_chat.fields[0].key"),
    ];
    for (body, field) in cases {
        assert_eq!(house.send("POST", "/v1/widgets", "sbk_1", &body).await.problem(), (400, "invalid", field), "{body}");
    }
}

#[tokio::test]
async fn another_sites_widgets_are_not_there() {
    let house = House::open().await;
    let path = format!("/v1/widgets/{}", house.other_widget);
    assert_eq!(house.get(&path, "sbk_1").await.problem().0, 404);
    assert_eq!(house.send("PATCH", &path, "sbk_1", &json!({"name": "mine"})).await.problem().0, 404);
    assert_eq!(house.call("DELETE", &path, &[("authorization", "Bearer sbk_1")], None).await.problem().0, 404);
    assert_eq!(house.get("/v1/widgets", "sbk_1_poor").await.problem().1, "denied");
    assert_eq!(house.get("/v1/widgets/x", "sbk_1").await.problem().0, 400);
}

#[tokio::test]
async fn a_change_reaches_visits_at_once_here_and_within_two_seconds_on_other_nodes() {
    let house = House::open().await;
    let elsewhere = Widgets::new(house.test.db.clone());
    let id = WidgetId(house.widget);
    let version = async |widgets: &Widgets| widgets.shown(SITE, id).await.expect("shown").page["version"].clone();
    assert_eq!((version(&house.widgets).await, version(&elsewhere).await), (json!(1), json!(1)));
    let path = format!("/v1/widgets/{}", house.widget);
    let title = json!({"config": {"texts": {"en": {"title": "Ask us"}}}});
    assert_eq!(house.send("PATCH", &path, "sbk_1", &title).await.status, 200);
    assert_eq!(version(&house.widgets).await, json!(2));
    tokio::time::sleep(std::time::Duration::from_millis(2_050)).await;
    assert_eq!(version(&elsewhere).await, json!(2));
    let visit = house.arrive(None).await;
    assert_eq!(visit.body["widget"]["texts"], json!({"en": {"title": "Ask us"}}));
    assert_eq!(visit.body["widget"].get("allowed_origins"), None::<&Value>);
}
