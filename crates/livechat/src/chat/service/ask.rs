use super::{ChatError, Chats};
use super::speak::text_of;
use crate::chat::entry::{Draft, Entry, From};
use crate::chat::form::Form;
use crate::chat::model::{Chat, Marks, Status, Tempo};
use crate::chat::{Guest, news, store};
use crate::routing::SiteStaff;
use base::{ChatId, DepartmentId, Invalid, SiteId, VisitorId};
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
        let chat = ChatId(self.db.minter().uuid());
        Ok(Request { chat, site, visitor, client_id: new.client_id, guest, form, department, department_name, staff })
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
            tx.announce(news::offline_message(chat, first));
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

/// What the visitor wrote into the form is the first message of the chat. Its client id is the request's.
fn first_words(request: &Request) -> Option<Draft> {
    let name = request.form.name.clone().or(request.guest.snapshot.name.clone());
    let from = From::Visitor { id: request.visitor, name };
    Some(Draft::message(from, Some(request.form.message.clone()?), None, Some(request.client_id)))
}
