//! Keeps the snapshot of the subscriptions fresh, and tells the others which version this node applies.

use crate::pressure::Course;
use crate::sql::{Sql, get};
use crate::subscriptions::{Snapshot, Subscriptions};
use arc_swap::ArcSwap;
use base::Timestamp;
use sockets::{Db, StoreError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// A node that told nothing for so long is gone.
const GONE: Duration = Duration::from_secs(60);
const BEAT: Duration = Duration::from_secs(15);

/// A node as it told of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeState {
    pub node: String,
    /// The version of the subscriptions that it applies.
    pub version: i64,
    pub at: Timestamp,
    /// Where its relay publishes; none when another node relays.
    pub publishing_to: Option<String>,
}

/// When the subscriptions cannot be read, the last good ones serve on.
pub(crate) async fn watch(
    subscriptions: Subscriptions,
    snapshot: Arc<ArcSwap<Snapshot>>,
    course: Course,
    node: String,
    every: Duration,
    stop: CancellationToken,
) {
    let mut told: Option<(i64, Option<&'static str>, Instant)> = None;
    loop {
        let version = snapshot.load().version;
        let way = course.way().map(|way| way.name());
        let fresh = told.is_some_and(|(known, to, at)| known == version && to == way && at.elapsed() < BEAT);
        if !fresh {
            match tell(subscriptions.db(), &node, version, way).await {
                Ok(()) => told = Some((version, way, Instant::now())),
                Err(err) => tracing::warn!(error = ?err, "which subscriptions are applied could not be noted"),
            }
        }
        metrics::gauge!("events_subscriptions_version").set(version as f64);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        let fresh = match subscriptions.version().await {
            Ok(version) if version == snapshot.load().version => continue,
            Ok(_) => subscriptions.snapshot().await,
            Err(err) => Err(err),
        };
        match fresh {
            Ok(fresh) => {
                tracing::info!(version = fresh.version, "subscriptions changed");
                snapshot.store(Arc::new(fresh));
            }
            Err(err) => tracing::warn!(error = ?err, "subscriptions cannot be read; the last ones stay in force"),
        }
    }
}

async fn tell(db: &Db, node: &str, version: i64, way: Option<&str>) -> Result<(), StoreError> {
    const TELL: Sql = Sql::same(
        "INSERT INTO event_nodes (node, version, applied_at, publishing_to, seen_at) VALUES ($1, $2, $3, $4, $3)
         ON CONFLICT (node) DO UPDATE SET
           applied_at = CASE WHEN event_nodes.version = excluded.version THEN event_nodes.applied_at ELSE excluded.applied_at END,
           version = excluded.version, publishing_to = excluded.publishing_to, seen_at = excluded.seen_at",
    );
    let tx = db.begin().await?;
    TELL.run(&tx.conn(), vec![node.into(), version.into(), tx.now().millis().into(), way.into()]).await?;
    tx.commit().await
}

/// The nodes that live.
pub(crate) async fn nodes(db: &Db) -> Result<Vec<NodeState>, StoreError> {
    const NODES: Sql = Sql::same("SELECT node, version, applied_at, publishing_to FROM event_nodes WHERE seen_at >= $1 ORDER BY node");
    let since = db.clock().now().minus(GONE).millis();
    let rows = NODES.all(db.read(), vec![since.into()]).await?;
    let read = |row: &sea_orm::QueryResult| {
        Ok(NodeState {
            node: get(row, "node")?,
            version: get(row, "version")?,
            at: Timestamp::from_millis(get(row, "applied_at")?),
            publishing_to: get(row, "publishing_to")?,
        })
    };
    rows.iter().map(read).collect()
}
