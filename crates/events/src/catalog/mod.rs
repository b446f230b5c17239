//! Every event that the product announces: its name, its structure, a sample.
//!
//! A new event is a struct in the file of its area and one line in [`CATALOG`]; its schema in `docs/events` follows.

mod chat;
mod codes;
mod common;
mod visitor;

pub use chat::{Attachment, BotAction, ChatCreated, ChatEnded, ChatTransferLog, ChatVisitor, Cobrowse, Salesforce, SalesforceFieldValue};
pub use codes::{
    BotAnswerType, ChatSource, ChatType, CobrowseStatus, LastMessageBy, MissedChatStatus, PurposeChatEnd, RelatedType, SocialMedia,
    TransferType,
};
pub use common::{CustomField, CustomVariable};
pub use visitor::VisitorCreated;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sockets::Event;
use std::path::Path;

/// What the catalogue demands of an event.
pub trait Catalogued: Event + DeserializeOwned + JsonSchema {
    /// One sentence in English and in Chinese.
    const ABOUT: [&'static str; 2];

    fn sample() -> Self;
}

/// An event as the catalogue knows it.
pub struct Entry {
    pub name: &'static str,
    pub version: u16,
    pub about: [&'static str; 2],
    pub schema: fn() -> Value,
    pub sample: fn() -> Value,
    /// Reads a payload and writes it again, mended.
    pub read: fn(&Value) -> Result<Value, serde_json::Error>,
}

const fn entry<E: Catalogued>() -> Entry {
    Entry {
        name: E::NAME,
        version: E::VERSION,
        about: E::ABOUT,
        schema: schema_of::<E>,
        sample: || serde_json::to_value(E::sample()).unwrap_or_default(),
        read: |payload| serde_json::to_value(read::<E>(payload)?),
    }
}

/// The catalogue.
pub const CATALOG: &[Entry] = &[entry::<VisitorCreated>(), entry::<ChatCreated>(), entry::<ChatEnded>()];

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

fn schema_of<E: Catalogued>() -> Value {
    let mut schema = schemars::schema_for!(E).to_value();
    schema["$id"] = json!(format!("https://switchboard.example/events/{}.json", E::NAME));
    schema["title"] = json!(E::NAME);
    schema["description"] = json!(E::ABOUT.join(" "));
    schema["examples"] = json!([serde_json::to_value(E::sample()).unwrap_or_default()]);
    schema["x-version"] = json!(E::VERSION);
    schema
}

/// File name and text of each published schema.
pub fn papers() -> Vec<(String, String)> {
    let paper = |entry: &Entry| {
        let text = serde_json::to_string_pretty(&(entry.schema)()).unwrap_or_default();
        (format!("{}.json", entry.name), format!("{text}\n"))
    };
    CATALOG.iter().map(paper).collect()
}

/// Writes the schemas into a folder (`docs/events`).
///
/// # Errors
/// When the folder cannot be written to.
pub fn write_papers(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in papers() {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
