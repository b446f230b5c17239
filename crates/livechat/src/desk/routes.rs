//! What the console asks: the desk, and chats by their id.

use super::Desk;
use crate::chat::{
    ChatError, ChatView, Entry, EntryShape, Ender, Filter, NewMessage, Side, Status, Target, UploadView, upload_view,
};
use axum::extract::State;
use base::{Caller, ChatId, DepartmentId, Invalid, Permission, SiteId, Timestamp, UploadId, UserId, VisitorId, WidgetId};
use content::media::{FileForm, FileRules, Owner, UploadForm, Uploads};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use sockets::live::AgentStatus;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use web::may::AnswerChats;
use web::{Agent, Answer, Json, Paging, PagingParams, Path, Query, Staff, doc};

#[derive(Clone)]
struct Room {
    desk: Desk,
    uploads: Uploads,
}

pub fn routes(desk: Desk, uploads: Uploads) -> OpenApiRouter {
    let answers = Permission::AnswerChats;
    OpenApiRouter::new()
        .routes(doc::needs(answers, routes!(snapshot)))
        .routes(doc::needs(answers, routes!(set_status)))
        .routes(doc::staff(routes!(list)))
        .routes(doc::staff(routes!(get_one)))
        .routes(doc::staff(routes!(messages)))
        .routes(doc::needs(answers, routes!(say)))
        .routes(doc::needs(answers, routes!(accept)))
        .routes(doc::needs(answers, routes!(end)))
        .routes(doc::needs(answers, routes!(transfer)))
        .routes(doc::needs(answers, routes!(read)))
        .routes(doc::needs(answers, routes!(upload)))
        .with_state(Room { desk, uploads })
}

/// The desk: my chats, the queue, my colleagues.
#[utoipa::path(get, path = "/v1/desk", tag = "desk", operation_id = "get_desk", responses((status = 200, body = super::DeskView)))]
async fn snapshot(Agent(caller, ..): Agent<AnswerChats>, State(room): State<Room>) -> Answer<Json<super::DeskView>> {
    Ok(Json(room.desk.snapshot(&caller).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewStatus, example = json!({"status": "away", "note": "Back at one"}))]
struct StatusBody {
    /// `online`, `away` or `offline`.
    #[schema(value_type = String)]
    status: AgentStatus,
    note: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = StatusView, example = json!({"status": "away", "note": "Back at one"}))]
struct StatusView {
    #[schema(value_type = String)]
    status: AgentStatus,
    note: Option<String>,
}

/// Chooses whether chats come. It holds until it is changed, on every screen.
#[utoipa::path(put, path = "/v1/desk/status", tag = "desk", operation_id = "set_status", request_body = StatusBody, responses((status = 200, body = StatusView)))]
async fn set_status(Agent(caller, ..): Agent<AnswerChats>, State(room): State<Room>, Json(body): Json<StatusBody>) -> Answer<Json<StatusView>> {
    let agent = room.desk.sight(&caller).await?.acting()?;
    room.desk.set_status(caller.site, agent, body.status, body.note.clone()).await?;
    Ok(Json(StatusView { status: body.status, note: body.note }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    status: Option<Status>,
    agent: Option<i64>,
    department: Option<i64>,
    visitor: Option<Uuid>,
    /// What the chats must hold, in messages, names of files, the rating's comment or the visitor's name, address and telephone; 200
    /// characters at most. All of it is demanded, in any order: letters and digits as whole words, the last of them also as the beginning
    /// of one (`teap`), Chinese and other scripts without blanks as they stand together (`支付`). What is written without a blank
    /// (`ada@example.com`) or in quotes (`"by the way"`) must stand so in one place. Case and width are no matter.
    q: Option<String>,
    /// RFC 3339; asked for at this time or later.
    from: Option<String>,
    /// RFC 3339; asked for before this time.
    to: Option<String>,
}

const LONGEST_SEARCH: usize = 200;

fn time(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, Invalid> {
    let wrong = |_| Invalid::new(field, "is no time like 2026-11-21T18:11:54.123Z");
    text.filter(|text| !text.is_empty()).map(|text| text.parse().map_err(wrong)).transpose()
}

#[derive(Serialize, ToSchema)]
struct ChatList {
    items: Vec<ChatView>,
    next: Option<String>,
}

/// Chats that the caller may see, newest first.
///
/// A page of a search may hold fewer chats than asked for, even none, while its `next` leads on: so far was looked.
#[utoipa::path(get, path = "/v1/chats", tag = "chats", operation_id = "list_chats", params(Asked, PagingParams), responses((status = 200, body = ChatList)))]
async fn list(Staff(caller): Staff, State(room): State<Room>, Query(asked): Query<Asked>, Paging(page): Paging) -> Answer<Json<ChatList>> {
    history_or_answers(&caller)?;
    let filter = Filter {
        status: asked.status,
        agent: asked.agent.map(UserId),
        department: asked.department.map(DepartmentId),
        visitor: asked.visitor.map(VisitorId),
        text: sought(asked.q)?,
        from: time("from", asked.from.as_deref())?,
        to: time("to", asked.to.as_deref())?,
        seen_by: None,
    };
    let sight = room.desk.sight(&caller).await?;
    let found = room.desk.chats().past(caller.site, &sight.narrow(filter), &page).await?;
    Ok(Json(ChatList { items: room.desk.chats().views(caller.site, &found.items).await?, next: found.next }))
}

fn sought(text: Option<String>) -> Result<Option<String>, Invalid> {
    match text.filter(|text| !text.trim().is_empty()) {
        Some(text) if text.chars().count() > LONGEST_SEARCH => Err(Invalid::new("q", format!("has at most {LONGEST_SEARCH} characters"))),
        text => Ok(text),
    }
}

fn history_or_answers(caller: &Caller) -> Result<(), ChatError> {
    let may = [Permission::ViewHistory, Permission::ViewAllChats, Permission::AnswerChats];
    if may.into_iter().any(|permission| caller.may(permission)) {
        return Ok(());
    }
    Err(ChatError::Denied("this needs the permission view_history"))
}

impl Room {
    async fn seen(&self, caller: &Caller, id: ChatId) -> Result<crate::chat::Chat, ChatError> {
        history_or_answers(caller)?;
        let chat = self.desk.chats().get(caller.site, id).await?;
        self.desk.sight(caller).await?.of(chat)
    }

    async fn view(&self, chat: &crate::chat::Chat) -> Answer<Json<ChatView>> {
        Ok(Json(self.desk.chats().view(chat).await?))
    }
}

#[utoipa::path(get, path = "/v1/chats/{id}", tag = "chats", operation_id = "get_chat", params(("id" = Uuid, Path)), responses((status = 200, body = ChatView)))]
async fn get_one(Staff(caller): Staff, State(room): State<Room>, Path(id): Path<ChatId>) -> Answer<Json<ChatView>> {
    let chat = room.seen(&caller, id).await?;
    room.view(&chat).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Since {
    /// The last number that is known.
    after_seq: Option<i64>,
    /// 1–500.
    limit: Option<u64>,
}

impl Since {
    pub(crate) fn parts(&self) -> (i64, u64) {
        (self.after_seq.unwrap_or(0), self.limit.unwrap_or(crate::chat::MOST_ENTRIES))
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = EntryList)]
pub(crate) struct EntryList {
    #[schema(value_type = Vec<EntryShape>)]
    pub items: Vec<Entry>,
    /// The `after_seq` to go on from; null at the end.
    pub next: Option<String>,
}

impl EntryList {
    pub(crate) fn new(items: Vec<Entry>, most: u64) -> Self {
        let full = items.len() as u64 >= most;
        let next = items.last().filter(|_| full).map(|entry| entry.seq.to_string());
        Self { items, next }
    }
}

/// What stands in a chat, in order.
#[utoipa::path(get, path = "/v1/chats/{id}/messages", tag = "chats", operation_id = "list_messages", params(("id" = Uuid, Path), Since), responses((status = 200, body = EntryList)))]
async fn messages(Staff(caller): Staff, State(room): State<Room>, Path(id): Path<ChatId>, Query(since): Query<Since>) -> Answer<Json<EntryList>> {
    let chat = room.seen(&caller, id).await?;
    let (after, most) = since.parts();
    let items = room.desk.chats().entries(&chat, after, most).await?;
    Ok(Json(EntryList::new(items, most.clamp(1, crate::chat::MOST_ENTRIES))))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMessage, example = json!({"client_id": "019ab2c4-0a00-7001-8002-900300400500", "text": "A new cup leaves the kiln tomorrow."}))]
pub(crate) struct MessageBody {
    /// Made by the sender; said again with the same one, it is the same message.
    pub client_id: Uuid,
    pub text: Option<String>,
    #[schema(value_type = Option<String>, format = Uuid)]
    pub upload: Option<UploadId>,
}

impl From<MessageBody> for NewMessage {
    fn from(body: MessageBody) -> Self {
        Self { client_id: body.client_id, text: body.text, upload: body.upload }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = SaidView)]
pub(crate) struct SaidView {
    #[schema(value_type = EntryShape)]
    pub entry: Entry,
}

/// Says something. Durable when answered.
#[utoipa::path(post, path = "/v1/chats/{id}/messages", tag = "chats", operation_id = "say", params(("id" = Uuid, Path)), request_body = MessageBody, responses((status = 200, body = SaidView)))]
async fn say(
    Agent(caller, ..): Agent<AnswerChats>,
    State(room): State<Room>,
    Path(id): Path<ChatId>,
    Json(body): Json<MessageBody>,
) -> Answer<Json<SaidView>> {
    let speaker = room.desk.sight(&caller).await?.speaker()?;
    let said = room.desk.chats().say(caller.site, id, speaker, body.into()).await?;
    Ok(Json(SaidView { entry: (*said.entry).clone() }))
}

/// Takes a chat from the queue.
#[utoipa::path(post, path = "/v1/chats/{id}/accept", tag = "chats", operation_id = "accept_chat", params(("id" = Uuid, Path)), responses((status = 200, body = ChatView)))]
async fn accept(Agent(caller, ..): Agent<AnswerChats>, State(room): State<Room>, Path(id): Path<ChatId>) -> Answer<Json<ChatView>> {
    let sight = room.desk.sight(&caller).await?;
    let agent = sight.acting()?;
    let chat = room.desk.chats().get(caller.site, id).await?;
    // Somebody else may have been faster; that is a conflict and not a secret.
    if chat.status != Status::Chatting {
        sight.of(chat)?;
    }
    let chat = room.desk.queue.accept(caller.site, id, agent).await?;
    room.view(&chat).await
}

/// Ends a chat. A second time changes nothing.
#[utoipa::path(post, path = "/v1/chats/{id}/end", tag = "chats", operation_id = "end_chat", params(("id" = Uuid, Path)), responses((status = 200, body = ChatView)))]
async fn end(Agent(caller, ..): Agent<AnswerChats>, State(room): State<Room>, Path(id): Path<ChatId>) -> Answer<Json<ChatView>> {
    let hand = room.desk.sight(&caller).await?.hand()?;
    let chat = room.desk.queue.end(caller.site, id, Ender::Agent(hand)).await?;
    room.view(&chat).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Transfer, example = json!({"department": 2}))]
struct TransferBody {
    /// A user, or …
    #[schema(value_type = Option<i64>)]
    agent: Option<UserId>,
    /// … a department.
    #[schema(value_type = Option<i64>)]
    department: Option<DepartmentId>,
}

/// Hands a chat to an agent, at once, or to a department, where it is given to whose turn it is.
#[utoipa::path(post, path = "/v1/chats/{id}/transfer", tag = "chats", operation_id = "transfer_chat", params(("id" = Uuid, Path)), request_body = TransferBody, responses((status = 200, body = ChatView)))]
async fn transfer(
    Agent(caller, ..): Agent<AnswerChats>,
    State(room): State<Room>,
    Path(id): Path<ChatId>,
    Json(body): Json<TransferBody>,
) -> Answer<Json<ChatView>> {
    let to = match (body.agent, body.department) {
        (Some(agent), None) => Target::Agent(agent),
        (None, Some(department)) => Target::Department(department),
        _ => return Err(Invalid::new("agent", "name either an agent or a department").into()),
    };
    let hand = room.desk.sight(&caller).await?.hand()?;
    let chat = room.desk.queue.transfer(caller.site, id, hand, to).await?;
    room.view(&chat).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReadUpTo, example = json!({"seq": 4}))]
pub(crate) struct ReadBody {
    pub seq: i64,
}

/// Says how far the agent has read.
#[utoipa::path(put, path = "/v1/chats/{id}/read", tag = "chats", operation_id = "read_chat", params(("id" = Uuid, Path)), request_body = ReadBody, responses((status = 204)))]
async fn read(Agent(caller, ..): Agent<AnswerChats>, State(room): State<Room>, Path(id): Path<ChatId>, Json(body): Json<ReadBody>) -> Answer<StatusCode> {
    let agent = room.desk.sight(&caller).await?.acting()?;
    room.seen(&caller, id).await?;
    room.desk.chats().mark(caller.site, id, Side::Agent(agent), crate::chat::Mark { delivered: body.seq, read: body.seq });
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a file into a chat; a message then shows it by its id.
#[utoipa::path(post, path = "/v1/chats/{id}/uploads", tag = "chats", operation_id = "upload_to_chat", params(("id" = Uuid, Path)), request_body(content = UploadForm, content_type = "multipart/form-data"), responses((status = 201, body = UploadView)))]
async fn upload(
    Agent(caller, ..): Agent<AnswerChats>,
    State(room): State<Room>,
    Path(id): Path<ChatId>,
    form: FileForm,
) -> Answer<(StatusCode, Json<UploadView>)> {
    let agent = room.desk.sight(&caller).await?.acting()?;
    let chat = room.seen(&caller, id).await?;
    let rules = file_rules(&room.desk, caller.site, &chat).await?;
    let got = form.receive(&room.uploads, caller.site, Owner::User(agent), Some(id), &rules).await?;
    Ok((StatusCode::CREATED, Json(upload_view(&got))))
}

/// What may be sent into the chat.
pub(crate) async fn file_rules(desk: &Desk, site: SiteId, chat: &crate::chat::Chat) -> Result<FileRules, ChatError> {
    if !chat.status.running() {
        return Err(ChatError::Over(chat.id));
    }
    widget_file_rules(desk, site, chat.widget).await
}

/// What a widget takes.
pub(crate) async fn widget_file_rules(desk: &Desk, site: SiteId, widget: WidgetId) -> Result<FileRules, ChatError> {
    let shown = desk.chats().around.widgets.shown(site, widget).await.map_err(|err| ChatError::elsewhere(&err))?;
    let files = &shown.widget.config.files;
    if !files.enabled {
        return Err(ChatError::Denied("this widget takes no files"));
    }
    Ok(FileRules { max_bytes: files.max_bytes.unsigned_abs(), types: files.types.clone() })
}
