//! File names: what a sender wrote, made harmless for disks, headers and eyes.

use std::fmt::Write as _;

/// Characters of the longest name kept.
const LONGEST: usize = 120;

/// The last part of a path without control, direction and invisible characters, ending in what its type is called.
pub fn clean_name(sent: &str, media_type: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name = String::with_capacity(last.len());
    for c in base::text::plain(last).chars() {
        match c {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => name.push('_'),
            c if c.is_whitespace() => {
                if !name.ends_with(' ') {
                    name.push(' ');
                }
            }
            c => name.push(c),
        }
    }
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let name = if name.is_empty() { "file" } else { name };
    with_ending(name, media_type)
}

/// Cuts the name to its length and puts the right ending behind it when it has a wrong one (`invoice.exe` that is a picture).
fn with_ending(name: &str, media_type: &str) -> String {
    let known = endings(media_type);
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if known.iter().any(|k| k.eq_ignore_ascii_case(ending)) => (stem, Some(ending)),
        _ => (name, None),
    };
    let ending = ending.or(known.first().copied());
    let room = LONGEST - ending.map_or(0, |e| e.len() + 1);
    let mut whole: String = stem.chars().take(room).collect();
    if let Some(ending) = ending {
        whole.push('.');
        whole.push_str(ending);
    }
    whole
}

/// Endings that fit a type; the first is put where none fits. None for types whose files may be called anything.
fn endings(media_type: &str) -> &'static [&'static str] {
    match media_type {
        "image/png" => &["png", "apng"],
        "image/jpeg" => &["jpg", "jpeg", "jpe", "jfif"],
        "image/gif" => &["gif"],
        "image/webp" => &["webp"],
        "application/pdf" => &["pdf"],
        "audio/mpeg" => &["mp3", "mp2", "mpga"],
        "video/mp4" => &["mp4", "m4v"],
        "text/csv" => &["csv"],
        "application/json" => &["json"],
        "text/plain" => &["txt", "log", "csv", "tsv", "md", "json", "yaml", "yml", "toml", "ini", "sql", "srt", "vtt"],
        "application/zip" => &["zip"],
        _ => &[],
    }
}

/// The name as one segment of an address.
pub(super) fn in_url(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// `Content-Disposition` that says the name to old and new browsers alike.
pub(super) fn disposition(inline: bool, name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' }).collect();
    let way = if inline { "inline" } else { "attachment" };
    format!("{way}; filename=\"{plain}\"; filename*=UTF-8''{}", in_url(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_paths_and_hidden_characters() {
        for (sent, kind, kept) in [
            ("../../etc/passwd", "text/plain", "passwd.txt"),
            ("C:\\Users\\a\\ cat .png", "image/png", "cat .png"),
            ("ann\u{202e}gpj.exe", "image/jpeg", "anngpj.exe.jpg"),
            ("a\u{0}b\r\nc\u{200b}.pdf", "application/pdf", "abc.pdf"),
            ("...", "image/gif", "file.gif"),
            ("照片 1.JPG", "image/jpeg", "照片 1.JPG"),
            ("page.html", "text/plain", "page.html.txt"),
            ("a<b>:\"c\".zip", "application/zip", "a_b___c_.zip"),
            ("whatever.bin", "application/x-unknown", "whatever.bin"),
        ] {
            assert_eq!(clean_name(sent, kind), kept);
        }
    }

    #[test]
    fn a_long_name_is_cut_and_keeps_its_ending() {
        let name = clean_name(&format!("{}.png", "长".repeat(500)), "image/png");
        assert_eq!(name.chars().count(), LONGEST);
        assert!(name.ends_with("长.png"));
    }

    #[test]
    fn a_name_in_a_header_is_plain_ascii() {
        let header = disposition(false, "报价 \"1\".pdf");
        assert_eq!(header, "attachment; filename=\"__ _1_.pdf\"; filename*=UTF-8''%E6%8A%A5%E4%BB%B7%20%221%22.pdf");
    }
}
