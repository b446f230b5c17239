//! What is asked before a chat, and before a message that finds nobody.

use super::part::Part;
use base::Invalid;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreChat {
    pub enabled: bool,
    /// In the order shown; a field that is not listed is not asked.
    pub fields: Vec<PreChatField>,
    /// What the site asks besides, in the order shown: below the fields, but above a message that stands last.
    pub custom_fields: Vec<CustomField>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreChatField {
    pub key: FieldKey,
    pub visible: bool,
    pub required: bool,
    /// Of `product_service` alone: what there is to choose; any words where it is empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKey {
    Name,
    Email,
    Phone,
    Company,
    Department,
    ProductService,
    Message,
}

/// A field of the site's own. In a form it is called `custom_<id>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FormField)]
pub struct CustomField {
    /// Stays with the field for ever: what other systems hear carries it.
    pub id: i64,
    /// What other systems call it.
    pub name: String,
    /// What visitors read; the name where it is empty.
    pub label: Label,
    pub kind: CustomKind,
    /// Of a box to tick: that it is ticked.
    pub required: bool,
    /// Of a choice alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// By language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FormFieldLabel)]
pub struct Label {
    pub zh: String,
    pub en: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FormFieldKind)]
pub enum CustomKind {
    Text,
    Choice,
    Checkbox,
}

const KEYS: [FieldKey; 7] = [
    FieldKey::Name,
    FieldKey::Email,
    FieldKey::Phone,
    FieldKey::Company,
    FieldKey::Department,
    FieldKey::ProductService,
    FieldKey::Message,
];
const MOST_CUSTOM: usize = 20;
const MOST_CHOICES: usize = 50;
const LONGEST: usize = 100;

impl PreChat {
    pub(super) fn read(mut part: Part<'_>) -> Result<Self, Invalid> {
        let enabled = part.flag("enabled", true)?;
        let fields = match part.list("fields", KEYS.len())? {
            None => Self::usual(),
            Some(items) => items.into_iter().try_fold(Vec::new(), PreChatField::read)?,
        };
        let custom = part.list("custom_fields", MOST_CUSTOM)?.unwrap_or_default();
        let custom_fields = custom.into_iter().try_fold(Vec::new(), CustomField::read)?;
        part.finish()?;
        Ok(Self { enabled, fields, custom_fields })
    }

    fn usual() -> Vec<PreChatField> {
        let asked = [FieldKey::Name, FieldKey::Email, FieldKey::Message];
        let required = |key| key == FieldKey::Name;
        let field = |key| PreChatField { key, visible: asked.contains(&key), required: required(key), choices: Vec::new() };
        KEYS.into_iter().map(field).collect()
    }

    /// What there is to choose of products and services; nothing: any words.
    pub fn products(&self) -> &[String] {
        let field = self.fields.iter().find(|field| field.key == FieldKey::ProductService);
        field.map_or(&[][..], |field| field.choices.as_slice())
    }
}

impl PreChatField {
    fn read(mut before: Vec<Self>, (path, value): (String, &Value)) -> Result<Vec<Self>, Invalid> {
        let mut part = Part::of(path, Some(value))?;
        let words = "name, email, phone, company, department, product_service, message";
        let key = part.word("key", words, None)?.ok_or_else(|| part.wrong("key", format!("is missing; one of {words}")))?;
        let visible = part.flag("visible", true)?;
        // What is not shown cannot be demanded.
        let required = part.flag("required", false)? && visible;
        let choices = choices(&mut part)?;
        if before.iter().any(|field| field.key == key) {
            return Err(part.wrong("key", "stands twice in the form"));
        }
        if !choices.is_empty() && key != FieldKey::ProductService {
            return Err(part.wrong("choices", "belong to product_service alone"));
        }
        part.finish()?;
        before.push(Self { key, visible, required, choices });
        Ok(before)
    }
}

impl CustomField {
    fn read(mut before: Vec<Self>, (path, value): (String, &Value)) -> Result<Vec<Self>, Invalid> {
        let mut part = Part::of(path, Some(value))?;
        let id = part.number("id", 1..=i64::from(i32::MAX), 0)?;
        if id == 0 || before.iter().any(|field| field.id == id) {
            return Err(part.wrong("id", if id == 0 { "is missing" } else { "stands twice in the form" }));
        }
        let name = line(&mut part, "name")?;
        if name.is_empty() || before.iter().any(|field| field.name == name) {
            return Err(part.wrong("name", if name.is_empty() { "must not be empty" } else { "stands twice in the form" }));
        }
        let label = Label::read(part.part("label")?)?;
        let kind = part.word("kind", "text, choice, checkbox", CustomKind::Text)?;
        let required = part.flag("required", false)?;
        let choices = choices(&mut part)?;
        match kind {
            CustomKind::Choice if choices.is_empty() => return Err(part.wrong("choices", "must not be empty")),
            CustomKind::Text | CustomKind::Checkbox if !choices.is_empty() => {
                return Err(part.wrong("choices", "belong to a choice alone"));
            }
            _ => {}
        }
        part.finish()?;
        before.push(Self { id, name, label, kind, required, choices });
        Ok(before)
    }
}

impl Label {
    fn read(mut part: Part<'_>) -> Result<Self, Invalid> {
        let zh = line(&mut part, "zh")?;
        let en = line(&mut part, "en")?;
        part.finish()?;
        Ok(Self { zh, en })
    }
}

fn choices(part: &mut Part<'_>) -> Result<Vec<String>, Invalid> {
    let mut choices: Vec<String> = Vec::new();
    for (path, item) in part.list("choices", MOST_CHOICES)?.unwrap_or_default() {
        let text = item.as_str().ok_or_else(|| Invalid::new(&path, "must be a text"))?;
        let choice = tidy(text).map_err(|why| Invalid::new(&path, why))?;
        if choice.is_empty() || choices.contains(&choice) {
            return Err(Invalid::new(path, if choice.is_empty() { "must not be empty" } else { "stands twice in the list" }));
        }
        choices.push(choice);
    }
    Ok(choices)
}

fn line(part: &mut Part<'_>, key: &'static str) -> Result<String, Invalid> {
    tidy(part.text(key)?.unwrap_or_default()).map_err(|why| part.wrong(key, why))
}

/// One line without control characters.
fn tidy(text: &str) -> Result<String, String> {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let text = text.trim();
    if text.chars().count() > LONGEST {
        return Err(format!("is longer than {LONGEST} characters"));
    }
    Ok(text.to_owned())
}
