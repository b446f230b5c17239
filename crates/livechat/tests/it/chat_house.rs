//! A house with chats, the queue and the desk; staff and visitors are as the test says.

use adapters::live::{MemoryLive, RedisLive, RedisLiveOptions};
use async_trait::async_trait;
use base::{Actor, Caller, ChatId, DepartmentId, Minter, Permission, SiteId, UploadId, UserId, VisitorId, WidgetId};
use livechat::chat::{
    Chat, ChatError, Chats, Files, Guest, Guests, Neighbours, NewChat, NewMessage, Said, Snapshot, Speaker, UploadView,
};
use livechat::desk::Desk;
use livechat::routing::{AgentCard, DepartmentCard, Queue, SiteStaff, Staff};
use livechat::widgets::Widgets;
use serde_json::{Value, json};
use sockets::Db;
use sockets::live::{AgentStatus, LiveState};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use testkit::{NoNews, TestDb};
use uuid::Uuid;

pub const SITE: SiteId = SiteId(1);
pub const OTHER_SITE: SiteId = SiteId(2);
pub const SALES: DepartmentId = DepartmentId(1);
pub const SUPPORT: DepartmentId = DepartmentId(2);

/// Staff as the test says; every visitor there is.
#[derive(Default)]
pub struct Town {
    staff: Mutex<HashMap<SiteId, SiteStaff>>,
    widgets: Mutex<HashMap<SiteId, WidgetId>>,
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
    async fn view(&self, _: SiteId, _: ChatId, _: UploadId) -> Result<Option<UploadView>, ChatError> {
        Ok(None)
    }
}

pub struct House {
    pub test: TestDb,
    pub live: Arc<dyn LiveState>,
    pub town: Arc<Town>,
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

fn node(db: Db, live: Arc<dyn LiveState>, town: &Arc<Town>, name: &str) -> Node {
    let widgets = Widgets::new(db.clone());
    let around = Neighbours { staff: town.clone(), guests: town.clone(), files: town.clone(), widgets };
    let chats = Chats::open(db.clone(), live, around);
    let queue = Queue::open(chats.clone());
    Node { desk: Desk::new(queue.clone(), name, tokio::sync::watch::channel(false).1), chats, queue }
}

impl House {
    pub async fn open() -> Self {
        let test = TestDb::open(&[livechat::migrations]).await;
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
        let node = node(test.db.clone(), live.clone(), &town, "a");
        Self { test, live, town, node }
    }

    /// A second process on the same database and live store.
    pub async fn second_node(&self) -> Node {
        let minter = Minter::new(self.test.clock.clone(), 2);
        let db = Db::open(&self.test.options, Arc::new(NoNews::default()), self.test.clock.clone(), minter, "b".into());
        node(db.await.expect("opens"), self.live.clone(), &self.town, "b")
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

    pub async fn ask(&self, visitor: VisitorId, department: Option<DepartmentId>) -> Chat {
        ask_at(&self.node, visitor, department).await
    }

    pub async fn chatting(&self) -> (UserId, VisitorId, Chat) {
        let agent = self.agent(1, 50, &[SALES]).await;
        let visitor = visitor();
        let chat = self.ask(visitor, None).await;
        (agent, visitor, chat)
    }

    pub async fn say(&self, chat: &Chat, visitor: VisitorId, text: &str) -> Result<Said, ChatError> {
        self.node.chats.say(chat.site, chat.id, Speaker::Visitor(visitor), message(text)).await
    }
}

pub async fn ask_at(node: &Node, visitor: VisitorId, department: Option<DepartmentId>) -> Chat {
    let form: Value = department.map_or(json!({}), |id| json!({ "department": id }));
    let form = form.as_object().cloned().expect("an object");
    node.queue.request(SITE, visitor, NewChat { client_id: Uuid::new_v4(), form, message: None }).await.expect("asks")
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
