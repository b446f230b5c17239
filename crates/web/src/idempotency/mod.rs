//! `Idempotency-Key` on POST: done once, however often it is sent.
//!
//! What was answered with success is kept for a day by (site, caller, key) and given again to the same request; the same key with
//! another request is refused. A double that comes while the first is under way waits for it. A failure is not kept: nothing was done,
//! so the same key may try again. The work runs to its end even when its caller hangs up. Should the process die in the middle, the key
//! is free again after a minute; what must not happen twice even then carries a `client_id` of its own.

mod layer;
mod store;

pub(crate) use layer::once;
pub use layer::{SHOWN_ONCE, ShownOnce};
pub(crate) use store::migrations;

use base::{Actor, Caller, Timestamp};
use sockets::{Db, StoreError};
use std::time::Duration;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 3_600);
/// After so long a request that never ended is taken for dead. Longer than any request on JSON may take.
const DEAD: Duration = Duration::from_secs(60);

/// The memory of what was done under which key.
#[derive(Clone)]
pub struct Idempotency {
    db: Db,
}

/// Whose key it is.
#[derive(Clone, Debug)]
struct Owner {
    site: i64,
    actor: String,
    key: String,
}

impl Owner {
    fn of(caller: &Caller, key: &str) -> Self {
        let actor = match caller.actor {
            Actor::User(id) => format!("u:{id}"),
            Actor::ApiKey(id) => format!("k:{id}"),
            Actor::Visitor(id) => format!("v:{id}"),
            Actor::System => "s".to_owned(),
        };
        Self { site: caller.site.0, actor, key: key.to_owned() }
    }
}

/// An answer as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Given {
    status: u16,
    content_type: Option<String>,
    /// None when it held a secret, or was too long to keep.
    body: Option<String>,
}

/// How a key stands.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    /// It was free and is ours now.
    Ours,
    UnderWay,
    OtherRequest,
    Answered(Given),
}

impl Idempotency {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Forgets what is older than a day; for a job to call. Tells how many.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let tx = self.db.begin().await?;
        let gone = store::forget_before(&tx, tx.now().minus(KEPT)).await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn claim(&self, owner: &Owner, hash: &str) -> Result<Standing, StoreError> {
        let tx = self.db.begin().await?;
        let now = tx.now();
        if store::insert(&tx, owner, hash, now).await? {
            tx.commit().await?;
            return Ok(Standing::Ours);
        }
        let Some(row) = store::find(&tx, owner).await? else { return Ok(Standing::UnderWay) };
        if row.is_over(now) && store::take_over(&tx, owner, hash, row.created, now).await? {
            tx.commit().await?;
            return Ok(Standing::Ours);
        }
        Ok(if row.hash == hash { row.given.map_or(Standing::UnderWay, Standing::Answered) } else { Standing::OtherRequest })
    }

    async fn keep(&self, owner: &Owner, given: &Given) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        store::keep(&tx, owner, given).await?;
        tx.commit().await
    }

    async fn release(&self, owner: &Owner) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        store::forget(&tx, owner).await?;
        tx.commit().await
    }
}

struct Row {
    hash: String,
    created: Timestamp,
    given: Option<Given>,
}

impl Row {
    fn is_over(&self, now: Timestamp) -> bool {
        let span = if self.given.is_some() { KEPT } else { DEAD };
        now.since(self.created) > span
    }
}
