use adapters::live::MemoryLive;
use async_trait::async_trait;
use base::{Actor, Caller, ChatId, Digest, Permission, Secret, SiteId, UserId, VisitorId};
use futures_util::{SinkExt, StreamExt};
use realtime::{Backlog, ConnectionId, Floor, Heard, Hub, Op, RealtimeOptions, Welcome};
use serde_json::{Value, json};
use sockets::live::{Audience, LiveState, Topic};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::TestDb;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use uuid::Uuid;
use web::{Answer, Door, DoorSettings, Doorkeepers, Problem, StaffDoor, StaffPass, VisitorDoor};

pub const SITE: SiteId = SiteId(1);
pub const DESK: Topic = Topic::Desk(SITE);

/// Chats as lists of entries; tokens `sbv_<visitor>`; a chat belongs to the visitor of the same number.
pub struct TestFloor {
    live: Arc<MemoryLive>,
    chats: Mutex<HashMap<ChatId, Vec<Arc<str>>>>,
    pub opened: Mutex<Vec<usize>>,
    pub left: Mutex<Vec<usize>>,
    pub healing: Mutex<Vec<Arc<str>>>,
    /// What who follows a chat is told at once.
    pub standing: Mutex<Vec<Arc<str>>>,
}

impl TestFloor {
    /// Durable, but told to nobody yet.
    pub fn store(&self, chat: ChatId, text: &str) -> u64 {
        let mut chats = self.chats.lock().expect("held briefly");
        let entries = chats.entry(chat).or_default();
        let seq = entries.len() as u64 + 1;
        entries.push(json!({ "seq": seq, "text": text }).to_string().into());
        seq
    }

    pub async fn say(&self, chat: ChatId, text: &str) -> u64 {
        let seq = self.store(chat, text);
        let body = self.chats.lock().expect("held briefly")[&chat][seq as usize - 1].clone();
        self.live.send_chat_message(SITE, chat, seq, body).await.expect("is told");
        seq
    }
}

#[async_trait]
impl Floor for TestFloor {
    async fn authenticate_visitor(&self, token: &str) -> Result<Option<Caller>, Problem> {
        let visitor = token.strip_prefix("sbv_").and_then(|id| id.parse().ok());
        Ok(visitor.map(|visitor| Caller::visitor(SITE, VisitorId(visitor))))
    }

    async fn may_follow(&self, caller: &Caller, topic: &Topic) -> Result<bool, Problem> {
        Ok(match (caller.actor, topic) {
            (Actor::Visitor(visitor), Topic::Chat(_, chat)) => visitor.0 == chat.0,
            (Actor::Visitor(_), _) => false,
            _ => true,
        })
    }

    async fn backlog(&self, _: &Caller, chat: ChatId, after: Option<u64>) -> Result<Backlog, Problem> {
        let chats = self.chats.lock().expect("held briefly");
        let all = chats.get(&chat).map(Vec::as_slice).unwrap_or_default();
        let head = all.len() as u64;
        let entries = after.map(|after| (1..).zip(all.iter().cloned()).skip(after as usize).take(100).collect());
        Ok(Backlog { entries: entries.unwrap_or_default(), head })
    }

    async fn handle(&self, caller: &Caller, _: ConnectionId, op: Op) -> Result<Value, Problem> {
        match op {
            Op::Say { chat, text, .. } => {
                let text = text.ok_or_else(|| Problem::invalid("text", "is missing"))?;
                Ok(json!({ "seq": self.say(chat, &text).await }))
            }
            Op::Typing { chat, on, .. } => {
                let audience = if matches!(caller.actor, Actor::Visitor(_)) { Audience::Agents } else { Audience::Visitors };
                let frame = json!({ "t": "typing", "chat": chat, "on": on }).to_string();
                self.live.publish_ephemeral(&Topic::Chat(SITE, chat), audience, frame.into()).await?;
                Ok(Value::Null)
            }
            Op::Read { .. } | Op::Delivered { .. } => Ok(json!({})),
        }
    }

    async fn connected(&self, caller: &Caller, _: ConnectionId, open: usize) -> Result<Welcome, Problem> {
        self.opened.lock().expect("held briefly").push(open);
        let follow = if matches!(caller.actor, Actor::Visitor(_)) { vec![] } else { vec![DESK] };
        Ok(Welcome { me: json!({ "hello": true }), follow })
    }

    async fn disconnected(&self, _: &Caller, _: ConnectionId, left: usize) {
        self.left.lock().expect("held briefly").push(left);
    }

    async fn standing(&self, _: &Caller, _: ChatId) -> Vec<Arc<str>> {
        self.standing.lock().expect("held briefly").clone()
    }

    async fn ping(&self, _: &Caller, _: ConnectionId, seqs: &BTreeMap<ChatId, u64>) -> Result<Heard, Problem> {
        let chats = self.chats.lock().expect("held briefly");
        let behind = seqs.iter().filter(|(chat, seq)| chats.get(chat).is_some_and(|all| all.len() as u64 > **seq));
        let frames = self.healing.lock().expect("held briefly").clone();
        Ok(Heard { behind: behind.map(|(chat, _)| *chat).collect(), frames })
    }
}

/// One agent, whose cookie is `ada`, and one user without permissions, `bob`.
#[derive(Clone, Default)]
pub struct Keeper {
    /// What ada may; nothing once her session was revoked.
    pub ada: Arc<Mutex<Option<BTreeSet<Permission>>>>,
}

#[async_trait]
impl StaffDoor for Keeper {
    async fn session(&self, cookie: &Digest, site: Option<SiteId>) -> Answer<Option<StaffPass>> {
        if site.is_some_and(|site| site != SITE) {
            return Err(Problem::missing("there is no such site"));
        }
        let caller = |permissions| Caller::new(SITE, Actor::User(UserId(1)), permissions);
        let ada = self.ada.lock().expect("held briefly").clone();
        let caller = if let Some(permissions) = ada.filter(|_| *cookie == Digest::of("ada")) {
            caller(permissions)
        } else if *cookie == Digest::of("bob") {
            caller([].into())
        } else {
            return Ok(None);
        };
        Ok(Some(StaffPass { caller, session: None }))
    }

    async fn api_key(&self, _: &Digest, _: Option<SiteId>) -> Answer<Option<StaffPass>> {
        Ok(None)
    }
}

#[async_trait]
impl VisitorDoor for Keeper {
    async fn visitor(&self, token: &Secret) -> Answer<Option<(SiteId, VisitorId)>> {
        let id = token.reveal().strip_prefix("sbv_").and_then(|id| id.parse().ok());
        Ok(id.map(|id| (SITE, VisitorId(id))))
    }
}

pub struct House {
    pub hub: Arc<Hub>,
    pub floor: Arc<TestFloor>,
    pub live: Arc<MemoryLive>,
    pub address: String,
    pub keeper: Keeper,
    _db: TestDb,
}

impl House {
    pub async fn open(options: RealtimeOptions) -> Self {
        let db = TestDb::open(&[]).await;
        let live = Arc::new(MemoryLive::new(db.clock.clone(), db.minter.clone()));
        let floor = Arc::new(TestFloor {
            live: live.clone(),
            chats: Mutex::default(),
            opened: Mutex::default(),
            left: Mutex::default(),
            healing: Mutex::default(),
            standing: Mutex::default(),
        });
        let hub = Hub::new(live.clone(), floor.clone(), options);
        tokio::spawn(hub.clone().run());
        let keeper = Keeper { ada: Arc::new(Mutex::new(Some([Permission::AnswerChats].into()))) };
        let keepers = Doorkeepers::nobody().with_staff(Arc::new(keeper.clone())).with_visitors(Arc::new(keeper.clone()));
        let door = Door::new(db.db.clone(), DoorSettings::default(), keepers);
        let (router, _) = realtime::routes(hub.clone()).split_for_parts();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("is bound").to_string();
        let app = door.fit(router).into_make_service_with_connect_info::<std::net::SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        // The hub must listen before anything is told.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Self { hub, floor, live, address, keeper, _db: db }
    }

    pub fn chat() -> ChatId {
        ChatId(Uuid::new_v4())
    }

    pub async fn dial(&self, path: &str, headers: &[(&'static str, &str)]) -> Result<Client, tungstenite::Error> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().expect("a request");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header"));
        }
        Ok(Client(tokio_tungstenite::connect_async(request).await?.0))
    }

    /// A visitor's socket that greeted, with cursors.
    pub async fn visitor(&self, visitor: Uuid, cursors: Value) -> Client {
        let mut client = self.dial("/ws/visitor", &[]).await.expect("connects");
        client.send(json!({ "op": "hello", "token": format!("sbv_{visitor}"), "cursors": cursors })).await;
        assert_eq!(client.next().await["t"], "welcome");
        client
    }

    pub async fn agent(&self, cursors: Value) -> Client {
        let origin = format!("http://{}", self.address);
        let mut client = self.dial("/ws/agent", &[("cookie", "x=1; sb_session=ada"), ("origin", &origin)]).await.expect("connects");
        client.send(json!({ "op": "hello", "site": 1, "cursors": cursors })).await;
        assert_eq!(client.next().await["t"], "welcome");
        client
    }

    pub async fn poll(&self, visitor: Uuid, ask: Value) -> Value {
        let url = format!("http://{}/widget/poll", self.address);
        let answer = http().post(url).bearer_auth(format!("sbv_{visitor}")).json(&ask).send().await.expect("is answered");
        answer.json().await.expect("is JSON")
    }
}

pub fn http() -> reqwest::Client {
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

pub struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    pub async fn send(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.expect("is sent");
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.0.send(message).await.expect("is sent");
    }

    /// The next frame, which must come soon.
    pub async fn next(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await.expect("something comes");
            match message.expect("is open").expect("is whole") {
                Message::Text(text) => return serde_json::from_str(&text).expect("is JSON"),
                Message::Close(close) => panic!("closed: {close:?}"),
                _ => {}
            }
        }
    }

    /// The numbers of the next entries.
    pub async fn numbers(&mut self, count: usize) -> Vec<u64> {
        let mut numbers = Vec::new();
        while numbers.len() < count {
            let frame = self.next().await;
            assert_eq!(frame["t"], "entry", "{frame}");
            numbers.push(frame["n"].as_str().and_then(|n| n.parse().ok()).expect("a number"));
        }
        numbers
    }

    /// Nothing comes for a while.
    pub async fn silent(&mut self) {
        let heard = tokio::time::timeout(Duration::from_millis(150), self.0.next()).await;
        assert!(heard.is_err(), "{heard:?}");
    }

    /// Reads on until the other side closes: the frames until then, and the code.
    pub async fn closed(&mut self) -> (usize, u16) {
        let mut frames = 0;
        loop {
            let message = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await.expect("is closed soon");
            match message {
                Some(Ok(Message::Close(close))) => return (frames, close.map_or(1005, |close| close.code.into())),
                Some(Ok(_)) => frames += 1,
                Some(Err(_)) | None => return (frames, 1006),
            }
        }
    }
}
