//! What the widget says, in both languages; a site may say it differently.
//!
//! The wording here is the one of the widget's own script (a test keeps them in step): only what a site says differently is sent
//! to its pages.

use super::part::Part;
use base::Invalid;
use serde::Serialize;
use std::collections::BTreeMap;

type Words = BTreeMap<&'static str, String>;

/// Every text, complete in each language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Texts {
    pub zh: Words,
    pub en: Words,
}

/// A key, the longest text it takes, and the house's own words.
struct Text {
    key: &'static str,
    most: usize,
    en: &'static str,
    zh: &'static str,
}

const fn short(key: &'static str, en: &'static str, zh: &'static str) -> Text {
    Text { key, most: 100, en, zh }
}

const fn long(key: &'static str, en: &'static str, zh: &'static str) -> Text {
    Text { key, most: 1_000, en, zh }
}

const TEXTS: [Text; 36] = [
    short("button", "Chat with us", "在线咨询"),
    short("title", "Chat with us", "在线咨询"),
    long("greeting", "Hi there! How can we help?", "您好！有什么可以帮您？"),
    long("online", "We are online", "客服在线"),
    long("offline", "We are away right now", "客服暂时不在线"),
    short("placeholder", "Write a message…", "请输入消息…"),
    short("send", "Send", "发送"),
    short("start", "Start chat", "开始咨询"),
    short("name", "Name", "姓名"),
    short("email", "Email", "邮箱"),
    short("phone", "Phone", "电话"),
    short("company", "Company", "公司"),
    short("product_service", "Product or service", "产品或服务"),
    short("message", "How can we help?", "想咨询什么？"),
    short("department", "Department", "部门"),
    long("waiting", "Finding somebody for you", "正在为您接通客服"),
    short("position", "You are number {position} in line", "您排在第 {position} 位"),
    short("wait_estimate", "Estimated wait: about {minutes} min", "预计等待约 {minutes} 分钟"),
    long("ended", "This chat has ended", "本次咨询已结束"),
    short("rate", "How was this chat?", "您对本次服务满意吗？"),
    long("rate_thanks", "Thank you for your rating.", "感谢您的评价。"),
    short("end_confirm", "End this chat?", "确定要结束本次咨询吗？"),
    short("offline_title", "Nobody is here at the moment", "客服暂时不在线"),
    long("offline_sent", "Your message has been sent. We will get back to you soon.", "留言已发送，我们会尽快与您联系。"),
    short("required", "Please fill in this field", "请填写此项"),
    short("invalid_email", "Please enter a valid email address", "请输入正确的邮箱地址"),
    short("too_large", "{file} is larger than {max}", "{file} 超过 {max}"),
    short("bad_type", "{file}: this type of file is not accepted", "{file}：不支持此类型的文件"),
    short("connection_lost", "Connection lost", "连接已断开"),
    short("reconnecting", "reconnecting…", "正在重新连接…"),
    short("attach", "Attach a file", "添加文件"),
    short("close", "Close chat window", "关闭聊天窗口"),
    short("new_chat", "Start a new chat", "发起新的咨询"),
    short("typing", "{name} is typing", "{name} 正在输入"),
    short("delivered", "Delivered", "已送达"),
    short("read", "Read", "已读"),
];

impl Texts {
    pub(super) fn read(mut part: Part<'_>) -> Result<Self, Invalid> {
        let texts = Self {
            zh: words(part.part("zh")?, |text| text.zh)?,
            en: words(part.part("en")?, |text| text.en)?,
        };
        part.finish()?;
        Ok(texts)
    }
}

fn words(mut part: Part<'_>, own: fn(&Text) -> &'static str) -> Result<Words, Invalid> {
    let mut words = Words::new();
    for text in &TEXTS {
        let said = part.text(text.key)?.map(clean).filter(|said| !said.is_empty());
        if said.as_ref().is_some_and(|said| said.chars().count() > text.most) {
            return Err(part.wrong(text.key, format!("is longer than {} characters", text.most)));
        }
        words.insert(text.key, said.unwrap_or_else(|| own(text).to_owned()));
    }
    part.finish()?;
    Ok(words)
}

/// Without control characters; lines may be broken. An empty text means the house's own.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::TEXTS;

    #[test]
    fn the_script_says_the_same_where_a_site_says_nothing() {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/widget/src/panel/texts.ts");
        let script = std::fs::read_to_string(script).expect("the widget's own texts");
        for text in TEXTS.iter().filter(|text| text.key != "button") {
            for said in [text.en, text.zh] {
                let line = format!("\n  {}: '{said}',", text.key);
                assert!(script.contains(&line), "{line}");
            }
        }
    }
}
