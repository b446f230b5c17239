//! What a visitor's window asks: a chat, and what goes on in it.

use crate::chat::{Chat, ChatError, ChatState, Ender, Mark, NewChat, Rating, Side, Speaker, UploadView, upload_view};
use crate::desk::{Desk, EntryList, MessageBody, ReadBody, SaidView, Since, file_rules, widget_file_rules};
use axum::extract::State;
use base::{Caller, ChatId, Fault as _, UploadId, VisitorId};
use content::media::{FileForm, Owner, UploadForm, Uploads};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use web::{Answer, Json, Query, Visitor, doc};

#[derive(Clone)]
struct Room {
    desk: Desk,
    uploads: Uploads,
}

pub fn routes(desk: Desk, uploads: Uploads) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::visitors(routes!(ask)))
        .routes(doc::visitors(routes!(upload_ahead)))
        .routes(doc::visitors(routes!(messages)))
        .routes(doc::visitors(routes!(say)))
        .routes(doc::visitors(routes!(upload)))
        .routes(doc::visitors(routes!(end)))
        .routes(doc::visitors(routes!(rate)))
        .routes(doc::visitors(routes!(mail)))
        .routes(doc::visitors(routes!(read)))
        .with_state(Room { desk, uploads })
}

impl Room {
    /// The chat that the visitor has, or had last.
    async fn chat(&self, caller: &Caller, visitor: VisitorId) -> Result<Chat, ChatError> {
        let chats = self.desk.chats();
        let running = chats.running_of(caller.site, visitor).await?;
        let found = match running {
            Some(chat) => Some(chat),
            None => chats.latest_of(caller.site, visitor).await?,
        };
        found.ok_or(ChatError::Missing(ChatId(Uuid::nil())))
    }

    async fn state(&self, chat: &Chat) -> Answer<Json<ChatState>> {
        Ok(Json(self.desk.queue.state(chat).await?))
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewChat, example = json!({
    "client_id": "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718", "form": {"name": "Sophie Martin", "email": "sophie@mail.example"},
    "message": "One of my two cups arrived with a chip."
}))]
struct ChatBody {
    /// Made by the browser; a second click with the same one asks once.
    client_id: Uuid,
    /// The fields of the pre-chat form by their keys; the site's own as `custom_<id>`.
    #[serde(default)]
    #[schema(value_type = Object)]
    form: Map<String, Value>,
    message: Option<String>,
    /// A file sent ahead, by its id: it stands in the chat's first message.
    #[schema(value_type = Option<Uuid>)]
    attachment: Option<UploadId>,
}

/// Asks for a chat: `chatting`, `waiting` with a place in the queue, or `offline` when nobody is there.
#[utoipa::path(post, path = "/widget/chats", tag = "widget", operation_id = "ask_for_chat", request_body = ChatBody, responses((status = 200, body = ChatState)))]
async fn ask(Visitor(caller, visitor): Visitor, State(room): State<Room>, Json(body): Json<ChatBody>) -> Answer<Json<ChatState>> {
    let new = NewChat { client_id: body.client_id, form: body.form, message: body.message, attachment: body.attachment };
    let chat = room.desk.queue.request(caller.site, visitor, new).await?;
    room.state(&chat).await
}

/// Sends a file ahead of a request for a chat, which then names it by its id.
#[utoipa::path(post, path = "/widget/uploads", tag = "widget", operation_id = "upload_ahead", request_body(content = UploadForm, content_type = "multipart/form-data"), responses((status = 201, body = UploadView)))]
async fn upload_ahead(Visitor(caller, visitor): Visitor, State(room): State<Room>, form: FileForm) -> Answer<(StatusCode, Json<UploadView>)> {
    let guest = room.desk.chats().around.guests.guest(caller.site, visitor).await?;
    let guest = guest.ok_or(ChatError::Denied("this visitor is not known any more; load the page again"))?;
    let rules = widget_file_rules(&room.desk, caller.site, guest.widget).await?;
    let got = form.receive(&room.uploads, caller.site, Owner::Visitor(visitor), None, &rules).await?;
    Ok((StatusCode::CREATED, Json(upload_view(&got))))
}

/// What stands in the visitor's chat, in order.
#[utoipa::path(get, path = "/widget/chat/messages", tag = "widget", operation_id = "list_own_messages", params(Since), responses((status = 200, body = EntryList)))]
async fn messages(Visitor(caller, visitor): Visitor, State(room): State<Room>, Query(since): Query<Since>) -> Answer<Json<EntryList>> {
    let chat = room.chat(&caller, visitor).await?;
    let (after, most) = since.parts();
    let items = room.desk.chats().entries(&chat, after, most).await?;
    Ok(Json(EntryList::new(items, most.clamp(1, crate::chat::MOST_ENTRIES))))
}

/// Says something. Durable when answered.
#[utoipa::path(post, path = "/widget/chat/messages", tag = "widget", operation_id = "say_as_visitor", request_body = MessageBody, responses((status = 200, body = SaidView)))]
async fn say(Visitor(caller, visitor): Visitor, State(room): State<Room>, Json(body): Json<MessageBody>) -> Answer<Json<SaidView>> {
    let chat = room.chat(&caller, visitor).await?;
    let said = room.desk.chats().say(caller.site, chat.id, Speaker::Visitor(visitor), body.into()).await?;
    Ok(Json(SaidView { entry: (*said.entry).clone() }))
}

/// Sends a file into the chat; a message then shows it by its id.
#[utoipa::path(post, path = "/widget/chat/uploads", tag = "widget", operation_id = "upload_as_visitor", request_body(content = UploadForm, content_type = "multipart/form-data"), responses((status = 201, body = UploadView)))]
async fn upload(Visitor(caller, visitor): Visitor, State(room): State<Room>, form: FileForm) -> Answer<(StatusCode, Json<UploadView>)> {
    let chat = room.chat(&caller, visitor).await?;
    let rules = file_rules(&room.desk, caller.site, &chat).await?;
    let got = form.receive(&room.uploads, caller.site, Owner::Visitor(visitor), Some(chat.id), &rules).await?;
    Ok((StatusCode::CREATED, Json(upload_view(&got))))
}

/// Ends the chat. A second time changes nothing.
#[utoipa::path(post, path = "/widget/chat/end", tag = "widget", operation_id = "end_own_chat", responses((status = 200, body = ChatState)))]
async fn end(Visitor(caller, visitor): Visitor, State(room): State<Room>) -> Answer<Json<ChatState>> {
    let chat = room.chat(&caller, visitor).await?;
    let chat = room.desk.queue.end(caller.site, chat.id, Ender::Visitor(visitor)).await?;
    room.state(&chat).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRating, example = json!({"grade": 5, "comment": "Quick and kind"}))]
struct RatingBody {
    /// 1–5.
    grade: i32,
    comment: Option<String>,
}

/// Rates the chat, while it runs or after it.
#[utoipa::path(put, path = "/widget/chat/rating", tag = "widget", operation_id = "rate_chat", request_body = RatingBody, responses((status = 200, body = ChatState)))]
async fn rate(Visitor(caller, visitor): Visitor, State(room): State<Room>, Json(body): Json<RatingBody>) -> Answer<Json<ChatState>> {
    let chat = room.chat(&caller, visitor).await?;
    let shown = room.desk.chats().around.widgets.shown(caller.site, chat.widget).await;
    let allowed = match shown {
        Ok(shown) => shown.widget.config.rating.enabled,
        Err(err) => return Err(ChatError::Elsewhere(err.to_string(), err.kind()).into()),
    };
    if !allowed {
        return Err(ChatError::Denied("this widget asks for no rating").into());
    }
    let rating = Rating { grade: body.grade, comment: body.comment };
    let chat = room.desk.chats().rate(caller.site, chat.id, visitor, rating).await?;
    room.state(&chat).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AskedTranscript)]
struct MailBody {
    #[schema(example = "ada@mail.example")]
    email: String,
}

/// Sends what was said in a chat that is over to the visitor's e-mail address; three times at most.
#[utoipa::path(post, path = "/widget/chat/transcript", tag = "widget", operation_id = "mail_own_chat", request_body = MailBody, responses((status = 204), (status = 409, description = "The site sends no e-mail.")))]
async fn mail(Visitor(caller, visitor): Visitor, State(room): State<Room>, Json(body): Json<MailBody>) -> Answer<StatusCode> {
    let chat = room.chat(&caller, visitor).await?;
    room.desk.chats().mail_transcript(caller.site, chat.id, visitor, &body.email).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says how far the visitor has read.
#[utoipa::path(put, path = "/widget/chat/read", tag = "widget", operation_id = "read_own_chat", request_body = ReadBody, responses((status = 204)))]
async fn read(Visitor(caller, visitor): Visitor, State(room): State<Room>, Json(body): Json<ReadBody>) -> Answer<StatusCode> {
    let chat = room.chat(&caller, visitor).await?;
    room.desk.chats().mark(caller.site, chat.id, Side::Visitor(visitor), Mark { delivered: body.seq, read: body.seq });
    Ok(StatusCode::NO_CONTENT)
}
