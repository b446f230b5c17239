//! Words of others inside queries.

/// As a text in SOQL, with its quotes.
pub(super) fn soql(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for letter in text.chars() {
        match letter {
            '\\' | '\'' | '"' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => quoted.push(' '),
            plain => quoted.push(plain),
        }
    }
    quoted.push('\'');
    quoted
}

/// Inside a pattern of `LIKE`, without quotes around it: `%` and `_` stand for themselves.
pub(super) fn like(text: &str) -> String {
    let quoted = soql(text);
    quoted[1..quoted.len() - 1].replace('%', "\\%").replace('_', "\\_")
}

/// As words of a search, where these letters mean something.
pub(super) fn sosl(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        if r#"?&|!{}[]()^~*:\"'+-"#.contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_leaves_the_quotes() {
        assert_eq!(soql(r"o'neil\"), r"'o\'neil\\'");
        assert_eq!(soql("x' OR Name != '"), r"'x\' OR Name != \''");
        assert_eq!(soql("a\nb\u{0}c"), r"'a\nb c'");
        assert_eq!(like("100%_'"), r"100\%\_\'");
    }

    #[test]
    fn words_of_a_search_mean_nothing_else() {
        assert_eq!(sosl("+1 (555) a*b"), r"\+1 \(555\) a\*b");
    }
}
