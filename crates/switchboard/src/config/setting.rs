//! What a value may be: how it is read from TOML and from the environment, and how it is shown.

use secrecy::{ExposeSecret, SecretString};
use std::net::SocketAddr;
use std::path::PathBuf;
use toml::Value;
use web::{Network, Rate};

/// A type of value. `Err` says what it should be.
pub trait Setting: Sized {
    /// For the documentation.
    const KIND: &'static str;
    /// A value that shows its form, when the default is empty.
    const EXAMPLE: Option<&'static str> = None;

    fn from_toml(value: &Value) -> Result<Self, String>;

    /// As the environment has it.
    fn from_text(text: &str) -> Result<Self, String> {
        Self::from_toml(&Value::String(text.to_owned()))
    }

    /// As TOML, without secrets; none when there is no value.
    fn show(&self) -> Option<String>;
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("should be text in quotes, not {value}"))
}

fn quoted(text: &str) -> Option<String> {
    Some(Value::String(text.to_owned()).to_string())
}

impl Setting for String {
    const KIND: &'static str = "text";
    fn from_toml(value: &Value) -> Result<Self, String> {
        text(value).map(str::to_owned)
    }
    fn show(&self) -> Option<String> {
        quoted(self)
    }
}

impl Setting for PathBuf {
    const KIND: &'static str = "path";
    fn from_toml(value: &Value) -> Result<Self, String> {
        match text(value)? {
            "" => Err("should be a path".to_owned()),
            path => Ok(path.into()),
        }
    }
    fn show(&self) -> Option<String> {
        quoted(&self.to_string_lossy())
    }
}

impl Setting for SocketAddr {
    const KIND: &'static str = "address:port";
    fn from_toml(value: &Value) -> Result<Self, String> {
        let given = text(value)?;
        given.parse().map_err(|_| format!("should be an address and a port as in 127.0.0.1:8080 or [::]:8080, not {given:?}"))
    }
    fn show(&self) -> Option<String> {
        quoted(&self.to_string())
    }
}

impl Setting for bool {
    const KIND: &'static str = "true or false";
    fn from_toml(value: &Value) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| format!("should be true or false, not {value}"))
    }
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "true" | "1" | "yes" => Ok(true),
            "false" | "0" | "no" => Ok(false),
            other => Err(format!("should be true or false, not {other:?}")),
        }
    }
    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

macro_rules! whole_numbers {
    ($($number:ty),*) => {$(
        impl Setting for $number {
            const KIND: &'static str = "whole number";
            fn from_toml(value: &Value) -> Result<Self, String> {
                let number = value.as_integer().and_then(|n| n.try_into().ok());
                number.ok_or_else(|| format!("should be a whole number from 0 to {}, not {value}", <$number>::MAX))
            }
            fn from_text(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| format!("should be a whole number from 0 to {}, not {text:?}", <$number>::MAX))
            }
            fn show(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )*};
}

whole_numbers!(u16, u32);

impl Setting for u64 {
    const KIND: &'static str = "whole number";
    fn from_toml(value: &Value) -> Result<Self, String> {
        value.as_integer().and_then(|n| n.try_into().ok()).ok_or_else(|| format!("should be a whole number, not {value}"))
    }
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("should be a whole number, not {text:?}"))
    }
    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl<T: Setting> Setting for Option<T> {
    const KIND: &'static str = T::KIND;
    const EXAMPLE: Option<&'static str> = T::EXAMPLE;
    fn from_toml(value: &Value) -> Result<Self, String> {
        if value.as_str() == Some("") { Ok(None) } else { T::from_toml(value).map(Some) }
    }
    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { T::from_text(text).map(Some) }
    }
    fn show(&self) -> Option<String> {
        self.as_ref().and_then(T::show)
    }
}

/// An address that may hold a password.
impl Setting for SecretString {
    const KIND: &'static str = "URL (secret)";
    fn from_toml(value: &Value) -> Result<Self, String> {
        match value.as_str() {
            Some(url) if url.contains(':') => Ok(Self::from(url.to_owned())),
            // What was given is not repeated: it may be a secret.
            _ => Err("should be a URL in quotes".to_owned()),
        }
    }
    fn show(&self) -> Option<String> {
        quoted(&without_password(self.expose_secret()))
    }
}

/// Where a broker is: `embedded`, or an address that may hold a password.
#[derive(Clone, Debug)]
pub struct BrokerAddress(SecretString);

/// What an address of a broker may begin with.
const BROKERS: [&str; 7] = ["amqp://", "amqps://", "kafka://", "kafkas://", "sqlite:", "postgres://", "postgresql://"];

impl BrokerAddress {
    pub fn embedded() -> Self {
        Self(SecretString::from("embedded"))
    }

    /// # Errors
    /// Says what it should be.
    pub fn read(given: &str) -> Result<Self, String> {
        Self::from_text(given)
    }

    /// With its password.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    pub fn is_embedded(&self) -> bool {
        self.reveal() == "embedded"
    }
}

impl Setting for BrokerAddress {
    const KIND: &'static str = "\"embedded\" or URL (secret)";
    const EXAMPLE: Option<&'static str> = Some("amqp://switchboard:password@rabbit.example/switchboard");
    fn from_toml(value: &Value) -> Result<Self, String> {
        match value.as_str() {
            Some(given) if given == "embedded" || BROKERS.iter().any(|scheme| given.starts_with(scheme)) => Ok(Self(given.to_owned().into())),
            // What was given is not repeated: it may be a secret.
            _ => Err(format!("should be \"embedded\" or begin with one of {}", BROKERS.join(", "))),
        }
    }
    fn show(&self) -> Option<String> {
        quoted(&without_password(self.reveal()))
    }
}

fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.split('?').next().unwrap_or_default().to_owned() };
    // What stands behind a question mark may hold a password too.
    let rest = rest.split_once('?').map_or(rest, |(front, _)| front);
    match rest.rsplit_once('@') {
        Some((who, place)) => {
            let user = who.split(':').next().unwrap_or_default();
            let mask = if who.contains(':') { ":***" } else { "" };
            format!("{scheme}://{user}{mask}@{place}")
        }
        None => format!("{scheme}://{rest}"),
    }
}

/// A list; in the environment with commas between.
impl<T: Item> Setting for Vec<T> {
    const KIND: &'static str = T::KIND;
    const EXAMPLE: Option<&'static str> = Some(T::EXAMPLE);
    fn from_toml(value: &Value) -> Result<Self, String> {
        let items = value.as_array().ok_or_else(|| format!("should be a list, as in {}", T::EXAMPLE))?;
        items.iter().map(|item| T::item(text(item)?)).collect()
    }
    fn from_text(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(T::item).collect()
    }
    fn show(&self) -> Option<String> {
        Some(Value::Array(self.iter().map(|item| Value::String(item.text())).collect()).to_string())
    }
}

pub trait Item: Sized {
    const KIND: &'static str;
    const EXAMPLE: &'static str;
    fn item(text: &str) -> Result<Self, String>;
    fn text(&self) -> String;
}

impl Item for String {
    const KIND: &'static str = "list of text";
    const EXAMPLE: &'static str = "[\"https://desk.example\"]";
    fn item(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
    fn text(&self) -> String {
        self.clone()
    }
}

/// A network as it was written, and as it is compared.
#[derive(Clone, Debug)]
pub struct NetworkText(pub String, pub Network);

impl Item for NetworkText {
    const KIND: &'static str = "list of networks";
    const EXAMPLE: &'static str = "[\"10.0.0.0/8\", \"::1\"]";
    fn item(text: &str) -> Result<Self, String> {
        let network = text.parse().map_err(|err| format!("{text:?} is no network: {err}"))?;
        Ok(Self(text.to_owned(), network))
    }
    fn text(&self) -> String {
        self.0.clone()
    }
}

/// `[at once, per minute]`.
impl Setting for Rate {
    const KIND: &'static str = "[at once, per minute]";
    fn from_toml(value: &Value) -> Result<Self, String> {
        let wrong = || format!("should be two whole numbers, at once and per minute, as in [300, 1800], not {value}");
        let numbers: Option<Vec<u32>> =
            value.as_array().ok_or_else(wrong)?.iter().map(|n| n.as_integer()?.try_into().ok()).collect();
        match numbers.as_deref() {
            Some([burst, per_minute]) => Ok(Self::new(*burst, *per_minute)),
            _ => Err(wrong()),
        }
    }
    fn from_text(text: &str) -> Result<Self, String> {
        let numbers: Result<Vec<u32>, _> = text.trim_matches(['[', ']']).split(',').map(|n| n.trim().parse()).collect();
        match numbers.as_deref() {
            Ok([burst, per_minute]) => Ok(Self::new(*burst, *per_minute)),
            _ => Err(format!("should be two whole numbers, at once and per minute, as in 300,1800, not {text:?}")),
        }
    }
    fn show(&self) -> Option<String> {
        Some(format!("[{}, {}]", self.burst, self.per_minute))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Setting for LogFormat {
    const KIND: &'static str = "\"text\" or \"json\"";
    fn from_toml(value: &Value) -> Result<Self, String> {
        match text(value)? {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(format!("should be text or json, not {other:?}")),
        }
    }
    fn show(&self) -> Option<String> {
        quoted(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("postgres://sb:s3cret@db:5432/sb?password=x", "postgres://sb:***@db:5432/sb"),
            ("redis://:p@ss@cache/0", "redis://:***@cache/0"),
            ("redis://cache/0", "redis://cache/0"),
            ("sqlite:/var/lib/sb.db", "sqlite:/var/lib/sb.db"),
            ("amqp://sb:s3cret@rabbit/sb", "amqp://sb:***@rabbit/sb"),
            ("embedded", "embedded"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
