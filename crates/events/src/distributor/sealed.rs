//! An event as it passes through: what decides its way is read of its text, and what changes on the way is written into it.

use base::{EventId, SiteId, Timestamp};
use bytes::Bytes;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use sockets::Route;
use sockets::broker::ordering_key;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Bytes that a copy may have more than the text that came, about.
const ROOM: usize = 32;

/// A [`sockets::Envelope`] with its text as it came.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    pub id: EventId,
    pub name: String,
    pub site: SiteId,
    /// As [`sockets::broker::ordering_key`].
    pub ordering: Arc<str>,
    pub key_epoch: i64,
    pub key_seq: i64,
    pub producer: String,
    pub route: Route,
    pub hops: u16,
    text: Bytes,
    at: Places,
}

/// Where in the text the values stand.
#[derive(Clone, Debug)]
struct Places {
    route: Option<Range<usize>>,
    hops: Option<Range<usize>>,
    payload: Range<usize>,
}

/// What is read of a text, and what only must be there.
#[derive(Deserialize)]
struct Papers<'a> {
    id: EventId,
    name: String,
    #[serde(rename = "version")]
    _version: u16,
    site: SiteId,
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(default)]
    key_epoch: i64,
    #[serde(default)]
    key_seq: i64,
    #[serde(rename = "occurred_at")]
    _occurred_at: Timestamp,
    producer: String,
    #[serde(borrow, default, deserialize_with = "there")]
    route: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "there")]
    hops: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: &'a RawValue,
}

/// Also when it is `null`.
fn there<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'de RawValue>, D::Error> {
    Deserialize::deserialize(from).map(Some)
}

impl Sealed {
    /// The event that is all of a text.
    pub fn read(text: &Bytes) -> Result<Self, serde_json::Error> {
        Self::only(str_of(text)?, text)
    }

    fn only(text: &str, whole: &Bytes) -> Result<Self, serde_json::Error> {
        let (event, rest) = Self::first(text, whole)?;
        if rest.is_empty() { Ok(event) } else { Err(Error::custom("something stands behind the envelope")) }
    }

    /// The event that a part of `whole` begins with, and what stands behind it.
    fn first<'a>(part: &'a str, whole: &Bytes) -> Result<(Self, &'a str), serde_json::Error> {
        let part = part.trim_ascii_start();
        if !part.starts_with('{') {
            return Err(Error::custom("an envelope is an object"));
        }
        let mut values = serde_json::Deserializer::from_str(part).into_iter::<Papers>();
        let papers = values.next().unwrap_or_else(|| Err(Error::custom("nothing")))?;
        let (text, rest) = part.split_at(values.byte_offset());
        Ok((Self::of(papers, whole.slice_ref(text.as_bytes()))?, rest.trim_ascii_start()))
    }

    fn of(papers: Papers, text: Bytes) -> Result<Self, serde_json::Error> {
        let place = |value: &RawValue| {
            let start = value.get().as_ptr().addr() - text.as_ptr().addr();
            start..start + value.get().len()
        };
        let at = Places { route: papers.route.map(place), hops: papers.hops.map(place), payload: place(papers.payload) };
        Ok(Self {
            id: papers.id,
            name: papers.name,
            site: papers.site,
            ordering: ordering_key(papers.site, &papers.key).into(),
            key_epoch: papers.key_epoch,
            key_seq: papers.key_seq,
            producer: papers.producer,
            route: papers.route.map_or(Ok(Route::default()), |route| serde_json::from_str(route.get()))?,
            hops: papers.hops.map_or(Ok(0), |hops| serde_json::from_str(hops.get()))?,
            text,
            at,
        })
    }

    pub fn payload(&self) -> Value {
        serde_json::from_slice(&self.text[self.at.payload.clone()]).unwrap_or_default()
    }

    /// The text with its way and its hops as they are now; all else is as it came, also what this version does not know.
    pub fn text(&self) -> Bytes {
        let route = serde_json::to_string(&self.route).expect("a route is plain JSON");
        let mut values = [("route", &self.at.route, route), ("hops", &self.at.hops, self.hops.to_string())];
        values.sort_unstable_by_key(|(_, at, _)| at.as_ref().map(|at| at.start));
        let mut text = Vec::with_capacity(self.text.len() + ROOM);
        text.push(b'{');
        let mut from = 1;
        for (name, at, value) in &values {
            match at {
                // Those that are not there come first, and stand before all others.
                None => text.extend_from_slice(format!("\"{name}\":{value},").as_bytes()),
                Some(at) => {
                    text.extend_from_slice(&self.text[from..at.start]);
                    text.extend_from_slice(value.as_bytes());
                    from = at.end;
                }
            }
        }
        text.extend_from_slice(&self.text[from..]);
        text.into()
    }
}

/// The events of a message: one, or a list.
pub(super) fn open(body: &Bytes) -> Result<Vec<Sealed>, serde_json::Error> {
    let text = str_of(body)?.trim_ascii();
    let Some(mut rest) = text.strip_prefix('[') else { return Sealed::only(text, body).map(|one| vec![one]) };
    let mut events = Vec::new();
    if rest.trim_ascii_start() == "]" {
        return Ok(events);
    }
    loop {
        let (event, behind) = Sealed::first(rest, body)?;
        events.push(event);
        if behind == "]" {
            return Ok(events);
        }
        rest = behind.strip_prefix(',').ok_or_else(|| serde_json::Error::custom("the list of envelopes breaks off"))?;
    }
}

fn str_of(text: &Bytes) -> Result<&str, serde_json::Error> {
    std::str::from_utf8(text).map_err(Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn envelope() -> Value {
        json!({
            "id": "0193a1b2-0000-7000-8000-000000000001", "name": "Chat.Ended", "version": 1, "site": 7, "key": "a\"b", "key_epoch": 2,
            "key_seq": 3, "occurred_at": "2026-01-02T03:04:05.006Z", "producer": "node@house", "route": "main", "hops": 0,
            "of_a_later_version": {"route": "x", "hops": 9}, "payload": {"text": "[{\"hops\":5}]"},
        })
    }

    fn read(text: &str) -> Result<Sealed, serde_json::Error> {
        Sealed::read(&Bytes::from(text.to_owned()))
    }

    fn written(sealed: &Sealed) -> Value {
        serde_json::from_slice(&sealed.text()).expect("JSON")
    }

    #[test]
    fn only_way_and_hops_change_on_the_way() {
        for text in [envelope().to_string(), format!("{:#}", envelope())] {
            let mut sealed = read(&text).expect("an envelope");
            assert_eq!((&*sealed.ordering, sealed.key_epoch, sealed.key_seq, sealed.payload()), ("7/a\"b", 2, 3, envelope()["payload"].clone()));
            (sealed.route, sealed.hops) = (Route::Replay("again".into()), 12_345);
            let mut wanted = envelope();
            (wanted["route"], wanted["hops"]) = (json!({"replay": "again"}), json!(12_345));
            assert_eq!(written(&sealed), wanted);
        }
    }

    #[test]
    fn way_and_hops_are_written_where_none_were() {
        for missing in [&["route"][..], &["hops"], &["route", "hops"]] {
            let mut less = envelope();
            missing.iter().for_each(|name| drop(less.as_object_mut().expect("an object").remove(*name)));
            let mut sealed = read(&less.to_string()).expect("an envelope");
            assert_eq!((&sealed.route, sealed.hops), (&Route::Main, 0));
            sealed.hops = 1;
            let mut wanted = envelope();
            wanted["hops"] = json!(1);
            assert_eq!(written(&sealed), wanted, "{missing:?}");
        }
    }

    #[test]
    fn a_message_holds_one_event_or_a_list() {
        let (one, spread) = (envelope().to_string(), format!("{:#}", envelope()));
        let opened = |text: String| open(&Bytes::from(text)).map(|events| events.iter().map(written).collect::<Vec<_>>());
        assert_eq!(opened(format!(" {one}\n")).expect("one"), [envelope()]);
        assert_eq!(opened(format!(" [ {one} ,\n{spread} , {one} ] ")).expect("three"), [envelope(), envelope(), envelope()]);
        assert_eq!(opened(" [ ] ".into()).expect("none"), [Value::Null; 0]);
    }

    #[test]
    fn what_is_no_envelope_is_refused() {
        let one = envelope().to_string();
        for broken in [String::new(), "1".into(), "[".into(), format!("[{one}"), format!("[{one}]]"), format!("[{one} {one}]"), format!("[{one},]"), format!("{one}{one}"), format!("[[{one}]]")] {
            assert!(open(&Bytes::from(broken.clone())).is_err(), "{broken}");
        }
        for (name, wrong) in [("id", json!(1)), ("version", json!("x")), ("occurred_at", json!("soon")), ("route", Value::Null), ("hops", json!(-1)), ("site", json!("7"))] {
            let mut bad = envelope();
            bad[name] = wrong;
            assert!(read(&bad.to_string()).is_err(), "{name}");
        }
        assert!(open(&Bytes::from_static(b"\xff")).is_err());
    }
}
