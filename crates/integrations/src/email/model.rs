use base::{ChatId, EventId, SiteId, Timestamp, UploadId};
use serde::{Deserialize, Serialize};
use sockets::mailer::Mailbox;
use std::fmt;
use std::str::FromStr;

/// Did a person write it? Machines must not answer machines (RFC 3834).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Automatic {
    #[default]
    No,
    /// Made by an event.
    Generated,
    /// The answer of a machine to a message: it has no return address.
    Replied,
}

/// What is to be written to whom.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NewLetter {
    /// What it is for: `transcript`, `offline`, `ticket_reply` …
    pub reason: String,
    /// Unique on the site: a second letter of the same key is not written.
    pub key: String,
    pub to: Mailbox,
    /// Of the sender, when it is not the site's (an agent's name before the site's address).
    pub from_name: Option<String>,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub automatic: Automatic,
    /// What stands before the `@` of its Message-ID; made of the key when none is given.
    pub message_id: Option<String>,
    pub reply_to: Option<String>,
    /// Who hears when it cannot be delivered; the sender's address when none is given.
    pub bounces_to: Option<String>,
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
    /// Names the list that a letter to the staff belongs to (`List-Id`).
    pub list: Option<String>,
    pub files: Vec<FileRef>,
    pub event: Option<EventId>,
    pub chat: Option<ChatId>,
    pub ticket: Option<i64>,
}

/// A file to send along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    pub id: UploadId,
    pub name: String,
    pub media_type: String,
}

/// What became of the wish to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is on its way; its number.
    Written(i64),
    /// It was written before.
    Before,
    /// The site sends no e-mail.
    Off,
    /// It goes to an address of our own, or to somebody who gets too many; noted and not sent.
    Held(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterState {
    Pending,
    Sent,
    /// Given up.
    Failed,
    /// Never meant to go: a loop, or a flood.
    Held,
}

const STATES: [(LetterState, &str); 4] =
    [(LetterState::Pending, "pending"), (LetterState::Sent, "sent"), (LetterState::Failed, "failed"), (LetterState::Held, "held")];

impl fmt::Display for LetterState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(STATES.iter().find(|(state, _)| state == self).map_or("", |(_, word)| word))
    }
}

impl FromStr for LetterState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = STATES.iter().find(|(_, word)| *word == text).map(|(state, _)| *state);
        found.ok_or_else(|| "should be pending, sent, failed or held".into())
    }
}

/// A letter as the log shows it.
#[derive(Clone, Debug)]
pub struct Letter {
    pub id: i64,
    pub site: SiteId,
    pub reason: String,
    pub message_id: String,
    pub to: String,
    pub state: LetterState,
    pub attempts: u32,
    pub trouble: Option<String>,
    pub event: Option<EventId>,
    pub chat: Option<ChatId>,
    pub ticket: Option<i64>,
    pub created: Timestamp,
    pub done: Option<Timestamp>,
    pub body: NewLetter,
}
