//! What goes over the wire. A frame is encoded once, however many sockets it goes to.

use axum::extract::ws::Utf8Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sockets::live::{Cursor, Topic};
use std::collections::BTreeMap;
use std::fmt::Write;
use web::Problem;

/// Where a frame stands in a log that the connection follows, so that nothing goes out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which topic, as this node numbers them.
    pub slot: u64,
    pub cursor: Cursor,
    /// Tells where to go on from, whatever was sent before.
    pub reload: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub text: Utf8Bytes,
    /// None for what has no number.
    pub place: Option<Place>,
}

impl Frame {
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: Utf8Bytes::from(text.into()), place: None }
    }

    /// One entry of a log: a chat's as it is, another's body spliced behind its number.
    pub fn logged(slot: u64, topic: &Topic, cursor: Cursor, body: &str) -> Self {
        let mut text = String::with_capacity(body.len() + 112);
        // Writing into a String cannot fail.
        let _ = match (topic, body.strip_prefix('{')) {
            (Topic::Chat(..), _) => write!(text, r#"{{"t":"entry","topic":"{topic}","n":"{cursor}","entry":{body}}}"#),
            (_, Some(rest)) => write!(text, r#"{{"t":"event","topic":"{topic}","n":"{cursor}",{rest}"#),
            (_, None) => write!(text, r#"{{"t":"event","topic":"{topic}","n":"{cursor}","data":{body}}}"#),
        };
        Self { text: Utf8Bytes::from(text), place: Some(Place { slot, cursor, reload: false }) }
    }

    /// The log cannot say what was missed: fetch the list, and go on from here.
    pub fn reload(slot: u64, topic: &Topic, cursor: Cursor) -> Self {
        let text = format!(r#"{{"t":"reload","topic":"{topic}","n":"{cursor}"}}"#);
        Self { text: Utf8Bytes::from(text), place: Some(Place { slot, cursor, reload: true }) }
    }

    pub fn answer(re: &str, answer: Result<Value, Problem>) -> Self {
        let frame = match answer {
            Ok(ok) => json!({ "re": re, "ok": ok }),
            Err(problem) => json!({ "re": re, "problem": problem.to_json() }),
        };
        Self::plain(frame.to_string())
    }

    /// A frame that could not be understood, or a topic that may not be followed.
    pub fn problem(topic: Option<&str>, problem: &Problem) -> Self {
        let mut frame = json!({ "t": "problem", "problem": problem.to_json() });
        if let Some(topic) = topic {
            frame["topic"] = json!(topic);
        }
        Self::plain(frame.to_string())
    }
}

/// The first frame of a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hello {
    /// A visitor's; an agent has a cookie.
    pub token: Option<String>,
    /// The site that an agent wants to work on; without it the first one.
    pub site: Option<base::SiteId>,
    #[serde(default)]
    pub cursors: BTreeMap<String, Option<Cursor>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Follow {
    pub topic: String,
    #[serde(default)]
    pub cursor: Option<Cursor>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ping {
    #[serde(default)]
    pub seqs: BTreeMap<base::ChatId, u64>,
}

/// What a client asks.
#[derive(Debug)]
pub(crate) enum Asked {
    Hello(Hello),
    Follow(Follow),
    Unfollow(Follow),
    Ping(Ping),
    Do(crate::Op),
}

/// The reference under which an answer is wanted, and what is asked.
pub(crate) fn read(text: &str) -> (Option<String>, Result<Asked, Problem>) {
    match serde_json::from_str::<Value>(text) {
        Ok(frame) => understand(frame),
        Err(err) => (None, Err(Problem::invalid("", format!("a frame is a JSON object: {err}")))),
    }
}

pub(crate) fn understand(frame: Value) -> (Option<String>, Result<Asked, Problem>) {
    let Value::Object(mut fields) = frame else {
        return (None, Err(Problem::invalid("", "a frame is a JSON object")));
    };
    let re = match fields.remove("ref") {
        None | Some(Value::Null) => None,
        Some(Value::String(re)) if re.len() <= 64 => Some(re),
        Some(_) => return (None, Err(Problem::invalid("ref", "is a text of at most 64 bytes"))),
    };
    (re, asked(fields))
}

fn asked(mut fields: Map<String, Value>) -> Result<Asked, Problem> {
    fn typed<T: for<'de> Deserialize<'de>>(mut fields: Map<String, Value>) -> Result<T, Problem> {
        fields.remove("op");
        T::deserialize(Value::Object(fields)).map_err(|err| Problem::invalid("", err.to_string()))
    }
    let op = fields.get_mut("op").and_then(|op| op.as_str().map(str::to_owned));
    match op.as_deref() {
        Some("hello") => typed(fields).map(Asked::Hello),
        Some("follow") => typed(fields).map(Asked::Follow),
        Some("unfollow") => typed(fields).map(Asked::Unfollow),
        Some("ping") => typed(fields).map(Asked::Ping),
        Some("say" | "typing" | "read" | "delivered") => {
            let op = crate::Op::deserialize(Value::Object(fields));
            op.map(Asked::Do).map_err(|err| Problem::invalid("", err.to_string()))
        }
        Some(other) => Err(Problem::invalid("op", format!("there is no operation {other:?}"))),
        None => Err(Problem::invalid("op", "is missing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{ChatId, SiteId};

    #[test]
    fn a_logged_frame_is_the_json_of_the_protocol() {
        let chat = ChatId(uuid::Uuid::nil());
        let entry = Frame::logged(1, &Topic::Chat(SiteId(1), chat), Cursor::durable(13), r#"{"seq":13}"#);
        let read: Value = serde_json::from_str(&entry.text).expect("is JSON");
        assert_eq!(read, json!({ "t": "entry", "topic": format!("chat:{chat}"), "n": "13", "entry": { "seq": 13 } }));
        let event = Frame::logged(1, &Topic::Desk(SiteId(1)), Cursor { epoch: 5, seq: 2 }, r#"{"kind":"queue","data":{}}"#);
        let read: Value = serde_json::from_str(&event.text).expect("is JSON");
        assert_eq!(read, json!({ "t": "event", "topic": "desk", "n": "5.2", "kind": "queue", "data": {} }));
    }

    #[test]
    fn what_is_not_understood_is_said_with_its_reference() {
        let (re, asked) = read(r#"{"op":"say","ref":"r1","chat":"x"}"#);
        assert_eq!(re.as_deref(), Some("r1"));
        assert!(asked.is_err());
        for bad in ["", "[]", "{}", r#"{"op":"dance"}"#, r#"{"op":"ping","more":1}"#, r#"{"op":"read","ref":7}"#] {
            assert!(read(bad).1.is_err(), "{bad:?}");
        }
        assert!(matches!(read(r#"{"op":"ping"}"#).1, Ok(Asked::Ping(_))));
    }
}
