use super::*;

fn published() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/events")
}

#[test]
fn published_schemas_are_in_step_with_the_code() {
    if std::env::var_os("SWITCHBOARD_WRITE_PAPERS").is_some() {
        write_papers(&published()).unwrap();
    }
    for (name, text) in papers() {
        let found = std::fs::read_to_string(published().join(&name)).unwrap_or_default();
        assert!(found == text, "docs/events/{name} is stale: run this test with SWITCHBOARD_WRITE_PAPERS=1");
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
fn samples_read_back_as_they_were_written() {
    for entry in CATALOG {
        let sample = (entry.sample)();
        assert_eq!((entry.read)(&sample).unwrap(), sample, "{}", entry.name);
    }
}

/// Readers of today's structures must be able to read tomorrow's: a changed snapshot asks for a thought, and perhaps for `VERSION`.
#[test]
fn wire_forms_do_not_change_unnoticed() {
    for entry in CATALOG {
        insta::assert_json_snapshot!(entry.name, (entry.sample)());
    }
}

#[test]
fn a_chat_that_ended_as_the_seed_spells_it_is_read() {
    let payload = json!({
        "ChatId": "8f0e", "SessionId": 9_007_199_254_740_i64, "SiteId": 3, "AgentIds": [1, 2],
        "Start": "2019-05-01T08:00:00", "End": "2019-05-01T08:10:00.1234567Z", "PreChatName": "Ada", "PreChatCompany": null,
        "content": "Hello", "SocialMediaSource": 1, "ChatType": 2, "ChatSource": 1, "MissedChatStatus": 0,
        "RequestTime": "2019-05-01T16:00:00+08:00", "LasMessageSendBy": -1, "AgentAvgResponseTime": 3, "RatingGrade": 4,
        "CustomVariable": [{ "Id": 1, "Name": "plan", "value": "gold", "url": "https://shop.example" }],
        "TransferLogs": [{ "Time": "2019-05-01T08:05:00Z", "TransferType": 1, "FromId": 1, "ToId": 7, "AgentId": 1, "IfSuccess": true }],
        "Attachments": null, "Cobrowse": { "Start": "0001-01-01T00:00:00", "End": "0001-01-01T00:00:00", "Status": 3 },
        "BotActions": [{ "Guid": "g", "ChatId": 5, "BotAnswerType": 2, "Time": "2019-05-01T08:01:00Z" }],
        "Visitor": { "Id": "v", "TimeZone": 480, "RelatedType": 6, "segmentIds": [4] },
        "Salesforce": { "PurposeChatEnd": 10, "Cases": [{ "Name": "Subject", "value": "Chat", "DisplayValue": "Chat" }] },
        "SomethingNew": true
    });
    let chat: ChatEnded = read(&payload).unwrap();
    assert_eq!(chat.content, "Hello");
    assert_eq!(chat.start.unwrap().to_string(), "2019-05-01T08:00:00.000Z");
    assert_eq!(chat.end.to_string(), "2019-05-01T08:10:00.123Z");
    assert_eq!(chat.request_time.to_string(), "2019-05-01T08:00:00.000Z");
    assert_eq!(chat.last_message_send_by, LastMessageBy::Unknown);
    assert_eq!(chat.chat_type, ChatType::FromChatbotToAgent);
    assert_eq!(chat.custom_variables[0].value, "gold");
    assert_eq!(chat.visitor.segment_ids, [4]);
    assert_eq!(chat.salesforce.unwrap().purpose_chat_end, PurposeChatEnd::UpdateAllContactFieldsAndAttachTask);
    let cobrowse = chat.cobrowse.unwrap();
    assert_eq!((cobrowse.start, cobrowse.status), (None, CobrowseStatus::Completed));
    let written = serde_json::to_value(ChatEnded { last_message_send_by: LastMessageBy::Agent, ..Default::default() }).unwrap();
    assert_eq!((&written["LastMessageSendBy"], &written["Content"]), (&json!(1), &json!("")));
}

#[test]
fn a_code_that_nobody_knows_is_refused_by_name() {
    let err = read::<ChatEnded>(&json!({ "ChatType": 17 })).unwrap_err();
    assert!(err.to_string().contains("ChatType"), "{err}");
}
