use super::{ChatError, Chats};
use super::speak::text_of;
use crate::chat::entry::{Draft, Entry, From, UploadView};
use crate::chat::form::Form;
use crate::chat::model::{Chat, Marks, Status, Tempo};
use crate::chat::{Guest, news, store};
use crate::routing::SiteStaff;
use base::{ChatId, DepartmentId, Invalid, SiteId, UploadId, VisitorId};
use bytes::Bytes;
use serde_json::{Map, Value};
use sockets::Tx;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// A request for a chat, as the pre-chat form sends it.
#[derive(Clone, Debug)]
pub struct NewChat {
    pub client_id: Uuid,
    pub form: Map<String, Value>,
    pub message: Option<String>,
    /// A file that was sent ahead, for whoever reads the message.
    pub attachment: Option<UploadId>,
}

/// So large a file still stands in an event; a larger one is told by its address alone. Every broker takes an event with this in base64.
const INLINE: i64 = 256 * 1024;

/// A file that goes with a request.
struct Attached {
    file: UploadView,
    /// Empty when it is too large to stand in an event.
    content: Bytes,
}

/// A request whose form was found in order.
pub struct Request {
    /// The chat that it becomes.
    pub chat: ChatId,
    pub site: SiteId,
    pub visitor: VisitorId,
    pub client_id: Uuid,
    guest: Guest,
    form: Form,
    attached: Option<Attached>,
    pub department: Option<DepartmentId>,
    department_name: Option<String>,
    pub staff: Arc<SiteStaff>,
}

/// A visitor who asks is kept waiting for the look-up no longer than this.
const LOOK_UP: Duration = Duration::from_millis(1_500);

impl Chats {
    /// The chat that this very request made before, or the one the visitor has running: a double click asks once.
    pub async fn asked(&self, site: SiteId, visitor: VisitorId, client_id: Uuid) -> Result<Option<Chat>, ChatError> {
        Ok(store::asked(self.db.read(), site, visitor, client_id).await?)
    }

    /// Reads a request and holds its form against the widget.
    pub async fn read_request(&self, site: SiteId, visitor: VisitorId, new: NewChat) -> Result<Request, ChatError> {
        let guest = self.around.guests.guest(site, visitor).await?;
        let guest = guest.ok_or(ChatError::Denied("this visitor is not known any more; load the page again"))?;
        let widget = self.around.widgets.shown(site, guest.widget).await.map_err(|err| ChatError::elsewhere(&err))?;
        let message = new.message.as_deref().map_or(Ok(None), text_of)?;
        let mut form = Form::read(&new.form, message, &widget.widget.config.pre_chat)?;
        form.message = form.message.as_deref().map_or(Ok(None), text_of)?;
        let staff = self.around.staff.of_site(site).await?;
        let department = match form.department {
            Some(id) if staff.departments.contains_key(&id) => Some(id),
            Some(_) => return Err(Invalid::new("form.department", "there is no such department").into()),
            None => staff.default_department(),
        };
        let department_name = department.and_then(|id| staff.department_name(id)).map(str::to_owned);
        let attached = match new.attachment {
            Some(id) => Some(self.attached(site, visitor, id).await?),
            None => None,
        };
        let chat = ChatId(self.db.minter().uuid());
        Ok(Request { chat, site, visitor, client_id: new.client_id, guest, form, attached, department, department_name, staff })
    }

    async fn attached(&self, site: SiteId, visitor: VisitorId, id: UploadId) -> Result<Attached, ChatError> {
        let files = &self.around.files;
        let file = files.ahead(site, visitor, id).await?;
        let file = file.ok_or_else(|| Invalid::new("attachment", "there is no such file of yours; send it again"))?;
        let content = if file.size <= INLINE { files.bytes(site, id).await? } else { Bytes::new() };
        Ok(Attached { file, content })
    }

    /// The file of a request belongs to its chat from now on. A failure is not the chat's: its first entry shows the file anyway.
    pub(crate) async fn bind(&self, request: &Request, chat: &Chat) {
        let Some(Attached { file, .. }) = &request.attached else { return };
        if let Err(err) = self.around.files.bind(chat.site, file.id, chat.id).await {
            tracing::warn!(error = %err, upload = %file.id, chat = %chat.id, "a file was not entered as its chat's");
        }
    }

    /// Has whoever asks looked up elsewhere before anybody gets the chat. What is not found in time is found out later.
    pub(crate) async fn look_up(&self, request: &Request) {
        let Some(email) = request.form.email.as_deref().or(request.guest.snapshot.email.as_deref()) else { return };
        let looked = tokio::time::timeout(LOOK_UP, self.around.matcher.look_up(request.site, request.chat, email)).await;
        if looked.is_err() {
            tracing::debug!(site = %request.site, chat = %request.chat, "whoever asks could not be looked up in time");
        }
    }

    /// Keeps the request in the caller's transaction: waiting when somebody is there to take it, or as an off-line message. Gives the
    /// chat and what the visitor wrote into the form, its first entry.
    pub(crate) async fn insert(&self, tx: &Tx, request: &Request, somebody_is_there: bool) -> Result<(Chat, Option<Entry>), ChatError> {
        let status = if somebody_is_there { Status::Waiting } else { Status::Offline };
        let mut chat = self.fresh(request, status, tx.now());
        store::insert(tx, &mut chat, request.client_id).await?;
        let first = match first_words(request) {
            Some(draft) => Some(self.write(tx, &mut chat, draft).await?),
            None => None,
        };
        Ok((chat, first))
    }

    /// Announces what became of the request: it waits, was taken at once, or found nobody.
    pub(crate) fn announce(&self, tx: &mut Tx, request: &Request, chat: &Chat, first: Option<&Entry>) {
        let department = request.department_name.as_deref();
        tx.announce(news::created(chat, department));
        if chat.status == Status::Offline {
            let zone = news::zone_minutes(chat.snapshot.time_zone.as_deref(), tx.now());
            let content = request.attached.as_ref().map(|attached| &*attached.content).unwrap_or_default();
            tx.announce(news::offline_message(chat, first, content));
            tx.announce(news::ended(chat, first.map(std::slice::from_ref).unwrap_or_default(), department, zone));
        }
    }

    fn fresh(&self, request: &Request, status: Status, now: base::Timestamp) -> Chat {
        let mut snapshot = request.guest.snapshot.clone();
        let Form { name, email, phone, .. } = request.form.clone();
        snapshot.name = name.or(snapshot.name);
        snapshot.email = email.or(snapshot.email);
        snapshot.phone = phone.or(snapshot.phone);
        let over = (status == Status::Offline).then_some(now);
        Chat {
            number: 0,
            id: request.chat,
            site: request.site,
            visitor: request.visitor,
            widget: request.guest.widget,
            department: request.department,
            agent: None,
            agents: Vec::new(),
            status,
            source: "button".into(),
            priority: 0,
            queued: false,
            requested_at: now,
            started_at: None,
            ended_at: over,
            ended_by: None,
            last_seq: 0,
            visitor_messages: 0,
            agent_messages: 0,
            tempo: Tempo::default(),
            last: None,
            marks: Marks::default(),
            rating: None,
            form: request.form.kept(request.department_name.as_deref()),
            snapshot,
        }
    }
}

/// What the visitor wrote into the form, and the file that goes with it, are the first message of the chat. Its client id is the
/// request's.
fn first_words(request: &Request) -> Option<Draft> {
    let file = request.attached.as_ref().map(|attached| attached.file.clone());
    if request.form.message.is_none() && file.is_none() {
        return None;
    }
    let name = request.form.name.clone().or(request.guest.snapshot.name.clone());
    let from = From::Visitor { id: request.visitor, name };
    Some(Draft::message(from, request.form.message.clone(), file, Some(request.client_id)))
}
