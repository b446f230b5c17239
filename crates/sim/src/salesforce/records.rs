//! Records, and the rules of their fields.

use super::error;
use super::objects::{self, Field, Object};
use super::soql::{compare, field};
use crate::vendor::Reply;
use base::Timestamp;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;
use std::collections::BTreeSet;

type Record = Map<String, Value>;

#[derive(Clone, Default)]
pub(super) struct Records {
    /// In the order they were made.
    all: Vec<(&'static str, Record)>,
    made: u64,
    removed: BTreeSet<String>,
    pub duplicate_rule: DuplicateRule,
}

/// Are contacts and leads with the e-mail address of another one refused?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum DuplicateRule {
    #[default]
    Off,
    /// Of the same object.
    Same,
    /// A lead is known among the contacts too, and the other way round; the other object is named first.
    Across,
    /// Across, and whoever wants to save it anyway may not.
    Block,
}

impl DuplicateRule {
    pub fn of(told: &Value) -> Option<Self> {
        match (told.as_bool(), told.as_str()) {
            (Some(on), _) => Some(if on { Self::Same } else { Self::Off }),
            (_, Some("across")) => Some(Self::Across),
            (_, Some("block")) => Some(Self::Block),
            _ => None,
        }
    }
}

/// 15 letters and the three that tell upper from lower case.
fn id(prefix: &str, number: u64) -> String {
    let short = format!("{prefix}{number:012}");
    let check = short.as_bytes().chunks(5).map(|five| {
        let bits = five.iter().enumerate().filter(|(_, letter)| letter.is_ascii_uppercase()).fold(0_usize, |bits, (place, _)| bits | (1 << place));
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits])
    });
    let check: String = check.collect();
    format!("{short}{check}")
}

fn stamp(at: Timestamp) -> Value {
    json!(at.to_string().replace('Z', "+0000"))
}

impl Records {
    pub fn all(&self, kind: &str) -> Vec<&Record> {
        self.all.iter().filter(|(of, _)| of.eq_ignore_ascii_case(kind)).map(|(_, record)| record).collect()
    }

    pub fn remove(&mut self, id: &str) {
        let before = self.all.len();
        self.all.retain(|(_, record)| compare(field(record, "Id"), &json!(id)) != Ordering::Equal);
        if self.all.len() < before {
            self.removed.insert(id[..15.min(id.len())].to_owned());
        }
    }

    /// As if it had always been there.
    pub fn put(&mut self, kind: &str, fields: Record, now: Timestamp) -> Option<String> {
        let object = objects::object(kind)?;
        Some(self.insert(object, fields, now))
    }

    fn insert(&mut self, object: &'static Object, given: Record, now: Timestamp) -> String {
        self.made += 1;
        let id = id(object.prefix, self.made);
        let mut record: Record = object.fields().map(|field| (field.name.to_owned(), Value::Null)).collect();
        set(object, &mut record, given);
        record.insert("Id".into(), json!(id));
        record.insert("CreatedDate".into(), stamp(now));
        record.insert("LastModifiedDate".into(), stamp(now));
        record.insert("IsDeleted".into(), json!(false));
        match object.name {
            "Lead" if record["IsConverted"].is_null() => drop(record.insert("IsConverted".into(), json!(false))),
            "Case" => {
                record.insert("CaseNumber".into(), json!(format!("{:08}", 1_000 + self.made)));
                if record["Status"].is_null() {
                    record.insert("Status".into(), json!("New"));
                }
            }
            _ => {}
        }
        name(&mut record);
        self.all.push((object.name, record));
        id
    }

    pub fn find(&self, object: &Object, id: &str) -> Result<&Record, Reply> {
        let right = matches!(id.len(), 15 | 18) && id.chars().all(|c| c.is_ascii_alphanumeric());
        if !right || !id.starts_with(object.prefix) {
            return Err(error(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible"));
        }
        if self.removed.contains(&id[..15]) {
            return Err(error(404, "ENTITY_IS_DELETED", "entity is deleted"));
        }
        let found = self.all.iter().find(|(_, record)| compare(field(record, "Id"), &json!(id)) == Ordering::Equal);
        found.map(|(_, record)| record).ok_or_else(|| error(404, "NOT_FOUND", "The requested resource does not exist"))
    }

    /// Those whose external id it is.
    pub fn by_external(&self, object: &Object, name: &str, value: &str) -> Vec<String> {
        let same = |record: &&Record| compare(field(record, name), &json!(value)) == Ordering::Equal;
        self.all(object.name).into_iter().filter(same).filter_map(|record| record["Id"].as_str().map(str::to_owned)).collect()
    }

    pub fn create(&mut self, object: &'static Object, given: Record, allow_duplicates: bool, now: Timestamp) -> Result<String, Reply> {
        for (name, value) in &given {
            self.check(object, name, value, true)?;
        }
        let missing: Vec<&str> =
            object.fields().filter(|one| one.required && blank(field(&given, one.name))).map(|one| one.name).collect();
        if !missing.is_empty() {
            let message = format!("Required fields are missing: [{}]", missing.join(", "));
            return Err(Reply::new(400, json!([{ "message": message, "errorCode": "REQUIRED_FIELD_MISSING", "fields": missing }])));
        }
        self.check_whole(object, &given, None)?;
        if self.duplicate_rule == DuplicateRule::Block || (self.duplicate_rule != DuplicateRule::Off && !allow_duplicates) {
            self.check_duplicates(object, &given)?;
        }
        Ok(self.insert(object, given, now))
    }

    pub fn update(&mut self, object: &'static Object, id: &str, given: Record, now: Timestamp) -> Result<(), Reply> {
        self.find(object, id)?;
        for (name, value) in &given {
            self.check(object, name, value, false)?;
        }
        self.check_whole(object, &given, Some(id))?;
        let same = |record: &Record| compare(field(record, "Id"), &json!(id)) == Ordering::Equal;
        if let Some((_, record)) = self.all.iter_mut().find(|(_, record)| same(record)) {
            set(object, record, given);
            record.insert("LastModifiedDate".into(), stamp(now));
            name(record);
        }
        Ok(())
    }

    fn check(&self, object: &Object, name: &str, value: &Value, new: bool) -> Result<(), Reply> {
        if name == "attributes" {
            return Ok(());
        }
        let Some(field) = object.field(name) else {
            return Err(error(400, "INVALID_FIELD", format!("No such column '{name}' on sobject of type {}", object.name)));
        };
        let refuse = |code: &str, message: String| Err(Reply::new(400, json!([{ "message": message, "errorCode": code, "fields": [field.name] }])));
        if !(if new { field.createable } else { field.updateable }) {
            let message = format!("Unable to create/update fields: {}. Please check the security settings of this field", field.name);
            return refuse("INVALID_FIELD_FOR_INSERT_UPDATE", message);
        }
        if value.is_null() {
            return Ok(());
        }
        let text = value.as_str();
        match field.kind {
            "boolean" if !value.is_boolean() => refuse("JSON_PARSER_ERROR", format!("Cannot deserialize instance of boolean from {value}")),
            "double" | "int" if !value.is_number() => refuse("JSON_PARSER_ERROR", format!("Cannot deserialize instance of {} from {value}", field.kind)),
            "date" if text.is_none_or(|text| text.parse::<Day>().is_err()) => {
                refuse("JSON_PARSER_ERROR", format!("Cannot deserialize instance of date from {value}"))
            }
            "picklist" if !text.is_some_and(|text| field.picks.contains(&text)) => {
                refuse("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", format!("{}: bad value for restricted picklist field: {value}", field.name))
            }
            "reference" => self.check_reference(field, text.unwrap_or_default()),
            "string" if field.length > 0 && text.is_some_and(|text| text.chars().count() > field.length) => {
                refuse("STRING_TOO_LONG", format!("{}: data value too large (max length={})", field.name, field.length))
            }
            "string" if text.is_none() => refuse("JSON_PARSER_ERROR", format!("Cannot deserialize instance of string from {value}")),
            _ => Ok(()),
        }
    }

    fn check_reference(&self, field: &Field, id: &str) -> Result<(), Reply> {
        let to = field.refers.iter().filter_map(|name| objects::object(name)).find(|object| id.starts_with(object.prefix));
        let refuse = |code: &str, message: String| Reply::new(400, json!([{ "message": message, "errorCode": code, "fields": [field.name] }]));
        let Some(to) = to.filter(|_| matches!(id.len(), 15 | 18)) else {
            return Err(refuse("MALFORMED_ID", format!("{}: id value of incorrect type: {id}", field.name)));
        };
        match self.find(to, id) {
            Ok(_) => Ok(()),
            Err(reply) if reply.body[0]["errorCode"] == "ENTITY_IS_DELETED" => Err(refuse("ENTITY_IS_DELETED", "entity is deleted".into())),
            Err(_) => Err(refuse("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id".into())),
        }
    }

    fn check_whole(&self, object: &Object, given: &Record, own: Option<&str>) -> Result<(), Reply> {
        for one in object.fields().filter(|one| one.external) {
            let Some(value) = field(given, one.name).as_str() else { continue };
            let others = self.by_external(object, one.name, value);
            if let Some(other) = others.iter().find(|other| own.is_none_or(|own| compare(&json!(own), &json!(other)) != Ordering::Equal)) {
                let message = format!("duplicate value found: {} duplicates value on record with id: {other}", one.name);
                return Err(error(400, "DUPLICATE_VALUE", message));
            }
        }
        let who = field(given, "WhoId").as_str().unwrap_or_default();
        if object.name == "Task" && who.starts_with("00Q") && !blank(field(given, "WhatId")) {
            return Err(error(400, "FIELD_INTEGRITY_EXCEPTION", "Related To ID: a lead cannot be associated with another object"));
        }
        Ok(())
    }

    fn check_duplicates(&self, object: &Object, given: &Record) -> Result<(), Reply> {
        let email = field(given, "Email");
        if blank(email) || !matches!(object.name, "Contact" | "Lead") {
            return Ok(());
        }
        let other = if object.name == "Lead" { "Contact" } else { "Lead" };
        let kinds: &[&str] = if self.duplicate_rule == DuplicateRule::Same { &[object.name] } else { &[other, object.name] };
        let twins = |kind: &&str| {
            let twin = self.all(kind).into_iter().find(|record| compare(field(record, "Email"), email) == Ordering::Equal)?;
            let known = json!({ "matchConfidence": 100.0, "record": { "attributes": { "type": kind }, "Id": twin["Id"] } });
            Some(json!({ "entityType": kind, "matchRecords": [known], "success": true }))
        };
        let found: Vec<Value> = kinds.iter().filter_map(twins).collect();
        if found.is_empty() {
            return Ok(());
        }
        Err(Reply::new(
            400,
            json!([{
                "errorCode": "DUPLICATES_DETECTED", "message": "Use one of these records?", "fields": [],
                "duplicateResut": { "allowSave": true, "duplicateRule": "Standard_Rule", "matchResults": found },
            }]),
        ))
    }
}

type Day = time::Day;

/// A day of the calendar, as far as it matters here.
mod time {
    pub struct Day;

    impl std::str::FromStr for Day {
        type Err = ();

        fn from_str(text: &str) -> Result<Self, ()> {
            let numbers: Vec<u32> = text.split('-').filter_map(|part| part.parse().ok()).collect();
            let right = text.len() == 10 && matches!(numbers.as_slice(), [_, 1..=12, 1..=31]);
            right.then_some(Self).ok_or(())
        }
    }
}

pub(super) fn blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn set(object: &Object, record: &mut Record, given: Record) {
    for (name, value) in given {
        if let Some(field) = object.field(&name) {
            // A blank text is none.
            record.insert(field.name.to_owned(), if blank(&value) { Value::Null } else { value });
        }
    }
}

fn name(record: &mut Record) {
    if record.contains_key("LastName") {
        let part = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        let whole = format!("{} {}", part("FirstName"), part("LastName"));
        record.insert("Name".into(), json!(whole.trim()));
    }
}
