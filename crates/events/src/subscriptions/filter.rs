//! What a filter may say: comparisons of the payload's fields, nothing that runs.
//!
//! `{"RatingGrade": {"lte": 2}, "ChatSource": [0, 1], "Visitor.Country": "DE"}`: every field named must pass. A plain value asks for
//! equality, a list for one of several, an object for comparisons (`eq ne gt gte lt lte in not_in exists starts_with contains`).

use base::Invalid;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::cmp::Ordering;

const MOST_FIELDS: usize = 16;
const MOST_VALUES: usize = 200;
const MOST_TEXT: usize = 500;

/// A filter that was understood. It reads back as it was written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Filter {
    written: Map<String, Value>,
    tests: Vec<Test>,
}

#[derive(Clone, Debug, PartialEq)]
struct Test {
    /// Names from the payload downwards.
    path: Vec<String>,
    op: Op,
    against: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
    In,
    NotIn,
    Exists,
    StartsWith,
    Contains,
}

const OPS: [(&str, Op); 11] = [
    ("eq", Op::Eq),
    ("ne", Op::Ne),
    ("gt", Op::Gt),
    ("gte", Op::Gte),
    ("lt", Op::Lt),
    ("lte", Op::Lte),
    ("in", Op::In),
    ("not_in", Op::NotIn),
    ("exists", Op::Exists),
    ("starts_with", Op::StartsWith),
    ("contains", Op::Contains),
];

impl Filter {
    /// # Errors
    /// Names the place that cannot be understood (`filter.RatingGrade.lte`).
    pub fn read(written: &Value) -> Result<Self, Invalid> {
        let Value::Object(fields) = written else {
            return Err(Invalid::new("filter", "should be an object of fields, as in {\"RatingGrade\": {\"lte\": 2}}"));
        };
        if fields.len() > MOST_FIELDS {
            return Err(Invalid::new("filter", format!("has at most {MOST_FIELDS} fields")));
        }
        let mut tests = Vec::new();
        for (field, asked) in fields {
            read_field(field, asked, &mut tests)?;
        }
        Ok(Self { written: fields.clone(), tests })
    }

    pub fn lets(&self, payload: &Value) -> bool {
        self.tests.iter().all(|test| test.passes(payload))
    }

    /// The fields that it asks about, by their first name.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.tests.iter().filter_map(|test| test.path.first().map(String::as_str))
    }

    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }
}

impl TryFrom<Value> for Filter {
    type Error = Invalid;

    fn try_from(written: Value) -> Result<Self, Invalid> {
        Self::read(&written)
    }
}

impl From<Filter> for Value {
    fn from(filter: Filter) -> Self {
        Self::Object(filter.written)
    }
}

fn read_field(field: &str, asked: &Value, tests: &mut Vec<Test>) -> Result<(), Invalid> {
    let place = format!("filter.{field}");
    let path: Vec<String> = field.split('.').map(str::to_owned).collect();
    if path.len() > 4 || path.iter().any(|name| name.is_empty() || name.len() > 100) {
        return Err(Invalid::new(place, "is no field name; names are joined by dots, four at most"));
    }
    let mut add = |place: &str, op: Op, against: &Value| -> Result<(), Invalid> {
        check(place, op, against)?;
        tests.push(Test { path: path.clone(), op, against: against.clone() });
        Ok(())
    };
    match asked {
        Value::Object(comparisons) if comparisons.is_empty() => Err(Invalid::new(place, "names no comparison")),
        Value::Object(comparisons) => {
            for (word, against) in comparisons {
                let place = format!("{place}.{word}");
                let Some((_, op)) = OPS.iter().find(|(known, _)| known == word) else {
                    let known = OPS.map(|(word, _)| word).join(", ");
                    return Err(Invalid::new(place, format!("is no comparison; there are {known}")));
                };
                add(&place, *op, against)?;
            }
            Ok(())
        }
        Value::Array(_) => add(&place, Op::In, asked),
        plain => add(&place, Op::Eq, plain),
    }
}

fn check(place: &str, op: Op, against: &Value) -> Result<(), Invalid> {
    let plain = |value: &Value| !matches!(value, Value::Object(_) | Value::Array(_)) && value.as_str().is_none_or(|text| text.len() <= MOST_TEXT);
    let good = match op {
        Op::Exists => against.is_boolean(),
        Op::Gt | Op::Gte | Op::Lt | Op::Lte => (against.is_number() || against.is_string()) && plain(against),
        Op::StartsWith => against.is_string() && plain(against),
        Op::In | Op::NotIn => against.as_array().is_some_and(|list| !list.is_empty() && list.len() <= MOST_VALUES && list.iter().all(plain)),
        Op::Eq | Op::Ne | Op::Contains => plain(against),
    };
    let should = match op {
        Op::Exists => "should be true or false",
        Op::Gt | Op::Gte | Op::Lt | Op::Lte => "should be a number or a text",
        Op::StartsWith => "should be a text",
        Op::In | Op::NotIn => "should be a list of plain values",
        Op::Eq | Op::Ne | Op::Contains => "should be a plain value",
    };
    if good { Ok(()) } else { Err(Invalid::new(place, should)) }
}

impl Test {
    fn passes(&self, payload: &Value) -> bool {
        let found = self.path.iter().try_fold(payload, |value, name| value.get(name)).filter(|value| !value.is_null());
        let Some(value) = found else {
            return match self.op {
                Op::Exists => self.against == Value::Bool(false),
                Op::Eq => self.against.is_null(),
                Op::Ne => !self.against.is_null(),
                Op::NotIn => true,
                _ => false,
            };
        };
        match self.op {
            Op::Exists => self.against == Value::Bool(true),
            Op::Eq => same(value, &self.against),
            Op::Ne => !same(value, &self.against),
            Op::In => among(value, &self.against),
            Op::NotIn => !among(value, &self.against),
            Op::Gt => order(value, &self.against) == Some(Ordering::Greater),
            Op::Gte => order(value, &self.against).is_some_and(Ordering::is_ge),
            Op::Lt => order(value, &self.against) == Some(Ordering::Less),
            Op::Lte => order(value, &self.against).is_some_and(Ordering::is_le),
            Op::StartsWith => value.as_str().zip(self.against.as_str()).is_some_and(|(text, start)| text.starts_with(start)),
            Op::Contains => contains(value, &self.against),
        }
    }
}

fn same(value: &Value, against: &Value) -> bool {
    value == against || (value.is_number() && order(value, against) == Some(Ordering::Equal))
}

fn among(value: &Value, list: &Value) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|one| same(value, one)))
}

fn contains(value: &Value, part: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| same(item, part)),
        Value::String(text) => part.as_str().is_some_and(|part| text.contains(part)),
        _ => false,
    }
}

/// Numbers by size, texts by letters (so times of RFC 3339 by time); else none.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lets(filter: Value, payload: &Value) -> bool {
        Filter::read(&filter).expect("a filter").lets(payload)
    }

    #[test]
    fn every_field_named_must_pass() {
        let payload = json!({ "Grade": 2, "Source": 1, "Name": "Ada", "Visitor": { "Country": "DE" }, "Tags": ["vip", 3], "None": null });
        for (filter, passes) in [
            (json!({}), true),
            (json!({ "Grade": 2 }), true),
            (json!({ "Grade": 2.0 }), true),
            (json!({ "Grade": [1, 3] }), false),
            (json!({ "Grade": { "gte": 1, "lt": 3 }, "Source": [0, 1] }), true),
            (json!({ "Grade": { "gt": 2 } }), false),
            (json!({ "Grade": { "gt": "a" } }), false),
            (json!({ "Visitor.Country": { "in": ["DE", "FR"] } }), true),
            (json!({ "Visitor.City": { "exists": false } }), true),
            (json!({ "None": { "exists": true } }), false),
            (json!({ "None": null }), true),
            (json!({ "Name": { "starts_with": "A", "contains": "d", "ne": "Bob" } }), true),
            (json!({ "Tags": { "contains": "vip" } }), true),
            (json!({ "Missing": { "not_in": [1] } }), true),
            (json!({ "Missing": 1 }), false),
        ] {
            assert_eq!(lets(filter.clone(), &payload), passes, "{filter}");
        }
    }

    #[test]
    fn a_bad_filter_is_refused_with_its_place() {
        for (filter, place) in [
            (json!([1]), "filter"),
            (json!({ "A": {} }), "filter.A"),
            (json!({ "A": { "like": "x" } }), "filter.A.like"),
            (json!({ "A": { "lte": [1] } }), "filter.A.lte"),
            (json!({ "A": { "in": [] } }), "filter.A.in"),
            (json!({ "A": { "exists": 1 } }), "filter.A.exists"),
            (json!({ "a..b": 1 }), "filter.a..b"),
            (json!({ "A": [{ "x": 1 }] }), "filter.A"),
        ] {
            assert_eq!(Filter::read(&filter).expect_err("is refused").field, place);
        }
    }

    #[test]
    fn it_reads_back_as_it_was_written() {
        let written = json!({ "Grade": { "lte": 2 }, "Source": [0] });
        let filter: Filter = serde_json::from_value(written.clone()).expect("a filter");
        assert_eq!(serde_json::to_value(filter).expect("is written"), written);
    }
}
