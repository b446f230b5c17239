use super::LedgerRooms;
use crate::ledger::model::{EventFilter, Kept, Step};
use axum::extract::State;
use base::{EventId, PageRequest, SiteId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use web::{Agent, Answer, Json, List, Path, Problem, Query, may};

/// An event that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventRow, example = json!({
    "id": "019ab2c5-39ff-7a00-9b01-c203d405e607", "type": "Chat.Ended", "site": 1, "key": "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718",
    "at": "2026-11-21T18:31:18.904Z", "archived_at": "2026-11-21T18:31:18.951Z", "summary": "Sophie Martin · sophie@mail.example · Support"
}))]
pub(super) struct EventView {
    #[schema(value_type = uuid::Uuid)]
    id: EventId,
    #[schema(example = "Chat.Ended")]
    r#type: String,
    #[schema(value_type = i64)]
    site: SiteId,
    /// Events of one key are heard in the order they were announced.
    key: String,
    #[schema(value_type = String)]
    at: Timestamp,
    #[schema(value_type = String)]
    archived_at: Timestamp,
    /// The most telling values of the payload.
    #[schema(example = "Ada · ada@example.com · Sales")]
    summary: String,
}

impl From<Kept> for EventView {
    fn from(kept: Kept) -> Self {
        Self {
            id: kept.event,
            r#type: kept.name,
            site: kept.site,
            key: kept.key,
            at: kept.at,
            archived_at: kept.archived_at,
            summary: kept.summary,
        }
    }
}

/// One thing that befell an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventStep, example = json!({
    "step": "handled", "queue": "Chat.Ended.Webhook", "at": "2026-11-21T18:31:18.960Z", "attempts": 1, "detail": null
}))]
pub(super) struct StepView {
    /// `announced`, `archived`, `copied`, `handled`, `retried`, `dead` or `delivered`.
    #[schema(example = "handled")]
    step: &'static str,
    queue: Option<String>,
    /// When; of `retried`, when the next try is due; null when nobody noted it.
    #[schema(value_type = Option<String>)]
    at: Option<Timestamp>,
    attempts: Option<i64>,
    /// The subscription that led there, the last cause, or what was answered.
    detail: Option<String>,
}

impl From<Step> for StepView {
    fn from(Step { step, queue, at, attempts, detail }: Step) -> Self {
        Self { step, queue, at, attempts, detail }
    }
}

/// An event and the way it took.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "event": {
        "id": "019ab2c5-39ff-7a00-9b01-c203d405e607", "name": "Chat.Ended", "version": 1, "site": 1,
        "key": "019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718", "key_epoch": 0, "key_seq": 4, "occurred_at": "2026-11-21T18:31:18.904Z",
        "producer": "node-1", "route": "main", "hops": 1, "payload": {"ChatId": 1204}
    },
    "summary": "Sophie Martin · sophie@mail.example · Support",
    "path": [{"step": "announced", "queue": null, "at": "2026-11-21T18:31:18.904Z", "attempts": null, "detail": null}]
}))]
pub(super) struct EventDetail {
    /// The envelope with the payload, as it travelled.
    #[schema(value_type = Object)]
    event: Value,
    summary: String,
    path: Vec<StepView>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsAsked {
    /// A name (`Chat.Ended`) or a family (`Chat.*`).
    r#type: Option<String>,
    /// Of this ordering key (a chat's or a visitor's id).
    key: Option<String>,
    /// This event alone.
    id: Option<String>,
    /// Not before this time.
    from: Option<String>,
    /// Before this time.
    to: Option<String>,
    /// The `next` of the page before, exactly as it was given.
    after: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn time(field: &str, text: Option<String>) -> Answer<Option<Timestamp>> {
    let wrong = |_| Problem::invalid(field, "should be a time as in 2026-11-21T18:11:54Z");
    given(text).map(|text| text.parse().map_err(wrong)).transpose()
}

impl EventsAsked {
    fn read(self) -> Answer<(EventFilter, PageRequest)> {
        let limit = self.limit.unwrap_or(PageRequest::DEFAULT);
        if !(1..=PageRequest::MAX).contains(&limit) {
            return Err(Problem::invalid("limit", format!("should be 1 to {}", PageRequest::MAX)));
        }
        let id = given(self.id).map(|id| id.parse().map_err(|_| Problem::invalid("id", "should be the id of an event"))).transpose()?;
        let filter = EventFilter {
            r#type: given(self.r#type),
            key: given(self.key),
            id,
            from: time("from", self.from)?,
            to: time("to", self.to)?,
        };
        Ok((filter, PageRequest { after: given(self.after), limit }))
    }
}

/// List events of the site.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "events",
    params(EventsAsked),
    responses((status = 200, description = "The newest first.", body = List<EventView>)),
)]
pub(super) async fn list(
    State(rooms): State<LedgerRooms>,
    agent: Agent<may::ViewEvents>,
    Query(asked): Query<EventsAsked>,
) -> Answer<Json<List<EventView>>> {
    let (filter, page) = asked.read()?;
    let page = rooms.ledger.list(agent.site, &filter, &page).await?;
    Ok(Json(page.map(EventView::from).into()))
}

/// Show an event with the way it took: which queues it was copied to, who handled it, what failed, what was delivered.
#[utoipa::path(
    get,
    path = "/v1/events/{id}",
    tag = "events",
    params(("id" = uuid::Uuid, Path, description = "the event")),
    responses((status = 200, description = "The event.", body = EventDetail)),
)]
pub(super) async fn show(
    State(rooms): State<LedgerRooms>,
    agent: Agent<may::ViewEvents>,
    Path(id): Path<EventId>,
) -> Answer<Json<EventDetail>> {
    let (kept, envelope, path) = rooms.ledger.find(agent.site, id).await?;
    let event = serde_json::to_value(&envelope).unwrap_or_default();
    Ok(Json(EventDetail { event, summary: kept.summary, path: path.into_iter().map(StepView::from).collect() }))
}
