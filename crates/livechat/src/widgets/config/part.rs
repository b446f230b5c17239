//! Reads one object of a configuration key by key, so that every mistake is told with the path of its field.

use base::Invalid;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// An object that is being read. What is not there takes its default; what nobody asked for is refused by [`Part::finish`].
pub(super) struct Part<'a> {
    path: String,
    map: Option<&'a Map<String, Value>>,
    known: Vec<&'static str>,
}

impl<'a> Part<'a> {
    pub(super) fn whole(value: &'a Value) -> Result<Self, Invalid> {
        Self::of(String::new(), Some(value))
    }

    pub(super) fn of(path: String, value: Option<&'a Value>) -> Result<Self, Invalid> {
        let map = match value {
            None | Some(Value::Null) => None,
            Some(Value::Object(map)) => Some(map),
            Some(_) => return Err(Invalid::new(path, "must be an object")),
        };
        Ok(Self { path, map, known: Vec::new() })
    }

    pub(super) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn take(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.push(key);
        self.map.and_then(|map| map.get(key)).filter(|value| !value.is_null())
    }

    pub(super) fn part(&mut self, key: &'static str) -> Result<Part<'a>, Invalid> {
        let value = self.take(key);
        Part::of(self.path(key), value)
    }

    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> Result<bool, Invalid> {
        match self.take(key) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.wrong(key, "must be true or false")),
        }
    }

    pub(super) fn number(&mut self, key: &'static str, range: RangeInclusive<i64>, default: i64) -> Result<i64, Invalid> {
        let Some(value) = self.take(key) else { return Ok(default) };
        value
            .as_i64()
            .filter(|number| range.contains(number))
            .ok_or_else(|| self.wrong(key, format!("must be a whole number from {} to {}", range.start(), range.end())))
    }

    /// One of the words of an enum; `words` lists them for the one who erred.
    pub(super) fn word<T: DeserializeOwned>(&mut self, key: &'static str, words: &str, default: T) -> Result<T, Invalid> {
        match self.take(key) {
            None => Ok(default),
            Some(value) => T::deserialize(value).map_err(|_| self.wrong(key, format!("must be one of {words}"))),
        }
    }

    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<&'a str>, Invalid> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, "must be a text")),
        }
    }

    /// A list of `most` entries at most, each with its path; nothing when it is not given.
    pub(super) fn list(&mut self, key: &'static str, most: usize) -> Result<Option<Vec<(String, &'a Value)>>, Invalid> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let Value::Array(items) = value else { return Err(self.wrong(key, "must be a list")) };
        if items.len() > most {
            return Err(self.wrong(key, format!("has {} entries; {most} are the most", items.len())));
        }
        let path = self.path(key);
        Ok(Some(items.iter().enumerate().map(|(at, item)| (format!("{path}[{at}]"), item)).collect()))
    }

    pub(super) fn wrong(&self, key: &str, why: impl Into<String>) -> Invalid {
        Invalid::new(self.path(key), why)
    }

    /// Refuses keys that nobody asked for.
    pub(super) fn finish(self) -> Result<(), Invalid> {
        let Some(map) = self.map else { return Ok(()) };
        match map.keys().find(|key| !self.known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let shown: String = key.chars().take(60).collect();
                Err(self.wrong(&shown, format!("is not known here; known are {}", self.known.join(", "))))
            }
        }
    }
}
