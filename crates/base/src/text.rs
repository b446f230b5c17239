//! What strangers write and others read: characters that show nothing, and those that turn whatever stands beside them.

/// Whether it shows nothing of its own: control characters, marks of direction, joiners, fillers, selectors of shapes.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Braille without a dot looks like a blank and is none.
const NO_DOT: char = '\u{2800}';

/// Whether a reader would see nothing.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c == NO_DOT || is_unseen(c))
}

/// The text without what is unseen, but for what the seen ones need: a family is an emoji of several, a heart is red by a selector,
/// and letters of Persian or Hindi are joined or kept apart.
pub fn plain(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if !is_unseen(c) || before.is_some_and(|before| belongs(before, c, chars.peek().copied())) {
            kept.push(c);
            before = Some(c);
        }
    }
    kept
}

/// One line: words parted by one blank, nothing where there is nothing to be seen.
pub fn line(text: &str) -> String {
    if is_blank(text) {
        return String::new();
    }
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).map(plain).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Whether an unseen character is part of what stands before it.
fn belongs(before: char, c: char, next: Option<char>) -> bool {
    match c {
        '\u{200c}' | '\u{200d}' => next.is_some_and(|next| (is_picture(before) && is_picture(next)) || (is_joined(before) && is_joined(next))),
        '\u{fe00}'..='\u{fe0f}' => is_han(before) || !(before.is_alphabetic() || before.is_whitespace() || is_unseen(before)),
        '\u{e0100}'..='\u{e01ef}' => is_han(before),
        '\u{180b}'..='\u{180f}' => matches!(before, '\u{1820}'..='\u{18aa}'),
        // Flags of regions are spelt in tags behind a black one.
        '\u{e0020}'..='\u{e007f}' => matches!(before, '\u{1f3f4}' | '\u{e0020}'..='\u{e007e}'),
        _ => false,
    }
}

fn is_picture(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}' | '\u{e007f}')
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Scripts whose letters change with their neighbours: from Arabic to Sinhala.
fn is_joined(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{dff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_is_blank() {
        for text in ["", " \n", "\u{200b}", "\u{202e}\u{feff} \u{3164}", "\u{200d}\u{fe0f}", "\u{2800}", "\u{e0041}"] {
            assert!(is_blank(text), "{text:?}");
            assert_eq!(line(text), "", "{text:?}");
        }
        for text in ["0", "\u{200b}מ", "👍"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn a_line_hides_and_turns_nothing() {
        assert_eq!(line("  Ada\u{200b}\n\t \u{202e}Love\u{ad}lace\u{0} \u{200f}"), "Ada Lovelace");
        assert_eq!(line("Ad\u{200d}min\u{200c}\u{fe0f}\u{fe0f}"), "Admin");
        assert_eq!(line("a\u{e0041}\u{e007f}"), "a");
    }

    #[test]
    fn what_belongs_to_the_seen_stays() {
        for text in ["👨\u{200d}👩\u{200d}👧", "❤\u{fe0f}\u{200d}🔥", "🏳\u{fe0f}\u{200d}🌈", "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", "می\u{200c}خواهم", "辻\u{e0100}", "👍🏽"] {
            assert_eq!(line(text), text);
        }
    }
}
