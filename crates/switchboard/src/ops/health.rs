use super::DiskWatch;
use base::SiteId;
use events::Brokers;
use serde_json::{Value, json};
use sockets::Db;
use sockets::live::{LiveState, Topic};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// A part that does not answer so soon does not answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Anybody may ask; the parts are asked so often at most.
const FRESH: Duration = Duration::from_millis(500);

/// Looks after the parts that requests need.
pub struct Health {
    db: Db,
    live: Arc<dyn LiveState>,
    brokers: Brokers,
    disk: Arc<DiskWatch>,
    draining: AtomicBool,
    last: Mutex<Option<(Instant, Report)>>,
}

#[derive(Clone, Debug)]
pub struct Part {
    pub name: &'static str,
    /// Why it is down; none when it is well.
    pub trouble: Option<String>,
    /// Without it nothing can be answered. A full disk is not of this kind: reads go on.
    pub vital: bool,
}

#[derive(Clone, Debug)]
pub struct Report {
    pub parts: Vec<Part>,
    pub draining: bool,
}

impl Report {
    pub fn is_ready(&self) -> bool {
        !self.draining && self.parts.iter().all(|part| part.trouble.is_none() || !part.vital)
    }

    pub fn to_json(&self) -> Value {
        let well = self.parts.iter().all(|part| part.trouble.is_none());
        let status = match (self.draining, self.is_ready(), well) {
            (true, _, _) => "draining",
            (false, false, _) => "down",
            (false, true, false) => "degraded",
            (false, true, true) => "ready",
        };
        let parts: serde_json::Map<_, _> = self
            .parts
            .iter()
            .map(|part| (part.name.to_owned(), part.trouble.as_ref().map_or_else(|| json!({ "ok": true }), |why| json!({ "ok": false, "trouble": why }))))
            .collect();
        json!({ "status": status, "parts": parts })
    }
}

impl Health {
    pub fn new(db: Db, live: Arc<dyn LiveState>, brokers: Brokers, disk: Arc<DiskWatch>) -> Self {
        Self { db, live, brokers, disk, draining: AtomicBool::new(false), last: Mutex::new(None) }
    }

    /// From now on: not ready, so that nobody sends new callers here.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    pub async fn report(&self) -> Report {
        let draining = self.draining.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if let Some((at, report)) = &*last
            && at.elapsed() < FRESH
        {
            return Report { draining, ..report.clone() };
        }
        let (database, live, broker) = tokio::join!(self.database(), self.live(), self.broker());
        let disk = self.disk.is_full().then(|| "nearly full: writes are refused, reads go on".to_owned());
        let parts = vec![
            Part { name: "database", trouble: database, vital: true },
            Part { name: "live_state", trouble: live, vital: true },
            // While one is away the others and the outbox take its place: requests can be answered.
            Part { name: "broker", trouble: broker, vital: false },
            Part { name: "disk", trouble: disk, vital: false },
        ];
        for part in &parts {
            metrics::gauge!("part_up", "part" => part.name).set(if part.trouble.is_none() { 1.0 } else { 0.0 });
        }
        let report = Report { parts, draining };
        *last = Some((Instant::now(), report.clone()));
        report
    }

    async fn database(&self) -> Option<String> {
        in_time(async { self.db.probe().await.err().map(|err| err.to_string()) }).await
    }

    async fn live(&self) -> Option<String> {
        in_time(async { self.live.head(&Topic::Desk(SiteId(0))).await.err().map(|err| err.to_string()) }).await
    }

    async fn broker(&self) -> Option<String> {
        in_time(async {
            let mut troubles = Vec::new();
            for placed in self.brokers.placed() {
                let health = placed.broker.health().await;
                if !health.ok {
                    let trouble = health.trouble.unwrap_or_else(|| "does not answer".to_owned());
                    troubles.push(format!("{} ({}): {trouble}", placed.broker.name(), placed.roles.join(", ")));
                }
            }
            (!troubles.is_empty()).then(|| troubles.join("; "))
        })
        .await
    }
}

async fn in_time(ask: impl Future<Output = Option<String>>) -> Option<String> {
    tokio::time::timeout(PATIENCE, ask).await.unwrap_or_else(|_| Some("does not answer in time".to_owned()))
}
