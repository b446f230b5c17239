use super::{Followed, Hub};
use crate::frame::Frame;
use sockets::live::{Audience, Cursor, Published, Topic};
use std::sync::Arc;

impl Followed {
    pub(super) fn push(&self, frame: &Frame, audience: Audience) {
        for follower in &self.followers {
            let told = if follower.visitor { audience.includes_visitors() } else { audience.includes_agents() };
            if told {
                follower.outbox.push(frame.clone());
            }
        }
    }

    /// Tells an entry that is the next one, and remembers it.
    pub(super) fn tell(&mut self, topic: &Topic, cursor: Cursor, body: &str) {
        self.push(&Frame::logged(self.slot, topic, cursor, body), Audience::Everybody);
        self.last = Some(cursor);
    }

    /// Tells that the log has to be loaded anew.
    pub(super) fn reload(&mut self, topic: &Topic, cursor: Cursor) {
        self.push(&Frame::reload(self.slot, topic, cursor), Audience::Everybody);
        self.last = Some(cursor);
    }
}

impl Hub {
    /// Tells the followers on this node. Whatever does not follow on what was told before is put right from the log.
    pub fn tell(self: &Arc<Self>, published: &Published) {
        let mut shard = self.shard(&published.topic);
        let Some(followed) = shard.get_mut(&published.topic) else { return };
        let Some(cursor) = published.cursor else {
            return followed.push(&Frame::plain(&*published.body), published.audience);
        };
        if followed.filling {
            followed.wanted = Some(cursor);
            return;
        }
        match followed.last {
            Some(last) if last.epoch != cursor.epoch => followed.reload(&published.topic, cursor),
            Some(last) if cursor.seq <= last.seq => {}
            Some(last) if cursor.seq > last.seq + 1 => {
                followed.filling = true;
                followed.wanted = Some(cursor);
                drop(shard);
                self.fill(published.topic);
            }
            _ => followed.tell(&published.topic, cursor, &published.body),
        }
    }
}
