//! What a connected system is told of: a chat that ended, or a message that was left, as one noun.

use base::{Invalid, SiteId, Timestamp, UploadId};
use events::catalog::{self, Attachment, ChatEnded, CustomField, CustomVariable, MissedChatStatus, OfflineMessage, Salesforce};
use sockets::{Envelope, Event};

/// A chat or a message, with all that other systems may want of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    pub site: SiteId,
    /// The chat's guid.
    pub chat: String,
    /// A message that was left, not a chat.
    pub offline: bool,
    pub title: String,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub company: String,
    pub product_service: String,
    pub visitor: String,
    pub country: String,
    pub city: String,
    pub language: String,
    pub department: String,
    pub page_title: String,
    pub page_url: String,
    /// The transcript, or the message.
    pub text: String,
    pub comment: String,
    /// 1–5; 0 when it was not rated.
    pub rating: i64,
    pub rating_comment: String,
    pub at: Timestamp,
    pub fields: Vec<CustomField>,
    pub variables: Vec<CustomVariable>,
    pub files: Vec<FileRef>,
    /// What the event itself says should be done in Salesforce.
    pub salesforce: Option<Salesforce>,
}

/// A file that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileRef {
    /// Ours, by its id.
    Upload { id: UploadId, name: String },
    /// In the event, in base64.
    Here { name: String, content: String },
}

impl FileRef {
    pub fn name(&self) -> &str {
        match self {
            Self::Upload { name, .. } | Self::Here { name, .. } => name,
        }
    }
}

impl Story {
    /// None when there is nothing to tell: another event, or one that is told by another.
    ///
    /// # Errors
    /// When the payload cannot be read.
    pub fn of(envelope: &Envelope) -> Result<Option<Self>, serde_json::Error> {
        match &*envelope.name {
            ChatEnded::NAME => Ok(Self::of_chat(catalog::read(&envelope.payload)?, envelope.site)),
            OfflineMessage::NAME => Ok(Self::of_message(catalog::read(&envelope.payload)?, envelope)),
            _ => Ok(None),
        }
    }

    fn of_chat(chat: ChatEnded, site: SiteId) -> Option<Self> {
        if chat.missed_chat_status == MissedChatStatus::OfflineMessage {
            // It comes as a message of its own.
            return None;
        }
        let or = |first: String, second: String| if first.is_empty() { second } else { first };
        Some(Self {
            site,
            chat: chat.chat_id,
            offline: false,
            title: String::new(),
            name: or(chat.pre_chat_name, chat.visitor.last_name),
            email: or(chat.pre_chat_email, chat.visitor.last_email),
            phone: chat.pre_chat_phone,
            company: chat.pre_chat_company,
            product_service: chat.pre_chat_product_service,
            visitor: chat.visitor.id,
            country: chat.visitor.country,
            city: chat.visitor.city,
            language: chat.visitor.language,
            department: chat.pre_chat_department_name,
            page_title: chat.request_page_title,
            page_url: chat.request_page_url,
            text: chat.content,
            comment: chat.agent_comment,
            rating: chat.rating_grade,
            rating_comment: chat.rating_comment,
            at: chat.start.unwrap_or(chat.request_time),
            fields: chat.custom_fields,
            variables: chat.custom_variables,
            files: chat.attachments.into_iter().filter_map(upload).collect(),
            salesforce: chat.salesforce,
        })
    }

    fn of_message(message: OfflineMessage, envelope: &Envelope) -> Option<Self> {
        if !message.if_enable_integration {
            return None;
        }
        let file = left(&message);
        let chat = if message.source_chat_id.is_empty() { envelope.id.to_string() } else { message.source_chat_id };
        Some(Self {
            site: envelope.site,
            chat,
            offline: true,
            title: message.title,
            name: message.visitor_name,
            email: message.visitor_email,
            phone: message.visitor_phone,
            company: message.visitor_company,
            product_service: message.product_service,
            visitor: message.visitor_id,
            country: message.country,
            city: message.city,
            language: message.language,
            department: String::new(),
            page_title: message.request_page_title,
            page_url: message.request_page_url,
            text: message.content,
            comment: String::new(),
            rating: 0,
            rating_comment: String::new(),
            at: envelope.occurred_at,
            fields: message.custom_fields,
            variables: message.custom_variables,
            files: file.into_iter().collect(),
            salesforce: None,
        })
    }

    /// What to call who wrote.
    pub fn who(&self) -> &str {
        [self.name.as_str(), self.email.as_str()].into_iter().find(|text| !text.is_empty()).unwrap_or("visitor")
    }

    /// `Chat with Ada on 2026-11-21 12:00`.
    pub fn subject(&self) -> String {
        if !self.title.is_empty() {
            return self.title.clone();
        }
        let what = if self.offline { "Message from" } else { "Chat with" };
        format!("{what} {} on {}", self.who(), self.at.to_jiff().strftime("%Y-%m-%d %H:%M"))
    }

    /// Fills `{{name}}`, `{{field:Order}}`, `{{variable:plan}}` … in; a name that nobody knows becomes nothing.
    pub fn fill(&self, template: &str) -> String {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            filled.push_str(before);
            let Some((name, behind)) = after.split_once("}}") else {
                filled.push_str("{{");
                rest = after;
                continue;
            };
            filled.push_str(&self.value(name.trim()));
            rest = behind;
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, name: &str) -> String {
        if let Some(field) = name.strip_prefix("field:") {
            return self.fields.iter().find(|one| one.name == field).map(|one| one.value.clone()).unwrap_or_default();
        }
        if let Some(variable) = name.strip_prefix("variable:") {
            return self.variables.iter().find(|one| one.name == variable).map(|one| one.value.clone()).unwrap_or_default();
        }
        let (first, last) = split_name(&self.name);
        match name {
            "name" => self.name.clone(),
            "first_name" => first.to_owned(),
            "last_name" => last.to_owned(),
            "email" => self.email.clone(),
            "phone" => self.phone.clone(),
            "company" => self.company.clone(),
            "product_service" => self.product_service.clone(),
            "country" => self.country.clone(),
            "city" => self.city.clone(),
            "language" => self.language.clone(),
            "department" => self.department.clone(),
            "page_title" => self.page_title.clone(),
            "page_url" => self.page_url.clone(),
            "transcript" | "message" => self.text.clone(),
            "subject" => self.subject(),
            "comment" => self.comment.clone(),
            "rating" if self.rating > 0 => self.rating.to_string(),
            "rating_comment" => self.rating_comment.clone(),
            "chat" => self.chat.clone(),
            "visitor" => self.visitor.clone(),
            "date" => self.at.to_jiff().strftime("%Y-%m-%d").to_string(),
            _ => String::new(),
        }
    }
}

/// The names that a template may hold; `field:…` and `variable:…` beside them.
const NAMES: [&str; 22] = [
    "name", "first_name", "last_name", "email", "phone", "company", "product_service", "country", "city", "language", "department",
    "page_title", "page_url", "transcript", "message", "subject", "comment", "rating", "rating_comment", "chat", "visitor", "date",
];

/// Does the template hold only names that there are?
///
/// # Errors
/// Names the one that there is not.
pub fn check_template(field: &str, template: &str) -> Result<(), Invalid> {
    for part in template.split("{{").skip(1) {
        let name = part.split_once("}}").map_or("", |(name, _)| name.trim());
        if !NAMES.contains(&name) && !name.starts_with("field:") && !name.starts_with("variable:") {
            return Err(Invalid::new(field, format!("there is no {name:?} to fill in; there are {}", NAMES.join(", "))));
        }
    }
    Ok(())
}

/// First and last name: what stands before the last space, and what stands behind it.
pub fn split_name(name: &str) -> (&str, &str) {
    let name = name.trim();
    name.rsplit_once(' ').map_or(("", name), |(first, last)| (first.trim(), last))
}

/// The file that was left with a message: ours where we have it, else what stands in the event.
fn left(message: &OfflineMessage) -> Option<FileRef> {
    let name = message.attachment_name.clone();
    if let Ok(id) = message.attachment_uid.parse() {
        return Some(FileRef::Upload { id, name });
    }
    (!message.attachment_content.is_empty()).then(|| FileRef::Here { name, content: message.attachment_content.clone() })
}

fn upload(attachment: Attachment) -> Option<FileRef> {
    let name = if attachment.file_path.is_empty() { attachment.uid.clone() } else { attachment.file_path };
    attachment.uid.parse().ok().map(|id| FileRef::Upload { id, name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::EventId;
    use serde_json::Value;
    use sockets::Route;

    fn envelope(name: &str, payload: Value) -> Envelope {
        Envelope {
            id: EventId(uuid::Uuid::nil()),
            name: name.into(),
            version: 1,
            site: SiteId(1),
            key: "k".into(),
            key_epoch: 1,
            key_seq: 1,
            occurred_at: Timestamp::from_millis(0),
            producer: "test".into(),
            route: Route::Main,
            hops: 1,
            traceparent: None,
            payload,
        }
    }

    fn sample(name: &str) -> Story {
        let entry = catalog::find(name).unwrap();
        Story::of(&envelope(name, (entry.sample)())).unwrap().unwrap()
    }

    #[test]
    fn templates_are_filled_and_what_nobody_knows_becomes_nothing() {
        let story = Story { name: "Ada King Lovelace".into(), product_service: "Mills".into(), ..sample(ChatEnded::NAME) };
        assert_eq!(story.fill("{{product_service}}|{{ first_name }}|{{last_name}}|{{field:Order}}|{{nonsense}}|{{"), "Mills|Ada King|Lovelace|A-17||{{");
        assert_eq!(story.subject(), "Chat with Ada King Lovelace on 2026-11-21 18:11");
        // What a visitor wrote is not a template.
        let sly = Story { name: "{{email}}".into(), ..story };
        assert_eq!(sly.fill("{{name}}"), "{{email}}");
    }

    #[test]
    fn a_template_with_an_unknown_name_is_refused() {
        assert!(check_template("settings.cases[0]", "{{name}} {{ field:Any }}").is_ok());
        let err = check_template("settings.cases[0]", "{{nmae}}").unwrap_err();
        assert!(err.to_string().contains("\"nmae\""), "{err}");
    }

    #[test]
    fn a_message_that_was_left_is_told_once() {
        let message = sample(OfflineMessage::NAME);
        assert!(message.offline);
        assert_eq!((message.subject().as_str(), message.files.len()), ("Prices", 1));
        assert!(matches!(message.files[0], FileRef::Upload { .. }), "a file of ours is not told twice");
        let foreign = OfflineMessage { attachment_name: "a.txt".into(), attachment_content: "QQ==".into(), if_enable_integration: true, ..Default::default() };
        let foreign = Story::of(&envelope(OfflineMessage::NAME, serde_json::to_value(foreign).unwrap())).unwrap().unwrap();
        assert_eq!(foreign.files, [FileRef::Here { name: "a.txt".into(), content: "QQ==".into() }]);
        let as_chat = serde_json::to_value(ChatEnded { missed_chat_status: MissedChatStatus::OfflineMessage, ..Default::default() }).unwrap();
        assert_eq!(Story::of(&envelope(ChatEnded::NAME, as_chat)).unwrap(), None);
        assert_eq!(Story::of(&envelope("VisitorCreated", Value::Null)).unwrap(), None);
    }
}
