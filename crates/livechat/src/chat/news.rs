//! A chat in the words of the event catalogue.

use super::entry::{Entry, EntryKind, From};
use super::form::CustomAnswer;
use super::model::{Chat, Status};
use base::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use events::catalog::{
    Attachment, ChatCreated, ChatEnded, ChatSource, ChatTransferLog, ChatVisitor, CustomField, CustomVariable, LastMessageBy,
    MissedChatStatus, OfflineMessage, Rating, RelatedType, RouteToType, TransferType,
};

fn or_empty(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn source(chat: &Chat) -> ChatSource {
    match chat.source.as_str() {
        "auto_invitation" => ChatSource::AutoInvitation,
        "manual_invitation" => ChatSource::ManualInvitation,
        _ => ChatSource::Button,
    }
}

fn variables(chat: &Chat) -> Vec<CustomVariable> {
    let named = |(name, value): (&String, &String)| CustomVariable { name: name.clone(), value: value.clone(), ..Default::default() };
    chat.snapshot.variables.iter().map(named).collect()
}

fn fields(chat: &Chat) -> Vec<CustomField> {
    let told = |answer: CustomAnswer| CustomField { id: answer.id, name: answer.name, value: answer.value };
    chat.custom_answers().into_iter().map(told).collect()
}

fn filled_in(chat: &Chat, key: &str) -> String {
    or_empty(chat.form.get(key).and_then(|value| value.as_str()))
}

/// Somebody asked.
pub fn created(chat: &Chat, department: Option<&str>) -> ChatCreated {
    let seen = &chat.snapshot;
    ChatCreated {
        chat_id: chat.id.to_string(),
        chat_number: chat.number,
        session_id: seen.visit,
        site_id: chat.site.0,
        widget_id: chat.widget.0,
        visitor_id: chat.visitor.to_string(),
        visitor_name: or_empty(seen.name.as_deref()),
        visitor_email: or_empty(seen.email.as_deref()),
        visitor_phone: or_empty(seen.phone.as_deref()),
        country: or_empty(seen.country.as_deref()),
        city: or_empty(seen.city.as_deref()),
        language: or_empty(seen.language.as_deref()),
        department_id: chat.department.map_or(0, |id| id.0),
        department_name: or_empty(department),
        agent_ids: chat.agents.iter().map(|id| id.0).collect(),
        chat_source: source(chat),
        request_time: chat.requested_at,
        if_enter_queue: chat.status == Status::Waiting,
        request_page_title: seen.page.title.clone(),
        request_page_url: seen.page.url.clone(),
        custom_fields: fields(chat),
        custom_variables: variables(chat),
    }
}

/// One line a message, as a person reads it.
pub fn transcript(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries.iter().filter(|entry| entry.draft.kind == EntryKind::Message) {
        let name = match &entry.draft.from {
            From::Visitor { name, .. } => name.as_deref().unwrap_or("visitor"),
            From::Agent { name, .. } => name,
            From::System => "system",
        };
        let said = entry.draft.text.as_deref().unwrap_or_default();
        let file = entry.draft.upload.as_ref().map(|file| format!("[{}]", file.name)).unwrap_or_default();
        let gap = if said.is_empty() || file.is_empty() { "" } else { " " };
        text.push_str(&format!("{} {name}: {said}{gap}{file}\n", entry.at));
    }
    text
}

fn transfer(entry: &Entry) -> Option<ChatTransferLog> {
    let data = entry.draft.data.as_ref().filter(|_| entry.draft.kind == EntryKind::Transferred)?;
    let to_department = data["to"]["kind"] == "department";
    Some(ChatTransferLog {
        time: entry.at,
        transfer_type: if to_department { TransferType::Department } else { TransferType::Agent },
        from_id: data["from"].as_i64().unwrap_or_default(),
        to_id: data["to"]["id"].as_i64().unwrap_or_default(),
        agent_id: data["by"].as_i64().unwrap_or_default(),
        if_success: true,
    })
}

fn attachment(entry: &Entry) -> Option<Attachment> {
    let file = entry.draft.upload.as_ref()?;
    Some(Attachment { uid: file.id.to_string(), file_path: file.name.clone(), url: file.url.clone(), is_note_file: false })
}

/// It is over. `entries` are all that stand in it.
pub fn ended(chat: &Chat, entries: &[Entry], department: Option<&str>, zone_minutes: i32) -> ChatEnded {
    let seen = &chat.snapshot;
    let grade = chat.rating.as_ref();
    ChatEnded {
        chat_id: chat.id.to_string(),
        session_id: seen.visit,
        site_id: chat.site.0,
        agent_ids: chat.agents.iter().map(|id| id.0).collect(),
        start: chat.started_at,
        end: chat.ended_at.unwrap_or(chat.requested_at),
        pre_chat_name: filled_in(chat, "name"),
        pre_chat_company: filled_in(chat, "company"),
        pre_chat_phone: filled_in(chat, "phone"),
        pre_chat_email: filled_in(chat, "email"),
        pre_chat_product_service: filled_in(chat, "product_service"),
        pre_chat_department_id: chat.department.map_or(0, |id| id.0),
        pre_chat_department_name: or_empty(department),
        content: transcript(entries),
        chat_source: source(chat),
        missed_chat_status: match chat.missed_status() {
            3 => MissedChatStatus::OfflineMessage,
            2 => MissedChatStatus::Missed,
            _ => MissedChatStatus::Normal,
        },
        request_time: chat.requested_at,
        if_enter_queue: chat.queued,
        visitor_message_num: chat.visitor_messages.into(),
        agent_message_num: chat.agent_messages.into(),
        agent_avg_response_time: chat.tempo.mean_response_s(),
        last_message_send_by: match chat.last.as_ref().map(|last| last.from.as_str()) {
            Some("visitor") => LastMessageBy::Visitor,
            Some("agent") => LastMessageBy::Agent,
            Some(_) => LastMessageBy::System,
            None => LastMessageBy::Unknown,
        },
        request_page_title: seen.page.title.clone(),
        request_page_url: seen.page.url.clone(),
        rating_grade: grade.map_or(0, |rating| rating.grade.into()),
        rating_comment: or_empty(grade.and_then(|rating| rating.comment.as_deref())),
        custom_fields: fields(chat),
        custom_variables: variables(chat),
        transfer_logs: entries.iter().filter_map(transfer).collect(),
        attachments: entries.iter().filter_map(attachment).collect(),
        visitor: ChatVisitor {
            id: chat.visitor.to_string(),
            country: or_empty(seen.country.as_deref()),
            city: or_empty(seen.city.as_deref()),
            time_zone: zone_minutes,
            language: or_empty(seen.language.as_deref()),
            last_name: or_empty(seen.name.as_deref()),
            last_email: or_empty(seen.email.as_deref()),
            related_type: RelatedType::Visitor,
            ..Default::default()
        },
        ..Default::default()
    }
}

const LONGEST_TITLE: usize = 100;

/// Nobody was there; `first` is what the visitor left, `attached` the bytes of its file unless they are too many for an event.
pub fn offline_message(chat: &Chat, first: Option<&Entry>, attached: &[u8]) -> OfflineMessage {
    let file = first.and_then(|entry| entry.draft.upload.as_ref());
    let seen = &chat.snapshot;
    let content = or_empty(first.and_then(|entry| entry.draft.text.as_deref()));
    let (route_to_type, route_to_id) = match chat.department {
        Some(department) => (RouteToType::Department, department.0),
        None => (RouteToType::Site, chat.site.0),
    };
    OfflineMessage {
        visitor_id: chat.visitor.to_string(),
        visitor_name: or_empty(seen.name.as_deref()),
        visitor_email: or_empty(seen.email.as_deref()),
        visitor_company: filled_in(chat, "company"),
        visitor_phone: or_empty(seen.phone.as_deref()),
        city: or_empty(seen.city.as_deref()),
        country: or_empty(seen.country.as_deref()),
        time_zone: or_empty(seen.time_zone.as_deref()),
        language: or_empty(seen.language.as_deref()),
        site_id: chat.site.0,
        session_id: seen.visit,
        source_chat_id: chat.id.to_string(),
        campaign_id: chat.widget.0,
        route_to_id,
        route_to_type,
        chat_source: source(chat),
        request_page_title: seen.page.title.clone(),
        request_page_url: seen.page.url.clone(),
        product_service: filled_in(chat, "product_service"),
        attachment_name: or_empty(file.map(|file| file.name.as_str())),
        attachment_content: STANDARD.encode(attached),
        attachment_uid: file.map(|file| file.id.to_string()).unwrap_or_default(),
        attachment_url: or_empty(file.map(|file| file.url.as_str())),
        custom_fields: fields(chat),
        custom_variables: variables(chat),
        if_enable_integration: true,
        title: content.lines().next().unwrap_or_default().chars().take(LONGEST_TITLE).collect(),
        content,
        ..Default::default()
    }
}

/// The visitor graded it.
pub fn rated(chat: &Chat) -> Rating {
    let rating = chat.rating.as_ref();
    Rating {
        site_id: chat.site.0,
        chat_id: chat.number,
        chat_guid: chat.id.to_string(),
        rating_grade: rating.map_or(0, |rating| rating.grade.into()),
        rating_comment: or_empty(rating.and_then(|rating| rating.comment.as_deref())),
        custom_fields: fields(chat),
        custom_variables: variables(chat),
    }
}

/// Minutes east of Greenwich in that zone at that time; 0 for a zone that nobody knows.
pub fn zone_minutes(zone: Option<&str>, at: Timestamp) -> i32 {
    let zone = zone.and_then(|name| jiff::tz::TimeZone::get(name).ok());
    zone.map_or(0, |zone| zone.to_offset(at.to_jiff()).seconds() / 60)
}
