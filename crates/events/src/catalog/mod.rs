//! Every event that the product announces: its name, its structure, a sample.
//!
//! A new event is a struct in the file of its area and one line in [`CATALOG`]; its papers in `docs/events` follow. The fourteen of the
//! event design keep its structures; slips in its names are mended here once and still read. What was published once stays: fields are
//! added, never renamed, retyped or removed.

mod agent;
mod asyncapi;
mod chat;
mod codes;
mod common;
mod feedback;
mod offline;
mod papers;
mod traffic;
mod visitor;

pub use agent::{AgentStatusLog, Ban, CannedMessage, Column, PrivateMessageLog, PrivateMessageLogs, SavePreference};
pub use asyncapi::asyncapi;
pub use chat::{Attachment, BotAction, ChatCreated, ChatEnded, ChatTransferLog, ChatVisitor, Cobrowse, Salesforce, SalesforceFieldValue};
pub use codes::{
    AgentStatus, BanType, BotAnswerType, ChatSource, ChatType, CobrowseStatus, ConversionAccelerateType, InvitationAnswer, LastMessageBy,
    MissedChatStatus, PurposeChatEnd, RelatedType, RouteToType, SocialMedia, TranscriptType, TransferType,
};
pub use common::{CustomField, CustomVariable};
pub use feedback::{Rating, Wrapup};
pub use offline::OfflineMessage;
pub use papers::{papers, write_papers};
pub use traffic::{
    AutoInvitationLog, AutoInvitationLogs, ChatQueueLog, ChatQueueLogs, ConversionLog, ConversionLogs, ManualInvitationLog,
    ManualInvitationLogs, VisitLog,
};
pub use visitor::VisitorCreated;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sockets::Event;

/// What the catalogue demands of an event.
pub trait Catalogued: Event + DeserializeOwned + JsonSchema {
    /// One sentence in English and in Chinese.
    const ABOUT: [&'static str; 2];
    /// Names as the design once spelt them, and ours. Both are read, ours are written.
    const MENDED: &'static [(&'static str, &'static str)] = &[];

    fn sample() -> Self;
}

/// An event as the catalogue knows it.
pub struct Entry {
    pub name: &'static str,
    pub version: u16,
    pub about: [&'static str; 2],
    pub mended: &'static [(&'static str, &'static str)],
    pub schema: fn() -> Value,
    pub sample: fn() -> Value,
    /// The ordering key of the sample, to show what it is made of.
    pub sample_key: fn() -> String,
    /// Reads a payload and writes it again, mended.
    pub read: fn(&Value) -> Result<Value, serde_json::Error>,
    /// The structure as part of a larger document.
    refer: fn(&mut SchemaGenerator) -> Schema,
}

const fn entry<E: Catalogued>() -> Entry {
    Entry {
        name: E::NAME,
        version: E::VERSION,
        about: E::ABOUT,
        mended: E::MENDED,
        schema: papers::schema_of::<E>,
        sample: || serde_json::to_value(E::sample()).unwrap_or_default(),
        sample_key: || E::sample().key(),
        read: |payload| serde_json::to_value(read::<E>(payload)?),
        refer: |generator| generator.subschema_for::<E>(),
    }
}

/// The catalogue.
pub const CATALOG: &[Entry] = &[
    entry::<VisitorCreated>(),
    entry::<ChatCreated>(),
    entry::<ChatEnded>(),
    entry::<OfflineMessage>(),
    entry::<Rating>(),
    entry::<Wrapup>(),
    entry::<CannedMessage>(),
    entry::<PrivateMessageLogs>(),
    entry::<ChatQueueLogs>(),
    entry::<AgentStatusLog>(),
    entry::<AutoInvitationLogs>(),
    entry::<ManualInvitationLogs>(),
    entry::<VisitLog>(),
    entry::<ConversionLogs>(),
    entry::<SavePreference>(),
    entry::<Ban>(),
];

pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOG.iter().find(|entry| entry.name == name)
}

/// Reads a payload. What another system writes as `null` is as good as missing.
pub fn read<E: DeserializeOwned>(payload: &Value) -> Result<E, serde_json::Error> {
    E::deserialize(without_nulls(payload))
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
