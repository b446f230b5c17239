//! A ticket of a chat or a message.

use super::client::{Account, Client, Failed};
use super::rating::rated;
use super::settings::Settings;
use crate::connections::{Began, Connections, Done, Effects, Files, Story, Trouble};
use base::Timestamp;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;

/// Zendesk takes files of up to 50 MB.
const LARGEST_FILE: u64 = 50_000_000;
const LONGEST_SUBJECT: usize = 150;
/// A comment longer than this goes along as a file.
const LONGEST_COMMENT: usize = 64_000;

/// Zendesk for all sites; cheap to clone.
#[derive(Clone)]
pub struct Zendesk {
    connections: Connections,
    pub(super) client: Client,
    files: Arc<dyn Files>,
}

impl Zendesk {
    pub fn new(connections: Connections, kind: &super::ZendeskKind, files: Arc<dyn Files>) -> Self {
        Self { connections, client: kind.client.clone(), files }
    }

    pub(super) fn connections(&self) -> &Connections {
        &self.connections
    }

    pub(super) fn now(&self) -> Timestamp {
        self.client.now()
    }

    /// Makes the ticket, and writes below it what only agents should read.
    pub(super) async fn tell(&self, story: &Story, settings: &Value, effects: &Effects) -> Result<Done, Trouble> {
        let settings = Settings::read(settings).map_err(|err| Trouble::Account(err.to_string()))?;
        let account = self.client.on(story.site, &settings);
        let began = effects.begin("ticket").await?;
        let noted = match began {
            Began::Done(noted) => noted,
            Began::First | Began::Unknown => {
                let earlier = if began == Began::Unknown { find(&account, &external(&story.chat)).await.map_err(|failed| failed.trouble)? } else { None };
                let noted = match earlier {
                    Some(id) => json!({ "id": id, "detail": format!("ticket {id} was made by an earlier try") }),
                    None => self.make(&account, story, effects).await?,
                };
                effects.finish("ticket", &noted).await?;
                noted
            }
        };
        let id = noted["id"].as_i64().unwrap_or_default();
        let said = note(&account, story, id, effects).await?;
        Ok(Done::new("ticket_created", format!("{}{said}", noted["detail"].as_str().unwrap_or_default())))
    }

    async fn make(&self, account: &Account<'_>, story: &Story, effects: &Effects) -> Result<Value, Trouble> {
        let went = match self.ticket(account, story).await {
            Ok(mut ticket) => match create(account, story, &ticket, "").await {
                Err(failed) if failed.status == 422 && !failed.body["details"]["requester"].is_null() => {
                    // Suspended, or no address that Zendesk takes: the ticket is ours then, and says who it was.
                    let who = format!("{}\n\n{} <{}>", ticket["comment"]["body"].as_str().unwrap_or_default(), story.name, story.email);
                    ticket["comment"]["body"] = json!(who);
                    if let Some(ticket) = ticket.as_object_mut() {
                        ticket.remove("requester");
                    }
                    create(account, story, &ticket, "-anonymous").await
                }
                other => other,
            },
            Err(failed) => Err(failed),
        };
        let failed = match went {
            Ok(id) => return Ok(json!({ "id": id, "detail": format!("ticket {id}") })),
            Err(failed) => failed,
        };
        // The key was used with other words (file tokens change): an earlier try got through.
        let used = failed.status == 400 && failed.body["error"] == "IdempotentRequestError";
        if used {
            return match find(account, &external(&story.chat)).await.map_err(|failed| failed.trouble)? {
                Some(id) => Ok(json!({ "id": id, "detail": format!("ticket {id} was made by an earlier try") })),
                None => Err(Trouble::Busy(failed.trouble.words().to_owned())),
            };
        }
        if !failed.unsure && failed.status != 409 {
            effects.undo("ticket").await?;
        }
        Err(failed.trouble)
    }

    /// The ticket's body; its files are uploaded first.
    async fn ticket(&self, account: &Account<'_>, story: &Story) -> Result<Value, Failed> {
        let settings = account.settings;
        let mut uploads = Vec::new();
        let mut text = story.text.clone();
        if text.trim().is_empty() {
            text = "(nothing was said)".to_owned();
        }
        if text.len() > LONGEST_COMMENT {
            uploads.push(upload(account, "transcript.txt", "text/plain; charset=utf-8", text.clone().into()).await?);
            text = format!("{}\n[…] The whole transcript is attached.", text.chars().take(2_000).collect::<String>());
        }
        for file in &story.files {
            let busy = |why| Failed { trouble: Trouble::Busy(why), unsure: false, status: 0, body: Value::Null };
            let fetched = file.fetch(&*self.files, story.site, LARGEST_FILE).await.map_err(busy)?;
            let went = match fetched {
                Some(file) => upload(account, &file.name, &file.media_type, file.bytes).await,
                None => Ok(Value::Null),
            };
            match went {
                Ok(Value::Null) => text.push_str(&format!("\n[{} could not go along]", file.name())),
                // Too large, or of a kind that the account refuses.
                Err(failed) if matches!(failed.status, 413 | 422) => text.push_str(&format!("\n[{} was refused]", file.name())),
                Ok(token) => uploads.push(token),
                Err(failed) => return Err(failed),
            }
        }
        if !story.page_url.is_empty() {
            text.push_str(&format!("\n\n{} {}", story.page_title, story.page_url));
        }
        let mut tags = vec!["switchboard".to_owned(), if story.offline { "offline_message" } else { "chat" }.to_owned()];
        tags.extend(settings.tags.iter().cloned());
        let mut ticket = json!({
            "subject": story.fill(&settings.subject).chars().take(LONGEST_SUBJECT).collect::<String>(),
            "external_id": external(&story.chat),
            "comment": { "body": text, "public": settings.public_transcript || story.offline, "uploads": uploads },
            "tags": tags,
            "custom_fields": settings.custom_fields.iter().map(|field| json!({ "id": field.id, "value": story.fill(&field.value) })).collect::<Vec<_>>(),
        });
        if story.email.is_empty() {
            ticket["requester_id"] = requester(account, story).await?;
        } else {
            ticket["requester"] = json!({ "name": story.who(), "email": story.email });
        }
        for (name, id) in [("group_id", settings.group_id), ("brand_id", settings.brand_id), ("ticket_form_id", settings.ticket_form_id)] {
            if let Some(id) = id {
                ticket[name] = json!(id);
            }
        }
        if !settings.priority.is_empty() {
            ticket["priority"] = json!(settings.priority);
        }
        Ok(ticket)
    }
}

pub(super) fn external(chat: &str) -> String {
    format!("chat:{chat}")
}

/// What a comment of ours is known by.
pub(super) fn mark(chat: &str) -> String {
    format!("[chat:{chat}]")
}

async fn create(account: &Account<'_>, story: &Story, ticket: &Value, also: &str) -> Result<i64, Failed> {
    let queue = if story.offline { "offline" } else { "ended" };
    let key = format!("chat-{}-{}-{queue}{also}", account.site, story.chat);
    let answer = account.send(Method::POST, "/tickets", &json!({ "ticket": ticket }), &[("idempotency-key", &key)]).await?;
    answer.body["ticket"]["id"].as_i64().ok_or_else(|| Failed {
        trouble: Trouble::Failing("the answer to a new ticket holds no number".into(), None),
        unsure: true,
        status: 0,
        body: answer.body.clone(),
    })
}

/// The ticket that was made of a chat.
pub(super) async fn find(account: &Account<'_>, external: &str) -> Result<Option<i64>, Failed> {
    let answer = account.get(&format!("/tickets?external_id={}", crate::outside::encoded(external))).await?;
    Ok(answer.body["tickets"][0]["id"].as_i64())
}

async fn upload(account: &Account<'_>, name: &str, media_type: &str, bytes: bytes::Bytes) -> Result<Value, Failed> {
    let path = format!("/uploads?filename={}", crate::outside::encoded(name));
    let answer = account.call(Method::POST, &path, bytes, media_type, &[]).await?;
    Ok(answer.body["upload"]["token"].clone())
}

/// Somebody without an address is known by our number of them.
async fn requester(account: &Account<'_>, story: &Story) -> Result<Value, Failed> {
    let user = json!({ "user": { "name": story.who(), "external_id": format!("visitor-{}", story.visitor), "skip_verify_email": true } });
    let answer = account.send(Method::POST, "/users/create_or_update", &user, &[]).await?;
    Ok(answer.body["user"]["id"].clone())
}

/// What the agent wrote down and how the visitor rated, as a comment that only agents see.
async fn note(account: &Account<'_>, story: &Story, ticket: i64, effects: &Effects) -> Result<String, Trouble> {
    let mut lines = Vec::new();
    if !story.comment.is_empty() {
        lines.push(story.comment.clone());
    }
    if story.rating > 0 {
        lines.push(rated(story.rating, &story.rating_comment));
    }
    if lines.is_empty() {
        return Ok(String::new());
    }
    let mark = mark(&story.chat);
    let began = effects.begin("note").await?;
    let there = match began {
        Began::Done(_) => true,
        Began::First => false,
        Began::Unknown => {
            let answer = account.get(&format!("/tickets/{ticket}/comments")).await.map_err(|failed| failed.trouble)?;
            let said = |comment: &Value| comment["body"].as_str().is_some_and(|body| body.contains(&mark));
            answer.body["comments"].as_array().is_some_and(|all| all.iter().any(said))
        }
    };
    if !there {
        lines.push(mark);
        let body = json!({ "ticket": { "comment": { "body": lines.join("\n"), "public": false } } });
        match account.send(Method::PUT, &format!("/tickets/{ticket}"), &body, &[]).await {
            Ok(_) => {}
            // Closed meanwhile: it takes no comment any more, and is a ticket all the same.
            Err(failed) if failed.status == 422 => return Ok("; it was closed before the note was written".into()),
            Err(failed) => {
                if !failed.unsure {
                    effects.undo("note").await?;
                }
                return Err(failed.trouble);
            }
        }
    }
    effects.finish("note", &json!(true)).await?;
    Ok(" with a note".into())
}
