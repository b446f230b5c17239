//! A message as it came, read into what a ticket needs of it. HTML is turned into text and never kept.

use super::bounce::{Bounced, bounced};
use super::trim::trim;
use mail_parser::{Address, HeaderValue, Message, MessageParser, MimeHeaders};
use sha2::{Digest, Sha256};

/// What a machine sent needs no answer and opens nothing again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Person,
    /// A person whose words came through a mailing list, as a group address sends them on: a machine would be on the list too.
    List,
    /// An out-of-office note, a newsletter, another ticket desk.
    Machine,
    /// A mail server: something could not be delivered.
    Bounce,
}

impl Sender {
    /// Somebody said something, directly or through a list.
    pub fn is_person(self) -> bool {
        matches!(self, Self::Person | Self::List)
    }
}

pub(super) struct Attached {
    pub name: String,
    pub media_type: Option<String>,
    pub bytes: Vec<u8>,
}

/// What is needed of a message.
pub(super) struct Letter {
    /// Without angle brackets; made of the bytes when the message has none.
    pub id: String,
    pub from_name: String,
    pub from: String,
    pub subject: String,
    pub text: String,
    /// Ids that it answers, the nearest first.
    pub answers: Vec<String>,
    /// Addresses in its headers, for when the envelope is not known.
    pub to: Vec<String>,
    pub sender: Sender,
    /// Of a bounce: what came back.
    pub bounced: Option<Bounced>,
    pub files: Vec<Attached>,
    pub language: String,
}

const MOST_FILES: usize = 20;
const LONGEST: usize = 60_000;

/// None: it is no message, or says of nobody that it is from them.
pub(super) fn read(raw: &[u8], envelope_from: Option<&str>) -> Option<Letter> {
    let message = MessageParser::default().parse(raw)?;
    let from = message.from().and_then(Address::first)?;
    let email = from.address()?.trim().to_owned();
    let body = message.body_text(0).map(|text| clean(&text)).unwrap_or_default();
    let text: String = trim(&body).chars().take(LONGEST).collect();
    Some(Letter {
        id: message.message_id().map_or_else(|| digest(raw), |id| clean(id).chars().take(500).collect()),
        from_name: line(from.name().unwrap_or_default(), 200),
        from: email.clone(),
        subject: line(message.subject().unwrap_or_default(), 300),
        answers: answers(&message),
        to: recipients(&message),
        bounced: bounced(&message),
        sender: sender(&message, &email, envelope_from),
        files: files(&message),
        language: line(message.header_raw("Content-Language").unwrap_or_default(), 35),
        text,
    })
}

fn digest(raw: &[u8]) -> String {
    let hex: String = Sha256::digest(raw).iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Without NUL and other characters that do nothing but harm.
pub(super) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r')).collect()
}

pub(super) fn line(text: &str, most: usize) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ").chars().take(most).collect()
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(id) => vec![id.to_string()],
        HeaderValue::TextList(ids) => ids.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

fn answers(message: &Message<'_>) -> Vec<String> {
    let mut all = ids(message.in_reply_to());
    all.extend(ids(message.references()).into_iter().rev());
    all.truncate(100);
    all
}

fn recipients(message: &Message<'_>) -> Vec<String> {
    let of = |address: &Address<'_>| address.iter().filter_map(|one| one.address().map(str::to_owned)).collect::<Vec<_>>();
    let mut all: Vec<String> = [message.to(), message.cc()].into_iter().flatten().flat_map(of).collect();
    for name in ["Delivered-To", "X-Original-To", "Envelope-To"] {
        all.extend(message.header_raw(name).map(|value| value.trim().trim_matches(['<', '>']).to_owned()));
    }
    all.truncate(100);
    all
}

fn sender(message: &Message<'_>, from: &str, envelope_from: Option<&str>) -> Sender {
    let header = |name: &'static str| message.header_raw(name).unwrap_or_default().trim().to_lowercase();
    let report = message.content_type().is_some_and(|kind| kind.ctype() == "multipart" && kind.subtype() == Some("report"));
    let local = from.split('@').next().unwrap_or_default().to_lowercase();
    if report || matches!(local.as_str(), "mailer-daemon" | "postmaster") || envelope_from == Some("") {
        // An out-of-office note comes from nobody as well, and says what it is.
        return if !report && header("Auto-Submitted").starts_with("auto-replied") { Sender::Machine } else { Sender::Bounce };
    }
    let submitted = header("Auto-Submitted");
    let has = |names: &[&'static str]| names.iter().any(|name| message.header_raw(*name).is_some());
    let automatic = (!submitted.is_empty() && submitted != "no")
        || matches!(header("Precedence").as_str(), "bulk" | "junk" | "auto_reply")
        || has(&["X-Autoreply", "X-Autorespond", "X-Auto-Response-From", "Feedback-ID"]);
    let listed = header("Precedence") == "list" || has(&["List-Id"]);
    // A newsletter lets itself be ended, and names no list.
    if automatic || (!listed && has(&["List-Unsubscribe"])) {
        return Sender::Machine;
    }
    if listed { Sender::List } else { Sender::Person }
}

fn files(message: &Message<'_>) -> Vec<Attached> {
    let file = |part: &mail_parser::MessagePart<'_>| {
        let kind = part.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("octet-stream")));
        let name = part.attachment_name().map(|name| line(name, 200)).filter(|name| !name.is_empty()).unwrap_or_else(|| "file".into());
        Attached { name, media_type: kind, bytes: part.contents().to_vec() }
    };
    message.attachments().filter(|part| !part.contents().is_empty() && !part.is_message()).take(MOST_FILES).map(file).collect()
}
