//! A house for the tests of e-mail and tickets: two sites, three agents, a mail server in memory.

use crate::connections::Connections;
use crate::email::{Automatic, Carry, EmailSettings, Emails, HouseMail, Letter, MailConnection, NewLetter, Put};
use crate::office::{AgentCard, Bearer, DepartmentCard, FileCard, FileError, Files, Office, SiteCard};
use base::{DepartmentId, EventId, PageRequest, SiteId, UploadId, UserId};
use bytes::Bytes;
use events::sql::{Sql, get};
use events::{Does, Hears, Listener, Notice, Notices, Outcome};
use sockets::mailer::{MailServer, Mailbox, Security};
use sockets::{Envelope, Event, Route, StoreError};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::TestDb;

pub const SITE: SiteId = SiteId(1);
pub const LIN: UserId = UserId(3);
pub const WU: UserId = UserId(4);

#[derive(Default)]
pub struct Desk {
    kept: Mutex<HashMap<UploadId, (SiteId, FileCard, Bytes)>>,
    reads: AtomicUsize,
}

impl Desk {
    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl Office for Desk {
    async fn site(&self, site: SiteId) -> Result<Option<SiteCard>, StoreError> {
        let card = SiteCard { name: "Shop".into(), time_zone: "Asia/Shanghai".into(), languages: vec!["en".into(), "zh".into()] };
        Ok((site.0 <= 2).then_some(card))
    }

    async fn departments(&self, site: SiteId) -> Result<Vec<DepartmentCard>, StoreError> {
        let of = |id, name: &str, is_default, members| DepartmentCard { id: DepartmentId(id), name: name.into(), is_default, members };
        Ok(if site == SITE { vec![of(1, "Sales", true, vec![LIN]), of(2, "Support", false, vec![LIN, WU])] } else { vec![of(9, "Other", true, vec![])] })
    }

    async fn agents(&self, site: SiteId, ids: &[UserId]) -> Result<Vec<AgentCard>, StoreError> {
        let of = |id, name: &str, email: &str| AgentCard { id, name: name.into(), email: email.into() };
        let all = if site == SITE { vec![of(LIN, "Lin", "lin@shop.example"), of(WU, "Wu", "wu@shop.example")] } else { vec![] };
        Ok(all.into_iter().filter(|agent| ids.contains(&agent.id)).collect())
    }
}

#[async_trait::async_trait]
impl Files for Desk {
    async fn find(&self, site: SiteId, ids: &[UploadId]) -> Result<Vec<FileCard>, FileError> {
        let kept = self.kept.lock().unwrap();
        Ok(ids.iter().filter_map(|id| kept.get(id)).filter(|(of, ..)| *of == site).map(|(_, card, _)| card.clone()).collect())
    }

    async fn keep(&self, site: SiteId, _: Bearer, name: &str, declared: Option<&str>, bytes: Bytes) -> Result<FileCard, FileError> {
        let id = UploadId(uuid::Uuid::from_u128(self.kept.lock().unwrap().len() as u128 + 1));
        let media_type = declared.unwrap_or("application/octet-stream").to_owned();
        let card = FileCard { id, name: name.into(), media_type, size: bytes.len() as u64, url: format!("/f/{id}/x/{name}") };
        self.kept.lock().unwrap().insert(id, (site, card.clone(), bytes));
        Ok(card)
    }

    async fn read(&self, site: SiteId, id: UploadId) -> Result<Option<Bytes>, FileError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        Ok(self.kept.lock().unwrap().get(&id).filter(|(of, ..)| *of == site).map(|(_, _, bytes)| bytes.clone()))
    }
}

pub struct House {
    pub test: TestDb,
    pub emails: Emails,
    pub connections: Connections,
    pub mailbox: Arc<testkit::Mailbox>,
    pub desk: Arc<Desk>,
}

impl House {
    pub async fn open() -> Self {
        let mailbox = Arc::new(testkit::Mailbox::default());
        let server = MailServer { host: "localhost".into(), port: 25, security: Security::Plain, login: None, trusted: true };
        let test = TestDb::open(&[events::migrations, crate::migrations]).await;
        let desk = Arc::new(Desk::default());
        let house = HouseMail { server: Some(server), from: Some(Mailbox::new("Desk", "desk@chat.example")) };
        let kind = MailConnection { mailer: mailbox.clone(), house: house.clone() };
        let connections = Connections::new(test.db.clone(), Arc::new(|| 0.5), vec![Arc::new(kind)]);
        let emails = Emails::new(test.db.clone(), mailbox.clone(), connections.clone(), desk.clone(), desk.clone(), house);
        Self { test, emails, connections, mailbox, desk }
    }

    pub fn envelope<E: Event>(&self, event: &E) -> Envelope {
        Envelope {
            id: EventId(self.test.minter.uuid()),
            name: E::NAME.into(),
            version: E::VERSION,
            site: event.site(),
            key: event.key(),
            key_epoch: 0,
            key_seq: 1,
            occurred_at: testkit::NOON,
            producer: "test".into(),
            route: Route::Main,
            hops: 0,
            traceparent: None,
            payload: serde_json::to_value(event).unwrap(),
        }
    }

    fn hears(listeners: Vec<Listener>, queue: &str) -> Arc<dyn Hears> {
        listeners.into_iter().find(|listener| listener.queue() == queue).expect("that queue").hears()
    }

    pub async fn hear(&self, queue: &str, envelope: &Envelope) -> Outcome {
        Self::hears(crate::email::listeners(&self.emails), queue).hear(envelope).await
    }

    pub async fn keep_file(&self, name: &str) -> FileCard {
        self.desk.keep(SITE, Bearer::Outside, name, None, Bytes::from_static(b"bytes")).await.unwrap()
    }

    pub async fn put(&self, letter: NewLetter) -> Put {
        self.put_on(SITE, letter).await
    }

    pub async fn put_on(&self, site: SiteId, letter: NewLetter) -> Put {
        let tx = self.test.db.begin().await.unwrap();
        let put = self.emails.put(&tx, site, &letter).await.unwrap();
        tx.commit().await.unwrap();
        put
    }

    pub fn carry(&self) -> Carry {
        Carry::new(self.emails.clone(), Arc::new(|| 0.5), Notices::new(self.test.db.clone()))
    }

    /// The alarms of the site that last.
    pub async fn alarms(&self) -> Vec<Notice> {
        let all = Notices::new(self.test.db.clone()).list(SITE).await.unwrap();
        all.into_iter().filter(|notice| notice.until.is_none()).collect()
    }

    /// Does all letters' work that is due.
    pub async fn post(&self) {
        const DUE: Sql = Sql::same("SELECT id, payload FROM delayed_work WHERE kind = 'email.send' AND due_at <= $1 ORDER BY id");
        const DONE: Sql = Sql::same("DELETE FROM delayed_work WHERE id = $1");
        let carry = self.carry();
        for row in DUE.all(self.test.db.read(), vec![self.test.db.clock().now().millis().into()]).await.unwrap() {
            let payload: String = get(&row, "payload").unwrap();
            assert_eq!(carry.perform(&serde_json::from_str(&payload).unwrap()).await, Outcome::Done);
            let tx = self.test.db.begin().await.unwrap();
            DONE.run(&tx.conn(), vec![get::<i64>(&row, "id").unwrap().into()]).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    pub async fn later(&self, seconds: u64) {
        self.test.clock.advance(Duration::from_secs(seconds));
        self.post().await;
    }

    pub async fn log(&self) -> Vec<Letter> {
        self.emails.log(SITE, &PageRequest::default()).await.unwrap().items
    }

    pub async fn set(&self, settings: EmailSettings) {
        let told = serde_json::to_value(&settings).unwrap();
        self.connections.save(SITE, "email", settings.enabled, told.as_object().unwrap().clone()).await.unwrap();
    }

    pub async fn no_server(&self) {
        self.set(EmailSettings { enabled: false, ..EmailSettings::default() }).await;
    }
}

pub fn letter_to(to: &str, key: &str, automatic: Automatic) -> NewLetter {
    NewLetter {
        reason: "test".into(),
        key: key.into(),
        to: Mailbox::new("", to),
        subject: "Hello".into(),
        text: "words".into(),
        automatic,
        ..NewLetter::default()
    }
}
