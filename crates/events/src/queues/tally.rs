//! What comes into and goes out of each queue, counted on each node and told to the others every few seconds.

use crate::sql::{Sql, batch, get};
use sockets::{Db, StoreError};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(5);
/// What a node told longer ago counts no more.
const OLD: Duration = Duration::from_secs(15);

#[derive(Clone, Default)]
pub(crate) struct Tally(Arc<Mutex<HashMap<Arc<str>, [u64; 2]>>>);

impl Tally {
    pub fn came(&self, queue: &Arc<str>, count: u64) {
        self.count(queue, 0, count);
    }

    pub fn went(&self, queue: &Arc<str>, count: u64) {
        self.count(queue, 1, count);
    }

    fn count(&self, queue: &Arc<str>, way: usize, count: u64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(queue) {
            Some(known) => known[way] += count,
            None => {
                let mut fresh = [0; 2];
                fresh[way] = count;
                counts.insert(queue.clone(), fresh);
            }
        }
    }

    fn take(&self) -> HashMap<Arc<str>, [u64; 2]> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells the table, as long as there is something to tell.
    pub async fn tell(self, db: Db, node: String, stop: CancellationToken) {
        let mut stirring: HashSet<Arc<str>> = HashSet::new();
        loop {
            let began = Instant::now();
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            let counts = self.take();
            let seconds = began.elapsed().as_secs_f64().max(0.001);
            let rate = |queue: &Arc<str>, way: usize| counts.get(queue).map_or(0.0, |counts| counts[way] as f64 / seconds);
            // A queue that fell still is told once more, as still.
            let told: HashSet<Arc<str>> = stirring.iter().chain(counts.keys()).cloned().collect();
            let rows: Vec<_> = told.iter().map(|queue| (queue.to_string(), rate(queue, 0), rate(queue, 1))).collect();
            stirring = counts.keys().cloned().collect();
            if rows.is_empty() {
                continue;
            }
            if let Err(err) = write(&db, &node, &rows).await {
                tracing::debug!(error = ?err, "the rates of the queues could not be noted");
            }
        }
    }

    /// Rates in and out of a second, by queue, of all nodes together.
    pub async fn rates(db: &Db) -> Result<HashMap<String, (f64, f64)>, StoreError> {
        const RATES: Sql =
            Sql::same("SELECT queue, SUM(came) AS came, SUM(went) AS went FROM event_queue_rates WHERE at >= $1 GROUP BY queue");
        let since = db.clock().now().minus(OLD).millis();
        let rows = RATES.all(db.read(), vec![since.into()]).await?;
        rows.iter().map(|row| Ok((get(row, "queue")?, (get(row, "came")?, get(row, "went")?)))).collect()
    }
}

async fn write(db: &Db, node: &str, rows: &[(String, f64, f64)]) -> Result<(), StoreError> {
    const WRITE: Sql = Sql::per_engine(
        "INSERT INTO event_queue_rates (node, queue, came, went, at) SELECT $2, value ->> 0, value ->> 1, value ->> 2, $3 FROM json_each($1) WHERE true
         ON CONFLICT (node, queue) DO UPDATE SET came = excluded.came, went = excluded.went, at = excluded.at",
        "INSERT INTO event_queue_rates (node, queue, came, went, at)
         SELECT $2, e ->> 0, (e ->> 1)::double precision, (e ->> 2)::double precision, $3 FROM json_array_elements($1::json) AS r(e)
         ON CONFLICT (node, queue) DO UPDATE SET came = excluded.came, went = excluded.went, at = excluded.at",
    );
    let tx = db.begin().await?;
    WRITE.run(&tx.conn(), vec![batch(rows), node.into(), tx.now().millis().into()]).await?;
    tx.commit().await
}
