//! Work put off until a time, durable: written in the caller's transaction, done once its time has come, by whichever node is there.

use crate::consumer::Outcome;
use crate::dead_letters::{self, Cause, Letter, add_cause};
use crate::pipeline::Pace;
use crate::retry::{Chance, Retries};
use crate::sql::{Sql, batch, get, queue_up, texts};
use base::{EventId, SiteId, Timestamp};
use futures_util::FutureExt;
use sea_orm::QueryResult;
use serde_json::Value;
use sockets::{Db, StoreError, Tx};
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The number of a piece of work, to call it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LaterId(pub i64);

/// Puts work off.
pub struct Later;

impl Later {
    /// Will be done at `when`, or soon after when nobody was there, if and only if this transaction commits.
    pub async fn at(tx: &Tx, when: Timestamp, kind: &str, payload: &Value) -> Result<LaterId, StoreError> {
        const PUT: Sql = Sql::same("INSERT INTO delayed_work (kind, payload, due_at, made_at) VALUES ($1, $2, $3, $4) RETURNING id");
        let values = vec![kind.into(), payload.to_string().into(), when.millis().into(), tx.now().millis().into()];
        let row = PUT.one(&tx.conn(), values).await?;
        let row = row.ok_or_else(|| StoreError::Unreadable("the new work has no number".into()))?;
        get(&row, "id").map(LaterId)
    }

    /// False: it is done already, or being done.
    pub async fn call_off(tx: &Tx, id: LaterId) -> Result<bool, StoreError> {
        const OFF: Sql = Sql::same("DELETE FROM delayed_work WHERE id = $1 AND claim IS NULL");
        Ok(OFF.run(&tx.conn(), vec![id.0.into()]).await? == 1)
    }
}

/// Does one kind of work that was put off. Doing it twice must do no harm.
#[async_trait::async_trait]
pub trait Does: Send + Sync + 'static {
    fn kind(&self) -> &'static str;

    async fn perform(&self, payload: &Value) -> Outcome;

    /// How long it may take; then it is broken off and tried again.
    fn patience(&self) -> Duration {
        Duration::from_secs(600)
    }
}

struct Piece {
    id: i64,
    claim: i64,
    kind: String,
    payload: String,
    attempts: u32,
    causes: Vec<Cause>,
    made_at: Timestamp,
}

const MOST: usize = 200;

pub(crate) struct LaterRunner {
    pub db: Db,
    pub hands: HashMap<&'static str, Arc<dyn Does>>,
    pub lease: Duration,
    pub chance: Chance,
    pub retries: Retries,
    pub pace: Pace,
}

impl LaterRunner {
    pub async fn run(self, stop: CancellationToken) {
        let shop = Arc::new(self);
        let kinds: Vec<&str> = shop.hands.keys().copied().collect();
        let mut tasks: JoinSet<()> = JoinSet::new();
        let mut claims: HashMap<tokio::task::Id, i64> = HashMap::new();
        let mut look = tokio::time::interval(shop.pace.idle);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut beat = tokio::time::interval(shop.lease / 3);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = beat.tick() => shop.renew(&claims).await,
                Some(done) = tasks.join_next_with_id(), if !tasks.is_empty() => {
                    claims.remove(&done.map_or_else(|err| err.id(), |(id, ())| id));
                    if tasks.len() > MOST / 2 {
                        continue;
                    }
                }
                _ = look.tick() => {}
            }
            let room = MOST.saturating_sub(tasks.len());
            for piece in shop.claim(&kinds, room).await {
                let (shop, claim) = (shop.clone(), piece.claim);
                let task = tasks.spawn(async move { shop.perform(piece).await });
                claims.insert(task.id(), claim);
            }
        }
        let rest = async { while tasks.join_next().await.is_some() {} };
        let _unfinished_comes_again = tokio::time::timeout(Duration::from_secs(10), rest).await;
    }

    async fn claim(&self, kinds: &[&str], room: usize) -> Vec<Piece> {
        if kinds.is_empty() || room == 0 {
            return Vec::new();
        }
        self.try_claim(kinds, room).await.unwrap_or_else(|err| {
            tracing::warn!(error = ?err, "delayed work cannot be read");
            Vec::new()
        })
    }

    async fn try_claim(&self, kinds: &[&str], room: usize) -> Result<Vec<Piece>, StoreError> {
        const DUE: Sql = Sql::per_engine(
            "SELECT id FROM delayed_work WHERE due_at <= $1 AND (claim IS NULL OR leased_until < $1 OR leased_until > $2)
               AND kind IN (SELECT value FROM json_each($3)) ORDER BY due_at LIMIT $4",
            "SELECT id FROM delayed_work WHERE due_at <= $1 AND (claim IS NULL OR leased_until < $1 OR leased_until > $2)
               AND kind IN (SELECT value FROM json_array_elements_text($3::json) AS r(value)) ORDER BY due_at LIMIT $4",
        );
        const CLAIM: Sql = Sql::per_engine(
            "UPDATE delayed_work SET claim = $1, leased_until = $2 WHERE id IN (SELECT value FROM json_each($3))
             RETURNING id, kind, payload, attempts, causes, made_at",
            "UPDATE delayed_work SET claim = $1, leased_until = $2 WHERE id IN (SELECT value::bigint FROM json_array_elements_text($3::json))
             RETURNING id, kind, payload, attempts, causes, made_at",
        );
        let room = i64::try_from(room).unwrap_or(i64::MAX);
        let due = |now: Timestamp| vec![now.millis().into(), now.plus(self.lease * 2).millis().into(), batch(kinds), room.into()];
        if DUE.one(self.db.read(), due(self.db.clock().now())).await?.is_none() {
            return Ok(Vec::new());
        }
        let claim = i64::from_le_bytes(self.db.minter().bytes()) & i64::MAX;
        let tx = self.db.begin().await?;
        queue_up(&tx.conn(), "delayed work").await?;
        let now = tx.now();
        let ids = DUE.all(&tx.conn(), due(now)).await?.iter().map(|row| get::<i64>(row, "id")).collect::<Result<Vec<_>, _>>()?;
        let rows = CLAIM.all(&tx.conn(), vec![claim.into(), now.plus(self.lease).millis().into(), batch(&ids)]).await?;
        tx.commit().await?;
        rows.iter().map(|row| read(row, claim)).collect()
    }

    async fn perform(&self, piece: Piece) {
        let payload: Value = serde_json::from_str(&piece.payload).unwrap_or_default();
        let Some(hand) = self.hands.get(&*piece.kind) else { return };
        let (began, patience) = (std::time::Instant::now(), hand.patience());
        let work = AssertUnwindSafe(hand.perform(&payload)).catch_unwind();
        let outcome = match tokio::time::timeout(patience, work).await {
            Ok(outcome) => outcome.unwrap_or_else(|_| Outcome::retry("the handler panicked")),
            Err(_) => Outcome::retry(format!("the handler took longer than {patience:?}")),
        };
        metrics::histogram!("later_seconds", "kind" => piece.kind.clone()).record(began.elapsed().as_secs_f64());
        metrics::counter!("later_done_total", "kind" => piece.kind.clone()).increment(1);
        if let Err(err) = self.note(piece, outcome).await {
            tracing::warn!(error = ?err, "the outcome of delayed work could not be stored; it comes again");
        }
    }

    async fn note(&self, piece: Piece, outcome: Outcome) -> Result<(), StoreError> {
        const AGAIN: Sql =
            Sql::same("UPDATE delayed_work SET claim = NULL, attempts = attempts + 1, causes = $3, due_at = $4 WHERE id = $1 AND claim = $2");
        const DONE: Sql = Sql::same("DELETE FROM delayed_work WHERE id = $1 AND claim = $2");
        let attempts = piece.attempts + 1;
        let tx = self.db.begin().await?;
        let mut causes = piece.causes;
        let dead = match outcome {
            Outcome::Done => false,
            Outcome::Retry(why, after) if attempts < self.retries.tries => {
                add_cause(&mut causes, tx.now(), &why);
                let due = tx.now().plus(after.unwrap_or_else(|| self.retries.after(attempts, &self.chance)));
                let causes = serde_json::to_string(&causes).expect("causes are plain JSON");
                AGAIN.run(&tx.conn(), vec![piece.id.into(), piece.claim.into(), causes.into(), due.millis().into()]).await?;
                return tx.commit().await;
            }
            Outcome::Retry(why, _) | Outcome::GiveUp(why) => {
                add_cause(&mut causes, tx.now(), &why);
                true
            }
        };
        let ours = DONE.run(&tx.conn(), vec![piece.id.into(), piece.claim.into()]).await? == 1;
        if ours && dead {
            let letter = Letter {
                site: SiteId(0),
                consumer: format!("later:{}", piece.kind),
                name: piece.kind,
                event: EventId(uuid::Uuid::nil()),
                ordering: String::new(),
                body: piece.payload,
                attempts,
                causes,
                first_at: Some(piece.made_at),
            };
            dead_letters::bury(&tx, letter).await?;
        }
        tx.commit().await
    }

    async fn renew(&self, claims: &HashMap<tokio::task::Id, i64>) {
        const RENEW: Sql = Sql::per_engine(
            "UPDATE delayed_work SET leased_until = $2 WHERE claim IN (SELECT CAST(value AS INTEGER) FROM json_each($1))",
            "UPDATE delayed_work SET leased_until = $2 WHERE claim = ANY (ARRAY(SELECT value::bigint FROM json_array_elements_text($1::json) AS r(value)))",
        );
        if claims.is_empty() {
            return;
        }
        let renewed = async {
            let tx = self.db.begin().await?;
            RENEW.run(&tx.conn(), vec![texts(claims.values().copied()), tx.now().plus(self.lease).millis().into()]).await?;
            tx.commit().await
        };
        if let Err(err) = renewed.await {
            let err: StoreError = err;
            tracing::warn!(error = ?err, "leases of delayed work could not be renewed");
        }
    }
}

fn read(row: &QueryResult, claim: i64) -> Result<Piece, StoreError> {
    let (attempts, causes): (i64, String) = (get(row, "attempts")?, get(row, "causes")?);
    Ok(Piece {
        id: get(row, "id")?,
        claim,
        kind: get(row, "kind")?,
        payload: get(row, "payload")?,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        causes: serde_json::from_str(&causes).map_err(|_| StoreError::Unreadable("the causes of delayed work".into()))?,
        made_at: Timestamp::from_millis(get(row, "made_at")?),
    })
}
