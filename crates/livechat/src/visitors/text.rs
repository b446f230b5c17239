//! What a visitor's page says of itself is anybody's word: it is cut to a sensible length and freed of what would harm a screen.

use base::text::{is_unseen, line as plain_line};

/// One line of at most `most` characters; blanks run together, an ellipsis where it was cut.
pub fn line(text: &str, most: usize) -> String {
    let mut line = plain_line(text);
    if let Some((cut, _)) = line.char_indices().nth(most.saturating_sub(1)) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

/// A line, or nothing when there is nothing left of it.
pub fn some_line(text: &str, most: usize) -> Option<String> {
    Some(line(text, most)).filter(|line| !line.is_empty())
}

const LONGEST_ADDRESS: usize = 2_000;

/// An address that may stand in a link: http or https, without blanks and without the name and password that some hold.
pub fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "http" && scheme != "https" {
        return None;
    }
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.is_empty() {
        return None;
    }
    let whole = format!("{scheme}://{host}{path}");
    if whole.chars().take(LONGEST_ADDRESS).any(|c| is_unseen(c) || c.is_whitespace()) {
        return None;
    }
    Some(cut_address(&whole))
}

fn cut_address(whole: &str) -> String {
    let Some((end, _)) = whole.char_indices().nth(LONGEST_ADDRESS) else { return whole.to_owned() };
    let kept = &whole[..end];
    // Half of a %XX would make the whole address unreadable.
    let whole_to = kept.rfind('%').filter(|at| end - at < 3).unwrap_or(end);
    kept[..whole_to].to_owned()
}

/// A word of a small alphabet, such as a language tag or a time zone; anything else is no such word.
pub fn word(text: &str, most: usize, also: &str) -> Option<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || also.contains(c);
    (1..=most).contains(&text.len()).then_some(text).filter(|text| text.chars().all(good)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_short_and_plain() {
        assert_eq!(line("  Shoes\n\t and\u{0} \u{202e}so\u{200b}cks ", 100), "Shoes and socks");
        assert_eq!(line("abcdef", 4), "abc…");
        assert_eq!(line("abcd", 5), "abcd");
        assert_eq!(line(&"商".repeat(1_000_000), 300).chars().count(), 300);
        assert_eq!(some_line(" \u{7} \u{202e}", 9), None);
    }

    #[test]
    fn only_web_addresses_may_be_links() {
        assert_eq!(address(" HTTPS://user:secret@Shop.example/a?b#c ").as_deref(), Some("https://Shop.example/a?b#c"));
        for text in ["", "javascript:alert(1)", "javascript://%0aalert(1)", "data:text/html,x", "file:///etc/passwd", "//x", "http://", "https://a/\u{202e}b", "https://a/ b", "about:blank"] {
            assert_eq!(address(text), None, "{text}");
        }
        let long = format!("https://a/{}%E5%95%86", "x".repeat(1_989));
        assert_eq!(address(&long).map(|kept| kept.len()), Some(1_999), "a half escape is dropped");
        assert_eq!(address(&format!("https://a/{}", "商".repeat(9_999))).map(|kept| kept.chars().count()), Some(2_000));
    }
}
