//! Which contact or lead a chat belongs to.

use super::client::Org;
use super::matching::Matched;
use super::refusal::Failed;
use super::soql::{soql, sosl};
use crate::connections::Story;
use serde_json::{Value, json};

/// Who was found, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub id: String,
    pub how: &'static str,
}

/// By the match of before the chat, else by e-mail (the one changed last), else by telephone number.
pub(super) async fn contact(org: &Org<'_>, story: &Story, matched: Option<&Matched>) -> Result<Option<Found>, Failed> {
    if let Some(known) = matched.and_then(|matched| matched.contact.as_ref())
        && !org.query(&format!("SELECT Id FROM Contact WHERE Id = {} LIMIT 1", soql(&known.id))).await?.is_empty()
    {
        return Ok(Some(Found { id: known.id.clone(), how: "as matched before the chat" }));
    }
    if !story.email.is_empty() {
        let query = format!("SELECT Id FROM Contact WHERE Email = {} ORDER BY LastModifiedDate DESC LIMIT 2", soql(&story.email));
        if let Some(found) = newest(&org.query(&query).await?) {
            return Ok(Some(found));
        }
    }
    by_phone(org, "Contact", story).await
}

pub(super) async fn lead(org: &Org<'_>, story: &Story, matched: Option<&Matched>) -> Result<Option<Found>, Failed> {
    if let Some(known) = matched.and_then(|matched| matched.lead.as_ref())
        && !org.query(&format!("SELECT Id FROM Lead WHERE Id = {} AND IsConverted = false LIMIT 1", soql(&known.id))).await?.is_empty()
    {
        return Ok(Some(Found { id: known.id.clone(), how: "as matched before the chat" }));
    }
    if !story.email.is_empty() {
        let query = format!(
            "SELECT Id FROM Lead WHERE Email = {} AND IsConverted = false ORDER BY LastModifiedDate DESC LIMIT 2",
            soql(&story.email)
        );
        if let Some(found) = newest(&org.query(&query).await?) {
            return Ok(Some(found));
        }
    }
    by_phone(org, "Lead", story).await
}

fn newest(records: &[Value]) -> Option<Found> {
    let id = records.first()?["Id"].as_str()?.to_owned();
    Some(Found { id, how: if records.len() > 1 { "by e-mail; several have this address, the newest was taken" } else { "by e-mail" } })
}

async fn by_phone(org: &Org<'_>, object: &str, story: &Story) -> Result<Option<Found>, Failed> {
    // Fewer digits than these are nobody's number.
    if story.phone.chars().filter(char::is_ascii_digit).count() < 6 {
        return Ok(None);
    }
    let asked = json!({ "q": sosl(&story.phone), "in": "PHONE", "sobjects": [{ "name": object, "fields": ["Id"] }], "overallLimit": 2 });
    let answer = org.post("/parameterizedSearch", &asked).await?;
    let id = answer.body["searchRecords"][0]["Id"].as_str();
    Ok(id.map(|id| Found { id: id.to_owned(), how: "by telephone number" }))
}
