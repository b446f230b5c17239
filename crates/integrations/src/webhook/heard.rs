//! How far the events of a key were heard. Each kind of event comes by a queue of its own, so a later one of a key may come first. The
//! numbers of a key have no gap: while one is missing, those after it are held back for a moment.

use base::Timestamp;
use events::sql::{Sql, get, in_chunks};
use sea_orm::QueryResult;
use sockets::{Db, Envelope, StoreError, Tx};
use std::time::Duration;

/// What has not come by then is in nobody's queue, or in one that stands still.
pub(super) const MOMENT: Duration = Duration::from_secs(5);
/// More than these never wait for one.
const MOST_AHEAD: usize = 64;

/// One key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Heard {
    epoch: i64,
    /// All up to this one were heard, or are waited for no longer.
    through: i64,
    /// Those that were heard before their turn, in order.
    ahead: Vec<i64>,
    gap_since: Option<Timestamp>,
}

/// What hearing an event says of its deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing before it is missing.
    Now,
    /// It comes before its turn.
    Early,
    /// It is what those up to this number waited for.
    Through(i64),
}

impl Heard {
    fn hear(&mut self, epoch: i64, seq: i64, now: Timestamp) -> Turn {
        if epoch > self.epoch {
            *self = Self { epoch, ..Self::default() };
        }
        let weary = self.gap_since.is_some_and(|since| now.since(since) >= MOMENT) || self.ahead.len() >= MOST_AHEAD;
        if weary && let Some(last) = self.ahead.last() {
            self.through = self.through.max(*last);
            self.ahead.clear();
            self.gap_since = None;
        }
        if epoch < self.epoch || seq <= self.through {
            return Turn::Now;
        }
        if let Err(place) = self.ahead.binary_search(&seq) {
            self.ahead.insert(place, seq);
        }
        let in_turn = self.ahead.iter().zip(self.through + 1..).take_while(|(heard, due)| **heard == *due).count();
        self.through += self.ahead.drain(..in_turn).count() as i64;
        self.gap_since = if self.ahead.is_empty() { None } else { self.gap_since.or(Some(now)) };
        match seq.cmp(&self.through) {
            std::cmp::Ordering::Less => Turn::Through(self.through),
            std::cmp::Ordering::Equal => Turn::Now,
            std::cmp::Ordering::Greater => Turn::Early,
        }
    }
}

/// The table of keys.
pub(super) struct Keys;

impl Keys {
    /// Notes that the event was heard, and tells whether it is its turn.
    pub async fn hear(tx: &Tx, envelope: &Envelope) -> Result<Turn, StoreError> {
        // The row is ours until the transaction ends.
        const HOLD: Sql = Sql::same(
            "INSERT INTO webhook_keys (site, name, epoch, through, ahead, used_at) VALUES ($1, $2, $3, 0, '[]', $4)
             ON CONFLICT (site, name) DO UPDATE SET used_at = excluded.used_at RETURNING epoch, through, ahead, gap_since",
        );
        const SAVE: Sql = Sql::same("UPDATE webhook_keys SET epoch = $3, through = $4, ahead = $5, gap_since = $6 WHERE site = $1 AND name = $2");
        // Numbered by nobody.
        if envelope.key_seq <= 0 {
            return Ok(Turn::Now);
        }
        let (site, name, now) = (envelope.site.0, envelope.key.as_str(), tx.now());
        let row = HOLD.one(&tx.conn(), vec![site.into(), name.into(), envelope.key_epoch.into(), now.millis().into()]).await?;
        let mut heard = row.as_ref().map(read).transpose()?.unwrap_or_default();
        let turn = heard.hear(envelope.key_epoch, envelope.key_seq, now);
        let values = vec![
            site.into(),
            name.into(),
            heard.epoch.into(),
            heard.through.into(),
            serde_json::to_string(&heard.ahead).expect("numbers are plain JSON").into(),
            heard.gap_since.map(Timestamp::millis).into(),
        ];
        SAVE.run(&tx.conn(), values).await?;
        Ok(turn)
    }

    /// Those that nobody asked for since then. Should one come back, it begins again in a later epoch.
    pub async fn forget(db: &Db, before: Timestamp) -> Result<u64, StoreError> {
        const FORGET: Sql = Sql::same(
            "DELETE FROM webhook_keys WHERE (site, name) IN (SELECT site, name FROM webhook_keys WHERE used_at < $1 ORDER BY used_at LIMIT $2)",
        );
        in_chunks(db, FORGET, &[before.millis().into()]).await
    }
}

fn read(row: &QueryResult) -> Result<Heard, StoreError> {
    let ahead: String = get(row, "ahead")?;
    Ok(Heard {
        epoch: get(row, "epoch")?,
        through: get(row, "through")?,
        ahead: serde_json::from_str(&ahead).map_err(|err| StoreError::Unreadable(err.to_string()))?,
        gap_since: get::<Option<i64>>(row, "gap_since")?.map(Timestamp::from_millis),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn one_that_comes_before_its_turn_is_early_until_what_it_waits_for_comes() {
        let mut heard = Heard::default();
        assert_eq!(heard.hear(7, 1, NOW), Turn::Now);
        assert_eq!((heard.hear(7, 3, NOW), heard.hear(7, 4, NOW), heard.hear(7, 6, NOW)), (Turn::Early, Turn::Early, Turn::Early));
        assert_eq!(heard.hear(7, 2, NOW), Turn::Through(4));
        assert_eq!(heard.hear(7, 5, NOW), Turn::Through(6));
        assert_eq!((heard.hear(7, 7, NOW), heard.hear(7, 3, NOW)), (Turn::Now, Turn::Now));
        assert_eq!((heard.ahead.len(), heard.gap_since), (0, None));
    }

    #[test]
    fn what_never_comes_is_waited_for_once() {
        let mut heard = Heard::default();
        assert_eq!(heard.hear(7, 2, NOW), Turn::Early);
        assert_eq!(heard.hear(7, 3, NOW.plus(MOMENT - Duration::from_millis(1))), Turn::Early);
        assert_eq!(heard.hear(7, 4, NOW.plus(MOMENT)), Turn::Now);
        assert_eq!(heard.hear(7, 1, NOW.plus(MOMENT)), Turn::Now);
    }

    #[test]
    fn a_later_epoch_begins_at_one_and_an_earlier_one_waits_for_nobody() {
        let mut heard = Heard::default();
        heard.hear(7, 1, NOW);
        assert_eq!((heard.hear(8, 2, NOW), heard.hear(7, 9, NOW)), (Turn::Early, Turn::Now));
        assert_eq!(heard.hear(8, 1, NOW), Turn::Through(2));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut heard = Heard::default();
        for seq in 2..1_000 {
            heard.hear(7, seq, NOW);
        }
        assert!(heard.ahead.len() <= MOST_AHEAD);
    }
}
