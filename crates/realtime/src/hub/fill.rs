//! Reads a log again for all its followers, after something was missed: from the live store, or a chat's from SQL.

use super::Hub;
use base::{Caller, Kind};
use sockets::live::{Cursor, Gap, Topic};
use std::sync::Arc;
use std::time::Duration;
use web::Problem;

/// What was read: the entries, whether there are more, or that it reaches not back that far.
pub(super) struct Read {
    pub entries: Vec<(Cursor, Arc<str>)>,
    pub more: bool,
}

impl Hub {
    /// After a break: every followed log, as each may have gone on.
    pub(super) fn fill_all(self: &Arc<Self>) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            for (topic, followed) in shard.iter_mut() {
                if followed.last.is_some() && !followed.filling {
                    followed.filling = true;
                    self.fill(*topic);
                }
            }
        }
    }

    pub(super) fn fill(self: &Arc<Self>, topic: Topic) {
        let hub = self.clone();
        tokio::spawn(async move {
            let mut wait = Duration::from_millis(50);
            while !hub.fill_once(topic).await {
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(2));
            }
        });
    }

    /// True when the followers have everything, or are gone.
    async fn fill_once(self: &Arc<Self>, topic: Topic) -> bool {
        let Some(from) = self.shard(&topic).get(&topic).and_then(|followed| followed.last) else {
            return true;
        };
        let read = {
            let Ok(_turn) = self.reading.acquire().await else { return true };
            self.read(&Caller::system(topic.site()), &topic, from).await
        };
        let mut shard = self.shard(&topic);
        let Some(followed) = shard.get_mut(&topic) else { return true };
        let more = match read {
            Err(_) => return false,
            Ok(Err(Gap { head })) => {
                followed.reload(&topic, head);
                false
            }
            Ok(Ok(read)) => {
                for (cursor, body) in read.entries {
                    if followed.last.is_none_or(|last| cursor.seq > last.seq) {
                        followed.tell(&topic, cursor, &body);
                    }
                }
                read.more
            }
        };
        let reached = followed.last;
        let missing = |wanted: Cursor| reached.is_none_or(|last| last.epoch == wanted.epoch && last.seq < wanted.seq);
        if more || followed.wanted.is_some_and(missing) {
            return false;
        }
        followed.filling = false;
        followed.wanted = None;
        true
    }

    /// What came after `from`.
    pub(super) async fn read(&self, caller: &Caller, topic: &Topic, from: Cursor) -> Result<Result<Read, Gap>, Problem> {
        let Topic::Chat(_, chat) = topic else {
            let entries = self.live.since(topic, from).await?;
            let read = |entries: Vec<sockets::live::Logged>| Read {
                entries: entries.into_iter().map(|entry| (entry.cursor, entry.body)).collect(),
                more: false,
            };
            return Ok(entries.map(read));
        };
        let backlog = self.floor.backlog(caller, *chat, Some(from.seq)).await?;
        if from.seq > backlog.head {
            return Ok(Err(Gap { head: Cursor::durable(backlog.head) }));
        }
        let last = backlog.entries.last().map_or(from.seq, |(seq, _)| *seq);
        if last == from.seq && last < backlog.head {
            return Err(Problem::new(Kind::Broken, format!("the entries of {topic} after {last} cannot be read")));
        }
        let entries = backlog.entries.into_iter().map(|(seq, body)| (Cursor::durable(seq), body)).collect();
        Ok(Ok(Read { entries, more: last < backlog.head }))
    }
}
