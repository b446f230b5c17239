//! Letters about chats.

use super::{Lang, Sheet, short, when};
use base::Timestamp;
use events::catalog::{ChatEnded, CustomField, OfflineMessage};

/// Subject and body.
type Written = (String, Sheet);

/// What was said, for the visitor to keep.
pub(crate) fn transcript(event: &ChatEnded, lang: Lang, site: &str, zone: &str) -> Written {
    let subject = match lang {
        Lang::Zh => format!("您与{site}的对话记录"),
        Lang::En => format!("Your chat with {site}"),
    };
    let began = when(event.request_time, zone);
    let hello = match lang {
        Lang::Zh => format!("以下是您于 {began} 与{site}的对话记录。"),
        Lang::En => format!("This is your chat with {site} of {began}."),
    };
    let sheet = Sheet::new(lang)
        .line(hello)
        .talk(talk(&event.content, zone))
        .small(lang.pick("您收到此邮件，是因为您在对话中留下了这个邮箱地址。", "You get this letter because you gave this address in the chat."));
    (subject, sheet)
}

/// For the staff: somebody wrote while nobody was there.
pub(crate) fn offline_news(event: &OfflineMessage, department: &str, at: Timestamp, lang: Lang, zone: &str) -> Written {
    let name = if event.visitor_name.is_empty() { lang.pick("访客", "a visitor") } else { &event.visitor_name };
    let subject = match lang {
        Lang::Zh => format!("离线留言：{}", short(name, 60)),
        Lang::En => format!("Off-line message from {}", short(name, 60)),
    };
    let at = when(at, zone);
    let facts = [
        (lang.pick("姓名", "Name"), name),
        (lang.pick("邮箱", "E-mail"), &event.visitor_email),
        (lang.pick("电话", "Phone"), &event.visitor_phone),
        (lang.pick("公司", "Company"), &event.visitor_company),
        (lang.pick("产品或服务", "Product or service"), &event.product_service),
        (lang.pick("部门", "Department"), department),
        (lang.pick("时间", "Time"), &at),
        (lang.pick("页面", "Page"), &event.request_page_url),
        (lang.pick("附件", "Attachment"), &event.attachment_name),
    ];
    let sheet = Sheet::new(lang)
        .line(lang.pick("访客在客服离线时留言：", "A visitor wrote while nobody was there:"))
        .quote(event.content.as_str())
        .facts(facts.into_iter().chain(answers(&event.custom_fields)));
    (subject, sheet.small(lang.pick("自动通知，请勿直接回复。", "An automatic notice; answers to it are not read.")))
}

/// For the visitor: it arrived.
pub(crate) fn offline_receipt(event: &OfflineMessage, lang: Lang, site: &str) -> Written {
    let subject = match lang {
        Lang::Zh => format!("{site}已收到您的留言"),
        Lang::En => format!("{site} has your message"),
    };
    let hello = lang.pick("我们已收到您的留言，会尽快与您联系。您写道：", "Your message arrived and we will come back to you. You wrote:");
    (subject, Sheet::new(lang).line(hello).quote(event.content.as_str()))
}

/// What was answered in the site's own fields of the form, to be listed: a tick is a tick in every language.
pub(crate) fn answers(fields: &[CustomField]) -> impl Iterator<Item = (&str, &str)> {
    let shown = |value| match value {
        "true" => "✓",
        "false" => "✗",
        words => words,
    };
    fields.iter().map(move |field| (field.name.as_str(), shown(&field.value)))
}

/// Where the visitor of a chat is written to.
pub(crate) fn email_of(event: &ChatEnded) -> &str {
    if event.pre_chat_email.is_empty() { &event.visitor.last_email } else { &event.pre_chat_email }
}

/// The utterances of a transcript: a line that begins with a time begins one.
pub(crate) fn utterances(content: &str) -> Vec<(Option<Timestamp>, String, String)> {
    let mut all: Vec<(Option<Timestamp>, String, String)> = Vec::new();
    for line in content.lines() {
        let begun = line.split_once(' ').and_then(|(first, rest)| Some((first.parse::<Timestamp>().ok()?, rest)));
        match (begun, all.last_mut()) {
            (Some((at, rest)), _) => {
                let (name, said) = rest.split_once(": ").unwrap_or(("", rest));
                all.push((Some(at), name.to_owned(), said.to_owned()));
            }
            (None, Some((_, _, said))) => {
                said.push('\n');
                said.push_str(line);
            }
            (None, None) => {
                let (name, said) = line.split_once(": ").unwrap_or(("", line));
                all.push((None, name.to_owned(), said.to_owned()));
            }
        }
    }
    all
}

fn talk(content: &str, zone: &str) -> Vec<(String, String, String)> {
    let shown = |(at, name, said): (Option<Timestamp>, String, String)| (at.map(|at| when(at, zone)).unwrap_or_default(), name, said);
    utterances(content).into_iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_without_a_time_belong_to_what_was_said_before() {
        let content = "2026-11-21T12:00:00.000Z Ada: first\nsecond\n2026-11-21T12:01:00.000Z Lin: yes: well\n";
        let talk = talk(content, "Asia/Shanghai");
        assert_eq!(talk[0], ("2026-11-21 20:00".into(), "Ada".into(), "first\nsecond".into()));
        assert_eq!(talk[1].2, "yes: well");
    }
}
