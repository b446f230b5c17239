//! Letters about tickets: to those who wrote, and to the staff.

use super::inbound::reference;
use super::model::{Entry, Ticket};
use super::store::Kept;
use crate::email::words::{Lang, Sheet, short};
use crate::email::{Automatic, FileRef, NewLetter};
use crate::office::AgentCard;
use crate::ticket::model::Author;
use sockets::mailer::Mailbox;

/// What is new for the staff.
#[derive(Clone, Debug)]
pub(super) enum News {
    Opened,
    Assigned,
    /// The requester wrote; their words, and the line's number.
    Answered(i64, String),
    /// A letter to the requester could not be delivered; the mail server's words, and the line's number.
    CameBack(i64, String),
    /// Clocks that ran out.
    Late(Vec<&'static str>),
}

fn requester(ticket: &Ticket) -> Mailbox {
    Mailbox::new(ticket.requester.name.as_str(), ticket.requester.email.as_str())
}

/// What ties answers to the ticket: the id of this letter, where to answer, what it answers.
fn threaded(letter: NewLetter, ticket: &Ticket, seq: i64, kept: &Kept, heard: Vec<String>) -> NewLetter {
    let inbox = kept.settings.inbound_address.as_deref();
    let reply_to = inbox.map(|inbox| reference::address(inbox, ticket.site, ticket.number, &kept.secret));
    NewLetter {
        message_id: Some(reference::message_id(ticket.site, ticket.number, seq, &kept.secret)),
        bounces_to: reply_to.clone(),
        reply_to,
        in_reply_to: heard.last().cloned(),
        references: heard,
        ticket: Some(ticket.id.0),
        ..letter
    }
}

/// A public reply, in the agent's name.
pub(super) fn reply(ticket: &Ticket, entry: &Entry, kept: &Kept, heard: Vec<String>) -> NewLetter {
    let lang = Lang::first([ticket.language.as_str()]);
    let answerable = kept.settings.inbound_address.is_some();
    let note = match (answerable, lang) {
        (true, Lang::Zh) => format!("工单 #{}。直接回复此邮件即可继续沟通。", ticket.number),
        (true, Lang::En) => format!("Ticket #{}. Answer this letter to go on.", ticket.number),
        (false, Lang::Zh) => format!("工单 #{}。", ticket.number),
        (false, Lang::En) => format!("Ticket #{}.", ticket.number),
    };
    let sheet = Sheet::new(lang).line(entry.text.as_str()).small(note);
    let first = heard.is_empty() && entry.seq == 1;
    let subject = if first { ticket.subject.clone() } else { format!("Re: {}", ticket.subject) };
    let from_name = match &entry.author {
        Author::Agent { name, .. } if !name.is_empty() => Some(name.clone()),
        _ => None,
    };
    let letter = NewLetter {
        reason: "ticket_reply".into(),
        key: format!("ticket:{}:{}", ticket.id, entry.seq),
        to: requester(ticket),
        from_name,
        subject: short(&subject, 200),
        text: sheet.text(),
        html: sheet.html(),
        automatic: Automatic::No,
        files: entry.uploads.iter().map(|file| FileRef { id: file.id, name: file.name.clone(), media_type: file.media_type.clone() }).collect(),
        ..NewLetter::default()
    };
    threaded(letter, ticket, entry.seq, kept, heard)
}

/// Tells the requester that the ticket is there.
pub(super) fn receipt(ticket: &Ticket, kept: &Kept, site: &str, language: &str, heard: Vec<String>) -> NewLetter {
    let lang = Lang::first([language]);
    let (hello, subject) = match lang {
        Lang::Zh => (format!("{site}已收到您的来信，工单号为 #{}，我们会尽快回复。", ticket.number), format!("[#{}] {}", ticket.number, ticket.subject)),
        Lang::En => (
            format!("Your message reached {site} as ticket #{}. We will come back to you.", ticket.number),
            format!("[#{}] {}", ticket.number, ticket.subject),
        ),
    };
    let sheet = Sheet::new(lang).line(hello);
    let letter = NewLetter {
        reason: "ticket_receipt".into(),
        key: format!("ticket:{}:receipt", ticket.id),
        to: requester(ticket),
        subject: short(&subject, 200),
        text: sheet.text(),
        html: sheet.html(),
        automatic: Automatic::Replied,
        ..NewLetter::default()
    };
    threaded(letter, ticket, 0, kept, heard)
}

/// Tells one of the staff what is new. Answers to it are not read: it carries no reference.
pub(super) fn news(ticket: &Ticket, to: &AgentCard, news: &News, language: &str, public_url: &str) -> NewLetter {
    let lang = Lang::first([language]);
    let (key, what) = match (news, lang) {
        (News::Opened, Lang::Zh) => ("opened".to_owned(), "新工单".to_owned()),
        (News::Opened, Lang::En) => ("opened".to_owned(), "New ticket".to_owned()),
        (News::Assigned, Lang::Zh) => (format!("assigned:{}", ticket.last_seq), "工单已分配给您".to_owned()),
        (News::Assigned, Lang::En) => (format!("assigned:{}", ticket.last_seq), "A ticket is yours now".to_owned()),
        (News::Answered(seq, _), Lang::Zh) => (format!("answered:{seq}"), "客户已回复".to_owned()),
        (News::Answered(seq, _), Lang::En) => (format!("answered:{seq}"), "The requester answered".to_owned()),
        (News::CameBack(seq, _), Lang::Zh) => (format!("came_back:{seq}"), "回复未能送达客户".to_owned()),
        (News::CameBack(seq, _), Lang::En) => (format!("came_back:{seq}"), "An answer did not reach the requester".to_owned()),
        (News::Late(clocks), lang) => (format!("late:{}:{}", clocks.join("+"), ticket.last_seq), late(clocks, lang)),
    };
    let url = format!("{public_url}/tickets/{}", ticket.id);
    let number = format!("#{}", ticket.number);
    let who = requester(ticket).to_string();
    let mut sheet = Sheet::new(lang).line(what.as_str()).facts([
        (lang.pick("工单", "Ticket"), number.as_str()),
        (lang.pick("主题", "Subject"), ticket.subject.as_str()),
        (lang.pick("客户", "Requester"), who.as_str()),
    ]);
    if let News::Answered(_, text) | News::CameBack(_, text) = news {
        sheet = sheet.quote(text.chars().take(2_000).collect::<String>());
    }
    let sheet = sheet
        .link(lang.pick("打开工单", "Open the ticket"), url)
        .small(lang.pick("自动通知，请勿直接回复。", "An automatic notice; answers to it are not read."));
    NewLetter {
        reason: "ticket_news".into(),
        key: format!("ticket:{}:{key}:{}", ticket.id, to.id),
        to: Mailbox::new(to.name.as_str(), to.email.as_str()),
        subject: short(&format!("[#{}] {what}: {}", ticket.number, ticket.subject), 200),
        text: sheet.text(),
        html: sheet.html(),
        automatic: Automatic::Generated,
        list: Some("tickets".into()),
        ticket: Some(ticket.id.0),
        ..NewLetter::default()
    }
}

fn late(clocks: &[&str], lang: Lang) -> String {
    let name = |clock: &&str| match *clock {
        "first_reply" => lang.pick("首次回复", "the first reply"),
        "next_reply" => lang.pick("下次回复", "the next reply"),
        _ => lang.pick("解决", "the solution"),
    };
    let names: Vec<&str> = clocks.iter().map(name).collect();
    match lang {
        Lang::Zh => format!("工单已超时：{}", names.join("、")),
        Lang::En => format!("Overdue: {}", names.join(", ")),
    }
}
