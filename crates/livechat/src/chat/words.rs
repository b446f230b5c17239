//! Words, as the search keeps and compares them. Pure.
//!
//! A text is brought into one form (NFKC, lower case) and cut into runs: of letters and digits, and of scripts that put no blanks
//! between words. Of the former the word is kept, of the latter every character and every two that stand together.

use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Words that are longer are equal when they begin alike.
const LONGEST_WORD: usize = 40;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Spaced,
    Dense,
}

struct Run {
    script: Script,
    text: String,
}

const fn is_picture(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')
}

/// Thai, Lao, Burmese, Khmer; Hangul; kana, bopomofo and all that is Han.
const fn is_dense(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{3005}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Nothing for what parts words.
fn script_of(c: char) -> Option<Script> {
    match c {
        _ if is_picture(c) => Some(Script::Dense),
        _ if !c.is_alphanumeric() => None,
        _ if is_dense(c) => Some(Script::Dense),
        _ => Some(Script::Spaced),
    }
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open = false;
    for c in text.nfkc().flat_map(char::to_lowercase) {
        let script = match runs.last() {
            // Vowel signs and accents that stand apart belong to what they stand on; which picture of a sign is meant is no matter.
            Some(run) if open && is_combining_mark(c) && !matches!(c, '\u{fe00}'..='\u{fe0f}') => Some(run.script),
            _ => script_of(c),
        };
        match (script, runs.last_mut()) {
            (Some(script), Some(run)) if open && run.script == script => run.text.push(c),
            (Some(script), _) => runs.push(Run { script, text: c.into() }),
            (None, _) => {}
        }
        open = script.is_some();
    }
    for run in runs.iter_mut().filter(|run| run.script == Script::Spaced) {
        if let Some((end, _)) = run.text.char_indices().nth(LONGEST_WORD) {
            run.text.truncate(end);
        }
    }
    runs
}

fn pairs(text: &str) -> impl Iterator<Item = String> {
    text.chars().zip(text.chars().skip(1)).map(|(one, two)| [one, two].iter().collect())
}

/// Adds the words of a text.
pub fn collect(text: &str, words: &mut BTreeSet<String>) {
    for run in runs(text) {
        match run.script {
            Script::Spaced => {
                words.insert(run.text);
            }
            Script::Dense => {
                words.extend(run.text.chars().map(String::from));
                words.extend(pairs(&run.text));
            }
        }
    }
}

/// The runs with one blank before, between and behind them.
fn plain(text: &str) -> String {
    let mut plain = String::from(" ");
    for run in runs(text) {
        plain.push_str(&run.text);
        plain.push(' ');
    }
    plain
}

/// Something that has to stand in one of the texts of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// As it stands in the plain form; blanks at its ends are ends of words.
    needle: String,
    /// Words that a chat has wherever the term stands.
    pub words: Vec<String>,
    /// One of its words begins so.
    pub beginning: Option<String>,
    /// A chat that has the words has the term.
    pub told_by_words: bool,
}

impl Term {
    fn of(runs: &[Run]) -> Option<Self> {
        let (first, last) = (runs.first()?, runs.last()?);
        let edge = |run: &Run| if run.script == Script::Spaced { " " } else { "" };
        let texts: Vec<_> = runs.iter().map(|run| run.text.as_str()).collect();
        let needle = [edge(first), &texts.join(" "), edge(last)].concat();
        let words = runs.iter().flat_map(|run| match run.script {
            Script::Dense if run.text.chars().nth(1).is_some() => pairs(&run.text).collect(),
            _ => vec![run.text.clone()],
        });
        let words: Vec<_> = words.collect();
        Some(Self { needle, told_by_words: words.len() == 1, words, beginning: None })
    }

    /// Its last word may go on.
    fn unfinished(mut self) -> Self {
        self.needle.pop();
        self.beginning = self.words.pop();
        self
    }
}

/// A search as somebody wrote it: what stands between blanks, cut where the script changes, and what stands in quotes. A chat has to
/// have all of it; the last word in letters may be the beginning of a longer one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    pub terms: Vec<Term>,
}

impl Sought {
    pub fn read(text: &str) -> Self {
        let mut terms = Vec::new();
        let mut last = None;
        for (at, part) in text.split(['"', '“', '”']).enumerate() {
            if at % 2 == 1 {
                terms.extend(Term::of(&runs(part)));
                continue;
            }
            for piece in part.split_whitespace() {
                let runs = runs(piece);
                terms.extend(runs.chunk_by(|one, two| one.script == two.script).filter_map(Term::of));
                if runs.last().is_some_and(|run| run.script == Script::Spaced) {
                    last = Some(terms.len() - 1);
                }
            }
        }
        if let Some(last) = last {
            terms.push(terms[last].clone().unfinished());
            terms.swap_remove(last);
        }
        Self { terms }
    }

    pub fn hunt(&self) -> Hunt<'_> {
        Hunt { missing: self.terms.iter().collect() }
    }
}

/// What was not met yet in the texts of one chat.
pub struct Hunt<'a> {
    missing: Vec<&'a Term>,
}

impl Hunt<'_> {
    /// True when nothing is missing any more.
    pub fn hear(&mut self, text: &str) -> bool {
        if !self.missing.is_empty() {
            let plain = plain(text);
            self.missing.retain(|term| !plain.contains(&term.needle));
        }
        self.done()
    }

    pub fn done(&self) -> bool {
        self.missing.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> Vec<String> {
        let mut words = BTreeSet::new();
        collect(text, &mut words);
        words.into_iter().collect()
    }

    fn finds(sought: &str, text: &str) -> bool {
        let sought = Sought::read(sought);
        let found = sought.hunt().hear(text);
        let words = kept(text);
        let told = |term: &Term| {
            let begins = |beginning: &String| words.iter().any(|word| word.starts_with(beginning));
            term.words.iter().all(|word| words.contains(word)) && term.beginning.as_ref().is_none_or(begins)
        };
        assert!(!found || sought.terms.iter().all(told), "the words of {text:?} do not lead to it");
        found
    }

    #[test]
    fn words_are_whole_in_letters_and_in_pairs_where_no_blanks_stand() {
        assert_eq!(kept("Order №42, ＯＲＤＥＲ!"), ["no42", "order"]);
        assert_eq!(kept("微信支付ok"), ["ok", "付", "信", "信支", "微", "微信", "支", "支付"]);
        assert_eq!(kept("re\u{301}sume\u{301}.PDF"), ["pdf", "résumé"]);
        assert_eq!(kept("👍❤\u{fe0f} …"), ["❤", "👍", "👍❤"]);
        assert_eq!(kept(&"x".repeat(99)), ["x".repeat(LONGEST_WORD)]);
    }

    #[test]
    fn all_terms_must_stand_somewhere_in_any_order() {
        assert!(finds("refund ORDER", "My order: a refund, please"));
        assert!(!finds("refund order tomorrow", "My order: a refund, please"));
        assert!(finds("iPhone15手机壳", "手机壳 for the iphone15"));
    }

    #[test]
    fn the_last_word_may_go_on_and_the_others_may_not() {
        assert!(finds("my ord", "my order"));
        assert!(finds("ord 退款", "退款 of my order"));
        assert!(!finds("ord my", "my order"));
        assert!(!finds("rder", "my order"));
        assert!(!finds("\"my ord\"", "my order"));
        assert!(!finds("T恤", "two 恤"), "what is followed by another script is at its end");
    }

    #[test]
    fn characters_are_found_where_they_stand_together() {
        assert!(finds("付", "用支付宝") && finds("支付", "用支付宝") && finds("用支付宝", "我用支付宝付的"));
        assert!(!finds("支付", "支…付") && !finds("支付宝", "支付和付宝"));
    }

    #[test]
    fn what_is_written_together_stands_together() {
        assert!(finds("ada@example.com", "write to Ada@Example.com"));
        assert!(!finds("ada@example.com", "ada of example, com"));
        assert!(finds("“late again”", "it is late, again!") && finds("\"late again", "late again"));
        assert!(!finds("\"late again\"", "again late"));
        assert!(finds("\"the 支付宝 order\"", "the 支付宝 order") && !finds("\"the 支付宝 order\"", "the order 支付宝"));
    }

    #[test]
    fn signs_alone_are_nothing_to_look_for() {
        assert_eq!(Sought::read(" %_ … \"!\" ").terms, []);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_written_finds_itself(text in ".{0,40}") {
            let text = text.replace(['"', '“', '”'], " ");
            let sought = Sought::read(&format!("\"{text}\""));
            let found = sought.terms.is_empty() || finds(&format!("\"{text}\""), &text);
            proptest::prop_assert!(found);
        }
    }
}
