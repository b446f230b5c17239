//! The statements about places: leases of partitions and how far they were acknowledged, in one row, so that one condition (the
//! fence) guards both.

use super::progress::Progress;
use events::sql::{Sql, get};
use sea_orm::QueryResult;
use sockets::{Db, StoreError};
use std::sync::Arc;
use std::time::Duration;

/// One partition as the table knows it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub part: i32,
    pub holder: String,
    pub fence: i64,
    leased_until: i64,
    pub progress: Progress,
    /// The end of what was ever given out, as far as it was noted.
    pub given: i64,
}

/// How far one partition came, to be written under its fence.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub part: i32,
    pub fence: i64,
    pub progress: Progress,
    pub given: i64,
}

impl Place {
    pub fn as_note(&self) -> Note {
        Note { part: self.part, fence: self.fence, progress: self.progress.clone(), given: self.given }
    }
}

#[derive(Clone)]
pub(super) struct Places {
    pub db: Db,
    pub lease: Duration,
    pub topic: Arc<str>,
}

const PLACES: Sql = Sql::same("SELECT part, holder, fence, leased_until, next_offset, done, given FROM broker_places WHERE topic = $1 ORDER BY part");

const TAKE: Sql = Sql::same(
    "UPDATE broker_places SET holder = $1, fence = fence + 1, leased_until = $2
     WHERE topic = $3 AND part = $4 AND fence = $5 AND (holder = '' OR leased_until < $6 OR leased_until > $7)
     RETURNING part, holder, fence, leased_until, next_offset, done, given",
);

const RENEW: Sql = Sql::same("UPDATE broker_places SET leased_until = $1 WHERE topic = $2 AND holder = $3 RETURNING part, fence");

const NOTE: Sql = Sql::same(
    "UPDATE broker_places SET next_offset = $1, done = $2, given = $3 WHERE topic = $4 AND part = $5 AND fence = $6",
);

// What was acknowledged stands there already.
const LET_GO: Sql = Sql::same(
    "UPDATE broker_places SET holder = '', leased_until = 0, given = $1 WHERE topic = $2 AND part = $3 AND fence = $4",
);

impl Places {
    fn now(&self) -> i64 {
        self.db.clock().now().millis()
    }

    fn end_of_lease(&self) -> i64 {
        self.db.clock().now().plus(self.lease).millis()
    }

    /// A row for each partition that has none yet.
    pub async fn make(&self, parts: &[i32]) -> Result<(), StoreError> {
        const MAKE: Sql = Sql::same("INSERT INTO broker_places (topic, part) VALUES ($1, $2) ON CONFLICT (topic, part) DO NOTHING");
        let tx = self.db.begin().await?;
        for part in parts {
            MAKE.run(&tx.conn(), vec![(&*self.topic).into(), i64::from(*part).into()]).await?;
        }
        tx.commit().await
    }

    /// The topic was made anew: what was known of an earlier one of that name is void.
    pub async fn begin_anew(&self) -> Result<(), StoreError> {
        const ANEW: Sql = Sql::same(
            "UPDATE broker_places SET next_offset = 0, done = '', given = 0, holder = '', leased_until = 0, fence = fence + 1 WHERE topic = $1",
        );
        let tx = self.db.begin().await?;
        ANEW.run(&tx.conn(), vec![(&*self.topic).into()]).await?;
        tx.commit().await
    }

    pub async fn all(&self) -> Result<Vec<Place>, StoreError> {
        PLACES.all(self.db.read(), vec![(&*self.topic).into()]).await?.iter().map(read).collect()
    }

    /// An end beyond what anybody could have set was written by a clock that ran ahead.
    pub fn is_free(&self, place: &Place) -> bool {
        place.holder.is_empty() || place.leased_until < self.now() || place.leased_until > self.now() + 2 * span(self.lease)
    }

    /// Unless somebody was quicker.
    pub async fn take(&self, place: &Place, holder: &str) -> Result<Option<Place>, StoreError> {
        let far = self.now() + 2 * span(self.lease);
        let values = vec![
            holder.into(),
            self.end_of_lease().into(),
            (&*self.topic).into(),
            i64::from(place.part).into(),
            place.fence.into(),
            self.now().into(),
            far.into(),
        ];
        let tx = self.db.begin().await?;
        let row = TAKE.one(&tx.conn(), values).await?;
        tx.commit().await?;
        row.as_ref().map(read).transpose()
    }

    /// Partitions that are still ours, with their fences.
    pub async fn renew(&self, holder: &str) -> Result<Vec<(i32, i64)>, StoreError> {
        let tx = self.db.begin().await?;
        let rows = RENEW.all(&tx.conn(), vec![self.end_of_lease().into(), (&*self.topic).into(), holder.into()]).await?;
        tx.commit().await?;
        rows.iter().map(|row| Ok((part(row)?, get(row, "fence")?))).collect()
    }

    /// Writes all of them at once; tells for each whether it was still ours.
    pub async fn note(&self, notes: &[Note]) -> Result<Vec<bool>, StoreError> {
        if notes.is_empty() {
            return Ok(Vec::new());
        }
        let tx = self.db.begin().await?;
        let mut ours = Vec::with_capacity(notes.len());
        for note in notes {
            let values = vec![
                note.progress.next().into(),
                note.progress.above().into(),
                note.given.into(),
                (&*self.topic).into(),
                i64::from(note.part).into(),
                note.fence.into(),
            ];
            ours.push(NOTE.run(&tx.conn(), values).await? == 1);
        }
        tx.commit().await?;
        Ok(ours)
    }

    pub async fn let_go(&self, notes: &[Note]) -> Result<(), StoreError> {
        if notes.is_empty() {
            return Ok(());
        }
        let tx = self.db.begin().await?;
        for note in notes {
            let values = vec![note.given.into(), (&*self.topic).into(), i64::from(note.part).into(), note.fence.into()];
            LET_GO.run(&tx.conn(), values).await?;
        }
        tx.commit().await
    }

    /// Says that this consumption is there.
    pub async fn appear(&self, member: &str) -> Result<(), StoreError> {
        const APPEAR: Sql = Sql::same(
            "INSERT INTO broker_members (topic, member, seen) VALUES ($1, $2, $3) ON CONFLICT (topic, member) DO UPDATE SET seen = excluded.seen",
        );
        const FORGET: Sql = Sql::same("DELETE FROM broker_members WHERE topic = $1 AND seen < $2");
        let tx = self.db.begin().await?;
        APPEAR.run(&tx.conn(), vec![(&*self.topic).into(), member.into(), self.now().into()]).await?;
        FORGET.run(&tx.conn(), vec![(&*self.topic).into(), (self.now() - 3 * span(self.lease)).into()]).await?;
        tx.commit().await
    }

    /// The names of all that are there, in order.
    pub async fn members(&self) -> Result<Vec<String>, StoreError> {
        const MEMBERS: Sql = Sql::same("SELECT member FROM broker_members WHERE topic = $1 AND seen >= $2 ORDER BY member");
        let since = self.now() - span(self.lease);
        let rows = MEMBERS.all(self.db.read(), vec![(&*self.topic).into(), since.into()]).await?;
        rows.iter().map(|row| get(row, "member")).collect()
    }

    pub async fn leave(&self, member: &str) -> Result<(), StoreError> {
        const LEAVE: Sql = Sql::same("DELETE FROM broker_members WHERE topic = $1 AND member = $2");
        let tx = self.db.begin().await?;
        LEAVE.run(&tx.conn(), vec![(&*self.topic).into(), member.into()]).await?;
        tx.commit().await
    }
}

fn span(lease: Duration) -> i64 {
    i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 8)
}

fn part(row: &QueryResult) -> Result<i32, StoreError> {
    let part: i64 = get(row, "part")?;
    i32::try_from(part).map_err(|_| StoreError::Unreadable(format!("there is no partition {part}")))
}

fn read(row: &QueryResult) -> Result<Place, StoreError> {
    let (next, above): (i64, String) = (get(row, "next_offset")?, get(row, "done")?);
    Ok(Place {
        part: part(row)?,
        holder: get(row, "holder")?,
        fence: get(row, "fence")?,
        leased_until: get(row, "leased_until")?,
        progress: Progress::read(next, &above),
        given: get(row, "given")?,
    })
}
