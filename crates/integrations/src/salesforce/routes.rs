use super::{Match, Salesforce};
use crate::connections::ConnectionError;
use axum::extract::State;
use base::{ChatId, Permission, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Agent, Answer, Json, Path, doc, may};

pub fn routes(salesforce: Salesforce) -> OpenApiRouter {
    OpenApiRouter::new().routes(doc::needs(Permission::AnswerChats, routes!(crm))).with_state(salesforce)
}

/// A record over there.
#[derive(Debug, Serialize, ToSchema)]
struct CrmRecord {
    id: String,
    name: String,
    email: String,
    phone: String,
    title: String,
    company: String,
    /// Where it is seen.
    url: String,
}

impl From<Match> for CrmRecord {
    fn from(found: Match) -> Self {
        let Match { id, name, email, phone, title, company, url } = found;
        Self { id, name, email, phone, title, company, url }
    }
}

/// Whom the connected CRM knows behind a chat.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "kind": "salesforce", "email": "sophie@mail.example",
    "contact": {
        "id": "003gK000001a2bcQAA", "name": "Sophie Martin", "email": "sophie@mail.example", "phone": "+44 20 7946 0018", "title": "Buyer",
        "company": "Martin Tea", "url": "https://acme.my.salesforce.com/003gK000001a2bcQAA"
    },
    "lead": null, "account": null, "contacts": 1, "leads": 0, "at": "2026-11-21T18:11:55.310Z"
}))]
struct CrmView {
    #[schema(example = "salesforce")]
    kind: &'static str,
    email: String,
    contact: Option<CrmRecord>,
    lead: Option<CrmRecord>,
    account: Option<CrmRecord>,
    /// How many contacts have this address; the one that was changed last is shown.
    contacts: usize,
    leads: usize,
    #[schema(value_type = String)]
    at: Timestamp,
}

/// Show whom Salesforce knows behind a chat, as looked up when the chat was asked for.
#[utoipa::path(
    get,
    path = "/v1/chats/{id}/crm",
    tag = "integrations",
    params(("id" = uuid::Uuid, Path, description = "the chat")),
    responses((status = 200, description = "Who it is; 404 when it was not looked up.", body = CrmView)),
)]
async fn crm(State(salesforce): State<Salesforce>, agent: Agent<may::AnswerChats>, Path(chat): Path<ChatId>) -> Answer<Json<CrmView>> {
    let found = salesforce.matched(agent.site, &chat.to_string()).await.map_err(ConnectionError::from)?;
    let (matched, at) = found.ok_or(ConnectionError::NoMatch(chat))?;
    Ok(Json(CrmView {
        kind: super::consumer::KIND,
        email: matched.email,
        contact: matched.contact.map(CrmRecord::from),
        lead: matched.lead.map(CrmRecord::from),
        account: matched.account.map(CrmRecord::from),
        contacts: matched.contacts,
        leads: matched.leads,
        at,
    }))
}
