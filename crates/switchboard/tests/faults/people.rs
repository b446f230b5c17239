//! A visitor and an agent who write to each other, and who note what was acknowledged and what they saw.

use crate::house::House;
use serde_json::{Value, json};
use sim::{Agent, Door, SimError, Socket, Visitor};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Messages as a screen has them: number and text.
type Seen = Arc<Mutex<Vec<(i64, String)>>>;

pub struct Talk {
    chat: String,
    stop: Arc<AtomicBool>,
    cut: Arc<Notify>,
    writers: Vec<JoinHandle<Vec<String>>>,
    readers: Vec<(JoinHandle<()>, Seen)>,
    done_reading: Arc<AtomicBool>,
}

#[derive(Clone)]
enum Side {
    Visitor(Visitor),
    Agent(Agent, String),
}

impl Side {
    fn at(&self, door: &Door) -> Self {
        match self {
            Self::Visitor(visitor) => Self::Visitor(visitor.at(door)),
            Self::Agent(agent, chat) => Self::Agent(agent.at(door), chat.clone()),
        }
    }

    async fn say(&self, id: Uuid, text: &str) -> Result<Value, SimError> {
        match self {
            Self::Visitor(visitor) => visitor.say(id, text).await,
            Self::Agent(agent, chat) => agent.say(chat, id, text).await,
        }
    }

    async fn connect(&self, cursors: &Value) -> Result<Socket, SimError> {
        match self {
            Self::Visitor(visitor) => visitor.connect(cursors).await,
            Self::Agent(agent, _) => agent.connect(cursors).await,
        }
    }

    async fn messages(&self, after: i64) -> Result<Value, SimError> {
        match self {
            Self::Visitor(visitor) => visitor.messages(after).await,
            Self::Agent(agent, chat) => agent.get(&format!("/v1/chats/{chat}/messages?after_seq={after}&limit=200")).await,
        }
    }
}

impl Talk {
    /// The agent sits at the first node, the visitor at the last; both change nodes when theirs does not answer.
    pub async fn begin(house: &House) -> Self {
        let doors: Vec<Door> = house.nodes.iter().map(|node| Door::new(&node.url).expect("a client")).collect();
        house.admin.go_online().await.expect("the agent goes online");
        // Held open by the reader below; without a socket an agent is not there.
        let desk = house.admin.connect(&json!({})).await.expect("the console connects");
        let widget = house.admin.get("/v1/widgets").await.expect("widgets")["items"][0]["id"].as_i64().expect("a widget");
        let page = json!({ "url": "http://shop.example/", "title": "Shop", "referrer": "" });
        let visitor = Visitor::arrive(doors.last().expect("a node"), house.admin.site, widget, &page).await.expect("arrives");
        let state = visitor.ask(&json!({ "name": "Ada", "email": "ada@shop.example" }), None).await.expect("asks");
        let chat = state["id"].as_str().unwrap_or_else(|| panic!("a chat in {state}")).to_owned();
        if state["status"] == "waiting" {
            house.admin.post(&format!("/v1/chats/{chat}/accept"), &json!({})).await.expect("accepts");
        }
        let (stop, cut, done_reading) = (Arc::default(), Arc::new(Notify::new()), Arc::default());
        let mut talk = Self { chat: chat.clone(), stop, cut, writers: Vec::new(), readers: Vec::new(), done_reading };
        for (name, side) in [("v", Side::Visitor(visitor)), ("a", Side::Agent(house.admin.clone(), chat.clone()))] {
            talk.writers.push(tokio::spawn(write(name, side.clone(), doors.clone(), talk.stop.clone())));
            let seen = Arc::default();
            let reader = Reader { side, doors: doors.clone(), topic: format!("chat:{chat}"), seen: Arc::clone(&seen) };
            talk.readers.push((tokio::spawn(reader.read(talk.cut.clone(), talk.done_reading.clone())), seen));
        }
        drop(desk);
        talk
    }

    pub fn cut_sockets(&self) {
        self.cut.notify_waiters();
    }

    /// Waits until both sides have seen everything, and compares.
    pub async fn end_and_check(self, house: &mut House) {
        self.stop.store(true, Ordering::SeqCst);
        let mut acknowledged = Vec::new();
        for writer in self.writers {
            acknowledged.push(writer.await.expect("the writer ends"));
        }
        let door = Door::new(&house.nodes[0].url).expect("a client");
        let rows = all_messages(&Side::Agent(house.admin.at(&door), self.chat.clone())).await;
        let texts: Vec<&String> = rows.iter().map(|(_, text)| text).collect();
        for acked in &acknowledged {
            assert!(acked.len() > 5, "too little was written to prove anything: {acked:?}");
            let kept: Vec<&String> = texts.iter().filter(|text| text.starts_with(&acked[0][..1])).copied().collect();
            let written: Vec<&String> = acked.iter().collect();
            assert_eq!(kept, written, "each acknowledged message once and in order");
        }
        assert!(rows.windows(2).all(|pair| pair[0].0 < pair[1].0), "numbers rise");
        let deadline = Instant::now() + Duration::from_secs(15);
        for (_, seen) in &self.readers {
            while seen.lock().expect("no reader panics").len() < rows.len() && Instant::now() < deadline {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert_eq!(*seen.lock().expect("no reader panics"), rows, "a screen shows what the rows say, by itself");
        }
        self.done_reading.store(true, Ordering::SeqCst);
        self.cut.notify_waiters();
        for (reader, _) in self.readers {
            reader.await.expect("the reader ends");
        }
    }
}

/// Writes numbered messages, each until it is acknowledged, at whichever node answers.
async fn write(name: &'static str, side: Side, doors: Vec<Door>, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    let mut node = usize::from(name == "v") * (doors.len() - 1);
    while !stop.load(Ordering::SeqCst) {
        let (id, text) = (Uuid::new_v4(), format!("{name}-{}", acknowledged.len()));
        let deadline = Instant::now() + Duration::from_secs(30);
        while let Err(err) = side.at(&doors[node]).say(id, &text).await {
            assert!(Instant::now() < deadline, "{text} was not taken in 30 s: {err}");
            if let SimError::Refused { status: 400..=428, body } = &err {
                panic!("{text} was refused for good: {body}");
            }
            node = (node + 1) % doors.len();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        acknowledged.push(text);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    acknowledged
}

/// What a screen does: follows the chat, drops what it has, fetches what it misses, comes back when cut.
struct Reader {
    side: Side,
    doors: Vec<Door>,
    topic: String,
    seen: Seen,
}

impl Reader {
    async fn read(self, cut: Arc<Notify>, done: Arc<AtomicBool>) {
        let (mut last, mut node) = (0, 0);
        while !done.load(Ordering::SeqCst) {
            tokio::select! {
                // A socket that ended, however it ended, is opened again.
                _ended = self.follow(&mut last, node) => node = (node + 1) % self.doors.len(),
                () = cut.notified() => {}
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    async fn follow(&self, last: &mut i64, node: usize) -> Result<(), SimError> {
        let side = self.side.at(&self.doors[node]);
        let mut socket = side.connect(&json!({ (self.topic.as_str()): last.to_string() })).await?;
        let chat = self.topic.trim_start_matches("chat:").to_owned();
        loop {
            match socket.next_within(Duration::from_secs(1)).await {
                Ok(frame) if frame["t"] == "entry" => self.take(&side, &frame["entry"], last).await?,
                Ok(frame) if frame["t"] == "reload" => self.fill(&side, last).await?,
                Ok(_) => {}
                Err(SimError::Late(_)) => socket.send(&json!({ "op": "ping", "seqs": { (chat.as_str()): *last } })).await?,
                Err(err) => return Err(err),
            }
        }
    }

    async fn take(&self, side: &Side, entry: &Value, last: &mut i64) -> Result<(), SimError> {
        let seq = entry["seq"].as_i64().unwrap_or_default();
        if seq > *last + 1 {
            self.fill(side, last).await?;
        }
        if seq == *last + 1 {
            self.note(entry, last);
        }
        Ok(())
    }

    async fn fill(&self, side: &Side, last: &mut i64) -> Result<(), SimError> {
        let page = side.messages(*last).await?;
        for entry in page["items"].as_array().into_iter().flatten() {
            if entry["seq"].as_i64() == Some(*last + 1) {
                self.note(entry, last);
            }
        }
        Ok(())
    }

    fn note(&self, entry: &Value, last: &mut i64) {
        *last += 1;
        if let Some(line) = message_of(entry) {
            self.seen.lock().expect("no reader panics").push(line);
        }
    }
}

fn message_of(entry: &Value) -> Option<(i64, String)> {
    (entry["kind"] == "message").then(|| (entry["seq"].as_i64().unwrap_or_default(), entry["text"].as_str().unwrap_or_default().to_owned()))
}

async fn all_messages(side: &Side) -> Vec<(i64, String)> {
    let (mut all, mut last) = (Vec::new(), 0);
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let page = match side.messages(last).await {
            Ok(page) => page,
            Err(_) if Instant::now() < deadline => continue,
            Err(err) => panic!("the history cannot be read: {err}"),
        };
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let Some(end) = items.last() else { return all };
        last = end["seq"].as_i64().expect("a number");
        all.extend(items.iter().filter_map(message_of));
    }
}
