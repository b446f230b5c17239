//! What a mail server tells of a message that it could not deliver (RFC 3464).

use super::read::{clean, line};
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

/// A message of ours that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bounced {
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// It will not arrive any more; otherwise it is late.
    pub for_good: bool,
    /// `550 5.1.1 no such user`.
    pub why: String,
}

/// None: it is no report, or does not say of which message.
pub(super) fn bounced(message: &Message<'_>) -> Option<Bounced> {
    let report = message.content_type().is_some_and(|kind| kind.ctype() == "multipart" && kind.subtype() == Some("report"));
    if !report {
        return None;
    }
    let (mut id, mut status) = (None, String::new());
    for part in &message.parts {
        let kind = part.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_lowercase());
        match (kind.as_deref(), &part.body) {
            (Some("message/delivery-status"), _) => status = clean(&String::from_utf8_lossy(part.contents())),
            (Some("text/rfc822-headers"), _) => id = id.or_else(|| id_in(part.contents())),
            (_, PartType::Message(inner)) => id = id.or_else(|| inner.message_id().map(clean)),
            _ => {}
        }
    }
    let field = |name: &str| {
        let value = status.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        });
        value.unwrap_or_default().to_owned()
    };
    let why = field("Diagnostic-Code");
    let why = why.split_once(';').map_or(why.as_str(), |(_, words)| words);
    let why = if why.trim().is_empty() { field("Status") } else { line(why, 300) };
    let for_good = matches!(field("Action").to_ascii_lowercase().as_str(), "failed" | "");
    Some(Bounced { message_id: id?, for_good, why })
}

fn id_in(headers: &[u8]) -> Option<String> {
    // The line break before the boundary belongs to that, and a header without one is none.
    let message = [headers, b"\r\n\r\n"].concat();
    MessageParser::default().parse(&message)?.message_id().map(clean)
}
