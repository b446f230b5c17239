//! What somebody wrote, without what their mail program put below it. Pure.

/// Lines with which a quotation begins, in small letters: how they start, and how they end.
const HEADS: [(&str, &str); 9] = [
    ("on ", "wrote:"),
    ("am ", "schrieb:"),
    ("le ", "écrit :"),
    ("el ", "escribió:"),
    ("在", "写道："),
    ("在", "写道:"),
    ("於", "寫道："),
    ("于", "写道："),
    ("于", "写道:"),
];

const RULES: [&str; 6] = [
    "-----original message-----",
    "----- original message -----",
    "-----原始邮件-----",
    "------------------ 原始邮件 ------------------",
    "---------- forwarded message",
    "________________________________",
];

/// First lines of a block of headers, as Outlook and its kin quote.
const HEADERS: [&str; 4] = ["from:", "发件人:", "发件人：", "寄件者:"];
const MORE_HEADERS: [&str; 9] = ["sent:", "date:", "to:", "subject:", "发送时间:", "发送时间：", "收件人:", "收件人：", "日期:"];

/// The words above the quotation. All of them when nothing would be left.
pub(super) fn trim(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let lines: Vec<&str> = text.lines().collect();
    let end = (0..lines.len()).find(|at| begins_quotation(&lines, *at)).unwrap_or(lines.len());
    let mut kept = &lines[..end];
    // A signature stands behind two dashes and a space.
    if let Some(at) = kept.iter().position(|line| *line == "-- ") {
        kept = &kept[..at];
    }
    let mut words = kept.join("\n");
    words.truncate(words.trim_end().len());
    let words = words.trim_start_matches('\n');
    if words.trim().is_empty() { text.trim().to_owned() } else { words.to_owned() }
}

fn begins_quotation(lines: &[&str], at: usize) -> bool {
    let line = lines[at].trim();
    let small = line.to_lowercase();
    if RULES.iter().any(|rule| small.starts_with(rule)) {
        return true;
    }
    // What is quoted to the very end; a quotation that is answered between its lines stays.
    if line.starts_with('>') && lines[at..].iter().all(|rest| rest.trim().is_empty() || rest.trim_start().starts_with('>')) {
        return true;
    }
    // The head may be broken over two lines.
    let next = lines.get(at + 1).map(|line| line.trim().to_lowercase()).unwrap_or_default();
    let both = format!("{small} {next}");
    let head = |text: &str| text.len() < 300 && HEADS.iter().any(|(start, end)| text.starts_with(start) && text.ends_with(end));
    if head(&small) || (!small.is_empty() && !next.starts_with('>') && head(both.trim())) {
        return true;
    }
    let is_header = |line: &str, names: &[&str]| names.iter().any(|name| line.trim_start_matches('*').starts_with(name));
    is_header(&small, &HEADERS) && lines[at + 1..].iter().take(3).any(|line| is_header(&line.trim().to_lowercase(), &MORE_HEADERS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_of_many_programs_are_left_out() {
        for (text, kept) in [
            ("Thanks!\r\n\r\nOn Sat, 21 Nov 2026 at 12:00, Shop <help@shop.example> wrote:\r\n> Hello\r\n> there\r\n", "Thanks!"),
            ("Thanks!\n\nOn Sat, 21 Nov 2026 at 12:00, Shop\n<help@shop.example> wrote:\n\n> Hello\n", "Thanks!"),
            ("好的，谢谢\n\n在 2026年11月21日，客服 <a@b.example> 写道：\n> 您好\n", "好的，谢谢"),
            ("Yes\n\n-----Original Message-----\nFrom: Shop\nHello", "Yes"),
            ("可以\n\n发件人: 客服\n发送时间: 2026年\n收件人: Ada\n主题: 订单\n您好", "可以"),
            ("Yes\n\n-- \nAda\nCEO", "Yes"),
            ("Hello\n> quoted to the end\n>\n> more", "Hello"),
        ] {
            assert_eq!(trim(text), kept, "{text:?}");
        }
    }

    #[test]
    fn what_was_answered_between_the_lines_stays_and_nothing_is_never_left() {
        let between = "> When?\nTomorrow\n> Where?\nHere";
        assert_eq!(trim(between), between);
        assert_eq!(trim("> only this"), "> only this");
        assert_eq!(trim("From: here on it is simple\nand goes on"), "From: here on it is simple\nand goes on");
        assert_eq!(trim("On Monday we wrote to you"), "On Monday we wrote to you");
    }
}
