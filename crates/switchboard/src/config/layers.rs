//! Where values come from, which of them wins, and which names nobody knows.

use super::ConfigError;
use super::keys::Config;
use super::setting::Setting;
use std::collections::BTreeMap;
use toml::Value;
use toml::de::{DeTable, DeValue};

const PREFIX: &str = "SWITCHBOARD_";

#[derive(Default)]
pub struct Layers {
    /// By path (`database.url`); the later layer has replaced the earlier one.
    given: BTreeMap<String, Given>,
    faults: Vec<String>,
}

struct Given {
    /// `switchboard.toml:7`, or the name of the variable.
    place: String,
    value: Raw,
}

enum Raw {
    Toml(Value),
    Text(String),
}

impl Layers {
    pub fn add_file(&mut self, name: &str, text: &str) {
        let (spans, values) = match (DeTable::parse(text), text.parse::<toml::Table>()) {
            (Ok(spans), Ok(values)) => (spans.into_inner(), values),
            (Err(err), _) | (_, Err(err)) => {
                let line = err.span().map_or(1, |span| line_of(text, span.start));
                self.faults.push(format!("{name}:{line}: {}", err.message()));
                return;
            }
        };
        let known = Config::keys();
        for (key, value) in spans.iter() {
            let place = format!("{name}:{}", line_of(text, key.span().start));
            let section = key.get_ref().as_ref();
            match value.get_ref() {
                DeValue::Table(inner) if !known.iter().any(|k| k.path == section) => {
                    if !known.iter().any(|k| k.path.starts_with(&format!("{section}."))) {
                        self.unknown(&place, section, known.iter().map(|k| k.section()).filter(|s| !s.is_empty()));
                        continue;
                    }
                    for (key, _) in inner.iter() {
                        let place = format!("{name}:{}", line_of(text, key.span().start));
                        let path = format!("{section}.{}", key.get_ref());
                        let value = values.get(section).and_then(|table| table.get(key.get_ref().as_ref()));
                        self.add(place, path, value.cloned().map(Raw::Toml));
                    }
                }
                _ => self.add(place, section.to_owned(), values.get(section).cloned().map(Raw::Toml)),
            }
        }
    }

    /// `SWITCHBOARD_DATABASE__URL` is `database.url`, `SWITCHBOARD_LISTEN` is `listen`. A name with one underscore that we do not know
    /// is somebody else's (Kubernetes tells of a service this way); one with two is a slip of the pen.
    pub fn add_environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        let known = Config::keys();
        let mut ours: Vec<_> = variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
        ours.sort();
        for (name, value) in ours {
            let path = name[PREFIX.len()..].to_ascii_lowercase().replace("__", ".");
            if known.iter().any(|key| key.path == path) {
                self.given.insert(path, Given { place: name, value: Raw::Text(value) });
            } else if path.contains('.') {
                let names: Vec<_> = known.iter().map(|key| key.variable()).collect();
                self.unknown("the environment", &name, names.iter().map(String::as_str));
            }
        }
    }

    fn add(&mut self, place: String, path: String, value: Option<Raw>) {
        let known = Config::keys();
        match value {
            Some(value) if known.iter().any(|key| key.path == path) => {
                self.given.insert(path, Given { place, value });
            }
            _ => self.unknown(&place, &path, known.iter().map(|key| key.path.as_str())),
        }
    }

    fn unknown<'a>(&mut self, place: &str, name: &str, names: impl Iterator<Item = &'a str>) {
        let near = nearest(name, names).map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
        self.faults.push(format!("{place}: there is no key {name:?}{near}"));
    }

    /// The value of a key: from the highest layer that has it, or its default.
    pub fn take<T: Setting>(&mut self, path: &str, default: T) -> T {
        let Some(Given { place, value }) = self.given.remove(path) else { return default };
        let read = match &value {
            Raw::Toml(value) => T::from_toml(value),
            Raw::Text(text) => T::from_text(text),
        };
        read.unwrap_or_else(|why| {
            self.faults.push(format!("{place}: {path} {why}"));
            default
        })
    }

    pub fn finish(self) -> Result<(), ConfigError> {
        if self.faults.is_empty() { Ok(()) } else { Err(ConfigError(self.faults)) }
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The name with the fewest slips between, if they are few.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = (name.chars().count() / 3).max(2);
    names.map(|known| (slips(name, known), known)).filter(|(slips, _)| *slips <= most).min().map(|(_, known)| known)
}

/// Letters to add, drop or change (Levenshtein).
fn slips(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let changed = corner + usize::from(l != *r);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        for (left, right, count) in [("a", "a", 0), ("databse", "database", 1), ("kitten", "sitting", 3), ("", "ab", 2)] {
            assert_eq!(slips(left, right), count);
        }
        assert_eq!(nearest("lissten", ["data", "listen"].into_iter()), Some("listen"));
        assert_eq!(nearest("zzzzzz", ["data", "listen"].into_iter()), None);
    }
}
