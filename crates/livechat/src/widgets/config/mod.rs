//! What a widget looks like and does: complete defaults, and a check that names the field at fault.
//!
//! A site stores only what it set differently ([`WidgetConfig::sparse`]), so that a better default reaches everybody.

mod origin;
mod part;
mod pre_chat;
mod texts;

pub use origin::Origin;
pub use pre_chat::{CustomField, CustomKind, FieldKey, Label, PreChat, PreChatField};
pub use texts::Texts;

use base::Invalid;
use part::Part;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "look": {
        "theme_color": "#0a7d4f", "position": "right", "offset_x": 24, "offset_y": 24, "radius": 12, "dark": "auto", "button_label": true,
        "z_index": 2_147_483_000
    },
    "texts": {"en": {"title": "Kiln & Leaf"}}, "language": "auto",
    "pre_chat": {"enabled": true, "fields": [{"key": "name", "visible": true, "required": true}], "custom_fields": []}, "rating": {"enabled": true},
    "files": {"enabled": true, "max_bytes": 20_971_520, "types": ["image/png", "image/jpeg", "application/pdf"]},
    "allowed_origins": ["https://shop.example"], "hide_when_offline": false, "idle_end_minutes": 30
}))]
pub struct WidgetConfig {
    pub look: Look,
    /// By language (`zh`, `en`) and key.
    #[schema(value_type = std::collections::BTreeMap<String, std::collections::BTreeMap<String, String>>)]
    pub texts: Texts,
    pub language: Speech,
    pub pre_chat: PreChat,
    pub rating: Rating,
    pub files: Files,
    /// The pages that may show it; empty: any.
    #[schema(value_type = Vec<String>)]
    pub allowed_origins: Vec<Origin>,
    pub hide_when_offline: bool,
    /// A chat in which nobody wrote for so long is ended.
    pub idle_end_minutes: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Look {
    /// `#rrggbb`.
    pub theme_color: String,
    pub position: Side,
    pub offset_x: i64,
    pub offset_y: i64,
    pub radius: i64,
    pub dark: Dark,
    pub button_label: bool,
    pub z_index: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Right,
    Left,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dark {
    Auto,
    Light,
    Dark,
}

/// The language that the widget speaks; `auto` follows the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Speech {
    Auto,
    Zh,
    En,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RatingRule)]
pub struct Rating {
    pub enabled: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Files {
    pub enabled: bool,
    pub max_bytes: i64,
    /// Media types, as `image/png`.
    pub types: Vec<String>,
}

const FILE_TYPES: [&str; 6] = ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"];
const MOST_BYTES: i64 = 100 << 20;
const MOST_ORIGINS: usize = 100;

impl Default for WidgetConfig {
    fn default() -> Self {
        Self::read(&Value::Null).expect("a configuration of defaults alone is in order")
    }
}

impl WidgetConfig {
    /// Reads what a site set and fills in the rest.
    ///
    /// # Errors
    /// The first field that cannot be taken, by its path (`pre_chat.fields[2].key`).
    pub fn read(set: &Value) -> Result<Self, Invalid> {
        let mut whole = Part::whole(set)?;
        let config = Self {
            look: Look::read(whole.part("look")?)?,
            texts: Texts::read(whole.part("texts")?)?,
            language: whole.word("language", "auto, zh, en", Speech::Auto)?,
            pre_chat: PreChat::read(whole.part("pre_chat")?)?,
            rating: Rating { enabled: lone_flag(whole.part("rating")?)? },
            files: Files::read(whole.part("files")?)?,
            allowed_origins: read_origins(&mut whole)?,
            hide_when_offline: whole.flag("hide_when_offline", false)?,
            idle_end_minutes: whole.number("idle_end_minutes", 1..=1440, 30)?,
        };
        whole.finish()?;
        Ok(config)
    }

    fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("a configuration is plain words and numbers")
    }

    /// What differs from the defaults.
    pub fn sparse(&self) -> Value {
        differing(&self.to_value(), &Self::default().to_value()).unwrap_or_else(|| Value::Object(Map::new()))
    }

    /// With the parts of `change` in place of its own; `null` brings a default back.
    pub fn changed(&self, change: &Value) -> Result<Self, Invalid> {
        let mut set = self.sparse();
        merge(&mut set, change);
        Self::read(&set)
    }

    /// What the page of a visitor needs to know: no defaults that the script has anyway, and not who else may show it.
    pub fn for_page(&self) -> Map<String, Value> {
        let Value::Object(mut all) = self.to_value() else { return Map::new() };
        let own_texts = differing(&all["texts"], &Self::default().to_value()["texts"]);
        all.insert("texts".into(), own_texts.unwrap_or_else(|| Value::Object(Map::new())));
        all.remove("allowed_origins");
        all
    }
}

/// The parts of `value` that are not as in `default`.
fn differing(value: &Value, default: &Value) -> Option<Value> {
    match (value, default) {
        (value, default) if value == default => None,
        (Value::Object(value), Value::Object(default)) => {
            let parts = value.iter().filter_map(|(key, part)| {
                let other = default.get(key).unwrap_or(&Value::Null);
                differing(part, other).map(|part| (key.clone(), part))
            });
            Some(Value::Object(parts.collect()))
        }
        (value, _) => Some(value.clone()),
    }
}

/// RFC 7396. Deep nesting is the door's to refuse: what comes here was parsed from a bounded body.
fn merge(set: &mut Value, change: &Value) {
    let Value::Object(change) = change else {
        *set = change.clone();
        return;
    };
    if !set.is_object() {
        *set = Value::Object(Map::new());
    }
    let Value::Object(set) = set else { return };
    for (key, part) in change {
        if part.is_null() {
            set.remove(key);
        } else {
            merge(set.entry(key.clone()).or_insert(Value::Null), part);
        }
    }
}

fn lone_flag(mut part: Part<'_>) -> Result<bool, Invalid> {
    let enabled = part.flag("enabled", true)?;
    part.finish()?;
    Ok(enabled)
}

fn read_origins(whole: &mut Part<'_>) -> Result<Vec<Origin>, Invalid> {
    let mut origins: Vec<Origin> = Vec::new();
    for (path, item) in whole.list("allowed_origins", MOST_ORIGINS)?.unwrap_or_default() {
        let text = item.as_str().ok_or_else(|| Invalid::new(&path, "must be a text"))?;
        let origin = Origin::read(text).map_err(|why| Invalid::new(path, why))?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    Ok(origins)
}

impl Look {
    fn read(mut part: Part<'_>) -> Result<Self, Invalid> {
        let look = Self {
            theme_color: match part.text("theme_color")? {
                None => "#1456f0".to_owned(),
                Some(text) => colour(text).ok_or_else(|| part.wrong("theme_color", "must be a colour such as #1456f0"))?,
            },
            position: part.word("position", "right, left", Side::Right)?,
            offset_x: part.number("offset_x", 0..=500, 24)?,
            offset_y: part.number("offset_y", 0..=500, 24)?,
            radius: part.number("radius", 0..=40, 16)?,
            dark: part.word("dark", "auto, light, dark", Dark::Auto)?,
            button_label: part.flag("button_label", false)?,
            z_index: part.number("z_index", 0..=i64::from(i32::MAX), 2_147_483_000)?,
        };
        part.finish()?;
        Ok(look)
    }
}

/// `#rgb` or `#rrggbb`, as `#rrggbb` in lower case.
fn colour(text: &str) -> Option<String> {
    let digits = text.trim().strip_prefix('#')?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let long = match digits.len() {
        3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
        6 => digits.to_owned(),
        _ => return None,
    };
    Some(format!("#{}", long.to_ascii_lowercase()))
}

impl Files {
    fn read(mut part: Part<'_>) -> Result<Self, Invalid> {
        let enabled = part.flag("enabled", true)?;
        let max_bytes = part.number("max_bytes", 1..=MOST_BYTES, 10 << 20)?;
        let mut types: Vec<String> = Vec::new();
        match part.list("types", 50)? {
            None => types.extend(FILE_TYPES.map(str::to_owned)),
            Some(items) => {
                for (path, item) in items {
                    let kind = item.as_str().and_then(media_type);
                    let kind = kind.ok_or_else(|| Invalid::new(path, "must be a media type such as image/png"))?;
                    if !types.contains(&kind) {
                        types.push(kind);
                    }
                }
            }
        }
        part.finish()?;
        Ok(Self { enabled, max_bytes, types })
    }
}

fn media_type(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let (kind, sort) = text.split_once('/')?;
    (text.len() <= 100 && word(kind) && word(sort)).then_some(text)
}

#[cfg(test)]
mod tests;
