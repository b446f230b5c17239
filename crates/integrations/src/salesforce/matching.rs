//! Who it is, before the chat begins: contact, lead and account behind an e-mail address, kept for whoever answers.

use super::client::Org;
use super::refusal::Failed;
use super::soql::soql;
use base::{SiteId, Timestamp};
use events::sql::{Sql, get, in_chunks};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sockets::{Db, StoreError};

/// A record as an agent wants to see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    pub id: String,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub title: String,
    pub company: String,
    /// Where it is seen over there.
    pub url: String,
}

/// Whom Salesforce knows behind a chat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    pub email: String,
    pub contact: Option<Match>,
    pub lead: Option<Match>,
    pub account: Option<Match>,
    /// Contacts with this address; the one that was changed last is shown.
    pub contacts: usize,
    pub leads: usize,
}

/// Looks an address up.
pub(super) async fn look_up(org: &Org<'_>, email: &str) -> Result<Matched, Failed> {
    let email = email.trim();
    let instance = org.token().await?.instance;
    let quoted = soql(email);
    let contacts = format!("SELECT Id, Name, Email, Phone, Title, AccountId FROM Contact WHERE Email = {quoted} ORDER BY LastModifiedDate DESC LIMIT 5");
    let leads = format!(
        "SELECT Id, Name, Email, Phone, Title, Company FROM Lead WHERE Email = {quoted} AND IsConverted = false ORDER BY LastModifiedDate DESC LIMIT 5"
    );
    let (contacts, leads) = tokio::try_join!(org.query(&contacts), org.query(&leads))?;
    let account = match contacts.first().and_then(|contact| contact["AccountId"].as_str()) {
        Some(id) => org.query(&format!("SELECT Id, Name, Phone FROM Account WHERE Id = {} LIMIT 1", soql(id))).await?.into_iter().next(),
        None => None,
    };
    let seen = |record: &Value| seen(record, &instance);
    Ok(Matched {
        email: email.to_owned(),
        contact: contacts.first().map(seen),
        lead: leads.first().map(seen),
        account: account.as_ref().map(seen),
        contacts: contacts.len(),
        leads: leads.len(),
    })
}

fn seen(record: &Value, instance: &str) -> Match {
    let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let id = text("Id");
    Match {
        url: format!("{instance}/{id}"),
        id,
        name: text("Name"),
        email: text("Email"),
        phone: text("Phone"),
        title: text("Title"),
        company: text("Company"),
    }
}

pub(super) async fn keep(db: &Db, site: SiteId, chat: &str, matched: &Matched) -> Result<(), StoreError> {
    const KEEP: Sql = Sql::same(
        "INSERT INTO salesforce_matches (site, chat, found, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (site, chat) DO UPDATE SET found = excluded.found, at = excluded.at",
    );
    let found = serde_json::to_string(matched).expect("a match is plain JSON");
    let tx = db.begin().await?;
    KEEP.run(&tx.conn(), vec![site.0.into(), chat.into(), found.into(), tx.now().millis().into()]).await?;
    tx.commit().await
}

pub(super) async fn kept(db: &Db, site: SiteId, chat: &str) -> Result<Option<(Matched, Timestamp)>, StoreError> {
    const KEPT: Sql = Sql::same("SELECT found, at FROM salesforce_matches WHERE site = $1 AND chat = $2");
    let Some(row) = KEPT.one(db.read(), vec![site.0.into(), chat.into()]).await? else { return Ok(None) };
    let found: String = get(&row, "found")?;
    let matched = serde_json::from_str(&found).map_err(|err| StoreError::Unreadable(err.to_string()))?;
    Ok(Some((matched, Timestamp::from_millis(get(&row, "at")?))))
}

pub(super) async fn forget(db: &Db, before: Timestamp) -> Result<u64, StoreError> {
    const FORGET: Sql = Sql::same(
        "DELETE FROM salesforce_matches WHERE (site, chat) IN (SELECT site, chat FROM salesforce_matches WHERE at < $1 ORDER BY at LIMIT $2)",
    );
    in_chunks(db, FORGET, &[before.millis().into()]).await
}
