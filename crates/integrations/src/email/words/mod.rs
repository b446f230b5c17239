//! Letters in Chinese and English: what they say, and how they look as plain text and as HTML.

mod chats;
mod sheet;

pub(crate) use chats::{answers, email_of, offline_news, offline_receipt, transcript, utterances};
pub(crate) use sheet::{Sheet, when};

/// The languages that letters are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lang {
    Zh,
    En,
}

impl Lang {
    /// Of a language tag as browsers send it; none when it is neither.
    pub fn of(tag: &str) -> Option<Self> {
        let main = tag.split(['-', '_', ',', ';']).next().unwrap_or_default();
        if main.eq_ignore_ascii_case("zh") {
            Some(Self::Zh)
        } else if main.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    /// The first of these that is known; English at last.
    pub fn first<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        tags.into_iter().find_map(Self::of).unwrap_or(Self::En)
    }

    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// A person's words on one line of a heading: no line ends, not too long.
pub(crate) fn short(text: &str, most: usize) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}
