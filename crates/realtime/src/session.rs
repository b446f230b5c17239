//! One caller's dealings with the hub, over a socket or in a poll: what each frame does, and what is sent only once.

use crate::floor::Op;
use crate::frame::{Asked, Follow, Frame, Hello, Ping};
use crate::hub::{Connection, Hub, Resumed};
use crate::outbox::Close;
use base::{Caller, ChatId, Kind};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use sockets::live::{Cursor, Topic};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use web::Problem;

/// A client has no business with more topics than this.
const FOLLOWS_AT_MOST: usize = 300;

/// What a frame led to: to be sent before anything else.
#[derive(Default)]
pub(crate) struct Done {
    pub frames: Vec<Frame>,
    pub resumed: Vec<Resumed>,
    pub close: Option<Close>,
}

impl Done {
    pub(crate) fn say(frame: Frame) -> Self {
        Self { frames: vec![frame], ..Self::default() }
    }
}

/// What is to be done for a frame.
pub(crate) enum Work {
    Nothing,
    Now(Done),
    /// `holds`: until it is done nothing else is sent, or what was missed would come after what is new.
    Later { work: BoxFuture<'static, Done>, holds: bool },
}

/// Asks the door again whether the one at the socket may still be there.
pub(crate) type Recheck = Arc<dyn Fn() -> BoxFuture<'static, Result<Caller, Close>> + Send + Sync>;

pub(crate) struct Session {
    pub hub: Arc<Hub>,
    pub connection: Arc<Connection>,
    /// How many connections the caller has open, this one included.
    pub open: usize,
    /// Asked with every ping.
    pub recheck: Option<Recheck>,
    sent: HashMap<u64, Cursor>,
    following: HashMap<Topic, u64>,
}

impl Session {
    pub fn open(hub: Arc<Hub>, caller: Caller, lasting: bool) -> Self {
        let (connection, open) = hub.enter(caller, lasting);
        Self { hub, connection, open, recheck: None, sent: HashMap::new(), following: HashMap::new() }
    }

    /// True when this frame was not sent yet; it counts as sent from now on.
    pub fn is_new(&mut self, frame: &Frame) -> bool {
        let Some(place) = frame.place else { return true };
        // A topic that is not followed any more.
        let Some(sent) = self.sent.get_mut(&place.slot) else { return false };
        if !place.reload && sent.epoch == place.cursor.epoch && place.cursor.seq <= sent.seq {
            return false;
        }
        *sent = place.cursor;
        true
    }

    /// Takes note of what is followed from now on, and gives what is to be sent.
    pub fn settle(&mut self, done: Done) -> (Vec<Frame>, Option<Close>) {
        let mut frames = done.frames;
        for resumed in done.resumed {
            self.following.insert(resumed.topic, resumed.slot);
            self.sent.insert(resumed.slot, resumed.from);
            frames.extend(resumed.frames);
        }
        (frames, done.close)
    }

    pub fn start(&mut self, re: Option<String>, asked: Asked) -> Work {
        match asked {
            Asked::Hello(_) => Work::Now(Done::say(Frame::problem(None, &Problem::invalid("op", "hello was said already")))),
            Asked::Follow(ask) => self.follow(ask),
            Asked::Unfollow(ask) => {
                if let Some(topic) = Topic::of_site(self.connection.caller.site, &ask.topic)
                    && let Some(slot) = self.following.remove(&topic)
                {
                    self.sent.remove(&slot);
                    self.hub.unfollow(self.connection.id, &topic);
                }
                Work::Nothing
            }
            Asked::Ping(ping) => self.ping(ping),
            Asked::Do(op) => self.handle(re, op),
        }
    }

    fn follow(&mut self, ask: Follow) -> Work {
        let refuse = |problem: &Problem| Work::Now(Done::say(Frame::problem(Some(&ask.topic), problem)));
        let Some(topic) = Topic::of_site(self.connection.caller.site, &ask.topic) else {
            return refuse(&Problem::invalid("topic", "is chat:<id>, agent:<id>, desk or visitors"));
        };
        if self.following.len() >= FOLLOWS_AT_MOST && !self.following.contains_key(&topic) {
            return refuse(&Problem::new(Kind::TooMany, format!("at most {FOLLOWS_AT_MOST} topics can be followed at once")));
        }
        let (hub, connection) = (self.hub.clone(), self.connection.clone());
        let work = Box::pin(async move {
            let mut done = Done::default();
            follow_into(&hub, &connection, topic, ask.cursor, &mut done).await;
            done
        });
        Work::Later { work, holds: true }
    }

    fn ping(&mut self, ping: Ping) -> Work {
        let (hub, connection) = (self.hub.clone(), self.connection.clone());
        let site = connection.caller.site;
        let followed: Vec<ChatId> =
            ping.seqs.keys().copied().filter(|chat| self.following.contains_key(&Topic::Chat(site, *chat))).collect();
        let recheck = self.recheck.clone();
        let work = Box::pin(async move {
            if let Some(recheck) = recheck
                && let Some(close) = no_longer(&connection.caller, recheck().await)
            {
                return Done { close: Some(close), ..Done::default() };
            }
            let mut done = Done::say(Frame::plain(r#"{"t":"pong"}"#));
            // A floor that cannot answer now will be asked again by the next ping.
            let Ok(heard) = hub.floor.ping(&connection.caller, connection.id, &ping.seqs).await else { return done };
            done.frames.extend(heard.frames.iter().map(|frame| Frame::plain(&**frame)));
            for chat in heard.behind.into_iter().filter(|chat| followed.contains(chat)) {
                let after = ping.seqs.get(&chat).copied().unwrap_or(0);
                if let Ok(frames) = hub.again(&connection, Topic::Chat(site, chat), after).await {
                    done.frames.extend(frames);
                }
            }
            done
        });
        Work::Later { work, holds: true }
    }

    fn handle(&mut self, re: Option<String>, op: Op) -> Work {
        let (hub, connection) = (self.hub.clone(), self.connection.clone());
        let work = Box::pin(async move {
            let answer = hub.floor.handle(&connection.caller, connection.id, op).await;
            re.map_or_else(Done::default, |re| Done::say(Frame::answer(&re, answer)))
        });
        Work::Later { work, holds: false }
    }

    /// What a greeting leads to: the welcome, and everything missed since the cursors it named.
    pub fn greet(&self, hello: Hello) -> BoxFuture<'static, Done> {
        let (hub, connection, open) = (self.hub.clone(), self.connection.clone(), self.open);
        Box::pin(async move {
            let welcome = match hub.floor.connected(&connection.caller, connection.id, open).await {
                Ok(welcome) => welcome,
                Err(problem) => {
                    let close = if problem.kind() == Kind::Denied { Close::Denied } else { Close::Unavailable };
                    return Done { frames: vec![Frame::problem(None, &problem)], close: Some(close), ..Done::default() };
                }
            };
            let mut done = Done::say(welcome_frame(&hub, &connection, &welcome.me));
            let mut topics: BTreeMap<String, Option<Cursor>> = welcome.follow.iter().map(|topic| (topic.to_string(), None)).collect();
            topics.extend(hello.cursors);
            follow_all(&hub, &connection, topics, &mut done).await;
            done
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let left = self.hub.leave(&self.connection, self.following.keys().copied());
        if !self.connection.lasting {
            return;
        }
        let (hub, connection) = (self.hub.clone(), self.connection.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { hub.floor.disconnected(&connection.caller, connection.id, left).await });
        }
    }
}

fn welcome_frame(hub: &Hub, connection: &Connection, me: &Value) -> Frame {
    let pace = u64::try_from(hub.pace().as_millis()).unwrap_or(u64::MAX);
    Frame::plain(json!({ "t": "welcome", "pace_ms": pace, "session": connection.id.to_string(), "me": me }).to_string())
}

pub(crate) async fn follow_all(hub: &Hub, connection: &Connection, topics: BTreeMap<String, Option<Cursor>>, done: &mut Done) {
    for (name, cursor) in topics.into_iter().take(FOLLOWS_AT_MOST) {
        match Topic::of_site(connection.caller.site, &name) {
            Some(topic) => follow_into(hub, connection, topic, cursor, done).await,
            None => done.frames.push(Frame::problem(Some(&name), &Problem::invalid("topic", "is chat:<id>, agent:<id>, desk or visitors"))),
        }
    }
}

/// Why this socket must end, by what the door says now. A door that does not answer is asked again with the next ping.
fn no_longer(caller: &Caller, now: Result<Caller, Close>) -> Option<Close> {
    match now {
        Err(Close::Unavailable) => None,
        Err(close) => Some(close),
        // Who may do something else by now comes in anew, and is told of what he may see.
        Ok(now) => (now.permissions != caller.permissions || now.superadmin != caller.superadmin).then_some(Close::Restart),
    }
}

/// A topic that may not be followed is said so; a part that does not answer ends the connection, so that the client comes again.
async fn follow_into(hub: &Hub, connection: &Connection, topic: Topic, cursor: Option<Cursor>, done: &mut Done) {
    match hub.follow(connection, topic, cursor).await {
        Ok(resumed) => {
            done.resumed.push(resumed);
            if let Topic::Chat(_, chat) = topic
                && connection.lasting
            {
                // It follows by now: what is told after this was read reaches it. A poll would have an answer at once each time, and
                // never wait; it is healed by its ping.
                let standing = hub.floor.standing(&connection.caller, chat).await;
                done.frames.extend(standing.iter().map(|frame| Frame::plain(&**frame)));
            }
        }
        Err(problem) if problem.status().is_server_error() => done.close = Some(Close::Unavailable),
        Err(problem) => done.frames.push(Frame::problem(Some(&topic.to_string()), &problem)),
    }
}
