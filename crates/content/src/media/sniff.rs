//! What a file is, told by its bytes.

/// Bytes looked at before a file is judged: enough for the size of a picture behind long camera notes.
pub const HEAD: usize = 128 * 1024;

/// What the first bytes tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Type(&'static str),
    /// Markup that a browser could run.
    Markup,
    /// Nothing: text, perhaps.
    Text,
}

pub fn look(head: &[u8]) -> Told {
    match infer::get(head).map(|found| found.mime_type()) {
        _ if is_markup(head) => Told::Markup,
        Some(found) if found.starts_with("text/") => Told::Text,
        Some(found) => Told::Type(found),
        None => Told::Text,
    }
}

/// Tags with which a document begins to act. Only the beginning is read, as browsers do.
fn is_markup(head: &[u8]) -> bool {
    let start = &head[..head.len().min(1024)];
    let text: String = start.iter().filter(|b| **b != 0).map(|b| char::from(b.to_ascii_lowercase())).collect();
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{ef}' | '\u{bb}' | '\u{bf}' | '\u{fe}' | '\u{ff}'));
    text.starts_with('<')
        && ["<!doctype", "<html", "<svg", "<script", "<?xml", "<head", "<body", "<iframe", "<math", "<style", "<img", "<!--"]
            .iter()
            .any(|tag| text.contains(tag))
}

/// Types that are text and have no mark of their own; the sender's word decides between them, for all are given out as attachments.
pub fn text_type(declared: Option<&str>) -> &'static str {
    match declared.map(|of| of.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()).as_deref() {
        Some("text/csv") => "text/csv",
        Some("text/markdown") => "text/markdown",
        Some("application/json") => "application/json",
        _ => "text/plain",
    }
}

/// Width and height of a picture.
pub fn dimensions(media_type: &str, head: &[u8]) -> Option<(u32, u32)> {
    if !matches!(media_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp") {
        return None;
    }
    let size = imagesize::blob_size(head).ok()?;
    Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
}

/// Checks piece by piece that bytes are UTF-8 without NUL; a character may be cut between two pieces.
#[derive(Default)]
pub struct Utf8Check {
    carried: Vec<u8>,
}

impl Utf8Check {
    #[must_use]
    pub fn feed(&mut self, piece: &[u8]) -> bool {
        if piece.contains(&0) {
            return false;
        }
        self.carried.extend_from_slice(piece);
        match std::str::from_utf8(&self.carried) {
            Ok(_) => self.carried.clear(),
            // An error without a length is a character that is not complete yet.
            Err(err) if err.error_len().is_none() => {
                self.carried.drain(..err.valid_up_to());
            }
            Err(_) => return false,
        }
        true
    }

    #[must_use]
    pub fn ended_well(&self) -> bool {
        self.carried.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_seen_behind_marks_and_blanks() {
        for text in ["<svg onload=alert(1)>", "\u{feff} \n<!DOCTYPE html>", "<!-- a --><script>", "<?xml version='1.0'?><svg/>"] {
            assert_eq!(look(text.as_bytes()), Told::Markup, "{text}");
        }
        let wide: Vec<u8> = "<html>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(look(&wide), Told::Markup);
    }

    #[test]
    fn text_that_only_speaks_of_markup_is_text() {
        for text in ["use <html> at the top", "a < b", "<3 it", "#!/bin/sh\n"] {
            assert_eq!(look(text.as_bytes()), Told::Text, "{text}");
        }
    }

    #[test]
    fn pictures_are_told_by_their_bytes() {
        assert_eq!(look(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Told::Type("image/png"));
        assert_eq!(look(b"GIF89a\x02\0\x03\0"), Told::Type("image/gif"));
        assert_eq!(dimensions("image/gif", b"GIF89a\x02\0\x03\0\0\0\0"), Some((2, 3)));
        assert_eq!(look(b"MZ\x90\0"), Told::Type("application/vnd.microsoft.portable-executable"));
    }

    #[test]
    fn a_character_may_be_cut_between_pieces() {
        let mut check = Utf8Check::default();
        let text = "客服 👋".as_bytes();
        assert!(text.chunks(1).all(|piece| check.feed(piece)) && check.ended_well());
        assert!(check.feed(&text[..1]) && !check.ended_well());
        assert!(!Utf8Check::default().feed(b"a\0b"));
        assert!(!Utf8Check::default().feed(&[0xff, 0xfe]));
    }
}
