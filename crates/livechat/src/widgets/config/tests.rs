use super::{FieldKey, WidgetConfig};
use serde_json::{Value, json};

fn field_of(set: &Value) -> String {
    WidgetConfig::read(set).expect_err("refused").field
}

#[test]
fn an_empty_configuration_is_complete() {
    let config = WidgetConfig::default();
    assert_eq!(config.look.theme_color, "#1456f0");
    assert_eq!(config.idle_end_minutes, 30);
    assert_eq!(config.files.max_bytes, 10_485_760);
    assert_eq!(config.texts.zh.len(), config.texts.en.len());
    assert!(config.texts.zh.contains_key("greeting"));
    assert_eq!(config.pre_chat.fields[0].key, FieldKey::Name);
    assert_eq!(config.sparse(), json!({}));
}

#[test]
fn every_mistake_names_its_field() {
    let cases = [
        (json!([]), ""),
        (json!({"colour": 1}), "colour"),
        (json!({"look": 1}), "look"),
        (json!({"look": {"theme_color": "red;}"}}), "look.theme_color"),
        (json!({"look": {"theme_color": 5}}), "look.theme_color"),
        (json!({"look": {"offset_x": -1}}), "look.offset_x"),
        (json!({"look": {"offset_x": 1.5}}), "look.offset_x"),
        (json!({"look": {"position": "top"}}), "look.position"),
        (json!({"look": {"z_index": 1_u64 << 40}}), "look.z_index"),
        (json!({"texts": {"fr": {}}}), "texts.fr"),
        (json!({"texts": {"zh": {"nonsense": "x"}}}), "texts.zh.nonsense"),
        (json!({"texts": {"en": {"title": "x".repeat(101)}}}), "texts.en.title"),
        (json!({"pre_chat": {"fields": [{"key": "name"}, {"key": "shoe"}]}}), "pre_chat.fields[1].key"),
        (json!({"pre_chat": {"fields": [{"key": "name"}, {"key": "name"}]}}), "pre_chat.fields[1].key"),
        (json!({"pre_chat": {"fields": [{"visible": true}]}}), "pre_chat.fields[0].key"),
        (json!({"pre_chat": {"fields": [{"key": "name", "size": 1}]}}), "pre_chat.fields[0].size"),
        (json!({"pre_chat": {"fields": [{"key": "company", "choices": ["A"]}]}}), "pre_chat.fields[0].choices"),
        (json!({"pre_chat": {"fields": [{"key": "product_service", "choices": ["A", " A"]}]}}), "pre_chat.fields[0].choices[1]"),
        (json!({"rating": {"enabled": "yes"}}), "rating.enabled"),
        (json!({"files": {"max_bytes": 0}}), "files.max_bytes"),
        (json!({"files": {"types": ["image/png", "picture"]}}), "files.types[1]"),
        (json!({"allowed_origins": ["https://a.example", "https://a.example/x"]}), "allowed_origins[1]"),
        (json!({"allowed_origins": vec!["a.example"; 101]}), "allowed_origins"),
        (json!({"idle_end_minutes": 0}), "idle_end_minutes"),
        (json!({"hide_when_offline": null, "language": "fr"}), "language"),
    ];
    for (set, field) in cases {
        assert_eq!(field_of(&set), field, "{set}");
    }
}

#[test]
fn colours_and_origins_have_one_spelling() {
    let set = json!({"look": {"theme_color": "#ABC"}, "allowed_origins": ["https://A.example:443/", "a.example"]});
    let config = WidgetConfig::read(&set).expect("taken");
    assert_eq!(config.sparse(), json!({"look": {"theme_color": "#aabbcc"}, "allowed_origins": ["https://a.example"]}));
}

#[test]
fn a_change_keeps_the_rest_and_null_brings_a_default_back() {
    let first = WidgetConfig::default().changed(&json!({"look": {"radius": 4, "offset_x": 8}})).expect("taken");
    let second = first.changed(&json!({"look": {"radius": null}, "texts": {"en": {"title": " Ask\u{7} us "}}})).expect("taken");
    assert_eq!(second.sparse(), json!({"look": {"offset_x": 8}, "texts": {"en": {"title": "Ask us"}}}));
}

#[test]
fn a_page_hears_only_of_texts_that_the_site_set() {
    let set = json!({"texts": {"zh": {"title": "你好"}}, "allowed_origins": ["a.example"]});
    let page = WidgetConfig::read(&set).expect("taken").for_page();
    assert_eq!(page["texts"], json!({"zh": {"title": "你好"}}));
    assert!(!page.contains_key("allowed_origins"));
    assert_eq!(page["look"]["position"], "right");
}

#[test]
fn a_field_that_is_not_shown_is_not_demanded() {
    let set = json!({"pre_chat": {"fields": [{"key": "email", "visible": false, "required": true}]}});
    assert!(!WidgetConfig::read(&set).expect("taken").pre_chat.fields[0].required);
}

#[test]
fn every_mistake_in_a_field_of_the_sites_own_names_its_place() {
    let cases = [
        (json!([{"name": "Order"}]), "[0].id"),
        (json!([{"id": 0, "name": "Order"}]), "[0].id"),
        (json!([{"id": 1, "name": "Order"}, {"id": 1, "name": "Other"}]), "[1].id"),
        (json!([{"id": 1}]), "[0].name"),
        (json!([{"id": 1, "name": "x".repeat(101)}]), "[0].name"),
        (json!([{"id": 1, "name": "Order"}, {"id": 2, "name": " Order"}]), "[1].name"),
        (json!([{"id": 1, "name": "Order", "label": {"fr": "x"}}]), "[0].label.fr"),
        (json!([{"id": 1, "name": "Order", "label": {"zh": "x".repeat(101)}}]), "[0].label.zh"),
        (json!([{"id": 1, "name": "Order", "kind": "date"}]), "[0].kind"),
        (json!([{"id": 1, "name": "Order", "kind": "choice"}]), "[0].choices"),
        (json!([{"id": 1, "name": "Order", "choices": ["A"]}]), "[0].choices"),
        (json!([{"id": 1, "name": "Order", "kind": "choice", "choices": ["A", 7]}]), "[0].choices[1]"),
        (json!([{"id": 1, "name": "Order", "kind": "choice", "choices": vec!["A"; 51]}]), "[0].choices"),
        (json!([{"id": 1, "name": "Order", "size": 1}]), "[0].size"),
        (json!(vec![json!({"id": 1, "name": "Order"}); 21]), ""),
    ];
    for (fields, place) in cases {
        let set = json!({"pre_chat": {"custom_fields": fields}});
        assert_eq!(field_of(&set), format!("pre_chat.custom_fields{place}"), "{set}");
    }
}

#[test]
fn fields_of_the_sites_own_are_kept_tidied_and_told_to_the_page() {
    let plan = json!({"id": 7, "name": " Plan ", "label": {"zh": "套餐\n"}, "kind": "choice", "required": true, "choices": ["Gold", " Silver"]});
    let set = json!({"pre_chat": {"custom_fields": [plan]}});
    let config = WidgetConfig::read(&set).expect("taken");
    let due = json!([{
        "id": 7, "name": "Plan", "label": {"zh": "套餐", "en": ""}, "kind": "choice", "required": true, "choices": ["Gold", "Silver"],
    }]);
    assert_eq!(config.sparse(), json!({"pre_chat": {"custom_fields": due}}));
    assert_eq!(config.for_page()["pre_chat"]["custom_fields"], due);
    assert_eq!(WidgetConfig::read(&config.sparse()).expect("read again"), config);
}
