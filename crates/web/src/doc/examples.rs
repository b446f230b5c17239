//! What is made of parts that have examples has one too: lists, envelopes, a view within a view.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::openapi::schema::{AllOf, Object, Schema};
use utoipa::openapi::{Components, RefOr};

/// Nothing on the wire is nested deeper.
const DEEPEST: u8 = 12;

/// Gives every structure that has no example the one that its parts tell, if they tell all that it must have.
pub fn complete(components: &mut Components) {
    let told = Told(serde_json::to_value(&components.schemas).unwrap_or_default());
    let mut made: BTreeMap<String, Value> = components.schemas.keys().filter_map(|name| Some((name.clone(), told.of_name(name, 0)?))).collect();
    for (name, schema) in &mut components.schemas {
        if let RefOr::T(Schema::Object(Object { example: place @ None, .. }) | Schema::AllOf(AllOf { example: place @ None, .. })) = schema {
            *place = made.remove(name).filter(Value::is_object);
        }
    }
}

/// The schemas as they stand in the document.
struct Told(Value);

impl Told {
    fn of_name(&self, name: &str, depth: u8) -> Option<Value> {
        self.of(self.0.get(name)?, depth)
    }

    fn of(&self, schema: &Value, depth: u8) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        if let Some(example) = schema.get("example") {
            return Some(example.clone());
        }
        if let Some(place) = schema["$ref"].as_str() {
            return self.of_name(place.rsplit('/').next()?, depth + 1);
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let parts: Option<Vec<Value>> = parts.iter().map(|part| self.of(part, depth + 1)).collect();
            return Some(merged(parts?));
        }
        if let Some(cases) = schema["oneOf"].as_array() {
            return cases.iter().find_map(|case| self.of(case, depth + 1));
        }
        self.of_plain(schema, depth)
    }

    fn of_plain(&self, schema: &Value, depth: u8) -> Option<Value> {
        if let Some(words) = schema["enum"].as_array() {
            return words.first().cloned();
        }
        match &schema["type"] {
            Value::String(kind) if kind == "array" => Some(json!([self.of(&schema["items"], depth + 1)?])),
            Value::String(kind) if kind == "object" => self.of_object(schema, depth),
            Value::String(kind) if kind == "null" => Some(Value::Null),
            Value::Array(kinds) if kinds.contains(&json!("null")) => Some(Value::Null),
            _ => None,
        }
    }

    /// None where something is missing that must be there, and for an object of which nothing is told.
    fn of_object(&self, schema: &Value, depth: u8) -> Option<Value> {
        let fields = schema["properties"].as_object()?;
        let needed = |name: &String| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
        let mut made = Map::new();
        for (name, field) in fields {
            match self.of(field, depth + 1) {
                Some(value) => drop(made.insert(name.clone(), value)),
                None if needed(name) => return None,
                None => {}
            }
        }
        Some(Value::Object(made))
    }
}

fn merged(parts: Vec<Value>) -> Value {
    let fields = parts.into_iter().filter_map(|part| if let Value::Object(fields) = part { Some(fields) } else { None });
    Value::Object(fields.flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(schemas: Value) -> Told {
        Told(schemas)
    }

    #[test]
    fn a_list_shows_the_example_of_what_it_lists() {
        let told = told(json!({
            "Lead": {"type": "object", "properties": {"id": {"type": "integer"}}, "example": {"id": 7}},
            "Leads": {"type": "object", "required": ["items"], "properties": {
                "items": {"type": "array", "items": {"$ref": "#/components/schemas/Lead"}}, "next": {"type": ["string", "null"]}
            }},
        }));
        assert_eq!(told.of_name("Leads", 0), Some(json!({"items": [{"id": 7}], "next": null})));
    }

    #[test]
    fn parts_are_put_together_and_what_must_be_there_is_not_invented() {
        let told = told(json!({
            "Card": {"type": "object", "example": {"id": 7}},
            "View": {"allOf": [{"$ref": "#/components/schemas/Card"}, {"type": "object", "properties": {"name": {"type": "string", "example": "Ada"}}}]},
            "Bare": {"type": "object", "required": ["count"], "properties": {"count": {"type": "integer"}}},
        }));
        assert_eq!(told.of_name("View", 0), Some(json!({"id": 7, "name": "Ada"})));
        assert_eq!(told.of_name("Bare", 0), None);
    }
}
