use sockets::live::{Cursor, LOG_KEEPS, Logged};
use std::collections::VecDeque;
use std::sync::Arc;

/// The last entries of a topic.
#[derive(Default)]
pub(super) struct Log {
    ring: VecDeque<Logged>,
    pub head: u64,
}

impl Log {
    pub fn push(&mut self, cursor: Cursor, body: Arc<str>) {
        if self.ring.len() == LOG_KEEPS {
            self.ring.pop_front();
        }
        self.ring.push_back(Logged { cursor, body });
        self.head = cursor.seq;
    }

    pub fn after(&self, seq: u64) -> Vec<Logged> {
        let from = self.ring.partition_point(|logged| logged.cursor.seq <= seq);
        self.ring.range(from..).cloned().collect()
    }
}
