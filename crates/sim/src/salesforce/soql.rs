//! The part of SOQL that clients use: `SELECT … FROM … WHERE … ORDER BY … LIMIT … OFFSET …`.

use serde_json::{Map, Value, json};
use std::cmp::Ordering;

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Name(String),
    Text(String),
    /// Numbers, dates, `true`, `null`.
    Plain(Value),
    Mark(&'static str),
}

pub(super) enum Test {
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    Compare(String, &'static str, Value),
    In(String, Vec<Value>, bool),
    All,
}

pub(super) struct Query {
    pub fields: Vec<String>,
    pub object: String,
    pub test: Test,
    pub order: Vec<(String, bool)>,
    pub limit: usize,
    pub offset: usize,
}

type Parsed<T> = Result<T, String>;

const MARKS: [&str; 10] = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ","];

fn words(text: &str) -> Parsed<Vec<Word>> {
    let (mut words, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (said, behind) = quoted(&rest[1..])?;
            words.push(Word::Text(said));
            rest = behind;
        } else if let Some(mark) = MARKS.into_iter().find(|mark| rest.starts_with(*mark)) {
            words.push(Word::Mark(mark));
            rest = &rest[mark.len()..];
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || "(),=<>!'".contains(c)).unwrap_or(rest.len());
            if end == 0 {
                return Err(format!("unexpected {first:?}"));
            }
            words.push(plain(&rest[..end]));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(words)
}

fn plain(text: &str) -> Word {
    match text.to_ascii_lowercase().as_str() {
        "null" => Word::Plain(Value::Null),
        "true" => Word::Plain(json!(true)),
        "false" => Word::Plain(json!(false)),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            Word::Plain(text.parse::<f64>().map_or_else(|_| json!(text), |number| json!(number)))
        }
        _ => Word::Name(text.to_owned()),
    }
}

fn quoted(text: &str) -> Parsed<(String, &str)> {
    let (mut said, mut letters) = (String::new(), text.char_indices());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\'' => return Ok((said, &text[at + 1..])),
            '\\' => match letters.next().map(|(_, letter)| letter) {
                Some('n') => said.push('\n'),
                Some('r') => said.push('\r'),
                Some('t') => said.push('\t'),
                // Kept for LIKE, where they stand for themselves.
                Some(letter @ ('%' | '_')) => said.extend(['\\', letter]),
                Some(letter @ ('\\' | '\'' | '"')) => said.push(letter),
                other => return Err(format!("Invalid string literal '\\{}'", other.unwrap_or(' '))),
            },
            letter => said.push(letter),
        }
    }
    Err("unterminated string".into())
}

struct Reader(std::iter::Peekable<std::vec::IntoIter<Word>>);

impl Reader {
    fn keyword(&mut self, keyword: &str) -> bool {
        self.0.next_if(|word| matches!(word, Word::Name(name) if name.eq_ignore_ascii_case(keyword))).is_some()
    }

    fn mark(&mut self, mark: &str) -> bool {
        self.0.next_if(|word| matches!(word, Word::Mark(given) if *given == mark)).is_some()
    }

    fn name(&mut self) -> Parsed<String> {
        match self.0.next() {
            Some(Word::Name(name)) => Ok(name),
            other => Err(format!("a name was expected, not {other:?}")),
        }
    }

    fn value(&mut self) -> Parsed<Value> {
        match self.0.next() {
            Some(Word::Text(text)) => Ok(json!(text)),
            Some(Word::Plain(value)) => Ok(value),
            other => Err(format!("a value was expected, not {other:?}")),
        }
    }

    fn any(&mut self) -> Parsed<Test> {
        let mut test = self.every()?;
        while self.keyword("OR") {
            test = Test::Or(Box::new(test), Box::new(self.every()?));
        }
        Ok(test)
    }

    fn every(&mut self) -> Parsed<Test> {
        let mut test = self.one()?;
        while self.keyword("AND") {
            test = Test::And(Box::new(test), Box::new(self.one()?));
        }
        Ok(test)
    }

    fn one(&mut self) -> Parsed<Test> {
        if self.keyword("NOT") {
            return Ok(Test::Not(Box::new(self.one()?)));
        }
        if self.mark("(") {
            let test = self.any()?;
            return if self.mark(")") { Ok(test) } else { Err("')' was expected".into()) };
        }
        let field = self.name()?;
        if self.keyword("LIKE") {
            return Ok(Test::Compare(field, "LIKE", self.value()?));
        }
        let not = self.keyword("NOT");
        if self.keyword("IN") {
            let mut values = Vec::new();
            if !self.mark("(") {
                return Err("'(' was expected".into());
            }
            while !self.mark(")") {
                values.push(self.value()?);
                self.mark(",");
            }
            return Ok(Test::In(field, values, not));
        }
        match self.0.next() {
            Some(Word::Mark(mark)) if MARKS[..7].contains(&mark) => Ok(Test::Compare(field, mark, self.value()?)),
            other => Err(format!("an operator was expected, not {other:?}")),
        }
    }

    fn number(&mut self) -> Parsed<usize> {
        self.value()?.as_f64().map(|number| number as usize).ok_or_else(|| "a number was expected".to_owned())
    }
}

pub(super) fn parse(text: &str) -> Parsed<Query> {
    let mut reader = Reader(words(text)?.into_iter().peekable());
    if !reader.keyword("SELECT") {
        return Err("only SELECT is known".into());
    }
    let mut fields = Vec::new();
    loop {
        let mut name = reader.name()?;
        if reader.mark("(") {
            while !reader.mark(")") {
                reader.0.next().ok_or("')' was expected")?;
            }
            name.push_str("()");
        }
        fields.push(name);
        if !reader.mark(",") {
            break;
        }
    }
    if !reader.keyword("FROM") {
        return Err("FROM was expected".into());
    }
    let object = reader.name()?;
    let test = if reader.keyword("WHERE") { reader.any()? } else { Test::All };
    let mut order = Vec::new();
    if reader.keyword("ORDER") {
        reader.keyword("BY");
        loop {
            let field = reader.name()?;
            let down = reader.keyword("DESC");
            if !down {
                reader.keyword("ASC");
            }
            if reader.keyword("NULLS") {
                reader.name()?;
            }
            order.push((field, down));
            if !reader.mark(",") {
                break;
            }
        }
    }
    let limit = if reader.keyword("LIMIT") { reader.number()? } else { usize::MAX };
    let offset = if reader.keyword("OFFSET") { reader.number()? } else { 0 };
    match reader.0.next() {
        None => Ok(Query { fields, object, test, order, limit, offset }),
        Some(word) => Err(format!("unexpected token: {word:?}")),
    }
}

/// A field of a record, whatever the case of its letters.
pub(super) fn field<'a>(record: &'a Map<String, Value>, name: &str) -> &'a Value {
    record.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map_or(&Value::Null, |(_, value)| value)
}

impl Test {
    pub fn holds(&self, record: &Map<String, Value>) -> bool {
        match self {
            Self::All => true,
            Self::And(one, other) => one.holds(record) && other.holds(record),
            Self::Or(one, other) => one.holds(record) || other.holds(record),
            Self::Not(test) => !test.holds(record),
            Self::In(name, values, not) => values.iter().any(|value| compare(field(record, name), value) == Ordering::Equal) != *not,
            Self::Compare(name, "LIKE", pattern) => {
                like(field(record, name).as_str().unwrap_or_default(), pattern.as_str().unwrap_or_default())
            }
            Self::Compare(name, mark, value) => {
                let found = compare(field(record, name), value);
                match *mark {
                    "=" => found == Ordering::Equal,
                    "!=" | "<>" => found != Ordering::Equal,
                    "<" => found == Ordering::Less,
                    "<=" => found != Ordering::Greater,
                    ">" => found == Ordering::Greater,
                    _ => found != Ordering::Less,
                }
            }
        }
    }

    /// The fields that are asked about.
    pub fn fields<'a>(&'a self, into: &mut Vec<&'a str>) {
        match self {
            Self::All => {}
            Self::And(one, other) | Self::Or(one, other) => {
                one.fields(into);
                other.fields(into);
            }
            Self::Not(test) => test.fields(into),
            Self::Compare(name, ..) | Self::In(name, ..) => into.push(name),
        }
    }
}

/// Texts without regard to case, ids by their first 15 letters, times by what they mean.
pub(super) fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Null, Value::Bool(false)) | (Value::Null, Value::Null) => Ordering::Equal,
        (Value::String(one), Value::String(other)) => {
            let time = |text: &str| text.replace("+0000", "Z").parse::<base::Timestamp>().ok();
            if let (Some(one), Some(other)) = (time(one), time(other)) {
                return one.cmp(&other);
            }
            let is_id = |text: &str| matches!(text.len(), 15 | 18) && text.chars().all(|c| c.is_ascii_alphanumeric());
            if is_id(one) && is_id(other) && one.len() != other.len() {
                return one[..15].cmp(&other[..15]);
            }
            one.to_lowercase().cmp(&other.to_lowercase())
        }
        (Value::Null, _) => Ordering::Less,
        _ => Ordering::Greater,
    }
}

/// `%` any letters, `_` one; behind a backslash they stand for themselves.
fn like(text: &str, pattern: &str) -> bool {
    fn go(text: &[char], pattern: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['%', rest @ ..] => (0..=text.len()).any(|from| go(&text[from..], rest)),
            ['\\', letter, rest @ ..] => text.first() == Some(letter) && go(&text[1..], rest),
            ['_', rest @ ..] => !text.is_empty() && go(&text[1..], rest),
            [letter, rest @ ..] => text.first() == Some(letter) && go(&text[1..], rest),
        }
    }
    let letters = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    go(&letters(text), &letters(pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(condition: &str) -> bool {
        let record = json!({ "Name": "O'Neil 100%", "Age": 7, "Mail": null, "Id": "003000000000001AAA", "At": "2026-11-21T12:00:00.000+0000" });
        parse(&format!("SELECT Id FROM Contact WHERE {condition}")).unwrap().test.holds(record.as_object().unwrap())
    }

    #[test]
    fn conditions_hold_as_salesforce_means_them() {
        for yes in [
            r"name = 'o\'neil 100%'", r"Name LIKE '%100\%'", "Age >= 7 AND (Mail = null OR Age < 3)", "Age IN (1, 7)", "Mail NOT IN ('a')",
            "Id = '003000000000001'", "NOT Name LIKE 'x%'", "At >= 2026-11-21T11:59:59Z", "Name != null",
        ] {
            assert!(holds(yes), "{yes}");
        }
        for no in [r"Name LIKE '100\%'", "Age > 7", "Mail != null", "At < 2026-11-21T12:00:00.000Z"] {
            assert!(!holds(no), "{no}");
        }
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for odd in ["DELETE FROM Case", "SELECT Id FROM Case WHERE Name = 'a' b", "SELECT Id FROM Case WHERE Name = 'a", "SELECT Id Case", r"SELECT Id FROM Case WHERE a = '\q'"] {
            assert!(parse(odd).is_err(), "{odd}");
        }
    }
}
