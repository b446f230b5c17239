//! A house with chats, the queue and the desk; staff and visitors are as the test says.

use adapters::live::{MemoryLive, RedisLive, RedisLiveOptions};
use async_trait::async_trait;
use base::{Actor, Caller, ChatId, DepartmentId, Minter, Permission, SiteId, UploadId, UserId, VisitorId, WidgetId};
use bytes::Bytes;
use livechat::chat::{
    Chat, ChatError, Chats, Files, Guest, Guests, Letters, Matcher, Neighbours, NewChat, NewMessage, Said, Snapshot, Speaker, UploadView,
};
use livechat::desk::Desk;
use livechat::routing::{AgentCard, DepartmentCard, Queue, SiteStaff, Staff};
use livechat::widgets::Widgets;
use serde_json::{Value, json};
use sockets::Db;
use sockets::live::{AgentStatus, LiveState};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use testkit::{NoNews, TestDb};
use uuid::Uuid;

pub const SITE: SiteId = SiteId(1);
pub const OTHER_SITE: SiteId = SiteId(2);
pub const SALES: DepartmentId = DepartmentId(1);
pub const SUPPORT: DepartmentId = DepartmentId(2);

/// Staff and files as the test says; every visitor there is.
#[derive(Default)]
pub struct Town {
    staff: Mutex<HashMap<SiteId, SiteStaff>>,
    widgets: Mutex<HashMap<SiteId, WidgetId>>,
    files: Mutex<HashMap<UploadId, SentFile>>,
    /// What was looked up elsewhere, and how many waited for somebody then.
    pub looked_up: Mutex<Vec<(ChatId, String, usize)>>,
    /// Transcripts that were sent: to whom, and what was said.
    pub letters: Mutex<Vec<(String, String)>>,
    /// Whoever looks up elsewhere gets no answer.
    pub mute: AtomicBool,
    chats: Mutex<Option<Chats>>,
}

/// A file that a visitor sent.
#[derive(Clone)]
pub struct SentFile {
    pub view: UploadView,
    pub sender: VisitorId,
    pub chat: Option<ChatId>,
    pub bytes: Bytes,
}

impl Town {
    pub fn file(&self, id: UploadId) -> Option<SentFile> {
        self.files.lock().expect("unpoisoned").get(&id).cloned()
    }

    /// A file of so many bytes that this visitor sent ahead of a request.
    pub fn send_ahead(&self, sender: VisitorId, bytes: &[u8]) -> UploadId {
        let id = UploadId(Uuid::new_v4());
        let size = i64::try_from(bytes.len()).expect("a small file");
        let url = format!("/f/{id}/x/a.txt");
        let view = UploadView { id, name: "a.txt".into(), media_type: "text/plain".into(), size, url, width: None, height: None };
        let file = SentFile { view, sender, chat: None, bytes: Bytes::copy_from_slice(bytes) };
        self.files.lock().expect("unpoisoned").insert(id, file);
        id
    }
}

#[async_trait]
impl Letters for Town {
    async fn any(&self, site: SiteId) -> bool {
        site == SITE
    }

    async fn transcript(&self, _: &Chat, said: String, to: &str) -> Result<(), ChatError> {
        self.letters.lock().expect("unpoisoned").push((to.to_owned(), said));
        Ok(())
    }
}

#[async_trait]
impl Matcher for Town {
    async fn look_up(&self, site: SiteId, chat: ChatId, email: &str) {
        if self.mute.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let chats = self.chats.lock().expect("unpoisoned").clone().expect("a node runs");
        let waiting = chats.waiting(site).await.expect("lists").len() + chats.chatting(site, None).await.expect("lists").len();
        self.looked_up.lock().expect("unpoisoned").push((chat, email.to_owned(), waiting));
    }
}

#[async_trait]
impl Staff for Town {
    async fn of_site(&self, site: SiteId) -> Result<Arc<SiteStaff>, ChatError> {
        Ok(Arc::new(self.staff.lock().expect("unpoisoned").get(&site).cloned().unwrap_or_default()))
    }
}

#[async_trait]
impl Guests for Town {
    async fn guest(&self, site: SiteId, visitor: VisitorId) -> Result<Option<Guest>, ChatError> {
        let widget = self.widgets.lock().expect("unpoisoned").get(&site).copied();
        let snapshot = Snapshot { language: Some("zh-CN".into()), visits: 3, ..Snapshot::default() };
        Ok(widget.filter(|_| !visitor.0.is_nil()).map(|widget| Guest { widget, snapshot }))
    }

    async fn named(&self, _: &Chat) {}
    async fn moved(&self, _: &Chat) {}
    async fn over(&self, _: &Chat) {}
}

#[async_trait]
impl Files for Town {
    async fn view(&self, _: SiteId, chat: ChatId, id: UploadId) -> Result<Option<UploadView>, ChatError> {
        Ok(self.file(id).filter(|file| file.chat == Some(chat)).map(|file| file.view))
    }

    async fn ahead(&self, _: SiteId, visitor: VisitorId, id: UploadId) -> Result<Option<UploadView>, ChatError> {
        Ok(self.file(id).filter(|file| file.chat.is_none() && file.sender == visitor).map(|file| file.view))
    }

    async fn bytes(&self, _: SiteId, id: UploadId) -> Result<Bytes, ChatError> {
        Ok(self.file(id).map(|file| file.bytes).unwrap_or_default())
    }

    async fn bind(&self, _: SiteId, id: UploadId, chat: ChatId) -> Result<(), ChatError> {
        self.files.lock().expect("unpoisoned").entry(id).and_modify(|file| file.chat = Some(chat));
        Ok(())
    }
}

pub struct House {
    pub test: TestDb,
    pub live: Arc<dyn LiveState>,
    pub town: Arc<Town>,
    pub widgets: Widgets,
    pub node: Node,
}

/// What one process runs.
#[derive(Clone)]
pub struct Node {
    pub chats: Chats,
    pub queue: Queue,
    pub desk: Desk,
}

async fn open_live(test: &TestDb) -> Arc<dyn LiveState> {
    match testkit::redis_url() {
        None => Arc::new(MemoryLive::new(test.clock.clone(), test.minter.clone())),
        Some(url) => {
            let prefix = format!("chats-{}:", Uuid::new_v4().simple());
            let options = RedisLiveOptions { prefix, ..RedisLiveOptions::new(url) };
            Arc::new(RedisLive::open(&options, test.clock.clone(), test.minter.clone()).await.expect("the given Redis answers"))
        }
    }
}

fn node(db: Db, live: Arc<dyn LiveState>, town: &Arc<Town>, widgets: Widgets, name: &str) -> Node {
    let around = Neighbours { staff: town.clone(), guests: town.clone(), files: town.clone(), widgets, matcher: town.clone(), letters: town.clone() };
    let chats = Chats::open(db.clone(), live, around);
    town.chats.lock().expect("unpoisoned").replace(chats.clone());
    let queue = Queue::open(chats.clone());
    Node { desk: Desk::new(queue.clone(), name, tokio::sync::watch::channel(false).1), chats, queue }
}

impl House {
    pub async fn open() -> Self {
        Self::on(TestDb::open(&[livechat::migrations]).await).await
    }

    pub async fn on(test: TestDb) -> Self {
        let live = open_live(&test).await;
        let town = Arc::new(Town::default());
        let widgets = Widgets::new(test.db.clone());
        for site in [SITE, OTHER_SITE] {
            widgets.ensure_default(site).await.expect("a widget");
            let list = widgets.list(site, &base::PageRequest::default()).await.expect("lists");
            let widget = list.items[0].id;
            let optional = json!({ "pre_chat": { "enabled": false } });
            let patch = livechat::widgets::WidgetPatch { config: Some(optional), ..Default::default() };
            widgets.change(site, widget, patch).await.expect("changes");
            town.widgets.lock().expect("unpoisoned").insert(site, widget);
        }
        let node = node(test.db.clone(), live.clone(), &town, widgets.clone(), "a");
        Self { test, live, town, widgets, node }
    }

    /// A second process on the same database and live store.
    pub async fn second_node(&self) -> Node {
        let minter = Minter::new(self.test.clock.clone(), 2);
        let db = Db::open(&self.test.options, Arc::new(NoNews::default()), self.test.clock.clone(), minter, "b".into());
        let db = db.await.expect("opens");
        node(db.clone(), self.live.clone(), &self.town, Widgets::new(db), "b")
    }

    /// Sets an agent up and brings him online on one screen.
    pub async fn agent(&self, id: i64, limit: u32, departments: &[DepartmentId]) -> UserId {
        let agent = UserId(id);
        {
            let mut staff = self.town.staff.lock().expect("unpoisoned");
            let staff = staff.entry(SITE).or_default();
            let card = AgentCard { id: agent, name: format!("Agent {id}"), departments: departments.to_vec(), chat_limit: limit, accepts_chats: true };
            staff.agents.insert(agent, card);
            for id in departments {
                staff.departments.insert(*id, DepartmentCard { id: *id, name: format!("Department {id}"), is_default: false });
            }
        }
        self.node.desk.enter(SITE, agent, 1).await.expect("sits down");
        self.node.desk.set_status(SITE, agent, AgentStatus::Online, None).await.expect("goes online");
        agent
    }

    /// Asks these things before a chat.
    pub async fn asks_before(&self, pre_chat: Value) {
        let widget = self.town.widgets.lock().expect("unpoisoned")[&SITE];
        let patch = livechat::widgets::WidgetPatch { config: Some(json!({ "pre_chat": pre_chat })), ..Default::default() };
        self.widgets.change(SITE, widget, patch).await.expect("changes");
    }

    pub async fn ask(&self, visitor: VisitorId, department: Option<DepartmentId>) -> Chat {
        ask_at(&self.node, visitor, department).await
    }

    pub async fn chatting(&self) -> (UserId, VisitorId, Chat) {
        let agent = self.agent(1, 50, &[SALES]).await;
        let visitor = visitor();
        let chat = self.ask(visitor, None).await;
        (agent, visitor, chat)
    }

    /// A file that was sent in a chat, of that name.
    pub fn file(&self, chat: &Chat, name: &str) -> UploadId {
        let id = UploadId(Uuid::new_v4());
        let view = UploadView { id, name: name.into(), media_type: "application/pdf".into(), size: 1, url: format!("/f/{id}"), width: None, height: None };
        let file = SentFile { view, sender: chat.visitor, chat: Some(chat.id), bytes: Bytes::new() };
        self.town.files.lock().expect("unpoisoned").insert(id, file);
        id
    }

    pub async fn say(&self, chat: &Chat, visitor: VisitorId, text: &str) -> Result<Said, ChatError> {
        self.node.chats.say(chat.site, chat.id, Speaker::Visitor(visitor), message(text)).await
    }
}

pub async fn ask_at(node: &Node, visitor: VisitorId, department: Option<DepartmentId>) -> Chat {
    let form: Value = department.map_or(json!({}), |id| json!({ "department": id }));
    node.queue.request(SITE, visitor, new_chat(form, None)).await.expect("asks")
}

/// A request for a chat; `form` is an object.
pub fn new_chat(form: Value, message: Option<&str>) -> NewChat {
    let form = form.as_object().cloned().expect("an object");
    NewChat { client_id: Uuid::new_v4(), form, message: message.map(str::to_owned), attachment: None }
}

pub fn visitor() -> VisitorId {
    VisitorId(Uuid::new_v4())
}

pub fn message(text: &str) -> NewMessage {
    NewMessage { client_id: Uuid::new_v4(), text: Some(text.into()), upload: None }
}

pub fn speaker(agent: UserId) -> Speaker {
    Speaker::Agent { id: agent, name: format!("Agent {agent}"), any: false }
}

pub fn caller(agent: UserId, may: &[Permission]) -> Caller {
    Caller::new(SITE, Actor::User(agent), may.iter().copied().collect())
}
