use super::{Connection, Followed, Follower, Hub};
use crate::floor::ConnectionId;
use crate::frame::Frame;
use sockets::live::{Cursor, Gap, Topic};
use std::sync::atomic::Ordering;
use web::Problem;

/// More than this is not resumed but loaded anew.
const RESUMES_AT_MOST: usize = 2_000;

/// A topic that a connection now follows, and what it is to be sent first.
pub(crate) struct Resumed {
    pub topic: Topic,
    pub slot: u64,
    /// What was sent so far.
    pub from: Cursor,
    pub frames: Vec<Frame>,
}

impl Hub {
    /// Follows a topic from a cursor on; without one, from now on. Nothing is missed between the two: the connection is told of what
    /// is new before the log is read, and drops what it gets twice.
    pub(crate) async fn follow(&self, connection: &Connection, topic: Topic, cursor: Option<Cursor>) -> Result<Resumed, Problem> {
        let caller = &connection.caller;
        if topic.site() != caller.site || !self.floor.may_follow(caller, &topic).await? {
            return Err(Problem::missing(format!("there is no {topic} to follow")));
        }
        let slot = self.subscribe(connection, topic);
        let resumed = self.resume(connection, topic, slot, cursor).await;
        if resumed.is_err() {
            self.unfollow(connection.id, &topic);
        }
        resumed
    }

    async fn resume(&self, connection: &Connection, topic: Topic, slot: u64, cursor: Option<Cursor>) -> Result<Resumed, Problem> {
        let mut last = match cursor {
            Some(cursor) => cursor,
            None => self.head(connection, &topic).await?,
        };
        let (from, mut frames) = (last, Vec::new());
        // Without a cursor there is nothing to catch up on, unless others were told of something in this very moment.
        while cursor.is_some() || !self.reached(&topic, last) {
            let read = self.read(&connection.caller, &topic, last).await?;
            let reload = match read {
                Ok(read) if frames.len() + read.entries.len() <= RESUMES_AT_MOST => {
                    frames.extend(read.entries.iter().map(|(cursor, body)| Frame::logged(slot, &topic, *cursor, body)));
                    last = read.entries.last().map_or(last, |(cursor, _)| *cursor);
                    if read.more || !self.reached(&topic, last) {
                        continue;
                    }
                    break;
                }
                Ok(_) => self.head(connection, &topic).await?,
                Err(Gap { head }) => head,
            };
            last = reload;
            frames = vec![Frame::reload(slot, &topic, last)];
            if self.reached(&topic, last) {
                break;
            }
        }
        Ok(Resumed { topic, slot, from, frames })
    }

    /// Entries of a chat above a number, for a client that lacks them though they were sent.
    pub(crate) async fn again(&self, connection: &Connection, topic: Topic, after: u64) -> Result<Vec<Frame>, Problem> {
        let read = self.read(&connection.caller, &topic, Cursor::durable(after)).await?;
        let frame = |cursor, body: &str| Frame { place: None, ..Frame::logged(0, &topic, cursor, body) };
        Ok(match read {
            Ok(read) => read.entries.iter().map(|(cursor, body)| frame(*cursor, body)).collect(),
            Err(Gap { head }) => vec![Frame { place: None, ..Frame::reload(0, &topic, head) }],
        })
    }

    async fn head(&self, connection: &Connection, topic: &Topic) -> Result<Cursor, Problem> {
        match topic {
            Topic::Chat(_, chat) => Ok(Cursor::durable(self.floor.backlog(&connection.caller, *chat, None).await?.head)),
            _ => Ok(self.live.head(topic).await?),
        }
    }

    fn subscribe(&self, connection: &Connection, topic: Topic) -> u64 {
        let mut shard = self.shard(&topic);
        let followed = shard.entry(topic).or_insert_with(|| Followed {
            slot: self.next_slot.fetch_add(1, Ordering::Relaxed),
            last: None,
            filling: false,
            wanted: None,
            followers: Vec::new(),
        });
        if !followed.followers.iter().any(|follower| follower.connection == connection.id) {
            followed.followers.push(Follower {
                connection: connection.id,
                visitor: connection.is_visitor(),
                outbox: connection.outbox.clone(),
            });
        }
        followed.slot
    }

    /// The log was read up to here for a newcomer. False when others were told more meanwhile, perhaps before the newcomer could
    /// hear it: then it reads on, and will find it, as nothing is told before it can be read.
    fn reached(&self, topic: &Topic, cursor: Cursor) -> bool {
        let mut shard = self.shard(topic);
        let Some(followed) = shard.get_mut(topic) else { return true };
        let told = *followed.last.get_or_insert(cursor);
        told.epoch != cursor.epoch || told.seq <= cursor.seq
    }

    pub(crate) fn unfollow(&self, connection: ConnectionId, topic: &Topic) {
        let mut shard = self.shard(topic);
        if let Some(followed) = shard.get_mut(topic) {
            if let Some(at) = followed.followers.iter().position(|follower| follower.connection == connection) {
                followed.followers.swap_remove(at);
            }
            if followed.followers.is_empty() {
                shard.remove(topic);
            }
        }
    }
}
