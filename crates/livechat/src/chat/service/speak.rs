use super::{ChatError, Chats};
use crate::chat::entry::{Draft, From, UploadView};
use crate::chat::error::LONGEST;
use crate::chat::marks::Side;
use crate::chat::model::Mark;
use crate::chat::say::{Said, Speaker, Utterance};
use crate::chat::tell::News;
use base::{ChatId, Invalid, SiteId, UploadId};
use sockets::live::Audience;
use uuid::Uuid;

/// A message as it comes in.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub client_id: Uuid,
    pub text: Option<String>,
    pub upload: Option<UploadId>,
}

const LONGEST_PREVIEW: usize = 500;

/// Text as it is kept: markup stays text, and the one character that PostgreSQL cannot keep is left out.
pub(super) fn text_of(text: &str) -> Result<Option<String>, ChatError> {
    let length = text.chars().count();
    if length > LONGEST {
        return Err(ChatError::TooLong(length));
    }
    let text = text.replace('\0', "");
    Ok(Some(text).filter(|text| !base::text::is_blank(text)))
}

impl Chats {
    /// Keeps a message and answers when it is durable. Said again with the same client id, it is the same entry.
    pub async fn say(&self, site: SiteId, chat: ChatId, speaker: Speaker, new: NewMessage) -> Result<Said, ChatError> {
        let text = new.text.as_deref().map_or(Ok(None), text_of)?;
        let upload = match new.upload {
            Some(id) => Some(self.file(site, chat, id).await?),
            None => None,
        };
        if text.is_none() && upload.is_none() {
            return Err(Invalid::new("text", "must not be empty").into());
        }
        // Who it is from is told by the chat itself, when the message is placed.
        let draft = Draft::message(From::System, text, upload, Some(new.client_id));
        self.mouth.say(Utterance { site, chat, speaker, draft }).await
    }

    async fn file(&self, site: SiteId, chat: ChatId, id: UploadId) -> Result<UploadView, ChatError> {
        let found = self.around.files.view(site, chat, id).await?;
        found.ok_or_else(|| Invalid::new("upload", "there is no such file in this chat; send it again").into())
    }

    /// Notes how far a side has come. Kept soon, not at once.
    pub fn mark(&self, site: SiteId, chat: ChatId, side: Side, mark: Mark) {
        self.marker.note(site, chat, side, mark);
    }

    /// Tells the other side that somebody types. Visitors show what they have written so far, agents do not.
    pub fn typing(&self, site: SiteId, chat: ChatId, speaker: &Speaker, on: bool, text: Option<&str>) {
        let (who, name, audience) = match speaker {
            Speaker::Visitor(_) => ("visitor", None, Audience::Agents),
            Speaker::Agent { name, .. } => ("agent", Some(name.as_str()), Audience::Visitors),
        };
        let text: Option<String> = text.filter(|_| who == "visitor").map(|text| text.chars().take(LONGEST_PREVIEW).collect());
        let frame = serde_json::json!({ "t": "typing", "chat": chat, "who": who, "name": name, "on": on, "text": text });
        self.tell.post(News::Aside(site, chat, audience, frame));
    }
}
