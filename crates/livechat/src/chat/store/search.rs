//! Chats by what stands in them: newest first, and never more work than one request may cost.
//!
//! Words lead to the chats that are over; those that still run, or whose words are not kept yet, are read themselves, as are all when
//! no word leads anywhere. Where words cannot tell, the texts decide. When the work of a request is done before its page is full, the
//! cursor says how far it came.

use super::history::Filter;
use super::{rows, tables::chat, words};
use crate::chat::model::Chat;
use crate::chat::words::Sought;
use base::{Page, SiteId};
use events::sql::{Sql, batch, get};
use sea_orm::{ConnectionTrait, QueryFilter, QueryOrder, Value};
use sockets::StoreError;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Chats of one source that are looked at in one step.
const STEP: usize = 500;
/// Steps of one request.
const STEPS: usize = 20;
/// Chats that are fetched, and read, at once.
const SLICE: usize = 50;
/// Entries that one request may read.
const ENTRIES: i64 = 20_000;
/// Words that lead; the texts decide on the rest.
const MOST_WORDS: usize = 24;
/// Words with one beginning; with more of them it leads nowhere.
const MOST_ENDINGS: usize = 64;

const KEPT: Sql = Sql::per_engine(
    "SELECT w.value AS word, (SELECT COUNT(*) FROM (SELECT 1 FROM chat_word x WHERE x.site = $1 AND x.word = w.value AND x.chat < $3 LIMIT 500) AS few) AS kept \
     FROM json_each($2) AS w",
    "SELECT w.value AS word, (SELECT COUNT(*) FROM (SELECT 1 FROM chat_word x WHERE x.site = $1 AND x.word = w.value AND x.chat < $3 LIMIT 500) AS few) AS kept \
     FROM json_array_elements_text($2::json) AS w(value)",
);

/// Of each word no more than the newest are walked through.
const NEWEST: Sql = Sql::per_engine(
    "SELECT DISTINCT x.chat AS chat FROM json_each($2) AS w CROSS JOIN chat_word x \
     WHERE x.site = $1 AND x.word = w.value AND x.chat < $3 AND x.chat >= COALESCE((SELECT y.chat FROM chat_word y \
       WHERE y.site = $1 AND y.word = w.value AND y.chat < $3 ORDER BY y.chat DESC LIMIT 1 OFFSET 499), 0) \
     ORDER BY chat DESC LIMIT 500",
    "SELECT DISTINCT x.chat AS chat FROM json_array_elements_text($2::json) AS w(value) CROSS JOIN LATERAL \
     (SELECT y.chat FROM chat_word y WHERE y.site = $1 AND y.word = w.value AND y.chat < $3 ORDER BY y.chat DESC LIMIT 500) AS x \
     ORDER BY chat DESC LIMIT 500",
);

const WITH_ALL: Sql = Sql::per_engine(
    "SELECT n.value AS chat FROM json_each($2) AS n CROSS JOIN json_each($3) AS w CROSS JOIN chat_word x \
     WHERE x.site = $1 AND x.word = w.value->>1 AND x.chat = n.value \
     GROUP BY n.value HAVING COUNT(DISTINCT w.value->>0) = $4",
    // The limit keeps the planner from walking through all chats of a word.
    "SELECT x.chat AS chat FROM json_array_elements_text($2::json) AS n(value) CROSS JOIN json_array_elements($3::json) AS w(value) \
     CROSS JOIN LATERAL (SELECT y.chat FROM chat_word y WHERE y.site = $1 AND y.word = w.value->>1 AND y.chat = n.value::bigint LIMIT 1) AS x \
     GROUP BY x.chat HAVING COUNT(DISTINCT w.value->>0) = $4",
);

/// From word to word, whatever stands between.
const ENDINGS: Sql = Sql::same(
    "WITH RECURSIVE found (word, place) AS ( \
       SELECT (SELECT x.word FROM chat_word x WHERE x.site = $1 AND x.word >= $2 AND x.word < $3 ORDER BY x.word LIMIT 1), 0 \
       UNION ALL \
       SELECT (SELECT x.word FROM chat_word x WHERE x.site = $1 AND x.word > found.word AND x.word < $3 ORDER BY x.word LIMIT 1), found.place + 1 \
       FROM found WHERE found.word IS NOT NULL AND found.place < 64) \
     SELECT word FROM found WHERE word IS NOT NULL",
);

const LOOSE: Sql = Sql::same("SELECT number AS chat FROM chat WHERE site = $1 AND NOT indexed AND number < $2 ORDER BY number DESC LIMIT 500");
const EVERY: Sql = Sql::same("SELECT number AS chat FROM chat WHERE site = $1 AND number < $2 ORDER BY number DESC LIMIT 500");

pub struct Search<'a, C> {
    conn: &'a C,
    site: SiteId,
    filter: &'a Filter,
    sought: &'a Sought,
    limit: usize,
    found: Vec<Chat>,
    /// Entries that may still be read.
    room: i64,
}

/// Words, any one of which will do.
type Key = Vec<String>;

/// What words tell of the chats that are sought.
struct Keys {
    /// Those that lead to the fewest chats, and what else these must have. Without any, every chat is looked at.
    rarest: Option<Key>,
    others: Vec<Key>,
    /// What has all of them is found.
    enough: bool,
}

/// The chats of one step, newest first: all that come into question down to `floor`, which is 0 at the end.
struct Step {
    numbers: Vec<i64>,
    to_read: HashSet<i64>,
    floor: i64,
}

impl<'a, C: ConnectionTrait> Search<'a, C> {
    pub fn new(conn: &'a C, site: SiteId, filter: &'a Filter, sought: &'a Sought, limit: u32) -> Self {
        Self { conn, site, filter, sought, limit: limit as usize, found: Vec::new(), room: ENTRIES }
    }

    pub async fn run(mut self, after: Option<i64>) -> Result<Page<Chat>, StoreError> {
        if self.sought.terms.is_empty() {
            return Ok(self.page(None));
        }
        let mut before = after.unwrap_or(i64::MAX);
        let keys = self.keys(before).await?;
        for _ in 0..STEPS {
            let step = self.step(&keys, before).await?;
            if let Some(at) = self.look_at(&step).await? {
                return Ok(self.page(Some(at)));
            }
            if step.floor == 0 {
                return Ok(self.page(None));
            }
            before = step.floor;
        }
        Ok(self.page(Some(before)))
    }

    fn page(mut self, next: Option<i64>) -> Page<Chat> {
        let more = self.found.len() > self.limit;
        self.found.truncate(self.limit);
        let last = self.found.last().map(|chat| chat.number).filter(|_| more);
        Page { items: self.found, next: last.or(next).map(|number| number.to_string()) }
    }

    async fn keys(&self, before: i64) -> Result<Keys, StoreError> {
        let words: BTreeSet<_> = self.sought.terms.iter().flat_map(|term| &term.words).collect();
        let mut enough = words.len() <= MOST_WORDS && self.sought.terms.iter().all(|term| term.told_by_words);
        let mut keys: Vec<Key> = words.into_iter().take(MOST_WORDS).map(|word| vec![word.clone()]).collect();
        for beginning in self.sought.terms.iter().filter_map(|term| term.beginning.as_ref()) {
            let endings = self.endings(beginning).await?;
            if endings.len() > MOST_ENDINGS {
                enough = false;
            } else {
                keys.push(endings);
            }
        }
        let kept = self.kept(&keys, before).await?;
        let rarest = (0..keys.len()).min_by_key(|at| keys[*at].iter().filter_map(|word| kept.get(word)).sum::<i64>());
        let rarest = rarest.map(|at| keys.swap_remove(at));
        Ok(Keys { rarest, others: keys, enough })
    }

    /// The words that begin so, one more than can be used at most.
    async fn endings(&self, beginning: &str) -> Result<Key, StoreError> {
        let values = vec![self.site.0.into(), beginning.into(), format!("{beginning}{}", char::MAX).into()];
        ENDINGS.all(self.conn, values).await?.iter().map(|row| get(row, "word")).collect()
    }

    /// How many chats each word leads to, as far as one step goes.
    async fn kept(&self, keys: &[Key], before: i64) -> Result<HashMap<String, i64>, StoreError> {
        let words: Vec<_> = keys.iter().flatten().collect();
        let rows = KEPT.all(self.conn, vec![self.site.0.into(), batch(&words), before.into()]).await?;
        rows.iter().map(|row| Ok((get(row, "word")?, get(row, "kept")?))).collect()
    }

    async fn numbers(&self, sql: Sql, values: Vec<Value>) -> Result<Vec<i64>, StoreError> {
        sql.all(self.conn, values).await?.iter().map(|row| get(row, "chat")).collect()
    }

    async fn step(&self, keys: &Keys, before: i64) -> Result<Step, StoreError> {
        let floor_of = |numbers: &[i64]| numbers.last().copied().filter(|_| numbers.len() >= STEP).unwrap_or(0);
        let below = vec![self.site.0.into(), before.into()];
        let Some(rarest) = &keys.rarest else {
            let numbers = self.numbers(EVERY, below).await?;
            return Ok(Step { floor: floor_of(&numbers), to_read: numbers.iter().copied().collect(), numbers });
        };
        // In this order: a chat whose words are kept meanwhile is met twice, not never.
        let loose = self.numbers(LOOSE, below).await?;
        let led = self.numbers(NEWEST, vec![self.site.0.into(), batch(rarest), before.into()]).await?;
        let floor = floor_of(&loose).max(floor_of(&led));
        let led = self.with_all(&keys.others, led).await?;
        let all: BTreeSet<i64> = loose.iter().chain(&led).copied().filter(|number| *number >= floor).collect();
        let to_read = if keys.enough { loose.into_iter().collect() } else { all.iter().copied().collect() };
        Ok(Step { numbers: all.into_iter().rev().collect(), to_read, floor })
    }

    /// Those of the chats that have a word of each key.
    async fn with_all(&self, keys: &[Key], chats: Vec<i64>) -> Result<Vec<i64>, StoreError> {
        if keys.is_empty() || chats.is_empty() {
            return Ok(chats);
        }
        let words: Vec<_> = keys.iter().enumerate().flat_map(|(at, key)| key.iter().map(move |word| (at, word))).collect();
        let count = i64::try_from(keys.len()).unwrap_or(i64::MAX);
        self.numbers(WITH_ALL, vec![self.site.0.into(), batch(&chats), batch(&words), count.into()]).await
    }

    /// Takes in what is found. When this is all that the request may do: the last chat that was looked at.
    async fn look_at(&mut self, step: &Step) -> Result<Option<i64>, StoreError> {
        for numbers in step.numbers.chunks(SLICE) {
            let find = self.filter.narrow(self.site).filter(chat::COLUMN.number.is_in(numbers.iter().copied()));
            let rows = find.order_by_desc(chat::COLUMN.number).all(self.conn).await?;
            let mut chats = rows.into_iter().map(rows::chat).collect::<Result<Vec<_>, _>>()?;
            chats.truncate(self.affordable(&chats, &step.to_read));
            let last = chats.last().map(|chat| chat.number);
            let without = self.without(&chats, &step.to_read).await?;
            self.found.extend(chats.into_iter().filter(|chat| !without.contains(&chat.number)));
            if self.found.len() > self.limit || self.room <= 0 {
                return Ok(last);
            }
        }
        Ok(None)
    }

    /// How many of the chats can be read before the room is used up; the one that uses it up is.
    fn affordable(&mut self, chats: &[Chat], to_read: &HashSet<i64>) -> usize {
        for (at, chat) in chats.iter().enumerate().filter(|(_, chat)| to_read.contains(&chat.number)) {
            self.room -= chat.last_seq.max(1);
            if self.room <= 0 {
                return at + 1;
            }
        }
        chats.len()
    }

    /// Those that were read and have not what is sought.
    async fn without(&self, chats: &[Chat], to_read: &HashSet<i64>) -> Result<HashSet<i64>, StoreError> {
        let read: Vec<_> = chats.iter().filter(|chat| to_read.contains(&chat.number)).collect();
        let mut hunts: Vec<_> = read.iter().map(|_| self.sought.hunt()).collect();
        words::read(self.conn, &read, |at, text| hunts[at].hear(text)).await?;
        Ok(read.iter().zip(&hunts).filter(|(_, hunt)| !hunt.done()).map(|(chat, _)| chat.number).collect())
    }
}
