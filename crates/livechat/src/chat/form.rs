//! The pre-chat form: what a widget asks for, and whether it was given. Pure.

use crate::widgets::{CustomField, CustomKind, FieldKey, PreChat};
use base::{DepartmentId, Invalid, text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What the visitor filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub company: Option<String>,
    pub product_service: Option<String>,
    pub department: Option<DepartmentId>,
    pub message: Option<String>,
    pub custom: Vec<CustomAnswer>,
}

/// What was answered in a field of the site's own, with the field's name as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomAnswer {
    pub id: i64,
    pub name: String,
    /// Of a box to tick: `true` or `false`.
    pub value: String,
}

/// Under this key the answers stand in a form as it is kept.
const CUSTOM: &str = "custom_fields";

const LONGEST_FIELD: usize = 200;

/// A line as it is kept: nothing that hides or turns, no white space around.
fn line(field: &str, value: &Value) -> Result<Option<String>, Invalid> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        _ => return Err(Invalid::new(format!("form.{field}"), "must be a text")),
    };
    let text = text::line(text);
    if text.chars().count() > LONGEST_FIELD {
        return Err(Invalid::new(format!("form.{field}"), format!("is longer than {LONGEST_FIELD} characters")));
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn department(value: &Value) -> Result<Option<DepartmentId>, Invalid> {
    let wrong = || Invalid::new("form.department", "must be the number of a department");
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => text.parse().map(Some).map_err(|_| wrong()),
        Value::Number(number) => number.as_i64().map(|id| Some(DepartmentId(id))).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

/// A text that is one of `choices`, where there are any.
fn chosen(field: &str, value: &Value, choices: &[String]) -> Result<Option<String>, Invalid> {
    let text = line(field, value)?;
    match text {
        Some(text) if !choices.is_empty() && !choices.contains(&text) => {
            Err(Invalid::new(format!("form.{field}"), "is none of the choices"))
        }
        text => Ok(text),
    }
}

fn ticked(field: &str, value: &Value) -> Result<Option<String>, Invalid> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(ticked) => Ok(Some(ticked.to_string())),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) if text == "true" || text == "false" => Ok(Some(text.clone())),
        _ => Err(Invalid::new(format!("form.{field}"), "must be true or false")),
    }
}

/// The answer to the site's own field that is called `key`; an error when the site asks nothing of that name.
fn custom(key: &str, value: &Value, asked: &[CustomField]) -> Result<Option<CustomAnswer>, Invalid> {
    let field = asked.iter().find(|field| key.strip_prefix("custom_").is_some_and(|id| id == field.id.to_string()));
    let field = field.ok_or_else(|| Invalid::new(format!("form.{key}"), "is not a field of this form"))?;
    let value = match field.kind {
        CustomKind::Text => line(key, value)?,
        CustomKind::Choice => chosen(key, value, &field.choices)?,
        CustomKind::Checkbox => ticked(key, value)?,
    };
    Ok(value.map(|value| CustomAnswer { id: field.id, name: field.name.clone(), value }))
}

/// What was answered in the site's own fields, of a form as it is kept.
pub fn answers(kept: &Map<String, Value>) -> Vec<CustomAnswer> {
    kept.get(CUSTOM).and_then(|answers| Vec::deserialize(answers).ok()).unwrap_or_default()
}

/// A form as it is kept, without the answers in the site's own fields: words only.
pub fn words(kept: &Map<String, Value>) -> Map<String, Value> {
    kept.iter().filter(|(key, _)| *key != CUSTOM).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Something on both sides of one `@`, a dot on the right, no spaces: the rest only the mail server knows.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let tidy = !text.chars().any(char::is_whitespace) && !local.contains('@');
    tidy && !local.is_empty() && domain.split('.').count() > 1 && domain.split('.').all(|part| !part.is_empty())
}

impl Form {
    /// Reads the fields and holds them against what the widget demands.
    ///
    /// # Errors
    /// The first field that is missing, unknown or wrong, as `form.email`.
    pub fn read(given: &Map<String, Value>, message: Option<String>, asks: &PreChat) -> Result<Self, Invalid> {
        let mut form = Self { message: message.filter(|message| !text::is_blank(message)), ..Self::default() };
        for (key, value) in given {
            match key.as_str() {
                "name" => form.name = line(key, value)?,
                "email" => form.email = line(key, value)?,
                "phone" => form.phone = line(key, value)?,
                "company" => form.company = line(key, value)?,
                "product_service" => form.product_service = chosen(key, value, asks.products())?,
                "department" => form.department = department(value)?,
                "message" => {
                    let text = value.as_str().filter(|message| !text::is_blank(message)).map(str::to_owned);
                    form.message = form.message.take().or(text);
                }
                other => form.custom.extend(custom(other, value, &asks.custom_fields)?),
            }
        }
        let place = |answer: &CustomAnswer| asks.custom_fields.iter().position(|field| field.id == answer.id);
        form.custom.sort_by_key(place);
        if form.email.as_deref().is_some_and(|text| !is_email(text)) {
            return Err(Invalid::new("form.email", "is not an e-mail address"));
        }
        form.demanded(asks)?;
        Ok(form)
    }

    fn demanded(&self, asks: &PreChat) -> Result<(), Invalid> {
        if !asks.enabled {
            return Ok(());
        }
        for field in asks.fields.iter().filter(|field| field.visible && field.required) {
            let (name, given) = match field.key {
                FieldKey::Name => ("name", self.name.is_some()),
                FieldKey::Email => ("email", self.email.is_some()),
                FieldKey::Phone => ("phone", self.phone.is_some()),
                FieldKey::Company => ("company", self.company.is_some()),
                FieldKey::ProductService => ("product_service", self.product_service.is_some()),
                FieldKey::Department => ("department", self.department.is_some()),
                FieldKey::Message => ("message", self.message.is_some()),
            };
            if !given {
                return Err(Invalid::new(format!("form.{name}"), "is required"));
            }
        }
        let due = asks.custom_fields.iter().find(|field| field.required && !self.answers(field));
        due.map_or(Ok(()), |field| Err(Invalid::new(format!("form.custom_{}", field.id), "is required")))
    }

    fn answers(&self, field: &CustomField) -> bool {
        let answer = self.custom.iter().find(|answer| answer.id == field.id);
        answer.is_some_and(|answer| field.kind != CustomKind::Checkbox || answer.value == "true")
    }

    /// As it is kept with the chat: words, and the answers in the site's own fields; what is empty is left out.
    pub fn kept(&self, department_name: Option<&str>) -> Map<String, Value> {
        let fields = [
            ("name", &self.name),
            ("email", &self.email),
            ("phone", &self.phone),
            ("company", &self.company),
            ("product_service", &self.product_service),
            ("message", &self.message),
        ];
        let mut kept: Map<_, _> = fields
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), Value::from(value.as_deref()?))))
            .collect();
        if let Some(name) = department_name {
            kept.insert("department".into(), name.into());
        }
        if !self.custom.is_empty() {
            kept.insert(CUSTOM.into(), serde_json::to_value(&self.custom).expect("plain words and numbers"));
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widgets::{PreChatField, WidgetConfig};
    use serde_json::json;

    fn asking(key: FieldKey) -> PreChat {
        let field = PreChatField { key, visible: true, required: true, choices: Vec::new() };
        PreChat { enabled: true, fields: vec![field], custom_fields: Vec::new() }
    }

    /// A form that asks for an order, a plan and an agreement, and offers two products.
    fn asking_more() -> PreChat {
        let set = json!({ "pre_chat": {
            "fields": [{ "key": "product_service", "choices": ["Mills", "Looms"] }],
            "custom_fields": [
                { "id": 4, "name": "Order", "required": true },
                { "id": 2, "name": "Plan", "kind": "choice", "choices": ["Gold", "Silver"] },
                { "id": 9, "name": "Agreed", "kind": "checkbox", "required": true },
            ],
        } });
        WidgetConfig::read(&set).expect("in order").pre_chat
    }

    fn read(form: Value, asks: &PreChat) -> Result<Form, Invalid> {
        let Value::Object(form) = form else { panic!("a form is an object") };
        Form::read(&form, None, asks)
    }

    #[test]
    fn the_field_at_fault_is_named() {
        let email = asking(FieldKey::Email);
        for (form, field) in [
            (json!({}), "form.email"),
            (json!({ "email": "  " }), "form.email"),
            (json!({ "email": "\u{200b}" }), "form.email"),
            (json!({ "email": "ada@" }), "form.email"),
            (json!({ "email": "a@b.c", "fax": "1" }), "form.fax"),
            (json!({ "email": "a@b.c", "name": "x".repeat(201) }), "form.name"),
            (json!({ "email": "a@b.c", "department": "sales" }), "form.department"),
        ] {
            assert_eq!(read(form, &email).expect_err("refused").field, field);
        }
    }

    #[test]
    fn what_is_asked_for_is_taken_tidied() {
        let form = read(json!({ "name": " 小\u{202e}\u{200b}明\u{0}\n ", "message": "\u{200b}\n", "department": "2" }), &asking(FieldKey::Name)).expect("taken");
        assert_eq!((form.name.as_deref(), form.department), (Some("小明"), Some(DepartmentId(2))));
        assert_eq!(Value::Object(form.kept(Some("Sales"))), json!({ "name": "小明", "department": "Sales" }));
    }
    #[test]
    fn answers_in_the_sites_own_fields_are_held_against_what_is_asked() {
        let asks = asking_more();
        for (form, field) in [
            (json!({}), "form.custom_4"),
            (json!({ "custom_4": " ", "custom_9": true }), "form.custom_4"),
            (json!({ "custom_4": "x".repeat(201), "custom_9": true }), "form.custom_4"),
            (json!({ "custom_4": "A", "custom_9": false }), "form.custom_9"),
            (json!({ "custom_4": "A", "custom_9": "yes" }), "form.custom_9"),
            (json!({ "custom_4": "A", "custom_9": true, "custom_2": "Lead" }), "form.custom_2"),
            (json!({ "custom_4": "A", "custom_9": true, "custom_5": "B" }), "form.custom_5"),
            (json!({ "custom_4": "A", "custom_9": true, "custom_04": "B" }), "form.custom_04"),
            (json!({ "custom_4": "A", "custom_9": true, "custom_fields": [] }), "form.custom_fields"),
            (json!({ "custom_4": "A", "custom_9": true, "product_service": "Wheels" }), "form.product_service"),
        ] {
            assert_eq!(read(form.clone(), &asks).expect_err("refused").field, field, "{form}");
        }
    }

    #[test]
    fn answers_are_kept_in_the_order_asked_with_the_names_of_that_day() {
        let given = json!({ "custom_2": "", "custom_4": " A-17 ", "custom_9": "true", "product_service": "Looms", "company": "Engines" });
        let kept = read(given, &asking_more()).expect("taken").kept(None);
        assert_eq!(Value::Object(words(&kept)), json!({ "product_service": "Looms", "company": "Engines" }));
        let told: Vec<_> = answers(&kept).into_iter().map(|answer| (answer.id, answer.name, answer.value)).collect();
        assert_eq!(told, [(4, "Order".into(), "A-17".into()), (9, "Agreed".into(), "true".into())]);
        assert!(answers(&Map::new()).is_empty(), "older chats have none");
    }
}
