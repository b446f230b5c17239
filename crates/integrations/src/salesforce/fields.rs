//! What goes into which field: the event's own words, else the site's templates, else what everybody wants.

use super::describe::{Description, Field};
use super::settings::{FieldTemplate, Settings};
use crate::connections::{Story, split_name};
use base::Timestamp;
use events::catalog::SalesforceFieldValue;
use serde_json::{Map, Value, json};

/// Fields by name, in order.
pub(super) type Fields = Vec<(String, String)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Create,
    Update,
}

/// Which list of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Cases,
    Tasks,
    Leads,
    CreateContact,
    UpdateContact,
}

/// The fields of a list, filled in.
pub(super) fn wanted(list: List, story: &Story, settings: &Settings) -> Fields {
    let told = story.salesforce.as_ref().map(|told| match list {
        List::Cases => &told.cases,
        List::Tasks => &told.tasks,
        List::Leads => &told.leads,
        List::CreateContact => &told.create_contact,
        List::UpdateContact => &told.update_contact,
    });
    let templates = match list {
        List::Cases => &settings.cases,
        List::Tasks => &settings.tasks,
        List::Leads => &settings.leads,
        List::CreateContact => &settings.create_contact,
        List::UpdateContact => &settings.update_contact,
    };
    let literal = |field: &SalesforceFieldValue| (field.name.clone(), field.value.clone());
    let filled = |field: &FieldTemplate| (field.name.clone(), story.fill(&field.value));
    let mut fields: Fields = match told.filter(|told| !told.is_empty()) {
        Some(told) => told.iter().map(literal).collect(),
        None => templates.iter().map(filled).collect(),
    };
    for (name, template) in usual(list, story.offline) {
        if !fields.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)) {
            fields.push((name.to_owned(), story.fill(template)));
        }
    }
    fields
}

/// What is filled in when nobody says otherwise.
fn usual(list: List, offline: bool) -> Vec<(&'static str, &'static str)> {
    match list {
        List::Cases => vec![
            ("Subject", "{{subject}}"),
            ("Description", "{{transcript}}"),
            ("Origin", if offline { "Web" } else { "Chat" }),
            ("SuppliedName", "{{name}}"),
            ("SuppliedEmail", "{{email}}"),
            ("SuppliedPhone", "{{phone}}"),
            ("SuppliedCompany", "{{company}}"),
        ],
        List::Tasks => vec![
            ("Subject", "{{subject}}"),
            ("Description", "{{transcript}}"),
            ("Status", if offline { "Not Started" } else { "Completed" }),
            ("ActivityDate", "{{date}}"),
        ],
        List::Leads => vec![
            ("FirstName", "{{first_name}}"),
            ("LastName", "{{last_name}}"),
            ("Company", "{{company}}"),
            ("Email", "{{email}}"),
            ("Phone", "{{phone}}"),
            ("LeadSource", "Chat"),
        ],
        List::CreateContact => vec![
            ("FirstName", "{{first_name}}"),
            ("LastName", "{{last_name}}"),
            ("Email", "{{email}}"),
            ("Phone", "{{phone}}"),
            ("LeadSource", "Chat"),
        ],
        List::UpdateContact => Vec::new(),
    }
}

/// What nobody told and Salesforce demands all the same.
pub(super) fn complete_person(fields: &mut Fields, story: &Story, lead: bool) {
    let set = |fields: &mut Fields, name: &str, value: &str| match fields.iter_mut().find(|(given, _)| given.eq_ignore_ascii_case(name)) {
        Some((_, given)) if given.trim().is_empty() => value.clone_into(given),
        Some(_) => {}
        None => fields.push((name.to_owned(), value.to_owned())),
    };
    set(fields, "LastName", split_name(story.who()).1);
    if lead {
        set(fields, "Company", "[not provided]");
    }
}

/// The body of a call: only fields that may be written, in the form that their types ask for. Those left out are named.
pub(super) fn body(fields: &Fields, known: &Description, use_: Use) -> (Map<String, Value>, Vec<String>) {
    let (mut body, mut dropped) = (Map::new(), Vec::new());
    for (name, value) in fields.iter().filter(|(_, value)| !value.trim().is_empty()) {
        let field = known.field(name).filter(|field| if use_ == Use::Create { field.createable } else { field.updateable });
        match field.and_then(|field| Some((field.name.clone(), typed(field, value)?))) {
            Some((name, value)) => {
                body.insert(name, value);
            }
            None => dropped.push(name.clone()),
        }
    }
    (body, dropped)
}

fn typed(field: &Field, text: &str) -> Option<Value> {
    let text = text.trim();
    Some(match field.kind.as_str() {
        "boolean" => json!(matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on")),
        "int" => json!(text.parse::<i64>().ok()?),
        "double" | "currency" | "percent" => json!(text.parse::<f64>().ok().filter(|number| number.is_finite())?),
        "date" => {
            let day = text.parse::<jiff::civil::Date>().ok();
            let day = day.or_else(|| Some(text.parse::<Timestamp>().ok()?.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date()));
            json!(day?.to_string())
        }
        "datetime" => json!(text.parse::<Timestamp>().ok()?.to_string()),
        "multipicklist" => json!(text.split([';', ',']).map(str::trim).filter(|one| !one.is_empty()).collect::<Vec<_>>().join(";")),
        _ if field.length > 0 => json!(text.chars().take(field.length).collect::<String>()),
        _ => json!(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_form_of_their_fields_and_what_may_not_be_written_is_left_out() {
        let field = |name: &str, kind: &str, length: u32| json!({ "name": name, "type": kind, "length": length, "createable": true, "updateable": name != "Fixed" });
        let known = Description::of(&json!({ "fields": [
            field("Flag", "boolean", 0), field("Sum", "double", 0), field("Day", "date", 0), field("At", "datetime", 0),
            field("Many", "multipicklist", 0), field("Short", "string", 3), field("Fixed", "string", 9),
            { "name": "Id", "type": "id", "createable": false, "updateable": false },
        ] }));
        let given = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Fields>();
        let fields = given(&[
            ("flag", "Yes"), ("Sum", "12.5"), ("Day", "2026-11-21T23:00:00Z"), ("At", "2026-11-21T23:00:00+01:00"), ("Many", "a, b;c"),
            ("Short", "你好吗朋友"), ("Fixed", "x"), ("Id", "1"), ("Gone__c", "1"), ("Empty", " "),
        ]);
        let (made, dropped) = body(&fields, &known, Use::Create);
        assert_eq!(Value::Object(made), json!({ "Flag": true, "Sum": 12.5, "Day": "2026-11-21", "At": "2026-11-21T22:00:00.000Z", "Many": "a;b;c", "Short": "你好吗", "Fixed": "x" }));
        assert_eq!(dropped, ["Id", "Gone__c"]);
        let (changed, dropped) = body(&given(&[("Fixed", "x"), ("Sum", "much")]), &known, Use::Update);
        assert!(changed.is_empty());
        assert_eq!(dropped, ["Fixed", "Sum"]);
    }
}
