//! What several events share.

use base::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) const SAMPLE_TIME: Timestamp = Timestamp::from_millis(1_795_284_714_120);

/// A field that the site added to its forms, as it was filled in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CustomField {
    pub id: i64,
    pub name: String,
    pub value: String,
}

/// A variable that the page told us. The seed writes `value` and `url` small.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct CustomVariable {
    pub id: i64,
    pub name: String,
    #[serde(alias = "value")]
    pub value: String,
    #[serde(alias = "url")]
    pub url: String,
}

/// RFC 3339 in UTC. Times without a zone, as C# writes them of an unspecified kind, are read as UTC, and so is `/Date(1556697600000)/` of
/// its older serialisers.
pub(super) mod time {
    use super::{Timestamp, millis};
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(time)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        read(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }

    pub(super) fn read(text: &str) -> Result<Timestamp, jiff::Error> {
        if let Some(millis) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")).and_then(millis) {
            return Ok(Timestamp::from_millis(millis));
        }
        match text.parse::<Timestamp>() {
            Ok(time) => Ok(time),
            Err(err) => {
                let civil: jiff::civil::DateTime = text.parse().map_err(|_| err)?;
                civil.to_zoned(jiff::tz::TimeZone::UTC).map(|zoned| zoned.timestamp().into())
            }
        }
    }
}

/// `1556697600000`, `-1000` or `1556697600000-0500`: what follows says where the clock hung and changes nothing.
fn millis(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let end = digits.find(['+', '-']).unwrap_or(digits.len()) + text.len() - digits.len();
    text.get(..end)?.parse().ok()
}

/// The same for a time that may be missing.
pub(super) mod time_or_none {
    use super::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(time: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        time.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        let text: Option<String> = Option::deserialize(from)?;
        // C#'s DateTime.MinValue stands for "never".
        let text = text.filter(|text| !text.is_empty() && !text.starts_with("0001-01-01"));
        text.map(|text| super::time::read(&text).map_err(serde::de::Error::custom)).transpose()
    }
}

pub(super) fn time_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "format": "date-time" })
}

pub(super) fn time_or_none_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": ["string", "null"], "format": "date-time" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_older_serialisers_are_read_with_any_offset() {
        for (text, at) in [
            ("/Date(1556697600000)/", 1_556_697_600_000),
            ("/Date(1556697600000+0800)/", 1_556_697_600_000),
            ("/Date(1556697600000-0500)/", 1_556_697_600_000),
            ("/Date(-1000)/", -1_000),
            ("/Date(-1000-0500)/", -1_000),
        ] {
            assert_eq!(time::read(text).unwrap(), Timestamp::from_millis(at), "{text}");
        }
        assert!(time::read("/Date(-)/").is_err() && time::read("/Date()/").is_err());
    }
}
