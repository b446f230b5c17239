//! What stands in a chat, line by line: messages and what happened.

use base::{MessageId, Timestamp, UploadId, UserId, VisitorId};
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Message,
    Joined,
    Left,
    Transferred,
    Ended,
    Rated,
    System,
}

impl EntryKind {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Joined => "joined",
            Self::Left => "left",
            Self::Transferred => "transferred",
            Self::Ended => "ended",
            Self::Rated => "rated",
            Self::System => "system",
        }
    }

    /// A word of a later version reads as something that happened.
    pub fn read(word: &str) -> Self {
        let all = [Self::Message, Self::Joined, Self::Left, Self::Transferred, Self::Ended, Self::Rated];
        all.into_iter().find(|kind| kind.word() == word).unwrap_or(Self::System)
    }
}

/// Who it is from, with the name as it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    Visitor { id: VisitorId, name: Option<String> },
    Agent { id: UserId, name: String },
    System,
}

impl From {
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Visitor { .. } => "visitor",
            Self::Agent { .. } => "agent",
            Self::System => "system",
        }
    }
}

impl Serialize for From {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut out = to.serialize_struct("From", 3)?;
        out.serialize_field("kind", self.word())?;
        match self {
            Self::Visitor { id, name } => {
                out.serialize_field("id", id)?;
                out.serialize_field("name", name)?;
            }
            Self::Agent { id, name } => {
                out.serialize_field("id", id)?;
                out.serialize_field("name", name)?;
            }
            Self::System => {
                out.serialize_field("id", &())?;
                out.serialize_field("name", &())?;
            }
        }
        out.end()
    }
}

/// A file as the chat shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "id": "019ab2c4-0b11-7d02-9e3f-5a6b7c8d9e0f", "name": "cup.jpg", "type": "image/jpeg", "size": 84213,
    "url": "/f/019ab2c4-0b11-7d02-9e3f-5a6b7c8d9e0f/9f86d081884c7d659a2feaa0c55ad015/cup.jpg", "width": 1200, "height": 900
}))]
pub struct UploadView {
    #[schema(value_type = String, format = Uuid)]
    pub id: UploadId,
    pub name: String,
    #[serde(rename = "type")]
    pub media_type: String,
    pub size: i64,
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
}

/// An entry before it has its number.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub kind: EntryKind,
    pub from: From,
    pub text: Option<String>,
    pub upload: Option<UploadView>,
    pub client_id: Option<Uuid>,
    pub data: Option<serde_json::Value>,
}

impl Draft {
    pub fn system(kind: EntryKind, data: serde_json::Value) -> Self {
        Self { kind, from: From::System, text: None, upload: None, client_id: None, data: Some(data) }
    }

    pub fn message(from: From, text: Option<String>, upload: Option<UploadView>, client_id: Option<Uuid>) -> Self {
        Self { kind: EntryKind::Message, from, text, upload, client_id, data: None }
    }
}

/// An entry with its number: the same for everybody, for ever.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub seq: i64,
    pub id: MessageId,
    pub at: Timestamp,
    pub draft: Draft,
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut out = to.serialize_struct("Entry", 9)?;
        out.serialize_field("seq", &self.seq)?;
        out.serialize_field("id", &self.id)?;
        out.serialize_field("kind", &self.draft.kind)?;
        out.serialize_field("from", &self.draft.from)?;
        out.serialize_field("text", &self.draft.text)?;
        out.serialize_field("upload", &self.draft.upload)?;
        out.serialize_field("client_id", &self.draft.client_id)?;
        out.serialize_field("at", &self.at)?;
        if let Some(data) = &self.draft.data {
            out.serialize_field("data", data)?;
        }
        out.end()
    }
}

/// The shape of an [`Entry`] on the wire, for the API's papers.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Entry, example = json!({
    "seq": 4, "id": "115594386612060161", "kind": "message",
    "from": {"kind": "visitor", "id": "019ab2c0-1f6e-7c31-8a55-9d0e4b7a1c22", "name": "Sophie Martin"},
    "text": "One of my two cups arrived with a chip.", "upload": null, "client_id": "019ab2c4-0a00-7001-8002-900300400500",
    "at": "2026-11-21T18:12:40.007Z", "data": null
}))]
pub struct EntryShape {
    pub seq: i64,
    /// The message's id, a number as a string.
    pub id: String,
    pub kind: EntryKind,
    pub from: FromShape,
    pub text: Option<String>,
    pub upload: Option<UploadView>,
    pub client_id: Option<Uuid>,
    #[schema(format = DateTime)]
    pub at: String,
    pub data: Option<serde_json::Value>,
}

/// Who an entry is from.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = EntryFrom)]
pub struct FromShape {
    /// `visitor`, `agent` or `system`.
    pub kind: String,
    /// A user's number, a visitor's UUID, or null.
    pub id: serde_json::Value,
    pub name: Option<String>,
}

/// The entry as everybody gets it: encoded once.
pub fn encode(entry: &Entry) -> Arc<str> {
    serde_json::to_string(entry).expect("an entry is plain data with string keys").into()
}
