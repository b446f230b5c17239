//! What is done when a chat is over.

use super::client::{Client, Org};
use super::composite::Composite;
use super::describe::Descriptions;
use super::fields::{self, List, Use};
use super::matching::{self, Matched};
use super::modes::{Person, Record, plan};
use super::refusal::Failed;
use super::resolve::{self, Found};
use super::settings::Settings;
use super::soql::{like, soql};
use crate::connections::{Began, Breakers, ConnectionError, Connections, Done, Effects, FetchedFile, Files, Story, Trouble};
use base::{SiteId, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use events::catalog::ChatCreated;
use events::{Fence, Job, Outcome, Schedule};
use serde_json::{Map, Value, json};
use sockets::{Db, StoreError};
use std::sync::Arc;
use std::time::Duration;

/// Files larger than this stay where they are; the record is made all the same.
const LARGEST_FILE: u64 = 25 * 1024 * 1024;
/// A transcript that a field cannot hold goes along as a file.
const LONGEST_FIELD: usize = 31_900;
/// The header that saves what a duplicate rule objects to.
const ANYWAY: (&str, &str) = ("Sforce-Duplicate-Rule-Header", "allowSave=true");
/// How often a contact that changes under our hands is read again.
const READ_AGAIN: u32 = 3;
/// Matches are kept for so long.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3_600);

/// Salesforce for all sites; cheap to clone.
#[derive(Clone)]
pub struct Salesforce {
    pub(super) db: Db,
    connections: Connections,
    pub(super) client: Client,
    pub(super) descriptions: Descriptions,
    /// Sites whose organisation is too slow for somebody who waits.
    pub(super) hurry: Arc<Breakers<SiteId>>,
    files: Arc<dyn Files>,
}

/// Clears matches of long ago.
pub struct ForgetMatches(pub Salesforce);

#[async_trait::async_trait]
impl Job for ForgetMatches {
    fn name(&self) -> String {
        "salesforce.forget".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(24 * 3_600))
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        Outcome::of(self.0.forget().await.map(drop).map_err(ConnectionError::from))
    }
}

/// The person that the record is attached to, and what has to be done for it in the same breath.
#[derive(Default)]
struct Attached {
    /// Known already.
    id: Option<String>,
    /// To be made: which object, with what.
    make: Option<(&'static str, Map<String, Value>)>,
    /// To be changed, if nobody changed it since.
    change: Option<(Map<String, Value>, Option<String>)>,
    /// It is a lead: its task must not be about anything else.
    lead: bool,
    /// Whatever a duplicate rule says.
    save_anyway: bool,
    how: String,
}

impl Salesforce {
    pub fn new(db: Db, connections: Connections, kind: &super::SalesforceKind, files: Arc<dyn Files>) -> Self {
        Self { db, connections, client: kind.client.clone(), descriptions: kind.descriptions.clone(), hurry: Arc::default(), files }
    }

    pub(super) fn connections(&self) -> &Connections {
        &self.connections
    }

    pub(super) fn now(&self) -> Timestamp {
        self.db.clock().now()
    }

    /// What was found of who is behind a chat.
    pub async fn matched(&self, site: SiteId, chat: &str) -> Result<Option<(Matched, Timestamp)>, StoreError> {
        matching::kept(&self.db, site, chat).await
    }

    pub async fn forget(&self) -> Result<u64, StoreError> {
        matching::forget(&self.db, self.now().minus(KEPT)).await
    }

    /// Looks up who asks, unless it was done in time before the chat.
    pub(super) async fn look_up(&self, chat: &ChatCreated, settings: &Value) -> Result<Done, Trouble> {
        let settings = Settings::read(settings).map_err(|err| Trouble::Account(err.to_string()))?;
        if !settings.match_before_chat {
            return Ok(Done::new("not_looked_up", "matching before the chat is off"));
        }
        let site = SiteId(chat.site_id);
        let matched = match matching::kept(&self.db, site, &chat.chat_id).await? {
            // It was done while they waited.
            Some((matched, _)) => matched,
            None => {
                let matched = matching::look_up(&self.client.on(site, &settings), &chat.visitor_email).await.map_err(|failed| failed.trouble)?;
                matching::keep(&self.db, site, &chat.chat_id, &matched).await?;
                matched
            }
        };
        let named = |what: &str, found: Option<&super::Match>| found.map(|found| format!("{what} {} ({})", found.name, found.id));
        let found = [named("contact", matched.contact.as_ref()), named("lead", matched.lead.as_ref()), named("account", matched.account.as_ref())];
        let found: Vec<String> = found.into_iter().flatten().collect();
        Ok(if found.is_empty() { Done::new("not_matched", "nobody has this address") } else { Done::new("matched", found.join(", ")) })
    }

    /// Does what the site, or the event itself, wants done.
    pub(super) async fn tell(&self, story: &Story, settings: &Value, effects: &Effects) -> Result<Done, Trouble> {
        let settings = Settings::read(settings).map_err(|err| Trouble::Account(err.to_string()))?;
        let org = self.client.on(story.site, &settings);
        let purpose = match &story.salesforce {
            Some(told) => told.purpose_chat_end,
            None if story.offline => settings.offline_purpose,
            None => settings.purpose,
        };
        let (person, record) = plan(purpose);
        let began = effects.begin("record").await?;
        let noted = match began {
            Began::Done(noted) => noted,
            Began::First | Began::Unknown => {
                let external = self.external(&org, record).await.map_err(|failed| failed.trouble)?;
                let earlier = if began == Began::Unknown { find(&org, story, record, external.as_deref()).await? } else { None };
                let noted = match earlier {
                    Some(id) => json!({ "id": id, "detail": format!("{} {id} was made by an earlier try", record.object()) }),
                    None => self.write(&org, story, person, record, external.as_deref(), effects).await?,
                };
                effects.finish("record", &noted).await?;
                noted
            }
        };
        let id = noted["id"].as_str().unwrap_or_default();
        let attached = self.attach(&org, story, id, effects).await?;
        let detail = noted["detail"].as_str().unwrap_or_default();
        Ok(Done::new(record.created(), format!("{detail}{attached}")))
    }

    /// The external id field, when the object has it.
    async fn external(&self, org: &Org<'_>, record: Record) -> Result<Option<String>, Failed> {
        if org.settings.external_id_field.is_empty() {
            return Ok(None);
        }
        let known = self.descriptions.of(org, record.object(), self.now()).await?;
        Ok(known.field(&org.settings.external_id_field).filter(|field| field.external_id && field.createable).map(|field| field.name.clone()))
    }

    async fn write(
        &self,
        org: &Org<'_>,
        story: &Story,
        person: Person,
        record: Record,
        external: Option<&str>,
        effects: &Effects,
    ) -> Result<Value, Trouble> {
        let mut known = matching::kept(&self.db, story.site, &story.chat).await?.map(|(matched, _)| matched);
        let mut turns = 0;
        loop {
            turns += 1;
            let went = match self.attached(org, story, person, known.as_ref()).await {
                Ok(attached) => self.send(org, story, record, external, attached).await,
                Err(failed) => Err(failed),
            };
            let failed = match went {
                Ok(noted) => return Ok(noted),
                Err(failed) => failed,
            };
            if !failed.duplicates.is_empty() {
                return match self.known(org, story, person, record, external, &failed).await {
                    Ok(noted) => Ok(noted),
                    Err(failed) => self.failed(org, story, record, external, failed, effects).await,
                };
            }
            // Somebody changed or removed the contact meanwhile: look once more.
            let gone = failed.is(&["ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"]) && (known.take().is_some() || turns == 1);
            if turns > READ_AGAIN || !(gone || failed.status == 412) {
                return self.failed(org, story, record, external, failed, effects).await;
            }
        }
    }

    /// A rule knows this person: whoever is there is taken. A case points to contacts alone: where the rule knows only a lead, the
    /// contact is saved anyway, and where it may not be, the case stands by itself.
    async fn known(&self, org: &Org<'_>, story: &Story, person: Person, record: Record, external: Option<&str>, failed: &Failed) -> Result<Value, Failed> {
        let wanted = if person == Person::NewLead { "Lead" } else { "Contact" };
        let of = |object: &str| failed.duplicates.iter().find(|one| one.object == object);
        let other = || of("Contact").or_else(|| of("Lead")).filter(|_| record == Record::Task);
        if let Some(one) = of(wanted).or_else(other) {
            let how = format!(" for {} (a duplicate rule knows them)", one.id);
            let attached = Attached { id: Some(one.id.clone()), lead: one.object == "Lead", how, ..Default::default() };
            return self.send(org, story, record, external, attached).await;
        }
        let mut attached = self.attached(org, story, person, None).await?;
        attached.save_anyway = true;
        let alone = Attached { id: attached.id.clone(), lead: attached.lead, ..Default::default() };
        match self.send(org, story, record, external, attached).await {
            Err(failed) if !failed.duplicates.is_empty() => {
                let others: Vec<String> = failed.duplicates.iter().map(|one| format!("{} {}", one.object, one.id)).collect();
                let how = format!(" (a duplicate rule lets no contact be saved beside {})", others.join(", "));
                self.send(org, story, record, external, Attached { how, ..alone }).await
            }
            went => went,
        }
    }

    /// What is left when it did not go: somebody else's success, or trouble; and whether the next try has to look first.
    async fn failed(
        &self,
        org: &Org<'_>,
        story: &Story,
        record: Record,
        external: Option<&str>,
        failed: Failed,
        effects: &Effects,
    ) -> Result<Value, Trouble> {
        if failed.is(&["DUPLICATE_VALUE"])
            && let Some(id) = find(org, story, record, external).await?
        {
            return Ok(json!({ "id": id, "detail": format!("{} {id} was there already", record.object()) }));
        }
        if !failed.unsure {
            effects.undo("record").await?;
        }
        Err(failed.trouble)
    }

    async fn attached(&self, org: &Org<'_>, story: &Story, person: Person, known: Option<&Matched>) -> Result<Attached, Failed> {
        let by = |found: Found, what: &str| Attached { how: format!(" for {what} {} ({})", found.id, found.how), id: Some(found.id), ..Default::default() };
        match person {
            Person::Nobody => Ok(Attached::default()),
            Person::NewContact => self.new_person(org, story, "Contact").await,
            Person::NewLead => self.new_person(org, story, "Lead").await,
            Person::Lead => Ok(match resolve::lead(org, story, known).await? {
                Some(found) => Attached { lead: true, ..by(found, "lead") },
                None => Attached { how: " (no lead was found)".into(), ..Default::default() },
            }),
            Person::Contact | Person::FilledContact | Person::RenewedContact => match resolve::contact(org, story, known).await? {
                None if story.name.is_empty() && story.email.is_empty() => {
                    Ok(Attached { how: " (no contact was found, and nothing is known to make one of)".into(), ..Default::default() })
                }
                None => self.new_person(org, story, "Contact").await,
                Some(found) if person == Person::Contact => Ok(by(found, "contact")),
                Some(found) => {
                    let (id, only_blank) = (found.id.clone(), person == Person::FilledContact);
                    let change = self.change(org, story, &id, only_blank).await?;
                    Ok(Attached { change, ..by(found, "contact") })
                }
            },
        }
    }

    async fn new_person(&self, org: &Org<'_>, story: &Story, object: &'static str) -> Result<Attached, Failed> {
        let lead = object == "Lead";
        let mut wanted = fields::wanted(if lead { List::Leads } else { List::CreateContact }, story, org.settings);
        fields::complete_person(&mut wanted, story, lead);
        let known = self.descriptions.of(org, object, self.now()).await?;
        let (body, _dropped) = fields::body(&wanted, &known, Use::Create);
        Ok(Attached { make: Some((object, body)), lead, how: format!(" for a new {}", object.to_lowercase()), ..Default::default() })
    }

    /// The change of a contact: all its fields, or those that are blank as long as nobody fills them meanwhile.
    async fn change(&self, org: &Org<'_>, story: &Story, id: &str, only_blank: bool) -> Result<Option<(Map<String, Value>, Option<String>)>, Failed> {
        let wanted = fields::wanted(List::UpdateContact, story, org.settings);
        let known = self.descriptions.of(org, "Contact", self.now()).await?;
        let (mut body, _dropped) = fields::body(&wanted, &known, Use::Update);
        if !only_blank || body.is_empty() {
            return Ok(Some((body, None)).filter(|(body, _)| !body.is_empty()));
        }
        let names = body.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let read = org.query(&format!("SELECT Id, LastModifiedDate, {names} FROM Contact WHERE Id = {} LIMIT 1", soql(id))).await?;
        let now = read.into_iter().next().unwrap_or_default();
        let blank = |value: &Value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        body.retain(|name, _| blank(&now[name.as_str()]));
        let read_at = now["LastModifiedDate"].as_str().and_then(http_date);
        Ok(Some((body, read_at)).filter(|(body, _)| !body.is_empty()))
    }

    /// Everything in one atomic call.
    async fn send(&self, org: &Org<'_>, story: &Story, record: Record, external: Option<&str>, attached: Attached) -> Result<Value, Failed> {
        let object = record.object();
        let list = if record == Record::Case { List::Cases } else { List::Tasks };
        let known = self.descriptions.of(org, object, self.now()).await?;
        let (mut body, dropped) = fields::body(&fields::wanted(list, story, org.settings), &known, Use::Create);
        let mut all = Composite::default();
        let anyway = org.settings.allow_duplicates || attached.save_anyway;
        if let Some((object, person)) = &attached.make {
            let headers = if anyway { json!({ ANYWAY.0: ANYWAY.1 }) } else { json!({}) };
            all.call(org, "person", "POST", &format!("/sobjects/{object}"), &Value::Object(person.clone()), &headers);
            body.insert(record.link().into(), json!("@{person.id}"));
        } else if let Some(id) = &attached.id {
            body.insert(record.link().into(), json!(id));
        }
        if attached.lead {
            body.remove("WhatId");
        }
        if let (Some((changes, read_at)), Some(id)) = (&attached.change, &attached.id) {
            let mut headers = read_at.as_ref().map_or_else(|| json!({}), |at| json!({ "If-Unmodified-Since": at }));
            if anyway {
                headers[ANYWAY.0] = json!(ANYWAY.1);
            }
            all.call(org, "change", "PATCH", &format!("/sobjects/Contact/{id}"), &Value::Object(changes.clone()), &headers);
        }
        match external {
            Some(field) => {
                body.remove(field);
                let rest = format!("/sobjects/{object}/{field}/{}", crate::outside::encoded(&story.chat));
                all.call(org, "record", "PATCH", &rest, &Value::Object(body), &json!({}));
            }
            None => {
                let length = known.field("Subject").map_or(255, |field| field.length);
                let subject = marked(body.get("Subject").and_then(Value::as_str).unwrap_or_default(), &story.chat, length);
                body.insert("Subject".into(), json!(subject));
                all.call(org, "record", "POST", &format!("/sobjects/{object}"), &Value::Object(body), &json!({}));
            }
        }
        let results = all.send(org).await?;
        // An upsert that found its record may answer without a body.
        let id = match results.id("record") {
            Some(id) => Some(id),
            None => find(org, story, record, external).await.map_err(|trouble| Failed { unsure: true, ..Failed::surely(trouble) })?,
        };
        let made = results.id("person").map(|id| format!(" {id}")).unwrap_or_default();
        let left = if dropped.is_empty() { String::new() } else { format!("; fields that could not be written: {}", dropped.join(", ")) };
        let id = id.unwrap_or_default();
        Ok(json!({ "id": id, "detail": format!("{object} {id}{}{made}{left}", attached.how) }))
    }

    /// Files of a message that was left, and a transcript that no field can hold.
    async fn attach(&self, org: &Org<'_>, story: &Story, record: &str, effects: &Effects) -> Result<String, Trouble> {
        let mut said = String::new();
        if story.text.chars().count() > LONGEST_FIELD {
            let file = FetchedFile { name: "transcript.txt".into(), media_type: "text/plain".into(), bytes: story.text.clone().into() };
            self.attach_one(org, story, record, "transcript", &file, effects).await?;
            said.push_str("; the transcript is a file");
        }
        for (place, file) in story.files.iter().enumerate() {
            let fetched = file.fetch(&*self.files, story.site, LARGEST_FILE).await.map_err(Trouble::Busy)?;
            let Some(fetched) = fetched else {
                said.push_str(&format!("; the file {} could not go along", file.name()));
                continue;
            };
            self.attach_one(org, story, record, &format!("file {place}"), &fetched, effects).await?;
        }
        Ok(said)
    }

    async fn attach_one(&self, org: &Org<'_>, story: &Story, record: &str, step: &str, file: &FetchedFile, effects: &Effects) -> Result<(), Trouble> {
        let began = effects.begin(step).await?;
        let title = marked(&file.name, &format!("{} {step}", story.chat), 255);
        if began == Began::Unknown {
            let query = format!("SELECT Id FROM ContentVersion WHERE Title = {} LIMIT 1", soql(&title));
            if let Some(found) = org.query(&query).await.map_err(|failed| failed.trouble)?.first() {
                return Ok(effects.finish(step, &found["Id"]).await?);
            }
        }
        if matches!(began, Began::Done(_)) {
            return Ok(());
        }
        let body = json!({
            "Title": title,
            "PathOnClient": file.name,
            "VersionData": STANDARD.encode(&file.bytes),
            "FirstPublishLocationId": record,
        });
        match org.post("/sobjects/ContentVersion", &body).await {
            Ok(answer) => Ok(effects.finish(step, &answer.body["id"]).await?),
            Err(failed) => {
                if !failed.unsure {
                    effects.undo(step).await?;
                }
                Err(failed.trouble)
            }
        }
    }
}

/// `Prices [chat:…]`, cut before the mark where it is too long.
fn marked(subject: &str, chat: &str, length: usize) -> String {
    let mark = format!(" [chat:{chat}]");
    let room = length.max(60).saturating_sub(mark.chars().count());
    format!("{}{mark}", subject.chars().take(room).collect::<String>())
}

/// The record that an earlier try made.
async fn find(org: &Org<'_>, story: &Story, record: Record, external: Option<&str>) -> Result<Option<String>, Trouble> {
    let object = record.object();
    let query = match external {
        Some(field) => format!("SELECT Id FROM {object} WHERE {field} = {} LIMIT 1", soql(&story.chat)),
        // Tries go on for hours after the chat, and nobody reads every subject there ever was.
        None => format!(
            "SELECT Id FROM {object} WHERE Subject LIKE '%[chat:{}]%' AND CreatedDate >= {} LIMIT 1",
            like(&story.chat),
            story.at.minus(Duration::from_secs(24 * 3_600)),
        ),
    };
    let found = org.query(&query).await.map_err(|failed| failed.trouble)?;
    Ok(found.first().and_then(|found| found["Id"].as_str()).map(str::to_owned))
}

/// `2026-11-21T12:00:00.000+0000` as a header wants it.
fn http_date(text: &str) -> Option<String> {
    let mended = text.strip_suffix("+0000").map(|front| format!("{front}Z"));
    let at: Timestamp = mended.as_deref().unwrap_or(text).parse().ok()?;
    Some(at.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stays_whole_however_long_the_subject_is() {
        let long = marked(&"x".repeat(400), "019aa8d4-3c3e-7d51-9d5e-0d2b6a1f0c11", 255);
        assert_eq!(long.chars().count(), 255);
        assert!(long.ends_with(" [chat:019aa8d4-3c3e-7d51-9d5e-0d2b6a1f0c11]"));
    }

    #[test]
    fn the_time_of_a_record_becomes_a_header() {
        assert_eq!(http_date("2026-11-21T12:00:00.000+0000").as_deref(), Some("Sat, 21 Nov 2026 12:00:00 GMT"));
        assert_eq!(http_date("soon"), None);
    }
}
