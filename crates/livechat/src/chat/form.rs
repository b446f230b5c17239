//! The pre-chat form: what a widget asks for, and whether it was given. Pure.

use crate::widgets::{FieldKey, PreChat};
use base::{DepartmentId, Invalid, text};
use serde_json::{Map, Value};

/// What the visitor filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub department: Option<DepartmentId>,
    pub message: Option<String>,
}

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
                "department" => form.department = department(value)?,
                "message" => {
                    let text = value.as_str().filter(|message| !text::is_blank(message)).map(str::to_owned);
                    form.message = form.message.take().or(text);
                }
                other => return Err(Invalid::new(format!("form.{other}"), "is not a field of this form")),
            }
        }
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
                FieldKey::Department => ("department", self.department.is_some()),
                FieldKey::Message => ("message", self.message.is_some()),
            };
            if !given {
                return Err(Invalid::new(format!("form.{name}"), "is required"));
            }
        }
        Ok(())
    }

    /// As it is kept with the chat: words only, empty fields left out.
    pub fn kept(&self, department_name: Option<&str>) -> Map<String, Value> {
        let fields = [("name", &self.name), ("email", &self.email), ("phone", &self.phone), ("message", &self.message)];
        let mut kept: Map<_, _> = fields
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), Value::from(value.as_deref()?))))
            .collect();
        if let Some(name) = department_name {
            kept.insert("department".into(), name.into());
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widgets::PreChatField;
    use serde_json::json;

    fn asking(key: FieldKey) -> PreChat {
        PreChat { enabled: true, fields: vec![PreChatField { key, visible: true, required: true }] }
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
}
