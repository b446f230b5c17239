//! A letter in parts, written out twice: as plain text and as HTML with everything escaped.

use super::Lang;
use base::Timestamp;
use std::fmt::Write as _;

enum Part {
    Line(String),
    /// Somebody's own words.
    Quote(String),
    Facts(Vec<(String, String)>),
    /// Time, name and words of each utterance.
    Talk(Vec<(String, String, String)>),
    Link(String, String),
    Small(String),
}

/// The body of a letter.
pub(crate) struct Sheet {
    lang: Lang,
    parts: Vec<Part>,
}

impl Sheet {
    pub fn new(lang: Lang) -> Self {
        Self { lang, parts: Vec::new() }
    }

    pub fn line(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Line(text.into()));
        self
    }

    pub fn quote(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Quote(text.into()));
        self
    }

    /// Empty values are left out.
    pub fn facts<'a>(mut self, facts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let kept = facts.into_iter().filter(|(_, value)| !value.is_empty());
        self.parts.push(Part::Facts(kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()));
        self
    }

    pub fn talk(mut self, talk: Vec<(String, String, String)>) -> Self {
        self.parts.push(Part::Talk(talk));
        self
    }

    pub fn link(mut self, label: impl Into<String>, url: impl Into<String>) -> Self {
        self.parts.push(Part::Link(label.into(), url.into()));
        self
    }

    pub fn small(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Small(text.into()));
        self
    }

    pub fn text(&self) -> String {
        let blocks: Vec<String> = self.parts.iter().map(plain).filter(|block| !block.is_empty()).collect();
        format!("{}\n", blocks.join("\n\n"))
    }

    pub fn html(&self) -> String {
        let body: String = self.parts.iter().map(marked).collect();
        let lang = self.lang.tag();
        format!(
            "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"></head>\
             <body style=\"margin:0;padding:16px;font:15px/1.6 -apple-system,'Segoe UI','PingFang SC','Microsoft YaHei',sans-serif;color:#1f2329\">\
             <div style=\"max-width:640px\">{body}</div></body></html>"
        )
    }
}

fn plain(part: &Part) -> String {
    match part {
        Part::Line(text) => text.clone(),
        Part::Quote(text) => text.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n"),
        Part::Facts(facts) => facts.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n"),
        Part::Talk(talk) => talk.iter().map(|(at, who, said)| format!("[{at}] {who}: {said}")).collect::<Vec<_>>().join("\n"),
        Part::Link(label, url) => format!("{label}: {url}"),
        Part::Small(text) => format!("--\n{text}"),
    }
}

fn marked(part: &Part) -> String {
    let mut html = String::new();
    let _infallible = match part {
        Part::Line(text) => write!(html, "<p style=\"margin:0 0 12px\">{}</p>", lines(text)),
        Part::Quote(text) => write!(
            html,
            "<blockquote style=\"margin:0 0 12px;padding:8px 12px;border-left:3px solid #d0d5dd;background:#f7f8fa\">{}</blockquote>",
            lines(text)
        ),
        Part::Facts(facts) => facts
            .iter()
            .try_for_each(|(name, value)| write!(html, "<p style=\"margin:0 0 4px\"><span style=\"color:#667085\">{}:</span> {}</p>", escape(name), escape(value))),
        Part::Talk(talk) => talk.iter().try_for_each(|(at, who, said)| {
            write!(
                html,
                "<p style=\"margin:0 0 8px\"><b>{}</b> <span style=\"color:#98a2b3\">{}</span><br>{}</p>",
                escape(who),
                escape(at),
                lines(said)
            )
        }),
        Part::Link(label, url) => write!(html, "<p style=\"margin:0 0 12px\"><a href=\"{}\">{}</a></p>", escape(url), escape(label)),
        Part::Small(text) => write!(html, "<p style=\"margin:16px 0 0;font-size:12px;color:#98a2b3\">{}</p>", lines(text)),
    };
    html
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn lines(text: &str) -> String {
    escape(text).replace('\n', "<br>")
}

/// A time as people of that zone read it; UTC for a zone that nobody knows.
pub(crate) fn when(at: Timestamp, zone: &str) -> String {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    at.to_jiff().to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_never_markup() {
        let sheet = Sheet::new(Lang::En).line("<script>alert(1)</script>").quote("a\n\"b\"").link("x", "https://a.example/?q=\"><img src=x>");
        let html = sheet.html();
        assert!(!html.contains("<script") && !html.contains("<img") && html.contains("a<br>&quot;b&quot;"), "{html}");
        assert_eq!(sheet.text().lines().next(), Some("<script>alert(1)</script>"));
    }
}
