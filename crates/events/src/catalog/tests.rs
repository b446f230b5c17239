use super::*;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn published() -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/events")
}

fn here(file: &str) -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog").join(file)
}

fn may_write() -> bool {
    std::env::var_os("SWITCHBOARD_WRITE_PAPERS").is_some()
}

#[test]
fn published_papers_are_in_step_with_the_code() {
    if may_write() {
        write_papers(&published()).unwrap();
    }
    for (name, text) in papers() {
        let found = std::fs::read_to_string(published().join(&name)).unwrap_or_default();
        assert!(found == text, "docs/events/{name} is stale: run `switchboard events docs`, or this test with SWITCHBOARD_WRITE_PAPERS=1");
    }
}

#[test]
fn names_are_known_once_and_fit_webhooks() {
    for entry in CATALOG {
        assert_eq!(CATALOG.iter().filter(|other| other.name == entry.name).count(), 1);
        assert!(entry.name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '.' || letter == '_'), "{}", entry.name);
    }
}

#[test]
fn the_fourteen_events_of_the_design_are_here() {
    for name in [
        "Chat.Ended",
        "OfflineMessage.Submit",
        "Visitor.Rating",
        "Agent.Wrapup",
        "CannedMessage.UseLog",
        "PrivateMessage.Log",
        "ChatQueue.Log",
        "AgentStatus.Log",
        "AutoInvitation.Log",
        "ManualInvitation.Log",
        "Visit.Log",
        "Conversion.Log",
        "Agent.SavePreference",
        "Agent.Ban",
    ] {
        assert!(find(name).is_some(), "{name}");
        assert!(here(&format!("fixtures/{name}.json")).exists(), "{name} has no payload as the design spells it");
    }
}

#[test]
fn samples_read_back_as_they_were_written() {
    for entry in CATALOG {
        let sample = (entry.sample)();
        assert_eq!((entry.read)(&sample).unwrap(), sample, "{}", entry.name);
    }
}

#[test]
fn every_event_has_a_key() {
    for entry in CATALOG {
        assert!(!(entry.sample_key)().is_empty(), "{}", entry.name);
        assert!(entry.about.iter().all(|sentence| !sentence.is_empty()), "{}", entry.name);
    }
}

/// Readers of today's structures must be able to read tomorrow's: a changed snapshot asks for a thought, and perhaps for `VERSION`.
#[test]
fn wire_forms_do_not_change_unnoticed() {
    for entry in CATALOG {
        insta::assert_json_snapshot!(entry.name, (entry.sample)());
    }
}

fn fixture(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(here(&format!("fixtures/{name}.json"))).unwrap()).unwrap()
}

fn is_time(text: &str) -> bool {
    text.starts_with("20") && text.contains('T') || text.starts_with("0001-") || text.starts_with("/Date(")
}

/// Whatever stands in `theirs` stands in `ours` too, under its mended name. Times may be written in another way.
fn assert_kept(entry: &Entry, path: &str, theirs: &Value, ours: &Value) {
    match theirs {
        Value::Object(fields) => {
            for (name, value) in fields {
                let mended = entry.mended.iter().find(|(slip, _)| slip == name).map_or(name.as_str(), |(_, mended)| mended);
                let found = ours.get(mended).unwrap_or_else(|| panic!("{} {path}.{name} is not read", entry.name));
                assert_kept(entry, &format!("{path}.{mended}"), value, found);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                assert_kept(entry, &format!("{path}[{place}]"), item, &ours[place]);
            }
        }
        Value::String(text) if is_time(text) => {}
        other => assert_eq!(ours, other, "{} {path}", entry.name),
    }
}

#[test]
fn payloads_as_the_design_spells_them_are_read_whole() {
    for entry in CATALOG.iter().filter(|entry| here(&format!("fixtures/{}.json", entry.name)).exists()) {
        let theirs = fixture(entry.name);
        let ours = (entry.read)(&theirs).unwrap_or_else(|err| panic!("{}: {err}", entry.name));
        assert_kept(entry, "", &theirs, &ours);
        // What was mended once stays as it is.
        assert_eq!((entry.read)(&ours).unwrap(), ours, "{}", entry.name);
    }
}

#[test]
fn every_mended_name_is_in_use() {
    for entry in CATALOG {
        let theirs = fixture_text(entry.name);
        for (slip, mended) in entry.mended {
            assert!(theirs.contains(&format!("\"{slip}\":")), "{}: the payload of the design has no {slip}", entry.name);
            assert!((entry.schema)().to_string().contains(&format!("\"{mended}\":")), "{}: there is no field {mended}", entry.name);
        }
    }
}

fn fixture_text(name: &str) -> String {
    std::fs::read_to_string(here(&format!("fixtures/{name}.json"))).unwrap_or_default()
}

#[test]
fn times_and_codes_of_the_design_mean_what_they_meant() {
    let chat: ChatEnded = read(&fixture("Chat.Ended")).unwrap();
    assert_eq!(chat.start.unwrap().to_string(), "2019-05-01T08:00:00.000Z");
    assert_eq!(chat.end.to_string(), "2019-05-01T08:10:00.123Z");
    assert_eq!(chat.request_time.to_string(), "2019-05-01T07:59:30.000Z");
    assert_eq!(chat.last_message_send_by, LastMessageBy::Unknown);
    assert_eq!(chat.chat_type, ChatType::FromChatbotToAgent);
    assert_eq!(chat.salesforce.unwrap().purpose_chat_end, PurposeChatEnd::UpdateAllContactFieldsAndAttachTask);
    let cobrowse = chat.cobrowse.unwrap();
    assert_eq!((cobrowse.end, cobrowse.status), (None, CobrowseStatus::Completed));
    let message: OfflineMessage = read(&fixture("OfflineMessage.Submit")).unwrap();
    assert_eq!(message.route_to_type, RouteToType::OfflineMessage);
    let status: AgentStatusLog = read(&fixture("AgentStatus.Log")).unwrap();
    assert_eq!((status.status, status.time.to_string().as_str()), (AgentStatus::Online, "2019-05-01T08:03:00.000Z"));
}

#[test]
fn the_two_texts_and_numbers_named_alike_are_told_apart() {
    // The design has `SocialMediaSource` twice in one class: the number keeps the name.
    let chat: ChatEnded = read(&json!({ "SocialMediaSource": 2, "SocialMediaName": "example" })).unwrap();
    assert_eq!((chat.social_media_source, chat.social_media_name.as_str()), (SocialMedia::GooglePlus, "example"));
}

#[test]
fn nulls_and_unknown_fields_are_let_pass() {
    for entry in CATALOG {
        let mut sample = (entry.sample)();
        for value in sample.as_object_mut().unwrap().values_mut().filter(|value| value.is_string() || value.is_array()) {
            *value = Value::Null;
        }
        sample["SomethingNew"] = json!({ "Deep": [1] });
        (entry.read)(&sample).unwrap_or_else(|err| panic!("{}: {err}", entry.name));
    }
}

#[test]
fn a_code_that_nobody_knows_is_refused_by_name() {
    let err = read::<ChatEnded>(&json!({ "ChatType": 17 })).unwrap_err();
    assert!(err.to_string().contains("ChatType"), "{err}");
}

/// One line for each field and each code of an event: `Chat.Ended TransferLogs[].Time: string date-time`.
fn lines_of(entry: &Entry) -> Vec<String> {
    let schema = (entry.schema)();
    let mut lines = Vec::new();
    walk(&schema, &schema, entry.name, "", &mut lines);
    lines
}

fn walk(schema: &Value, root: &Value, event: &str, path: &str, lines: &mut Vec<String>) {
    if let Some(to) = schema["$ref"].as_str() {
        let to = root.pointer(to.trim_start_matches('#')).expect("a definition");
        return walk(to, root, event, path, lines);
    }
    if let Some(either) = schema["anyOf"].as_array() {
        let real = either.iter().find(|one| one["type"] != "null").expect("something besides null");
        return walk(real, root, event, path, lines);
    }
    if let Some(fields) = schema["properties"].as_object() {
        for (name, field) in fields {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            walk(field, root, event, &path, lines);
        }
        return;
    }
    if schema["items"].is_object() {
        return walk(&schema["items"], root, event, &format!("{path}[]"), lines);
    }
    let kind = match &schema["type"] {
        Value::String(kind) => kind.clone(),
        several => several.to_string(),
    };
    lines.push(format!("{event} {path}: {kind} {}", schema["format"].as_str().unwrap_or("-")));
    for code in schema["enum"].as_array().into_iter().flatten() {
        lines.push(format!("{event} {path} = {code}"));
    }
}

/// `published.txt` only grows. Whoever removes or retypes a field breaks somebody who reads it.
#[test]
fn what_was_published_once_stays() {
    let file = here("published.txt");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let published: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    let now: BTreeSet<String> = CATALOG.iter().flat_map(lines_of).collect();
    let lost: Vec<&String> = published.difference(&now).collect();
    assert!(lost.is_empty(), "published fields were removed or retyped; old readers need them: {lost:#?}");
    if may_write() {
        let all: Vec<&str> = now.iter().map(String::as_str).collect();
        std::fs::write(&file, all.join("\n") + "\n").unwrap();
    } else {
        let new: Vec<&String> = now.difference(&published).collect();
        assert!(new.is_empty(), "new fields: run this test with SWITCHBOARD_WRITE_PAPERS=1 and commit published.txt: {new:#?}");
    }
}

#[test]
fn the_asyncapi_document_refers_to_nothing_that_is_missing() {
    let document = asyncapi();
    let mut refs = Vec::new();
    gather_refs(&document, &mut refs);
    assert!(refs.len() > 100);
    for to in refs {
        assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{to}");
    }
    for entry in CATALOG {
        assert!(document["channels"][entry.name].is_object(), "{}", entry.name);
    }
}

fn gather_refs(value: &Value, refs: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(to) = fields.get("$ref").and_then(Value::as_str) {
                refs.push(to.to_owned());
            }
            fields.values().for_each(|value| gather_refs(value, refs));
        }
        Value::Array(items) => items.iter().for_each(|item| gather_refs(item, refs)),
        _ => {}
    }
}
