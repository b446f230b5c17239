//! Live state in this process's memory (one node), and in Redis (any number of nodes).

mod memory;
mod redis;

pub use memory::MemoryLive;
pub use redis::{RedisLive, RedisLiveOptions};

use sockets::live::{Cursor, Gap, LiveChat, LiveError, Logged, Topic};

/// How far a node may fall behind in telling before it has to read the logs again.
const CHANGES_HELD: usize = 16_384;

fn only_sql_numbers(topic: &Topic) -> LiveError {
    LiveError::Invalid(format!("entries of {topic} are numbered by SQL; use send_chat_message"))
}

/// The entries, when they reach from `after` to `head` without a hole.
fn without_hole(entries: Vec<Logged>, after: Cursor, head: Cursor) -> Result<Vec<Logged>, Gap> {
    let due = head.seq.saturating_sub(after.seq);
    let complete = entries.iter().zip(after.seq + 1..).all(|(entry, seq)| entry.cursor.seq == seq);
    if complete && entries.len() as u64 == due { Ok(entries) } else { Err(Gap { head }) }
}

/// Reads the cursor of a list: `<score>:<id>`.
fn place(cursor: &str) -> Result<(i64, uuid::Uuid), LiveError> {
    let read = || {
        let (score, id) = cursor.split_once(':')?;
        Some((score.parse().ok()?, id.parse().ok()?))
    };
    read().ok_or_else(|| LiveError::Invalid("after: give the next of the page before".to_owned()))
}

/// The place of a chat in the queue: priority first, then time.
fn rank(chat: &LiveChat) -> i64 {
    chat.requested_at.millis() - (i64::from(chat.priority.min(LiveChat::MAX_PRIORITY)) << 42)
}
